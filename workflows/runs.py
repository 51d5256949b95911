"""Workflow runs that wait at GitHub for our verdict: one row each, and the request that decides it, made or found.

What came in a webhook was a hint; what stands here was read from GitHub: the run, its commit and where it waits.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update

from workflows import coverage, deploys, gates, ledger, outbox, runners
from workflows.case import Case, Done
from workflows.change import Actor, Kind, Person, Status
from workflows.gate import Says, Why
from workflows.gate_models import runs as table
from workflows.models import changes
from workflows.reading import Reading
from workflows.ruleset import Rules
from workflows.turn import Turn

REPORTS = 10  # status reports a deployment may have (GitHub docs: custom deployment protection rules)
TITLES = 5  # that a request made by a run is described with
_FOUND = tuple(s.value for s in (Status.REQUESTED, Status.APPROVED, Status.PROCEEDING, Status.EXPIRED, Status.REJECTED))
# Nobody asked, or what was asked is over: the run itself asks.
_ASKS = frozenset({Why.NOT_ASKED, Why.DONE, Why.WITHDRAWN})


class State(StrEnum):
    """`elsewhere`: somebody decided it at GitHub; `gone`: it is not there (any more) as we knew it."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    ELSEWHERE = "elsewhere"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run as GitHub shows it now, waiting for this environment.

    `login`: who started it (this attempt); `email`: the address that GitHub verified of them, where it was asked for.
    """

    repository: str
    run: int
    environment: str
    sha: str
    installation: int | None = None
    login: str = ""
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A row. `reported`: what GitHub was told last."""

    id: str
    repository: str
    run: int
    environment: str
    sha: str
    installation: int | None
    change: str | None
    state: str
    seen_at: datetime
    reports: int
    reported: str | None

    @property
    def by(self) -> str:
        """Who it is to the record."""
        return f"run {self.run}"


def covered(rules: Rules, repository: str) -> bool:
    """Whether a run of this repository is ours to decide: see `coverage.covered`."""
    return coverage.covered(repository, rules)


def watched(rules: Rules) -> tuple[str, ...]:
    """The repositories that the policy names, in small letters."""
    return coverage.catalogue(rules)


def seen(turn: Turn, what: Seen, reading: Reading | None) -> str:
    """Remember a run that waits, and have its request made or found; return the row's id.

    A run that is started again waits again. Nothing happens for one that waits for its request already.
    """
    ledger.lock_notes(turn.tx)  # one at a time, and before any change: a run seen twice at once asks once
    found = _row(turn, what)
    case = _awaited(turn.tx, found)
    if found.state == State.WAITING and found.sha == what.sha and case is not None:
        return found.id
    case = _request(turn, what, reading)
    again = {"state": State.WAITING.value, "sha": what.sha, "reports": 0, "reported": None, "ended_at": None}
    turn.tx.execute(update(table).where(table.c.id == found.id).values(seen_at=turn.now, **again))
    gates.attach(turn, found.id, case)
    return found.id


def _row(turn: Turn, what: Seen) -> Run:
    where = {"repository": what.repository.lower(), "run": what.run, "environment": what.environment}
    mine = select(table).where(*(table.c[name] == value for name, value in where.items()))
    known = turn.tx.execute(mine).mappings().first()
    if known is None:
        fresh = {"id": turn.new_id(), "sha": what.sha, "installation": what.installation, "seen_at": turn.now}
        turn.tx.execute(insert(table).values(**where, **fresh, state=State.WAITING.value, reports=0))
        known = turn.tx.execute(mine).mappings().one()
    return _run(known)


def _awaited(tx: Connection, run: Run) -> Case | None:
    """The request that the run waits for, unless that one is over."""
    case = request_of(tx, run)
    return case if case is not None and case.status.value in _FOUND else None


def _request(turn: Turn, what: Seen, reading: Reading | None) -> Case | None:
    """The request that decides this run; None: an emergency does already, or there is nobody to ask."""
    asked = {"repository": what.repository, "sha": what.sha, "environment": what.environment}
    said = gates.look(turn.tx, **asked, rules=turn.rules, now=turn.now)
    if said.says is Says.YES and said.basis is not None and said.basis.value == "emergency":
        return None
    runner = runners.person(turn, what.run, what.login, what.email)
    if said.why in _ASKS:
        return _newer(turn, what) or _ask(turn, what, runner, reading)
    case = turn.hold(said.change) if said.change else None
    if case is None or case.kind is not Kind.DEPLOY:
        return None
    return runners.bar(turn, case, runner, what.sha)


