"""What has to reach the outside: put in the transaction of its cause, claimed, sent, settled.

A *render* brings one place up to date with the current case: one row per (change, place), due while
`wanted > sent`. A *notice* is sent once, under a unique key, in order per (change, place). A row that is
given up ("dead") frees its place and is kept until somebody retries it.

Two times meet here. A row that was never claimed is due by the time of people (`now`), from the first claim
on by the time of machines (`real`): leases and backoff do not move with the demo's clock.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workflows.models import outbox

Payload = Mapping[str, Any]
# Templates of places that count for themselves: more than their own change asks for them (`want`, `anew`).
SHOWING = ("card", "ask")
COUNTED = ("verdict", "commit_status", *SHOWING)
PERSONAL = frozenset({"ask", "debts", "dm", "home", "private"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the outbox as it was claimed. `first_try_at` set: an earlier send may have arrived."""

    id: str
    kind: str
    change: str | None
    place: str
    key: str
    template: str
    payload: Payload
    wanted: int
    sent: int
    after: str | None
    attempts: int
    epoch: int
    first_try_at: datetime | None
    remote: Payload | None
    last_error: str | None
    state: str
    created_at: datetime

    @property
    def prefix(self) -> str:
        """The part of the place before the first colon, which names how it is reached."""
        return self.place.partition(":")[0]

    @property
    def where(self) -> str:
        """The part after the prefix: a channel (name or id) or a person id; a count or a channel beside it
        is gone.
        """
        parts = self.place.split(":")
        return parts[2] if self.prefix == "private" and len(parts) > 2 else parts[1] if len(parts) > 1 else ""

    @property
    def person(self) -> str | None:
        """The person id whom the row is for; None: it is for a channel."""
        return self.where if self.prefix in PERSONAL else None


