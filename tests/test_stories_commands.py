"""Stories of asking the bot: /change and its words, the form's own help, drafts."""

import pytest

from tests.world.seen import Seen
from tests.world.story import World

pytest_plugins = ["tests.world.fixtures"]


def _answer(world: World, words: str) -> Seen:
    world.dev.types(f"/change {words}")
    return world.dev.private()[-1]


def test_one_change_is_shown_with_what_i_may_do(world: World) -> None:
    key = world.declare()
    said = _answer(world, key)
    assert f"Emergency {key}: waiting for approval" in said.words
    assert "Will do: roll back to v811" in said.words
    assert said.labels[-1] == "Details"
    assert "Approve" not in said.labels, "what I may not do is not offered"
    assert "Proceed without approval" in said.labels
    assert "waiting for approval" in _answer(world, "ec 2026 1").words, "keys are read as people type them"
    world.dev.presses("Proceed without approval", on=said)
    assert world.dev.modal.title == "Proceed without it"


def test_a_key_that_is_not_there_names_the_nearest(world: World) -> None:
    key = world.declare()
    said = _answer(world, "EC-2026-9999")
    assert "No change EC-2026-9999." in said.words
    assert key in said.words
    assert "/change list shows all." in said.words


@pytest.mark.both_databases
def test_the_list_counts_and_shows_the_newest(world: World) -> None:
    assert "No changes in the last 30 days." in _answer(world, "list").words
    first = world.approved()
    world.advance(minutes=1)
    second = world.declare(by=world.sre, systems=["web"])
    world.sre.presses("Details", on=world.card(second))
    world.sre.presses("Proceed without approval")
    world.sre.submits(reason="customers cannot pay")
    said = _answer(world, "list emergencies 7d")
    assert "Changes, last 7 days" in said.words
    assert "2 emergencies (1 without approval)" in said.words
    assert said.words.index(second) < said.words.index(first)
    assert "proceeding without approval" in said.words.lower()


@pytest.mark.both_databases
def test_mine_shows_what_waits_for_me_and_what_i_owe(world: World) -> None:
    assert "Nothing waits for you." in _answer(world, "mine").words
    key = world.declare()
    assert "My open changes" in _answer(world, "mine").words
    world.cto.types("/change mine")
    waiting = world.cto.private()[-1]
    assert "Waiting for me" in waiting.words
    assert key in waiting.words


def test_the_policy_is_one_page_that_anybody_understands(world: World) -> None:
    said = _answer(world, "policy").words
    for part in ("Declare", "Approve", "No answer", "Can't wait", "Deploy", "Review", "Slack down", "+49 30 1234"):
        assert part in said, part
    assert "cto" in said
    assert "lead" in said


def test_whoami_says_what_i_may_approve_and_owe(world: World) -> None:
    said = _answer(world, "whoami").words
    assert "You are @dev. E-mail d…@example.com" in said
    assert "zone Europe/Berlin" in said
    assert "You are in no approver group." in said
    world.cto.types("/change whoami")
    assert "You may approve as: emergency-approvers" in world.cto.private()[-1].words


def test_a_typo_gets_the_nearest_word_and_help(world: World) -> None:
    said = _answer(world, "lsit").words
    assert 'I don\'t know "lsit". Did you mean list?' in said
    assert "/emergency-change what is broken" in said
    assert "/emergency-change what is broken" in _answer(world, "help").words
    assert "/emergency-change what is broken" in _answer(world, "").words
    assert "xyzzy" in _answer(world, "xyzzy").words


def test_what_is_open_on_the_same_system_is_named_in_the_form_and_linked_on_the_card(world: World) -> None:
    first = world.declare()
    world.sre.types("/emergency-change something else is broken")
    assert first not in world.sre.modal.words
    world.sre.chooses("systems", ["payments"])
    assert f"Already open on payments: {first} checkout 500s" in world.sre.modal.words
    assert "by dev. Continue only if this is something else." in world.sre.modal.words
    assert world.sre.modal.value("broken") == "something else is broken", "what was typed is kept"
    world.sre.submits(plan="restart", systems=["payments"])
    assert f"Also open on payments: {first}" in world.card("EC-2026-0002").words


def test_more_fields_keeps_what_was_typed_and_shows_the_rest(world: World) -> None:
    dev = world.dev
    dev.types("/emergency-change checkout 500s")
    world.slack.fill("U0DEV", {("plan", "v"): "roll back to v811"})
    dev.presses("More fields")
    form = dev.modal
    assert form.value("broken") == "checkout 500s"
    assert form.value("plan") == "roll back to v811"
    labels = set(form.fields.values())
    assert {"Type of change", "Environment", "Risk", "Rollback plan", "What did you test?"} <= labels
    assert {"PagerDuty incident", "Jira issue", "Pull request or version"} <= labels
    assert {"Who carries it out?", "Already live since", "Confidential"} <= labels
    dev.chooses("type", "access")
    assert "Which access, for whom?" in dev.modal.fields.values()
    assert dev.modal.value("plan") == "roll back to v811"
    assert dev.submits(systems=["payments"], risk="low", access="read-only, payments database").ok
    card = world.card()
    assert "Risk low" in card.words
    world.cto.presses("Approve", on=card)
    assert world.card().header == "✅ Emergency EC-2026-0001: access open"
    assert "read-only, payments database" in world.card().words
    assert world.card().labels == ["Access ended", "Details"]


def test_only_an_empty_field_or_a_malformed_link_stops_a_declaration(world: World) -> None:
    dev = world.dev
    dev.types("/emergency-change checkout 500s")
    assert dev.submits(systems=["payments"]).error == "incomplete", "Slack itself asks for the plan"
    assert dev.submits(plan="   ", systems=["payments"]).errors == {"plan": "Say what you will do."}
    dev.presses("More fields")
    refused = dev.submits(plan="roll back", jira="https://", systems=["payments"])
    assert refused.errors == {"jira": "That is not a link I can read. Paste the whole address, or leave it empty."}
    assert world.keys() == []
    assert dev.submits(jira="ops-12").ok
    assert "Jira OPS-12" in world.card().words


def test_what_was_refused_is_kept_as_a_draft_for_a_day(world: World) -> None:
    dev = world.dev
    dev.types("/emergency-change checkout 500s")
    assert not dev.submits(plan="   ", systems=["payments"]).ok
    dev.closes()
    world.advance(hours=2)
    dev.types("/emergency-change")
    assert dev.modal.value("broken") == "checkout 500s"
    assert dev.modal.value("systems") == ["payments"]
    dev.closes()
    dev.types("/emergency-change something new")
    assert dev.modal.value("broken") == "something new"
    kept = dev.told("Your unfinished emergency from 03:00 is kept until")
    dev.closes()
    dev.presses("Declare again", on=kept)
    assert dev.modal.value("broken") == "checkout 500s"
    dev.closes()
    world.advance(hours=23)
    dev.types("/emergency-change")
    assert dev.modal.value("broken") is None


def test_a_word_that_looks_like_a_payload_is_no_trouble(world: World) -> None:
    world.dev.types("/emergency-change payload=1 service & <b> is 100% down + slow")
    assert world.dev.modal.value("broken") == "payload=1 service & <b> is 100% down + slow"
