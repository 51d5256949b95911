"""The sweep, on both databases: whoever should hear of something hears of it once, at a time they are awake."""

from datetime import time, timedelta
from typing import Any

import pytest

from tests import build
from tests.build import FALLBACK, T0, at
from tests.workflows.desk import Desk
from workflows import aftermath, reviews
from workflows.case import Done
from workflows.change import Judgement, Reason
from workflows.reviews import FollowUpForm
from workflows.ruleset import QuietHours

NIGHT = QuietHours(time(22), time(7))


def live(desk: Desk, who: str = "cto") -> None:
    """An emergency approved by `who`, who owns its review, and live."""
    desk.declare()
    assert isinstance(desk.approve(who), Done)
    assert isinstance(desk.deploy(), Done)


def heard(desk: Desk, person: str) -> list[tuple[str, Any]]:
    """What a person was reminded of: (kind, time)."""
    return [(post["kind"], post["at"]) for post in desk.reminded(person)]


def quiet(desk: Desk, **given: Any) -> None:
    desk.rules = build.rules(default=build.rule(quiet_hours=NIGHT, **given))


def test_nobody_answers(desk: Desk) -> None:
    """Asked again after five minutes, the fallback and a telephone number after ten; quiet hours hold none of it."""
    quiet(desk)
    desk.declare()
    desk.live(at(60))

    assert [(ask.round, ask.at) for ask in desk.case.asks] == [
        ("first", T0),
        ("nudge", at(5)),
        ("widen", at(10)),
        ("stand-in", at(10)),
    ]
    assert desk.asked("cto") == desk.asked("lead") == ["first", "nudge"]
    assert desk.asked("rel") == ["stand-in"]
    assert desk.lines() == ["declared", "asked_again", "widened"]
    (told,) = desk.posts("dm:dev", "told")
    assert told["what"] == "no_answer"
    assert (told["facts"]["minutes"], told["facts"]["contacts"]) == (10, ["+49 30 1234", "+49 30 1234"])
    assert [one["people"] for one in told["facts"]["asked"]] == [["cto", "lead"], ["cto", "lead"], ["rel"]]
    assert desk.next_due() is None


def test_a_worker_that_was_away_widens_once_and_does_not_nudge_as_well(desk: Desk) -> None:
    desk.declare()
    desk.wait(25).sweep()

    assert [ask.round for ask in desk.case.asks] == ["first", "widen", "stand-in"]
    assert desk.sweep() == 0


def test_after_widening_the_fallback_decides(desk: Desk) -> None:
    desk.declare()
    desk.live(at(12))

    assert isinstance(desk.approve("rel"), Done)
    assert desk.status == "approved"


def test_when_an_approver_leaves_the_fallback_is_asked_at_the_next_look(desk: Desk) -> None:
    desk.declare(implementer="lead")
    desk.become("cto", deactivated=True)
    desk.live(at(5))

    assert "fallback" in [ask.round for ask in desk.case.asks]
    assert desk.asked("rel")[0] == "stand-in"
    assert desk.told("dev") == ["nobody_can"]


def test_is_it_live_is_asked_once_and_again_after_later(desk: Desk) -> None:
    desk.declare(implementer="ops")
    desk.approve()
    desk.live(at(65))
    assert isinstance(desk.do("ops", aftermath.later, desk.id), Done)
    desk.live(at(hours=6))

    live = [post["facts"] for post in desk.posts("dm:ops", "told") if post["what"] == "is_live"]
    assert [fact.get("again") for fact in live] == [None, True]
    assert [n.at for n in desk.case.notices if n.key.startswith("live:")] == [at(60), at(125)]


def test_is_it_live_waits_for_the_morning_of_whoever_carries_it_out(desk: Desk) -> None:
    quiet(desk)
    desk.declare()
    desk.approve()
    desk.live(at(hours=3, minutes=59))
    assert "is_live" not in desk.told("dev")

    desk.live(at(hours=4))
    assert "is_live" in desk.told("dev")


def test_nobody_reviews_for_three_days(desk: Desk) -> None:
    live(desk)
    desk.live(at(days=4, minutes=5))

    owner = [
        *[("asked", at()), ("reminder", at(hours=20)), ("escalation", at(hours=24)), ("reminder", at(hours=32))],
        *[("reminder", at(hours=44)), ("last_call", at(hours=46)), ("deadline", at(hours=48))],
        *[("daily", at(hours=72)), ("daily", at(hours=96))],
    ]
    assert heard(desk, "cto") == [(kind, when.isoformat()) for kind, when in owner]
    assert [kind for kind, _ in heard(desk, "lead")] == ["escalation", "last_call", "deadline", "daily", "daily"]
    assert heard(desk, "dev") == []
    assert desk.lines()[-2:] == ["review_due", "review_deadline"]
    assert desk.posts("channel:#escalations") == [{"kind": "deadline"}]
    assert desk.replayed() == desk.case


