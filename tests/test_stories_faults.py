"""Stories of bad nights: Slack limits, loses, repeats, forgets; what was accepted is in the record all the same."""

import urllib.request
from datetime import timedelta
from typing import Any

import pytest

from bot.playground import deliveries
from tests.world import setting
from tests.world.policies import BY_GROUP
from tests.world.story import Begin, World
from workflows.change import Status

pytest_plugins = ["tests.world.fixtures"]


def test_declared_at_three_while_slack_answers_429(world: World) -> None:
    dev = world.dev
    dev.types("/emergency-change checkout 500s in payments")
    world.fault("rate_limited", "chat.postMessage", retry_after=30)
    world.fault("rate_limited", "chat.postEphemeral", retry_after=30)
    assert dev.submits(plan="roll back to v811").ok
    assert world.case("EC-2026-0001").status is Status.DECLARED, "recorded, whatever else is down"
    assert world.cards() == []
    assert world.cto.dms == []
    waits = [one for one in world.slack.calls if one.error == "rate_limited"]
    world.settle()
    assert len([one for one in world.slack.calls if one.error == "rate_limited"]) == len(waits), "429 is honoured"

    world.slack.faults.clear()
    world.advance(seconds=31)
    assert world.card().header == "⏳ Emergency EC-2026-0001: waiting for approval"
    assert len(world.cards()) == 1
    for approver in (world.cto, world.lead):
        assert len(approver.dms) == 1
        assert approver.dm("Can you approve this?").labels == ["Approve", "Reject", "Details"]
    assert world.case("EC-2026-0001").declared_at == world.clock.now() - timedelta(seconds=31)


def test_slack_is_away_for_an_hour(world: World) -> None:
    dev = world.dev
    dev.types("/emergency-change checkout 500s in payments")
    world.fault("outage")
    assert dev.submits(plan="roll back to v811").ok
    world.advance(minutes=4)
    assert world.cards() == []
    world.slack.faults.clear()
    world.advance(minutes=6)
    assert len(world.cards()) == 1
    assert len(world.cto.dms) >= 1


@pytest.mark.both_databases
def test_submit_is_pressed_twice_after_a_lost_answer(world: World) -> None:
    world.dev.types("/emergency-change checkout 500s in payments")
    world.fault("lose_ack", "interaction", times=1)
    first = world.dev.submits(plan="roll back to v811")
    assert not first.ok
    assert first.text == "We had some trouble connecting. Try again?"
    assert world.dev.sees_modal
    second = world.dev.submits()
    assert second.ok
    assert not world.dev.sees_modal
    assert world.keys() == ["EC-2026-0001"], "one change"
    assert len(world.cards()) == 1
    assert len([one for one in world.dev.private() if "Recorded as" in one.words]) == 1


@pytest.mark.both_databases
def test_a_delivery_is_replayed_byte_for_byte(world: World) -> None:
    key = world.declare()
    world.fault("duplicate", "interaction", times=1)
    world.cto.presses("Approve", on=world.card(key))
    assert world.kinds(key).count("approved") == 1
    assert "refused" not in world.kinds(key), "the repeat is no second try"
    assert len(world.cto.private()) == 0

    world.fault("duplicate", "command", times=1)
    world.dev.types("/emergency-change search is down")
    world.dev.submits(plan="restart it", systems=["Other"])
    assert world.keys() == ["EC-2026-0001", "EC-2026-0002"]


def test_a_recorded_delivery_sent_again_gets_the_same_answer(world: World) -> None:
    world.declare()
    said = _deliver_twice(world, {"command": "/change", "text": "EC-2026-0001", "trigger_id": "1.2.3"})
    assert said[0] == said[1]
    assert said[0][0] == 200
    assert "EC-2026-0001" in said[0][1]


def test_a_forged_and_a_late_delivery_change_nothing(world: World) -> None:
    key = world.declare()
    before = world.kinds(key)
    body = b"command=%2Fchange&text=mine&user_id=U0CTO&team_id=T0PLAYGRND"
    now = int(world.clock.epoch())
    assert _post(world, body, now, "wrong-secret")[0] == 401
    assert _post(world, body, now - 301, setting.SECRET)[0] == 401
    assert _post(world, body, now + 61, setting.SECRET)[0] == 401
    assert _post(world, body, now, setting.SECRET)[0] == 200
    assert world.kinds(key) == before


