"""Proofs out of the log for a pack: which checkpoint, where each event stands under it, what it grew from."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from workflows import checkpoints, merkle
from workflows.log_models import checkpoints as table
from workflows.log_models import leaves
from workflows.models import events
from workflows.verify import leaf, node

RECENT = 500
"""Of so many of the newest checkpoints each gets its proof; of older ones the last of each day."""
_HASH = 32
_SOME = 500


class Levels:
    """The whole subtrees over these leaves (raw hashes of events), level by level: 64 bytes a leaf."""

    def __init__(self, hashes: Iterable[bytes]) -> None:
        level = bytearray(b"".join(leaf(one) for one in hashes))
        self.size = len(level) // _HASH
        self._levels = [bytes(level)]
        while len(below := self._levels[-1]) >= 2 * _HASH:
            pairs = range(0, len(below) // (2 * _HASH) * 2 * _HASH, 2 * _HASH)
            sha256 = hashlib.sha256
            self._levels.append(b"".join(sha256(b"\x01" + below[at : at + 2 * _HASH]).digest() for at in pairs))

    def __call__(self, start: int, end: int) -> bytes:
        """The hash over the leaves start..end-1; at least one leaf."""
        length = end - start
        if length & (length - 1) == 0 and start % length == 0:
            at = start // length * _HASH
            return self._levels[length.bit_length() - 1][at : at + _HASH]
        middle = start + (1 << ((length - 1).bit_length() - 1))
        return node(self(start, middle), self(middle, end))


@dataclass(frozen=True, slots=True)
class Log:
    """The newest checkpoint: its `note`, and the `levels` under it. `older`: (size, root in hex) of earlier ones."""

    size: int
    root: str
    note: str
    levels: Levels
    older: tuple[tuple[int, str], ...]

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self.note.partition("\n")[0]

    def inclusion(self, index: int) -> list[str]:
        """The audit path of a leaf, in hex."""
        return [one.hex() for one in merkle.inclusion(index, self.size, self.levels)]

    def consistency(self) -> dict[str, Any]:
        """That the log goes on from each of the older checkpoints."""
        return {
            "size": self.size,
            "proofs": [
                {
                    "from": size,
                    "root": root,
                    "proof": [p.hex() for p in merkle.consistency(size, self.size, self.levels)],
                }
                for size, root in self.older
            ],
        }


def read(tx: Connection, anchors: Collection[int] = ()) -> Log | None:
    """The log under the newest checkpoint; `anchors`: sizes of checkpoints to go on from. None: nothing is signed."""
    last = checkpoints.newest(tx)
    if last is None:
        return None
    names = select(leaves.c.hash).where(leaves.c.number < last.size).order_by(leaves.c.number)
    levels = Levels(bytes.fromhex(one) for one in tx.scalars(names.execution_options(yield_per=5000)))
    if levels.size != last.size:
        raise checkpoints.LogBroken(f"checkpoint {last.size} covers {last.size} events, the log has {levels.size}")
    return Log(last.size, last.root, last.note, levels, _older(tx, last.size, anchors))


def _older(tx: Connection, size: int, anchors: Collection[int]) -> tuple[tuple[int, str], ...]:
    c = table.c
    every = tx.execute(select(c.size, c.root, c.at).where(c.size < size).order_by(c.size)).all()
    daily = {row.at.date(): row.size for row in every}
    wanted = {*daily.values(), *anchors, *(row.size for row in every[-RECENT:])}
    return tuple((row.size, row.root) for row in every if row.size in wanted)


def places(tx: Connection, hashes: Sequence[str], log: Log | None) -> dict[str, int]:
    """Hash → index of those that the checkpoint covers."""
    found: dict[str, int] = {}
    for start in range(0, len(hashes) if log else 0, _SOME):
        some = leaves.c.hash.in_(hashes[start : start + _SOME])
        covered = leaves.c.number < (log.size if log else 0)
        found |= {
            row.hash: row.number for row in tx.execute(select(leaves.c.hash, leaves.c.number).where(some, covered))
        }
    return found


def last_listed(tx: Connection, subject: str, until: int, log: Log | None) -> tuple[int, str] | None:
    """(seq, hash) of the newest event of a chain, up to `until`, that the checkpoint covers; None: there is none."""
    mine = select(events.c.seq, events.c.hash).join(leaves, leaves.c.hash == events.c.hash)
    mine = mine.where(events.c.subject == subject, events.c.seq <= until, leaves.c.number < (log.size if log else 0))
    row = tx.execute(mine.order_by(events.c.seq.desc()).limit(1)).first()
    return (row.seq, row.hash) if row else None


def proof(tx: Connection, told: Sequence[tuple[int, str]], log: Log | None) -> dict[str, Any]:
    """The inclusion of these events, (seq, hash) each; index null: younger than the checkpoint."""
    at = places(tx, [head for _, head in told], log)
    return {
        "size": log.size if log else 0,
        "events": [
            {
                "seq": seq,
                "hash": head,
                "index": at.get(head),
                "proof": log.inclusion(at[head]) if log and head in at else [],
            }
            for seq, head in told
        ],
    }