def test_a_closed_review_is_silent(desk: Desk) -> None:
    live(desk)
    desk.live(at(hours=3))
    desk.close("cto")
    desk.live(at(days=4))

    assert [kind for kind, _ in heard(desk, "cto")] == ["asked"]
    assert desk.next_due() is None


def test_one_message_for_all_that_a_person_owes(desk: Desk) -> None:
    for _ in range(3):
        live(desk)
    desk.sweep()

    (only,) = desk.reminded("cto")
    assert len(only["changes"]) == 3
    desk.live(at(hours=20))
    assert [len(post["changes"]) for post in desk.reminded("cto")] == [3, 3]


def test_an_older_reminder_is_drawn_again_when_a_newer_one_goes_out(desk: Desk) -> None:
    live(desk)
    desk.sweep()
    before = desk.wanted("debts:cto:1")
    desk.live(at(hours=20))

    assert desk.wanted("debts:cto:1") > before
    assert desk.wanted("debts:cto:2") == 1


def test_down_over_the_deadline_sends_the_strongest_once_marked_late(desk: Desk) -> None:
    live(desk)
    desk.sweep()
    gone, back = at(hours=10), at(hours=50)
    desk.now = back
    desk.sweep(down=(gone, back))

    assert [kind for kind, _ in heard(desk, "cto")] == ["asked", "deadline"]
    late = desk.reminded("cto")[-1]["late"]
    assert (late["due"], late["from"], late["to"]) == (at(hours=48).isoformat(), gone.isoformat(), back.isoformat())
    assert [kind for kind, _ in heard(desk, "lead")] == ["deadline"]
    assert desk.sweep() == 0


def test_what_was_not_due_while_nothing_ran_is_not_marked_late(desk: Desk) -> None:
    live(desk)
    desk.wait(0.5).sweep(down=(at(-60), at(-30)))

    assert "late" not in desk.reminded("cto")[0]


def test_what_the_night_held_back_is_not_laid_on_the_downtime_after_it(desk: Desk) -> None:
    quiet(desk)
    live(desk)
    desk.sweep()
    desk.wait(hours=4).sweep(down=(at(hours=3), at(hours=4)))

    (only,) = desk.reminded("cto")
    assert "late" not in only


def test_a_reminder_waits_for_the_morning_of_its_reader(desk: Desk) -> None:
    """03:00 in Berlin: the owner hears at seven; the one in New York, where it is evening, at once."""
    quiet(desk)
    desk.lives("lead", "America/New_York")
    desk.now = at(-60)
    live(desk, "cto")
    live(desk, "lead")
    desk.live(at(minutes=30))
    assert heard(desk, "cto") == []
    assert [kind for kind, _ in heard(desk, "lead")] == ["asked"]
    desk.live(at(hours=3.5))  # the pipelines have closed
    assert desk.next_due() == at(hours=4)

    desk.live(at(hours=5))
    assert heard(desk, "cto") == [("asked", at(hours=4).isoformat())]
    assert len(heard(desk, "lead")) == 1


def test_an_escalation_is_said_when_the_first_who_is_told_of_it_wakes(desk: Desk) -> None:
    quiet(desk)
    live(desk)
    desk.live(at(hours=27))
    assert "review_due" not in desk.lines()

    desk.live(at(hours=29))
    assert desk.lines().count("review_due") == 1
    assert heard(desk, "lead") == [("escalation", at(hours=28).isoformat())]


def test_an_escalation_to_some_who_sleep_and_some_who_do_not_is_one_line(desk: Desk) -> None:
    quiet(desk)
    desk.lives("lead", "America/Los_Angeles")
    live(desk)
    desk.live(at(hours=29))

    assert heard(desk, "lead")[0] == ("escalation", at(hours=24).isoformat())
    assert ("escalation", at(hours=28).isoformat()) in heard(desk, "cto")
    assert desk.lines().count("review_due") == 1


def test_no_night_holds_what_the_deadline_would_overtake(desk: Desk) -> None:
    """The deadline is at 03:00: its last call at 01:00 wakes, and so does the deadline itself."""
    quiet(desk)
    live(desk)
    desk.live(at(hours=48))

    assert ("last_call", at(hours=46).isoformat()) in heard(desk, "lead")
    assert ("deadline", at(hours=48).isoformat()) in heard(desk, "lead")


def test_what_is_held_does_not_keep_others_waiting(desk: Desk) -> None:
    quiet(desk)
    for _ in range(4):
        live(desk)
    assert desk.sweep(limit=4) == 4
    assert desk.reminded("cto") == []
    desk.lives("lead", "America/Los_Angeles")
    live(desk, "lead")

    assert desk.sweep(limit=1) == 1
    assert len(desk.reminded("lead")) == 1
    assert desk.next_due() == at(hours=4), "the end of the night, not the same reminders over and over"