def _newer(turn: Turn, what: Seen) -> Case | None:
    """The request of a later run for the same environment: an older run takes nobody's place."""
    later = and_(
        table.c.repository == what.repository.lower(),
        func.lower(table.c.environment) == what.environment.lower(),
        table.c.run > what.run,
        table.c.sha != what.sha,
        table.c.state == State.WAITING.value,
        changes.c.status.in_(_FOUND),
    )
    found = select(table.c.change).join(changes, changes.c.id == table.c.change).where(later)
    change = turn.tx.scalar(found.order_by(table.c.run.desc()).limit(1))
    return turn.hold(change) if change else None


def _ask(turn: Turn, what: Seen, runner: Person, reading: Reading | None) -> Case | None:
    """Ask for the deploy on behalf of whoever started the run, for exactly its commit; None: no rule takes it."""
    lines = _brings(reading) or [f"Workflow run {what.run}"]
    form = deploys.Request(
        repository=what.repository,
        ref=what.sha,
        sha=what.sha,
        environment=what.environment,
        title=lines[0],
        why="\n".join(lines),
        by_gate=True,
    )
    done = deploys.ask(replace(turn, actor=Actor(runner.id, runner.slack)), form, reading)
    return runners.bar(turn, done.case, runner, what.sha) if isinstance(done, Done) else None


def _brings(reading: Reading | None) -> list[str]:
    """What would go live, newest first: titles of the pull requests, else of the last commits."""
    if reading is None:
        return []
    order = {commit.pull: place for place, commit in enumerate(reading.commits)}
    pulls = sorted(reading.pulls, key=lambda pull: order.get(pull.number, -1), reverse=True)
    titles = [f"{pull.title} (#{pull.number})" for pull in pulls if pull.title.strip()]
    titles = titles or [commit.title for commit in reversed(reading.commits[-TITLES:]) if commit.title.strip()]
    return titles[:TITLES]


def started(turn: Turn, run: Run, login: str) -> None:
    """Whoever started this attempt of a waiting run is a party of the request that would let it go.

    Another may have started it anew since it was seen, or another request has taken the place of the one it made.
    """
    asked = {"repository": run.repository, "sha": run.sha, "environment": run.environment}
    said = gates.look(turn.tx, **asked, rules=turn.rules, now=turn.now)
    case = turn.hold(said.change) if login and said.change else None
    if case is not None and case.kind is Kind.DEPLOY:
        runners.bar(turn, case, runners.person(turn, run.run, login), run.sha)


def get(tx: Connection, run_id: str) -> Run | None:
    """The row with this id."""
    found = tx.execute(select(table).where(table.c.id == run_id)).mappings().first()
    return _run(found) if found else None


def waiting(tx: Connection, *, limit: int = 500) -> tuple[Run, ...]:
    """The runs that wait, those that were looked at longest ago first."""
    rows = select(table).where(table.c.state == State.WAITING.value).order_by(table.c.checked_at, table.c.id)
    return tuple(_run(found) for found in tx.execute(rows.limit(limit)).mappings())


def ended(turn: Turn, run: Run, state: State) -> None:
    """It waits no more."""
    values = {"state": state.value, "ended_at": turn.now, "checked_at": turn.now}
    turn.tx.execute(update(table).where(table.c.id == run.id).values(values))


def said(turn: Turn, run: Run, words: str) -> None:
    """GitHub was told this while the run waits."""
    values = {"reports": table.c.reports + 1, "reported": words, "checked_at": turn.now}
    turn.tx.execute(update(table).where(table.c.id == run.id).values(values))


def meant(turn: Turn, run: Run, state: State, words: str) -> None:
    """A verdict with these words is about to be given: found cut off, this is what may have arrived."""
    values = {"reported": f"{state.value}={words}", "checked_at": turn.now}
    turn.tx.execute(update(table).where(table.c.id == run.id).values(values))


def intent(run: Run) -> tuple[State, str] | None:
    """The verdict that may have been given already, and its words; None: none was about to be."""
    name, _, words = (run.reported or "").partition("=")
    return (State(name), words) if name in (State.APPROVED, State.REJECTED) else None


def look_again(tx: Connection, found: Collection[Run]) -> None:
    """Have these runs looked at, at GitHub too."""
    gates.want(tx, [outbox.key_of(run.change, f"gate:{run.id}") for run in found])


def request_of(tx: Connection, run: Run) -> Case | None:
    """The request that the run waits for, as it is."""
    return ledger.case(tx, run.change) if run.change else None


def _run(found: Mapping[Any, Any]) -> Run:
    return Run(**{name: found[name] for name in Run.__dataclass_fields__})
