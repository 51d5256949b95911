"""Stories of waiting: nobody answers, nobody reviews, the owner is away, the bot is away."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.world.policies import QUIET
from tests.world.seen import Seen
from tests.world.story import Begin, World
from workflows.change import Status

pytest_plugins = ["tests.world.fixtures"]

BERLIN = ZoneInfo("Europe/Berlin")


def test_nobody_answers_so_more_people_are_asked_and_the_requester_is_told_whom_to_call(world: World) -> None:
    key = world.declare()
    asked = [one for one in world.cto.notified if one.startswith(f"Approve? {key}")]
    assert len(asked) == 1
    world.advance(minutes=5)
    assert world.card(key).header == f"⏳ Emergency {key}: still waiting"
    assert "again" in world.card(key).words
    assert "In a hurry? Details has Proceed without approval." in world.card(key).words
    for approver in (world.cto, world.lead):
        first, second = approver.dms
        assert "see below" in first.words, "the older one shrinks to a line"
        assert first.labels == []
        assert second.labels == ["Approve", "Reject", "Details"]
    assert world.rel.dms == []
    world.line(key, "Asked", "@cto", "@lead", "again.")

    world.advance(minutes=5)
    card = world.card(key)
    assert card.header == f"⏳ Emergency {key}: still waiting, more people asked"
    assert "No answer for 10 min. Now also release-managers can approve." in card.words
    assert card.text.startswith(f"Still no answer: Approve? {key} payments")
    assert world.rel.dm("Can you approve this?").labels == ["Approve", "Reject", "Details"]
    world.line(key, "Asked release-managers too; no answer for 10 min.")
    told = world.dev.dm(f"Nobody answered yet on {key}", "+49 30 1234")
    assert told.labels == ["Proceed without approval", "Details"]
    assert "No answer yet on" in told.text
    assert "Call +49 30 1234, or proceed without approval." in told.text

    world.rel.presses("Approve", on=world.rel.dm("Can you approve this?"))
    assert world.card(key).header == f"✅ Emergency {key}: approved"
    assert "@rel approved" in world.card(key).words


def test_the_requester_goes_ahead_after_nobody_answered(world: World) -> None:
    key = world.declare()
    world.advance(minutes=10)
    world.dev.presses("Proceed without approval", on=world.dev.dm("Nobody answered yet"))
    world.dev.submits(reason="nobody picks up")
    assert world.case(key).status is Status.PROCEEDING
    world.rel.dm("is going ahead on payments without approval since 03:10")


def test_nobody_reviews_for_three_days(world: World) -> None:
    key = world.approved()
    world.deployed(key)
    world.advance(minutes=1)
    owner = world.cto
    assert world.case(key).review.owner == owner.person  # type: ignore[union-attr]
    asked = owner.dm(f"{key} needs your review by Tue 03:00")
    assert asked.labels == ["Write review", "Hand over", "Snooze"]

    def notices(text: str) -> int:
        return sum(text in one for one in owner.notified)

    world.advance(hours=19, minutes=59)
    assert notices(f"{key} needs your review by Tue 03:00 (4 h left)") == 1, "the reminder"
    assert len([one for one in owner.dms if "Write review" in one.labels]) == 1, "the older one shrank to a line"
    assert not any("review" in one for one in world.lead.notified), "nobody else is told before it is due"

    world.advance(hours=4)
    assert world.card(key).header == f"🔴 Emergency {key}: review overdue"
    escalated = world.lead.dm(f"Nobody has reviewed {key} payments yet; due Tue 03:00")
    assert escalated.labels == ["Take over", "Details"]
    assert "@cto" in escalated.words
    assert notices("it was due Tue 03:00") == 1
    world.line(key, "Review due")

    world.advance(hours=22)
    assert notices(f"Last call: {key} review, deadline Wed 03:00 (2 h left).") == 1
    world.advance(hours=2)
    public = [one for one in world.messages("escalations") if f"Deadline passed: {key} payments" in one.text]
    assert len(public) == 1
    assert public[0].labels == ["Take over", "Details"]
    assert notices(f"Deadline passed: {key} payments") == 1
    world.line(key, "Review deadline passed")

    before = len(owner.notified)
    world.advance(hours=24)
    assert owner.notified[before:] == [f"Still open: your review of {key} payments, 24 h past its deadline."]
    open_ones = [one for one in owner.dms if "Write review" in one.labels]
    assert len(open_ones) == 1, "one message with buttons for all that is owed"
    assert world.kinds(key).count("noticed") >= 6, "every notice is an event"


def test_one_message_for_everything_a_person_owes(world: World) -> None:
    first = world.approved()
    world.deployed(first)
    second = world.approved(systems=["web"])
    world.deployed(second)
    before = len(world.cto.notified)
    world.advance(hours=20)
    new = world.cto.notified[before:]
    assert len(new) == 1, new
    both = world.cto.dms[-1]
    assert first in both.words
    assert second in both.words
    world.cto.presses("Write review", on=both, about=second)
    assert world.cto.modal.title == f"Review {second}"


def test_the_owner_is_on_holiday_and_somebody_takes_over(world: World) -> None:
    key = world.approved()
    world.deployed(key)
    world.advance(hours=24)
    world.lead.presses("Take over", on=world.lead.dm("Nobody has reviewed"))
    assert world.case(key).review.owner == world.lead.person  # type: ignore[union-attr]
    world.line(key, "@lead took the review over.")
    world.cto.dm(key, "@lead took this", "Nothing needed from you.")
    assert not any("Write review" in one.labels for one in world.cto.dms), "nothing is needed from the absent owner"
    world.lead.presses("Write review", on=world.card(key))
    missing = {"missing_rollback": "v810 again", "missing_tests": "the same build on staging"}
    world.lead.submits(cause="a bad merge", judgement="yes", tests="paid with a test card", **missing)
    assert world.case(key).status is Status.REVIEWED


@pytest.mark.both_databases
def test_the_bot_is_down_over_the_deadline(world: World) -> None:
    key = world.approved()
    world.deployed(key)
    world.advance(hours=10)
    before = len(world.cto.notified), len(world.lead.notified)
    world.down(hours=42)
    for one, already in zip((world.cto, world.lead), before, strict=True):
        new = one.notified[already:]
        assert len(new) == 1, f"only the strongest goes out: {new}"
        assert new[0].startswith(f"Deadline passed: {key} payments")
        assert "late: I was not running from" in one.dms[-1].words
    assert len([one for one in world.messages("escalations") if "Deadline passed" in one.text]) == 1
    assert world.card(key).header == f"🔴 Emergency {key}: review overdue"


def test_what_was_asked_while_the_bot_was_away_is_still_there(world: World) -> None:
    key = world.declare()
    world.down(minutes=7)
    assert world.card(key).header == f"⏳ Emergency {key}: still waiting"
    world.cto.presses("Approve", on=world.card(key))
    assert world.case(key).status is Status.APPROVED


def test_snoozed_three_times_and_then_handed_over(world: World) -> None:
    key = world.approved()
    world.deployed(key)
    world.advance(hours=6)
    for left in (3, 2, 1):
        world.cto.presses("Snooze", on=_owed(world, key)) if left == 3 else world.cto.presses(
            "Snooze", on=world.cto.home, about=key
        )
        assert f"{left} of 3 left. The due time stays Tue 03:00" in world.cto.modal.words
        assert world.cto.submits(choice="1h").ok
        assert any("asleep until" in one.words for one in world.cto.dms)
        world.advance(hours=2)
    world.cto.presses("Details", on=world.card(key))
    assert "Snooze" not in world.cto.modal.labels
    assert "Hand over" in world.cto.modal.labels
    world.cto.presses("Hand over")
    form = world.cto.modal
    assert "They are told now; the due time Tue 03:00" in form.words
    assert world.cto.submits(to=world.lead.person, note="you know this one").ok
    got = world.lead.dm(f"@cto handed you the review of {key}", "you know this one")
    assert got.labels == ["Write review", "Hand over", "Snooze"]
    world.line(key, "@cto handed the review to @lead.")
    assert world.case(key).review.owner == world.lead.person  # type: ignore[union-attr]


def test_a_snoozed_reminder_comes_when_it_wakes_and_never_past_the_deadline(world: World) -> None:
    key = world.approved()
    world.deployed(key)
    world.advance(hours=19, minutes=30)
    world.cto.presses("Snooze", on=_owed(world, key))
    world.cto.submits(choice="1h")
    before = len(world.cto.notified)
    world.advance(minutes=50)
    assert world.cto.notified[before:] == [], "the reminder of 23:00 sleeps"
    world.advance(minutes=15)
    assert len(world.cto.notified[before:]) == 1
    world.advance(hours=26)
    world.cto.presses("Details", on=world.card(key))
    world.cto.presses("Snooze")
    assert [one for one in world.cto.modal.words.split("\n") if "4 hours" in one] == []


def _owed(world: World, key: str) -> Seen:
    """The newest message to the CTO in which this review can be put off."""
    return next(one for one in reversed(world.cto.dms) if "Snooze" in one.labels and key in one.words)


def test_quiet_hours_hold_notices_but_never_a_request_for_approval(begin: Begin) -> None:
    world = begin(QUIET, start=datetime(2026, 11, 16, 20, 30, tzinfo=BERLIN).astimezone(ZoneInfo("UTC")))
    key = world.approved()
    world.deployed(key)
    world.advance(hours=2)
    assert world.clock.now().astimezone(BERLIN).hour == 22
    urgent = world.declare(by=world.sre, systems=["web"])
    assert world.cto.notified[-1].startswith(f"Approve? {urgent} web")
    world.cto.presses("Approve", on=world.card(urgent))
    before = len(world.cto.notified)
    world.advance(hours=8)
    assert world.cto.notified[before:] == [], "nobody is woken by a reminder"
    world.advance(hours=1)
    assert world.clock.now().astimezone(BERLIN).hour == 7
    assert len(world.cto.notified[before:]) == 1
    assert {key, urgent} <= set(world.cto.dms[-1].words.replace(":", "").split())
