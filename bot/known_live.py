"""What the record knows to be live: only deployments that it explains.

Whoever may push can tell GitHub of a deployment that never was; were it believed, everybody who wrote what came before
would seem to have no hand in what comes next.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from workflows import ledger
from workflows.change import Kind, Outcome, Status
from workflows.gate_models import sightings
from workflows.models import changes
from workflows.reckoning import Explained, Sort

ALLOWED = (Explained.APPROVED, Explained.EMERGENCY, Explained.ROLLBACK, Explained.BEFORE)
BASES = frozenset({"approved", "proceeding", "rollback"})
NEWEST = 5


def known_live(tx: Connection, repository: str, environment: str) -> str | None:
    """The SHA of the newest deployment there that worked and that the record explains; None: it explains none.

    One that went around the gate counts once its finding was reviewed.
    """
    told = [*_seen(tx, repository, environment), *_written(tx, repository, environment)]
    return max(told)[1] if told else None


def _seen(tx: Connection, repository: str, environment: str) -> Iterator[tuple[datetime, str]]:
    """What a source showed."""
    s = sightings.c
    reviewed = and_(s.explained == Explained.FOUND.value, changes.c.reviewed_at.is_not(None))
    query = (
        select(s.at, s.sha)
        .outerjoin(changes, changes.c.id == s.change)
        .where(s.kind == Sort.DEPLOYMENT.value, s.outcome == Outcome.OK.value, func.length(s.sha) == 40)
        .where(s.repository == repository.lower(), func.lower(s.environment) == environment.lower())
        .where(or_(s.explained.in_([one.value for one in ALLOWED]), reviewed))
        .order_by(s.at.desc())
        .limit(1)
    )
    for row in tx.execute(query):
        yield row.at, row.sha


def _written(tx: Connection, repository: str, environment: str) -> Iterator[tuple[datetime, str]]:
    """What stands on the deploys that ended last, by whoever said so."""
    c = changes.c
    query = (
        select(c.id)
        .where(c.kind == Kind.DEPLOY.value, c.status == Status.DEPLOYED.value, c.closed_at.is_not(None))
        .where(func.lower(c.repository) == repository.lower(), func.lower(c.environment) == environment.lower())
        .where(c.drill.is_(False))
        .order_by(c.closed_at.desc(), c.id)
        .limit(NEWEST)
    )
    for change in tx.scalars(query).all():
        case = ledger.case(tx, change)
        for one in case.deployments if case else ():
            sha = one.sha or (case.sha if case else None)
            if sha and len(sha) == 40 and one.outcome is Outcome.OK and one.basis in BASES:
                yield one.at, sha
