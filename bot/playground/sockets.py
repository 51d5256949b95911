"""Socket Mode: the connections of the app, and the answers it owes on them."""

from __future__ import annotations

import secrets
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from bot.playground.records import Json

Send = Callable[[Json], None]


class Sockets:
    """Open connections, served in turn; safe to use from any thread."""

    def __init__(self) -> None:
        """Begin without connections."""
        self._lock = threading.Lock()
        self._open: list[Send] = []
        self._turn = 0
        self._tickets: set[str] = set()
        self._waiting: dict[str, Future[Any]] = {}

    def ticket(self) -> str:
        """Return a new ticket, good for opening one connection."""
        made = secrets.token_hex(16)
        with self._lock:
            self._tickets.add(made)
        return made

    def admit(self, ticket: str) -> bool:
        """Say whether a ticket is good, and use it up."""
        with self._lock:
            known = ticket in self._tickets
            self._tickets.discard(ticket)
            return known

    def add(self, send: Send) -> None:
        """Begin to use a connection; `send` must be callable from any thread and return at once."""
        with self._lock:
            self._open.append(send)

    def remove(self, send: Send) -> None:
        """Stop using a connection."""
        with self._lock:
            if send in self._open:
                self._open.remove(send)

    def connected(self) -> int:
        """Return how many connections are open."""
        with self._lock:
            return len(self._open)

    def ask(self, kind: str, payload: Json, *, answers: bool, retry: tuple[int, str] | None) -> Future[Any] | None:
        """Send one envelope; its future takes the payload of the ack. None when nothing is connected."""
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": answers,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry[0] if retry else 0, "retry_reason": retry[1] if retry else ""}
        with self._lock:
            if not self._open:
                return None
            self._turn += 1
            send = self._open[self._turn % len(self._open)]
            answer: Future[Any] = Future()
            self._waiting[envelope["envelope_id"]] = answer
        send(envelope)
        return answer

    def acknowledge(self, envelope_id: str, payload: Any) -> None:
        """Take an ack from the app; one that nobody waits for any more is dropped."""
        with self._lock:
            answer = self._waiting.pop(envelope_id, None)
        if answer is not None:
            answer.set_result(payload)

    def broadcast(self, message: Json) -> None:
        """Send a message that needs no ack, such as a request to reconnect, to every connection."""
        with self._lock:
            heard = list(self._open)
        for send in heard:
            send(message)
