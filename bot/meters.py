"""Who counts: what the rest of the program says of itself while it works. `bot.metrics` is the one that listens."""

from typing import Protocol


class Meter(Protocol):
    """Takes what happened; quick, from any thread, and never raises."""

    def sent(self, lane: str, outcome: str, seconds: float) -> None:
        """A delivery of that lane ended like that, after so many seconds."""
        ...

    def answered(self, shape: str, seconds: float) -> None:
        """A person's click, form or command was answered."""
        ...

    def repeated(self) -> None:
        """A delivery came that was known."""
        ...


class NoMeter:
    """Nobody counts."""

    def sent(self, lane: str, outcome: str, seconds: float) -> None:
        """Nothing."""

    def answered(self, shape: str, seconds: float) -> None:
        """Nothing."""

    def repeated(self) -> None:
        """Nothing."""


NOBODY = NoMeter()
