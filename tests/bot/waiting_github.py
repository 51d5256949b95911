"""A GitHub of a few runs that wait, and a worker that gives verdicts; every step can be cut or pushed into."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection

from bot.addressbook import Addressbook
from bot.delivery import Delivery
from bot.gating import Gating
from bot.outcomes import Outcomes
from bot.places import Addresses
from bot.slack import Slack
from bot.worker import Worker
from tests.bot.sending import HandClock
from tests.build import REPOSITORY, SHA
from tests.workflows.desk import Desk
from workflows import gates, runs
from workflows.db import Database
from workflows.links import Rejected, Unavailable
from workflows.models import outbox
from workflows.outbox import Row
from workflows.runs import Seen

Moment = Callable[[str], None]
BEYOND = (gates.VERDICT, gates.STATUS)


def nothing(name: str) -> None:
    """Nothing happens there."""


@dataclass
class Waits:
    """A run at GitHub, with what was said to it."""

    sha: str = SHA
    status: str = "waiting"
    conclusion: str | None = None
    environments: tuple[str, ...] = ("production",)
    login: str = "dev-gh"
    verdicts: list[tuple[str, str]] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)


@dataclass
class GitHub:
    """Answers as GitHub does. `fails`: what the next posts raise, after they arrived when `arrives`.

    `full`: it takes no more reports.
    """

    moment: Moment = nothing
    there: dict[int, Waits] = field(default_factory=dict)
    statuses: list[tuple[str, str, str]] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    arrives: bool = False
    full: bool = False

    def run(self, repository: str, run: int) -> Any:
        """A run as it is now."""
        self.moment("asked for the run")
        found = self.there.get(run)
        if found is None:
            raise Rejected("Not Found", 404)
        self.moment("answered the run")
        return SimpleNamespace(
            sha=found.sha,
            status=found.status,
            conclusion=found.conclusion,
            environments=found.environments,
            triggering_actor=found.login,
        )

    def approvals(self, repository: str, run: int) -> Any:
        """What was said to a run."""
        return tuple(
            SimpleNamespace(environments=("production",), state=state, comment=comment)
            for state, comment in self.there[run].verdicts
        )

    def verdict(self, repository: str, run: int, environment: str, *, approve: bool, comment: str) -> None:
        """Let it go on, or end it."""
        self.moment("before the verdict")
        found = self.there[run]
        if self.fails and not self.arrives:
            raise self.fails.pop()
        if environment not in found.environments:
            raise Unavailable("nothing-to-approve", 2.0)
        found.verdicts.append(("approved" if approve else "rejected", comment))
        found.environments, found.status = (), "in_progress" if approve else "completed"
        found.conclusion = None if approve else "failure"
        if self.fails:
            raise self.fails.pop()
        self.moment("after the verdict")

    def report(self, repository: str, run: int, environment: str, comment: str) -> None:
        """Say how far it is, ten times at most."""
        if self.full:
            raise Rejected("No more than 10 status reports", 422)
        self.there[run].reports.append(comment)

    def commit_status(
        self, repository: str, sha: str, context: str, state: str, description: str, target_url: str | None = None
    ) -> None:
        """Keep a status."""
        self.statuses.append((sha, context, state))


@dataclass
class Seam:
    """The record, with a moment before and after every transaction of whoever works with it."""

    db: Database
    moment: Moment

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """As the record reads."""
        self.moment("before a reading")
        with self.db.read() as tx:
            yield tx
        self.moment("after a reading")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """As the record writes."""
        self.moment("before a writing")
        with self.db.write() as tx:
            yield tx
        self.moment("after a writing")


@dataclass
class Pipeline:
    """A desk, a GitHub, and the worker between them, all in one thread."""

    desk: Desk
    github: GitHub
    moment: Moment = nothing
    clock: HandClock = field(default_factory=HandClock)

    def waits(self, run: int = 812, sha: str = SHA, *, noticed: bool = True) -> str:
        """Let a run wait, and have us notice it; the id of its row."""
        self.github.there[run] = Waits(sha)
        if not noticed:
            return ""
        with self.desk.turn("") as turn:
            what = Seen(repository=REPOSITORY, run=run, environment="production", sha=sha, login="dev-gh")
            return runs.seen(turn, what, None)

    def worker(self) -> Worker:
        """A worker that delivers to GitHub; to Slack nothing is due (`drain`)."""
        seam: Any = Seam(self.desk.database, lambda name: self.moment(name))
        self.clock.at = self.desk.now
        policy: Any = SimpleNamespace(rules=self.desk.rules, writable=True)
        gating = Gating(
            db=seam,
            policy=policy,
            clock=self.clock,
            link=lambda: self.github,
            new_id=self.desk.new_id,
            salt=self.desk.salt,
        )
        slack = Slack("xoxb-none", self.clock, api_url="http://127.0.0.1:9/api/")
        outcomes = Outcomes(seam, lambda: Addresses("#i", "#e"), self.clock, self.desk.new_id, rand=lambda: 0.0)
        delivery = Delivery(slack, Addressbook(slack, self.clock), outcomes, {}, self.step, gating.table())
        return Worker(seam, delivery, self.clock, holder="one")

    def step(self, name: str, row: Row) -> None:
        """The hook of `Delivery`."""
        self.moment(name)

    def drain(self, times: int = 20) -> None:
        """Bring GitHub up to date; cards and messages are put aside."""
        for _ in range(times):
            with self.desk.database.write() as tx:
                aside = outbox.update().where(outbox.c.template.not_in(BEYOND))
                tx.execute(aside.values(sent=outbox.c.wanted, state="sent", done_at=self.desk.now))
            if not self.worker().run_once():
                return

    def state(self, run_id: str) -> runs.Run:
        """The row of a run."""
        with self.desk.database.read() as tx:
            found = runs.get(tx, run_id)
        assert found is not None
        return found
