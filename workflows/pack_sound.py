"""What is written into a pack is held against its hashes on the way: no pack is made of a record that was edited."""

import json
from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from workflows import verify
from workflows.pack_book import Unpackable
from workflows.pack_log import Log
from workflows.verify import BROKEN, ZERO, digest


def passed(subject: str, name: str, lines: Iterable[bytes], end: tuple[int, str] | None = None) -> Iterator[bytes]:
    """Pass on the lines of a chain; `end`: number and hash of its last event, where that is known.

    Raises Unpackable at the first event that is not as it was written; `name` is the chain's for people.
    """
    seq, before = 0, ZERO
    for seq, line in enumerate(lines, 1):
        if (what := _wrong(json.loads(line), subject, seq, before)) is not None:
            raise broken(name, seq, what)
        before = json.loads(line)["hash"]
        yield line
    if end is not None and (seq, before) != end:
        raise broken(name, seq, "is not the end that the record names")


def _wrong(row: dict[str, Any], subject: str, seq: int, before: str) -> str | None:
    try:
        body = b64decode(row["body"])
        if digest(body) != row["hash"]:
            return "the bytes do not give the hash"
        told = verify.read(body)
        linked = (row["seq"], row["prev"], told["subject"], told["seq"], told["prev"])
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


def broken(name: str, seq: int | None, what: str) -> Unpackable:
    """What is said instead of a pack."""
    where = name if seq is None else f"{name} event {seq}"
    return Unpackable(f"The record is not as it was written: {where}: {what}. No pack was made; run `verify`.")
