"""Every day the whole record is walked through: an edit that no anchor sees is found, told, and closes the gate."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import ready
from bot.anchoring import Anchors
from bot.walking_through import Walks
from tests.bot.test_anchoring import House, drawings
from tests.workflows.records import NOW
from workflows import gate, guards, history, walks
from workflows.audit_rules import Audit
from workflows.change import Actor
from workflows.db import Database
from workflows.models import events, outbox
from workflows.walks import Walk

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    made = House(database, tmp_path, audit=Audit(file=str(tmp_path / "anchors")))
    made.goes_on()
    return made


def ended(walk: Walks) -> Walk:
    """Walk through it to the end."""
    for _ in range(600):
        if walk():
            break
        time.sleep(0.1)
    with walk.anchors.checkpointer.db.read() as tx:
        found = walks.last(tx)
    assert found is not None
    return found


def edited(database: Database) -> None:
    """The bytes of one event, by somebody who can do anything in the database; its stored hash stays as it was."""
    with database.write() as tx:
        for statement in guards.removals(tx.dialect.name):
            tx.exec_driver_sql(statement)
        row = tx.execute(sa.select(events).where(events.c.seq == 2)).one()
        body = bytes(row.body).replace(b'"view"', b'"voew"')
        tx.execute(sa.update(events).where(events.c.hash == row.hash).values(body=body))
        for statement in guards.statements(tx.dialect.name):
            tx.exec_driver_sql(statement)


def test_an_edit_is_found_told_once_and_closes_the_gate(house: House, database_url: str) -> None:
    walk = Walks(house.anchors, database_url)
    found = ended(walk)
    assert (found.wrong, found.events, found.size, found.anchors) == (0, 3, 3, ("the file",))
    assert not walk(), "once a day is enough"
    house.clock.at += timedelta(days=1)
    edited(house.database)
    assert house.anchors.compare(), "the hashes that are stored are still those that the anchor saw"
    found = ended(walk)
    assert (found.wrong, found.bad[0]) == (1, "system event 2: the bytes do not give the hash")
    fault = house.fault()
    assert fault is not None
    assert (fault.why, house.gate().why) == ("edited", gate.Why.HISTORY)
    assert ready.history(house.database)() == (
        "the record is not as it was written; run `verify`, then `history accept`"
    )
    assert drawings(house)[0].text == "The record is NOT as it was written. The gate lets nothing through."
    with house.database.write() as tx:
        history.accept(tx, actor=Actor("", None, "Ops"), now=house.clock.now())
    house.clock.at += timedelta(days=1)
    assert ended(walk).wrong == 1
    assert house.fault() is None, "somebody has said of this very edit that the record is right"
    with house.database.read() as tx:
        told = tx.scalars(sa.select(outbox.c.key).where(outbox.c.key.startswith("history:"))).all()
    assert len(told) == 1


def test_a_record_that_cannot_be_read_says_nothing_and_is_tried_again(house: House) -> None:
    walk = Walks(house.anchors, "sqlite:////nowhere/at-all.db")
    for _ in range(600):
        assert not walk()
        if walk._way is None:
            break
        time.sleep(0.1)
    with house.database.read() as tx:
        assert walks.last(tx) is None
    assert not walk()
    assert walk._way is None, "not before an hour has passed"
    house.clock.at += timedelta(hours=1)
    walk()
    assert walk._way is not None
    walk.stop()


def test_only_one_worker_walks(house: House, database_url: str) -> None:
    first, second = Walks(house.anchors, database_url), Walks(Anchors(house.checkpointer, lambda: None), database_url)
    first()
    house.checkpointer.holder = "b"
    second()
    assert second._way is None
    first.stop()


@pytest.mark.parametrize(
    ("now", "then"),
    [("2026-11-20 03:00", "2026-11-20 03:00"), ("2026-11-20 02:59", "2026-11-19 03:00")],
    ids=["at the hour", "before it"],
)
def test_the_last_quiet_hour(now: str, then: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=BERLIN)

    assert walks.quiet_before(at(now), "Europe/Berlin") == at(then)


def test_when_it_is_due(house: House) -> None:
    def due(now: datetime) -> bool:
        with house.database.read() as tx:
            return walks.due(tx, now=now, zone="UTC")

    assert not due(NOW + timedelta(minutes=59)), "too young"
    assert due(NOW + timedelta(hours=1))
    with house.database.write() as tx:
        one = Walk(NOW, 3, 3, 0, (), ())
        walks.keep(tx, one, escalations="#x", now=NOW, new_id=lambda: "1")
    assert not due(NOW)
    assert due(walks.quiet_before(NOW, "UTC") + timedelta(days=1))
    assert one.fresh(NOW + timedelta(hours=47))
    assert not one.fresh(NOW + timedelta(hours=48))
