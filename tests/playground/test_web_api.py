"""The Web API refuses what Slack refuses, and answers as Slack answers, to slack_sdk's own client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.server import build_playground
from tests.loopback import served
from tests.playground.small_bot import APP_TOKEN, SCOPES, TOKEN, Clock, Stage, make_workspace, small_app


@pytest.fixture
def made() -> Iterator[Stage]:
    """A served workspace whose app only calls."""
    clock = Clock()
    ws = make_workspace(clock)
    with served(build_playground(ws)) as url:
        client = WebClient(TOKEN, base_url=f"{url}/api/", retry_handlers=[], timeout=10)
        yield Stage(ws, clock, url, small_app(client), client)
        ws.close()


def refusal(call: Callable[[], Any]) -> Any:
    """The answer of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        call()
    return caught.value.response


def error(call: Callable[[], Any]) -> str:
    """Slack's name for why it refuses."""
    return str(refusal(call)["error"])


def test_tokens(made: Stage) -> None:
    url = f"{made.url}/api/"
    assert made.client.auth_test()["user_id"] == "UBOT"
    assert error(lambda: WebClient("xoxb-other", base_url=url).auth_test()) == "invalid_auth"
    assert error(lambda: WebClient(base_url=url).auth_test()) == "not_authed"
    assert error(lambda: WebClient(APP_TOKEN, base_url=url).auth_test()) == "not_allowed_token_type"
    assert error(lambda: made.client.apps_connections_open(app_token=TOKEN)) == "not_allowed_token_type"
    assert made.client.apps_connections_open(app_token=APP_TOKEN)["url"].startswith("ws://127.0.0.1:")
    assert error(lambda: made.client.api_call("chat.shout")) == "unknown_method"
    made.ws.state.token_revoked = True
    assert error(lambda: made.client.auth_test()) == "token_revoked"


@pytest.mark.parametrize(
    ("scope", "method", "args"),
    [
        ("chat:write", "chat.postMessage", {"channel": "CINC", "text": "x"}),
        ("chat:write", "chat.update", {"channel": "CINC", "ts": "1.1", "text": "x"}),
        ("im:write", "conversations.open", {"users": "UDEV"}),
        ("users:read", "users.info", {"user": "UDEV"}),
        ("users:read.email", "users.lookupByEmail", {"email": "dev@example.com"}),
        ("usergroups:read", "usergroups.list", {}),
        ("usergroups:read", "usergroups.users.list", {"usergroup": "S0LEADS"}),
        ("channels:read", "conversations.info", {"channel": "CINC"}),
        ("channels:history", "conversations.history", {"channel": "CINC"}),
        ("channels:history", "conversations.replies", {"channel": "CINC", "ts": "1.1"}),
        ("groups:read", "conversations.list", {"types": "private_channel"}),
        ("channels:join", "conversations.join", {"channel": "CINC"}),
    ],
)
def test_missing_scopes_are_named(made: Stage, scope: str, method: str, args: dict[str, Any]) -> None:
    left = [one for one in SCOPES if one != scope]
    made.ws.install(bot_token=TOKEN, signing_secret="s", scopes=left)
    answer = refusal(lambda: made.client.api_call(method, params=args))
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", scope, ",".join(left))


def test_where_the_app_may_post(made: Stage) -> None:
    def post(channel: str) -> str:
        return error(lambda: made.client.chat_postMessage(channel=channel, text="x"))

    assert made.client.chat_postMessage(channel="#incidents", text="x")["channel"] == "CINC"
    assert made.client.chat_postMessage(channel="UDEV", text="x")["channel"] == made.ws.dm("UDEV")
    assert post("CRANDOM") == "not_in_channel"
    assert post("GSECRET") == "channel_not_found"
    assert post("CNONE") == "channel_not_found"
    made.ws.restrict("CINC")
    assert post("CINC") == "restricted_action"
    made.ws.archive("CINC")
    assert post("CINC") == "is_archived"
    made.ws.deactivate("UDEV")
    assert error(lambda: made.client.conversations_open(users="UDEV")) == "user_disabled"
    assert made.client.conversations_join(channel="CRANDOM")["channel"]["is_member"]
    assert made.client.chat_postMessage(channel="CRANDOM", text="x")["ok"]


