"""Who does a periodic job now, and when a process was last alive."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workflows.models import beats, leases


def take(tx: Connection, name: str, holder: str, *, real: datetime, length: timedelta) -> bool:
    """Hold `name` until `real + length`; False: somebody else holds it. Times are the time of machines."""
    first = {"name": name, "holder": holder, "until": real, "epoch": 0}
    tx.execute(_insert(tx, leases).values(first).on_conflict_do_nothing(index_elements=["name"]))
    free = (leases.c.until <= real) | (leases.c.holder == holder)
    values = {"holder": holder, "until": real + length, "epoch": leases.c.epoch + 1}
    return tx.execute(update(leases).where(leases.c.name == name, free).values(values)).rowcount == 1


def release(tx: Connection, name: str, holder: str, *, real: datetime) -> None:
    """Hold `name` no more; nothing happens when somebody else does by now."""
    tx.execute(update(leases).where(leases.c.name == name, leases.c.holder == holder).values(until=real))


def beat(tx: Connection, name: str, at: datetime) -> None:
    """Say that `name` was alive at `at`; never moves back."""
    row = _insert(tx, beats).values(name=name, at=at)
    tx.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": at}, where=beats.c.at < at))


def last_beat(tx: Connection, name: str) -> datetime | None:
    """When `name` was last alive; None: never."""
    return tx.execute(select(beats.c.at).where(beats.c.name == name)).scalar_one_or_none()


def _insert(tx: Connection, table: Table) -> Any:
    insert: Any = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    return insert(table)
