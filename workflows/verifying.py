"""A whole database held against `verify`: its chains, texts and numbers, its log, the checkpoints, and your anchors."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import eq
from typing import Any

from workflows.merkle import Tree
from workflows.numbering import numbers_differ, numbers_missing
from workflows.verify import SYSTEM, Bad, Checkpoint, Key, checkpoint, text_is_wrong, trusted
from workflows.walking import chains

PAGE = 5000
LISTED = timedelta(minutes=5)  # how much older than a checkpoint an event is that must be listed before it
LOG = "log"  # the subject of what is wrong with leaves, checkpoints and anchors


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at and what is wrong with it, sorted by subject; nothing: `ok`.

    `size`: how many events the newest checkpoint covers; 0: there is none. `signers`: who signed it, of the given keys
    and those that they vouch for; None: no key was given, and no signature was checked.
    """

    subjects: int
    events: int
    texts: int
    bad: tuple[Bad, ...]
    size: int = 0
    signers: tuple[str, ...] | None = None

    @property
    def ok(self) -> bool:
        return not self.bad


def database(source: Any, *, keys: Sequence[Key] = (), anchors: Sequence[str] = ()) -> Report:
    """Check a whole database: `source` is its URL, or an open SQLAlchemy connection (nothing is written).

    `keys` are yours, not the database's: each checkpoint must be signed by one of them, or by one that they handed
    over to or took over from. `anchors` are checkpoints (signed notes) that you kept: the log must go on from them.
    """
    if not isinstance(source, str):
        return _check(source.connection.cursor(), keys, anchors)
    connection = _open(source)
    try:
        return _check(connection.cursor(), keys, anchors)
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


def _check(cursor: Any, keys: Sequence[Key], anchors: Sequence[str]) -> Report:
    ends = {row[0]: (row[1], row[2]) for row in _all(cursor, "SELECT id, version, head FROM changes")}
    for row in _all(cursor, "SELECT subject, version, head FROM chains"):
        ends[row[0]] = (row[1], row[2])
    walk = chains(_events(cursor), ends)
    bad, texts = list(walk.bad.values()), 0
    for name, salt, text in _stream(cursor, "digest, salt, body", "texts", "digest"):
        texts += 1
        what = text_is_wrong(name, bytes(salt), text, walk.erased)
        if what:
            bad.append(Bad(f"text {name[:12]}", None, what))
    bad += _numbers(cursor)
    if SYSTEM not in walk.bad:
        keys_there = {row[0]: row[1] for row in _all(cursor, "SELECT key, id FROM changes")}
        named = {one.subject for one in bad}
        bad += (one for one in dict.fromkeys(numbers_differ(walk.numbered, keys_there)) if one.subject not in named)
    size, signers, wrong = _log(cursor, trusted(keys, walk.rotated) if keys else None, anchors)
    bad += wrong
    bad.sort(key=lambda one: (one.subject, one.seq or 0))
    return Report(walk.subjects, walk.events, texts, tuple(bad), size, signers)


def _log(
    cursor: Any, keys: Mapping[str, Key] | None, anchors: Sequence[str]
) -> tuple[int, tuple[str, ...] | None, list[Bad]]:
    """The size of the newest checkpoint, who signed it, and what is wrong: every root is computed from the leaves."""
    bad: list[Bad] = []
    known = list(keys.values()) if keys is not None else []
    wanted: dict[int, list[tuple[str, bytes]]] = {}
    newest: tuple[int, Any] = (0, None)
    signers: tuple[str, ...] | None = None
    for size, root, note, at in _all(cursor, "SELECT size, root, note, at FROM checkpoints ORDER BY size"):
        newest, said = (size, at), _noted(f"checkpoint {size}", note, known, keys is not None, wanted, bad)
        if said and (said.size, said.root.hex()) != (size, root):
            bad.append(Bad(f"checkpoint {size}", None, "its columns differ from the signed note"))
        if said and keys is not None:
            signers = tuple(one.text for one in said.signers)
    for n, anchor in enumerate(anchors, 1):
        _noted(f"anchor {n}", anchor, known, keys is not None, wanted, bad)
    bad += _roots(cursor, wanted)
    bad += _unlisted(cursor, newest[1])
    return newest[0], signers, bad


def _noted(
    name: str, note: str, keys: list[Key], must: bool, wanted: dict[int, list[tuple[str, bytes]]], bad: list[Bad]
) -> Checkpoint | None:
    """Keep which root a note wants at which size; returns what it says."""
    try:
        said = checkpoint(note, keys)
    except ValueError as fault:
        bad.append(Bad(name, None, str(fault)))
        return None
    wanted.setdefault(said.size, []).append((name, said.root))
    if must and not said.signers:
        bad.append(Bad(name, None, "is signed by no key that you trust"))
    return said


