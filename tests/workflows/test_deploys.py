"""Deploys, on both databases: asked for, approved for exactly one commit, void when it is another."""

import pytest

from tests import build
from tests.build import NEXT_SHA, SHA, at
from tests.workflows.desk import Desk
from workflows import gate
from workflows.case import Done, Refused
from workflows.change import Reason, Status
from workflows.check import promises
from workflows.db import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, rules=build.deploy_rules())


def no(answer: object) -> Reason | None:
    assert isinstance(answer, Refused), answer
    return answer.verdict.reason


def says(desk: Desk, sha: str = SHA) -> gate.Answer:
    """What the gate answers for that commit, by the change alone."""
    given = {"repository": build.REPOSITORY, "sha": sha, "environment": "production"}
    with desk.turn("") as turn:
        case = turn.hold(desk.id)
    assert case is not None
    return gate.answer([case], rules=desk.rules, now=desk.now, **given)


def kept(desk: Desk) -> None:
    """Everything recorded keeps every promise, and is what a replay makes."""
    with desk.database.read() as tx:
        assert promises(tx, real_now=desk.now) == []
    assert desk.replayed() == desk.case


def test_asked_and_approved_it_goes_for_exactly_that_commit(desk: Desk) -> None:
    desk.ask()
    assert desk.case.key == "DR-2026-0001"
    assert desk.asked("rel") == ["first"]
    assert desk.asked("dev") == []

    assert isinstance(desk.wait(4).approve("rel"), Done)

    case = desk.case
    assert (case.status, case.sha, case.valid_until) == (Status.APPROVED, SHA, at(4, hours=8))
    assert (says(desk).says, says(desk, NEXT_SHA).says) == (gate.Says.YES, gate.Says.NO)
    assert desk.told("dev") == ["approved"]
    kept(desk)


def test_a_push_after_the_approval_voids_it_and_says_what_changed(desk: Desk) -> None:
    desk.ask()
    desk.wait(1).approve("rel")
    desk.wait(1).read(sha=NEXT_SHA)

    case = desk.case
    assert (case.status, case.revision, case.sha, case.changed) == (Status.REQUESTED, 2, NEXT_SHA, ("commits",))
    assert desk.told("rel")[-1] == "voided"
    assert desk.posts("dm:rel", "told")[-1]["facts"]["commits"] == 1
    assert desk.asked("rel") == ["first", "again"]
    assert (says(desk).says, says(desk, NEXT_SHA).says) == (gate.Says.NO, gate.Says.WAIT)
    assert no(desk.approve("rel", revision=1)) is Reason.STALE_REVISION
    desk.approve("rel")
    assert says(desk, NEXT_SHA).says is gate.Says.YES
    kept(desk)
