"""The tables beside the events as rows: each of a change, each value written as the record writes it.

The keys and guards of a database refuse most of this; whoever edits its file is refused nothing.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

import sqlalchemy as sa
from sqlalchemy import Connection, select

from workflows.log_models import checkpoints, unlisted
from workflows.models import approvals, change_systems, changes, duties, events, parties, policies, texts
from workflows.moments import Moment, moment_text
from workflows.peer_models import links
from workflows.register_models import exceptions, involved, listed, touched
from workflows.replay import Broken
from workflows.verify import checkpoint

BESIDE = (approvals, parties, change_systems, duties, links, exceptions, listed, involved, touched)
N = "[0-9]"
MOMENT = f"{N * 4}-{N * 2}-{N * 2}T{N * 2}:{N * 2}:{N * 2}.{N * 6}+00:00"


def rows_edited(tx: Connection) -> Iterator[Broken]:
    """Rows of no change, waiting hashes of no event, values in another form, other times of erasing and signing."""
    yield from (Broken(12, row.name, row.what) for row in tx.execute(_odd(tx.dialect.name)))
    yield from _erased(tx)
    yield from _dated(tx)


@cache
def _odd(dialect: str) -> "sa.CompoundSelect[tuple[str, str]]":
    """The query for (table, what is odd in some row of it); only SQLite takes a value in any form."""
    asked = [("unlisted", "has a hash of no event", _none_of(unlisted.c.hash, events.c.hash))]
    asked += [(one.name, "has a row of no change", _none_of(one.c.change, changes.c.id)) for one in BESIDE]
    for one in (*BESIDE, changes, policies, checkpoints) if dialect == "sqlite" else ():
        forms = [_form(column) for column in one.c if isinstance(column.type, Moment | sa.Boolean)]
        if forms:
            asked.append((one.name, "has a time or a yes or no that is not written as the record does", sa.or_(*forms)))
    return sa.union_all(
        *(
            select(sa.literal(name).label("name"), sa.literal(what).label("what")).where(sa.exists().where(odd))
            for name, what, odd in asked
        )
    )


def _none_of(mine: "sa.Column[str]", theirs: "sa.Column[str]") -> "sa.ColumnElement[bool]":
    return mine.is_(None) | ~sa.exists().where(theirs == mine).correlate(mine.table)


def _form(column: "sa.Column[object]") -> "sa.ColumnElement[bool]":
    raw = sa.type_coerce(column, sa.Text)
    if isinstance(column.type, Moment):
        return raw.is_not(None) & sa.or_(sa.func.typeof(raw) != "text", sa.not_(raw.bool_op("GLOB")(MOMENT)))
    return (sa.func.typeof(raw) != "integer") | sa.type_coerce(column, sa.Integer).not_in((0, 1))


def _erased(tx: Connection) -> Iterator[Broken]:
    """Only what an event says was erased is marked so, with the time of that event."""
    said = {}
    for body in tx.scalars(select(events.c.body).where(events.c.kind == "erased")):
        told = json.loads(bytes(body))
        said[told["data"]["digest"]] = told["at"]
    marked = select(texts.c.digest, texts.c.erased_at).where(texts.c.erased_at.is_not(None) | texts.c.body.is_(None))
    for digest, at in tx.execute(marked):
        if at is None or moment_text(at) != said.get(digest):
            yield Broken(12, f"text {digest[:12]}", "is not marked as erased when its event says")


def _dated(tx: Connection) -> Iterator[Broken]:
    """A checkpoint is dated as its signed note says, if that says when; what its note lacks is said by `verify`."""
    for size, note, at in tx.execute(select(checkpoints.c.size, checkpoints.c.note, checkpoints.c.at)):
        with suppress(ValueError):
            if (said := checkpoint(note).at) and said != moment_text(at):
                yield Broken(12, f"checkpoint {size}", "is dated otherwise than its signed note")
