"""What sources show us is held against the record, once each: it is written on the change that allowed it, or found.

A source is GitHub, or a pipeline with a token. The same (source, external) again, by whichever way it comes, changes
nothing but how a deployment ended. What is older than the first look at a source is no finding: that look starts the
clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, update

from workflows import coverage, facts, findings, hindsight, ledger, periods, reckoning, replay, reported
from workflows.change import Found, Kind, Outcome
from workflows.gate_models import sightings
from workflows.hindsight import SKEW
from workflows.models import changes, policies
from workflows.reckoning import Explained, Judged, Seen, Sort
from workflows.turn import Turn

GITHUB = reported.GITHUB
NEWEST = 20
EMERGENCIES = timedelta(days=60)
IMPORT = "import"  # by whoever runs the server, of what was long ago
BACKDATED = timedelta(hours=1)  # further back no token's word says when a deployment was
_OF = {Sort.DEPLOYMENT: "deployments", Sort.BYPASS: "deployments", Sort.COMMIT: "commits"}


class Taken(ValueError):
    """The source gave this id to something else before; the message says so in a sentence."""


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
    """Take one sighting; see `report_all`. Raises Taken."""
    return report_all(turn, (seen,))[0]


def report_all(turn: Turn, many: Sequence[Seen]) -> list[Reported]:
    """Take what was seen together, oldest first, and say of each what explains it.

    Commits of one direct push (of one login here) are one finding, and so are those of one pull request. The chain of
    the system is held before any change, as whoever numbers a new change does. Raises Taken.
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
    if had is not None:
        _same(turn, had, seen)
    if had is None or had.explained is None or _ended_since(had, seen):
        return None
    return _answer(turn, Explained(had.explained), had.change, fresh=False)


def _same(turn: Turn, had: Row[Any], seen: Seen) -> None:
    """Raise Taken for another deployment under a known id: answered as the known one, nobody would ever hear of it."""
    here = reckoning.environment(seen.environment, turn.rules) or seen.environment
    same = (had.kind, had.repository, had.sha) == (seen.sort.value, seen.repository.lower(), seen.sha)
    same = same and (had.environment or "").lower() == (here or "").lower()
    if seen.sort is Sort.DEPLOYMENT and seen.source != GITHUB and not same:
        raise Taken(f"The id {seen.external} was used for another deployment. Give each one an id of its own.")


def _row(tx: Connection, seen: Seen) -> Row[Any] | None:
    c = sightings.c
    return tx.execute(select(sightings).where(c.source == seen.source, c.external == seen.external)).first()


def _ended_since(had: Row[Any], seen: Seen) -> bool:
    """Whether a deployment has come further than it was known to: started, then worked or not, then taken back."""
    if seen.outcome is None:
        return False
    return reported.further(Outcome(had.outcome) if had.outcome else None, seen.outcome)


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
        reported.write(turn, change, seen, by)
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
    seen = _dated(turn, seen)
    if _too_old(turn, seen):
        return Judged(Explained.BEFORE), ""
    ids = _candidates(turn, seen)
    ours = bool(ids) or seen.sort is Sort.DRIFT or coverage.covered(seen.repository, turn.rules)
    by = findings.person(turn, seen, seen.login) if seen.login and ours else ""
    standing = facts.standing(turn.tx, turn.rules, {by} - {""}, now=turn.now)
    told = replay.history(turn.tx, ids)
    cases = [
        replace(case, standing=standing)
        for one in ids
        for case in hindsight.as_of((event for event, _ in told[one]), seen.at)
    ]
    return reckoning.judge(seen, cases, turn.rules, person=by), by


def _dated(turn: Turn, seen: Seen) -> Seen:
    """The same as of when it is judged: who holds a token cannot say that it was while an approval still held."""
    if seen.source in (GITHUB, IMPORT):
        return seen
    return replace(seen, at=max(seen.at, turn.now - BACKDATED))


def _too_old(turn: Turn, seen: Seen) -> bool:
    """Whether this is from before our first look; what others report, from before our first policy.

    A delivery of GitHub's own is a first look, too.
    """
    what = _OF.get(seen.sort)
    if seen.source != GITHUB or what is None:
        began = turn.tx.scalar(select(func.min(policies.c.at))) if what else None
        return began is not None and seen.at < began - SKEW
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
        deploys = and_(deploys, func.lower(c.environment) == here.lower())
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
    change = had.change if explained is not Explained.FOUND else reported.allowed(turn, had.change, seen)
    if change is not None:
        reported.write(turn, change, seen, findings.person(turn, seen, seen.login) if seen.login else "")
    return _answer(turn, explained, had.change)
