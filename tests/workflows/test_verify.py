"""Any single edited, deleted, inserted or moved event is found, and the first of each subject is named."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.records import NOW, approve, declared, people
from workflows import chain, guards, ledger, stored, verify, verifying, walking
from workflows.change import Actor, Field
from workflows.db import Database
from workflows.event import Event
from workflows.log_models import unlisted
from workflows.models import chains, events
from workflows.moments import moment_text
from workflows.walking import Stored

LENGTHS = {"a": 1, "b": 5, "c": 3, "system": 4}


def whole() -> tuple[list[Stored], dict[str, tuple[int, str]]]:
    rows, ends = [], {}
    for subject, length in sorted(LENGTHS.items()):
        prev = verify.ZERO
        for seq in range(1, length + 1):
            event = Event(subject, seq, NOW, "linked", f"p{seq}", None, {"permalink": "x"})
            body, head = chain.link(event, prev)
            rows.append(Stored(subject, seq, prev, head, moment_text(NOW), "linked", f"p{seq}", None, body))
            prev = head
        ends[subject] = (length, prev)
    return rows, ends


ROWS, ENDS = whole()
COLUMNS = ["seq", "prev", "hash", "at", "kind", "person", "operator", "body"]
WHICH = st.integers(0, len(ROWS) - 1)


def found(rows: list[Stored], ends: dict[str, tuple[int, str]] = ENDS) -> dict[str, int | None]:
    rows = sorted(rows, key=lambda row: (row.subject, row.seq))
    return {subject: bad.seq for subject, bad in walking.chains(rows, ends).bad.items()}


def other(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, bytes):
        return value.replace(b"x", b"y")
    return f"{value}." if value is not None else "somebody"


def test_a_whole_record_is_whole() -> None:
    walk = walking.chains(ROWS, ENDS)
    assert (walk.bad, walk.subjects, walk.events) == ({}, 4, 13)


@given(WHICH, st.sampled_from(COLUMNS))
def test_an_edited_event_is_found(which: int, column: str) -> None:
    row = ROWS[which]
    edited: Stored = row._replace(**{column: other(getattr(row, column))})
    assert found([*ROWS[:which], edited, *ROWS[which + 1 :]]) == {row.subject: row.seq}


@given(WHICH, st.sampled_from(["kind", "person", "at"]))
def test_an_edit_that_is_hashed_again_is_found_at_the_latest_after_it(which: int, column: str) -> None:
    row = ROWS[which]
    value = other(getattr(row, column))
    body = row.body.replace(f'"{getattr(row, column)}"'.encode(), f'"{value}"'.encode())
    edited: Stored = row._replace(body=body, hash=verify.digest(body), **{column: value})
    assert edited.body != row.body
    last = ENDS[row.subject][0]
    assert found([*ROWS[:which], edited, *ROWS[which + 1 :]]) == {row.subject: min(row.seq + 1, last)}


@given(WHICH)
def test_a_deleted_event_is_found(which: int) -> None:
    row = ROWS[which]
    assert found([*ROWS[:which], *ROWS[which + 1 :]]) == {row.subject: row.seq}


@given(WHICH, WHICH)
def test_two_events_that_changed_places_are_found(one: int, two: int) -> None:
    a, b = ROWS[one], ROWS[two]
    if one == two:
        return
    rows = [row for row in ROWS if row not in (a, b)]
    rows += [a._replace(subject=b.subject, seq=b.seq), b._replace(subject=a.subject, seq=a.seq)]
    first: dict[str, int | None] = {}
    for row in (b, a):
        first[row.subject] = min(row.seq, first.get(row.subject) or row.seq)
    assert found(rows) == first


@given(st.sampled_from(sorted(LENGTHS)), st.integers(1, 6))
def test_an_inserted_event_is_found(subject: str, at: int) -> None:
    mine = [row for row in ROWS if row.subject == subject]
    at = min(at, len(mine) + 1)
    prev = mine[at - 2].hash if at > 1 else verify.ZERO
    event = Event(subject, at, NOW, "linked", "forger", None, {})
    body, head = chain.link(event, prev)
    forged = Stored(subject, at, prev, head, moment_text(NOW), "linked", "forger", None, body)
    moved = [row._replace(seq=row.seq + 1) if row.subject == subject and row.seq >= at else row for row in ROWS]
    assert found([*moved, forged]) == {subject: at + 1 if at <= len(mine) else at}


@given(st.sampled_from(sorted(LENGTHS)), st.integers(-3, 3), st.booleans())
def test_a_rewritten_end_is_found(subject: str, by: int, head: bool) -> None:
    version, last = ENDS[subject]
    end = (version + by, last if not head else verify.ZERO)
    assert bool(found(ROWS, {**ENDS, subject: end})) == (end != (version, last))


@pytest.mark.parametrize(("second", "words"), [(3, "missing: event 3 follows"), (1, "out of sequence")])
def test_well_linked_events_that_are_not_numbered_one_by_one_are_found(second: int, words: str) -> None:
    rows, prev = [], verify.ZERO
    for seq in (1, second):
        body, head = chain.link(Event("a", seq, NOW, "linked", None, None, {}), prev)
        rows.append(Stored("a", seq, prev, head, moment_text(NOW), "linked", None, None, body))
        prev = head
    walk = walking.chains(rows, {"a": (second, prev)})
    assert walk.bad["a"].what == words


def test_subjects_that_came_or_went_are_found() -> None:
    assert found([row for row in ROWS if row.subject != "b"]) == {"b": 1}
    assert found(ROWS, {k: v for k, v in ENDS.items() if k != "b"}) == {"b": 1}


def test_bytes_that_are_no_event_are_found() -> None:
    for body in (b"", b"[]", b"{", b"\xff", b"{}"):
        row = ROWS[0]._replace(body=body, hash=verify.digest(body))
        assert found([row, *ROWS[1:]], {**ENDS, "a": (1, row.hash)}) == {"a": 1}


@pytest.fixture
def record(database: Database) -> dict[str, str]:
    """Two changes with three events, an erased text, and the system's chain; the guards are off."""
    with database.write() as tx:
        people(tx, "dev", "ops", "cto", "lead")
        one = approve(tx, declared(tx))
        ledger.erase(tx, one, one.texts[Field.TITLE], kind="password", actor=Actor("dev"), now=NOW)
        two = ledger.advance(tx, approve(tx, declared(tx)), "linked", {"permalink": "p"}, actor=Actor("dev"), now=NOW)
        ledger.note(tx, "policy", {}, actor=None, now=NOW)
        for statement in guards.removals(database.dialect):
            tx.exec_driver_sql(statement)
    with database.read() as tx:
        assert verifying.database(tx).ok
    return {"a": one.id, "b": two.id, "erased": one.texts[Field.TITLE], "kept": two.texts[Field.TITLE]}


