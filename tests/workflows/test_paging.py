"""What must have been said at PagerDuty follows from the change alone: each thing once, for ever under the same key."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import build
from tests.build import at, case
from workflows import paging
from workflows.case import Ask, Case, Decision
from workflows.change import Judgement, Kind, Outcome, Status
from workflows.paging import Page

CLOSED = build.review(closed_at=at(60), by="lead", judgement=Judgement.YES)
STARTED = build.deployment(outcome=Outcome.STARTED, what="", by="", repository="acme/payments", sha=build.SHA)
REPORTED = replace(STARTED, outcome=Outcome.OK, external="github:1", recorded_at=at(20))


def keys(one: Case) -> list[str]:
    return [note.key.rpartition("-")[0] if "deployed-" in note.key else note.key for note in paging.notes(one)]


def proceeding(**given: Any) -> Case:
    return case(Status.PROCEEDING, **given)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        pytest.param(case(), ["declared"], id="declared"),
        pytest.param(case(Status.APPROVED), ["declared", "approved"], id="approved"),
        pytest.param(case(Status.REJECTED), ["declared", "rejected"], id="rejected"),
        pytest.param(case(Status.WITHDRAWN), ["declared", "withdrawn"], id="withdrawn"),
        pytest.param(proceeding(), ["declared", "break-glass"], id="break-glass is no approval"),
        pytest.param(
            proceeding(afterwards=Decision("ratified", at(30), "cto", 1)),
            ["declared", "break-glass", "ratified"],
            id="ratified",
        ),
        pytest.param(
            proceeding(afterwards=Decision("objected", at(30), "cto", 1)),
            ["declared", "break-glass", "objected"],
            id="objected",
        ),
        pytest.param(case(Status.DEPLOYED), ["declared", "approved", "deployed"], id="deployed"),
        pytest.param(
            case(Status.DEPLOYED, deployments=(build.deployment(), build.deployment(at=at(40)))),
            ["declared", "approved", "deployed", "deployed"],
            id="every deployment",
        ),
        pytest.param(
            case(Status.DEPLOYED, deployments=(STARTED,)), ["declared", "approved"], id="under way is not deployed"
        ),
        pytest.param(
            case(Status.REVIEWED, review=CLOSED), ["declared", "approved", "deployed", "reviewed"], id="reviewed"
        ),
        pytest.param(
            case(Status.DEPLOYED, review=build.review(), earlier_reviews=(CLOSED,)),
            ["declared", "approved", "deployed", "reviewed"],
            id="a review that was closed before it went live again",
        ),
        pytest.param(
            case(approvals=(build.approval(taken_back_at=at(8)),)), ["declared", "took-back"], id="taken back"
        ),
        pytest.param(
            case(revision=2, changed_at=at(9)), ["declared", "changed"], id="changed, so approval is needed again"
        ),
        pytest.param(case(drill=True), [], id="practice is nobody else's business"),
        pytest.param(build.deploy(), ["declared"], id="a deploy that names an incident"),
        pytest.param(build.deploy(Status.DEPLOYED), ["declared", "approved", "deployed"], id="a deploy that went live"),
        pytest.param(case(Status.FOUND, kind=Kind.FINDING), ["declared"], id="a finding"),
    ],
)
def test_what_an_incident_must_have_heard(one: Case, said: list[str]) -> None:
    assert keys(one) == said


def test_a_second_decision_is_another_note() -> None:
    """Taken back and approved again, or changed and approved again: nobody takes it for the first."""
    first = keys(case(Status.APPROVED))[-1]
    back = build.approval("cto", taken_back_at=at(8))
    again = case(
        Status.APPROVED, approvals=(back, build.approval("lead")), decision=Decision("approved", at(9), "lead", 1)
    )
    changed = case(Status.APPROVED, revision=2, changed_at=at(8), decision=Decision("approved", at(9), "cto", 2))
    assert [first, keys(again)[-1], keys(changed)[-1]] == ["approved", "approved-2", "approved-2"]


def test_what_is_changed_after_break_glass_does_not_tell_of_it_again() -> None:
    later = proceeding(revision=2, changed_at=at(9))
    assert keys(later) == ["declared", "break-glass", "changed"]


def test_an_outcome_that_is_known_better_later_is_told_again_and_the_change_event_is_not() -> None:
    worked, failed = (
        case(Status.DEPLOYED, deployments=(replace(REPORTED, outcome=o),)) for o in (Outcome.OK, Outcome.FAILED)
    )
    assert paging.notes(worked)[-1].key + "-failed" == paging.notes(failed)[-1].key
    assert [one.id for one in paging.change_events(worked)] == [one.id for one in paging.change_events(failed)]
    assert paging.change_events(worked)[0].id.startswith("EC-2026-0001/")


@pytest.mark.parametrize(
    ("one", "count"),
    [
        (case(Status.APPROVED), 0),
        (case(Status.DEPLOYED, deployments=(STARTED,)), 0),
        (case(Status.DEPLOYED, deployments=(STARTED, build.deployment(), REPORTED)), 2),
        (case(Status.DEPLOYED, drill=True), 0),
        (build.deploy(Status.DEPLOYED), 1),
    ],
)
def test_what_went_live_is_a_change_event_each(one: Case, count: int) -> None:
    assert len({told.id for told in paging.change_events(one)}) == count


WIDENED = (Ask("first", at(), ("cto",), ()), Ask("widen", at(10), (), ("release-managers",)))
AFTER = build.approval("cto", phase="after", voice="ratify", at=at(30))
LATE = timedelta(hours=49)


@pytest.mark.parametrize(
    ("one", "after", "open_"),
    [
        pytest.param(case(), timedelta(), set(), id="asked"),
        pytest.param(case(asks=WIDENED), timedelta(), {Page.UNDECIDED}, id="nobody answered by widen"),
        pytest.param(
            case(asks=(*WIDENED, Ask("again", at(12), ("cto",), ()))), timedelta(), set(), id="asked afresh since"
        ),
        pytest.param(case(Status.APPROVED, asks=WIDENED), timedelta(), set(), id="decided in the end"),
        pytest.param(case(Status.WITHDRAWN, asks=WIDENED), timedelta(), set(), id="withdrawn in the end"),
        pytest.param(build.deploy(asks=WIDENED), timedelta(), set(), id="a deploy pages nobody"),
        pytest.param(proceeding(asks=WIDENED), timedelta(), {Page.BREAK_GLASS}, id="break-glass"),
        pytest.param(
            replace(proceeding(), status=Status.DEPLOYED, deployments=(build.deployment(),)),
            timedelta(),
            {Page.BREAK_GLASS},
            id="live without approval, and nobody has looked",
        ),
        pytest.param(proceeding(approvals=(AFTER,)), timedelta(), set(), id="somebody looked"),
        pytest.param(proceeding(closed_at=at(40)), timedelta(), set(), id="closed"),
        pytest.param(case(Status.DEPLOYED), LATE, {Page.REVIEW}, id="the deadline of the review passed"),
        pytest.param(case(Status.DEPLOYED), timedelta(hours=47), set(), id="the deadline is not there yet"),
        pytest.param(proceeding(), LATE, {Page.REVIEW, Page.BREAK_GLASS}, id="both"),
        pytest.param(case(Status.REVIEWED, review=CLOSED), LATE, set(), id="reviewed"),
        pytest.param(proceeding(drill=True), LATE, set(), id="practice"),
    ],
)
def test_whom_a_change_pages_for(one: Case, after: timedelta, open_: set[Page]) -> None:
    assert {alert.page for alert in paging.alerts(one, at() + after) if alert.open} == open_


MAKE: tuple[Callable[..., Case], ...] = (case, build.deploy)


@settings(deadline=None, max_examples=60)
@given(
    make=st.sampled_from(MAKE),
    status=st.sampled_from([Status.APPROVED, Status.REJECTED, Status.DEPLOYED, Status.WITHDRAWN]),
    revision=st.integers(1, 4),
    live=st.lists(st.sampled_from([STARTED, REPORTED, build.deployment(), build.deployment(at=at(50))]), unique=True),
    reviews=st.integers(0, 3),
)
def test_keys_are_unique_on_a_change_and_in_order_of_time(
    make: Callable[..., Case], status: Status, revision: int, live: list[Any], reviews: int
) -> None:
    one = make(
        status,
        revision=revision,
        changed_at=at(3) if revision > 1 else None,
        deployments=tuple(live),
        earlier_reviews=(CLOSED,) * reviews,
    )
    told = paging.notes(one)
    assert len({note.key for note in told}) == len(told)
    assert [note.at for note in told] == sorted(note.at for note in told)
    assert len({event.id for event in paging.change_events(one)}) == sum(d.outcome != "started" for d in live)
