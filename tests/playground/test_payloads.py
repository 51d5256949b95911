"""Payloads carry what Slack's carry, in Slack's shapes."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from bot.playground import messages
from tests.needs import require
from tests.playground.small_bot import button, plain
from tests.playground.test_deliveries import Ear, ear

OPTIONS = [{"text": plain(name), "value": name} for name in ("red", "green")]

CARD = [
    {"type": "actions", "block_id": "row", "elements": [button("yes", "Yes", value="42", style="primary")]},
    {
        "type": "section",
        "block_id": "more",
        "text": plain("More"),
        "accessory": {"type": "overflow", "action_id": "menu", "options": OPTIONS},
    },
    {
        "type": "actions",
        "block_id": "colors",
        "elements": [{"type": "static_select", "action_id": "color", "options": OPTIONS, "initial_option": OPTIONS[0]}],
    },
]


def posted(made: Ear, **fields: Any) -> str:
    """The timestamp of a card in the incidents channel."""
    channel = made.ws.state.channels["CINC"]
    return messages.post(made.ws.state, channel, "UBOT", "card", blocks=CARD, by_app=True, **fields).ts


def last(made: Ear) -> Any:
    """What the app was sent last."""
    return made.ws.deliveries[-1].payload


def test_a_click_on_a_message() -> None:
    with ear() as made:
        ts = posted(made)
        assert made.ws.click("UCTO", ("CINC", ts), "yes").ok
        told = last(made)
        assert told["user"] == {"id": "UCTO", "username": "cto", "name": "cto", "team_id": "T0PLAYGRND"}
        assert told["team"] == {"id": "T0PLAYGRND", "domain": "playground"}
        assert (told["type"], told["enterprise"], told["api_app_id"]) == ("block_actions", None, "A0PLAYGRND")
        assert told["container"] == {
            "type": "message",
            "message_ts": ts,
            "channel_id": "CINC",
            "is_ephemeral": False,
        }
        assert told["channel"] == {"id": "CINC", "name": "incidents"}
        assert (told["message"]["ts"], told["message"]["bot_id"]) == (ts, "BBOT")
        assert told["state"]["values"]["colors"]["color"]["selected_option"] == OPTIONS[0]
        (action,) = told["actions"]
        assert {name: action[name] for name in ("action_id", "block_id", "type", "value", "style")} == {
            "action_id": "yes",
            "block_id": "row",
            "type": "button",
            "value": "42",
            "style": "primary",
        }
        assert float(action["action_ts"]) > 1_700_000_000
        assert told["response_url"]
        assert told["trigger_id"].count(".") == 2


def test_menus_on_a_message() -> None:
    with ear() as made:
        ts = posted(made)
        assert made.ws.click("UCTO", ("CINC", ts), "menu", selected="green").ok
        assert last(made)["actions"][0]["selected_option"] == OPTIONS[1]
        assert made.ws.click("UCTO", ("CINC", ts), "color", "colors", selected="green").ok
        assert last(made)["actions"][0]["selected_option"] == OPTIONS[1]
        assert last(made)["state"]["values"]["colors"]["color"]["selected_option"] == OPTIONS[1]


def test_a_click_on_a_private_line_carries_no_message() -> None:
    with ear() as made:
        ts = posted(made, ephemeral_for="UDEV")
        assert made.ws.click("UDEV", ("CINC", ts), "yes").ok
        assert last(made)["container"]["is_ephemeral"]
        assert "message" not in last(made)


def test_shortcuts() -> None:
    with ear() as made:
        assert made.ws.shortcut("UDEV", "declare").ok
        assert (last(made)["type"], last(made)["callback_id"]) == ("shortcut", "declare")
        assert "channel" not in last(made)
        ts = made.ws.post("UCTO", "CINC", "it burns").ts
        assert made.ws.message_shortcut("UDEV", "link", "CINC", ts).ok
        told = last(made)
        assert (told["type"], told["callback_id"], told["message_ts"]) == ("message_action", "link", ts)
        assert (told["message"]["text"], told["message"]["user"]) == ("it burns", "UCTO")
        assert told["channel"]["id"] == "CINC"
        assert told["response_url"]


def test_events_have_slacks_wrapper() -> None:
    schema = json.loads((require("specs") / "slack" / "slack_common_event_wrapper_schema.json").read_text())
    with ear() as made:
        made.ws.open_home("UDEV")
        made.ws.set_usergroup("S0LEADS", ["UDEV"])
        made.ws.deactivate("ULEAD")
        made.ws.join("UNEW", "new", "Nora New", "new@example.com", "UTC")
        sent = [one.payload for one in made.ws.deliveries]
        for wrapper in sent:
            jsonschema.validate(wrapper, schema)
        kinds = [wrapper["event"]["type"] for wrapper in sent]
        assert kinds == ["app_home_opened", "subteam_members_changed", "user_change", "team_join"]
        assert sent[2]["event"]["user"]["deleted"]
        assert len({wrapper["event_id"] for wrapper in sent}) == 4


def test_names_of_places_that_are_not_public() -> None:
    with ear() as made:
        made.ws.command("UDEV", "GSECRET", "/declare x")
        assert last(made)["channel_name"] == "privategroup"
        made.ws.command("UDEV", made.ws.dm("UDEV"), "/declare x")
        assert last(made)["channel_name"] == "directmessage"


def test_a_button_only_some_people_see() -> None:
    with ear() as made:
        row = [{"type": "actions", "elements": [button("yes", visible_to_user_ids=["UCTO"])]}]
        ts = messages.post(made.ws.state, made.ws.state.channels["CINC"], "UBOT", "x", blocks=row, by_app=True).ts
        assert made.ws.click("UCTO", ("CINC", ts), "yes").ok
        sent = len(made.got)
        with pytest.raises(LookupError, match="no 'yes'"):
            made.ws.click("UDEV", ("CINC", ts), "yes")
        assert len(made.got) == sent


def test_whose_phone_rings() -> None:
    with ear() as made:
        ws, channel = made.ws, made.ws.state.channels["CINC"]

        def say(text: str, **fields: Any) -> str:
            return messages.post(ws.state, channel, "UBOT", text, by_app=True, **fields).ts

        first = say("Approve? &lt;x&gt; <!subteam^S0LEADS> <https://x.test|link>")
        rich = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "UDEV"}]}
        say("in blocks", blocks=[{"type": "rich_text", "elements": [rich]}])
        ws.post("ULEAD", "CINC", "I look", thread_ts=first)
        say("thread goes on", thread_ts=first)
        live = say("quiet")
        messages.change(ws.state, messages.find_message(ws.state, "CINC", live), {"text": "<@UDEV>"})
        assert ws.notifications("UCTO") == ["Approve? <x> @oncall-leads link"]
        assert ws.notifications("ULEAD") == ["Approve? <x> @oncall-leads link", "thread goes on"]
        assert ws.notifications("UDEV") == ["in blocks"]
        say("<!here> all")
        assert ws.notifications("UGUEST") == ["@here all"]
