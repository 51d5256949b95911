"""What goes between the app and a stand-in that speaks REST: each request, its answer, and who looks on."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

MOST = 20_000


class Call(NamedTuple):
    """One request: `status` 0 when the connection was cut, `at` in seconds since 1970."""

    method: str
    path: str
    status: int
    at: float


@dataclass(frozen=True)
class Exchange:
    """A request as it came and the answer it got; `handled` is False when a fault answered instead."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes
    handled: bool


class Traffic:
    """Every request so far, and who is shown them: `early` before anything is done about one, `late` with its answer.

    Safe to use from any thread. `real` gives the seconds since 1970.
    """

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        """Begin with no request, and nobody who looks on."""
        self._real, self._lock = real, threading.Lock()
        self._calls: deque[Call] = deque(maxlen=MOST)
        self.early: list[Callable[[str, str], None]] = []
        self.late: list[Callable[[Exchange], None]] = []

    @property
    def calls(self) -> list[Call]:
        """Every request so far, oldest first."""
        with self._lock:
            return list(self._calls)

    def asked(self, method: str, path: str) -> None:
        """Tell of a request that came."""
        for watcher in list(self.early):
            watcher(method, path)

    def answered(self, exchange: Exchange) -> None:
        """Record a request with its answer, and show it."""
        with self._lock:
            self._calls.append(Call(exchange.method, exchange.path, exchange.status, self._real()))
        for watcher in list(self.late):
            watcher(exchange)
