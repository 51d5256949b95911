"""The walk through all stored events of a database: every link, and every column against the bytes that it repeats."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workflows.verify import SYSTEM, ZERO, Bad, digest


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
    rotated: list[Mapping[str, Any]] = field(default_factory=list)  # what the events of new signing keys say


def chains(rows: Iterable[Stored], ends: Mapping[str, tuple[int, str]]) -> Walk:
    """Walk `rows`, which come in order of (subject, seq); `ends` is the claimed (version, head) by subject.

    Finds any event edited, deleted, inserted or moved, and any end that does not equal the last event.
    """
    walk, left = Walk(), dict(ends)
    here, last_seq, last_hash, quoted, sha256 = None, 0, ZERO, False, hashlib.sha256
    for row in rows:
        subject, seq, prev, head, at, kind, person, operator, body = row
        if subject != here:
            _end(walk, left, here, last_seq, last_hash)
            here, last_seq, last_hash, quoted = subject, 0, ZERO, '"' in subject
            walk.subjects += 1
        walk.events += 1
        who = "null" if person is None else f'"{person}"'
        said = "null" if operator is None else json.dumps(operator, ensure_ascii=False)
        # Canonical JSON puts the names in this order, so that columns are compared without reading the JSON.
        begin = f'{{"at":"{at}","data":{{'
        end = (
            f',"kind":"{kind}","operator":{said},"person":{who},"prev":"{prev}","seq":{seq},"subject":"{subject}","v":1'
        )
        if not (
            seq == last_seq + 1
            and prev == last_hash
            and sha256(body).hexdigest() == head
            and body.startswith(begin.encode())
            and body.endswith(f"{end}}}".encode())
            and len(at) == 32
            and not (quoted or '"' in kind or '"' in who[1:-1])
        ) and (subject not in walk.bad):
            what = _wrong(Stored(*row), last_seq + 1, last_hash)
            if what:
                walk.bad[subject] = Bad(subject, min(seq, last_seq + 1) if seq > last_seq else seq, what)
        if kind in _HEARD and subject not in walk.bad:
            what = _heard(walk, subject, kind, body)
            if what:
                walk.bad[subject] = Bad(subject, seq, what)
        last_seq, last_hash = seq, head
    _end(walk, left, here, last_seq, last_hash)
    for gone, (version, _) in left.items():
        walk.bad[gone] = Bad(gone, 1, f"no event is left of {version}")
    return walk


def _end(walk: Walk, left: dict[str, tuple[int, str]], subject: str | None, seq: int, head: str) -> None:
    if subject is None:
        return
    end = left.pop(subject, None)
    if subject in walk.bad:
        return
    if end is None:
        walk.bad[subject] = Bad(subject, 1, "events of a subject that does not exist")
    elif end[0] > seq:
        walk.bad[subject] = Bad(subject, seq + 1, f"missing: the record says version {end[0]}")
    elif end[0] < seq:
        walk.bad[subject] = Bad(subject, end[0] + 1, f"after the end: the record says version {end[0]}")
    elif end[1] != head:
        walk.bad[subject] = Bad(subject, seq, "is not the head that the record names")


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


_HEARD = frozenset({"erased", "numbered", "key_rotated"})


def _heard(walk: Walk, subject: str, kind: str, body: bytes) -> str | None:
    """Keep what events say that is compared with tables."""
    try:
        data = json.loads(body)["data"]
    except ValueError:
        return "the bytes are not JSON"
    if kind == "erased":
        walk.erased.add(str(data.get("digest")))
    elif subject == SYSTEM and kind == "numbered":
        walk.numbered.append((str(data.get("key")), str(data.get("subject"))))
    elif subject == SYSTEM:
        walk.rotated.append(data)
    return None
