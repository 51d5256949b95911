"""Proofs in the Merkle tree of the log (RFC 6962, 2.1.1 and 2.1.2): it holds a leaf, it grew from an older one. Pure.

`subtree(start, end)` gives the hash of the subtree over the leaves start..end-1; `Hashes` does so for leaves in memory
and keeps what it computed, so that many proofs cost little more than one.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from workflows.verify import leaf, node

Subtree = Callable[[int, int], bytes]


@dataclass(slots=True)
class Tree:
    """The right edge of a Merkle tree (RFC 6962, 2.1): `size` leaves, the roots of its whole subtrees, widest first."""

    size: int = 0
    edge: list[bytes] = field(default_factory=list)

    def add(self, data: bytes) -> None:
        """Append a leaf with this content."""
        new, n, edge, sha256 = leaf(data), self.size, self.edge, hashlib.sha256
        while n & 1:
            new, n = sha256(b"\x01" + edge.pop() + new).digest(), n >> 1  # as `node`, which a million calls would slow
        edge.append(new)
        self.size += 1

    def extend(self, hashes: Sequence[bytes]) -> None:
        """Append many leaves by their hashes: level by level, which is much quicker than one after the other."""
        level, n, edge, sha256 = list(hashes), self.size, self.edge, hashlib.sha256
        self.size += len(level)
        right = list[bytes]()
        while level:
            if n & 1:
                level.insert(0, edge.pop())
            if len(level) & 1:
                right.append(level.pop())
            level = [sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=True)]
            n >>= 1
        edge += right[::-1]

    def root(self) -> bytes:
        """The root of the leaves so far."""
        if not self.edge:
            return hashlib.sha256().digest()
        whole = self.edge[-1]
        for left in self.edge[-2::-1]:
            whole = node(left, whole)
        return whole


class Hashes:
    """The subtrees over these leaf contents."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._leaves = leaves
        self._kept: dict[tuple[int, int], bytes] = {}

    def __call__(self, start: int, end: int) -> bytes:
        """The hash over start..end-1; at least one leaf."""
        if end - start == 1:
            return leaf(self._leaves[start])
        found = self._kept.get((start, end))
        if found is None:
            middle = start + _split(end - start)
            found = self._kept[start, end] = node(self(start, middle), self(middle, end))
        return found


def inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of the leaf at `index` in the tree of `size` leaves. IndexError: there is no such leaf."""
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} among {size}")
    path, start, end = list[bytes](), 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with that of `old`. IndexError: it can't, by the sizes."""
    if not 0 < old <= new:
        raise IndexError(f"no proof from {old} leaves to {new}")
    path, start, end, whole = list[bytes](), 0, new, True
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    return path[::-1] if whole else [subtree(start, end), *path[::-1]]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return int(1 << (size - 1).bit_length() - 1)
