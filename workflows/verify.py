"""Checks a record: every chain of events, what is said of its end, the texts beside it, the numbers of keys.

One file, standard library only, so that an auditor can read all of it and run it alone. It trusts the stored
bytes and nothing else: a hash is recomputed, a column is compared with the bytes it repeats.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SYSTEM = "system"  # the subject of the chain that also tells which change was given which key
ZERO = "0" * 64  # what the first event of a subject gives as the hash before it
PAGE = 2000


@dataclass(frozen=True, slots=True)
class Stored:
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


@dataclass(frozen=True, slots=True)
class Bad:
    """The first thing that is wrong with a subject. `seq` is the event, None when it is not about one."""

    subject: str
    seq: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.subject}{'' if self.seq is None else f' event {self.seq}'}: {self.what}"


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at and what is wrong with it, sorted by subject; nothing: `ok`."""

    subjects: int
    events: int
    texts: int
    bad: tuple[Bad, ...]

    @property
    def ok(self) -> bool:
        return not self.bad


@dataclass(slots=True)
class Walk:
    """The state of a walk through events in order of (subject, seq)."""

    subjects: int = 0
    events: int = 0
    bad: dict[str, Bad] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    numbered: list[tuple[str, str]] = field(default_factory=list)  # (key, subject), as they were given out


