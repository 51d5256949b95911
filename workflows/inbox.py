"""Each delivery has one effect: the row that remembers it is written by the transaction of that effect.

Keys are an event's id, the hash of the signed bytes, an envelope's id, or `view:` and the id of a submitted modal.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from workflows.models import inbox as table

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a delivery was answered the first time; None: with nothing."""

    answer: Any


def once(tx: Connection, keys: Sequence[str], now: datetime, *, keep: bool = False) -> Stored | None:
    """Claim a delivery for this transaction: None when it is new, else the answer that it got the first time.

    `now` is real time. A second process that has the same delivery waits here until the first has committed.
    `keep` rows are never swept.
    """
    for position, key in enumerate(keys):
        row = {"key": key, "at": now, "answer": None, "keep": keep}
        insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
        if tx.execute(insert(table).values(row).on_conflict_do_nothing()).rowcount != 1:
            found = tx.execute(sa.select(table.c.answer).where(table.c.key == key)).scalar_one()
            stored = json.loads(found) if found is not None else None
            answer(tx, keys[:position], stored)
            return Stored(stored)
    return None


def known(tx: Connection, keys: Sequence[str]) -> bool:
    """Whether a delivery with one of these keys was taken already; `once` has the last word."""
    return tx.execute(sa.select(table.c.key).where(table.c.key.in_(keys)).limit(1)).first() is not None


def answer(tx: Connection, keys: Sequence[str], body: Any) -> None:
    """Keep the answer (a JSON value) with the delivery; sent again, it gets the same."""
    if keys:
        tx.execute(table.update().where(table.c.key.in_(keys)).values(answer=json.dumps(body)))


def release(tx: Connection, keys: Sequence[str]) -> None:
    """Forget that these were claimed: the form was sent back with mistakes and will come again."""
    if keys:
        tx.execute(table.delete().where(table.c.key.in_(keys)))


def sweep(tx: Connection, now: datetime, *, limit: int = 1000) -> int:
    """Forget deliveries of more than a day ago, and say how many; `now` is real time."""
    old = sa.select(table.c.key).where(table.c.keep.is_(False), table.c.at < now - KEPT).limit(limit)
    return tx.execute(table.delete().where(table.c.key.in_(old))).rowcount
