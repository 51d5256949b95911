"""Stories of a follow-up that goes from hand to hand: from Home, its reminder and Details, and never to a guest."""

from bot.playground.faults import Fault
from tests.world.story import World

pytest_plugins = ["tests.world.fixtures"]

MISSING = {"missing_rollback": "v810 again", "missing_tests": "the same build on staging"}
FOLLOW = {"followup_what_1": "add an alert", "followup_owner_1": "U0DEV", "followup_due_1": "2026-11-20"}
ANSWERS = {"cause": "a bad merge", "judgement": "yes-with-findings", "tests": "paid with a test card"}


def reviewed(world: World) -> str:
    """A closed emergency with one follow-up, which dev has; its key."""
    key = world.approved()
    world.deployed(key)
    world.cto.presses("Write review", on=world.card(key))
    assert world.cto.submits(**ANSWERS, **MISSING, **FOLLOW).ok
    return key


def owner(world: World, key: str) -> str:
    """The person who has the follow-up, by the record."""
    review = world.case(key).review
    assert review is not None
    return review.follow_ups[0].owner


def test_a_follow_up_is_handed_over_from_the_home(world: World) -> None:
    key = reviewed(world)
    assert "add an alert" not in world.sre.home.words
    world.dev.presses("Hand over", on=world.dev.home, about=key)
    form = world.dev.modal
    assert form.title == "Hand over follow-up"
    assert f"{key}, due 20 Nov: add an alert" in form.words
    assert form.fields == {"to": "To whom?", "note": "Note"}
    assert "They are told now; the date, 20 Nov, stays." in form.words
    assert world.dev.submits(to="U0SRE", note="you know the alerts").ok

    assert owner(world, key) == world.sre.person
    told = world.sre.dm(f"dev handed you a follow-up of {key} payments, due 20 Nov", "add an alert")
    assert 'Note: "you know the alerts".' in told.words
    assert told.labels == ["Mark done", "Hand over", "Details"]
    assert world.sre.notified[-1].startswith(f"@dev handed you a follow-up of {key} payments, due 20 Nov")
    assert "add an alert" in world.sre.home_as_it_is.words
    assert "add an alert" not in world.dev.home_as_it_is.words
    world.line(key, '@dev handed "add an alert" to @sre.')
    world.sre.presses("Mark done", on=told)
    assert "1 follow-up, all done." in world.card(key).words


def test_on_its_day_it_is_handed_over_from_the_reminder_which_says_who_has_it(world: World) -> None:
    key = reviewed(world)
    world.advance(days=4, hours=9)
    reminder = world.dev.dm('Due today: "add an alert"')
    assert reminder.labels == ["Mark done", "Hand over", "Details"]
    world.dev.presses("Hand over", on=reminder)
    assert world.dev.submits(to="U0SRE").ok
    world.sre.dm(f"dev handed you a follow-up of {key}")
    left = [one for one in world.dev.dms if "Due today" in one.words]
    assert left == []
    assert world.dev.dm(f"{key}: @sre has this follow-up now.").labels == []


def test_a_reminder_of_what_is_done_says_so(world: World) -> None:
    key = reviewed(world)
    world.advance(days=4, hours=9)
    world.dev.presses("Mark done", on=world.dev.dm('Due today: "add an alert"'))
    assert world.dev.dm(f"{key}: follow-up done").labels == []


def test_a_reviewer_hands_it_over_in_details_and_whoever_had_it_is_told(world: World) -> None:
    key = reviewed(world)
    world.sre.presses("Details", on=world.card(key))
    assert "Hand over" not in world.sre.modal.labels, "neither its owner nor a reviewer"
    world.sre.closes()
    world.lead.presses("Details", on=world.card(key))
    assert "Follow-up: add an alert, @dev, due 20 Nov: open" in world.lead.modal.words
    world.lead.presses("Hand over")
    assert world.lead.submits(to="U0SRE").ok
    assert not world.lead.sees_modal
    assert owner(world, key) == world.sre.person
    assert world.dev.dm(f"{key}: @lead handed your follow-up to @sre").labels == []
    world.sre.dm(f"lead handed you a follow-up of {key}")


def test_it_goes_to_nobody_who_could_not_do_it(world: World) -> None:
    key = reviewed(world)
    world.dev.presses("Hand over", on=world.dev.home, about=key)
    assert not world.dev.submits(to="U0GUEST").ok
    no = "A guest or a switched-off account can't have a follow-up; choose somebody else."
    assert world.dev.modal.errors == {"to": no}
    assert not world.dev.submits(to="U0DEV").ok
    assert world.dev.modal.errors == {"to": "They have it already; choose somebody else."}
    assert owner(world, key) == world.dev.person
    assert world.guest.dms == []
    assert world.dev.submits(to="U0REL").ok, "the form is still there"
    assert owner(world, key) == world.rel.person


def test_somebody_whom_slack_cannot_tell_of_is_asked_for_again(world: World) -> None:
    key = reviewed(world)
    world.slack.add_person("U0NEW", "new", "Nia New", "new@example.com", "Europe/Berlin")
    world.dev.presses("Hand over", on=world.dev.home, about=key)
    world.slack.faults.add(Fault("outage"))
    assert not world.dev.submits(to="U0NEW").ok
    world.slack.faults.clear()
    assert "I could not check that account" in world.dev.modal.errors["to"]
    assert owner(world, key) == world.dev.person
    assert world.dev.submits(to="U0NEW").ok
    assert owner(world, key) == world.person("U0NEW")


def test_an_old_button_gives_nothing_away_twice(world: World) -> None:
    key = reviewed(world)
    old = world.dev.dm("gave you a follow-up of")
    world.dev.presses("Hand over", on=old)
    world.lead.presses("Details", on=world.card(key))
    world.lead.presses("Hand over")
    assert world.lead.submits(to="U0SRE").ok

    assert not world.dev.submits(to="U0REL").ok, "handed on meanwhile"
    assert f"Hand over on {key} is for the person who has the follow-up" in world.dev.modal.errors["to"]
    world.dev.closes()
    world.dev.presses("Hand over", on=old)
    assert not world.dev.sees_modal
    world.dev.dm(f"Hand over on {key} is for the person who has the follow-up", "Nothing changed.")
    assert owner(world, key) == world.sre.person
    assert world.kinds(key).count("follow_up_handed") == 1

    world.sre.presses("Mark done", on=world.sre.dm("handed you a follow-up of"))
    world.sre.presses("Hand over", on=world.sre.dm("handed you a follow-up of"))
    world.sre.dm(f"That follow-up of {key} is done already. Nothing changed.")
