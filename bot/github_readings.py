"""Reads GitHub for open requests: before a decision, on webhooks, on the worker's tick.

Every reading is single-flight for its request and is written by a transaction of its own, never inside a use case's.
A reading that fails is kept as silence and loses nothing: what was known ages, and what is too old decides nothing.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Protocol

import structlog
from sqlalchemy import Connection

from bot import github_due
from bot.clock import Clock
from bot.github_people import Directory, People
from bot.known_live import known_live
from workflows import facts, learning, ledger, read_times
from workflows.change import Actor
from workflows.db import Database
from workflows.links import Rejected, Unavailable, passing
from workflows.reading import Reading
from workflows.ruleset import Rules
from workflows.turn import Turn

DEADLINE = 1.2  # seconds, before a decision
TICK = 30.0  # seconds, for one tick
THREADS = 4
LOG = structlog.get_logger("github")


class Link(Directory, Protocol):
    """As much of `workflows.links.github.GitHub` as is asked for here."""

    def read(
        self,
        repository: str,
        ref: str,
        environment: str,
        *,
        staging: tuple[str, ...],
        since_sha: str | None,
        pushers: Mapping[str, str] | None,
    ) -> Reading: ...

    def close(self) -> None: ...


class GitHubReadings:
    """The reader. `link` makes the link when it is first needed; None: no GitHub is configured, nothing is asked."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        link: Callable[[], Link] | None,
        rules: Callable[[], Rules],
        new_id: Callable[[], str],
        salt: Callable[[], bytes],
    ) -> None:
        self._db, self._clock, self._make, self._rules = db, clock, link, rules
        self._new_id, self._salt = new_id, salt
        self._people = People(db, clock, rules, new_id)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="github readings")
        # Entered again when a reading is over before anybody waits for it: its callback runs in the caller.
        self._lock = threading.RLock()
        self._under_way: dict[str, Future[None]] = {}
        self._marks: dict[str, int] = {}
        self._link: Link | None = None
        self._closed = False

    @property
    def linked(self) -> bool:
        """Whether a GitHub is configured."""
        return self._make is not None

    def read(self, repository: str, ref: str, environment: str) -> Reading | None:
        """All that GitHub says of it now; None: it does not answer. Raises Rejected when there is no such thing."""
        if self._make is None:
            return None
        try:
            return self._ask(repository, ref, environment)
        except Unavailable as no:
            LOG.warning("github silent", repository=repository, why=no.why)
            return None

    def fresh(self, change_ids: Iterable[str], *, deadline: float = DEADLINE) -> None:
        """Bring readings that are stale or older than `standing_max_age` up to date.

        Returns after `deadline` seconds at the latest; what did not come stays as it was.
        """
        wanted = list(dict.fromkeys(change_ids))
        if self._make is None or not wanted:
            return
        now, oldest = self._clock.now(), self._clock.now() - self._rules().standing_max_age
        with self._db.read() as tx:
            known = facts.some(tx, read_times.FACT, wanted)
        self._await([one for one in wanted if not github_due.young(known.get(one), oldest, now)], deadline)

    def refresh(self, limit: int = 20) -> int:
        """Read the open requests that were not tried for a minute, stale ones first; say how many."""
        if self._make is None:
            return 0
        with self._db.read() as tx:
            due = list(tx.scalars(github_due.due(self._clock.now(), limit)))
        self._await(due, TICK)
        self._people.accounts(self._linked())
        self._people.approvers(self._linked(), github_due.repositories(self._rules()))
        return len(due)

    def changed(self, repository: str, sha: str | None = None) -> None:
        """GitHub says that something is another now: nothing rests on the old readings, and they are read at once.

        `sha`: only of requests for this commit; None: of every open request of the repository.
        """
        if self._make is None:
            return
        with self._db.read() as tx:
            touched = list(tx.scalars(github_due.open_of(repository, sha)))
        with self._lock:
            for one in touched:
                self._marks[one] = self._marks.get(one, 0) + 1
        if not touched:
            return
        with self._db.write() as tx:
            for one in touched:
                facts.mark_stale(tx, read_times.FACT, one)
        for one in touched:
            self._start(one)

    def pushed(self, repository: str, sha: str, login: str) -> None:
        """A push webhook named who pushed this commit: kept for readings, in which its committer alone would stand.

        The first one stays: whoever later lets another branch or tag point to the same commit did not bring it.
        """
        now, key = self._clock.now(), github_due.pushed_key(repository, sha)
        with self._db.write() as tx:
            if facts.get(tx, github_due.PUSHED, key) is None:
                facts.put(tx, github_due.PUSHED, key, login, as_of=now, now=now)

    def close(self) -> None:
        """Start no more readings, and let the link go."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            if self._link is not None:
                self._link.close()

    def _linked(self) -> Link:
        with self._lock:
            if self._link is None:
                if self._make is None:
                    raise Rejected("not-linked")
                self._link = self._make()
            return self._link

    def _ask(self, repository: str, ref: str, environment: str) -> Reading:
        """The network is here and nowhere else; no transaction is open."""
        link = self._linked()
        with self._db.read() as tx:
            live = known_live(tx, repository, environment)
        pushers = github_due.Pushers(self._db, repository)
        staging = github_due.staging(self._rules())
        reading = link.read(repository, ref, environment, staging=staging, since_sha=live, pushers=pushers)
        return self._people.named(link, reading)

    def _await(self, due: Iterable[str], deadline: float) -> None:
        wait([self._start(one) for one in due], timeout=deadline)

    def _start(self, change: str) -> "Future[None]":
        with self._lock:
            running = self._under_way.get(change)
            if running is None:
                marks = self._marks.get(change, 0)
                running = self._under_way[change] = self._pool.submit(self._read, change)
                running.add_done_callback(lambda done: self._done(change, marks, done))
            return running

    def _done(self, change: str, marks: int, done: "Future[None]") -> None:
        with self._lock:
            self._under_way.pop(change, None)
            again = self._marks.get(change, 0) != marks
            if not again:
                self._marks.pop(change, None)
        if done.cancelled():
            return
        if (fault := done.exception()) is not None:
            LOG.error("reading lost", change=change, fault=type(fault).__name__)
        elif again and not self._closed:
            self._start(change)  # something changed while it was read

    def _read(self, change: str) -> None:
        began, marks = self._clock.now(), self._marks.get(change, 0)
        with self._db.read() as tx:
            case = ledger.case(tx, change)
        if case is None or not github_due.wanted(case):
            return
        try:
            reading = self._ask(case.repository or "", case.ref or case.sha or "", case.environment)
        except (Unavailable, Rejected) as no:
            LOG.info("github silent", change=change, why=no.why)
            self._silent(change, no.why)
            return
        gone = next((why for why in reading.unknown.values() if passing(why)), None)
        if gone is not None and case.reading is not None and case.sha == reading.sha:
            # A hiccup must not void what rests on a whole reading of this very commit: it is silence.
            self._silent(change, gone)
            return
        with self._db.write() as tx:
            moved = self._marks.get(change, 0) != marks
            learning.learn(self._turn(tx), change, reading, as_of=began, stale=moved)

    def _silent(self, change: str, why: str) -> None:
        with self._db.write() as tx:
            learning.silent(self._turn(tx), change, why)

    def _turn(self, tx: Connection) -> Turn:
        return Turn(tx, Actor(""), self._rules(), self._clock.now(), self._new_id, self._salt)
