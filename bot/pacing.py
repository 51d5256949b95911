"""How fast each lane goes in this process: how many at a time, and how long it waits for a peer that does not answer.

Machine time, in memory: two workers pace themselves apart, and nothing is wrong when they do. A lane in trouble lets
one row through after each pause; the first answer lets everything go.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.slack_errors import PAUSE, SendFailed
from workflows import lanes
from workflows.backoff import Trouble
from workflows.claims import Scope
from workflows.lanes import Lane
from workflows.links import passing

FIRST = timedelta(seconds=2)
LONGEST = timedelta(seconds=60)
STEP = timedelta(seconds=1)
SURE = 2  # so many failures in a row are silence, one is a hiccup
_PAST = datetime.min.replace(tzinfo=UTC)


class Heard(StrEnum):
    """What a try tells about the peer of its lane."""

    ANSWER = "answer"
    NOTHING = "nothing"  # nothing can be told from it: perhaps it was not even asked
    SILENCE = "silence"
    LIMIT = "limit"
    REVOKED = "revoked"


def heard(lane: Lane, failed: SendFailed | None, *, asked: bool) -> Heard:
    """What a try that ended like that tells. `asked`: the peer was surely spoken to. Of Slack nothing is concluded."""
    if lane is Lane.SLACK:
        return Heard.NOTHING
    if failed is None:
        return Heard.ANSWER if asked else Heard.NOTHING
    if failed.trouble is Trouble.LOST_AUTHORITY:
        return Heard.REVOKED if failed.error.startswith("401") else Heard.ANSWER
    if failed.trouble is Trouble.REFUSED:
        return Heard.ANSWER
    if failed.trouble is Trouble.POISON or not passing(failed.error):
        return Heard.NOTHING
    return Heard.LIMIT if failed.trouble is Trouble.RATE_LIMITED else Heard.SILENCE


def growing(silences: int, wait: timedelta = timedelta()) -> timedelta:
    """How long a lane waits after so many failures in a row (1, 2, …): 2 s, 4 s, … 60 s, or as long as it was told."""
    doubled: timedelta = FIRST * 2 ** min(max(silences, 1) - 1, 10)
    return max(min(doubled, LONGEST), min(wait, LONGEST))


@dataclass(slots=True)
class _Pace:
    """`until`: not before then, counted from `at`. `bad`: failures in a row. `since`: of the first of them."""

    at: datetime = _PAST
    until: datetime = _PAST
    bad: int = 0
    since: datetime | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Trying:
    """How a lane is after a try: `bad` failures in a row, the first at `since` (machine time).

    `pause`: how long the lane waits now. `over`: this answer ends a trouble that was more than a hiccup.
    """

    heard: Heard
    bad: int = 0
    since: datetime | None = None
    pause: timedelta = timedelta()
    over: bool = False

    def own(self, backoff: timedelta) -> timedelta:
        """How long the row waits that met the silence: longer than the lane, so that another one is asked about next.

        As long as it may be the row's own fault, it waits no shorter than its `backoff`.
        """
        return max(self.pause + STEP, timedelta() if self.sure else backoff)

    @property
    def sure(self) -> bool:
        """Whether it is silence and not a hiccup."""
        return self.bad >= SURE


@dataclass(frozen=True, slots=True)
class Room:
    """How many more rows of each lane may be sent now."""

    free: Mapping[Lane, int]

    @property
    def scope(self) -> Scope | None:
        """The places that may be claimed; None: there is no room at all."""
        if not any(self.free.values()):
            return None
        others = self.free[Lane.SLACK] > 0
        named = [lane for lane in lanes.PREFIXES if (self.free[lane] > 0) is not others]
        return Scope(tuple(prefix for lane in named for prefix in lanes.PREFIXES[lane]), others=others)

    def take(self) -> Callable[[str], bool]:
        """What takes a place of its lane for each that it is asked about, as long as there is one."""
        left = dict(self.free)

        def fits(place: str) -> bool:
            lane = lanes.of(place)
            left[lane] -= 1
            return left[lane] >= 0

        return fits

    @property
    def all(self) -> int:
        """How many rows at most."""
        return sum(self.free.values())


@dataclass(slots=True)
class Pacing:
    """The lanes of this process; safe to use from many threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _paces: dict[Lane, _Pace] = field(default_factory=lambda: {lane: _Pace() for lane in Lane})

    def room(self, busy: Collection[str], real: datetime) -> Room:
        """What may be sent beside the places that are `busy`."""
        under_way = Counter(lanes.of(place) for place in busy)
        with self._lock:
            allowed = {lane: self._allowed(lane, real) for lane in Lane}
        return Room({lane: max(0, allowed[lane] - under_way[lane]) for lane in Lane})

    def _allowed(self, lane: Lane, real: datetime) -> int:
        pace = self._paces[lane]
        if pace.at <= real < pace.until:  # a clock that was set back does not lengthen a pause
            return 0
        return 1 if pace.bad else lanes.SENDERS[lane]

    def after(self, lane: Lane, what: Heard, *, wait: timedelta | None, real: datetime) -> Trying:
        """Take a try into account; `wait`: what the peer asked for."""
        wait = wait or timedelta()
        with self._lock:
            pace = self._paces[lane]
            if what is Heard.ANSWER:
                self._paces[lane] = _Pace()
                return Trying(what, over=pace.bad >= SURE or pace.revoked)
            if real < pace.at:
                pace.until = _PAST
            pace.at = real
            if what is Heard.LIMIT:
                pace.until = max(pace.until, real + wait)
            elif what in (Heard.SILENCE, Heard.REVOKED):
                pace.bad += 1
                pace.revoked = pace.revoked or what is Heard.REVOKED
                pace.since = pace.since or real
                pace.until = real + (PAUSE if what is Heard.REVOKED else growing(pace.bad, wait))
            return Trying(what, pace.bad, pace.since, max(pace.until - real, timedelta()))
