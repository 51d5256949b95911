"""What sources show us is held against the record, once each: it is written on the change that allowed it, or found.

A source is GitHub, or a pipeline with a token. The same (source, external) again, by whichever way it comes, changes
nothing but how a deployment ended. What is older than the first look at a source is no finding: that look starts the
clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update

from workflows import announce, debts, facts, findings, ledger, periods, reckoning, replay
from workflows.case import Case
from workflows.change import Found, Kind, Outcome
from workflows.models import changes, sightings
from workflows.reckoning import SKEW, Explained, Judged, Seen, Sort
from workflows.rows import Line
from workflows.turn import Turn

GITHUB = "github"
NEWEST = 20
EMERGENCIES = timedelta(days=60)
_AFTER = {Outcome.STARTED: 0, Outcome.OK: 1, Outcome.FAILED: 1, Outcome.ROLLED_BACK: 2}
_OF = {Sort.DEPLOYMENT: "deployments", Sort.BYPASS: "deployments", Sort.COMMIT: "commits"}


@dataclass(frozen=True, slots=True)
class Reported:
    """What a sighting is explained by. `change`: the id of that change, or of the finding; `key`: its key.

    `fresh` False: it was known, and nothing changed.
    """

    explained: Explained | None
    change: str | None = None
    key: str | None = None
    fresh: bool = True


def report(turn: Turn, seen: Seen) -> Reported:
    """Take one sighting; see `report_all`."""
    return report_all(turn, (seen,))[0]


def report_all(turn: Turn, many: Sequence[Seen]) -> list[Reported]:
    """Take what was seen together, oldest first, and say of each what explains it.

    Commits of one direct push (of one login here) are one finding, and so are those of one pull request. The chain of
    the system is held before any change, as whoever numbers a new change does.
    """
    known = [_known(turn, seen) for seen in many]
    if all(known):
        return [one for one in known if one]
    ledger.lock_notes(turn.tx)
    together: dict[tuple[str, ...], str] = {}
    return [_known(turn, seen) or _take(turn, seen, together) for seen in many]


def _known(turn: Turn, seen: Seen) -> Reported | None:
    """The answer from before, when this tells nothing new."""
    had = _row(turn.tx, seen)
    if had is None or had.explained is None or _ended_since(had, seen):
        return None
    return _answer(turn, Explained(had.explained), had.change, fresh=False)


def _row(tx: Connection, seen: Seen) -> Row[Any] | None:
    c = sightings.c
    return tx.execute(select(sightings).where(c.source == seen.source, c.external == seen.external)).first()


def _ended_since(had: Row[Any], seen: Seen) -> bool:
    """Whether a deployment has come further than it was known to: started, then worked or not, then taken back."""
    if seen.outcome is None:
        return False
    before = _AFTER[Outcome(had.outcome)] if had.outcome else -1
    return _AFTER[seen.outcome] > before


def _answer(turn: Turn, explained: Explained | None, change: str | None, *, fresh: bool = True) -> Reported:
    key = turn.tx.scalar(select(changes.c.key).where(changes.c.id == change)) if change else None
    return Reported(explained, change, key, fresh)


def _take(turn: Turn, seen: Seen, together: dict[tuple[str, ...], str]) -> Reported:
    had = _row(turn.tx, seen)
    if had is not None and had.explained is not None:
        return _further(turn, had, seen)
    judged, by = _judge(turn, seen)
    change = judged.change
    if change is not None and judged.explained is not Explained.REVIEWED:
        _write_on(turn, change, seen, judged, by)
    if judged.explained is Explained.FOUND:
        change = _found(turn, seen, judged, by, together)
    if had is None:
        findings.keep(turn, seen, judged.explained, change)
    else:
        _move(turn, had, explained=judged.explained.value if judged.explained else None, change=change)
    return _answer(turn, judged.explained, change)


def _move(turn: Turn, had: Row[Any], **values: Any) -> None:
    turn.tx.execute(update(sightings).where(sightings.c.id == had.id).values(values))


def _judge(turn: Turn, seen: Seen) -> tuple[Judged, str]:
    """What explains it, and the person whose the login is ("": it is nobody's that matters)."""
    if _too_old(turn, seen):
        return Judged(Explained.BEFORE), ""
    ids = _candidates(turn, seen)
    ours = bool(ids) or seen.sort is Sort.DRIFT or reckoning.covered(seen.repository, turn.rules)
    by = findings.person(turn, seen.login) if seen.login and ours else ""
    standing = facts.standing(turn.tx, turn.rules, {by} - {""})
    told = replay.history(turn.tx, ids)
    cases = [
        replace(case, standing=standing)
        for one in ids
        for case in reckoning.as_of((event for event, _ in told[one]), seen.at)
    ]
    return reckoning.judge(seen, cases, turn.rules, person=by), by


def _too_old(turn: Turn, seen: Seen) -> bool:
    """Whether GitHub shows something from before our first look. A delivery of its own is a first look, too."""
    what = _OF.get(seen.sort)
    if seen.source != GITHUB or what is None:
        return False
    source = f"{what}:{seen.repository.lower()}"
    first = periods.first_read(turn.tx, source)
    if first is None:
        first = turn.now
        if source in periods.sources(turn.rules):
            periods.read(turn.tx, source, first, first)
    return seen.at < first - SKEW


def _candidates(turn: Turn, seen: Seen) -> list[str]:
    """The changes that could explain it: requests for that commit and the newest here, emergencies of those days."""
    c = changes.c
    by_then = and_(c.drill.is_(False), c.declared_at <= seen.at + SKEW)
    deploys = and_(by_then, c.kind == Kind.DEPLOY.value, c.repository == seen.repository.lower())
    if seen.environment is not None:
        here = reckoning.environment(seen.environment, turn.rules) or seen.environment
        deploys = and_(deploys, c.environment == here)
    emergencies = and_(by_then, c.kind == Kind.EMERGENCY.value, c.declared_at > seen.at - EMERGENCIES)
    wanted = [and_(deploys, c.sha == seen.sha), deploys, and_(emergencies, c.decided_at <= seen.at + SKEW)]
    if seen.sort is Sort.COMMIT:
        wanted = wanted[2:]
    found: dict[str, None] = {}
    for one in wanted:
        ids = select(c.id).where(one).order_by(c.declared_at.desc(), c.id).limit(NEWEST)
        found |= dict.fromkeys(turn.tx.scalars(ids))
    return list(found)


def _found(turn: Turn, seen: Seen, judged: Judged, by: str, together: dict[tuple[str, ...], str]) -> str:
    """The id of its finding: the one of what it belongs to, else a new one."""
    what = judged.found or Found.NO_BASIS
    kin = _kin(seen, what)
    change = together.get(kin)
    if change is None and seen.sort in (Sort.DEPLOYMENT, Sort.BYPASS) and seen.sha:
        here = reckoning.environment(seen.environment, turn.rules) or seen.environment
        change = findings.open_on(turn, repository=seen.repository, sha=seen.sha, environment=here)
    if change is None:
        change = findings.record(turn, seen, what, near=judged.near, by=by).id
    together[kin] = change
    return change


def _kin(seen: Seen, what: Found) -> tuple[str, ...]:
    """What is one finding when it was seen together."""
    if seen.sort is not Sort.COMMIT:
        return (seen.source, seen.external)
    merged = [str(pull.number) for pull in seen.pulls or () if pull.merged]
    of = merged[:1] if what is Found.UNREVIEWED_MERGE else [seen.login.lower()]
    return (what.value, seen.repository.lower(), seen.branch or "", *of)


def _further(turn: Turn, had: Row[Any], seen: Seen) -> Reported:
    """A deployment that was known has ended: so does what was written of it."""
    _move(turn, had, outcome=seen.outcome.value if seen.outcome else None)
    explained = Explained(had.explained)
    change = had.change if explained is not Explained.FOUND else _allowed(turn, had.change, seen)
    if change is not None:
        by = findings.person(turn, seen.login) if seen.login else ""
        _write_on(turn, change, seen, None, by)
    return _answer(turn, explained, had.change)


def _allowed(turn: Turn, finding: str | None, seen: Seen) -> str | None:
    """The change that a found deployment was written on all the same: it was allowed, but not to whoever did it."""
    case = ledger.case(turn.tx, finding) if finding else None
    near = ledger.case_by_key(turn.tx, case.sighting.near) if case and case.sighting and case.sighting.near else None
    written = near is not None and any(d.external == _external(seen) for d in near.deployments)
    return near.id if near is not None and written else None


def _external(seen: Seen) -> str:
    return f"{seen.source}:{seen.external}"


def _write_on(turn: Turn, change: str, seen: Seen, judged: Judged | None, by: str) -> None:
    """Write the deployment on the change that allowed it; a deploy closes when it is said how it ended."""
    case = turn.hold(change)
    if case is None or seen.outcome is None:
        return
    basis = case.decision.kind if case.decision else "none"
    passed = [one.basis for one in case.passed if one.sha == seen.sha]
    if case.kind is Kind.DEPLOY and passed:
        basis = passed[-1].value
    told = {"repository": seen.repository, "sha": seen.sha, "by": by, "login": seen.login or None, "url": seen.url}
    case = turn.advance(
        case, "reported", at=seen.at.isoformat(), outcome=seen.outcome.value, basis=basis, external=_external(seen),
        **told,
    )  # fmt: skip
    announce.line(turn, case, Line.REPORTED, sha=seen.sha, outcome=seen.outcome.value, by=by or None)
    if case.kind is Kind.EMERGENCY:
        case = debts.owe(turn, case)
    announce.settle(turn, case)
    if case.rollback is not None and seen.outcome is Outcome.OK and case.rollback.away_from:
        _gone_back(turn, case, seen, by)


def _gone_back(turn: Turn, back: Case, seen: Seen, by: str) -> None:
    """Say on the change that was left that it was rolled back."""
    c = changes.c
    left = select(c.id).where(
        c.kind == Kind.DEPLOY.value,
        c.repository == seen.repository.lower(),
        c.environment == back.environment,
        c.sha == (back.rollback.away_from if back.rollback else None),
        c.id != back.id,
    )
    for one in turn.tx.scalars(left.order_by(c.declared_at.desc(), c.id).limit(1)).all():
        case = turn.hold(one)
        last = case.deployments[-1] if case and case.deployments else None
        if case is None or last is None or last.outcome is not Outcome.OK or not last.external:
            continue
        case = turn.advance(
            case, "reported", at=seen.at.isoformat(), outcome=Outcome.ROLLED_BACK.value, basis=last.basis,
            external=last.external, repository=seen.repository, sha=last.sha or "", by=by, login=seen.login or None,
        )  # fmt: skip
        announce.line(turn, case, Line.REPORTED, sha=last.sha, outcome=Outcome.ROLLED_BACK.value, by=by or None)
        announce.settle(turn, case)
