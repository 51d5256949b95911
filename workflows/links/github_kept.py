"""What does not change on GitHub is asked once and kept in memory: comparisons of SHAs, merged pull requests."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

MOST = 2048
T = TypeVar("T")


class Kept:
    """The most recently used answers, at most `most`; safe to use from any thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, Any] = OrderedDict()

    def peek(self, key: Hashable) -> Any:
        """What was kept; None: nothing."""
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key]

    def put(self, key: Hashable, value: Any) -> None:
        """Keep it, and let go of what was longest not used."""
        with self._lock:
            self._held[key] = value
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def get(self, key: Hashable, ask: Callable[[], T], *, final: Callable[[T], bool]) -> T:
        """What was kept, or what `ask` says, which is kept if it is `final`; what it raises is not."""
        known: T | None = self.peek(key)
        if known is None:
            known = ask()
            if final(known):
                self.put(key, known)
        return known
