"""What a system outside Slack shows on the page, and who keeps its state while people work with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from bot.playground.records import Json, Outcome

STEP = 0.2
SAVE_EVERY = 1.0
"""Seconds between two looks at whether anything changed, and between two savings of a state that changes."""


class Panel(Protocol):
    """A panel of the page. `faults`: the names of what can be switched on in it."""

    @property
    def faults(self) -> tuple[str, ...]:
        """The names of its faults."""

    def shown(self, user: str) -> Json:
        """Return what the panel shows `user`."""

    def act(self, user: str, body: Json) -> Outcome:
        """Do as `user` what `body` says; the outcome's text tells it."""

    def switch(self, fault: str, on: bool) -> None:
        """Switch a fault on or off. LookupError for one that does not exist."""


class Seen(Protocol):
    """The state of a stand-in."""

    changes: int
    dirty: bool


class Kept(Protocol):
    """A stand-in whose state is kept in a file."""

    @property
    def world(self) -> Seen:
        """Its state."""

    def save(self, path: Path) -> None:
        """Write it to a file."""


class Keeper:
    """Says that a stand-in changed, and saves each into its file, while it is open and at its end."""

    def __init__(self, hubs: Mapping[Path, Kept], on_change: Callable[[], None]) -> None:
        """Begin at once; `on_change` is called from a thread of its own, once for many changes."""
        self._hubs, self._on_change = hubs, on_change
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="playground-keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and save."""
        self._closing.set()
        self._thread.join(5)
        for path, hub in self._hubs.items():
            hub.save(path)

    def _work(self) -> None:
        seen, waited = self._changes(), 0.0
        while not self._closing.wait(STEP):
            now, waited = self._changes(), waited + STEP
            if now != seen:
                seen = now
                self._on_change()
            if waited > SAVE_EVERY:
                waited = 0.0
                for path, hub in self._hubs.items():
                    if hub.world.dirty:
                        hub.save(path)

    def _changes(self) -> int:
        return sum(hub.world.changes for hub in self._hubs.values())
