"""Whether the entries of one change are whole, linked and in the signed list: what its page says at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from workflows import walking
from workflows.case import Case
from workflows.log_models import checkpoints, leaves
from workflows.models import events
from workflows.moments import moment_text


@dataclass(frozen=True, slots=True)
class Proof:
    """`entries` in all, `bad` in words (empty: unbroken); `listed` of them are signed for, the last one since `at`.

    `last`: the number of that one's leaf; a checkpoint over more events than that holds it. None: nothing is listed.
    """

    entries: int
    bad: tuple[str, ...]
    listed: int
    at: datetime | None
    last: int | None


def of(tx: Connection, case: Case) -> Proof:
    """Verify the chain of a change from its stored bytes, by the same code that `verify` uses."""
    rows = list(_stored(tx, case.id))
    walk = walking.chains(rows, {case.id: (case.version, case.head)})
    there = select(events.c.hash).where(events.c.subject == case.id)
    size = tx.scalar(select(func.max(checkpoints.c.size))) or 0
    covered = select(func.count(), func.max(leaves.c.number)).where(leaves.c.hash.in_(there), leaves.c.number < size)
    listed, last = tx.execute(covered).one()
    at = None
    if last is not None:
        first = select(checkpoints.c.at).where(checkpoints.c.size > last).order_by(checkpoints.c.size).limit(1)
        at = tx.scalar(first)
    return Proof(len(rows), tuple(str(bad) for bad in walk.bad.values()), listed, at, last)


def _stored(tx: Connection, subject: str) -> Iterator[walking.Stored]:
    c = events.c
    columns = (c.subject, c.seq, c.prev, c.hash, c.at, c.kind, c.person, c.operator, c.body)
    for row in tx.execute(select(*columns).where(c.subject == subject).order_by(c.seq)):
        yield walking.Stored(*row[:4], moment_text(row.at), *row[5:8], bytes(row.body))
