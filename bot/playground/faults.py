"""Faults on demand: what goes wrong between the app and the stand-in Slack."""

from __future__ import annotations

import threading
from dataclasses import dataclass

API_KINDS = ("rate_limited", "outage", "delay", "reset_before", "reset_after")
DELIVERY_KINDS = ("duplicate", "lose_ack")


@dataclass(frozen=True)
class Fault:
    """One fault; it ends after `times` uses, or when cleared (`times=None`).

    On the Web API, for `method` (`*` is every method): `rate_limited` answers 429 with `retry_after` seconds,
    `outage` 503, `delay` waits `seconds`, `reset_before` cuts the connection with nothing done, `reset_after`
    does it and then cuts. On deliveries: `duplicate` sends each twice, `lose_ack` throws the answer away.
    """

    kind: str
    method: str = "*"
    times: int | None = None
    retry_after: int = 30
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist: ValueError."""
        if self.kind not in API_KINDS + DELIVERY_KINDS:
            raise ValueError(f"no fault is called {self.kind!r}")


class Faults:
    """The faults in force; safe to use from any thread."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._lock = threading.Lock()
        self._left: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        """Put `fault` in force, after those that already are."""
        with self._lock:
            self._left.append((fault, fault.times))

    def clear(self, kind: str | None = None) -> None:
        """End every fault, or every one of `kind`."""
        with self._lock:
            self._left = [pair for pair in self._left if kind is not None and pair[0].kind != kind]

    def active(self) -> list[Fault]:
        """Return the faults in force."""
        with self._lock:
            return [fault for fault, _ in self._left]

    def take(self, kinds: tuple[str, ...], method: str) -> Fault | None:
        """Use up one of the first fault that applies to `method`, and return it; None when all is well."""
        with self._lock:
            for place, (fault, left) in enumerate(self._left):
                if fault.kind not in kinds or fault.method not in ("*", method):
                    continue
                if left is not None and left <= 1:
                    del self._left[place]
                else:
                    self._left[place] = (fault, None if left is None else left - 1)
                return fault
        return None
