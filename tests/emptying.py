"""Emptying a migrated PostgreSQL database between two tests, and telling whether a test changed more than rows."""

from typing import Any

import psycopg
from psycopg import sql

LENT = "countersign-lent"
"""The name under which connections stay open from one test to the next: an idle one may."""

_SHAPE = """
SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
  SELECT concat_ws(' ', n.nspname, c.relname, c.relkind, c.relrowsecurity, c.relacl, c.reloptions) AS line
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^(pg_|information_schema)'
  UNION ALL SELECT concat_ws(' ', attrelid::regclass, attnum, attname, atttypid::regtype, attnotnull, atthasdef)
    FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0 AND attrelid::regclass::text !~ '^pg_'
  UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE oid >= 16384
  UNION ALL SELECT concat_ws(' ', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT concat_ws(' ', oid::regprocedure, prosrc, proconfig, provolatile, prosecdef)
    FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT pg_get_ruledef(oid) FROM pg_rewrite WHERE oid >= 16384
  UNION ALL SELECT concat_ws(' ', adrelid::regclass, adnum, pg_get_expr(adbin, adrelid)) FROM pg_attrdef
    WHERE oid >= 16384
  UNION ALL SELECT concat_ws(' ', polname, polrelid::regclass) FROM pg_policy
  UNION ALL SELECT concat_ws(' ', evtname, evtevent, evtenabled) FROM pg_event_trigger
  UNION ALL SELECT concat_ws(' ', typname, typtype) FROM pg_type WHERE oid >= 16384
  UNION ALL SELECT concat_ws(' ', extname, extversion) FROM pg_extension
  UNION ALL SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT concat_ws(' ', setrole, setconfig) FROM pg_db_role_setting
  UNION ALL SELECT rolname FROM pg_roles
) AS lines
"""
_ENDING = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND (application_name <> %s OR state <> 'idle' OR pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory'))
"""


def shape(connection: psycopg.Connection[Any]) -> str:
    """Return a digest of the tables, constraints, guards and settings of the database: of all but its rows."""
    found = connection.execute(_SHAPE).fetchone()
    return str(found[0]) if found else ""


def end_connections(connection: psycopg.Connection[Any]) -> None:
    """End every other connection to this database, but for those under `LENT` that do nothing and hold nothing."""
    connection.execute(_ENDING, (LENT,))


def empty(connection: psycopg.Connection[Any]) -> None:
    """Delete all rows but the number of the migration; the guards are put aside for it and are in force again after.

    `connection` commits by itself and belongs to the owner. Where no rows are, nothing is touched: to put a guard aside
    makes every connection read about its table anew.
    """
    tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    guards = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"
    asked = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    each = [
        asked.format(sql.Literal(table), sql.Identifier(table))
        for (table,) in connection.execute(tables).fetchall()
        if table != "alembic_version"
    ]
    filled = {str(table) for (table,) in connection.execute(sql.SQL(" UNION ALL ").join(each)).fetchall()}
    guarded = [one for one in connection.execute(guards).fetchall() if one[0] in filled]
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
        for table in sorted({table for table, _ in guarded}):
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        for table in sorted(filled):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        for table, guard in guarded:
            names = sql.Identifier(table), sql.Identifier(guard)
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}").format(*names))
