"""Stories of the review that must follow: filled in, judged, handed on, added to, and what was owed with it."""

from datetime import timedelta

import pytest

from tests.world.story import World
from workflows.change import Judgement, Status

pytest_plugins = ["tests.world.fixtures"]

MISSING = {"missing_rollback": "v810 again", "missing_tests": "the same build on staging"}
FOLLOW = {"followup_what_1": "add an alert", "followup_owner_1": "U0DEV", "followup_due_1": "2026-11-20"}


@pytest.mark.both_databases
def test_a_review_is_filled_in_judged_and_closes_the_change(world: World) -> None:
    key = world.approved()
    world.deployed(key, known="the cache was cold")
    world.advance(hours=19)
    world.cto.presses("Write review", on=world.card(key))
    form = world.cto.modal
    assert form.title == f"Review {key}"
    assert form.value("deployed") == "v811"
    assert form.value("cause") == "the cache was cold", "the implementer's notes are filled in"
    assert "Check it; you judge." in form.words
    assert "Due Tue 03:00, 5 h left." in form.words
    assert "Still missing from the record: tests, rollback plan" in form.words
    assert world.cto.submits(judgement="yes", tests="paid with a test card", **MISSING).ok

    card = world.card(key)
    assert card.header == f"🔒 Emergency {key}: closed"
    assert "Reviewed by @cto" in card.words
    assert "on time, after 19 h" in card.words
    assert "Verdict: appropriate." in card.words
    assert card.labels == ["Details"]
    world.cto.told(f"Closed {key}, on time after 19 h.")
    world.line(key, "@cto closed the review: appropriate", "on time")
    world.dev.dm(f"{key} is closed. @cto reviewed it", "appropriate")
    case = world.case(key)
    assert case.status is Status.REVIEWED
    assert case.review is not None
    assert case.review.judgement is Judgement.YES
    assert not any("Write review" in one.labels for one in world.cto.dms)


def test_findings_need_a_follow_up_which_is_done_from_the_home(world: World) -> None:
    key = world.approved()
    world.deployed(key)
    world.cto.presses("Write review", on=world.card(key))
    answers = {"cause": "a bad merge", "judgement": "yes-with-findings", "tests": "paid with a test card", **MISSING}
    assert not world.cto.submits(**answers).ok
    assert 'Findings and "No" need at least one follow-up.' in "".join(world.cto.modal.errors.values())
    assert not world.cto.submits(followup_what_1="add an alert").ok
    assert "Each follow-up needs a person and a date." in "".join(world.cto.modal.errors.values())
    assert world.cto.submits(**FOLLOW).ok
    assert "appropriate, with findings" in world.card(key).words
    assert "1 follow-up, 1 open." in world.card(key).words
    assert {"Mark done", "Details"} <= set(world.dev.dm("gave you a follow-up of", "add an alert").labels)

    home = world.dev.home
    assert "add an alert" in home.words
    world.dev.presses("Mark done", on=home, about=key)
    assert "1 follow-up, all done." in world.card(key).words
    world.line(key, '@dev finished "add an alert".')
    assert world.kinds(key).count("follow_up_done") == 1


def test_a_follow_up_is_remembered_on_its_day(world: World) -> None:
    key = world.approved()
    world.deployed(key)
    world.cto.presses("Write review", on=world.card(key))
    world.cto.submits(cause="a bad merge", judgement="no", tests="paid with a test card", **MISSING, **FOLLOW)
    world.advance(days=4, hours=9)
    told = [one for one in world.dev.dms if "Mark done" in one.labels and "add an alert" in one.words]
    assert told
    world.dev.presses("Mark done", on=told[-1])
    before = len(world.dev.notified)
    world.advance(days=3)
    assert world.dev.notified[before:] == []


def test_a_closed_review_is_added_to_and_never_edited(world: World) -> None:
    key = world.approved()
    world.deployed(key)
    world.cto.presses("Write review", on=world.card(key))
    world.cto.submits(cause="a bad merge", judgement="yes", tests="paid with a test card", **MISSING)
    world.lead.presses("Details", on=world.card(key))
    assert "Add details" in world.lead.modal.labels
    world.lead.presses("Add details")
    assert "the first text stays" in world.lead.modal.words
    world.lead.submits(text="the alert came 20 minutes late")
    world.line(key, "@lead added to the review.")
    world.cto.presses("Details", on=world.card(key))
    assert "a bad merge" in world.cto.modal.words
    assert "the alert came 20 minutes late" in world.cto.modal.words
    assert world.kinds(key)[-1] == "amended"