TAMPERED = {
    "an edited column": ("UPDATE events SET person = 'lead' WHERE subject = '{b}' AND seq = 2", "{b} event 2: "),
    "an edited time": (
        "UPDATE events SET at = '2026-11-22T03:02:00.000001+00:00' WHERE subject = '{b}' AND seq = 3",
        "{b} event 3: ",
    ),
    "a deleted event": ("DELETE FROM events WHERE subject = '{b}' AND seq = 3", "{b} event 3: "),
    "a deleted note": ("DELETE FROM events WHERE subject = 'system'", "system event 1: "),
    "a forgotten chain": ("DELETE FROM chains", "system event 1: "),
    "a version": ("UPDATE changes SET version = 9 WHERE id = '{a}'", "{a} event 4: "),
    "a head": ("UPDATE changes SET head = prev FROM events WHERE subject = id AND id = '{a}'", "{a} event 3: "),
    "a text": ("UPDATE texts SET body = 'x' WHERE digest = '{kept}'", "text {kept:.12}: "),
    "a text that is gone": ("UPDATE texts SET body = NULL WHERE digest = '{kept}'", "text {kept:.12}: "),
    "a text that is back": ("UPDATE texts SET body = 'x' WHERE digest = '{erased}'", "text {erased:.12}: "),
    "a number that nobody has": ("UPDATE counters SET last = 3", "EC-2026-0003: "),
    "a number that nobody gave": ("UPDATE counters SET last = 1", "EC-2026-0002: "),
    "a number that was moved": ("UPDATE changes SET number = 7 WHERE id = '{a}'", "EC-2026-0001: "),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_it_is_found_in_a_database(database: Database, database_url: str, record: dict[str, str], case: str) -> None:
    sql, words = TAMPERED[case]
    with database.write() as tx:
        tx.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED" if database.dialect != "sqlite" else "SELECT 1")
        tx.exec_driver_sql(sql.format(**record))
    report = verifying.database(database_url)
    assert not report.ok
    assert len(report.bad) == 1
    assert str(report.bad[0]).startswith(words.format(**record))
    with database.read() as tx:
        assert verifying.database(tx) == report


def test_a_change_that_is_gone_with_all_its_events_is_missed(database: Database, record: dict[str, str]) -> None:
    with database.write() as tx:
        for table, column in (
            ("approvals", "change"),
            ("parties", "change"),
            ("change_systems", "change"),
            ("duties", "change"),
            ("exceptions", "change"),
            ("involved", "change"),
            ("listed", "change"),
            ("touched", "change"),
            ("events", "subject"),
            ("changes", "id"),
        ):
            tx.exec_driver_sql(f"DELETE FROM {table} WHERE {column} = '{record['b']}'")
        report = verifying.database(tx)
    assert [bad.subject for bad in report.bad] == ["EC-2026-0002"]


def at_once(tx: sa.Connection, count: int) -> None:
    """So many notes, written as `ledger.note` writes each, but together: one by one that takes many seconds."""
    rows, prev = [], ledger.note(tx, "view", {"n": 1}, actor=None, now=NOW)
    for seq in range(2, count + 1):
        body, head = chain.link(Event("system", seq, NOW, "view", None, None, {"n": seq}), prev)
        rows.append({"subject": "system", "seq": seq, "prev": prev, "hash": head, "at": NOW})
        rows[-1] |= {"kind": "view", "person": None, "operator": None, "body": body}
        prev = head
    tx.execute(sa.insert(events), rows)
    tx.execute(sa.insert(unlisted), [{"hash": row["hash"]} for row in rows])
    tx.execute(sa.update(chains).where(chains.c.subject == "system").values(version=count, head=prev))


def test_every_page_is_read(database: Database) -> None:
    with database.write() as tx:
        at_once(tx, stored.PAGE + 10)
        assert verifying.database(tx).events == stored.PAGE + 10
        for statement in guards.removals(database.dialect):
            tx.exec_driver_sql(statement)
        tx.execute(sa.text(f"UPDATE events SET kind = 'x' WHERE seq = {stored.PAGE + 5}"))
        assert verifying.database(tx).bad[0].seq == stored.PAGE + 5
