"""What somebody typed into a form that did not go through, kept for a day and offered again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from workflows.models import drafts as table

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Draft:
    """Typed values by field name, for `form` (a modal's callback id); `at` and `until` are aware UTC."""

    id: str
    person: str
    form: str
    body: Mapping[str, Any]
    at: datetime
    until: datetime
    change: str | None = None


def keep(
    tx: Connection,
    *,
    person: str,
    form: str,
    body: Mapping[str, Any],
    now: datetime,
    id: str,
    change: str | None = None,
) -> Draft:
    """Keep what was typed, in place of this person's earlier draft of the same form and change."""
    same = (table.c.person == person) & (table.c.form == form) & table.c.used_at.is_(None)
    tx.execute(table.delete().where(same, table.c.change.is_not_distinct_from(change)))
    row = {"id": id, "person": person, "form": form, "change": change, "body": json.dumps(body)}
    tx.execute(table.insert().values(row | {"at": now, "expires_at": now + KEPT, "used_at": None}))
    return Draft(id, person, form, body, now, now + KEPT, change)


def latest(tx: Connection, *, person: str, form: str, now: datetime, change: str | None = None) -> Draft | None:
    """This person's unused draft of the form, if it is less than a day old."""
    return _one(
        tx,
        table.c.person == person,
        table.c.form == form,
        table.c.change.is_not_distinct_from(change),
        table.c.used_at.is_(None),
        table.c.expires_at > now,
    )


def get(tx: Connection, draft: str, *, person: str, now: datetime) -> Draft | None:
    """A draft by id, for the person who typed it and nobody else."""
    return _one(tx, table.c.id == draft, table.c.person == person, table.c.expires_at > now)


def used(tx: Connection, *, person: str, form: str, now: datetime, change: str | None = None) -> None:
    """The form went through: its draft is offered no more, and what was typed is gone."""
    same = (table.c.person == person) & (table.c.form == form) & table.c.used_at.is_(None)
    same &= table.c.change.is_not_distinct_from(change)
    tx.execute(table.update().where(same).values(used_at=now, body="{}"))


def sweep(tx: Connection, now: datetime) -> int:
    """Delete drafts past their day, and say how many."""
    return tx.execute(table.delete().where(table.c.expires_at <= now)).rowcount


def _one(tx: Connection, *where: sa.ColumnElement[bool]) -> Draft | None:
    row = tx.execute(sa.select(table).where(*where).order_by(table.c.at.desc()).limit(1)).first()
    if row is None:
        return None
    return Draft(row.id, row.person, row.form, json.loads(row.body), row.at, row.expires_at, row.change)