def test_who_took_part_cannot_review(world: World) -> None:
    key = world.declare(by=world.lead)
    world.cto.presses("Approve", on=world.card(key))
    world.lead.presses("Details", on=world.card(key))
    world.deployed(key, by=world.lead)
    world.lead.presses("Write review", on=world.card(key))
    world.lead.told(f"You took part in {key}, so someone else writes its review: @cto, due")
    assert not world.lead.sees_modal or world.lead.modal.title != f"Review {key}"


def test_a_review_written_before_anything_was_marked_live(world: World) -> None:
    key = world.approved()
    world.cto.presses("Details", on=world.card(key))
    world.cto.presses("Write review")
    form = world.cto.modal
    assert form.fields["live"] == "Did anything go live?"
    answers = {"cause": "a bad merge", "judgement": "yes", "tests": "paid with a test card"}
    assert world.cto.submits(live="yes", deployed="v811", **answers, **MISSING).ok
    case = world.case(key)
    assert case.status is Status.REVIEWED
    assert len(case.deployments) == 1, "what the reviewer says went live is on record"


def test_a_review_that_finds_nothing_went_live_closes_it_as_not_needed(world: World) -> None:
    key = world.approved()
    world.cto.presses("Details", on=world.card(key))
    world.cto.presses("Write review")
    needed = {"deployed": "nothing", "cause": "none", "judgement": "yes", "tests": "none", **MISSING}
    assert world.cto.submits(live="no", **needed).ok
    assert world.card(key).header == f"⚪ Emergency {key}: closed, nothing deployed"


def test_placeholders_are_refused_when_a_review_closes(world: World) -> None:
    key = world.approved(plan="tbd")
    assert '"What will you do" looks like a placeholder' in world.card(key).words, "only flagged at first"
    world.deployed(key)
    world.cto.presses("Write review", on=world.card(key))
    answers = {"cause": "n/a", "judgement": "yes", "tests": "paid with a test card", "missing_plan": "v811"}
    assert not world.cto.submits(**answers, **MISSING).ok
    assert "reads like a placeholder; one true sentence is enough." in world.cto.modal.errors["cause"]
    assert world.cto.submits(cause="a bad merge").ok
    assert world.case(key).status is Status.REVIEWED


def test_add_details_completes_the_record_and_voids_only_what_binds(world: World) -> None:
    key = world.approved()
    assert "Documented 5 of 7" in world.card(key).words
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Add details")
    form = world.dev.modal
    assert "Documented 5 of 7. Missing: tests, rollback plan." in form.words
    assert "asks for approval again" in form.words
    world.dev.submits(rollback="v810 again", tests="the same build on staging")
    world.line(key, "@dev added", "documented 7 of 7.")
    assert world.card(key).header == f"✅ Emergency {key}: approved", "what was approved is the same"
    assert world.case(key).revision == 1

    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Add details")
    world.dev.submits(plan="roll back to v809")
    card = world.card(key)
    assert card.header == f"⏳ Emergency {key}: waiting for approval"
    assert "It needs approval again." in card.words
    assert world.case(key).revision == 2
    world.line(key, "@dev changed", "approval is needed again.")
    world.cto.dm("It changed; can you approve it as it is now?", "roll back to v809")


def test_a_click_on_what_it_was_before_is_not_counted(world: World) -> None:
    key = world.declare()
    stale = world.cto.dm("Can you approve this?")
    world.advance(minutes=2)
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Add details")
    world.dev.submits(plan="roll back to v809", systems=["web"])
    world.cto.presses("Approve", on=stale)
    said = [*world.cto.private(), *world.cto.dms]
    assert any(f"{key} changed at 03:02, after the card you saw" in one.words for one in said)
    assert world.case(key).status is Status.DECLARED
    world.cto.presses("Approve", on=world.card(key))
    assert world.case(key).status is Status.APPROVED
    assert world.case(key).approvals[-1].revision == 2


def test_an_overdue_review_is_shown_on_every_new_card_of_that_system(world: World) -> None:
    key = world.approved()
    world.deployed(key)
    world.advance(hours=27)
    new = world.declare(by=world.sre)
    assert f"Review of {key} on payments is 3 h late." in world.card(new).words
    other = world.declare(by=world.sre, systems=["web"])
    assert key not in world.card(other).words
    assert world.case(key).review.due == world.clock.now() - timedelta(hours=3)  # type: ignore[union-attr]
