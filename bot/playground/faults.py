"""Faults on demand: what goes wrong between the app and the stand-in Slack."""

from __future__ import annotations

from dataclasses import dataclass

from bot.playground.in_force import InForce

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


Faults = InForce[Fault]


def take(faults: Faults, kinds: tuple[str, ...], method: str) -> Fault | None:
    """Use up one of the first fault that applies to `method`, and return it; None when all is well."""
    return faults.use(lambda fault: fault.kind in kinds and fault.method in ("*", method))