@pytest.mark.parametrize(("choice", "until"), [("1h", at(hours=9)), ("4h", at(hours=12)), ("morning", at(hours=28))])
def test_snoozed_it_comes_back_when_it_said(desk: Desk, choice: str, until: Any) -> None:
    live(desk)
    desk.live(at(hours=8))
    assert isinstance(desk.do("cto", reviews.snooze, desk.id, choice=choice), Done)
    assert desk.case.review is not None
    assert desk.case.review.snoozed_until == until
    count = len(heard(desk, "cto"))
    desk.live(until - timedelta(minutes=1))
    early = heard(desk, "cto")[count:]
    desk.live(until)

    assert [kind for kind, _ in early if kind == "reminder"] == []
    assert ("reminder", until.isoformat()) in heard(desk, "cto")


def test_a_snooze_puts_off_no_escalation(desk: Desk) -> None:
    live(desk)
    desk.live(at(hours=23))
    desk.do("cto", reviews.snooze, desk.id, choice="4h")
    desk.live(at(hours=25))

    assert heard(desk, "cto")[-1] == ("escalation", at(hours=24).isoformat())
    assert heard(desk, "lead")[-1][0] == "escalation"


def test_three_snoozes_and_none_past_the_deadline(desk: Desk) -> None:
    live(desk)
    for _ in range(3):
        assert isinstance(desk.do("cto", reviews.snooze, desk.id, choice="1h"), Done)
    spent = desk.do("cto", reviews.snooze, desk.id, choice="1h")
    assert not isinstance(spent, Done)
    assert spent.verdict.reason is Reason.SNOOZE_SPENT  # type: ignore[union-attr]

    live(desk)
    desk.wait(hours=47, minutes=30)
    late = desk.do("cto", reviews.snooze, desk.id, choice="1h")
    assert not isinstance(late, Done)
    assert late.verdict.reason is Reason.SNOOZE_SPENT  # type: ignore[union-attr]


def test_the_owner_is_on_holiday_and_somebody_else_takes_over(desk: Desk) -> None:
    live(desk)
    desk.live(at(hours=24))
    assert isinstance(desk.do("lead", reviews.take_over, desk.id), Done)
    desk.live(at(hours=45))

    assert desk.told("cto") == ["taken_from_you"]
    assert ("reminder", at(hours=44).isoformat()) in heard(desk, "lead")
    assert ("reminder", at(hours=44).isoformat()) not in heard(desk, "cto")


def test_handed_over_the_receiver_is_told_and_reminded_and_the_due_time_stays(desk: Desk) -> None:
    live(desk)
    due = desk.case.review and desk.case.review.due
    desk.wait(hours=2)
    assert isinstance(desk.do("cto", reviews.hand_over, desk.id, to="rel", note="on a plane"), Done)
    desk.live(at(hours=20))

    assert desk.told("rel") == ["handed_to_you"]
    assert heard(desk, "rel")[-1][0] == "reminder"
    assert desk.case.review is not None
    assert (desk.case.review.owner, desk.case.review.due) == ("rel", due)


def test_an_owner_who_left_is_replaced_at_the_next_reminder(desk: Desk) -> None:
    live(desk)
    desk.become("cto", deactivated=True)
    desk.live(at(hours=1))

    assert desk.case.review is not None
    assert desk.case.review.owner == "lead"
    assert [kind for kind, _ in heard(desk, "lead")] == ["asked"]


def test_without_anybody_eligible_the_owner_is_chosen_as_soon_as_there_is_one(desk: Desk) -> None:
    desk.rules = build.rules(groups={build.APPROVERS: ("cto",), FALLBACK: ()})
    desk.declare(implementer="cto")
    desk.proceed()
    assert desk.case.review is not None
    assert desk.case.review.owner is None

    desk.rules = build.rules(groups={build.APPROVERS: ("cto", "lead"), FALLBACK: ()})
    desk.live(at(1))
    assert desk.case.review is not None
    assert desk.case.review.owner == "lead"
    assert [kind for kind, _ in heard(desk, "lead")] == ["asked"]
    assert desk.kinds().count("review_owed") == 2


def test_a_follow_up_is_reminded_of_on_its_day(desk: Desk) -> None:
    live(desk)
    follow = FollowUpForm("raise the pool size", "dev", "2026-11-18")
    assert isinstance(desk.close("cto", judgement=Judgement.FINDINGS, follow_ups=(follow,)), Done)
    desk.live(at(days=4))

    assert [(kind, when[:10]) for kind, when in heard(desk, "dev")] == [("follow_up", "2026-11-18")]


def test_a_drill_is_reminded_of_like_the_real_thing(desk: Desk) -> None:
    desk.declare(drill=True)
    desk.live(at(11))

    assert [ask.round for ask in desk.case.asks] == ["first", "nudge", "widen", "stand-in"]
