"""The guards: triggers of both databases that keep events, approvals, parties and the log append-only and true.

The migrations create them from here, and at start-up `missing` compares what the database has with this list,
text by text: a guard of the right name that does nothing is as missing as none. `foreign` names what is too many.

SQLite: `INSERT OR REPLACE` fires no delete trigger, so the insert guards name every unique key; they compare
by `IS NOT`, which NULL cannot slip through; `RAISE(ABORT)`, never ROLLBACK. PostgreSQL: a guard that looks at
another table first locks the change's row, and refuses isolation levels at which it could not see what it
waited for; its search path is fixed, so that no temporary table can stand in for a real one.
"""

import sqlalchemy as sa

from workflows.log_models import metadata

RECORD = ("events", "approvals", "parties")
LOG = ("leaves", "checkpoints")
TABLES = (*RECORD, *LOG)
_ZERO = "0" * 64

# table → (condition that refuses the new row, words), in this order; `NEW` is the row.
_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "events": (
        (
            "NEW.seq {is_not} (SELECT coalesce(max(seq), 0) + 1 FROM events WHERE subject = NEW.subject)",
            "events: out of sequence",
        ),
        (
            "NEW.prev {is_not} coalesce((SELECT hash FROM events WHERE subject = NEW.subject"
            f" AND seq = NEW.seq - 1), '{_ZERO}')",
            "events: previous hash does not match",
        ),
        ("EXISTS (SELECT 1 FROM events WHERE hash = NEW.hash)", "events: hash exists"),
    ),
    "approvals": (
        (
            "EXISTS (SELECT 1 FROM parties WHERE change = NEW.change AND person = NEW.person)",
            "approvals: a party cannot approve",
        ),
        (
            "EXISTS (SELECT 1 FROM approvals WHERE change = NEW.change AND revision = NEW.revision"
            " AND phase = NEW.phase AND person = NEW.person)",
            "approvals: one voice per person",
        ),
        (
            "EXISTS (SELECT 1 FROM approvals WHERE change = NEW.change AND seq = NEW.seq)",
            "approvals: one voice per event",
        ),
    ),
    "parties": (
        (
            "EXISTS (SELECT 1 FROM parties WHERE change = NEW.change AND person = NEW.person"
            " AND relation = NEW.relation)",
            "parties: already a party",
        ),
    ),
    "leaves": (
        ("NEW.number {is_not} (SELECT coalesce(max(number), -1) + 1 FROM leaves)", "leaves: out of sequence"),
        ("EXISTS (SELECT 1 FROM leaves WHERE hash = NEW.hash)", "leaves: listed already"),
    ),
    "checkpoints": (
        ("EXISTS (SELECT 1 FROM checkpoints WHERE size >= NEW.size)", "checkpoints: not newer"),
        (
            "NEW.size {is_not} (SELECT coalesce(max(number), -1) + 1 FROM leaves)",
            "checkpoints: is not the size of the log",
        ),
    ),
}
# These look at a table that another transaction may be writing for the same change.
_LOCKING = ("approvals", "parties")


