"""The rows of the outbox that wait for a peer: of which changes they are, and letting them go at once on its return."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select, update

from workflows.models import outbox

_PAGE = 500
MANY = 200


def release(tx: Connection, prefixes: Sequence[str], *, peers: Callable[[str], bool], real: datetime) -> int:
    """Make due what waits only because of the peer, as `peers` knows by the last error; how many rows.

    Whoever waits for another reason goes on waiting. Nothing that is being sent is touched.
    """
    idle = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= real)
    waiting = (*_open(prefixes), outbox.c.epoch > 0, outbox.c.next_at > real, outbox.c.last_error.is_not(None), idle)
    found = tx.execute(select(outbox.c.id, outbox.c.last_error).where(*waiting).order_by(outbox.c.id))
    ids = [row.id for row in found if peers(row.last_error)]
    for start in range(0, len(ids), _PAGE):
        some = outbox.c.id.in_(ids[start : start + _PAGE])
        tx.execute(update(outbox).where(some, outbox.c.state == "open", idle).values(next_at=real))
    return len(ids)


def changes(tx: Connection, prefixes: Sequence[str]) -> list[str]:
    """The changes of which a row waits there, the newest first, at most 200."""
    query = select(outbox.c.change).where(*_open(prefixes), outbox.c.change.is_not(None)).group_by(outbox.c.change)
    return list(tx.scalars(query.order_by(outbox.c.change.desc()).limit(MANY)))


def _open(prefixes: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    here = or_(*(outbox.c.place.startswith(prefix, autoescape=True) for prefix in prefixes))
    return outbox.c.state == "open", outbox.c.wanted > outbox.c.sent, here
