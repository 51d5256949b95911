"""The only clock of the product, and its two times.

`now()` is the time of people: deadlines, freezes, expiry, the times of events, the age of facts. The demo can
move it forward. `real()` is the time of machines: signatures, the inbox, leases, backoff, tokens, logs.
Nobody can move it.
"""

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells two times, both aware and in UTC; `now()` is never behind `real()`."""

    def now(self) -> datetime:
        """The time of people."""
        ...

    def real(self) -> datetime:
        """The time of machines."""
        ...


class SystemClock:
    """The clock of `run`, `web` and `worker`: both times are the machine's."""

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)

    def real(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)


class ShiftedClock:
    """The demo's clock: `now()` can be moved forward, never back. No setting selects it, only `bot.demo`
    does.

    `offset` continues an earlier demo where it stopped.
    """

    def __init__(self, offset: timedelta = timedelta()) -> None:
        if offset < timedelta():
            raise ValueError("the clock can only be moved forward")
        self._offset = offset
        self._lock = threading.Lock()

    @property
    def offset(self) -> timedelta:
        """How far `now()` is ahead of `real()`."""
        with self._lock:
            return self._offset

    def advance(self, by: timedelta) -> None:
        """Move `now()` forward. Raises ValueError for a negative step."""
        if by < timedelta():
            raise ValueError("the clock can only be moved forward")
        with self._lock:
            self._offset += by

    def now(self) -> datetime:
        """The machine's time and what it was moved forward."""
        return datetime.now(UTC) + self.offset

    def real(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)
