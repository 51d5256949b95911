"""What PagerDuty says of an incident is an event only when it is news, and only of the incident that is named."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.workflows.desk import Desk
from workflows import completing, incidents, ledger
from workflows.case import Case, Done
from workflows.db import Database
from workflows.documents import Details
from workflows.models import events
from workflows.peered import SeenIncident

SEEN = SeenIncident(
    "Q1ABC", 4711, "Checkout is down", "Payments", "PSVC1", "high", "triggered", "https://a.pd/Q1ABC", ("Dana", "Lee")
)


def kinds(desk: Desk) -> list[str]:
    """What happened to the incident of the change."""
    with desk.database.read() as tx:
        found = tx.scalars(select(events.c.kind).where(events.c.subject == desk.id).order_by(events.c.seq))
        return [kind for kind in found if kind.startswith("incident")]


def learn(desk: Desk, seen: SeenIncident = SEEN) -> Case:
    done = desk.do("", incidents.learn, desk.id, seen)
    assert isinstance(done, Done)
    return done.case


def test_what_is_read_is_kept_once_and_again_when_it_is_another(database: Database) -> None:
    desk = Desk(database)
    desk.declare(incident="4711")
    first = learn(desk).incident_seen
    assert first
    assert (first.id, first.number, first.service, first.opened) == ("Q1ABC", 4711, "Payments", False)
    learn(desk)
    assert kinds(desk) == ["incident_read"]
    case = learn(desk, replace(SEEN, status="resolved"))
    assert case.incident_seen
    assert case.incident_seen.status == "resolved"
    assert case.incident_seen.title == first.title, "a title that is the same is not committed to anew"
    case = learn(desk, replace(SEEN, status="resolved", title="Checkout is back", responders=("Dana",)))
    assert case.incident_seen
    assert [case.body(one) for one in (case.incident_seen.title, case.incident_seen.responders)] == [
        "Checkout is back",
        "Dana",
    ]
    assert kinds(desk) == ["incident_read"] * 3
    desk.sound()


@pytest.mark.parametrize(
    ("typed", "taken"), [("4711", True), ("Q1ABC", True), ("q1abc", True), ("4712", False), ("", False)]
)
def test_only_the_incident_that_is_named_is_learnt(sqlite_database: Database, typed: str, taken: bool) -> None:
    desk = Desk(sqlite_database)
    desk.declare(incident=typed)
    assert bool(learn(desk).incident_seen) is taken
    assert kinds(desk) == (["incident_read"] if taken else [])


def test_what_is_read_of_the_one_before_is_not_of_the_one_named_now(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    desk.declare(incident="4711")
    learn(desk)
    desk.do("dev", completing.add_details, desk.id, Details(incident="5000"))
    assert learn(desk).incident_seen is None
    assert learn(desk, replace(SEEN, id="Q2", number=5000)).incident_seen is not None


def test_a_trouble_is_kept_once_and_ends_with_the_next_reading(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    desk.declare(incident="4711")
    for why in ("gone", "gone", "no-permission"):
        desk.do("", incidents.trouble, desk.id, why)
    assert learn(desk).incident_seen is not None
    desk.do("", incidents.trouble, desk.id, "gone")
    case = learn(desk)
    assert case.incident_seen
    assert (case.incident_seen.trouble, case.incident_seen.number) == (None, 4711)
    assert kinds(desk) == ["incident_trouble"] * 2 + ["incident_read", "incident_trouble", "incident_read"]


def test_a_title_that_was_erased_does_not_come_back_by_reading(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    desk.declare(incident="4711")
    case = learn(desk)
    assert case.incident_seen
    assert case.incident_seen.title
    with desk.turn() as turn:
        held = turn.hold(desk.id)
        assert held
        ledger.erase(turn.tx, held, case.incident_seen.title, kind="password", actor=turn.actor, now=turn.now)
    case = learn(desk, replace(SEEN, status="acknowledged"))
    assert case.incident_seen
    assert case.body(case.incident_seen.title) is None


def test_an_incident_of_ours_is_linked_unless_another_was_named_meanwhile(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    desk.declare()
    for _ in range(2):
        done = desk.do("", incidents.opened, desk.id, SEEN)
    assert isinstance(done, Done)
    assert done.case.incident == "4711"
    assert done.case.incident_seen
    assert done.case.incident_seen.opened
    case = learn(desk, replace(SEEN, status="resolved"))
    assert case.incident_seen
    assert case.incident_seen.opened, "who opened it is known after every reading"
    desk.declare(incident="5000")
    done = desk.do("", incidents.opened, desk.id, SEEN)
    assert isinstance(done, Done)
    assert done.case.incident_seen is None