def test_what_the_app_may_post(made: Stage) -> None:
    def post(**args: Any) -> Any:
        return refusal(lambda: made.client.api_call("chat.postMessage", json={"channel": "CINC", **args}))

    divider = {"type": "divider"}
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
    assert post()["error"] == "no_text"
    assert post(text="x" * 40_001)["error"] == "msg_too_long"
    assert post(text="x", blocks="nonsense")["error"] == "invalid_blocks_format"
    assert post(text="x", blocks=[long] * 5)["error"] == "msg_blocks_too_long"
    many = post(text="x", blocks=[divider] * 51)
    assert many["error"] == "invalid_blocks"
    assert many["response_metadata"]["messages"] == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    assert many["errors"] == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert post(text="x", metadata={"event_payload": {}})["error"] == "invalid_metadata_format"
    assert post(text="x", thread_ts="1.000001")["error"] == "thread_not_found"
    assert made.client.chat_postMessage(channel="CINC", text="x", blocks=[long] * 4)["ok"]
    assert made.ws.messages("CINC")[-1].blocks[0]["block_id"]


def test_changing_and_deleting(made: Stage) -> None:
    client, ws = made.client, made.ws
    ts = client.chat_postMessage(channel="CINC", text="a", blocks=[{"type": "divider", "block_id": "d"}])["ts"]
    client.chat_update(channel="CINC", ts=ts, text="b")
    (message,) = ws.messages("CINC")
    assert (message.text, message.blocks, bool(message.edited)) == ("b", [{"type": "divider", "block_id": "d"}], True)
    client.chat_update(channel="CINC", ts=ts, text="c", blocks=[])
    assert ws.messages("CINC")[0].blocks == []
    theirs = ws.post("UDEV", "CINC", "hello")
    assert error(lambda: client.chat_update(channel="CINC", ts=theirs.ts, text="x")) == "cant_update_message"
    assert error(lambda: client.chat_delete(channel="CINC", ts=theirs.ts)) == "cant_delete_message"
    assert error(lambda: client.chat_update(channel="CINC", ts="1.000001", text="x")) == "message_not_found"
    client.chat_delete(channel="CINC", ts=ts)
    assert error(lambda: client.chat_update(channel="CINC", ts=ts, text="x")) == "message_not_found"
    other = client.chat_postMessage(channel="CINC", text="a")["ts"]
    ws.archive("CINC")
    assert error(lambda: client.chat_update(channel="CINC", ts=other, text="x")) == "is_inactive"


def test_a_private_line_is_for_one_person_and_in_no_history(made: Stage) -> None:
    client, ws = made.client, made.ws
    line = client.chat_postEphemeral(channel="CINC", user="UDEV", text="psst")["message_ts"]
    assert [one.text for one in ws.messages("CINC", "UDEV")] == ["psst"]
    assert ws.messages("CINC", "UCTO") == []
    assert client.conversations_history(channel="CINC")["messages"] == []
    assert error(lambda: client.chat_update(channel="CINC", ts=line, text="x")) == "message_not_found"
    assert error(lambda: client.chat_postEphemeral(channel="CINC", user="UNO", text="x")) == "user_not_in_channel"
    assert ws.notifications("UDEV") == []


def test_history_and_threads(made: Stage) -> None:
    client = made.client
    marks = []
    for number in range(5):
        made.clock.advance(seconds=10)
        metadata = {"event_type": "row", "event_payload": {"id": number}}
        marks.append(client.chat_postMessage(channel="CINC", text=str(number), metadata=metadata)["ts"])
    client.chat_postMessage(channel="CINC", text="reply", thread_ts=marks[0])

    def texts(**args: Any) -> list[str]:
        return [one["text"] for one in client.conversations_history(channel="CINC", **args)["messages"]]

    assert texts() == ["4", "3", "2", "1", "0"]
    assert texts(oldest=marks[1]) == ["4", "3", "2"]
    assert texts(oldest=marks[1], latest=marks[3], inclusive=True) == ["3", "2", "1"]
    first = client.conversations_history(channel="CINC", limit=2, include_all_metadata=True)
    assert first["has_more"]
    assert first["messages"][0]["metadata"]["event_payload"] == {"id": 4}
    cursor = first["response_metadata"]["next_cursor"]
    assert texts(limit=2, cursor=cursor) == ["2", "1"]
    assert "metadata" not in client.conversations_history(channel="CINC")["messages"][0]
    thread = client.conversations_replies(channel="CINC", ts=marks[0])["messages"]
    assert [(one["text"], one.get("reply_count")) for one in thread] == [("0", 1), ("reply", None)]
    assert error(lambda: client.conversations_history(channel="CRANDOM")) == "not_in_channel"
    assert error(lambda: client.conversations_history(channel="CINC", oldest="soon")) == "invalid_ts_oldest"
    assert error(lambda: client.conversations_replies(channel="CINC", ts="1.000001")) == "thread_not_found"