def _roots(cursor: Any, wanted: Mapping[int, list[tuple[str, bytes]]]) -> Iterator[Bad]:
    tree, gap = Tree(), False
    for number, name in _stream(cursor, "number, hash", "leaves", "number"):
        if number != tree.size and not gap:
            gap = True
            yield Bad(LOG, None, f"leaf {tree.size} is missing")
        tree.add(bytes.fromhex(name))
        for who, root in wanted.get(tree.size, ()):
            if tree.root() != root:
                yield Bad(who, None, "the leaves do not give its root: the history before it was rewritten")
    for size, told in sorted(wanted.items()):
        if size > tree.size or size == 0:
            yield from (Bad(who, None, f"the log has {tree.size} events, it says {size}") for who, _ in told)


def _unlisted(cursor: Any, newest: Any) -> Iterator[Bad]:
    """Each leaf is the hash of one event, and each event older than the newest checkpoint is a leaf."""
    if _all_listed(cursor, newest):
        return
    strange = "SELECT number FROM leaves WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.hash = leaves.hash)"
    yield from (Bad(LOG, None, f"leaf {row[0]} is no event's") for row in _all(cursor, f"{strange} ORDER BY 1 LIMIT 1"))
    if newest is None:
        return
    left = f"SELECT subject, seq FROM events WHERE at < {_mark(cursor)} AND NOT EXISTS (SELECT 1 FROM leaves l"
    more = "WHERE l.hash = events.hash) ORDER BY subject, seq LIMIT 5"
    for row in _all(cursor, f"{left} {more}", (_before(newest),)):
        yield Bad(LOG, None, f"event {row[1]} of {row[0]} is older than the newest checkpoint, and not listed")


def _all_listed(cursor: Any, newest: Any) -> bool:
    """Whether leaves and events are the same hashes, but for young events that wait; quick, and never wrongly so."""
    young = "SELECT hash, (SELECT at FROM events WHERE events.hash = unlisted.hash) FROM unlisted"
    waiting = {row[0]: row[1] for row in _all(cursor, young) if row[1] is not None}
    if newest is not None and any(at < _before(newest) for at in waiting.values()):
        return False
    there = _stream(cursor, "hash", "events", "hash")
    if waiting:
        there = (row for row in there if row[0] not in waiting)
    return all(map(eq, there, _stream(cursor, "hash", "leaves", "hash"))) and _as_many(cursor, waiting)


def _as_many(cursor: Any, waiting: Collection[str]) -> bool:
    counts = [_all(cursor, f"SELECT count(*) FROM {table}")[0][0] for table in ("events", "leaves")]
    return bool(counts[0] == counts[1] + len(waiting))


def _before(newest: Any) -> Any:
    """The time from which on an event may wait, as the database gives times: SQLite gives their text."""
    if isinstance(newest, datetime):
        return newest - LISTED
    return (datetime.fromisoformat(newest) - LISTED).isoformat(timespec="microseconds")


def _numbers(cursor: Any) -> list[Bad]:
    given: dict[tuple[str, int], list[int]] = {}
    bad, moved = list[Bad](), list[Bad]()
    for key_, series, year, number in _all(cursor, "SELECT key, series, year, number FROM changes"):
        given.setdefault((series, year), []).append(number)
        if key_ != f"{series}-{year}-{number:04d}":
            moved.append(Bad(key_, None, "has the number of another key"))
    last = {(s, y): n for s, y, n in _all(cursor, "SELECT series, year, last FROM counters")}
    for series, year in sorted(given.keys() | last.keys()):
        gaps = numbers_missing(given.get((series, year), []), last.get((series, year), 0))
        if gaps:
            bad.append(Bad(f"{series}-{year}-{gaps[0]:04d}", None, "no change has this number, or no counter gave it"))
    return bad or moved


def _events(cursor: Any) -> Iterator[Any]:
    columns = "subject, seq, prev, hash, at, kind, person, operator, body"
    rows = _stream(cursor, columns, "events", "subject, seq")
    return rows if _mark(cursor) == "?" else _with_texts(rows)


def _with_texts(rows: Iterable[Any]) -> Iterator[Any]:
    """Events with their time as the text that was hashed."""
    for subject, seq, prev, head, at, kind, person, operator, body in rows:
        yield (
            subject,
            seq,
            prev,
            head,
            at.astimezone(UTC).isoformat(timespec="microseconds"),
            kind,
            person,
            operator,
            body,
        )


def _stream(cursor: Any, columns: str, table: str, order: str) -> Iterator[Any]:
    """Every row, a few at a time, on a cursor of its own."""
    sql = f"SELECT {columns} FROM {table} ORDER BY {order}"
    if _mark(cursor) == "?":
        rows: Iterator[Any] = cursor.connection.cursor().execute(sql)
        return rows
    return _named(cursor, f"walk_{table}", sql)


def _named(cursor: Any, name: str, sql: str) -> Iterator[Any]:
    with cursor.connection.cursor(name, binary=True) as walk:
        walk.execute(sql)
        while rows := walk.fetchmany(PAGE):
            yield from rows


def _mark(cursor: Any) -> str:
    return "?" if type(cursor).__module__.startswith("sqlite3") else "%s"


def _all(cursor: Any, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
    cursor.execute(sql, values)
    rows: list[Any] = cursor.fetchall()
    return rows
