"""The reconciler: each repository of the policy's catalogue is read each minute or two, and at once when GitHub calls.

GitHub does not deliver a webhook twice, so the poller closes the gaps; a delivery only says where to look. What was
read is taken in one transaction with how far it was read: whoever comes first, everything counts once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection, select

from bot import source_readings as sources
from bot import wire
from bot.clock import Clock
from bot.source_readings import Commits, Deployments
from workflows import coverage, facts, ledger, periods, persons, reckoning, sightings
from workflows.change import Actor, Outcome
from workflows.db import Database
from workflows.gate_models import runs
from workflows.gate_models import sightings as table
from workflows.links import Rejected, Unavailable
from workflows.reckoning import Seen
from workflows.ruleset import Rules
from workflows.turn import Turn

if TYPE_CHECKING:
    from workflows.links.github import GitHub

EVERY = timedelta(minutes=1)
LONGEST = timedelta(seconds=90)  # of one tick; the rest comes first in the next
HEAD, WAITING = "head", "waiting-deployments"
_ZERO = "0"

Work = Callable[[Turn], object]


@dataclass(frozen=True, slots=True)
class Reconciler:
    """`link` gives the link to GitHub, made on first use; None: no GitHub is configured, and nothing is read.

    `writable`: whether this process may record anything; not while another one serves another policy.
    """

    db: Database
    clock: Clock
    rules: Callable[[], Rules]
    new_id: Callable[[], str]
    salt: Callable[[], bytes]
    link: "Callable[[], GitHub] | None"
    writable: Callable[[], bool] = lambda: True
    log: Any = field(default_factory=lambda: structlog.get_logger("reconcile"))

    def __call__(self) -> int:
        """Read every source once, those that were read longest ago first; how many were read."""
        if self.link is None or not self.writable():
            return 0
        begun, done = self.clock.real(), 0
        for source in self._in_order():
            if self.clock.real() - begun > LONGEST:
                self.log.warning("not all sources were read in one tick", read=done)
                break
            done += self._one(source)
        return done

    def _in_order(self) -> list[str]:
        with self.db.read() as tx:
            wanted = periods.sources(self.rules())
            last = periods.ends(tx, wanted)
        return sorted(wanted, key=lambda source: (source in last, last.get(source, self.clock.now()), source))

    def _one(self, source: str) -> bool:
        what, _, repository = source.partition(":")
        try:
            work = self.deployments(repository) if what == "deployments" else self.commits(repository)
        except (Unavailable, Rejected) as no:
            self.log.warning("a source was not read", source=source, why=no.why)
            return False
        with self.db.write() as tx:
            work(Turn(tx, Actor(""), self.rules(), self.clock.now(), self.new_id, self.salt))
        return True

    def deployments(self, repository: str) -> Work:
        """Read the deployments of a repository; what is to be recorded. Raises Unavailable, Rejected."""
        now, rules = self.clock.now(), self.rules()
        name = repository.lower()
        with self.db.read() as tx:
            until = periods.read_until(tx, f"deployments:{name}")
            begin = sources.since(until, _fact(tx, WAITING, name), now)
            known = _ended(tx, name, begin)
            verdicts = _verdicts(tx, name, now - sources.LONGEST_WAIT)
        found = sources.deployments(
            self._github(), repository, reckoning.environments(rules), since=begin, known=known,
            verdicts=lambda run, environment: verdicts.get((run, environment.casefold())),
        )  # fmt: skip
        found = replace(found, seen=self._addressed(found.seen))
        return lambda turn: _take_deployments(turn, name, found, until, now)

    def commits(self, repository: str, *, before: str | None = None) -> Work:
        """Read the commits of a default branch; what is to be recorded. Raises Unavailable, Rejected.

        `before`: where it was before a push that a delivery told of, for a branch that was never looked at.
        """
        now, name = self.clock.now(), repository.lower()
        with self.db.read() as tx:
            known = _fact(tx, HEAD, name)
            until = periods.read_until(tx, f"commits:{name}")
        after = str(known["sha"]) if known else before
        if after is None:
            found = sources.head(self._github(), repository)
        else:
            found = sources.commits(self._github(), repository, after=after, since=until or now - EVERY, now=now)
        found = replace(found, seen=self._addressed(found.seen))
        return lambda turn: _take_commits(turn, name, found, known, until, now)

    def pushed(self, hook: Any) -> Work | None:
        """A `push` delivery: look at the default branch, if it is that of a repository of the catalogue."""
        branch, before = wire.text(hook.body, "repository", "default_branch"), wire.text(hook.body, "before")
        mine = hook.repository.lower() in coverage.catalogue(self.rules())
        if self.link is None or not mine or wire.text(hook.body, "ref") != f"refs/heads/{branch}":
            return None
        return self.commits(hook.repository, before=before if before.strip(_ZERO) else None)

    def deployed(self, hook: Any) -> Work | None:
        """A delivery about a deployment or a run: look at the deployments of its repository."""
        if self.link is None or not hook.repository or not coverage.covered(hook.repository, self.rules()):
            return None
        return self.deployments(hook.repository)

    def table(self) -> dict[str, Callable[[Any], Work | None]]:
        """GitHub's events → what each does, for the door of webhooks."""
        about_runs = ("deployment", "deployment_status", "deployment_review", "workflow_run")
        return {"push": self.pushed, **dict.fromkeys(about_runs, self.deployed)}

    def _addressed(self, seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
        """What was seen, with who the logins are that nobody here is known by."""
        with self.db.read() as tx:
            strangers = persons.strangers(tx, sources.logins(seen), self.rules())
        return sources.addressed(self._github(), seen, strangers) if strangers else seen

    def _github(self) -> "GitHub":
        if self.link is None:
            raise Unavailable("not-linked")
        return self.link()


def _fact(tx: Connection, kind: str, name: str) -> Mapping[str, Any] | None:
    found = facts.get(tx, kind, name)
    return found.value if found and found.value else None


def _ended(tx: Connection, name: str, begin: datetime) -> frozenset[str]:
    """The deployments whose end is known already: nothing more is to be read of them."""
    c = table.c
    over = c.outcome.in_([o.value for o in Outcome if o is not Outcome.STARTED])
    mine = select(c.external).where(c.repository == name, c.source == sightings.GITHUB, over, c.seen_at >= begin)
    return frozenset(tx.scalars(mine))


def _verdicts(tx: Connection, name: str, since: datetime) -> dict[tuple[int, str], str]:
    """What became with us of the runs seen lately, by run and environment."""
    mine = (runs.c.repository == name) & (runs.c.seen_at >= since)
    rows = tx.execute(select(runs.c.run, runs.c.environment, runs.c.state).where(mine))
    return {(row.run, row.environment.casefold()): row.state for row in rows}


def _take_deployments(turn: Turn, name: str, found: Deployments, until: datetime | None, now: datetime) -> None:
    ledger.lock_notes(turn.tx)  # first, as everybody does: what was read may be noted
    sightings.report_all(turn, found.seen)
    waiting = {"since": found.waiting_since.isoformat()} if found.waiting_since else {}
    facts.put(turn.tx, WAITING, name, waiting, as_of=now)
    _read(turn, f"deployments:{name}", until, now)


def _take_commits(
    turn: Turn, name: str, found: Commits, known: Mapping[str, Any] | None, until: datetime | None, now: datetime
) -> None:
    ledger.lock_notes(turn.tx)  # first, as everybody does: what was read may be noted
    sightings.report_all(turn, found.seen)
    if _fact(turn.tx, HEAD, name) == known:  # else somebody else looked further meanwhile
        facts.put(turn.tx, HEAD, name, {"branch": found.branch, "sha": found.head}, as_of=now)
    if found.whole:
        _read(turn, f"commits:{name}", until, now)


def _read(turn: Turn, source: str, until: datetime | None, now: datetime) -> None:
    """Keep that it was read up to now without a gap; only sources of the catalogue are."""
    if source in periods.sources(turn.rules):
        periods.read(turn.tx, source, until or now, now, now=turn.now)
