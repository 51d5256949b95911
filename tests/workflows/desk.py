"""A desk with a real database on it: people press buttons, time passes, and what came of it is read back.

Nothing here decides anything: every act is a use case in a transaction of its own, by readings as young as `now`
(unless Slack is `silent`).
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import select

from tests import build
from tests.build import T0
from tests.workflows import seats
from workflows import (
    aftermath,
    check,
    completing,
    deciding,
    declaring,
    deploys,
    emergencies,
    fold,
    gates,
    learning,
    ledger,
    rechecking,
    reminders,
    reviews,
)
from workflows.case import Case, Done, Refused
from workflows.change import Actor, Item, Judgement, Mistakes, Outcome
from workflows.db import Database
from workflows.deploys import Request
from workflows.documents import Declaration, Details
from workflows.event import Event
from workflows.gate import Answer
from workflows.models import changes, events, outbox
from workflows.reading import Reading
from workflows.reviews import ReviewForm
from workflows.ruleset import Rules
from workflows.turn import Turn

P = ParamSpec("P")
T = TypeVar("T")
Result = Done | Refused | Mistakes
PEOPLE = ("dev", "ops", "cto", "lead", "rel", "stranger")
GOOD = ReviewForm(
    deployed="v811 on all nodes",
    cause="the pool was too small",
    judgement=Judgement.YES,
    tests="checkout by hand, twice",
)


GOOD_READING = build.reading()
ASKED: dict[str, Any] = {
    "repository": build.REPOSITORY,
    "ref": "main",
    "title": "Give the pool more connections",
    "why": "Give the pool more connections\nbefore the sale",
    "tests": "load test on staging, 20 minutes",
    "rollback": "deploy v811 again",
}


class Desk:
    """One workspace of six people, its policy, its database and its time."""

    def __init__(self, database: Database, *, rules: Rules | None = None, people: tuple[str, ...] = PEOPLE) -> None:
        self.database = database
        self.rules = rules or build.rules()
        self.now = T0
        self.silent = False
        self.id = ""
        self._ids, self._salts = count(1), count(1)
        with database.write() as tx:
            for person in people:
                seats.seat(tx, person)

    def become(self, person: str, **flags: bool) -> None:
        """Have Slack say something else of an account: `become("cto", deactivated=True)`."""
        with self.database.write() as tx:
            seats.say(tx, person, as_of=self.now, **flags)

    def lives(self, person: str, zone: str | None) -> None:
        """Move somebody to another time zone."""
        with self.database.write() as tx:
            seats.move(tx, person, zone)

    def known_keys(self) -> list[str]:
        """The keys given out so far, in order."""
        with self.database.read() as tx:
            return list(tx.execute(select(changes.c.key).order_by(changes.c.key)).scalars())

    def id_of(self, key: str) -> str:
        with self.database.read() as tx:
            return str(tx.execute(select(changes.c.id).where(changes.c.key == key)).scalar_one())

    def new_id(self) -> str:
        return f"id{next(self._ids):05d}"

    def salt(self) -> bytes:
        return next(self._salts).to_bytes(32, "big")

    @contextmanager
    def turn(self, who: str = "dev", *, slack: str | None = None, operator: str | None = None) -> Iterator[Turn]:
        """A transaction in which `who` acts, by readings of now."""
        with self.database.write() as tx:
            if not self.silent:
                seats.refresh(tx, self.now)
            actor = Actor(who, None, operator) if operator else build.actor(who, slack_id=slack)
            yield Turn(tx, actor, self.rules, self.now, self.new_id, self.salt)

    def do(self, who: str, act: Callable[Concatenate[Turn, P], T], *args: P.args, **kw: P.kwargs) -> T:
        """Do one use case as `who`."""
        with self.turn(who) as turn:
            return act(turn, *args, **kw)

    def declare(self, who: str = "dev", **given: Any) -> Case:
        """Declare an emergency; it is the one meant from now on. Raises AssertionError when it was not taken."""
        form = {"broken": "checkout 500s\nsince the deploy", "plan": "roll back to v811", "systems": ("payments",)}
        done = self.do(who, declaring.declare, Declaration(**(form | given)))
        assert isinstance(done, Done), done
        self.id = done.case.id
        return done.case

    def ask(self, who: str = "dev", *, reading: Reading | None = GOOD_READING, **given: Any) -> Case:
        """Ask for a deploy of main; it is the one meant from now on. `reading` None: GitHub is silent."""
        done = self.do(who, deploys.ask, Request(**({**ASKED} | given)), reading)
        assert isinstance(done, Done), done
        self.id = done.case.id
        return done.case

    def read(self, reading: Reading | None = None, **given: Any) -> Done | Refused:
        """Learn what GitHub says now: `build.reading(...)`, all well unless told otherwise."""
        with self.turn("") as turn:
            return learning.learn(turn, self.id, reading or build.reading(**given))

    def gate(self, sha: str = build.SHA, **given: Any) -> Answer:
        """What the gate would say of that commit now."""
        asked = {"repository": build.REPOSITORY, "sha": sha, "environment": "production"} | given
        with self.database.read() as tx:
            return gates.look(tx, **asked, rules=self.rules, now=self.now)

    def run(self, sha: str = build.SHA, *, by: str = "run 812", **given: Any) -> Answer:
        """A pipeline asks the gate, and goes where it may."""
        asked = {"repository": build.REPOSITORY, "sha": sha, "environment": "production"} | given
        with self.turn("") as turn:
            return gates.ask(turn, **asked, by=by)

    def sound(self) -> None:
        """Every promise holds on the record as it is, and every change is what its events say."""
        with self.database.read() as tx:
            assert check.promises(tx, real_now=self.now) == []

    def approve(self, who: str = "cto", *, revision: int | None = None, note: str = "") -> Done | Refused:
        """Approve what is shown now, or the `revision` on an older card."""
        return self.do(who, deciding.approve, self.id, revision or self.case.revision, note=note)

    def reject(self, who: str = "cto", *, reason: str = "not on a Friday") -> Result:
        return self.do(who, deciding.reject, self.id, self.case.revision, reason=reason)

    def take_back(self, who: str = "cto") -> Result:
        return self.do(who, deciding.take_back, self.id)

    def proceed(self, who: str = "dev", *, reason: str = "money is being lost") -> Result:
        return self.do(who, emergencies.proceed, self.id, reason=reason)

    def ratify(self, who: str = "cto") -> Result:
        return self.do(who, emergencies.ratify, self.id)

    def object_to(self, who: str = "cto", *, reason: str = "it could have waited") -> Result:
        return self.do(who, emergencies.object_to, self.id, reason=reason)

    def deploy(self, who: str = "dev", **given: Any) -> Result:
        """Mark deployed, now and well unless told otherwise."""
        values: dict[str, Any] = {"what": "v811", "at": self.now, "outcome": Outcome.OK}
        return self.do(who, aftermath.mark_deployed, self.id, **(values | given))

    def withdraw(self, who: str = "dev", **given: Any) -> Result:
        return self.do(who, aftermath.withdraw, self.id, **given)

    def add(self, who: str = "dev", **given: Any) -> Result:
        """Add details."""
        return self.do(who, completing.add_details, self.id, Details(**given))

    def close(self, who: str = "cto", *, form: ReviewForm = GOOD, **given: Any) -> Result:
        """Close the review with answers that are good, also for what was still owed, unless told otherwise."""
        owed = {Item.TESTS: "staging only", Item.ROLLBACK: "deploy v812 again"}
        return self.do(who, reviews.close, self.id, replace(form, **({"missing": owed} | given)))

    def sweep(self, **given: Any) -> int:
        """One tick of the worker."""
        with self.turn("") as turn:
            return reminders.sweep(turn.tx, rules=turn.rules, now=turn.now, new_id=turn.new_id, salt=turn.salt, **given)

    def recheck(self) -> int:
        """What the worker does after new readings; how many changes it wrote."""
        given: dict[str, Any] = {"rules": self.rules, "now": self.now, "new_id": self.new_id, "salt": self.salt}
        with self.database.read() as tx:
            found = rechecking.wanting(tx, rechecking.waiting(tx, now=self.now), rules=self.rules, now=self.now)
        for change in found:
            with self.turn("") as turn:
                rechecking.recheck(turn.tx, change, **given)
        return len(found)

    def wait(self, minutes: float = 0, **more: float) -> "Desk":
        """Let time pass while nothing runs."""
        self.now += timedelta(minutes=minutes, **more)
        return self

    def live(self, until: datetime) -> "Desk":
        """Let time pass until then with the worker running: each sweep comes at the minute it is due."""
        for _ in range(500):
            due = self.next_due()
            if due is None or due > until:
                self.now = max(self.now, until)
                return self
            self.now = max(self.now, due)
            self.sweep()
        raise AssertionError(f"500 sweeps, and the next is still due at {self.next_due()}")

    def next_due(self) -> datetime | None:
        """When the worker has to look at any change again."""
        with self.database.read() as tx:
            times = tx.execute(select(changes.c.next_due_at)).scalars()
            return min((at for at in times if at is not None), default=None)

    @property
    def case(self) -> Case:
        """The change as it is stored."""
        return self.case_of(self.id)

    @property
    def status(self) -> str:
        """The headline, as a word."""
        return self.case.status.value

    def case_of(self, change: str) -> Case:
        with self.database.read() as tx:
            case = ledger.case(tx, change)
        assert case is not None, change
        return case

    def events(self, change: str | None = None) -> tuple[Event, ...]:
        """The events of a change as they were recorded, oldest first."""
        mine = select(events).where(events.c.subject == (change or self.id)).order_by(events.c.seq)
        with self.database.read() as tx:
            rows = tx.execute(mine).all()
        return tuple(
            Event(r.subject, r.seq, r.at, r.kind, r.person, r.operator, json.loads(r.body)["data"]) for r in rows
        )

    def kinds(self) -> list[str]:
        """What happened, in a word an event."""
        return [event.kind for event in self.events()]

    def replayed(self, change: str | None = None) -> Case:
        """The change as a replay of its events makes it, beside what only the record itself knows."""
        stored = self.case_of(change or self.id)
        made: Case | None = None
        for event in self.events(change):
            made = fold.apply(made, event)
        assert made is not None
        return replace(made, head=stored.head, bodies=stored.bodies)

    def posts(self, prefix: str, template: str | None = None) -> list[dict[str, Any]]:
        """The payloads of what was put into the outbox for places with that prefix, oldest first."""
        wanted = select(outbox).where(outbox.c.place.startswith(prefix, autoescape=True)).order_by(outbox.c.seq)
        with self.database.read() as tx:
            rows = tx.execute(wanted).all()
        return [json.loads(r.payload) for r in rows if template in (None, r.template)]

    def wanted(self, place: str) -> int:
        """How often that place was wanted drawn."""
        with self.database.read() as tx:
            return int(tx.execute(select(outbox.c.wanted).where(outbox.c.place == place)).scalar_one())

    def lines(self) -> list[str]:
        """The lines of the thread, by name, in order."""
        return [post["line"] for post in self.posts("thread:")]

    def told(self, person: str) -> list[str]:
        """What somebody was told in private messages that ask for nothing, by name."""
        return [post["what"] for post in self.posts(f"dm:{person}", "told")]

    def asked(self, person: str) -> list[str]:
        """In which rounds somebody was asked to decide."""
        return [post["round"] for post in self.posts(f"ask:{person}:")]

    def reminded(self, person: str) -> list[dict[str, Any]]:
        """The messages with what somebody owes, oldest first."""
        return self.posts(f"debts:{person}:")