def test_the_message_of_the_card_was_deleted_so_it_is_posted_anew(world: World) -> None:
    key = world.declare()
    old = world.card(key)
    world.slack.delete_message("incidents", old.what.ts)  # type: ignore[union-attr]
    assert world.cards() == []
    world.cto.presses("Approve", on=world.cto.dm("Can you approve this?"))
    card = world.card(key)
    assert card.header == f"✅ Emergency {key}: approved"
    assert len(world.cards()) == 1
    world.deployed(key)
    assert world.card(key).header == f"🚀 Emergency {key}: deployed"
    world.line(key, "marked v811 deployed")


def test_the_channel_was_archived_so_the_card_goes_to_escalations(world: World) -> None:
    world.slack.archive("incidents")
    world.dev.types("/emergency-change checkout 500s in payments", channel="general")
    world.dev.submits(plan="roll back to v811")
    world.advance(minutes=2)
    card = world.card("EC-2026-0001", "escalations")
    assert card.header == "⏳ Emergency EC-2026-0001: waiting for approval"
    world.dev.dm("Recorded as EC-2026-0001", "The card is in #escalations")
    world.cto.presses("Approve", on=card)
    assert world.card("EC-2026-0001", "escalations").header == "✅ Emergency EC-2026-0001: approved"
    world.line("EC-2026-0001", "@cto approved.", channel="escalations")


def test_the_channel_was_archived_after_the_card_was_posted(world: World) -> None:
    key = world.declare()
    world.slack.archive("incidents")
    world.cto.presses("Approve", on=world.cto.dm("Can you approve this?"))
    world.advance(minutes=2)
    assert [one.header for one in world.cards("escalations")] == [f"✅ Emergency {key}: approved"], "one card, current"
    world.line(key, "@cto approved.", channel="escalations")


def test_a_message_to_an_approver_who_cannot_be_reached_goes_to_the_channel(world: World) -> None:
    world.fault("reset_before", "conversations.open", times=1)
    key = world.declare()
    world.advance(seconds=30)
    assert world.card(key).header == f"⏳ Emergency {key}: waiting for approval"
    assert world.cto.dms
    assert world.lead.dms


@pytest.mark.both_databases
def test_the_answer_to_a_post_was_lost_and_nothing_is_posted_twice(world: World) -> None:
    world.dev.types("/emergency-change checkout 500s in payments")
    world.fault("reset_after", "chat.postMessage", times=3)
    world.dev.submits(plan="roll back to v811")
    world.advance(minutes=2)
    assert len(world.cards()) == 1
    assert len(world.cto.dms) == 1
    assert len(world.lead.dms) == 1
    assert len([one for one in world.thread("EC-2026-0001") if "declared this" in one]) == 1


def test_the_form_did_not_open_in_time_and_the_words_are_kept(world: World) -> None:
    world.fault("rate_limited", "views.open", times=1)
    world.dev.types("/emergency-change checkout 500s in payments")
    assert not world.dev.sees_modal
    late = world.dev.told("The form did not open in time.")
    assert late.labels == ["Declare again"]
    world.dev.presses("Declare again", on=late)
    assert world.dev.modal.value("broken") == "checkout 500s in payments"
    world.dev.submits(plan="roll back to v811")
    assert world.keys() == ["EC-2026-0001"]


def test_somebody_without_the_group_is_unknown_while_slack_is_silent(begin: Begin) -> None:
    world = begin(BY_GROUP)
    key = world.declare()
    world.passes(seconds=61)
    world.fault("outage", "users.info")
    world.fault("outage", "usergroups.users.list")
    world.cto.presses("Approve", on=world.card(key))
    world.cto.told("I could not check", "Nothing was approved; try again in a minute.")
    assert world.case(key).status is Status.DECLARED


def _deliver_twice(world: World, form: dict[str, str]) -> list[tuple[int, str]]:
    more = {
        "user_id": "U0DEV",
        "team_id": "T0PLAYGRND",
        "channel_id": "C0INCIDENT",
        "response_url": "http://127.0.0.1/",
    }
    body = "&".join(f"{name}={urllib.request.quote(value, safe='')}" for name, value in {**form, **more}.items())  # type: ignore[attr-defined]
    moment = int(world.clock.epoch())
    return [_post(world, body.encode(), moment, setting.SECRET) for _ in range(2)]


def _post(world: World, body: bytes, moment: int, secret: str) -> tuple[int, str]:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(moment),
        "X-Slack-Signature": deliveries.sign(secret, moment, body),
    }
    url: Any = world.slack.state.app().request_url
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()
