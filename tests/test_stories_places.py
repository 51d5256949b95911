"""Stories of where things are said: other channels, threads, messages, the App Home; drills and secrets apart."""

from tests.world.story import World
from workflows.change import Status

pytest_plugins = ["tests.world.fixtures"]


def test_declared_in_another_channel_where_the_bot_is(world: World) -> None:
    key = world.declare(channel="deploys")
    card, copy = world.card(key), world.card(key, "deploys")
    assert copy.header == card.header
    assert "Copy. The main card is in #incidents." in copy.words
    assert "Copy." not in card.words
    world.dev.told(f"Recorded as {key}", "#incidents", channel="deploys")
    world.cto.presses("Approve", on=copy)
    assert world.card(key).header == f"✅ Emergency {key}: approved"
    assert world.card(key, "deploys").header == f"✅ Emergency {key}: approved", "every copy shows the current state"
    assert world.thread(key, "deploys") == [], "history stands under the main card"


def test_declared_in_a_channel_where_the_bot_is_not(world: World) -> None:
    key = world.declare(channel="general")
    assert world.card(key).header == f"⏳ Emergency {key}: waiting for approval"
    assert world.cards("general") == []
    said = [*world.dev.private("general"), *world.dev.dms]
    assert any("card is in #incidents" in one.words and "I am not in this channel" in one.words for one in said)


def test_declared_in_the_incidents_channel_there_is_one_card(world: World) -> None:
    world.declare()
    assert len(world.cards()) == 1


def test_in_a_thread_a_command_does_not_work_but_the_message_shortcut_does(world: World) -> None:
    top = world.sre.says("customers report 500s in the payments checkout")
    reply = world.dev.says("it is <b>v812</b> & the cache", thread=top.ts)
    refused = world.dev.types("/emergency-change checkout", thread=top.ts)
    assert refused.error == "command_in_thread", "Slack itself refuses"
    assert world.dev.uses("declare_emergency_message", on=reply).ok
    form = world.dev.modal
    assert form.title == "Declare emergency"
    assert form.value("broken") == "it is <b>v812</b> & the cache"
    assert world.dev.submits(plan="roll back to v811", systems=["payments"]).ok
    assert "payments: it is <b>v812</b> & the cache" in world.card().words


def test_a_message_is_linked_to_a_change_and_its_text_is_kept(world: World) -> None:
    key = world.declare()
    message = world.sre.says("500s began at 02:55, right after v812")
    world.dev.uses("link_to_change", on=message)
    assert world.dev.modal.title == "Link to a change"
    assert any(key in one for one in world.dev.searches("change", "EC"))
    assert world.dev.submits(change=key).ok
    world.dev.told(f"Linked to {key}.")
    world.line(key, "@dev linked a message.")
    assert "linked" in world.kinds(key)
    assert "500s began at 02:55, right after v812" in world.texts(key)


def test_the_global_shortcut_and_the_home_button_open_the_same_form(world: World) -> None:
    world.dev.uses("declare_emergency")
    assert world.dev.modal.title == "Declare emergency"
    assert world.dev.closes().ok
    world.dev.presses("Declare emergency", on=world.dev.home)
    assert world.dev.modal.title == "Declare emergency"
    assert world.dev.submits(broken="checkout 500s", plan="roll back", systems=["web"]).ok
    assert world.card("EC-2026-0001").header == "⏳ Emergency EC-2026-0001: waiting for approval"
    assert "checkout 500s" in world.dev.home_as_it_is.words


