"""Attacks on the append-only tables by somebody with SQL in hand, and proof that each one bites without the guard."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.lending import Lender
from tests.workflows.records import approve, declared, people
from workflows import db, guards, ledger
from workflows.change import Actor
from workflows.verify import ZERO

Errors = (sqlite3.Error, psycopg.Error)
AT = "2026-11-22T04:00:00.000000+00:00"


@dataclass(frozen=True)
class Attack:
    """`sql` may name {c} and {d}, two changes, {h}, the head of c, {b}, the head of d, {z}, 64 zeros, {e}, bytes."""

    name: str
    table: str
    sql: str
    only: str = ""
    guard: bool = True  # False: a constraint alone must stop it; there is nothing to show without the guard


def event(subject: str, seq: str, prev: str, hash_: str = "x", verb: str = "INSERT") -> str:
    return (
        f"{verb} INTO events (subject, seq, prev, hash, at, kind, person, operator, body)"
        f" VALUES ({subject}, {seq}, {prev}, '{hash_}', '{AT}', 'approved', NULL, NULL, {{e}})"
    )


def approval(person: str, seq: str = "3", verb: str = "INSERT", change: str = "'{c}'", phase: str = "before") -> str:
    return (
        f'{verb} INTO approvals (change, revision, phase, person, voice, "right", at, seq)'
        f" VALUES ({change}, 1, '{phase}', {person}, 'reject', 'g', '{AT}', {seq})"
    )


def party(person: str, relation: str, verb: str = "INSERT") -> str:
    return (
        f"{verb} INTO parties (change, person, relation, at, seq) VALUES ('{{c}}', {person}, '{relation}', '{AT}', 1)"
    )


OR_REPLACE, OR_IGNORE = "INSERT OR REPLACE", "INSERT OR IGNORE"
ATTACKS = [
    Attack("edit the bytes of an event", "events", "UPDATE events SET body = {e}"),
    Attack("edit one column", "events", "UPDATE events SET kind = 'withdrawn' WHERE seq = 2"),
    Attack("edit to nothing new", "events", "UPDATE events SET seq = seq + 10"),
    Attack("delete the last event", "events", "DELETE FROM events WHERE subject = '{c}' AND seq = 3"),
    Attack("delete every voice", "approvals", "DELETE FROM approvals"),
    Attack("delete every party", "parties", "DELETE FROM parties"),
    Attack("turn a no into a yes", "approvals", "UPDATE approvals SET voice = 'reject'"),
    Attack("give a voice to another revision", "approvals", "UPDATE approvals SET revision = 2"),
    Attack("make a party somebody else", "parties", "UPDATE parties SET person = 'lead' WHERE person = 'dev'"),
    Attack("truncate events", "events", "TRUNCATE events CASCADE", "postgresql"),
    Attack("truncate approvals", "approvals", "TRUNCATE approvals", "postgresql"),
    Attack("truncate parties", "parties", "TRUNCATE parties", "postgresql"),
    Attack("an event after a gap", "events", event("'{c}'", "5", "'{h}'")),
    Attack("an event before the first", "events", event("'{c}'", "0", "'{z}'")),
    Attack("a negative sequence", "events", event("'{c}'", "-1", "'{z}'")),
    Attack("a new subject that begins at two", "events", event("'new'", "2", "'{z}'")),
    Attack("a new subject with a past", "events", event("'new'", "1", "'{h}'")),
    Attack("an event on the wrong hash", "events", event("'{c}'", "4", "'{z}'")),
    Attack("an event on another subject's head", "events", event("'{c}'", "4", "'{b}'")),
    Attack("a gap, errors ignored", "events", event("'{c}'", "5", "'{h}'", verb=OR_IGNORE), "sqlite"),
    Attack("replace an event", "events", event("'{c}'", "2", "'{z}'", verb=OR_REPLACE), "sqlite"),
    Attack("replace the last event", "events", event("'{c}'", "3", "'{z}'", verb="REPLACE"), "sqlite"),
    Attack("replace by the hash", "events", event("'{c}'", "4", "'{h}'", "{b}", OR_REPLACE), "sqlite"),
    Attack("renumber and replace", "events", "UPDATE OR REPLACE events SET seq = 1 WHERE seq = 2", "sqlite"),
    Attack("a sequence of NULL", "events", event("'{c}'", "NULL", "'{h}'"), guard=False),
    Attack("a previous hash of NULL", "events", event("'{c}'", "4", "NULL"), guard=False),
    Attack("a subject of NULL", "events", event("NULL", "1", "'{z}'"), guard=False),
    Attack(
        "upsert an event",
        "events",
        event("'{c}'", "2", "'{z}'") + " ON CONFLICT (subject, seq) DO UPDATE SET kind = 'x'",
    ),
    Attack("the requester approves", "approvals", approval("'dev'")),
    Attack("the implementer ratifies", "approvals", approval("'ops'", phase="after")),
    Attack("the requester approves, errors ignored", "approvals", approval("'dev'", verb=OR_IGNORE), "sqlite"),
    Attack("a second voice takes the place of the first", "approvals", approval("'cto'", verb=OR_REPLACE), "sqlite"),
    Attack("a voice takes another's event", "approvals", approval("'lead'", "2", verb=OR_REPLACE), "sqlite"),
    Attack("a second voice", "approvals", approval("'cto'"), guard=False),
    Attack("a voice of nobody", "approvals", approval("NULL"), guard=False),
    Attack("a voice on no change", "approvals", approval("'lead'", change="NULL"), guard=False),
    Attack(
        "upsert a voice",
        "approvals",
        approval("'cto'") + " ON CONFLICT (change, revision, phase, person) DO UPDATE SET voice = 'reject'",
    ),
    Attack("a requester as bytes", "approvals", approval("X'646576'"), "sqlite", guard=False),
    Attack("replace a party", "parties", party("'dev'", "requester", OR_REPLACE), "sqlite"),
    Attack("a party of nobody", "parties", party("NULL", "author"), guard=False),
    Attack(
        "merge over a voice",
        "approvals",
        "MERGE INTO approvals a USING (SELECT 1) s ON a.person = 'cto' WHEN MATCHED THEN UPDATE SET voice = 'reject'",
        "postgresql",
    ),
]


def fill(lender: Lender, url: str) -> dict[str, str]:
    """Two declared changes, the first approved and linked once: three events; the names that attacks use."""
    with lender.lend(url) as database, database.write() as tx:
        people(tx, "dev", "ops", "cto", "lead")
        one = approve(tx, declared(tx))
        one = ledger.advance(tx, one, "linked", {"permalink": "p"}, actor=Actor("dev"), now=one.declared_at)
        two = declared(tx)
    empty = "X'00'" if database.dialect == "sqlite" else "'\\x00'::bytea"
    return {"c": one.id, "d": two.id, "h": one.head, "b": two.head, "z": ZERO, "e": empty}


@pytest.fixture
def record(lender: Lender, database_url: str) -> dict[str, str]:
    return fill(lender, database_url)


@pytest.fixture
def victim(request: pytest.FixtureRequest, dialect: str) -> str:
    """The URL of a fresh database of that dialect."""
    url: str = request.getfixturevalue("sqlite_url" if dialect == "sqlite" else "postgres_url")
    return url


def on_each(attacks: list[Attack]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("dialect", "attack"),
        [
            pytest.param(dialect, attack, id=f"{dialect}: {attack.name}")
            for attack in attacks
            for dialect in ("sqlite", "postgresql")
            if attack.only in ("", dialect)
        ],
    )


@contextmanager
def raw(url: str, replica: bool = False) -> Iterator[Any]:
    """A connection of the attacker's own: no foreign keys, no recursive triggers; on PostgreSQL the owner."""
    if url.startswith("sqlite"):
        connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA trusted_schema = ON")
    else:
        connection = psycopg.connect("postgresql" + url[url.index("://") :], autocommit=True)
        if replica:
            connection.execute("SET session_replication_role = replica")
    try:
        yield connection
    finally:
        connection.close()


