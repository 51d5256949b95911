"""Who may send an outbox row now: what is due, and taking it for a while."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    false,
    func,
    not_,
    or_,
    select,
    tuple_,
    update,
)

from workflows import lanes
from workflows.lanes import Lane
from workflows.models import outbox
from workflows.moments import Moment
from workflows.outbox import Row, row_of

CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Scope:
    """The places that may be claimed: those that begin with one of the prefixes, or, if `others`, with none of them."""

    prefixes: tuple[str, ...] = ()
    others: bool = True


EVERYWHERE = Scope()


def anything(place: str) -> bool:
    """There is room for every place."""
    return True


def claim(
    tx: Connection,
    *,
    now: datetime,
    real: datetime,
    lease: timedelta,
    limit: int = 1,
    busy: Collection[str] = (),
    scope: Scope = EVERYWHERE,
    fits: Callable[[str], bool] = anything,
) -> list[Row]:
    """Take up to `limit` due rows for `lease`, at most one per place and none of a `busy` place or beyond the scope.

    `fits` is asked once for each place that would be taken, in order, and may say that there is no more room for it.
    The epoch of each is raised, so that whoever held it before can settle it no more. Two claimers never get
    the same row: PostgreSQL skips what another has locked, SQLite has one writer.
    """
    due = tx.execute(_claimable(scope), {"now": now, "real": real, "busy": list(busy)})
    chosen: dict[str, RowMapping] = {}
    for found in sorted(due.mappings(), key=_turn):
        if found["place"] not in chosen and len(chosen) < limit and fits(found["place"]):
            chosen[found["place"]] = found
    rows = [row_of(found, epoch=found["epoch"] + 1) for found in chosen.values()]
    for row in rows:
        tx.execute(_TAKE, {"row": row.id, "epoch": row.epoch, "lease_until": real + lease, "next_at": real})
    return rows


def _turn(found: RowMapping) -> tuple[bool, float]:
    """What failed at a peer lets others go first and comes round again, so that it can't keep the peer to itself.

    In the rest the order of the query is kept.
    """
    failed = found["last_error"] is not None and lanes.of(found["place"]) is not Lane.SLACK
    return failed, found["next_at"].timestamp() if failed else 0.0


def is_due(
    tx: Connection, *, now: datetime, real: datetime, busy: Collection[str] = (), scope: Scope = EVERYWHERE
) -> bool:
    """Whether `claim` would find something; for a read transaction, so that waiting locks nobody."""
    return tx.execute(_any(scope), {"now": now, "real": real, "busy": list(busy)}).first() is not None


# Statements are built once for each of the few scopes: building one costs more than running it.
_TAKE = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values({name: bindparam(name) for name in ("epoch", "lease_until", "next_at")})
)


@cache
def _claimable(scope: Scope) -> Select[Any]:
    return _due(scope).limit(CANDIDATES).with_for_update(skip_locked=True, of=outbox)


@cache
def _any(scope: Scope) -> Select[Any]:
    return _due(scope).with_only_columns(outbox.c.id).limit(1)


def _due(scope: Scope) -> Select[Any]:
    """What is due, oldest first."""
    o, one, before = outbox, outbox.alias("one"), outbox.alias("before")
    now, real = bindparam("now", type_=Moment), bindparam("real", type_=Moment)
    # the first open notice of each change and place; one that is held (the night) holds nothing behind it
    first = (
        select(func.coalesce(one.c.change, ""), one.c.place, func.min(one.c.seq))
        .where(one.c.state == "open", one.c.kind == "notice", or_(one.c.epoch > 0, one.c.next_at <= now))
        .group_by(one.c.change, one.c.place)
    )
    unsent = select(before.c.id).where(before.c.key == o.c.after, before.c.state == "open", before.c.sent == 0)
    return (
        select(o)
        .where(
            o.c.state == "open",
            o.c.wanted > o.c.sent,
            or_(o.c.lease_until.is_(None), o.c.lease_until <= real),
            or_(o.c.next_at <= real, and_(o.c.epoch == 0, o.c.next_at <= now)),
            or_(o.c.kind == "render", tuple_(func.coalesce(o.c.change, ""), o.c.place, o.c.seq).in_(first)),
            or_(o.c.after.is_(None), ~unsent.exists()),
            o.c.place.not_in(bindparam("busy", expanding=True)),
            *_within(scope),
        )
        .order_by(o.c.seq, o.c.id)
    )


def _within(scope: Scope) -> list[ColumnElement[bool]]:
    """What is left to look at once the other conditions hold: no index is needed for it."""
    begins = [outbox.c.place.startswith(prefix, autoescape=True) for prefix in scope.prefixes]
    if scope.others:
        return [not_(or_(*begins))] if begins else []
    return [or_(false(), *begins)]
