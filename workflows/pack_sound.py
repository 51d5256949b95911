"""What is written into a pack is held against its hashes on the way: no pack is made of a record that was edited."""

from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from workflows import verify
from workflows.pack_book import Unpackable
from workflows.pack_log import Log
from workflows.verify import BROKEN, ZERO, digest

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
AFTER = "No pack was made; run `verify`."


def passed(subject: str, name: str, rows: Iterable[Any], end: tuple[int, str] | None = None) -> Iterator[bytes]:
    """Yield the events of a chain as lines of JSON, each with its exact bytes; rows of (seq, prev, hash, body).

    `end`: number and hash of its last event, where that is known. Raises Unpackable at the first event that is not as
    it was written; `name` is the chain's for people.
    """
    seq, before = 0, ZERO
    for seq, (number, prev, head, body) in enumerate(rows, 1):
        if (what := _wrong((number, prev, head), bytes(body), subject, seq, before)) is not None:
            raise broken(name, seq, what)
        yield b'{"body":"%b","hash":"%b","prev":"%b","seq":%d}\n' % (b64encode(body), head.encode(), prev.encode(), seq)
        before = head
    if end is not None and (seq, before) != end:
        raise broken(name, seq, "is not the end that the record names")


def _wrong(row: tuple[int, str, str], body: bytes, subject: str, seq: int, before: str) -> str | None:
    number, prev, head = row
    if digest(body) != head:
        return "the bytes do not give the hash"
    try:
        told = verify.read(body)
        linked = (number, prev, told["subject"], told["seq"], told["prev"])
    except BROKEN as fault:
        return f"cannot be read: {type(fault).__name__}"
    return None if linked == (seq, before, subject, seq, before) else "does not go on from the one before"


def texts(name: str, kept: Iterable[dict[str, Any]], erased: Collection[str]) -> None:
    """Raises Unpackable for a text that is not the one that was committed to."""
    for one in kept:
        what = verify.text_is_wrong(one["digest"], b64decode(one["salt"] or ""), one["body"], erased)
        if what is not None:
            raise broken(name, None, f"text {one['digest'][:12]} {what}")


def places(name: str, proof: dict[str, Any], log: Log | None) -> None:
    """Raises Unpackable for an event that the log holds otherwise than the checkpoint says."""
    for one in proof["events"] if log else ():
        path = [bytes.fromhex(step) for step in one["proof"]]
        leaf = verify.leaf(bytes.fromhex(one["hash"]))
        if log and one["index"] is not None:
            root = verify.included(one["index"], log.size, leaf, path)
            if root is None or root.hex() != log.root:
                raise broken(name, one["seq"], "is not there in the log that was signed")


@contextmanager
def readable() -> Iterator[None]:
    """Raises Unpackable where something of the record that is read for a pack is not what it must be to be read."""
    try:
        yield
    except UNREADABLE as fault:
        raise Unpackable(f"Something in the record cannot be read: {type(fault).__name__}. {AFTER}") from fault


def broken(name: str, seq: int | None, what: str) -> Unpackable:
    """What is said instead of a pack."""
    where = name if seq is None else f"{name} event {seq}"
    return Unpackable(f"The record is not as it was written: {where}: {what}. {AFTER}")