def contents(connection: Any) -> list[Any]:
    return [sorted(map(repr, connection.execute(f"SELECT * FROM {table}"))) for table in guards.TABLES]


def changes_something(url: str, sql: str, *, replica: bool = False) -> bool:
    with raw(url, replica) as connection:
        before = contents(connection)
        try:
            connection.execute(sql)
        except Errors:
            assert contents(connection) == before
        return contents(connection) != before


@on_each(ATTACKS)
def test_refused(lender: Lender, dialect: str, victim: str, attack: Attack) -> None:
    sql = attack.sql.format(**fill(lender, victim))
    assert not changes_something(victim, sql)
    if dialect == "postgresql":
        assert not changes_something(victim, sql, replica=True)


@on_each([attack for attack in ATTACKS if attack.guard])
def test_it_would_get_through_without_the_guard(lender: Lender, dialect: str, victim: str, attack: Attack) -> None:
    sql = attack.sql.format(**fill(lender, victim))
    with raw(victim) as connection:
        for statement in guards.removals(dialect):
            connection.execute(statement)
    assert changes_something(victim, sql, replica=True)


@pytest.mark.parametrize("table", guards.TABLES)
def test_there_is_no_hidden_key(sqlite_url: str, table: str) -> None:
    with raw(sqlite_url) as connection, pytest.raises(sqlite3.OperationalError, match="no such column: rowid"):
        connection.execute(f"SELECT rowid FROM {table}")


