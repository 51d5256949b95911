"""Every call of slack_sdk's client that the stand-in takes is one that Slack's own description takes."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError

from bot.playground.records import Call
from tests.needs import require
from tests.playground import slack_spec
from tests.playground.small_bot import stage
from tests.playground.test_acting import declare_listeners


def test_the_calls_of_a_whole_path_are_described() -> None:
    methods = slack_spec.load(require("specs"))
    with stage(declare_listeners) as made:
        client, ws = made.client, made.ws
        assert ws.command("UDEV", "CINC", "/declare x").ok
        assert ws.submit("UDEV").ok
        assert ws.click("UCTO", ws.messages("CINC")[-1], "approve").ok
        ts = client.chat_postMessage(channel="CINC", text="x", unfurl_links=False)["ts"]
        client.conversations_history(channel="CINC", oldest="1.000001", inclusive=True, include_all_metadata=True)
        client.conversations_replies(channel="CINC", ts=ts, limit=10)
        client.conversations_open(users="UDEV")
        client.users_info(user="UDEV")
        client.users_list(limit=10)
        client.usergroups_users_list(usergroup="S0LEADS", include_disabled=False)
        client.chat_delete(channel="CINC", ts=ts)
        assert len(ws.calls) == 11
        assert slack_spec.violations(ws.calls, methods) == []


def test_a_call_that_is_not_described_is_found() -> None:
    methods = slack_spec.load(require("specs"))
    calls = [
        Call("chat.shout", {}, 0.0, True, None),
        Call("chat.update", {"channel": "C1", "text": "x"}, 0.0, True, None),
        Call("conversations.history", {"channel": "C1", "limit": "many", "inclusive": "perhaps"}, 0.0, True, None),
    ]
    assert slack_spec.violations(calls, methods) == [
        "chat.shout is not described",
        "chat.update: ts is required",
        "conversations.history: inclusive='perhaps' is no boolean",
        "conversations.history: limit='many' is no integer",
    ]


@pytest.mark.parametrize(
    "method", ["chat.postMessage", "chat.update", "views.open", "users.info", "usergroups.users.list"]
)
def test_an_argument_that_is_required_there_is_required_here(method: str) -> None:
    methods = slack_spec.load(require("specs"))
    with stage() as made:
        needed = [name for name, one in methods[method].items() if one.get("required")] or ["user"]
        with pytest.raises(SlackApiError) as caught:
            made.client.api_call(method)
        said = caught.value.response["response_metadata"]["messages"]
        assert said[0] == f"[ERROR] missing required field: {needed[0]}"
