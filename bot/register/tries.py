"""How often somebody may do something in a minute: so many times each, and a few more all together.

To try to get in, by address; and, once in, to look at pages, by session, since each view is an event that stays.
"""

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SPAN = timedelta(minutes=1)
EACH, ALL = 10, 120
PAGES, PAGES_OF_ALL = 600, 6000


@dataclass(slots=True)
class Tries:
    """The tries of the last minute, of this process; what is older is forgotten, so it never grows beyond `all`."""

    each: int = EACH
    all: int = ALL
    _made: deque[tuple[datetime, str]] = field(default_factory=deque)
    _of: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allow(self, client: str, now: datetime) -> bool:
        """Whether one more try is all right; it is counted if so."""
        with self._lock:
            while self._made and self._made[0][0] <= now - SPAN:
                _, gone = self._made.popleft()
                self._of[gone] -= 1
                if not self._of[gone]:
                    del self._of[gone]
            if len(self._made) >= self.all or self._of[client] >= self.each:
                return False
            self._made.append((now, client))
            self._of[client] += 1
            return True
