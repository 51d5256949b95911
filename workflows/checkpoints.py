"""The log of all events: each committed event gets one leaf, and what is there is signed as a checkpoint.

An event waits in `unlisted` from its own transaction on, so one whose transaction ended late is neither passed over nor
listed twice. Whoever lists or signs holds the lease in the same transaction: one at a time, on both databases.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from workflows import leases, system_chain, verify
from workflows.log_models import checkpoints, leaves, unlisted
from workflows.merkle import Tree
from workflows.models import events
from workflows.moments import moment_text
from workflows.signing import Signer

EVERY = timedelta(minutes=14)  # looked at each few seconds: never later than 15 minutes
MOST = 100
BATCH = 200
LEASE, LENGTH = "checkpoints", timedelta()  # its row is held until the transaction ends, and that is enough
ROTATED = "key_rotated"


class LogBroken(Exception):
    """The log is not what its newest checkpoint says; nothing is signed on top of it."""


class ForeignKey(Exception):
    """The newest checkpoint was signed by another key, and no rotation says that this one follows it."""


def due(tx: Connection, now: datetime) -> bool:
    """Whether there is something new, and enough of it or for long enough."""
    waiting = _waiting(tx)
    last = tx.scalar(select(func.max(checkpoints.c.at)))
    return waiting >= MOST or (waiting > 0 and (last is None or now - last >= EVERY))


def _waiting(tx: Connection) -> int:
    """How many events no checkpoint covers, at most `MOST`."""
    new = select(unlisted.c.hash).limit(MOST).subquery()
    found: int = tx.scalar(select(func.count()).select_from(new)) or 0
    return min(MOST, found + length(tx) - (tx.scalar(select(func.max(checkpoints.c.size))) or 0))


def length(tx: Connection) -> int:
    """How many leaves the log has."""
    last = tx.scalar(select(func.max(leaves.c.number)))
    return 0 if last is None else last + 1


def list_some(tx: Connection, holder: str, *, real: datetime) -> bool:
    """Give up to `BATCH` waiting events their leaves; False: none waits any more, or somebody else is at it."""
    if not leases.take(tx, LEASE, holder, real=real, length=LENGTH):
        return False
    order = (events.c.at, events.c.subject, events.c.seq)
    waiting = select(unlisted.c.hash).join(events, events.c.hash == unlisted.c.hash).order_by(*order).limit(BATCH)
    names = tx.scalars(waiting).all()
    if not names:
        return False
    first = length(tx)
    tx.execute(insert(leaves), [{"number": first + n, "hash": name} for n, name in enumerate(names)])
    tx.execute(delete(unlisted).where(unlisted.c.hash.in_(names)))
    return True


def seal(tx: Connection, signer: Signer, holder: str, *, now: datetime, real: datetime) -> str | None:
    """Sign what the log holds, and return the note; None: nothing is new, or somebody else is at it.

    Raises LogBroken and ForeignKey.
    """
    if not leases.take(tx, LEASE, holder, real=real, length=LENGTH):
        return None
    last = newest(tx)
    tree = _tree(tx, last, signer)
    for name in tx.scalars(select(leaves.c.hash).where(leaves.c.number >= tree.size).order_by(leaves.c.number)):
        tree.add(bytes.fromhex(name))
    if (last is not None and tree.size == last.size) or tree.size == 0:
        return None
    note = signer.checkpoint(tree.size, tree.root(), moment_text(now), after=last.note if last is not None else "")
    edge = " ".join(one.hex() for one in tree.edge)
    row = {"size": tree.size, "root": tree.root().hex(), "edge": edge, "note": note, "at": now}
    tx.execute(insert(checkpoints), row)
    return note


def newest(tx: Connection) -> Row[Any] | None:
    """The newest checkpoint; None: there is none."""
    return tx.execute(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)).first()


def _tree(tx: Connection, last: Row[Any] | None, signer: Signer) -> Tree:
    """The tree of the newest checkpoint, which must be as it was signed, by this key or one it follows."""
    if last is None:
        return Tree()
    known = [signer.public]
    try:
        said = verify.checkpoint(last.note, known)
        if not said.signers:
            said = verify.checkpoint(last.note, verify.trusted(known, rotations(tx)).values())
        tree = grown(last)
    except ValueError as fault:
        raise LogBroken(f"checkpoint {last.size}: {fault}") from None
    if not said.signers:
        raise ForeignKey("the newest checkpoint was signed by another key; only `key rotate` hands over to this one")
    if (said.size, said.root) != (last.size, tree.root()) or length(tx) < last.size:
        raise LogBroken(f"checkpoint {last.size} is not what the log holds")
    return tree


def grown(row: Row[Any]) -> Tree:
    """The tree whose right edge a row of `checkpoints` holds. ValueError: it holds none."""
    edge = [bytes.fromhex(one) for one in row.edge.split(" ")]
    if len(edge) != row.size.bit_count():
        raise ValueError("its edge is not that of a tree of its size")
    return Tree(row.size, edge)


def rotations(tx: Connection) -> list[dict[str, Any]]:
    """What the events of new signing keys say, oldest first."""
    told = select(events.c.body).where(*system_chain.of_kind(ROTATED)).order_by(events.c.seq)
    return [json.loads(bytes(body))["data"] for body in tx.scalars(told)]
