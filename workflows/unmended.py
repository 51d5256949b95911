"""The changes of which a review said no, and which are not put right yet: an exception wherever changes are listed."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from workflows import ledger
from workflows.case import Case
from workflows.models import change_systems, changes
from workflows.peer_models import links

MOST = 3
_OPEN = and_(links.c.kind == "remediation", links.c.open)


def on(tx: Connection, systems: Sequence[str], *, limit: int = MOST) -> list[Case]:
    """Those on one of these systems, oldest first: shown on every new card of the system."""
    if not systems:
        return []
    touching = select(change_systems.c.change).where(change_systems.c.system.in_(systems))
    return _cases(tx, links.c.change.in_(touching), limit)


def of(tx: Connection, person: str, *, limit: int = 10) -> list[Case]:
    """Those that this person asked for, carried out, or had the review of, oldest first."""
    theirs = or_(changes.c.requester == person, changes.c.implementer == person, changes.c.review_owner == person)
    return _cases(tx, theirs, limit)


def count(tx: Connection) -> int:
    """How many there are."""
    return int(tx.execute(select(func.count()).select_from(links).where(_OPEN)).scalar_one())


def issue(case: Case) -> str:
    """By what it is known in Jira: "OPS-19, To Do"."""
    known = case.remediation
    return ", ".join(filter(None, (known.key, known.status))) if known is not None else "not in Jira yet"


def _cases(tx: Connection, where: ColumnElement[bool], limit: int) -> list[Case]:
    both = select(changes.c.id).join(links, links.c.change == changes.c.id).where(_OPEN, where)
    ids = tx.execute(both.order_by(changes.c.declared_at).limit(limit)).scalars().all()
    return [case for change in ids if (case := ledger.case(tx, change)) is not None]
