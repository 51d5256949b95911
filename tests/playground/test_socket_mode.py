"""Socket Mode with slack_sdk's own client and bolt's own handler."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

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
