"""Faults on demand: what goes wrong between the app and the stand-in GitHub."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase

KINDS = (
    "rate_limited",
    "outage",
    "delay",
    "reset_before",
    "reset_after",
    "forbidden",
    "missing",
    "nothing_to_approve",
)


@dataclass(frozen=True)
class Fault:
    """One fault on every path that begins with `path` or matches it as a pattern (`*/protection`).

    `rate_limited` answers 403 with `retry_after` seconds, `outage` 503, `delay` waits `seconds`, `reset_before`
    cuts the connection with nothing done, `reset_after` does it and then cuts, `forbidden` is 403, `missing` 404,
    `nothing_to_approve` the 422 of a verdict that comes too early. `method` narrows it to GET or POST. It ends
    after `times` uses, or when cleared (`times=None`).
    """

    kind: str
    path: str = "*"
    times: int | None = None
    retry_after: int = 30
    seconds: float = 0.0
    method: str = "*"

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist: ValueError."""
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}")

    def hits(self, method: str, path: str) -> bool:
        """Say whether this request meets the fault."""
        if self.method not in ("*", method):
            return False
        if self.kind == "nothing_to_approve" and not (
            method == "POST" and path.endswith("/deployment_protection_rule")
        ):
            return False
        return path.startswith(self.path) or fnmatchcase(path, self.path)


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

    def take(self, method: str, path: str) -> Fault | None:
        """Use up one of the first fault that this request meets, and return it; None when all is well."""
        with self._lock:
            for place, (fault, left) in enumerate(self._left):
                if not fault.hits(method, path):
                    continue
                if left is not None and left <= 1:
                    del self._left[place]
                else:
                    self._left[place] = (fault, None if left is None else left - 1)
                return fault
        return None
