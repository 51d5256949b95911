"""The walk through all stored events of a database: every link, and every column against the bytes that it repeats."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workflows.verify import BROKEN, SYSTEM, ZERO, Bad, digest


class Stored(NamedTuple):
    """One row of `events`; `at` is the fixed-width text, `body` the exact bytes that were hashed."""

    subject: str
    seq: int
    prev: str
    hash: str
    at: str
    kind: str
    person: str | None
    operator: str | None
    body: bytes


@dataclass(slots=True)
class Walk:
    """The state of a walk through events in order of (subject, seq)."""

    subjects: int = 0
    events: int = 0
    bad: dict[str, Bad] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    numbered: list[tuple[str, str]] = field(default_factory=list)  # (key, subject), as they were given out
    taken: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # policies: since when in force, by whom


def chains(rows: Iterable[Stored], ends: Mapping[str, tuple[int, str]]) -> Walk:
    """Walk `rows`, which come in order of (subject, seq); `ends` is the claimed (version, head) by subject.

    Finds any event edited, deleted, inserted or moved, and any end that does not equal the last event. Of values that
    no record can hold it says so; what `rows` itself raises, it raises.
    """
    walk, left = Walk(), dict[str, tuple[Any, str]](ends)
    sha256, frames, tail = hashlib.sha256, dict[Any, str](), ""
    here, last_seq, last_hash, count = None, 0, ZERO, 0
    for row in rows:
        subject, seq, prev, head, at, kind, person, operator, body = row
        if subject != here:
            _end(walk, left, here, last_seq, last_hash)
            here, last_seq, last_hash, tail = subject, 0, ZERO, _tail(subject)
            walk.subjects += 1
        count += 1
        # Canonical JSON puts the names in this order, so that columns are compared without reading the JSON.
        try:
            frame = frames.get((kind, operator, person)) or _frame(frames, kind, operator, person)
            end = f'{frame}{last_hash}","seq":{last_seq + 1}{tail}'.encode()
            good = (
                sha256(body).hexdigest() == head
                and prev == last_hash
                and seq == last_seq + 1
                and body[-len(end) :] == end
                and body[:49] == f'{{"at":"{at}","data":{{'.encode()
                and '"' not in at
                and "\\" not in at
            )
        except BROKEN:
            good = False
        if not good and subject not in walk.bad:
            _look(walk, row, last_seq, last_hash)
        if kind in _HEARD and subject not in walk.bad:
            _hear(walk, row)
        last_seq, last_hash = seq, head
    _end(walk, left, here, last_seq, last_hash)
    walk.events = count
    for gone, (version, _) in left.items():
        walk.bad[gone] = Bad(gone, 1, f"no event is left of {version}")
    return walk


def _frame(frames: dict[Any, str], kind: str, operator: str | None, person: str | None) -> str:
    """What canonical JSON has between the data and the hash before; few are different."""
    said = [json.dumps(one, ensure_ascii=False) for one in (kind, operator, person)]
    if len(frames) > _FRAMES:
        frames.clear()
    made = frames[kind, operator, person] = f',"kind":{said[0]},"operator":{said[1]},"person":{said[2]},"prev":"'
    return made


def _tail(subject: str) -> str:
    """What canonical JSON has after the number; of a subject that JSON can't hold, what nothing ends with."""
    try:
        return f',"subject":{json.dumps(subject, ensure_ascii=False)},"v":1}}'
    except BROKEN:
        return "\0"


def _end(walk: Walk, left: dict[str, tuple[Any, str]], subject: str | None, seq: int, head: str) -> None:
    if subject is None:
        return
    end = left.pop(subject, None)
    if subject in walk.bad:
        return
    if end is None:
        walk.bad[subject] = Bad(subject, 1, "events of a subject that does not exist")
    elif not isinstance(end[0], int):
        walk.bad[subject] = Bad(subject, seq, f"cannot be read: the record says version {end[0]!r:.40}")
    elif end[0] > seq:
        walk.bad[subject] = Bad(subject, seq + 1, f"missing: the record says version {end[0]}")
    elif end[0] < seq:
        walk.bad[subject] = Bad(subject, end[0] + 1, f"after the end: the record says version {end[0]}")
    elif end[1] != head:
        walk.bad[subject] = Bad(subject, seq, "is not the head that the record names")


def _look(walk: Walk, row: Stored, last_seq: int, last_hash: str) -> None:
    """Say what is wrong with a row that is not what canonical JSON gives, if anything is."""
    subject, seq = row[:2]
    try:
        what = _wrong(Stored(*row), last_seq + 1, last_hash)
        where = min(seq, last_seq + 1) if seq > last_seq else seq
    except BROKEN as fault:
        what, where = f"cannot be read: {type(fault).__name__} {fault}", last_seq + 1
    if what:
        walk.bad[subject] = Bad(subject, where, what)


def _wrong(row: Stored, seq: int, prev: str) -> str | None:
    if row.seq > seq:
        return f"missing: event {row.seq} follows"
    if row.seq < seq:
        return "out of sequence"
    if digest(row.body) != row.hash:
        return "the bytes do not give the hash"
    if row.prev != prev:
        return "the previous hash does not match"
    try:
        told = json.loads(row.body)
    except ValueError:
        return "the bytes are not JSON"
    if not isinstance(told, dict) or not isinstance(told.get("data"), dict):
        return "the bytes are not an event"
    for name in ("subject", "seq", "prev", "at", "kind", "person", "operator"):
        if name not in told or told[name] != getattr(row, name):
            return f"the column {name} differs from the bytes"
    return None


_FRAMES = 50_000  # kinds by people that are kept
_HEARD = frozenset({"erased", "numbered", "policy"})


def _hear(walk: Walk, row: Stored) -> None:
    """Keep what events say that is compared with tables."""
    subject, seq, kind, body = row[0], row[1], row[5], row[8]
    try:
        data = json.loads(body)["data"]
        if kind == "erased":
            walk.erased.add(str(data["digest"]))
        elif subject == SYSTEM and kind == "policy":
            walk.taken.setdefault(str(data.get("digest", "")), (row[4], row[6] or row[7]))
        elif subject == SYSTEM:
            walk.numbered.append((str(data["key"]), str(data["subject"])))
    except BROKEN as fault:
        walk.bad[subject] = Bad(subject, seq, f"cannot be read: {type(fault).__name__} {fault}")
