"""Socket Mode with slack_sdk's own client and bolt's own handler."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import websocket
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler

from tests.playground.small_bot import APP_TOKEN, Stage, stage
from tests.playground.test_acting import declare_listeners


def until(true: Callable[[], bool], seconds: float = 8.0) -> None:
    """Wait until something holds, and fail when it does not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


@contextmanager
def linked(made: Stage) -> Iterator[Any]:
    """The app, connected."""
    handler: Any = SocketModeHandler(made.app, APP_TOKEN, web_client=made.client)
    handler.connect()
    try:
        until(lambda: made.ws.state.sockets.connected() == 1)
        yield handler.client
    finally:
        handler.client.message_workers.shutdown()
        handler.client.auto_reconnect_enabled = False
        handler.client.current_session.sock.shutdown(socket.SHUT_RDWR)  # its reader waits for three seconds else
        handler.close()
    until(lambda: made.ws.state.sockets.connected() == 0)


def listeners(made: Stage) -> None:
    """Those of the HTTP test, and a command that is slow."""
    declare_listeners(made)

    @made.app.command("/slow")
    def run(ack: Any) -> None:
        time.sleep(0.6)
        ack()


def test_the_same_path_over_a_socket() -> None:
    with stage(listeners, request_url=None) as made:
        ws = made.ws
        assert ws.command("UDEV", "CINC", "/declare x").error == "dispatch_failed"
        with linked(made) as client:
            assert ws.command("UDEV", "CINC", "/declare checkout").ok
            assert ws.submit("UDEV", {("why", "v"): "bad"}).errors == {"why": "Say more."}
            assert ws.submit("UDEV", {("why", "v"): "gone"}).ok
            assert ws.click("UCTO", ws.messages("CINC")[-1], "approve").ok
            assert "Approved" in [one.text for one in ws.messages("CINC")]

            before = client.session_id()
            ws.refresh_sockets()
            until(lambda: client.session_id() != before and client.is_connected())
            until(lambda: ws.state.sockets.connected() == 1)
            assert ws.command("ULEAD", "CINC", "/declare again").ok

            ws.state.ack_timeout = 0.2
            said = ws.command("UDEV", "CINC", "/slow")
            assert (said.error, said.text) == ("operation_timeout", '/slow failed with the error "operation_timeout"')


def test_only_a_ticket_opens_a_socket_and_only_once() -> None:
    with stage() as made:
        ticket = made.ws.state.sockets.ticket()
        assert made.ws.state.sockets.admit(ticket)
        assert not made.ws.state.sockets.admit(ticket)
        assert not made.ws.state.sockets.admit("guess")


def test_a_link_that_is_to_be_renewed_gets_nothing_more() -> None:
    with stage(request_url=None) as made:
        url = made.client.apps_connections_open(app_token=APP_TOKEN)["url"]
        link = websocket.create_connection(url, timeout=5)
        try:
            assert json.loads(link.recv())["type"] == "hello"
            until(lambda: made.ws.state.sockets.connected() == 1)
            made.ws.refresh_sockets()
            told = json.loads(link.recv())
            assert (told["type"], told["reason"]) == ("disconnect", "refresh_requested")
            until(lambda: made.ws.state.sockets.connected() == 0, 2.0)
            assert made.ws.shortcut("UDEV", "s").error == "dispatch_failed"
        finally:
            link.close()


def test_an_envelope_as_slack_sends_it() -> None:
    with stage(request_url=None) as made:
        link = websocket.create_connection(made.client.apps_connections_open(app_token=APP_TOKEN)["url"], timeout=5)
        try:
            link.recv()
            until(lambda: made.ws.state.sockets.connected() == 1)
            with ThreadPoolExecutor(1) as pool:
                acting = pool.submit(made.ws.command, "UDEV", "CINC", "/declare x")
                envelope = json.loads(link.recv())
                link.send(json.dumps({"envelope_id": "another", "payload": {"text": "lost"}}))
                link.send("nonsense")
                link.send(json.dumps({"envelope_id": envelope["envelope_id"], "payload": {"text": "Recorded."}}))
                assert acting.result(5).ack_body == {"text": "Recorded."}
            assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
            assert envelope["payload"]["command"] == "/declare"
            with ThreadPoolExecutor(1) as pool:
                acting = pool.submit(made.ws.open_home, "UDEV")
                envelope = json.loads(link.recv())
                link.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
                assert acting.result(5).ok
            shown = {name: envelope[name] for name in ("type", "accepts_response_payload", "retry_attempt")}
            assert shown == {"type": "events_api", "accepts_response_payload": False, "retry_attempt": 0}
        finally:
            link.close()
