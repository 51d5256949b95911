"""What a second look broke on purpose: each stays mended."""

from datetime import timedelta
from typing import Any

from tests.workflows.desk import Desk
from workflows import aftermath, evidence
from workflows.case import Done


def exceptions(desk: Desk) -> Any:
    return next(iter(evidence.records(desk.database, now=desk.now)))["exceptions"]


def test_a_requester_who_makes_an_approver_the_implementer_is_seen(desk: Desk) -> None:
    desk.declare()
    assert isinstance(desk.add(implementer="lead"), Done)
    desk.approve("cto")
    desk.deploy()
    assert exceptions(desk) == ["approver-named-implementer"]


def test_whoever_was_never_asked_may_carry_it_out(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare(implementer="lead")
    desk.add(implementer="ops")
    desk.approve("cto")
    desk.deploy()
    assert exceptions(desk) == []


def test_an_approval_does_not_cover_what_goes_live_after_its_window(desk: Desk) -> None:
    desk.declare()
    desk.approve("cto")
    desk.wait(30)
    desk.deploy()
    desk.wait(hours=3)
    desk.do("dev", aftermath.extend, desk.id, reason="it takes longer")
    desk.wait(hours=4)
    desk.deploy(what="v812")
    assert exceptions(desk) == []

    desk.wait(hours=1)
    desk.deploy(what="v813", at=desk.now - timedelta(minutes=45))
    assert exceptions(desk) == []
    desk.deploy(what="v900")
    assert exceptions(desk) == ["deployed-outside-window"]


def test_a_window_ends_with_the_review(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare()
    desk.approve("cto")
    desk.deploy()
    desk.wait(30)
    desk.close("cto")
    desk.wait(30)
    desk.deploy(what="something else", at=desk.now - timedelta(minutes=40))
    assert exceptions(desk) == []
    desk.deploy(what="something else")
    assert exceptions(desk) == ["deployed-outside-window"]


def test_what_only_the_reviewer_said_went_live_is_not_outside_the_window(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare()
    desk.approve("cto")
    desk.wait(hours=20)
    desk.close("cto")
    assert exceptions(desk) == []