def test_accounts(made: Stage) -> None:
    client, ws = made.client, made.ws
    ws.add_person("USTR", "str", "Stranger", "s@other.test", "UTC", is_stranger=True, team_id="T0OTHER")
    ws.add_person("UGONE", "gone", "Gone", "gone@example.com", "UTC", deleted=True)

    def user(name: str) -> Any:
        return client.users_info(user=name)["user"]

    assert (user("UGUEST")["is_restricted"], user("UDEV")["is_restricted"]) == (True, False)
    assert "is_stranger" not in user("UDEV")
    assert (user("USTR")["is_stranger"], user("USTR")["team_id"]) == (True, "T0OTHER")
    assert user("UGONE")["deleted"]
    assert not {"is_restricted", "is_ultra_restricted", "tz"} & set(user("UGONE"))
    assert user("UDEV")["profile"]["email"] == "dev@example.com"
    assert error(lambda: client.users_info(user="UNO")) == "user_not_found"
    assert client.users_lookupByEmail(email="CTO@example.com")["user"]["id"] == "UCTO"
    assert error(lambda: client.users_lookupByEmail(email="gone@example.com")) == "users_not_found"
    assert "USTR" not in [one["id"] for one in client.users_list()["members"]]
    assert user("UBOT")["is_bot"]


def test_user_groups(made: Stage) -> None:
    client = made.client
    assert client.usergroups_users_list(usergroup="S0LEADS")["users"] == ["UCTO", "ULEAD"]
    assert error(lambda: client.usergroups_users_list(usergroup="S0NONE")) == "no_such_subteam"
    (group,) = client.usergroups_list()["usergroups"]
    assert (group["handle"], "users" in group) == ("oncall-leads", False)
    (group,) = client.usergroups_list(include_users=True)["usergroups"]
    assert group["users"] == ["UCTO", "ULEAD"]
    made.ws.state.paid_plan = False
    assert error(lambda: client.usergroups_users_list(usergroup="S0LEADS")) == "plan_upgrade_required"


def test_conversations(made: Stage) -> None:
    client = made.client
    names = [one["name"] for one in client.conversations_list()["channels"]]
    assert names == ["incidents", "random"]
    assert client.conversations_list(types="private_channel")["channels"] == []
    assert client.conversations_members(channel="CINC", limit=2)["members"] == ["UDEV", "UCTO"]
    opened = client.conversations_open(users="UDEV")
    assert opened["channel"]["id"] == made.ws.dm("UDEV")
    assert client.conversations_open(users="UDEV")["already_open"]
    assert error(lambda: client.conversations_open(users="UNO")) == "user_not_found"
    link = client.chat_getPermalink(channel="CINC", message_ts=client.chat_postMessage(channel="CINC", text="x")["ts"])
    assert link["permalink"].startswith("https://playground.slack.com/archives/CINC/p")


def test_calls_are_recorded_without_the_token(made: Stage) -> None:
    made.client.chat_postMessage(channel="CINC", text="x")
    bare = WebClient(base_url=made.client.base_url)
    assert error(lambda: bare.api_call("chat.postMessage", data={"token": TOKEN, "channel": "CNONE", "text": "x"}))
    shown = [(one.method, one.args.get("text"), one.ok, one.error) for one in made.ws.calls]
    assert shown == [("chat.postMessage", "x", True, None), ("chat.postMessage", "x", False, "channel_not_found")]
    assert TOKEN not in repr(made.ws.calls)
