"""Builders for tests of the record: people, ids that count up, a declared change."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, insert

from workflows import ledger
from workflows.case import Case
from workflows.change import Actor, Kind
from workflows.models import persons

NOW = datetime(2026, 11, 22, 3, 2, tzinfo=UTC)
_numbers = count(1)


def new_id() -> str:
    return f"id{next(_numbers):08d}"


def salt() -> bytes:
    return b"records " + next(_numbers).to_bytes(24, "big")


def people(tx: Connection, *ids: str) -> None:
    """Put persons of these ids into the record."""
    tx.execute(insert(persons), [{"id": p, "name": p.title(), "created_at": NOW} for p in ids])


def declared(
    tx: Connection,
    *,
    requester: str = "dev",
    implementer: str = "ops",
    at: datetime = NOW,
    drill: bool = False,
    title: str = "checkout 500s",
    data: Mapping[str, Any] | None = None,
) -> Case:
    """Declare an emergency on payments; the persons exist already."""
    texts = {"title": ledger.put_text(tx, title, salt=salt())}
    told = {"systems": ["payments"], "implementer": implementer, "texts": texts, **(data or {})}
    actor = Actor(requester, "U1")
    return ledger.declare(tx, kind=Kind.EMERGENCY, drill=drill, data=told, actor=actor, now=at, new_id=new_id)


def approve(tx: Connection, case: Case, person: str = "cto", at: datetime = NOW) -> Case:
    """Approve finally, by `person`."""
    data = {"revision": case.revision, "right": "approvers", "final": True}
    return ledger.advance(tx, case, "approved", data, actor=Actor(person, "U9"), now=at)
