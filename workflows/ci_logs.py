"""The logs of the workflow runs of a change: whose are kept and when, and that they were, or were not to be had.

They are fetched when a deploy is decided, and again when something went live: then the run that deployed is over, or
soon is. What still runs when it was only decided belongs to no deployment yet, and is looked at then.
"""

from datetime import datetime, timedelta

from workflows.case import Case, Done, Refused
from workflows.change import Kind, Outcome
from workflows.gated import CiLog
from workflows.turn import UNKNOWN, Turn

KEPT, MISSING = "logs_kept", "logs_missing"
DECIDED = ("approved", "rollback")
LONGEST = timedelta(days=1)
"""How long after a deployment its runs may still go on."""
SOON, LATER, FRESH = timedelta(minutes=1), timedelta(hours=1), timedelta(minutes=15)


def commits(case: Case) -> tuple[tuple[str, str], ...]:
    """The (repository, SHA) whose runs' logs belong to this change by now; practice has none."""
    if case.drill or case.unlinked:
        return ()
    decided = case.kind is Kind.DEPLOY and case.decision is not None and case.decision.kind in DECIDED
    named = [(case.repository, case.sha)] if decided or case.sighting is not None else []
    named += [(one.repository, one.sha) for one in case.deployments]
    return tuple(dict.fromkeys((repository.lower(), sha) for repository, sha in named if repository and sha))


def occasion(case: Case) -> str:
    """What the logs are fetched for; while it is the same nothing new is to be had."""
    decision = f"{case.decision.kind} {case.revision}" if case.decision else ""
    lived = [f"{one.sha} {one.outcome}" for one in case.deployments]
    return "; ".join([decision, *(sha for _, sha in commits(case)), *lived])


def ended(case: Case) -> bool:
    """Whether something went live, or was seen to: then every run of the commit is waited for."""
    return case.sighting is not None or any(one.outcome is not Outcome.STARTED for one in case.deployments)


def known(case: Case, repository: str, run: int, attempt: int) -> bool:
    """Whether the logs of this attempt are in the record, or are known not to be had."""
    return any((one.repository, one.run, one.attempt) == (repository.lower(), run, attempt) for one in case.logs)


def pause(case: Case, now: datetime) -> timedelta | None:
    """How long to wait for runs that still go on; None: no longer."""
    moments = [one.recorded_at for one in case.deployments] + ([case.declared_at] if case.sighting else [])
    since = now - max(moments, default=now)
    if since > LONGEST:
        return None
    return SOON if since < FRESH else LATER


def keep(turn: Turn, change_id: str, one: CiLog) -> Done | Refused:
    """Put down that the logs of a run were kept, or that they are not to be had; what is known already stays."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    if known(case, one.repository, one.run, one.attempt):
        return Done(case)
    kind = KEPT if one.sha256 else MISSING
    told = {"repository": one.repository.lower(), "sha": one.sha, "run": one.run, "attempt": one.attempt}
    case = turn.advance(
        case,
        kind,
        **told,
        at=turn.now.isoformat(),
        sha256=one.sha256,
        bytes=one.size if one.sha256 else None,
        why=one.why or None,
    )
    return Done(case, (kind,))
