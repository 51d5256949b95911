"""Changes that were open before a peer was linked: they are kept in step with it, too, from a start on."""

from collections.abc import Collection

from sqlalchemy import Connection, exists, select

from workflows import following, outbox
from workflows.models import changes
from workflows.models import outbox as table
from workflows.turn import Turn

MOST = 500


def missing(tx: Connection, linked: Collection[str], *, limit: int = MOST) -> tuple[str, ...]:
    """The ids of open changes that one of these peers was never to hear of, the newest first; no practice."""
    c, found = changes.c, dict[str, None]()
    for place in _places(linked):
        there = exists().where(table.c.change == c.id, table.c.place == place)
        query = select(c.id).where(c.closed_at.is_(None), c.drill.is_(False), ~there)
        found |= dict.fromkeys(tx.scalars(query.order_by(c.declared_at.desc()).limit(limit)))
    return tuple(found)[:limit]


def follow(turn: Turn, change_id: str) -> bool:
    """Keep the peers in step with this change that are linked and do not hear of it yet; False: it has no card."""
    case = turn.hold(change_id)
    if case is None or not case.posted or case.drill or case.closed_at is not None:
        return False
    for place, template in _places(turn.rules.linked).items():
        if outbox.find(turn.tx, outbox.key_of(case.id, place)) is not None:
            continue
        outbox.render(
            turn.tx,
            change=case.id,
            place=place,
            template=template,
            payload={},
            version=case.version,
            now=turn.now,
            new_id=turn.new_id,
        )
    return True


def _places(linked: Collection[str]) -> dict[str, str]:
    """Place → template, of the peers that are linked."""
    found = [(peer, one) for peer, of in following.OF.items() if peer in linked for one in of]
    return {following.place(peer, one): one for peer, one in found}
