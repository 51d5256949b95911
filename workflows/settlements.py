"""How a claimed outbox row ends: marked before the send, then sent, tried again, or given up.

Every function answers whether the row was still held: `epoch` is that of the claim, and a later claim ends
the right to settle. All times are the time of machines.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, select, update

from workflows.models import outbox
from workflows.outbox import Row, to_json


def mark(tx: Connection, row: Row, *, real: datetime, lease: timedelta) -> bool:
    """Say that a send is about to begin, so that whoever finds the row later looks before sending again."""
    return _settle(tx, row, first_try_at=func.coalesce(outbox.c.first_try_at, real), lease_until=real + lease)


def keep(tx: Connection, row: Row, *, remote: Mapping[str, Any]) -> bool:
    """Remember how far it is, whatever becomes of the rest of this try."""
    return _settle(tx, row, remote=to_json(remote))


def intend(tx: Connection, row: Row, remote: Mapping[str, Any]) -> bool:
    """Keep what is about to be done where nobody can look afterwards whether it was."""
    return _settle(tx, row, remote=to_json(remote))


def succeeded(tx: Connection, row: Row, *, remote: Mapping[str, Any] | None, version: int, real: datetime) -> bool:
    """The place shows `version`; a render that wants more by now stays due. `remote`: where it is in
    Slack.
    """
    return _settle(
        tx,
        row,
        sent=version,
        state=case((outbox.c.wanted > version, "open"), else_="sent"),
        remote=to_json(remote) if remote is not None else None,
        payload=to_json({name: value for name, value in row.payload.items() if name != "_plain"}),
        attempts=0,
        first_try_at=None,
        last_error=None,
        lease_until=None,
        next_at=real,
        done_at=real,
    )


def again(
    tx: Connection,
    row: Row,
    *,
    at: datetime,
    error: str,
    counted: bool,
    unsettled: bool,
    payload: Mapping[str, Any] | None = None,
    forget: bool = False,
) -> bool:
    """Try again at `at`. `counted`: it was a try; `unsettled`: it may have arrived; `payload`: instead of
    ours.
    """
    return _settle(
        tx,
        row,
        next_at=at,
        last_error=error,
        attempts=row.attempts + counted,
        lease_until=None,
        payload=to_json(row.payload if payload is None else payload),
        **({} if unsettled else {"first_try_at": None}),
        **({"remote": None} if forget else {}),
    )


def given_up(tx: Connection, row: Row, *, error: str, real: datetime) -> bool:
    """Make the row a dead letter; its place is free."""
    return _settle(tx, row, state="dead", last_error=error, lease_until=None, done_at=real)


def revive(tx: Connection, row_id: str, *, real: datetime) -> bool:
    """Send a dead letter again, from the first address on. False: no such dead letter.

    What may have arrived before it was given up is looked for first.
    """
    found = tx.execute(select(outbox.c.payload).where(outbox.c.id == row_id, outbox.c.state == "dead")).first()
    if found is None:
        return False
    payload = {name: value for name, value in json.loads(found.payload).items() if not name.startswith("_")}
    values = {"state": "open", "attempts": 0, "next_at": real, "payload": to_json(payload), "done_at": None}
    return tx.execute(update(outbox).where(outbox.c.id == row_id).values(values)).rowcount == 1


def _settle(tx: Connection, row: Row, **values: Any) -> bool:
    held = update(outbox).where(outbox.c.id == row.id, outbox.c.epoch == row.epoch, outbox.c.state == "open")
    return tx.execute(held.values(**values)).rowcount == 1