def test_everything_can_be_answered_from_the_home(world: World) -> None:
    cto, dev = world.cto, world.dev
    assert "When you are asked to approve, it shows up here." in cto.home.words
    key = world.declare()
    home = cto.home
    assert "Waiting for me (1)" in home.words
    cto.presses("Approve", on=home, about=key)
    assert world.case(key).status is Status.APPROVED
    assert "Nothing waits for your decision." in cto.home_as_it_is.words, "it updates in place"

    home = dev.home
    assert "My open changes (1)" in home.words
    assert "press Mark deployed when live" in home.words
    dev.presses("Mark deployed", on=home, about=key)
    dev.submits(what="v811", outcome="ok")
    home = cto.home
    assert "Reviews and follow-ups I owe (1)" in home.words
    assert {"Write review", "Hand over", "Snooze"} <= set(home.labels)
    world.advance(hours=25)
    lead = world.lead.home
    assert "Overdue (1)" in lead.words
    world.lead.presses("Take over", on=lead, about=key)
    world.lead.presses("Write review", on=world.lead.home, about=key)
    missing = {"missing_rollback": "v810 again", "missing_tests": "the same build on staging"}
    follow = {"followup_what_1": "add an alert", "followup_owner_1": "U0SRE", "followup_due_1": "2026-11-20"}
    world.lead.submits(
        cause="a bad merge", judgement="yes-with-findings", tests="paid with a test card", **missing, **follow
    )
    assert world.case(key).status is Status.REVIEWED
    home = world.sre.home
    assert "add an alert" in home.words
    world.sre.presses("Mark done", on=home, about=key)
    assert "You owe no review." in world.sre.home_as_it_is.words
    assert "Last closed" in dev.home.words
    assert key in dev.home_as_it_is.words


def test_rejecting_from_the_home(world: World) -> None:
    key = world.declare()
    world.cto.presses("Reject", on=world.cto.home, about=key)
    world.cto.submits(reason="v811 has the same bug")
    assert world.case(key).status is Status.REJECTED
    assert "Nothing waits for your decision." in world.cto.home_as_it_is.words


def test_a_drill_walks_the_same_path_and_is_counted_nowhere(world: World) -> None:
    key = world.declare(drill=True)
    assert key == "DRILL-2026-0001"
    card = world.card(key)
    assert card.header == f"⏳ Drill {key}: waiting for approval"
    assert "This is a drill." in card.words
    assert "Practice only: counted nowhere, opens nothing." in card.words
    assert card.text.startswith("Practice. ")
    assert all(one.startswith("Practice. ") for one in world.cto.notified)
    world.cto.presses("Approve", on=card)
    card = world.card(key)
    assert card.header == f"✅ Drill {key}: practice approval"
    assert "Go ahead" not in card.words
    assert "Pipeline" not in card.words
    assert world.case(key).window_until is None, "it opens nothing"
    world.deployed(key)
    real = world.declare()
    assert real == "EC-2026-0001", "numbers apart"
    world.dev.types("/change list")
    assert "1 emergency" in world.dev.told("Changes, last 30 days").words
    assert "1 drill apart" in world.dev.told("Changes, last 30 days").words


def test_a_confidential_change_is_read_only_by_those_it_concerns(world: World) -> None:
    key = world.declare(broken="admin token leaked\nin the build log", confidential=["yes"])
    card = world.card(key)
    assert "token" not in card.words + card.text
    assert "v811" not in card.words + card.text
    assert "Confidential." in card.words
    assert not any("token" in line or "v811" in line for line in world.thread(key))
    asked = world.cto.dms[-1]
    assert "token" not in asked.words + asked.text
    world.cto.presses("Details", on=asked)
    assert "admin token leaked" in world.cto.modal.words
    opened = [one for one in world.notes() if one.kind == "opened"]
    assert [(one.person, one.data["change"]) for one in opened] == [(world.cto.person, world.case(key).id)]

    world.sre.presses("Details", on=card)
    assert "This one is confidential." in world.sre.modal.words
    assert "token" not in world.sre.modal.words
    assert world.sre.modal.labels == []
    world.sre.types(f"/change {key}")
    assert "token" not in world.sre.private()[-1].words
    assert "token" not in world.sre.home.words
    world.sre.types("/change list")
    assert "token" not in world.sre.private()[-1].words


def test_what_a_stranger_types_is_never_a_mention_or_a_link(world: World) -> None:
    evil = "<!channel> <@U0CTO> <https://evil.example|the runbook> *bold* \u202egnp.exe"
    key = world.declare(broken=evil, plan=evil)
    world.cto.presses("Details", on=world.card(key))
    raw = str([one.what.blocks for one in world.messages()]) + str([one.what for one in world.cto.dms])
    assert "<!channel>" not in [part for one in world.messages() for part in one.what.text.split()]  # type: ignore[union-attr]
    assert "\u202e" not in raw
    assert "[U+202E]" in raw
    world.cto.presses("Reject", on=world.card(key))
    world.cto.submits(reason=evil)
    assert all("<!channel>" not in one.what.text for one in world.messages())  # type: ignore[union-attr]
