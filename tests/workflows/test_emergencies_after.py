"""What became of an emergency, on both databases: deployed, withdrawn, not needed, later, extended."""

from datetime import timedelta
from typing import Any

import pytest

from tests import build
from tests.build import at
from tests.workflows.desk import Desk, Result
from workflows import aftermath
from workflows.case import Done, Refused
from workflows.change import Mistakes, Outcome, Reason, Status
from workflows.documents import Details


def done(answer: Result) -> Done:
    assert isinstance(answer, Done), answer
    return answer


def no(answer: Result) -> Reason | None:
    assert isinstance(answer, Refused), answer
    return answer.verdict.reason


def declared(desk: Desk) -> None:
    desk.declare()


def approved(desk: Desk) -> None:
    desk.declare()
    done(desk.approve())


def proceeding(desk: Desk) -> None:
    desk.declare()
    done(desk.proceed())


def rejected(desk: Desk) -> None:
    desk.declare()
    done(desk.reject())


def deployed(desk: Desk) -> None:
    approved(desk)
    done(desk.deploy())


def reviewed(desk: Desk) -> None:
    deployed(desk)
    done(desk.close("cto"))


def withdrawn(desk: Desk) -> None:
    desk.declare()
    done(desk.do("dev", aftermath.withdraw, desk.id))


def not_needed(desk: Desk) -> None:
    approved(desk)
    done(desk.do("dev", aftermath.not_needed, desk.id))


