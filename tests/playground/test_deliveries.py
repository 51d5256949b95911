"""How the app is told: signatures, time limits, repeats, and what the person is told when it fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground import messages
from bot.playground.faults import Fault
from bot.playground.records import Message
from bot.playground.workspace import Workspace
from tests.loopback import served
from tests.playground.small_bot import SECRET, TOKEN, Clock, button, make_workspace, plain
from tests.playground.test_socket_mode import until


@dataclass
class Ear:
    """An app that only keeps what it is sent."""

    ws: Workspace
    clock: Clock
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    wait: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


@contextmanager
def ear(**install: Any) -> Iterator[Ear]:
    """A workspace whose deliveries an `Ear` takes."""
    clock = Clock()
    ws = make_workspace(clock)
    made = Ear(ws, clock)

    async def endpoint(request: Request) -> Response:
        made.got.append((dict(request.headers), await request.body()))
        if made.wait:
            await asyncio.sleep(made.wait)
        return Response(made.body, made.status, made.headers)

    with served(Starlette(routes=[Route("/in", endpoint, methods=["POST"])])) as url:
        ws.install(bot_token=TOKEN, signing_secret=SECRET, request_url=f"{url}/in", **install)
        ws.state.event_delays = (0.01, 0.01, 0.01)
        try:
            yield made
        finally:
            ws.close()


def test_a_command_is_signed_on_real_time_and_has_slacks_fields() -> None:
    with ear() as made:
        made.clock.advance(days=400)
        assert made.ws.command("UDEV", "CINC", "/declare it is <down> & @cto").ok
        headers, body = made.got[0]
        assert SignatureVerifier(SECRET).is_valid_request(body, headers)
        assert not SignatureVerifier("other").is_valid_request(body, headers)
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        assert {name: form[name] for name in ("command", "text", "user_id", "user_name", "channel_id")} == {
            "command": "/declare",
            "text": "it is <down> & @cto",
            "user_id": "UDEV",
            "user_name": "dev",
            "channel_id": "CINC",
        }
        more = {"token", "team_id", "team_domain", "channel_name", "api_app_id", "response_url", "trigger_id"}
        assert more | {"is_enterprise_install"} <= set(form)
        assert headers["user-agent"].startswith("Slackbot 1.0")


MANIFEST = {
    "features": {"slash_commands": [{"command": "/declare", "should_escape": True}]},
    "settings": {"event_subscriptions": {"bot_events": ["message", "user_change"]}},
}


def test_the_manifest_rules_commands_and_events() -> None:
    with ear(manifest=MANIFEST) as made:
        made.ws.command("UDEV", "CINC", "/declare <x> & @cto #incidents https://x.test/a")
        form = parse_qs(made.got[0][1].decode())
        assert form["text"] == ["&lt;x&gt; &amp; <@UCTO|cto> <#CINC|incidents> <https://x.test/a>"]
        assert made.ws.command("UDEV", "CINC", "/other").error == "unknown_command"
        made.ws.open_home("UDEV")
        assert len(made.got) == 1
        made.ws.deactivate("ULEAD")
        made.ws.post("UDEV", "CINC", "hello")
        assert [one.payload["event"]["type"] for one in made.ws.deliveries[1:]] == ["user_change", "message"]


def test_no_commands_in_threads() -> None:
    with ear() as made:
        ts = made.ws.post("UDEV", "CINC", "hello").ts
        said = made.ws.command("UDEV", "CINC", "/declare x", thread_ts=ts)
        assert (said.ok, said.error) == (False, "command_in_thread")
        assert said.text == "/declare is not supported in threads. Sorry!"
        assert made.got == []
        assert made.ws.messages("CINC", "UDEV")[-1].text == said.text
        assert len(made.ws.messages("CINC", "UCTO")) == 1


def test_nobody_acts_where_they_are_not() -> None:
    with ear() as made:
        assert made.ws.command("ULEAD", "CRANDOM", "/declare x").error == "not_in_channel"
        made.ws.deactivate("UDEV")
        before = len(made.got)
        assert made.ws.command("UDEV", "CINC", "/declare x").error == "account_inactive"
        assert made.ws.shortcut("UDEV", "s").error == "account_inactive"
        assert len(made.got) == before


def test_a_late_or_bad_answer_is_told_as_slack_tells_it() -> None:
    with ear() as made:
        made.status = 500
        said = made.ws.command("UDEV", "CINC", "/declare x")
        assert (said.status, said.error) == (500, "dispatch_failed")
        assert said.text == '/declare failed with the error "dispatch_failed"'
        assert made.ws.shortcut("UDEV", "s").text == "This app responded with Status Code 500."
        made.status, made.wait, made.ws.state.ack_timeout = 200, 1.0, 0.1
        began = time.monotonic()
        said = made.ws.command("UDEV", "CINC", "/declare x")
        assert (said.error, time.monotonic() - began < 0.9) == ("operation_timeout", True)


def test_an_answer_to_a_command_is_a_private_line() -> None:
    with ear() as made:
        made.body, made.headers = '{"text": "Recorded."}', {"content-type": "application/json"}
        assert made.ws.command("UDEV", "CINC", "/declare x").ack_body == {"text": "Recorded."}
        assert [one.text for one in made.ws.messages("CINC", "UDEV")] == ["Recorded."]
        assert made.ws.messages("CINC", "UCTO") == []
        made.body = '{"text": "For all", "response_type": "in_channel"}'
        made.ws.command("UDEV", "CINC", "/declare x")
        assert [one.text for one in made.ws.messages("CINC", "UCTO")] == ["For all"]


def test_events_come_again_until_they_are_answered_and_commands_never() -> None:
    with ear() as made:
        made.status = 500
        made.ws.set_usergroup("S0LEADS", ["UCTO", "UDEV"])
        until(lambda: len(made.got) == 4)
        time.sleep(0.05)
        numbers = [headers.get("x-slack-retry-num") for headers, _ in made.got]
        assert numbers == [None, "1", "2", "3"]
        assert {body for _, body in made.got} == {made.got[0][1]}
        event = made.ws.deliveries[0].payload
        assert event["event"]["added_users"] == ["UDEV"]
        assert (event["event"]["removed_users"], event["event_id"][:2]) == (["ULEAD"], "Ev")
        made.ws.command("UDEV", "CINC", "/declare x")
        time.sleep(0.05)
        assert len(made.got) == 5


def test_the_app_can_ask_for_no_repeats() -> None:
    with ear() as made:
        made.status, made.headers = 500, {"x-slack-no-retry": "1"}
        made.ws.deactivate("ULEAD")
        time.sleep(0.1)
        assert len(made.got) == 1


def test_the_same_bytes_twice() -> None:
    with ear() as made:
        made.ws.faults.add(Fault("duplicate", times=1))
        assert made.ws.command("UDEV", "CINC", "/declare x").ok
        assert made.ws.command("UDEV", "CINC", "/declare x").ok
        assert len(made.got) == 3
        (first, body), (second, again) = made.got[:2]
        assert (body, first["x-slack-signature"]) == (again, second["x-slack-signature"])


def test_a_lost_answer_is_an_error_for_the_person_only() -> None:
    with ear() as made:
        made.ws.faults.add(Fault("lose_ack", times=1))
        said = made.ws.shortcut("UDEV", "s")
        assert (said.ok, said.error, len(made.got)) == (False, "answer_lost", 1)
        assert made.ws.shortcut("UDEV", "s").ok


def test_an_old_copy_of_a_card_can_still_be_clicked_but_not_a_deleted_one() -> None:
    with ear(scopes=["chat:write"]) as made:
        ws = made.ws
        channel = ws.state.channels["CINC"]
        row = {"type": "actions", "elements": [button("yes", value="1")]}
        live = messages.post(ws.state, channel, "UBOT", "card", blocks=[row], by_app=True)
        old = ws.messages("CINC")[-1]
        messages.change(ws.state, live, {"blocks": [{"type": "header", "text": plain("done")}]})
        assert ws.click("UDEV", old, "yes").ok
        assert ws.deliveries[-1].payload["message"]["blocks"][0]["type"] == "header"
        with pytest.raises(LookupError, match="no 'yes'"):
            ws.click("UDEV", ("CINC", live.ts), "yes")
        ws.delete_message("CINC", live.ts)
        with pytest.raises(LookupError, match="sees no message"):
            ws.click("UDEV", old, "yes")


def test_what_is_read_shares_nothing_that_can_change() -> None:
    message = Message("C", "1.0", "U", "text", blocks=[{"fields": [{"text": "a"}]}], typed={("b", "c"): {"value": ""}})
    copied = message.copied()
    assert copied == message
    copied.blocks[0]["fields"][0]["text"] = copied.typed["b", "c"]["value"] = "changed"
    assert (message.blocks, message.typed) == ([{"fields": [{"text": "a"}]}], {("b", "c"): {"value": ""}})
