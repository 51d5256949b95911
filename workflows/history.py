"""Whether the record is still the one that its anchors saw: a restored, truncated or forked one is noticed and told.

What was noticed is a fact that every process sees: the gate opens for nothing until somebody has said, by name, that
the record is right as it is (`accept`), which is an event; the anchors that it differs from stay where they are.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from workflows import checkpoints, facts, ledger, outbox, system_chain
from workflows.change import Actor
from workflows.log_models import checkpoints as table
from workflows.log_models import leaves
from workflows.merkle import Tree
from workflows.models import events
from workflows.verify import Checkpoint

FACT, SUBJECT = "history", "record"
DIFFERS, ACCEPTED, ANCHORED = "history_differs", "history_accepted", "anchored"
TEMPLATE = "record"


@dataclass(frozen=True, slots=True)
class Differs:
    """The record is not what `place` saw: `why` is "restored" (it holds fewer events) or "forked" (others).

    "edited": it is not what its own hashes say; `root` then names what was found wrong.
    """

    place: str
    why: str
    size: int
    root: str
    length: int


def compare(tx: Connection, place: str, anchor: Checkpoint) -> Differs | None:
    """Hold the record against a checkpoint that was kept elsewhere; None: it goes on from it."""
    there = checkpoints.length(tx)
    differs = Differs(place, "", anchor.size, anchor.root.hex(), there)
    if accepted(tx, differs):
        return None
    if there < anchor.size:
        return Differs(place, "restored", anchor.size, anchor.root.hex(), there)
    if _root(tx, anchor.size) != anchor.root:
        return Differs(place, "forked", anchor.size, anchor.root.hex(), there)
    return None


def _root(tx: Connection, size: int) -> bytes:
    """The root over the first `size` leaves: from the last checkpoint before it on, each leaf being an event's."""
    before = tx.execute(select(table).where(table.c.size < size).order_by(table.c.size.desc()).limit(1)).first()
    try:
        tree = checkpoints.grown(before) if before is not None else Tree()
    except ValueError:
        return b""
    between = (leaves.c.number >= tree.size) & (leaves.c.number < size)
    named = select(leaves.c.hash).join(events, events.c.hash == leaves.c.hash).where(between)
    for name in tx.scalars(named.order_by(leaves.c.number)):
        tree.add(bytes.fromhex(name))
    return tree.root() if tree.size == size else b""


def accepted(tx: Connection, differs: Differs) -> bool:
    """Whether somebody has said of this very anchor, or of what a check found, that the record is right."""
    told = select(events.c.body).where(*system_chain.of_kind(ACCEPTED))
    said = (json.loads(bytes(body))["data"] for body in tx.scalars(told))
    return any((one.get("size"), one.get("root")) == (differs.size, differs.root) for one in said)


def noticed(tx: Connection, differs: Differs, *, escalations: str, now: datetime, new_id: Callable[[], str]) -> bool:
    """Close the gate and tell people, once for each anchor; False: it was noticed before."""
    ledger.lock_notes(tx)
    if fault(tx) == differs:
        return False
    told = {
        "place": differs.place, "why": differs.why, "size": differs.size, "root": differs.root,
        "length": differs.length,
    }  # fmt: skip
    facts.put(tx, FACT, SUBJECT, told, as_of=now, now=now)
    head = ledger.note(tx, DIFFERS, told, actor=None, now=now)
    outbox.notice(
        tx,
        key=f"history:{head}",
        change=None,
        place=f"channel:{escalations}",
        template=TEMPLATE,
        payload={**told, "what": DIFFERS},
        now=now,
        new_id=new_id,
    )
    return True


def fault(tx: Connection) -> Differs | None:
    """What is known to be wrong with the record; None: nothing."""
    fact = facts.get(tx, FACT, SUBJECT)
    return Differs(**fact.value) if fact is not None and fact.value else None


def accept(tx: Connection, *, actor: Actor, now: datetime) -> Differs | None:
    """Record that somebody says the record is right as it is, and let the gate open again; None: nothing was wrong."""
    ledger.lock_notes(tx)
    known = fault(tx)
    if known is None:
        return None
    told = {"place": known.place, "why": known.why, "size": known.size, "root": known.root, "length": known.length}
    ledger.note(tx, ACCEPTED, told, actor=actor, now=now)
    facts.put(tx, FACT, SUBJECT, None, as_of=now, now=now)
    return known


def broken_log(tx: Connection) -> Differs:
    """What is said when the log itself is not what its newest checkpoint says."""
    size = tx.scalar(select(func.max(table.c.size))) or 0
    return Differs("checkpoints", "forked", size, "", checkpoints.length(tx))


def anchor(tx: Connection, note: str, size: int, *, channel: str, now: datetime, new_id: Callable[[], str]) -> None:
    """Have a checkpoint posted where Slack keeps it, once."""
    outbox.notice(
        tx,
        key=anchor_key(channel, size),
        change=None,
        place=f"channel:{channel}",
        template=TEMPLATE,
        payload={"what": ANCHORED, "note": note, "size": size},
        now=now,
        new_id=new_id,
    )


def anchor_key(channel: str, size: int) -> str:
    """The name of that post in the outbox."""
    return f"anchor:{channel}:{size}"