def statements(dialect: str, tables: tuple[str, ...] = TABLES) -> list[str]:
    """Return the DDL that (re)creates the guards of `tables`; may be run again over older guards."""
    ddl = []
    for table in tables:
        for name, sql in sorted(_expected(dialect, table).items()):
            if dialect == "sqlite":
                ddl += [f"DROP TRIGGER IF EXISTS {name}", sql]
            else:
                ddl += [_function(name, sql), f"DROP TRIGGER IF EXISTS {name} ON {table}"]
                ddl += [_trigger(name, table), f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"]
    return ddl


def removals(dialect: str, tables: tuple[str, ...] = TABLES) -> list[str]:
    """Return the DDL that drops the guards of `tables`: for tests of what then gets through."""
    on = {table: "" if dialect == "sqlite" else f" ON {table}" for table in tables}
    return [f"DROP TRIGGER {name}{on[table]}" for table in tables for name in _expected(dialect, table)]


def missing(tx: sa.Connection) -> list[str]:
    """Return the names of the guards that are absent, disabled or altered, sorted; empty: all is well."""
    dialect = tx.dialect.name
    wanted = {name: sql for table in TABLES for name, sql in _expected(dialect, table).items()}
    found: dict[str, str] = {row[0]: row[1] for row in tx.exec_driver_sql(_FOUND[dialect])}
    return sorted(name for name, sql in wanted.items() if found.get(name) != sql)


def foreign(tx: sa.Connection) -> list[str]:
    """Return triggers (on PostgreSQL rules too) on tables of the record that nobody here made, sorted: "x on events".

    A trigger that is not ours could drop or alter what is written while every guard is in place.
    """
    ours = {f"{name} on {table}" for table in TABLES for name in _expected(tx.dialect.name, table)}
    rows = [(row[0], row[1]) for row in tx.exec_driver_sql(_THERE[tx.dialect.name])]
    tables = metadata.tables if tx.dialect.name == "postgresql" else {table for _, table in rows}
    return sorted({f"{name} on {table}" for name, table in rows if table in tables} - ours)


# On SQLite the whole file is ours; on PostgreSQL only what is seen under the names of our tables.
_THERE = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": """
        SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)
        UNION ALL
        SELECT 'rule ' || r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
        WHERE pg_table_is_visible(c.oid)
    """,
}
_FOUND = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    # The body of the function, of triggers that fire ALWAYS, at the right events, before, on the right table.
    "postgresql": """
        SELECT t.tgname, f.prosrc FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
        WHERE NOT t.tgisinternal AND t.tgenabled = 'A' AND t.tgqual IS NULL AND f.proname = t.tgname
          AND f.proconfig = ARRAY['search_path=public, pg_temp'] AND pg_table_is_visible(t.tgrelid)
          AND t.tgname = t.tgrelid::regclass::text || CASE t.tgtype
              WHEN 7 THEN '_insert' WHEN 27 THEN '_change' WHEN 34 THEN '_truncate' END
    """,
}


def _expected(dialect: str, table: str) -> dict[str, str]:
    return _sqlite(table) if dialect == "sqlite" else _postgresql(table)


def _sqlite(table: str) -> dict[str, str]:
    lines = [f"SELECT RAISE(ABORT, '{words}') WHERE {rule.format(is_not='IS NOT')};" for rule, words in _RULES[table]]
    body = "\n  ".join(lines)
    refuse = f"SELECT RAISE(ABORT, '{table}: append-only');"
    return {
        f"{table}_insert": f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} BEGIN\n  {body}\nEND",
        f"{table}_update": f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} BEGIN {refuse} END",
        f"{table}_delete": f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} BEGIN {refuse} END",
    }


def _postgresql(table: str) -> dict[str, str]:
    """The bodies of the trigger functions. 23000 is integrity_constraint_violation."""
    lock = ""
    if table in _LOCKING:
        lock = (
            "\n  IF current_setting('transaction_isolation') <> 'read committed' THEN"
            f"\n    RAISE EXCEPTION '{table}: read committed transactions only' USING ERRCODE = '23000';"
            "\n  END IF;"
            "\n  PERFORM 1 FROM changes WHERE id = NEW.change FOR UPDATE;"
        )
    rules = "".join(
        f"\n  IF {rule.format(is_not='IS DISTINCT FROM')} THEN"
        f"\n    RAISE EXCEPTION '{words}' USING ERRCODE = '23000';\n  END IF;"
        for rule, words in _RULES[table]
    )
    refuse = f"\nBEGIN\n  RAISE EXCEPTION '{table}: append-only' USING ERRCODE = '23000';\nEND"
    return {
        f"{table}_insert": f"\nBEGIN{lock}{rules}\n  RETURN NEW;\nEND",
        f"{table}_change": refuse,
        f"{table}_truncate": refuse,
    }


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
        f" SET search_path = public, pg_temp AS $guard${body}$guard$"
    )


def _trigger(name: str, table: str) -> str:
    when, each = {
        f"{table}_insert": ("INSERT", "ROW"),
        f"{table}_change": ("UPDATE OR DELETE", "ROW"),
        f"{table}_truncate": ("TRUNCATE", "STATEMENT"),
    }[name]
    return f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()"
