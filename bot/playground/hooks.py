"""Webhooks of a stand-in, delivered by HTTP one after the other."""

from __future__ import annotations

import http.client
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar
from urllib.parse import urlsplit

D = TypeVar("D")
T = TypeVar("T")


class Queue(Generic[D, T]):
    """A queue with one thread, which lives while something is queued; `send` delivers one to where it goes."""

    def __init__(self, name: str, send: Callable[[D, T], None]) -> None:
        """Begin with nothing to deliver."""
        self._name, self._send = name, send
        self._change = threading.Condition()
        self._queue: deque[tuple[D, T]] = deque()
        self._thread: threading.Thread | None = None

    def put(self, delivery: D, to: T) -> None:
        """Deliver after everything that is queued already."""
        with self._change:
            self._queue.append((delivery, to))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def settle(self, timeout: float) -> bool:
        """Wait until everything was delivered, at most `timeout` seconds; say whether it was."""
        deadline = time.monotonic() + timeout
        with self._change:
            while self._thread is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._change.wait(left)
            return True

    def _work(self) -> None:
        while True:
            with self._change:
                if not self._queue:
                    self._thread = None
                    self._change.notify_all()
                    return
                delivery, to = self._queue.popleft()
            self._send(delivery, to)


def post(url: str, body: bytes, headers: Mapping[str, str], limit: float) -> int:
    """Send one webhook and return the HTTP status; 0 when there was no answer within `limit` seconds."""
    parts = urlsplit(url)
    whole = {"Accept": "*/*", "Content-Type": "application/json", "Connection": "close", **headers}
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=limit)
    try:
        connection.request("POST", parts.path or "/", body, whole)
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
