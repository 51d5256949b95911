"""Socket Mode: the same door as HTTP, over a connection that we open. The app-level token is the secret here."""

import logging
import socket
import threading
from contextlib import suppress
from typing import Any

from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot import door, signatures

FIRST_RETRY = 1.0
LAST_RETRY = 30.0
_TYPES = ("events_api", "slash_commands", "interactive")


class SocketMode:
    """The link. `start()` returns at once, also with Slack down; `stop()` lets the click in progress be answered."""

    def __init__(self, app: App, *, app_token: str, api_url: str, concurrency: int = 10) -> None:
        self._app = app
        self._quiet = logging.getLogger("bot.socket_mode.client")
        self._quiet.setLevel(logging.CRITICAL)
        self._client = SocketModeClient(
            app_token=app_token,
            web_client=WebClient(base_url=api_url, timeout=10, retry_handlers=[], logger=self._quiet),
            logger=self._quiet,
            concurrency=concurrency,
            auto_reconnect_enabled=True,
        )
        self._client.socket_mode_request_listeners.append(self._take)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._connect, name="socket-mode", daemon=True)

    def start(self) -> None:
        """Connect in a thread of its own, again and again until it works."""
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Whether the link is up now."""
        return bool(self._client.is_connected())

    def stop(self, timeout: float = 5.0) -> None:
        """Answer what has arrived, then hang up; `timeout` is in seconds."""
        self._stopping.set()
        # Closing first would drop the ack of the click in progress.
        waiter = threading.Thread(target=self._client.message_workers.shutdown, daemon=True)
        waiter.start()
        waiter.join(timeout)
        self._hang_up()
        self._client.close()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _hang_up(self) -> None:
        """Let the reader go, which waits up to three seconds for a word from Slack and holds what closing waits for."""
        self._client.auto_reconnect_enabled = False
        session = self._client.current_session
        plug = session.sock if session is not None else None
        if plug is not None:
            with suppress(OSError):  # it is gone already
                plug.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> None:
        wait = FIRST_RETRY
        while not self._stopping.is_set():
            try:
                self._client.connect()
                return
            except (SlackClientError, OSError, ValueError) as fault:
                self._quiet.warning("no connection: %s", type(fault).__name__)
            self._stopping.wait(wait)
            wait = min(wait * 2, LAST_RETRY)

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        body: Any = request.payload
        if request.type not in _TYPES or not isinstance(body, dict):
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
            return
        key = signatures.delivery_key(body, envelope=request.envelope_id)
        answer = door.take(self._app, body, key=key)
        if answer.status == 200:
            client.send_socket_mode_response(
                SocketModeResponse(envelope_id=request.envelope_id, payload=answer.payload())
            )
