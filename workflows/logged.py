"""The log of a stored record: its leaves, its signed checkpoints, your anchors, and whether each event is in it."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from operator import eq
from typing import Any

from workflows import stored
from workflows.merkle import Tree
from workflows.verify import BROKEN, SYSTEM, Bad, Checkpoint, Key, checkpoint, digest, trusted

LISTED = timedelta(minutes=5)  # how much older than a checkpoint an event is that must be listed before it
SIGNED = timedelta(minutes=20)  # how much older than the worker's last beat an event is that must be signed for
BLOCK = 4096  # leaves that are hashed together
LOG = "log"  # the subject of what is wrong with leaves, checkpoints and anchors
Wanted = dict[int, list[tuple[str, bytes, str | None]]]  # by size: who says which root, and the edge if it has one


@dataclass(slots=True)
class Log:
    """The size of the newest checkpoint, who signed it (None: nobody asked), and what is wrong."""

    size: int = 0
    signers: tuple[str, ...] | None = None
    bad: list[Bad] = field(default_factory=list)


def signed(cursor: Any, keys: Sequence[Key], anchors: Sequence[str]) -> Log:
    """Hold every checkpoint and anchor against the leaves: its root and edge are computed from them."""
    log, wanted, sizes = Log(), Wanted(), set[int]()
    known = list(trusted(keys, _rotated(cursor)).values()) if keys else []
    rows, after = stored.rows(cursor, "SELECT size, root, edge, note FROM checkpoints ORDER BY size"), None
    for size, root, edge, note in reversed(rows):  # each one vouches for the note before it: one signature is computed
        name = f"checkpoint {size}"
        same = after is not None and isinstance(note, str) and digest(note.encode()) == after
        if after is not None and not same:
            log.bad.append(Bad(name, None, "is not the one from which the next one goes on"))
        said = _noted(name, note, known, bool(keys), log.bad, proved=same)
        if size in sizes:
            log.bad.append(Bad(name, None, "is there twice"))
        sizes.add(size)
        if said and (said.size, said.root.hex()) != (size, root):
            log.bad.append(Bad(name, None, "its columns differ from the signed note"))
        elif said:
            wanted.setdefault(said.size, []).append((name, said.root, str(edge)))
        if said and keys and log.signers is None:
            log.signers = tuple(one.text for one in said.signers)
        after = said.after if said else None
    if after is not None:
        log.bad.append(Bad(f"checkpoint {rows[0][0]}", None, "goes on from one that is gone"))
    log.size = rows[-1][0] if rows and isinstance(rows[-1][0], int) else 0
    for n, anchor in enumerate(anchors, 1):
        said = _noted(f"anchor {n}", anchor, known, bool(keys), log.bad)
        if said:
            wanted.setdefault(said.size, []).append((f"anchor {n}", said.root, None))
    log.bad += _roots(cursor, wanted)
    wrong = {one.subject for one in log.bad}
    for size, some in wanted.items():
        gone = [who for who, *_ in some if size not in sizes and who not in wrong]
        log.bad += (Bad(who, None, f"the record has no checkpoint {size} any more") for who in gone)
    return log


def _rotated(cursor: Any) -> list[Mapping[str, Any]]:
    """What the events of new signing keys say; that both keys signed is what counts, not where it stands."""
    found = list[Mapping[str, Any]]()
    sql = "SELECT body FROM events WHERE subject = ? AND kind = ? ORDER BY seq"
    for (body,) in stored.rows(cursor, sql, (SYSTEM, "key_rotated")):
        told = json.loads(body)["data"]
        found += [told] if isinstance(told, dict) else []
    return found


def _noted(
    name: str, note: str, keys: list[Key], must: bool, bad: list[Bad], *, proved: bool = False
) -> Checkpoint | None:
    """What a note says; None: it is none, or wrongly signed."""
    try:
        said = checkpoint(note, keys, proved)
    except BROKEN as fault:
        bad.append(Bad(name, None, str(fault)))
        return None
    if must and not said.signers:
        bad.append(Bad(name, None, "is signed by no key that you trust"))
    return said


def _roots(cursor: Any, wanted: Wanted) -> Iterator[Bad]:
    tree, gap = Tree(), False
    sha256, unhex = hashlib.sha256, bytes.fromhex
    rows = stored.stream(cursor, "SELECT number, hash FROM leaves ORDER BY number")
    stops = sorted(wanted, reverse=True)
    while True:
        while stops and stops[-1] <= tree.size:
            stops.pop()
        some = list(islice(rows, min(BLOCK, stops[-1] - tree.size) if stops else BLOCK))
        if not some:
            break
        if not gap and [number for number, _ in some] != list(range(tree.size, tree.size + len(some))):
            gap = True
            missing = next(n for n, (number, _) in enumerate(some, tree.size) if number != n)
            yield Bad(LOG, None, f"leaf {missing} is missing")
        tree.extend([sha256(b"\0" + unhex(name)).digest() for _, name in some])
        if tree.size in wanted:
            yield from _differs(tree, wanted[tree.size])
    for told, some_ in sorted(wanted.items()):
        if told > tree.size or told == 0:
            yield from (Bad(who, None, f"the log has {tree.size} events, it says {told}") for who, *_ in some_)


def _differs(tree: Tree, some: Sequence[tuple[str, bytes, str | None]]) -> Iterator[Bad]:
    root = tree.root()
    for who, said, edge in some:
        if said != root:
            yield Bad(who, None, "the leaves do not give its root: the history before it was rewritten")
        elif edge is not None and edge != " ".join(one.hex() for one in tree.edge):
            yield Bad(who, None, "its edge is not that of the leaves")


def listed(cursor: Any) -> Iterator[Bad]:
    """Each leaf is the hash of one event, and each event is a leaf, or waits to be one and is young."""
    newest = next(
        iter(stored.rows(cursor, "SELECT size, at FROM checkpoints ORDER BY size DESC LIMIT 1")), (None, None)
    )
    yield from _unsigned(cursor, newest[0])
    yield from _lost_anchors(cursor)
    if not _all_listed(cursor, newest[1]):
        found = list(_unlisted(cursor, newest[1]))
        yield from found or [Bad(LOG, None, "the leaves are not the events")]


_APART = """SELECT e.hash, l.number FROM events e FULL JOIN leaves l ON l.hash = e.hash
WHERE e.hash IS NULL OR l.hash IS NULL"""
_LEFT = "FROM events WHERE NOT EXISTS (SELECT 1 FROM leaves l WHERE l.hash = events.hash)"
_STRANGE = "FROM leaves WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.hash = leaves.hash)"
_TWICE = "FROM leaves WHERE hash IN (SELECT hash FROM leaves GROUP BY hash HAVING count(*) > 1)"
_STALE = "FROM events WHERE hash IN (SELECT u.hash FROM unlisted u JOIN leaves l ON l.hash = u.hash)"
_LOST = f"{_LEFT} AND NOT EXISTS (SELECT 1 FROM unlisted u WHERE u.hash = events.hash)"


def _unlisted(cursor: Any, newest: Any) -> Iterator[Bad]:
    """Where leaves and events differ."""
    for what, said in ((_STRANGE, "is no event's"), (_TWICE, "is there twice")):
        for row in stored.rows(cursor, f"SELECT number {what} ORDER BY 1 LIMIT 1"):
            yield Bad(LOG, None, f"leaf {row[0]} {said}")
    named = set[tuple[str, int]]()
    for what, values, said in (
        (f"{_LEFT} AND at < ?", (_earlier(newest, LISTED),) if newest is not None else None,
         "is older than the newest checkpoint, and not listed"),
        (_LOST, (), "is not listed, and does not wait for it"),
        (_STALE, (), "is listed, and waits for it"),
    ):  # fmt: skip
        sql = f"SELECT subject, seq {what} ORDER BY subject, seq LIMIT 5"
        for subject, seq in stored.rows(cursor, sql, values) if values is not None else ():
            if (subject, seq) not in named:
                named.add((subject, seq))
                yield Bad(LOG, None, f"event {seq} of {subject} {said}")


def _all_listed(cursor: Any, newest: Any) -> bool:
    """Whether leaves and events are the same hashes, but for young events that wait; quick, and never wrongly so."""
    young = "SELECT hash, (SELECT at FROM events WHERE events.hash = unlisted.hash) FROM unlisted"
    waiting = {row[0]: row[1] for row in stored.rows(cursor, young) if row[1] is not None}
    if newest is not None and any(at < _earlier(newest, LISTED) for at in waiting.values()):
        return False
    if count(cursor, "events") != count(cursor, "leaves") + len(waiting):
        return False
    if not stored.is_sqlite(cursor):  # it joins them quicker than it can send them; no event is there twice: see chains
        apart = stored.rows(cursor, f"{_APART} LIMIT ?", (len(waiting) + 1,))
        return all(number is None and name in waiting for name, number in apart)
    there = stored.stream(cursor, "SELECT hash FROM events ORDER BY hash")
    if waiting:
        there = (row for row in there if row[0] not in waiting)
    return all(map(eq, there, stored.stream(cursor, "SELECT hash FROM leaves ORDER BY hash")))


def count(cursor: Any, table: str) -> int:
    """How many rows a table has."""
    return int(stored.rows(cursor, f"SELECT count(*) FROM {table}")[0][0])


def _earlier(at: Any, by: timedelta) -> Any:
    """A time before that, as the database gives times: SQLite gives their text."""
    if isinstance(at, datetime):
        return at - by
    return (datetime.fromisoformat(at) - by).isoformat(timespec="microseconds")


def _unsigned(cursor: Any, size: int | None) -> Iterator[Bad]:
    """Once anything was listed, whatever happened long before the worker's last beat is signed for."""
    beat = stored.rows(cursor, "SELECT at FROM beats WHERE name = 'worker'")
    if not beat or (size is None and not stored.rows(cursor, "SELECT 1 FROM leaves LIMIT 1")):
        return
    at = _earlier(beat[0][0], SIGNED)
    listed = "SELECT subject, seq FROM events JOIN leaves ON leaves.hash = events.hash WHERE number >= ? AND at < ?"
    waiting = "SELECT subject, seq FROM events JOIN unlisted ON unlisted.hash = events.hash WHERE at < ?"
    sql = f"SELECT subject, seq FROM ({listed} UNION {waiting}) late ORDER BY subject, seq LIMIT 1"
    for subject, seq in stored.rows(cursor, sql, (size or 0, at, at)):
        yield Bad(LOG, None, f"event {seq} of {subject} is signed for by no checkpoint, long after it")


def _lost_anchors(cursor: Any) -> Iterator[Bad]:
    """Each checkpoint that was sent to a channel is still there."""
    sizes = {str(row[0]) for row in stored.rows(cursor, "SELECT size FROM checkpoints")}
    sent = {row[0] for row in stored.rows(cursor, "SELECT key FROM outbox WHERE key LIKE ?", ("anchor:%",))}
    for size in sorted({key.rpartition(":")[2] for key in sent} - sizes):
        yield Bad(f"checkpoint {size}", None, "was sent out as an anchor, and is gone")
