"""What a pipeline or GitHub says of a deployment is written on the change that allowed it; a deploy closes with it."""

from datetime import timedelta

from sqlalchemy import and_, func, select

from workflows import announce, debts, ledger, readiness, superseding
from workflows.case import Case, Deployment
from workflows.change import UNDECIDED, Kind, Outcome
from workflows.gate_models import sightings
from workflows.models import changes
from workflows.reckoning import Seen
from workflows.rows import Line
from workflows.turn import Turn

GITHUB = "github"
# GitHub and a pipeline both tell of one deployment.
TWINS = timedelta(minutes=30)
_RANK = {Outcome.STARTED: 0, Outcome.OK: 1, Outcome.FAILED: 1, Outcome.ROLLED_BACK: 2}
_ENDS = {Outcome.OK, Outcome.FAILED}


def further(before: Outcome | None, after: Outcome) -> bool:
    """Whether a deployment has come further than it was known to: started, then worked or not, then taken back."""
    return before is None or _RANK[after] > _RANK[before]


def write(turn: Turn, change: str, seen: Seen, by: str) -> None:
    """Write the deployment on the change; a rollback says on what it left that it was rolled back.

    What two sources tell of one deployment stands there once, and ends as GitHub says, else by whoever says so first.
    """
    case = turn.hold(change)
    if case is None or seen.outcome is None:
        return
    twin = _twin(case, seen)
    known = _at_github(turn, seen) or (twin.outcome if twin else None)
    overruled = seen.source == GITHUB and {known, seen.outcome} == _ENDS
    if known is not None and not further(known, seen.outcome) and not overruled:
        return
    passed = [one.basis.value for one in case.passed if one.sha == seen.sha]
    basis = case.decision.kind if case.decision else "none"
    if case.kind is Kind.DEPLOY and passed:
        basis = passed[-1]
    name = twin.external if twin and twin.external else external(seen)
    case = _advance(turn, case, seen, by, outcome=seen.outcome, basis=basis, external=name)
    if case.kind is Kind.EMERGENCY and seen.outcome is Outcome.OK:
        _tell_requests(turn, case, seen)
    if case.rollback is not None and seen.outcome is Outcome.OK and case.rollback.away_from:
        _gone_back(turn, case, seen, by, case.rollback.away_from)


def _tell_requests(turn: Turn, emergency: Case, seen: Seen) -> None:
    """Say on the requests that still ask for this commit that it is live; they stay for people to close."""
    mark = f"{readiness.THROUGH}{emergency.key}:{seen.sha}"
    for change in superseding.pending(turn.tx, seen.repository, emergency.environment):
        case = turn.hold(change)
        asks = case is not None and case.status in UNDECIDED and case.sha == seen.sha
        if case is None or not asks or any(one.key == mark for one in case.notices):
            continue
        case = turn.advance(case, "noticed", key=mark, to=[])
        announce.line(turn, case, Line.LIVE_THROUGH, sha=seen.sha, key=emergency.key)


def _advance(
    turn: Turn, case: Case, seen: Seen, by: str, *, outcome: Outcome, basis: str, external: str, sha: str = ""
) -> Case:
    case = turn.advance(
        case,
        "reported",
        at=seen.at.isoformat(),
        outcome=outcome.value,
        basis=basis,
        external=external,
        repository=seen.repository,
        sha=sha or seen.sha,
        by=by,
        login=seen.login or None,
        url=seen.url,
    )
    told = seen.source if by and seen.source != GITHUB else None
    announce.line(turn, case, Line.REPORTED, sha=sha or seen.sha, outcome=outcome.value, by=by or None, said_by=told)
    if case.kind is Kind.EMERGENCY:
        case = debts.owe(turn, case)
    return announce.settle(turn, case)


def external(seen: Seen) -> str:
    """The reporter's id of a deployment as it stands on a change: `github:deployment:812`."""
    return f"{seen.source}:{seen.external}"


def _twin(case: Case, seen: Seen) -> Deployment | None:
    """The same deployment as another source told of it."""
    for one in case.deployments:
        other = one.external is not None and not one.external.startswith(f"{seen.source}:")
        if other and one.sha == seen.sha and abs(one.at - seen.at) <= TWINS:
            return one
    return None


def _at_github(turn: Turn, seen: Seen) -> Outcome | None:
    """How GitHub says that it ended, when another source tells of it; None: it has not said."""
    c = sightings.c
    ends = c.outcome.in_([one.value for one in Outcome if one is not Outcome.STARTED])
    near = and_(c.at >= seen.at - TWINS, c.at <= seen.at + TWINS)
    same = and_(c.repository == seen.repository.lower(), c.sha == seen.sha, func.lower(c.environment) == _here(seen))
    said = select(c.outcome).where(c.source == GITHUB, same, ends, near).order_by(c.at.desc()).limit(1)
    told = turn.tx.scalar(said) if seen.source != GITHUB else None
    return Outcome(told) if told else None


def _here(seen: Seen) -> str:
    return (seen.environment or "").lower()


def allowed(turn: Turn, finding: str | None, seen: Seen) -> str | None:
    """The change that a found deployment was written on all the same: it was allowed, but not to whoever did it."""
    case = ledger.case(turn.tx, finding) if finding else None
    near = ledger.case_by_key(turn.tx, case.sighting.near) if case and case.sighting and case.sighting.near else None
    written = near is not None and any(one.external == external(seen) for one in near.deployments)
    return near.id if near is not None and written else None


def _gone_back(turn: Turn, back: Case, seen: Seen, by: str, left: str) -> None:
    """Say on the change whose commit was left that it was rolled back."""
    c = changes.c
    mine = (c.kind == Kind.DEPLOY.value, c.repository == seen.repository.lower(), c.environment == back.environment)
    newest = select(c.id).where(*mine, c.sha == left, c.id != back.id).order_by(c.declared_at.desc(), c.id).limit(1)
    change = turn.tx.scalar(newest)
    case = turn.hold(change) if change else None
    last = case.deployments[-1] if case and case.deployments else None
    if case is None or last is None or last.outcome is not Outcome.OK or not last.external:
        return
    outcome, sha = Outcome.ROLLED_BACK, last.sha or left
    _advance(turn, case, seen, by, outcome=outcome, basis=last.basis, external=last.external, sha=sha)
