"""The worker: delivers what is due as soon as it is committed, and ticks.

A dispatcher claims rows for a small pool of senders, never two for one place, so that a slow place holds one sender;
each lane (`workflows.lanes`) has senders of its own, so that a peer that is down delays neither another nor Slack.
It is woken at every commit; once a second it looks by itself. Ticks are in memory only: what is due is asked of the
database, and a lease keeps two workers from doing the same tick at once.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor as TickPool
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bot.clock import Clock
from bot.delivery import LEASE, Delivery
from workflows import claims, lanes, leases
from workflows.db import Database
from workflows.outbox import Row

POLL = 1.0
HEARTBEAT = timedelta(seconds=10)
TICK_LEASE = timedelta(seconds=30)
ALIVE = "worker"
ALIVE_REAL = "worker-real"

Ticks = Mapping[str, tuple[timedelta, Callable[[], object]]]


@dataclass(frozen=True, slots=True)
class Downtime:
    """Between these times (of people) no worker was alive."""

    start: datetime
    end: datetime


@dataclass(slots=True)
class _Flags:
    wake: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)


class Worker:
    """Sends and ticks until stopped. `holder` names this worker in leases; `ticks`: name → (interval, what to do).

    Without `start()` it has no threads: `drain()` and `tick(name)` work in the calling thread, for tests and the CLI.
    """

    def __init__(
        self, db: Database, delivery: Delivery, clock: Clock, *, holder: str, ticks: Ticks | None = None
    ) -> None:
        self._db = db
        self._delivery = delivery
        self._clock = clock
        self._holder = holder
        self._ticks = dict(ticks or {})
        self._flags = _Flags()
        self._lock = threading.Lock()
        self._busy: dict[str, Future[None]] = {}
        self._pool = ThreadPoolExecutor(sum(lanes.SENDERS.values()), "sender")
        self._dispatcher = threading.Thread(target=self._dispatch, name="dispatcher", daemon=True)
        self._scheduler = _scheduler()
        self._log = structlog.get_logger("worker")
        self.downtime: Downtime | None = None

    @property
    def delivery(self) -> Delivery:
        """How it delivers."""
        return self._delivery

    def start(self) -> None:
        """Begin to send and to tick; `downtime` then says since when no worker was alive. Call it once."""
        self.guarded("heartbeat", self.heartbeat)
        self._scheduler.add_job(self.guarded, "interval", args=("heartbeat", self.heartbeat), seconds=HEARTBEAT.seconds)
        for name, (interval, _) in self._ticks.items():
            self._scheduler.add_job(
                self.tick,
                "interval",
                args=(name,),
                seconds=interval.total_seconds(),
                id=name,
                next_run_time=self._clock.real(),
            )
        self._scheduler.start()
        self._db.on_commit(self.wake)
        self.wake()
        self._dispatcher.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End within about `timeout` seconds. What was not settled by then is looked up by the next worker."""
        self._flags.stopping.set()
        self._flags.wake.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._dispatcher.is_alive():
            self._dispatcher.join(timeout)
        with self._lock:
            running = list(self._busy.values())
        wait(running, timeout)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Something was committed: look now."""
        self._flags.wake.set()

    def run_once(self) -> bool:
        """Deliver one due row in the calling thread; False: nothing is due."""
        rows = self._claim(limit=1)
        for row in rows:
            self._delivery.deliver(row)
        return bool(rows)

    def drain(self, limit: int = 1000) -> int:
        """Deliver whatever is due now, in the calling thread, at most `limit` rows; how many it were."""
        return next((n for n in range(limit) if not self.run_once()), limit)

    def tick(self, name: str) -> bool:
        """Do a tick now unless another worker is doing it; False: another one is, or it failed (which is logged)."""
        return bool(self.guarded(name, lambda: self._tick(name)))

    def heartbeat(self) -> None:
        """Say that we are alive, and notice when nobody was for longer than a few beats."""
        now, real = self._clock.now(), self._clock.real()
        with self._db.write() as tx:
            seen = leases.last_beat(tx, ALIVE_REAL)
            before = leases.last_beat(tx, ALIVE)
            leases.beat(tx, ALIVE, now)
            leases.beat(tx, ALIVE_REAL, real)
        if before and seen and real - seen > 3 * HEARTBEAT:
            self.downtime = Downtime(before, now)
            self._log.warning("was down", since=before.isoformat(), until=now.isoformat())

    def _tick(self, name: str) -> bool:
        lease = f"tick:{name}"
        with self._db.write() as tx:
            if not leases.take(tx, lease, self._holder, real=self._clock.real(), length=TICK_LEASE):
                return False
        try:
            self._ticks[name][1]()
        finally:
            with self._db.write() as tx:
                leases.release(tx, lease, self._holder, real=self._clock.real())
        return True

    def _dispatch(self) -> None:
        while not self._flags.stopping.is_set():
            self._flags.wake.wait(POLL)
            self._flags.wake.clear()
            while not self._flags.stopping.is_set() and self.guarded("dispatch", self._hand_out):
                pass

    def _hand_out(self) -> int:
        """Give due rows to the free senders; how many."""
        with self._lock:
            busy = tuple(self._busy)
        rows = self._claim(busy)
        for row in rows:
            with self._lock:
                future = self._pool.submit(self.guarded, "deliver", partial(self._delivery.deliver, row))
                self._busy[row.place] = future
            future.add_done_callback(partial(self._freed, row.place))
        return len(rows)

    def _freed(self, place: str, _: "Future[None]") -> None:
        with self._lock:
            self._busy.pop(place, None)
        self.wake()

    def _claim(self, busy: tuple[str, ...] = (), limit: int | None = None) -> list[Row]:
        """Claim only when something is due, so that an idle worker never stands in a writer's way."""
        now, real = self._clock.now(), self._clock.real()
        room = self._delivery.outcomes.pacing.room(busy, real)
        scope = room.scope
        if scope is None:
            return []
        with self._db.read() as tx:
            if not claims.is_due(tx, now=now, real=real, busy=busy, scope=scope):
                return []
        with self._db.write() as tx:
            return claims.claim(
                tx, now=now, real=real, lease=LEASE, limit=limit or room.all, busy=busy, scope=scope, fits=room.take()
            )

    def guarded(self, what: str, work: Callable[[], Any]) -> Any:
        """What the work returns. A fault ends this piece of work, not the worker: it is logged, and None returned."""
        try:
            return work()
        except Exception as fault:
            self._log.error("worker fault", what=what, fault=type(fault).__name__, exc_info=True)
            return None


def _scheduler() -> BackgroundScheduler:
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    return BackgroundScheduler(
        jobstores={"default": MemoryJobStore()}, executors={"default": TickPool(2)}, job_defaults=defaults, timezone=UTC
    )
