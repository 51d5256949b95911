"""One message a person for all they owe at that time: the strongest notice leads, an older message shrinks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from workflows import outbox
from workflows.models import duties
from workflows.rows import DebtKind
from workflows.turn import Turn

LATE = timedelta(minutes=1)
STRENGTH = {kind: n for n, kind in enumerate(DebtKind)}


@dataclass(slots=True)
class Mail:
    """What one person is told in this sweep: the strongest notice leads, with everything they owe."""

    kind: DebtKind
    at: datetime
    lead: str
    changes: list[str] = field(default_factory=list)


def collect(mail: dict[str, Mail], person: str, kind: DebtKind, at: datetime, change_id: str) -> None:
    """Add a notice to what a person is told in this sweep."""
    one = mail.get(person)
    if one is None:
        mail[person] = Mail(kind, at, change_id, [change_id])
        return
    if change_id not in one.changes:
        one.changes.append(change_id)
    if STRENGTH[kind] > STRENGTH[one.kind]:
        one.kind, one.at, one.lead = kind, at, change_id


def post(turn: Turn, person: str, mail: Mail, down: tuple[datetime, datetime] | None) -> None:
    """Put the message into the outbox, with everything the person owes; `down`: nothing ran then, so it is late."""
    owed = select(duties.c.change).where(duties.c.person == person, duties.c.kind.in_(("review", "follow-up", "patch")))
    everything = [*mail.changes, *(c for c in turn.tx.execute(owed).scalars() if c not in mail.changes)]
    payload: dict[str, Any] = {
        "person": person,
        "kind": mail.kind.value,
        "lead": mail.lead,
        "changes": list(dict.fromkeys(everything)),
        "at": turn.now.isoformat(),
    }
    if down and down[0] <= mail.at < down[1] and turn.now - mail.at > LATE:
        payload["late"] = {"due": mail.at.isoformat(), "from": down[0].isoformat(), "to": down[1].isoformat()}
    n = outbox.newest(turn.tx, f"debts:{person}:") + 1
    outbox.redraw(turn.tx, f"debts:{person}:{n - 1}")
    outbox.render(
        turn.tx,
        change=None,
        place=f"debts:{person}:{n}",
        template="debts",
        payload=payload | {"n": n},
        version=0,
        now=turn.now,
        new_id=turn.new_id,
    )
