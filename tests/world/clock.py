"""The clock of a story: both times stand still until the story moves them."""

import threading
from datetime import UTC, datetime, timedelta

NIGHT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
"""Monday, 03:00 in Berlin."""


class StoryClock:
    """A `bot.clock.Clock`. `now` and `real` move together, as they do outside of the demo."""

    def __init__(self, start: datetime = NIGHT) -> None:
        """Begin at `start`, aware UTC."""
        self._lock = threading.Lock()
        self._at = start

    def now(self) -> datetime:
        """The time of people."""
        with self._lock:
            return self._at

    def real(self) -> datetime:
        """The time of machines."""
        return self.now()

    def epoch(self) -> float:
        """`real` in seconds since 1970, as the stand-in Slack wants it."""
        return self.real().timestamp()

    def move_to(self, at: datetime) -> None:
        """Go on to `at`. ValueError: that is in the past."""
        with self._lock:
            if at < self._at:
                raise ValueError(f"{at} is before {self._at}")
            self._at = at

    def move(self, by: timedelta) -> None:
        """Go on by `by`."""
        self.move_to(self.now() + by)
