"""The gate asked: may this commit go there? What lets it through is written on the change that does.

A look changes nothing and locks nothing, so whoever waits may look as often as they like. Only a yes locks the one
change that gives it, asks it once more, and writes `let_through` once for each commit and asker.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update
from sqlalchemy import case as sa_case

from workflows import announce, debts, freezes, gate, history, ledger, matching, outbox
from workflows.case import Case
from workflows.change import UNDECIDED, Basis, Kind, Status
from workflows.gate import Answer, Says, Why
from workflows.gate_models import runs
from workflows.models import change_systems, changes
from workflows.models import outbox as outbox_table
from workflows.rows import Line
from workflows.ruleset import Rules
from workflows.turn import Turn

LONGEST_WINDOW = timedelta(days=60)
MOST = 50
VERDICT, STATUS = "verdict", "commit_status"  # templates of the outbox
WAITING = "waiting"  # the state of a run
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)  # before any time of people or machines
_PLACES = outbox_table.c
_WANT = (
    update(outbox_table)
    .where(_PLACES.kind == "render", _PLACES.key == bindparam("wanted_key"), _PLACES.template.in_(outbox.COUNTED))
    .values(
        wanted=_PLACES.wanted + 1,
        attempts=sa_case((_PLACES.state == "dead", 0), else_=_PLACES.attempts),
        state="open",
        next_at=_AT_ONCE,
    )
)
_LIVING = tuple(s.value for s in (*UNDECIDED, Status.APPROVED, Status.PROCEEDING, Status.EXPIRED))
_OPENING = tuple(s.value for s in (Status.APPROVED, Status.PROCEEDING, Status.DEPLOYED, Status.REVIEWED))
# What no waiting brings back: the run has to be started again, or the deploy asked for anew.
FINAL = frozenset({Why.REJECTED, Why.SUPERSEDED, Why.WITHDRAWN, Why.OTHER_COMMIT, Why.DONE})


def look(tx: Connection, *, repository: str, sha: str, environment: str, rules: Rules, now: datetime) -> Answer:
    """What the gate would say now, by what is stored; nothing is written. Of a rewritten record it knows nothing."""
    if history.fault(tx) is not None:
        return Answer(Says.UNKNOWN, why=Why.HISTORY)
    cases = list(candidates(tx, repository=repository, sha=sha, environment=environment, rules=rules, now=now))
    return gate.answer(cases, repository=repository, sha=sha, environment=environment, rules=rules, now=now)


def ask(turn: Turn, *, repository: str, sha: str, environment: str, by: str) -> Answer:
    """What the gate says. On a yes it stands on the change that lets it through, once for this commit and `by`.

    `by` names who asked: "run 812", or a token. Whatever moved since the look says no until it was looked at again.
    """
    what = {"repository": repository, "sha": sha, "environment": environment, "rules": turn.rules, "now": turn.now}
    said = look(turn.tx, **what)  # type: ignore[arg-type]
    for _ in range(3):
        if said.says is not Says.YES or said.change is None:
            return said
        case = turn.hold(said.change)
        again = None if case is None else gate.opens(case, **what)  # type: ignore[arg-type]
        if case is not None and again is not None and again.says is Says.YES and again.basis is not None:
            _let_through(turn, case, again.basis, repository, sha, environment, by)
            return again
        said = look(turn.tx, **what)  # type: ignore[arg-type]
    return Answer(Says.UNKNOWN, why=Why.UNREAD)


def passed(case: Case, *, repository: str, sha: str, environment: str, by: str) -> bool:
    """Whether it stands on the change already that this was let through for `by`."""
    return any(
        (one.sha, one.by) == (sha, by)
        and matching.same_name(one.repository, repository)
        and matching.same_name(one.environment, environment)
        for one in case.passed
    )


def _let_through(turn: Turn, case: Case, basis: Basis, repository: str, sha: str, environment: str, by: str) -> None:
    if passed(case, repository=repository, sha=sha, environment=environment, by=by):
        return
    told = {"repository": repository, "environment": environment, "sha": sha, "basis": basis.value, "by": by}
    frozen = next(iter(freezes.current(turn.rules, environment, turn.now)), None)
    if frozen is not None and basis is not Basis.APPROVED:
        told["freeze"] = frozen.id  # emergencies and ways back pass a freeze, and are marked
    case = turn.advance(case, "let_through", **told)
    if case.kind is Kind.EMERGENCY:
        announce.line(turn, case, Line.PASSED, sha=sha, freeze=told.get("freeze"))
        case = debts.owe(turn, case)  # it is a deployment of its own, to be reviewed
    announce.settle(turn, case)


def candidates(
    tx: Connection, *, repository: str, sha: str, environment: str, rules: Rules, now: datetime
) -> Iterator[Case]:
    """The changes that could have a say: requests for this commit or still open here, emergencies of its systems."""
    c, name = changes.c, repository.lower()
    here = and_(func.lower(c.environment) == environment.lower(), c.drill.is_(False))
    asked = and_(here, c.kind == Kind.DEPLOY.value, c.repository == name, or_(c.sha == sha, c.status.in_(_LIVING)))
    for one in tx.scalars(select(c.id).where(asked).order_by(c.declared_at.desc(), c.id).limit(MOST)).all():
        yield _stored(tx, one)
    systems = [s.name for s in rules.systems.values() if matching.is_one_of(name, s.repositories)]
    if not systems:
        return
    of = select(change_systems.c.change).where(change_systems.c.system.in_(systems))
    late = c.decided_at > now - LONGEST_WINDOW
    open_ = and_(here, c.kind == Kind.EMERGENCY.value, c.status.in_(_OPENING), late, c.id.in_(of))
    for one in tx.scalars(select(c.id).where(open_).order_by(c.decided_at.desc(), c.id).limit(MOST)).all():
        yield _stored(tx, one)


def _stored(tx: Connection, change_id: str) -> Case:
    case = ledger.case(tx, change_id)
    if case is None:
        raise LookupError(change_id)  # its id was read in this very transaction
    return case


def follow(turn: Turn, case: Case) -> None:
    """Keep what waits for this request up to date from now on: its commit's status, and runs that wait for it.

    Called where a request is made, and whenever it moves to another commit.
    """
    if case.kind is not Kind.DEPLOY or case.drill or not (case.repository and case.sha):
        return
    what = {"repository": case.repository.lower(), "sha": case.sha, "environment": case.environment}
    _place(turn, case, f"status:{what['repository']}@{what['sha']}:{what['environment']}", STATUS, what)
    waiting = and_(_waits((what["repository"],), case.environment), runs.c.sha == case.sha)
    for run in turn.tx.execute(select(runs.c.id, runs.c.change).where(waiting).order_by(runs.c.id)).all():
        if run.change != case.id:
            attach(turn, run.id, case)


def attach(turn: Turn, run_id: str, case: Case | None) -> None:
    """Have this run wait for that change, whose every version is looked at for it; None: for whatever comes."""
    turn.tx.execute(update(runs).where(runs.c.id == run_id).values(change=case.id if case else None))
    _place(turn, case, f"gate:{run_id}", VERDICT, {"run": run_id})
    want(turn.tx, [outbox.key_of(case.id if case else None, f"gate:{run_id}")])


def opened(turn: Turn, case: Case) -> None:
    """An emergency has opened the gate, for longer, or no more: look at whatever waits for its repositories.

    Runs of other requests among it, and the commit statuses of requests that are still open.
    """
    served = [name.lower() for name in matching.repositories(case, turn.rules)]
    if not served or case.drill or case.kind is not Kind.EMERGENCY:
        return
    c = changes.c
    open_ = select(c.id, c.repository, c.sha, c.environment).where(
        c.kind == Kind.DEPLOY.value,
        func.lower(c.environment) == case.environment.lower(),
        c.repository.in_(served),
        c.status.in_(_LIVING),
    )
    keys = [
        outbox.key_of(one.id, f"status:{one.repository}@{one.sha}:{one.environment}")
        for one in turn.tx.execute(open_.order_by(c.declared_at.desc()).limit(MOST))
    ]
    there = _waits(served, case.environment)
    for run in turn.tx.execute(select(runs.c.id, runs.c.change).where(there)):
        keys.append(outbox.key_of(run.change, f"gate:{run.id}"))
    want(turn.tx, keys)


def closed(turn: Turn, case: Case, key: str) -> Case:
    """The window of an emergency is over: said once (`key`), and shown wherever it had opened the gate."""
    case = turn.advance(case, "noticed", key=key, to=[])
    announce.line(turn, case, Line.GATE_CLOSED, repositories=list(matching.repositories(case, turn.rules)))
    opened(turn, case)
    return case


def want(tx: Connection, keys: Collection[str]) -> None:
    """Want these places at GitHub up to date at once, also those that were given up; in everybody's order."""
    for key in sorted(keys):
        tx.execute(_WANT, {"wanted_key": key})


def _waits(repositories: Sequence[str], environment: str) -> ColumnElement[bool]:
    here = func.lower(runs.c.environment) == environment.lower()
    return and_(runs.c.state == WAITING, runs.c.repository.in_(repositories), here)


def _place(turn: Turn, case: Case | None, place: str, template: str, payload: dict[str, str]) -> None:
    outbox.render(
        turn.tx,
        change=case.id if case else None,
        place=place,
        template=template,
        payload=payload,
        version=case.version if case else 0,
        now=turn.now,
        new_id=turn.new_id,
    )
