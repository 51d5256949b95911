"""`check` is silent about a healthy record and names the promise that a damaged one breaks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.workflows.desk import Desk
from tests.workflows.records import NOW, declared, new_id, people, salt
from workflows import check, guards, leases, ledger, outbox, settlements
from workflows.case import Case
from workflows.change import Action, Actor, Reason, Verdict
from workflows.db import Database

LATER = NOW + timedelta(minutes=5)


def evidence(
    *, age: int = 10, members: tuple[str, ...] = ("cto", "lead"), until: timedelta | None = None
) -> dict[str, Any]:
    """What a voice rested on; `until`: it is one by being on call, from an hour before now until that long after."""
    as_of = (NOW - timedelta(seconds=age)).isoformat()
    span = {"from": NOW - timedelta(hours=1), "until": NOW + until} if until is not None else {}
    shift = {"on_call": {"as_of": as_of, **{name: time.isoformat() for name, time in span.items()}}} if span else {}
    return {
        "max_age": 60,
        "account": {"slack": "U9", "as_of": as_of},
        "roster": {"group": "approvers", "as_of": as_of, "members": list(members), **shift},
    }


def approve(tx: sa.Connection, case: Case, person: str = "cto", **more: Any) -> Case:
    data = {"revision": case.revision, "right": "approvers", "final": True, "evidence": evidence(), **more}
    return ledger.advance(tx, case, "approved", data, actor=Actor(person, "U9"), now=NOW)


def notice(tx: sa.Connection, case: Case, key: str) -> None:
    outbox.notice(tx, key=key, change=case.id, place="thread:C1", template="line", payload={}, now=NOW, new_id=new_id)


@pytest.fixture
def case(database: Database) -> Case:
    """A healthy record: one approved change with a refusal, a drill, a sent notice, a note; the guards are off."""
    with database.write() as tx:
        people(tx, "dev", "ops", "cto", "lead")
        no = Verdict(False, Reason.REQUESTER)
        one = ledger.refuse(tx, declared(tx), action=Action.APPROVE, verdict=no, actor=Actor("dev"), now=NOW)
        one = approve(tx, one, note=ledger.put_text(tx, "go", salt=salt()))
        one = ledger.advance(tx, one, "took_back", {"revision": 1}, actor=Actor("cto"), now=NOW)
        one = approve(tx, one, "lead")
        approve(tx, declared(tx, drill=True), evidence=evidence(until=timedelta(seconds=1)))
        notice(tx, one, "told")
        sent = outbox.find(tx, "told")
        assert sent
        assert settlements.succeeded(tx, sent, remote=None, version=1, real=NOW)
        ledger.note(tx, "policy", {}, actor=None, now=NOW)
        for name in ("worker", "worker-real"):
            leases.beat(tx, name, LATER)
        for statement in guards.removals(database.dialect):
            tx.exec_driver_sql(statement)
    return one


def broken(database: Database) -> list[tuple[int, str]]:
    with database.read() as tx:
        return [(one.promise, one.what) for one in check.promises(tx, real_now=LATER)]


def test_a_healthy_record_keeps_them_all(database: Database, case: Case) -> None:
    assert broken(database) == []


DAMAGE = {
    "a status without an event": ("UPDATE changes SET status = 'reviewed' WHERE id = '{c}'", 1),
    "another state": ("UPDATE changes SET state = (SELECT state FROM changes WHERE id <> '{c}') WHERE id = '{c}'", 1),
    "a duty that nobody has": ("DELETE FROM duties", 1),
    "a duty of somebody else": ("UPDATE duties SET person = 'cto' WHERE change = '{c}'", 1),
    "a system that is gone": ("DELETE FROM change_systems WHERE change = '{c}'", 1),
    "a party that is gone": ("DELETE FROM parties WHERE change = '{c}' AND person = 'dev'", 1),
    "a voice that is gone": ("DELETE FROM approvals WHERE change = '{c}' AND person = 'cto'", 1),
    "a voice of another event": ("UPDATE approvals SET seq = 2 WHERE change = '{c}' AND person = 'cto'", 1),
    "a text that is gone": ("DELETE FROM texts WHERE digest = '{t}'", 1),
    "a cut history": ("DELETE FROM events WHERE subject = 'system'", 12),
    "a secret in a payload": ('UPDATE outbox SET payload = \'{{"a": "xoxb-123456789"}}\'', 16),
    "a secret in an error": ("UPDATE outbox SET last_error = 'Bearer abcdefghijklmnopqrst'", 16),
    "a mention in a payload": ('UPDATE outbox SET payload = \'{{"a": "\\u003c!channel>"}}\'', 15),
    "a drill in earnest": ("UPDATE changes SET drill = NOT drill WHERE id = '{c}'", 17),
    "a deadline that was slept through": ("UPDATE changes SET next_due_at = declared_at WHERE id = '{c}'", 8),
    "a dead letter that nobody saw": ("UPDATE outbox SET state = 'dead'", 9),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named_by_its_promise(database: Database, case: Case, damage: str) -> None:
    sql, promise = DAMAGE[damage]
    text = next(iter(case.texts.values()))
    with database.write() as tx:
        tx.exec_driver_sql(sql.format(c=case.id, t=text))
    assert promise in {number for number, _ in broken(database)}


def acts(tx: sa.Connection, case: Case) -> Iterator[tuple[str, int, str]]:
    """Things the ledger writes when a use case is wrong: each must be noticed afterwards."""
    act = Actor
    fresh = declared(tx)
    approve(tx, fresh, "ops")
    yield fresh.key, 4, "is the voice of a party"
    fresh = declared(tx)
    approve(tx, fresh, evidence=evidence(age=61))
    yield fresh.key, 3, "0:01:01 old"
    fresh = declared(tx)
    approve(tx, fresh, evidence=None)
    yield fresh.key, 3, "keeps no reading"
    fresh = declared(tx)
    approve(tx, fresh, evidence=evidence(members=("lead",)))
    yield fresh.key, 3, "outside approvers"
    fresh = declared(tx)
    approve(tx, fresh, evidence=evidence(until=timedelta(0)))
    yield fresh.key, 3, "on call from"
    fresh = approve(tx, declared(tx))
    approve(tx, fresh, "lead")
    yield fresh.key, 5, "decides what was decided"
    fresh = declared(tx)
    approve(tx, fresh, revision=2)
    yield fresh.key, 5, "is for revision 2, not 1"
    fresh = approve(tx, declared(tx))
    ledger.advance(tx, fresh, "detailed", {"implementer": "cto"}, actor=act("dev"), now=NOW)
    yield fresh.key, 4, "approved and is a party"
    fresh = declared(tx, drill=True)
    approve(tx, fresh, window_until=LATER.isoformat())
    yield fresh.key, 17, "opens the gate for a drill"
    fresh = declared(tx)
    for _ in range(2):
        fresh = ledger.advance(tx, fresh, "noticed", {"key": "nudge"}, actor=None, now=NOW)
    yield fresh.key, 10, "repeats the notice nudge"
    fresh = declared(tx)
    ledger.advance(tx, fresh, "linked", {"permalink": "<!channel>"}, actor=None, now=NOW)
    yield fresh.id, 15, "a mention"
    fresh = declared(tx)
    ledger.advance(tx, fresh, "linked", {"permalink": "xoxb-1234567890"}, actor=None, now=NOW)
    yield fresh.id, 16, "a secret in event 2"


def test_what_a_wrong_use_case_would_write_is_noticed(database: Database, case: Case) -> None:
    with database.write() as tx:
        wanted = list(acts(tx, case))
        found = check.promises(tx, real_now=LATER)
    for subject, promise, words in wanted:
        assert any(one.subject == subject and one.promise == promise and words in one.what for one in found), words
    assert {one.subject for one in found} <= {subject for subject, _, _ in wanted} | {
        one.subject for one in found if one.promise in (15, 16)
    }


def test_notices_that_changed_places_are_noticed(database: Database, case: Case) -> None:
    with database.write() as tx:
        for n, key in enumerate(("second", "third")):
            notice(tx, case, key)
            row = outbox.find(tx, key)
            assert row
            settlements.succeeded(tx, row, remote=None, version=1, real=NOW + timedelta(seconds=9 - n))
    assert broken(database) == [(11, "arrived before second")]


def test_a_notice_that_was_never_tried_is_noticed(database: Database, case: Case) -> None:
    with database.write() as tx:
        notice(tx, case, "second")
        notice(tx, case, "third")  # waits for the second: not its own fault
    assert broken(database) == [(9, "was never tried, and the worker is alive")]


def test_while_the_worker_is_down_nothing_is_late(database: Database, case: Case) -> None:
    with database.write() as tx:
        notice(tx, case, "second")
        ledger.set_next_due(tx, case.id, NOW)
        tx.exec_driver_sql("DELETE FROM beats")
    assert broken(database) == []


def test_a_dead_letter_that_was_told_is_no_breach(database: Database, case: Case) -> None:
    with database.write() as tx:
        row = outbox.find(tx, "told")
        assert row
        tx.exec_driver_sql("UPDATE outbox SET state = 'dead', place = 'dm:cto'")
        ledger.advance(tx, case, "undelivered", {"row": row.id}, actor=None, now=NOW)
    assert broken(database) == [(9, "was given up and nobody was told")]
    with database.write() as tx:
        notice(tx, case, f"undelivered:{row.id}:1")
        tx.exec_driver_sql("UPDATE outbox SET state = 'sent', done_at = created_at WHERE state = 'open'")
    assert broken(database) == []


def test_whole_days_of_real_use_cases_keep_every_promise(database: Database) -> None:
    """Approved, deployed and reviewed; broken open and ratified; rejected; changed after approval; slept through."""
    desk = Desk(database)
    desk.declare()
    desk.approve("dev")  # refused
    desk.approve()
    desk.add(plan="roll back to v810 instead")
    desk.approve("lead")
    desk.take_back("lead")
    desk.approve("cto")
    desk.wait(5).deploy()
    desk.close()
    desk.declare()
    desk.proceed()
    desk.wait(3).deploy()
    desk.ratify()
    desk.declare()
    desk.reject()
    desk.declare(drill=True)
    desk.approve()
    desk.declare()
    desk.live(desk.now + timedelta(days=4))
    with database.read() as tx:
        assert check.promises(tx, real_now=desk.now) == []
