"""A newer request takes the place of an older one of the same repository and environment."""

from sqlalchemy import Connection, func, select

from workflows import announce, ledger, quorum, readiness
from workflows.case import Case
from workflows.change import Kind
from workflows.models import changes
from workflows.rows import Line, Told
from workflows.turn import Turn


def older(turn: Turn, repository: str, environment: str) -> list[Case]:
    """The pending requests whose place a new one takes, each held, in the one order."""
    ids = pending(turn.tx, repository, environment)
    held = (turn.hold(id) for id in sorted(ids))
    return [case for case in held if case is not None and readiness.pending(case)]


def supersede(turn: Turn, older: list[Case], newer: Case) -> set[str]:
    """Close the older requests, and tell whoever was asked; return whose App Home shows something else."""
    people: set[str] = set()
    for case in older:
        case = turn.advance(case, "superseded", by_key=newer.key)
        by = turn.actor.person
        announce.line(turn, case, Line.SUPERSEDED, by=by, key=newer.key)
        heard = {case.requester, case.implementer, *(a.person for a in quorum.voices(case))}
        announce.tell(turn, case, sorted(heard), Told.SUPERSEDED, by=by, at=turn.now, key=newer.key)
        ledger.set_next_due(turn.tx, case.id, None)
        people |= heard | {p for a in case.asks for p in a.people}
    return people


def pending(tx: Connection, repository: str, environment: str) -> list[str]:
    """The requests that wait for a decision or for their pipeline, oldest first."""
    c = changes.c
    of = (c.kind == Kind.DEPLOY.value, c.repository == repository.strip().lower())
    here = (
        func.lower(c.environment) == environment.strip().lower(),
        c.status.in_([s.value for s in readiness.PENDING]),
    )
    return list(tx.scalars(select(c.id).where(*of, *here).order_by(c.declared_at, c.id)))