def render(
    tx: Connection,
    *,
    change: str | None,
    place: str,
    template: str,
    payload: Payload,
    version: int,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Want `place` to show the change at `version` or later; revives a row that was given up.

    Without a change (someone's debts, an App Home) every call wants one version more.
    """
    fresh = _fresh("render", change, place, template, payload, now, new_id)
    fresh |= {"key": key_of(change, place), "wanted": version if change else 1}
    tx.execute(_put_render(tx.dialect.name, of_a_change=change is not None), fresh)


def notice(
    tx: Connection,
    *,
    key: str,
    change: str | None,
    place: str,
    template: str,
    payload: Payload,
    now: datetime,
    new_id: Callable[[], str],
    after: str | None = None,
    not_before: datetime | None = None,
) -> bool:
    """Send this once, not before `not_before`, and after the row with the key `after` was sent or given up.

    False: that key exists, nothing was put.
    """
    fresh = _fresh("notice", change, place, template, payload, now, new_id)
    fresh |= {"key": key, "wanted": 1, "after": after, "next_at": not_before or now}
    return tx.execute(_put_notice(tx.dialect.name), fresh).rowcount == 1


def bump(tx: Connection, change: str, version: int) -> None:
    """Want every place that shows the change to show `version`. Rows that were given up stay so."""
    tx.execute(_bump(tx.dialect.name), {"of": change, "to": version})


def anew(tx: Connection, change: str) -> None:
    """Want the cards of a change, and what was asked of people, drawn anew: what they show beside it is another now."""
    tx.execute(_ANEW, {"of": change})


def redraw(tx: Connection, place: str) -> None:
    """Want what a place of no change shows (an App Home, someone's debts) drawn anew, if it was ever drawn."""
    tx.execute(_REDRAW, {"at": place})


def key_of(change: str | None, place: str) -> str:
    """The unique key of a render row."""
    return f"render:{change or '-'}:{place}"


def newest(tx: Connection, prefix: str) -> int:
    """The highest number n of the places `prefix` + n that were ever posted; 0: none."""
    pattern = prefix.replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"
    places = tx.scalars(_POSTED, {"like": pattern})
    return max((int(place.rpartition(":")[2]) for place in places), default=0)


def find(tx: Connection, key: str) -> Row | None:
    """The row with that unique key."""
    found = tx.execute(_BY_KEY, {"key": key}).mappings().first()
    return None if found is None else row_of(found)


def one(tx: Connection, condition: ColumnElement[bool]) -> Row | None:
    """The first row that meets the condition."""
    found = tx.execute(select(outbox).where(condition).limit(1)).mappings().first()
    return None if found is None else row_of(found)


def to_json(value: Payload) -> str:
    """The text in which a payload is kept."""
    return json.dumps(dict(value), ensure_ascii=False, separators=(",", ":"))


def _fresh(
    kind: str,
    change: str | None,
    place: str,
    template: str,
    payload: Payload,
    now: datetime,
    new_id: Callable[[], str],
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": kind,
        "change": change,
        "place": place,
        "template": template,
        "payload": to_json(payload),
        "sent": 0,
        "attempts": 0,
        "epoch": 0,
        "next_at": now,
        "state": "open",
        "created_at": now,
    }


# Statements are built once: building one costs several times as much as running it.
_BY_KEY = select(outbox).where(outbox.c.key == bindparam("key"))
_LAST = outbox.alias("last")
# In order of commit for one change, whose row is locked; ties between changes are harmless.
_NEXT = select(func.coalesce(func.max(_LAST.c.seq), 0) + 1).scalar_subquery()
_OF_IT = (
    (outbox.c.change == bindparam("of"))
    & (outbox.c.kind == "render")
    & or_(outbox.c.wanted < bindparam("to"), outbox.c.template.in_(COUNTED))
)
_ANEW = (
    update(outbox)
    .where(outbox.c.change == bindparam("of"), outbox.c.kind == "render", outbox.c.template.in_(SHOWING))
    .values(wanted=outbox.c.wanted + 1, state=case((outbox.c.state == "sent", "open"), else_=outbox.c.state))
)
_POSTED = select(outbox.c.place).where(
    outbox.c.change.is_(None), outbox.c.kind == "render", outbox.c.place.like(bindparam("like"), escape="/")
)
_REDRAW = (
    update(outbox)
    .where(outbox.c.kind == "render", outbox.c.change.is_(None), outbox.c.place == bindparam("at"))
    .values(wanted=outbox.c.wanted + 1, state="open")
)


@cache
def _bump(dialect: str) -> Any:
    """Its rows are locked in the order of their keys: others want some of them too (`gates.want`)."""
    in_order = select(outbox.c.id).where(_OF_IT).order_by(outbox.c.key).with_for_update()
    wanted = case((outbox.c.wanted < bindparam("to"), bindparam("to")), else_=outbox.c.wanted + 1)
    state = case((outbox.c.state == "sent", "open"), else_=outbox.c.state)
    which = outbox.c.id.in_(in_order) if dialect == "postgresql" else _OF_IT
    return update(outbox).where(which).values(wanted=wanted, state=state)


@cache
def _put_notice(dialect: str) -> Any:
    return _insert(dialect).on_conflict_do_nothing(index_elements=["key"])


@cache
def _put_render(dialect: str, *, of_a_change: bool) -> Any:
    put = _insert(dialect)
    asked: ColumnElement[int] = put.excluded.wanted
    newer = case((outbox.c.wanted > asked, outbox.c.wanted), else_=asked)
    wanted = newer if of_a_change else outbox.c.wanted + 1
    again = {
        "wanted": wanted,
        "template": put.excluded.template,
        "payload": put.excluded.payload,
        "attempts": case((outbox.c.state == "dead", 0), else_=outbox.c.attempts),
        "state": case((wanted > outbox.c.sent, "open"), else_=outbox.c.state),
    }
    return put.on_conflict_do_update(index_elements=["key"], set_=again)


def _insert(dialect: str) -> Any:
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(outbox).values(seq=_NEXT)


def row_of(found: RowMapping, epoch: int | None = None) -> Row:
    """The value of a row as it was read, with `epoch` instead of its own when given."""
    values = {name: found[name] for name in Row.__dataclass_fields__}
    values["payload"] = json.loads(found["payload"])
    values["remote"] = json.loads(found["remote"]) if found["remote"] else None
    return Row(**(values | {"epoch": found["epoch"] if epoch is None else epoch}))
