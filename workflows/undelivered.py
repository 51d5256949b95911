"""What a message that did not arrive leaves in the record, and who is told instead."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, select

from workflows import ledger, outbox, persons, settlements
from workflows.models import changes
from workflows.models import outbox as table
from workflows.outbox import Row
from workflows.peered import Peer
from workflows.rows import Line, Lost, Told

# Of these nobody else has to hear: an App Home is drawn again when it is opened, a line belongs to a card
# whose own loss is told.
QUIET = frozenset({"home", "thread"})


def moved(tx: Connection, row: Row, *, instead: str, now: datetime, new_id: Callable[[], str]) -> None:
    """A private message goes to a channel (`instead`) because the person can't be reached: the thread says
    so.
    """
    case = ledger.case(tx, row.change) if row.change else None
    if case is None or not case.posted:
        return
    outbox.notice(
        tx,
        key=f"moved:{row.id}:{row.epoch}",
        change=case.id,
        place=f"thread:{case.posted}",
        template="line",
        payload={"line": Line.UNDELIVERED.value, "facts": {"to": row.person, "instead": instead}, "broadcast": False},
        now=now,
        new_id=new_id,
        after=f"render:{case.id}:card:{case.posted}",
    )


def give_up(
    tx: Connection,
    row: Row,
    *,
    error: str,
    escalations: str,
    now: datetime,
    real: datetime,
    new_id: Callable[[], str],
) -> bool:
    """Make the row a dead letter, record that as an event, and tell the escalations channel. False: not ours
    any more.

    Quiet rows (an App Home) leave no event; the loss of an escalation is an event and escalates no further.
    """
    if row.change:
        ledger.lock(tx, row.change)
    elif row.prefix != "home":
        ledger.lock_notes(tx)
    if not settlements.given_up(tx, row, error=error, real=real):
        return False
    if row.prefix == "home":
        return True
    data = {"row": row.id, "template": row.template, "place": row.place, "error": error.split(" ")[0].rstrip(":")}
    case = ledger.case(tx, row.change) if row.change else None
    if case is None:
        ledger.note(tx, "undelivered", data, actor=None, now=now)
    else:
        ledger.advance(tx, case, "undelivered", data, actor=None, now=now)
    if row.prefix in QUIET or row.key.startswith("undelivered:"):
        return True
    outbox.notice(
        tx,
        key=f"undelivered:{row.id}:{row.epoch}",
        change=row.change,
        place=f"channel:{escalations}",
        template="told",
        payload={
            "what": Told.UNDELIVERED.value,
            "person": None,
            "facts": {"to": _to(tx, row)},
        },
        now=now,
        new_id=new_id,
    )
    return True


def _to(tx: Connection, row: Row) -> str:
    """Whom it was for: a person, the place, or the peer."""
    if row.prefix in [peer.value for peer in Peer]:
        return row.prefix
    whom = row.person or row.where
    return persons.by_slack(tx, [whom]).get(whom, whom)


def lost(tx: Connection, *, limit: int = 5) -> tuple[Lost, ...]:
    """Messages that were given up, newest first: nobody has to read a log to see them."""
    query = (
        select(table.c.place, changes.c.key)
        .outerjoin(changes, changes.c.id == table.c.change)
        .where(table.c.state == "dead")
        .order_by(table.c.seq.desc())
        .limit(limit)
    )
    return tuple(Lost(key=key or "", to=_addressee(place)) for place, key in tx.execute(query))


def _addressee(place: str) -> str | None:
    prefix, _, rest = place.partition(":")
    if prefix in [peer.value for peer in Peer]:
        return prefix
    return rest.partition(":")[0] if prefix in ("dm", "ask", "debts", "home") else None
