"""How often somebody may try to get in: so many times a minute from one address, and a few more from all together."""

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SPAN = timedelta(minutes=1)
EACH, ALL = 10, 120


@dataclass(slots=True)
class Tries:
    """The tries of the last minute, of this process; what is older is forgotten, so it never grows beyond `ALL`."""

    each: int = EACH
    all: int = ALL
    _made: deque[tuple[datetime, str]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def allow(self, client: str, now: datetime) -> bool:
        """Whether one more try is all right; it is counted if so."""
        with self._lock:
            while self._made and self._made[0][0] <= now - SPAN:
                self._made.popleft()
            if len(self._made) >= self.all or sum(one == client for _, one in self._made) >= self.each:
                return False
            self._made.append((now, client))
            return True
