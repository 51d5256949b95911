"""Proofs out of the log for a pack: which checkpoint, where each event stands under it, what it grew from."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, select

from workflows import checkpoints, merkle
from workflows.log_models import checkpoints as table
from workflows.log_models import leaves
from workflows.models import events
from workflows.verify import node

RECENT = 500
"""Of so many of the newest checkpoints each gets its proof; of older ones the last of each day."""
_HASH = 32
_SOME = 500
WIDE = 64
"""Leaves below the narrowest subtree that is kept."""


class Levels:
    """The subtrees over these leaves (raw hashes of events): 32 bytes a leaf, and the whole ones of `WIDE` and more.

    Those that are narrower are hashed again each time: there are many of them, and a proof needs one of each width.
    """

    def __init__(self, hashes: Iterable[bytes]) -> None:
        leaves, first, sha256 = bytearray(), bytearray(), hashlib.sha256
        each = iter(hashes)
        while some := list(islice(each, WIDE)):
            below = [sha256(b"\x00" + one).digest() for one in some]  # as `leaf`, which a million calls would slow
            leaves += b"".join(below)
            if len(below) == WIDE:
                first += _top(below)
        self.size = len(leaves) // _HASH
        self._leaves, self._levels = leaves, [first]
        while len(level := self._levels[-1]) >= 2 * _HASH:
            pairs = range(0, len(level) // (2 * _HASH) * 2 * _HASH, 2 * _HASH)
            self._levels.append(bytearray().join(sha256(b"\x01" + level[at : at + 2 * _HASH]).digest() for at in pairs))

    def __call__(self, start: int, end: int) -> bytes:
        """The hash over the leaves start..end-1; at least one leaf."""
        length = end - start
        if length & (length - 1) == 0 and start % length == 0:
            if length >= WIDE:
                at = start // length * _HASH
                return bytes(self._levels[(length // WIDE).bit_length() - 1][at : at + _HASH])
            return _top([bytes(self._leaves[n * _HASH : (n + 1) * _HASH]) for n in range(start, end)])
        middle = start + (1 << ((length - 1).bit_length() - 1))
        return node(self(start, middle), self(middle, end))


def _top(level: list[bytes]) -> bytes:
    """The hash above these, as many as a power of two."""
    sha256 = hashlib.sha256
    while len(level) > 1:
        level = [sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0]


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
    pages = tx.scalars(names.execution_options(yield_per=5000)).partitions()
    levels = Levels(map(bytes.fromhex, chain.from_iterable(pages)))
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
