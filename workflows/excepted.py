"""The exceptions of stored changes that are not due to time alone: what the register keeps beside each of them."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from workflows import departures
from workflows.case import Case
from workflows.event import Event
from workflows.models import texts


def of(
    tx: Connection, cases: Sequence[Case], told: Mapping[str, Sequence[tuple[Event, str]]]
) -> dict[str, frozenset[str]]:
    """By change the codes; `told`: its events, needed of those for which `departures.asks`. At most 100 at a time."""
    wanted = sorted({digest for case in cases if departures.asks(case) for digest in departures.digests(case)})
    c = texts.c
    rows = tx.scalars(select(c.digest).where(c.digest.in_(wanted), c.body.is_not(None), c.body != "")) if wanted else ()
    there = set(rows)
    return {case.id: departures.lasting(case, told.get(case.id, ()), there) for case in cases}
