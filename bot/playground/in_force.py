"""Faults in force, of whatever kind: used up one by one, or ended by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Faulty(Protocol):
    """A fault: its kind, and after how many uses it ends (None: when cleared)."""

    @property
    def kind(self) -> str: ...

    @property
    def times(self) -> int | None: ...


F = TypeVar("F", bound=Faulty)


class InForce(Generic[F]):
    """The faults in force; safe to use from any thread."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._lock = threading.Lock()
        self._left: list[tuple[F, int | None]] = []

    def add(self, fault: F) -> None:
        """Put `fault` in force, after those that already are."""
        with self._lock:
            self._left.append((fault, fault.times))

    def clear(self, kind: str | None = None) -> None:
        """End every fault, or every one of `kind`."""
        with self._lock:
            self._left = [pair for pair in self._left if kind is not None and pair[0].kind != kind]

    def active(self) -> list[F]:
        """Return the faults in force."""
        with self._lock:
            return [fault for fault, _ in self._left]

    def use(self, meets: Callable[[F], bool]) -> F | None:
        """Use up one of the first fault that `meets`, and return it; None when all is well."""
        with self._lock:
            for place, (fault, left) in enumerate(self._left):
                if not meets(fault):
                    continue
                if left is not None and left <= 1:
                    del self._left[place]
                else:
                    self._left[place] = (fault, None if left is None else left - 1)
                return fault
        return None
