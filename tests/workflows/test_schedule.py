"""When something is due: counted from the case, the policy and the time, and never twice."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import build
from tests.build import T0, at
from workflows import schedule
from workflows.case import Ask, Case, Noticed
from workflows.change import Status
from workflows.reviewed import FollowUp
from workflows.rows import DebtKind
from workflows.ruleset import ReviewTimes, Rules
from workflows.schedule import Step

FIRST = Ask("first", T0, ("cto", "lead"), ("emergency-approvers",))


def asked(*rounds: tuple[str, float]) -> tuple[Ask, ...]:
    """The first request, and later ones as (round, minute)."""
    return (FIRST, *(Ask(name, at(minute), (), ()) for name, minute in rounds))


def kinds(case: Case, now: datetime, rules: Rules | None = None) -> list[str]:
    """What is due by then, in order."""
    return [one.kind.value for one in schedule.due(case, rules or build.rules(), now)]


def timed(times: ReviewTimes) -> Rules:
    return build.rules(default=build.rule(review=times))


def played(case: Case, rules: Rules, until: datetime, *, now: datetime = T0) -> list[tuple[str, datetime]]:
    """What goes out, and when, if every due thing is sent at once: (kind, at). That the gate closes asks nobody."""
    sent: list[tuple[str, datetime]] = []
    while (now := max(now, schedule.next_due(case, rules, now) or until + timedelta(days=999))) <= until:
        for one in schedule.due(case, rules, now):
            sent += [(one.kind.value, now)] if one.kind is not schedule.Step.GATE_CLOSED else []
            case = replace(case, notices=(*case.notices, Noticed(one.key, now)))
    return sent


@pytest.mark.parametrize(
    ("asks", "minute", "expected"),
    [
        pytest.param(asked(), 4.9, [], id="before the nudge nothing"),
        pytest.param(asked(), 5, ["nudge"], id="after five minutes the same people again"),
        pytest.param(asked(), 10, ["nudge", "widen"], id="both when nobody looked for ten"),
        pytest.param(asked(("nudge", 5)), 9.9, [], id="asked again once is enough"),
        pytest.param(asked(("nudge", 5)), 10, ["widen"], id="after ten minutes the others too"),
        pytest.param(asked(("nudge", 5), ("widen", 10)), 60, [], id="then nobody is asked any more"),
        pytest.param(asked(("fallback", 0)), 10, ["nudge", "widen"], id="the fallback at once puts nothing off"),
        pytest.param(asked(("nudge", 5), ("widen", 10), ("again", 30)), 34, [], id="a renewed request starts anew"),
        pytest.param(
            asked(("nudge", 5), ("widen", 10), ("again", 30)), 40, ["nudge", "widen"], id="with a nudge and a widening"
        ),
    ],
)
def test_while_nobody_answers(asks: tuple[Ask, ...], minute: float, expected: list[str]) -> None:
    assert kinds(build.case(asks=asks), at(minute)) == expected


def test_a_new_version_waits_from_its_own_beginning() -> None:
    case = build.case(asks=(*asked(("widen", 10)), Ask("again", at(30), (), ())), changed_at=at(30), revision=2)

    assert schedule.asked_since(case) == at(30)
    assert schedule.next_due(case, build.rules(), at(31)) == at(35)


@pytest.mark.parametrize("status", [Status.REJECTED, Status.WITHDRAWN])
def test_what_is_closed_is_never_looked_at_again(status: Status) -> None:
    assert schedule.next_due(build.case(status, asks=asked()), build.rules(), at(days=9)) is None


def test_nobody_is_asked_to_decide_what_is_decided() -> None:
    assert "nudge" not in kinds(build.case(Status.APPROVED, asks=asked()), at(hours=1))


@pytest.mark.parametrize("status", [Status.APPROVED, Status.PROCEEDING])
def test_is_it_live_an_hour_after_the_decision(status: Status) -> None:
    case = build.case(status, asks=asked())

    assert "is_live" not in kinds(case, at(64))
    assert "is_live" in kinds(case, at(65))


def test_later_asks_again_when_it_says() -> None:
    case = build.case(Status.APPROVED, later_until=at(130))
    done = replace(case, notices=(Noticed(f"live:{at(130).isoformat()}", at(130)),))

    assert "is_live" not in kinds(case, at(129))
    assert "is_live" in kinds(case, at(130))
    assert "is_live" not in kinds(done, at(500))


def test_nobody_is_asked_whether_it_is_live_when_it_is() -> None:
    assert "is_live" not in kinds(build.case(Status.DEPLOYED), at(hours=9))


def test_the_whole_life_of_a_review_nobody_writes() -> None:
    """Owed at minute 5; reminders at 0 h and 20 h, then every 12 h, daily after the deadline."""
    case = build.case(Status.DEPLOYED)

    assert played(case, build.rules(), at(days=4, hours=1)) == [
        ("asked", at(5)),
        ("reminder", at(hours=20)),
        ("escalation", at(hours=24)),
        ("reminder", at(hours=32)),
        ("reminder", at(hours=44)),
        ("last_call", at(hours=46)),
        ("deadline", at(hours=48)),
        ("daily", at(hours=72)),
        ("daily", at(hours=96)),
    ]


def test_a_reminder_is_never_due_before_the_review_is_owed() -> None:
    late = build.review(owed_at=at(hours=30))
    case = build.case(Status.DEPLOYED, review=late)
    sent = played(case, build.rules(), at(hours=47), now=at(hours=30))

    assert sent[:2] == [("escalation", at(hours=30)), ("asked", at(hours=30))]
    assert ("reminder", at(hours=42)) in sent  # then_every counts from the last reminder there was
    assert [kind for kind, _ in sent].count("asked") == 1


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param(ReviewTimes(remind=(), then_every=None), [], id="no reminders at all"),
        pytest.param(
            ReviewTimes(remind=(timedelta(hours=4),), then_every=None), [("asked", at(hours=4))], id="one, after 4 h"
        ),
        pytest.param(
            ReviewTimes(remind=(timedelta(hours=20), timedelta(hours=4)), then_every=timedelta(hours=20)),
            [("asked", at(hours=4)), ("reminder", at(hours=20)), ("reminder", at(hours=40))],
            id="in whatever order the policy has them",
        ),
        pytest.param(
            ReviewTimes(remind=(timedelta(hours=24),), then_every=timedelta(hours=24)),
            [("asked", at(hours=24))],
            id="then_every stops before the deadline",
        ),
    ],
)
def test_reminders_by_policy(times: ReviewTimes, expected: list[tuple[str, datetime]]) -> None:
    sent = played(build.case(Status.DEPLOYED), timed(times), at(hours=48))

    assert [one for one in sent if one[0] in ("asked", "reminder")] == expected


def test_after_a_long_downtime_only_the_latest_day_is_due() -> None:
    case = build.case(Status.DEPLOYED)
    day = [one for one in schedule.due(case, build.rules(), at(days=7, hours=1)) if one.kind is DebtKind.DAILY]

    assert [one.at for one in day] == [at(days=7)]


def test_the_end_of_a_snooze_is_a_reminder() -> None:
    case = build.case(Status.DEPLOYED, review=build.review(snoozes=1, snoozed_until=at(70)))

    assert ("reminder", at(70)) in played(case, build.rules(), at(90))


def test_a_closed_review_is_owed_by_nobody() -> None:
    assert schedule.next_due(build.case(Status.REVIEWED), build.rules(), at(days=3)) is None


def test_a_follow_up_is_due_on_its_day_also_one_of_an_earlier_review() -> None:
    first = FollowUp("f1", "0" * 64, "dev", "2026-11-20")
    done = replace(first, id="f2", done_at=at(9))
    case = build.case(Status.REVIEWED, earlier_reviews=(build.review(closed_at=at(1), follow_ups=(first, done)),))
    due = schedule.due(case, build.rules(), at(days=9))

    assert [(one.kind, one.ref, one.at.date().isoformat()) for one in due] == [(DebtKind.FOLLOW_UP, "f1", "2026-11-20")]


def test_the_times_of_the_matching_rule_hold() -> None:
    rules = build.rules(build.rule(index=1, systems=("payments",), nudge=timedelta(minutes=1)))

    assert kinds(build.case(asks=asked()), at(1), rules) == [Step.NUDGE.value]


STATUSES = (Status.DECLARED, Status.APPROVED, Status.PROCEEDING, Status.DEPLOYED, Status.REVIEWED)
offsets = st.lists(st.integers(0, 47), max_size=3).map(lambda hours: tuple(timedelta(hours=h) for h in hours))


@st.composite
def waiting(draw: st.DrawFn) -> tuple[Case, Rules]:
    """Any change that may wait for something, under any times."""
    times = ReviewTimes(
        remind=draw(offsets), then_every=draw(st.sampled_from((None, timedelta(hours=5), timedelta(hours=12))))
    )
    case = build.case(draw(st.sampled_from(STATUSES)), asks=asked() if draw(st.booleans()) else ())
    if case.review and draw(st.booleans()):
        owed, snoozed = at(draw(st.integers(0, 3000))), at(draw(st.integers(0, 3000)))
        case = replace(case, review=replace(case.review, owed_at=owed, snoozed_until=snoozed))
    return case, timed(times)


@given(waiting(), st.integers(0, 6 * 24 * 60))
def test_the_next_look_is_never_later_than_what_is_due(drawn: tuple[Case, Rules], minute: int) -> None:
    case, rules = drawn
    now = at(minute)
    due, nearest = schedule.due(case, rules, now), schedule.next_due(case, rules, now)

    assert all(one.at <= now for one in due)
    assert bool(due) is (nearest is not None and nearest <= now)
    assert len({one.key for one in due}) == len(due)


@given(waiting(), st.integers(0, 6 * 24 * 60))
def test_what_was_sent_is_not_due_again_and_the_rest_still_is(drawn: tuple[Case, Rules], minute: int) -> None:
    case, rules = drawn
    now = at(minute)
    due = schedule.due(case, rules, now)
    for one in due:
        case = replace(case, notices=(*case.notices, Noticed(one.key, now)))

    assert schedule.due(case, rules, now) == ()
    if case.review is not None and case.review.closed_at is None:
        assert schedule.next_due(case, rules, now) is not None, "an open review is never forgotten"