def digest(body: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def commitment(salt: bytes, text: str) -> str:
    """The digest that stands for a text in the record: SHA-256 of the salt followed by its UTF-8 bytes."""
    return digest(salt + text.encode())


def chains(rows: Iterable[Stored], ends: Mapping[str, tuple[int, str]]) -> Walk:
    """Walk `rows`, which come in order of (subject, seq); `ends` is the claimed (version, head) by subject.

    Finds any event edited, deleted, inserted or moved, and any end that does not equal the last event.
    """
    walk = Walk()
    left = dict(ends)
    subject, last_seq, last_hash = None, 0, ZERO
    for row in rows:
        if row.subject != subject:
            _end(walk, left, subject, last_seq, last_hash)
            subject, last_seq, last_hash = row.subject, 0, ZERO
            walk.subjects += 1
        walk.events += 1
        if row.subject in walk.bad:
            continue
        what = _wrong(row, last_seq + 1, last_hash, walk)
        if what:
            seq = min(row.seq, last_seq + 1) if row.seq > last_seq else row.seq
            walk.bad[row.subject] = Bad(row.subject, seq, what)
        last_seq, last_hash = row.seq, row.hash
    _end(walk, left, subject, last_seq, last_hash)
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


def _wrong(row: Stored, seq: int, prev: str, walk: Walk) -> str | None:
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
    repeated = {
        "subject": row.subject,
        "seq": row.seq,
        "prev": row.prev,
        "at": row.at,
        "kind": row.kind,
        "person": row.person,
        "operator": row.operator,
    }
    if not isinstance(told, dict):
        return "the bytes are not an event"
    for name, value in repeated.items():
        if name not in told or told[name] != value:
            return f"the column {name} differs from the bytes"
    data = told.get("data")
    if row.kind == "erased" and isinstance(data, dict):
        walk.erased.add(str(data.get("digest")))
    if row.subject == SYSTEM and row.kind == "numbered" and isinstance(data, dict):
        walk.numbered.append((str(data.get("key")), str(data.get("subject"))))
    return None


def text_is_wrong(name: str, salt: bytes, text: str | None, erased: set[str]) -> str | None:
    """Return what is wrong with one text under its digest `name`; None: it is as committed to."""
    if text is None:
        return None if name in erased else "gone, and no event says that it was erased"
    if commitment(salt, text) != name:
        return "is not the text that was committed to"
    return "is back although an event says that it was erased" if name in erased else None


def numbers_missing(numbers: Iterable[int], last: int) -> list[int]:
    """Return the numbers of 1..`last` that no key has, and those beyond it, sorted."""
    return sorted(set(range(1, last + 1)) ^ set(numbers))


def numbers_differ(numbered: Iterable[tuple[str, str]], keys: Mapping[str, str]) -> Iterator[Bad]:
    """Hold the keys as they were given out, in order, against the changes that are there (key → id)."""
    given: dict[str, str] = {}
    for key, subject in numbered:
        if key in given:
            yield Bad(key, None, "was given out twice")
        given[key] = subject
    for key in sorted(given.keys() | keys.keys()):
        if key not in keys:
            yield Bad(key, None, "was given out, and no change has it")
        elif key not in given:
            yield Bad(key, None, "no event says that it was given out")
        elif keys[key] != given[key]:
            yield Bad(key, None, "is not the change that it was given to")


def database(source: Any) -> Report:
    """Check a whole database: `source` is its URL, or an open SQLAlchemy connection (nothing is written)."""
    if not isinstance(source, str):
        return _check(source.connection.cursor())
    connection = _open(source)
    try:
        return _check(connection.cursor())
    finally:
        connection.close()


def _open(url: str) -> Any:
    if url.startswith("sqlite:///"):
        import sqlite3
        from urllib.parse import quote, unquote

        path = quote(unquote(url.removeprefix("sqlite:///")))
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        connection.isolation_level = None
        connection.execute("BEGIN")
        return connection
    import psycopg

    opened = psycopg.connect("postgresql" + url[url.index("://") :])
    opened.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    return opened


def _check(cursor: Any) -> Report:
    ends = {row[0]: (row[1], row[2]) for row in _all(cursor, "SELECT id, version, head FROM changes")}
    for row in _all(cursor, "SELECT subject, version, head FROM chains"):
        ends[row[0]] = (row[1], row[2])
    walk = chains(_events(cursor), ends)
    bad, texts = list(walk.bad.values()), 0
    for name, salt, text in _pages(cursor, "digest, salt, body", "texts", ("digest",)):
        texts += 1
        what = text_is_wrong(name, bytes(salt), text, walk.erased)
        if what:
            bad.append(Bad(f"text {name[:12]}", None, what))
    bad += _numbers(cursor)
    if SYSTEM not in walk.bad:
        keys = {row[0]: row[1] for row in _all(cursor, "SELECT key, id FROM changes")}
        named = {one.subject for one in bad}
        bad += (one for one in dict.fromkeys(numbers_differ(walk.numbered, keys)) if one.subject not in named)
    bad.sort(key=lambda one: (one.subject, one.seq or 0))
    return Report(walk.subjects, walk.events, texts, tuple(bad))


def _numbers(cursor: Any) -> list[Bad]:
    given: dict[tuple[str, int], list[int]] = {}
    for series, year, number in _all(cursor, "SELECT series, year, number FROM changes"):
        given.setdefault((series, year), []).append(number)
    last = {(s, y): n for s, y, n in _all(cursor, "SELECT series, year, last FROM counters")}
    bad = []
    for series, year in sorted(given.keys() | last.keys()):
        gaps = numbers_missing(given.get((series, year), []), last.get((series, year), 0))
        if gaps:
            bad.append(Bad(f"{series}-{year}-{gaps[0]:04d}", None, "no change has this number, or no counter gave it"))
    return bad


def _events(cursor: Any) -> Iterator[Stored]:
    columns = "subject, seq, prev, hash, at, kind, person, operator, body"
    for row in _pages(cursor, columns, "events", ("subject", "seq")):
        at = row[4]
        if isinstance(at, datetime):
            at = at.astimezone(UTC).isoformat(timespec="microseconds")
        yield Stored(row[0], row[1], row[2], row[3], at, row[5], row[6], row[7], bytes(row[8]))


def _pages(cursor: Any, columns: str, table: str, key: tuple[str, ...]) -> Iterator[Any]:
    """Every row in order of `key`, which are the first columns, a page at a time."""
    mark = "?" if type(cursor).__module__.startswith("sqlite3") else "%s"
    names = ", ".join(key)
    after = f"WHERE ({names}) > ({', '.join([mark] * len(key))}) "
    seen: tuple[Any, ...] | None = None
    while True:
        where = after if seen else ""
        cursor.execute(f"SELECT {columns} FROM {table} {where}ORDER BY {names} LIMIT {PAGE}", seen or ())
        rows = cursor.fetchall()
        yield from rows
        if len(rows) < PAGE:
            return
        seen = tuple(rows[-1][: len(key)])


def _all(cursor: Any, sql: str) -> list[Any]:
    cursor.execute(sql)
    rows: list[Any] = cursor.fetchall()
    return rows
