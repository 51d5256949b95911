"""The daily walk through the whole record: what `python -m bot verify` finds, without anybody having to run it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bot.anchoring import Anchors
from workflows import apart, history, leases, verify, walks
from workflows.apart import Answer, Apart
from workflows.history import Differs
from workflows.verify import Key
from workflows.walks import Walk

EVERY = timedelta(minutes=1)
LEASE = timedelta(minutes=3)
AGAIN = timedelta(hours=1)
LOG = structlog.get_logger("walk")


@dataclass(slots=True)
class _UnderWay:
    check: Apart
    at: datetime
    anchors: tuple[str, ...]


@dataclass(slots=True)
class Walks:
    """Begins the walk when it is due, in a process of its own, and looks each minute whether it has ended.

    One worker at a time, by a lease; one that can't read the record knows nothing of it, and tries again in an hour.
    """

    anchors: Anchors
    url: str
    _way: _UnderWay | None = field(default=None, init=False)
    _not_before: datetime | None = field(default=None, init=False)

    def ticks(self) -> dict[str, tuple[timedelta, Callable[[], object]]]:
        """What the worker does again and again."""
        return {"walk": (EVERY, self)}

    def __call__(self) -> bool:
        """Begin or end a walk, if it is time; True: one has ended, and what it found is kept."""
        one = self.anchors.checkpointer
        if self._way is not None:
            self._mine()
            return self._ended(self._way)
        now, real = one.clock.now(), one.clock.real()
        if self._not_before is not None and real < self._not_before:
            return False
        with one.db.read() as tx:
            wanted = walks.due(tx, now=now, zone=one.rules().zone)
        if wanted and one.writable() and self._mine():
            self._begin(now)
        return False

    def stop(self) -> None:
        """End what is under way; the next start begins it anew."""
        if self._way is not None:
            self._way.check.stop()
            self._way = None

    def _mine(self) -> bool:
        one = self.anchors.checkpointer
        with one.db.write() as tx:
            return leases.take(tx, "walk", one.holder, real=one.clock.real(), length=LEASE)

    def _begin(self, now: datetime) -> None:
        keys = self.anchors.keys()
        kept = [(place.name, note) for place in self.anchors.places() for note in self.anchors.shown(place)]
        ours = [(place, note) for place, note in kept if self._ours(place, note, keys)] if keys else []
        places, notes = tuple(dict.fromkeys(place for place, _ in ours)), [note for _, note in ours]
        try:
            check = apart.begin(self.url, keys=[one.text for one in keys], anchors=notes)
            self._way = _UnderWay(check, now, places)
        except OSError as fault:
            self._again(str(fault))

    def _ours(self, place: str, note: str, keys: Sequence[Key]) -> bool:
        """Whether it is signed by us, and nobody has said that the record is right although it is another one."""
        try:
            said = verify.checkpoint(note, keys)
        except ValueError:
            return False
        with self.anchors.checkpointer.db.read() as tx:
            differs = Differs(place, "", said.size, said.root.hex(), 0)
            return bool(said.signers) and not history.accepted(tx, differs)

    def _ended(self, way: _UnderWay) -> bool:
        try:
            found = way.check.answer()
        except (RuntimeError, ValueError) as fault:
            self._way = None
            self._again(str(fault))
            return False
        if found is None:
            return False
        self._way = None
        if found.unread:
            self._again(" ".join(found.bad))
            return False
        self._keep(way, found)
        return True

    def _keep(self, way: _UnderWay, found: Answer) -> None:
        one = self.anchors.checkpointer
        walk = Walk(way.at, found.events, found.size, found.wrong, found.bad, way.anchors)
        if walk.wrong:
            LOG.error("the record is not as it was written", wrong=walk.wrong, first=walk.bad[0])
        with one.db.write() as tx:
            to = one.rules().escalations
            walks.keep(tx, walk, escalations=to, now=one.clock.now(), new_id=one.new_id)
            leases.release(tx, "walk", one.holder, real=one.clock.real())

    def _again(self, why: str) -> None:
        self._not_before = self.anchors.checkpointer.clock.real() + AGAIN
        LOG.error("the record could not be walked through", why=why)
