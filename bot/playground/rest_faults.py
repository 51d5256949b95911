"""Faults on demand: what goes wrong between the app and a stand-in that speaks REST."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.playground.in_force import InForce

KINDS = ("rate_limited", "outage", "delay", "reset_before", "reset_after", "revoked", "forbidden", "missing")


@dataclass(frozen=True)
class Fault:
    """One fault on every path that begins with `path` or matches it as a pattern (`*/notes`); Jira's below its API.

    `rate_limited` answers 429 with `retry_after` seconds, `outage` 503, `delay` waits `seconds`, `reset_before` cuts
    the connection with nothing done, `reset_after` does it and then cuts, `revoked` is 401, `forbidden` 403, `missing`
    404. `method` narrows it to one. It ends after `times` uses, or when cleared (`times=None`).
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
        return self.method in ("*", method) and (path.startswith(self.path) or fnmatchcase(path, self.path))


Faults = InForce[Fault]
