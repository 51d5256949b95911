"""Reads people and groups from Slack, and rotas from PagerDuty, into facts.

Before a decision, on Slack's events, and on the worker's tick.

Every reading is single-flight, is tried once, and is written by a transaction of its own, never inside a use case's.
A reading that fails leaves the old one to age, and what is too old decides nothing.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection

from bot import readings, standing_due
from bot.clock import Clock
from bot.oncall_readings import Link, Rotas
from bot.readings import ClientFactory, Unreadable, Workspace
from bot.standing_due import Key
from workflows import facts, oncall, persons
from workflows.db import Database
from workflows.ruleset import Rules

DEADLINE = 1.2  # seconds, before a decision
THREADS = 8
MOST_MEMBERS = 24
LOG = structlog.get_logger("standing")


class Readings:
    """The reader. `rules` gives the policy in force; `slack` makes a client with a short timeout and no retries.

    `pagerduty` gives the link by which it is read who is on call; None: nobody is.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        slack: ClientFactory,
        rules: Callable[[], Rules],
        new_id: Callable[[], str],
        pagerduty: Link = lambda: None,
    ) -> None:
        self._db, self._clock, self._slack, self._rules, self._new_id = db, clock, slack, rules, new_id
        self._rotas = Rotas(pagerduty, rules)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="standing")
        # Of its own, so that a PagerDuty that does not answer holds no reading of Slack's.
        self._on_call = ThreadPoolExecutor(THREADS, thread_name_prefix="oncall")
        # Entered again when a reading is over before anybody waits for it: its callback runs in the caller.
        self._lock = threading.RLock()
        self._under_way: dict[Key, Future[None]] = {}
        self._marks: dict[Key, int] = {}
        self._pauses: dict[str, datetime] = {}
        self._home: Workspace | None = None

    def fresh(self, people: Iterable[str] = (), groups: Iterable[str] = (), *, deadline: float = DEADLINE) -> None:
        """Bring readings older than `standing_max_age` up to date: accounts by Slack id, groups by name.

        Returns after `deadline` seconds at the latest; what did not come stays as it was.
        """
        until = self._clock.real() + timedelta(seconds=deadline)
        rules, wanted = self._rules(), tuple(groups)
        with self._db.read() as tx:
            due = standing_due.due(tx, rules, people, wanted, self._clock.now())
        rotas = [self._start(key) for key in due if key[0] == oncall.KIND]
        slack = [self._start(key) for key in due if key[0] != oncall.KIND]
        # Slack's first: what PagerDuty has not said in time holds up nobody who is in a group without it.
        for running in (slack, rotas) if rotas else (slack,):
            wait(running, timeout=self._left(until))
            if not self._left(until):
                return
            with self._db.read() as tx:
                unread = standing_due.unread_members(tx, rules, wanted)
            self._await(unread[:MOST_MEMBERS], self._left(until))

    def _left(self, until: datetime) -> float:
        return max((until - self._clock.real()).total_seconds(), 0.0)

    def refresh(self, limit: int = 20) -> int:
        """Read what is oldest, at most `limit` readings, for drawing and for asking people; say how many."""
        with self._db.read() as tx:
            due = standing_due.ageing(tx, self._rules(), self._clock.now(), limit)
        self._await(due, 10.0)
        return len(due)

    def changed(self, kind: str, subject: str) -> None:
        """Slack says that this is another now: nothing rests on the old reading, and it is read again at once."""
        with self._lock:
            self._marks[kind, subject] = self._marks.get((kind, subject), 0) + 1
        with self._db.write() as tx:
            subjects = [subject]
            if kind == "usergroup":
                subjects += [f.subject for f in facts.oldest(tx, "handle", limit=500) if f.value == subject]
            for one in subjects:
                facts.mark_stale(tx, kind, one)
            known = facts.some(tx, kind, subjects)
        for one in known:
            self._start((kind, one))

    def workspace(self, *, deadline: float = DEADLINE) -> Workspace | None:
        """Where we are installed, read once and kept; None while Slack has never answered."""
        if self._home is None:
            with self._db.read() as tx:
                fact = facts.get(tx, "workspace", "self")
            if fact is None or fact.value is None:
                self._await([("workspace", "self")], deadline)
            else:
                self._home = Workspace(**fact.value)
        return self._home

    def inside(self, channel: str, *, deadline: float = DEADLINE) -> bool:
        """Whether we are a member of this channel; a question of its own, and no when Slack does not answer."""
        asked = self._pool.submit(readings.inside, self._slack(), channel)
        done, _ = wait([asked], timeout=deadline)
        return bool(done) and asked.exception() is None and asked.result()

    def close(self) -> None:
        """Start no more readings."""
        for pool in (self._pool, self._on_call):
            pool.shutdown(wait=False, cancel_futures=True)

    def _await(self, due: Iterable[Key], deadline: float) -> None:
        wait([self._start(key) for key in due], timeout=deadline)

    def _start(self, key: Key) -> "Future[None]":
        with self._lock:
            running = self._under_way.get(key)
            if running is None:
                pool = self._on_call if key[0] == oncall.KIND else self._pool
                running = self._under_way[key] = pool.submit(self._read, key)
                running.add_done_callback(lambda done: self._done(key, done))
            return running

    def _done(self, key: Key, done: "Future[None]") -> None:
        with self._lock:
            self._under_way.pop(key, None)
        if not done.cancelled() and (fault := done.exception()) is not None:
            LOG.error("reading lost", kind=key[0], fault=type(fault).__name__)

    def _read(self, key: Key) -> None:
        kind, subject = key
        began, marks = self._clock.now(), dict(self._marks)
        try:
            self._refuse_while_paused(kind)
            found = self._ask(kind, subject)
        except Unreadable as fault:
            if fault.retry_after:
                self._pauses[kind] = self._clock.real() + timedelta(seconds=fault.retry_after)
            with self._db.write() as tx:
                facts.failed(tx, kind, subject, fault.error, at=began)
            return
        with self._db.write() as tx:
            for (one, name), value in found.items():
                moved = self._marks.get((one, name)) != marks.get((one, name))
                self._keep(tx, one, name, value, began, stale=moved)

    def _refuse_while_paused(self, kind: str) -> None:
        until = self._pauses.get(kind)
        if until is not None and self._clock.real() < until:
            raise Unreadable("ratelimited")

    def _ask(self, kind: str, subject: str) -> dict[Key, Any]:
        """Everything that one reading tells; the network is here and nowhere else."""
        if kind == oncall.KIND:
            return {(kind, subject): self._rotas.read(subject, self._clock.now())}
        client = self._slack()
        if kind == "workspace":
            self._home = readings.workspace(client)
            names = ("team", "enterprise", "user", "bot", "url")
            return {(kind, subject): {name: getattr(self._home, name) for name in names}}
        if kind == "handle":
            found = readings.handles(client)
            named = {group.usergroup for group in self._rules().groups.values() if group.usergroup}
            wanted = {name for name in named if name.startswith("@")} | {subject}
            return {(kind, name): found.get(name) for name in wanted}
        if kind == "usergroup":
            return {(kind, subject): self._members(subject)}
        home = self._home or readings.workspace(client)
        self._home = home
        if kind == "email":
            value = readings.by_email(client, subject, home)
            found_id = value["slack"] if value else None
            more: dict[Key, Any] = {("account", found_id): value} if found_id else {}
            return {(kind, subject): found_id, **more}
        value = readings.account(client, subject, home)
        return {(kind, subject): value}

    def _members(self, subject: str) -> list[str]:
        group = subject
        if subject.startswith("@"):
            with self._db.read() as tx:
                known = facts.get(tx, "handle", subject)
            if known is None or known.value is None:
                self._read(("handle", subject))
                with self._db.read() as tx:
                    known = facts.get(tx, "handle", subject)
            if known is None or known.as_of is None:
                raise Unreadable("handle unknown")
            if known.value is None:
                return []
            group = known.value
        return readings.members(self._slack(), group)

    def _keep(self, tx: Connection, kind: str, name: str, value: Any, at: datetime, *, stale: bool) -> None:
        if kind == "account" and value is not None:
            email = value["email"] if value["confirmed"] and not value["foreign"] else None
            person = persons.person_for(
                tx, slack=name, email=email, name=value["name"], zone=value["zone"], now=at, new_id=self._new_id
            )
            value = {**value, "person": person.id}
        facts.put(tx, kind, name, value, as_of=at, stale=stale, now=self._clock.now())
