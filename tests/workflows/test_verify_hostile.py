"""Whatever a database holds, `verify` says so and ends: hostile values, rows that are gone, and two processes alike."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tests.budget import sampled
from tests.programs.mutations_sound import KEYS, Sound, sound
from tests.workflows.records import NOW
from workflows import db, guards, ledger, numbering, stored, verify, verifying, walking
from workflows.db import Database

TABLES = ("events", "leaves", "checkpoints", "texts", "changes", "chains", "counters", "policies", "unlisted")
HOSTILE = {
    "nothing": "NULL",
    "a text": "'no''t \"it'",
    "a huge number": "9223372036854775807",
    "a fraction": "0.5",
    "bytes": "x'fffe80'",
    "text that is no UTF-8": "CAST(x'fffe80' AS TEXT)",
    "the year 10000": "'10000-01-01T00:00:00.000000+00:00'",
    "no date": "'2026-13-45T00:00:00.000000+00:00'",
    "hex that is none": f"'{'zz' * 32}'",
}
HARMLESS = {("texts", "erased_at"), ("checkpoints", "at")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sound]:
    made = sound(Path(tmp_path_factory.mktemp("hostile")))
    yield made
    made.close()


def found(whole: Sound, *statements: str) -> list[str]:
    """What is found after these statements; then all is as before."""
    whole.memory.execute("SAVEPOINT one")
    try:
        for sql in statements:
            whole.memory.execute(sql)
        return [str(bad) for bad in verifying.database(whole.tx, keys=KEYS, anchors=[whole.anchor]).bad]
    finally:
        whole.memory.execute("ROLLBACK TO one")


@pytest.mark.parametrize("value", sampled(HOSTILE))
@pytest.mark.parametrize("table", TABLES)
def test_hostile_values_are_found_and_no_fault(whole: Sound, table: str, value: str) -> None:
    (last,) = whole.memory.execute(f"SELECT max(rowid) FROM {table}").fetchone()
    for _, name, *_ in whole.memory.execute(f"PRAGMA table_info({table})").fetchall():
        if table == "unlisted":
            found(whole, f"INSERT INTO unlisted VALUES ({HOSTILE[value]})")
            continue
        same = f'SELECT "{name}" IS {HOSTILE[value]} FROM {table} WHERE rowid = {last}'
        if whole.memory.execute(same).fetchone() == (1,):
            continue
        said = found(whole, f'UPDATE {table} SET "{name}" = {HOSTILE[value]} WHERE rowid = {last}')
        caches = table == "changes" and name not in ("id", "key", "series", "year", "number", "version", "head")
        assert said or caches or (table, name) in HARMLESS, name
        assert all(one.isprintable() for one in said)


GONE = {
    "the newest checkpoint": (
        "DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)",
        "is signed for by no checkpoint, long after it",
    ),
    "all checkpoints": ("DELETE FROM checkpoints", "is signed for by no checkpoint, long after it"),
    "the one of an anchor": (
        "DELETE FROM checkpoints WHERE size = (SELECT min(size) FROM checkpoints)",
        "anchor 1: the record has no checkpoint",
    ),
    "one that was sent out": ("INSERT INTO outbox (key) VALUES ('anchor:#audit:3')", "was sent out as an anchor"),
    "a policy": ("DELETE FROM policies WHERE rowid = 1", "is not there as it was put in force"),
    "who put a policy in force": ("UPDATE policies SET by = 'lead'", "is not there as it was put in force"),
    "an edge": ("UPDATE checkpoints SET edge = root || edge", "its edge is not that of the leaves"),
    "what waits to be listed": (
        "DELETE FROM leaves WHERE number = (SELECT max(number) FROM leaves)",
        "not listed",
    ),
    "that it is listed": ("INSERT INTO unlisted SELECT hash FROM leaves LIMIT 1", "is listed, and waits for it"),
    "a chain that hides a head": (
        "INSERT INTO chains SELECT id, version, head FROM changes LIMIT 1",
        "is there twice",
    ),
    "a change that is there twice": ("INSERT INTO changes SELECT * FROM changes LIMIT 1", "is there twice"),
    "the beginning of a text": (
        "UPDATE texts SET salt = CAST(salt || substr(body, 1, 1) AS BLOB), body = substr(body, 2) WHERE body <> ''",
        "is not the text that was committed to",
    ),
    "events of nobody": ("UPDATE events SET subject = NULL WHERE rowid = 5", "missing"),
}


@pytest.mark.parametrize("case", GONE)
def test_what_is_gone_or_moved_is_said(whole: Sound, case: str) -> None:
    sql, words = GONE[case]
    assert found(whole) == []
    assert any(words in one for one in found(whole, sql)), found(whole, sql)


def test_an_absurd_counter_takes_no_longer(whole: Sound) -> None:
    assert numbering.first_missing([1, 2, 4], 2**62) == 3
    assert [numbering.first_missing(some, 2) for some in ([1, 2], [1, 2, 3], [], [0, 1, 2])] == [None, 3, 1, 0]


def test_a_time_that_holds_a_quote_is_no_time() -> None:
    at = '2026-11-16","data":{"a":"0000000'
    assert len(at) == 32
    body = f'{{"at":"{at}","data":{{}},"kind":"x","operator":null,"person":null,"prev":"{verify.ZERO}","seq":1,'
    raw = f'{body}"subject":"a","v":1}}'.encode()
    row = walking.Stored("a", 1, verify.ZERO, verify.digest(raw), at, "x", None, None, raw)
    assert walking.chains([row], {"a": (1, row.hash)}).bad


def test_two_processes_say_what_one_says(database: Database, database_url: str) -> None:
    with database.write() as tx:
        for n in range(40):
            ledger.note(tx, "view", {"n": n}, actor=None, now=NOW)
            ledger.note(tx, "view", {"n": n}, actor=None, now=NOW, subject=f"s{n:02d}")
    assert verifying.database(database_url, many=1) == verifying.database(database_url)
    assert verifying.database(database_url, many=1).ok
    with database.write() as tx:
        for statement in guards.removals(database.dialect):
            tx.exec_driver_sql(statement)
        tx.execute(sa.text("UPDATE events SET kind = 'x' WHERE seq = 1"))
    two = verifying.database(database_url, many=1)
    assert (two, len(two.bad)) == (verifying.database(database_url), 41)


def test_both_see_one_state_while_others_write(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'busy.db'}"
    db.migrate(url)
    one = stored.begin(stored.opened(url))
    other = sqlite3.connect(tmp_path / "busy.db", isolation_level=None)
    other.execute("INSERT INTO chains VALUES ('a', 9, 'x')")
    other.close()
    assert stored.rows(one, "SELECT count(*) FROM chains") == [(0,)]
    assert [str(bad) for bad in verifying.database(url, many=0).bad] == ["a event 1: no event is left of 9"]
    one.connection.close()


def test_a_record_that_is_none_cannot_be_read() -> None:
    empty = sqlite3.connect(":memory:")
    report = verifying.database(SimpleNamespace(connection=empty))
    assert "cannot be read" in str(report.bad[0])
    empty.close()


@pytest.mark.parametrize("left", [0, 100, 5000, 60_000])
def test_a_file_that_was_cut_is_not_as_recorded(left: int, sqlite_url: str, tmp_path: Path) -> None:
    cut = tmp_path / "cut.db"
    cut.write_bytes(Path(sqlite_url.removeprefix("sqlite:///")).read_bytes()[:left])
    report = verifying.database(f"sqlite:///{cut}")
    assert not report.ok
    assert "cannot be read" in report.bad[0].what