def test_the_hidden_key_would_be_a_way_round_the_guard(lender: Lender, sqlite_url: str) -> None:
    """The same guard on an ordinary table: replace by rowid, and an event is gone."""
    record = fill(lender, sqlite_url)
    with raw(sqlite_url) as connection:
        connection.execute("ALTER TABLE events RENAME TO kept")
        connection.execute("CREATE TABLE events AS SELECT * FROM kept ORDER BY subject, seq")
        connection.execute("DROP TABLE kept")
        for statement in guards.statements("sqlite", ("events",)):
            connection.execute(statement)
        first = "SELECT count(*) FROM events WHERE seq = 1"
        (there,) = connection.execute(first).fetchone()
        wrong = event("'{d}'", "2", "'{b}'", verb=OR_REPLACE).format(**record)
        connection.execute(wrong.replace("(subject", "(rowid, subject").replace("VALUES (", "VALUES (1, "))
        assert connection.execute(first).fetchone() == (there - 1,)


def test_an_honest_event_and_voice_pass(database_url: str, record: dict[str, str]) -> None:
    assert changes_something(database_url, event("'{c}'", "4", "'{h}'").format(**record))
    assert changes_something(database_url, approval("'lead'").format(**record))
    assert changes_something(database_url, party("'lead'", "author").format(**record))


def test_a_temporary_table_cannot_stand_in(database_url: str, record: dict[str, str]) -> None:
    with raw(database_url) as connection:
        connection.execute("CREATE TEMPORARY TABLE parties AS SELECT * FROM parties WHERE 1 = 0")
        with pytest.raises(Errors, match="a party cannot approve"):
            connection.execute(approval("'dev'").format(**record))


def test_a_search_path_cannot_hide_the_parties(postgres_url: str) -> None:
    database = db.connect(postgres_url)
    with database.write() as tx:
        people(tx, "dev", "ops")
        case = declared(tx)
    database.close()
    with raw(postgres_url) as connection:
        connection.execute("CREATE SCHEMA evil")
        connection.execute("CREATE TABLE evil.parties AS SELECT * FROM public.parties WHERE 1 = 0")
        connection.execute("SET search_path = evil, public")
        with pytest.raises(Errors, match="a party cannot approve"):
            connection.execute(approval("'dev'", "1").format(c=case.id))


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_voice_needs_to_see_what_it_waited_for(postgres_url: str, level: str) -> None:
    database = db.connect(postgres_url)
    with database.write() as tx:
        people(tx, "dev", "ops", "cto")
        case = declared(tx)
    database.close()
    with raw(postgres_url) as connection:
        connection.execute(f"SET default_transaction_isolation = '{level.lower()}'")
        with pytest.raises(Errors, match="read committed"):
            connection.execute(approval("'cto'", "1").format(c=case.id))