@pytest.mark.parametrize(
    ("before", "needs_why", "basis", "line"),
    [
        (declared, True, "proceeding", "deployed_unasked"),
        (approved, False, "approved", "deployed"),
        (proceeding, False, "proceeding", "deployed"),
        (rejected, True, "rejected", "deployed_rejected"),
        (deployed, False, "approved", "deployed"),
        (reviewed, False, "approved", "deployed"),
        (withdrawn, True, "withdrawn", "deployed_rejected"),
        (not_needed, True, "withdrawn", "deployed_rejected"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_deployment_is_recorded_from_every_status(
    desk: Desk, before: object, needs_why: bool, basis: str, line: str
) -> None:
    assert callable(before)
    before(desk)
    count = len(desk.case.deployments)
    desk.wait(20)

    if needs_why:
        assert desk.deploy() == Mistakes({"why": "empty-why"})
    done(desk.deploy(why="the site was down" if needs_why else "", known="a leak"))

    case = desk.case
    assert (case.status, case.closed_at, len(case.deployments)) == (Status.DEPLOYED, None, count + 1)
    last = case.deployments[-1]
    assert (last.basis, last.at, last.by, case.body(last.known)) == (basis, at(20), "dev", "a leak")
    assert (case.body(last.why) == "the site was down") is needs_why
    assert [name for name in desk.lines() if name.startswith("deployed")][-1] == line
    assert case.review is not None
    assert case.review.closed_at is None
    assert case.review.owner not in (None, "dev")
    assert desk.replayed() == case


def test_deployed_before_anybody_answered_is_break_glass_by_another_name(desk: Desk) -> None:
    desk.declare()
    desk.wait(3)
    done(desk.deploy(why="nobody answered"))

    assert desk.kinds() == ["declared", "asked", "proceeding", "review_owed", "deployed"]
    case = desk.case
    assert case.decision is not None
    assert (case.decision.kind, case.body(case.decision.reason)) == ("proceeding", "nobody answered")
    assert no(desk.approve("cto")) is Reason.TOO_LATE
    assert "proceeding" in desk.told("cto")
    assert "ratify" in desk.told("cto")


def test_deployed_although_rejected_can_be_looked_at_afterwards_but_not_approved(desk: Desk) -> None:
    rejected(desk)
    done(desk.deploy(why="it was already running"))

    assert no(desk.approve("lead")) is Reason.TOO_LATE
    assert "ratify" in desk.told("lead")
    done(desk.object_to("lead"))
    assert desk.case.decision is not None
    assert desk.case.decision.kind == "rejected"


def test_ratify_is_asked_of_nobody_when_it_was_approved(desk: Desk) -> None:
    deployed(desk)

    assert "ratify" not in desk.told("cto") + desk.told("lead")


@pytest.mark.parametrize(
    ("given", "mistakes"),
    [
        pytest.param({"what": " "}, {"what": "empty-what"}, id="what went live is asked"),
        pytest.param({"at": at(33)}, {"at": "future"}, id="nothing goes live in three minutes"),
        pytest.param({"at": at(32)}, None, id="clocks may differ by two"),
        pytest.param({"at": at(-2)}, None, id="also at the other end"),
        pytest.param({"at": at(-3)}, {"at": "before"}, id="nothing goes live before the emergency"),
        pytest.param({"at": at(-3), "what": ""}, {"at": "before", "what": "empty-what"}, id="all at once"),
    ],
)
def test_what_is_wrong_with_a_deployment(sqlite_desk: Desk, given: dict[str, Any], mistakes: object) -> None:
    approved(sqlite_desk)
    sqlite_desk.wait(30)
    answer = sqlite_desk.deploy(**given)

    assert (dict(answer.fields) if isinstance(answer, Mistakes) else None) == mistakes
    if mistakes is None:
        assert sqlite_desk.case.deployments[-1].at <= sqlite_desk.now


def test_live_since_moves_the_earliest_moment(desk: Desk) -> None:
    desk.declare(live_since=at(-60))

    assert isinstance(desk.deploy(at=at(-63)), Mistakes)
    done(desk.deploy(at=at(-60), outcome=Outcome.ROLLED_BACK))
    assert [d.outcome for d in desk.case.deployments] == [Outcome.OK, Outcome.ROLLED_BACK]


def test_reviewed_then_deployed_again_owes_a_second_review_and_keeps_the_first(desk: Desk) -> None:
    reviewed(desk)
    first = desk.case.review
    desk.wait(days=3)
    done(desk.deploy(what="v812"))

    case = desk.case
    assert case.earlier_reviews == (first,)
    assert case.review is not None
    assert (case.review.start, case.review.due) == (at(days=3), at(days=4))
    assert case.review.closed_at is None
    done(desk.close("lead", missing={}))
    assert (desk.status, len(desk.case.earlier_reviews)) == ("reviewed", 1)
    assert desk.replayed() == desk.case


def test_a_third_deployment_does_not_put_the_second_review_off(desk: Desk) -> None:
    reviewed(desk)
    done(desk.wait(days=3).deploy(what="v812"))
    due = desk.case.review and desk.case.review.due
    done(desk.wait(hours=20).deploy(what="v813"))

    assert desk.case.review is not None
    assert desk.case.review.due == due == at(days=4)


def test_an_earlier_deployment_starts_the_clock_earlier(desk: Desk) -> None:
    desk.declare()
    desk.approve()
    done(desk.wait(10).deploy(at=at(-1)))

    assert desk.case.review is not None
    assert desk.case.review.start == at(-1)
    assert desk.kinds().count("review_owed") == 2


def test_not_needed_closes_owes_nothing_and_keeps_the_approval(desk: Desk) -> None:
    not_needed(desk)

    case = desk.case
    assert (case.status, case.nothing_deployed, case.closed_at) == (Status.WITHDRAWN, True, at())
    assert case.window_until is None
    assert case.decision is not None
    assert case.decision.kind == "approved"
    assert desk.next_due() is None
    assert "withdrawn" in desk.told("cto")


def test_a_withdrawn_request_says_what_it_doubles(desk: Desk) -> None:
    first = desk.declare().key
    second = desk.declare()

    wrong = {"duplicate_of": "unknown-change"}
    assert desk.do("dev", aftermath.withdraw, second.id, duplicate_of="EC-2026-0099") == Mistakes(wrong)
    assert desk.do("dev", aftermath.withdraw, second.id, duplicate_of=second.key) == Mistakes(wrong)
    done(desk.do("cto", aftermath.withdraw, second.id, duplicate_of=first))

    case = desk.case
    assert (case.status, case.duplicate_of, case.withdrawn_by) == (Status.WITHDRAWN, first, "cto")
    assert desk.told("dev") == ["withdrawn"]
    assert no(desk.approve("lead")) is Reason.ALREADY_DECIDED


def test_what_is_live_is_neither_withdrawn_nor_not_needed(desk: Desk) -> None:
    deployed(desk)

    assert no(desk.do("dev", aftermath.withdraw, desk.id)) is Reason.NOT_NOW
    assert no(desk.do("dev", aftermath.not_needed, desk.id)) is Reason.NOT_NOW


def test_extended_once_for_the_same_length_with_a_reason(desk: Desk) -> None:
    approved(desk)
    desk.wait(hours=3)

    assert desk.do("dev", aftermath.extend, desk.id, reason=" ") == Mistakes({"reason": "empty-extend"})
    done(desk.do("dev", aftermath.extend, desk.id, reason="the build is slow"))
    assert (desk.case.window_until, desk.case.extended) == (at(hours=8), True)
    assert no(desk.do("dev", aftermath.extend, desk.id, reason="again")) is Reason.NOT_NOW
    assert desk.lines()[-1] == "extended"


def test_a_window_that_ended_is_not_opened_again(desk: Desk) -> None:
    approved(desk)
    desk.wait(hours=4)

    assert no(desk.do("dev", aftermath.extend, desk.id, reason="late")) is Reason.NOT_NOW


def test_a_drill_has_no_window_to_extend(desk: Desk) -> None:
    desk.declare(drill=True)
    desk.approve()

    assert no(desk.do("dev", aftermath.extend, desk.id, reason="practice")) is Reason.NOT_NOW


def test_ended_access_is_said_as_such(desk: Desk) -> None:
    desk.declare(type="access", access="read-only, payments database", access_until=at(hours=2))
    desk.approve()
    done(desk.wait(60).deploy(what="looked at three rows"))

    assert desk.lines()[-1] == "access_ended"


def test_the_way_of_a_failed_deployment(desk: Desk) -> None:
    approved(desk)
    done(desk.wait(5).deploy(outcome=Outcome.FAILED, known="the migration hung"))
    key = desk.case.key
    again = desk.declare(origin_key=key)

    assert desk.case_of(again.id).related == (key,)
    assert [p["facts"] for p in desk.posts("thread:") if p["line"] == "declared_again"] == [
        {"key": again.key, "by": "dev"}
    ]


def test_completing_a_live_change_voids_no_approval(desk: Desk) -> None:
    deployed(desk)
    done(desk.add(plan="roll back to v810", rollback="forward to v812"))

    assert (desk.status, desk.case.revision) == ("deployed", 1)
    assert desk.case.decision is not None
    assert Details() == Details(plan=None)
    assert desk.case.review is not None
    assert desk.case.review.due - desk.case.review.start == timedelta(hours=24)
    assert desk.case.review.start == build.T0
