"""How a stored record is read on either database: in one unchanging state, writing nothing, a few rows at a time."""

import sqlite3
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

from workflows.verify import BROKEN

PAGE = 500  # rows of PostgreSQL at a time
MAPPED = 1 << 31  # bytes of a SQLite file that are read through memory: a tenth less work; it takes what it can
Range = tuple[str | None, str | None]  # from a subject on, up to another: None is the beginning, or the end


def opened(url: str) -> Any:
    """A connection by URL on which nothing can be written."""
    if url.startswith("sqlite:///"):
        path = quote(unquote(url.removeprefix("sqlite:///")))
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        connection.isolation_level = None
        connection.execute(f"PRAGMA mmap_size = {MAPPED}")
        return connection
    import psycopg

    return psycopg.connect("postgresql" + url[url.index("://") :])


def begin(connection: Any, snapshot: str | None = None) -> Any:
    """A cursor in a new transaction that sees one state: that of now, or of the exported `snapshot` (PostgreSQL)."""
    cursor = connection.cursor()
    if is_sqlite(cursor):
        if connection.in_transaction:
            cursor.execute("ROLLBACK")
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM events LIMIT 1").fetchone()  # only who has read something has a state
        return cursor
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    if snapshot is not None:
        cursor.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
    return cursor


def is_sqlite(cursor: Any) -> bool:
    return isinstance(cursor, sqlite3.Cursor)


def faults(cursor: Any) -> tuple[type[BaseException], ...]:
    """What reading a hostile record may raise."""
    if is_sqlite(cursor):
        return (*BROKEN, sqlite3.Error)
    import psycopg

    return (*BROKEN, psycopg.Error)


def rows(cursor: Any, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
    """All rows; `?` stands for each value."""
    cursor.execute(sql if is_sqlite(cursor) else sql.replace("?", "%s"), values)
    found: list[Any] = cursor.fetchall()
    return found


def stream(cursor: Any, sql: str, values: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Every row, a few at a time, on a cursor of its own."""
    if is_sqlite(cursor):
        found: Iterator[Any] = cursor.connection.cursor().execute(sql, values)
        return found
    return _named(cursor, sql.replace("?", "%s"), values)


def _named(cursor: Any, sql: str, values: tuple[Any, ...]) -> Iterator[Any]:
    with cursor.connection.cursor(f"walk_{abs(hash(sql))}", binary=True) as walk:
        walk.execute(sql, values)
        while some := walk.fetchmany(PAGE):
            yield from some


def within(column: str, part: Range) -> tuple[str, tuple[Any, ...]]:
    """The condition that a column is in the range, and its values."""
    tests = [(f"{column} {sign} ?", one) for sign, one in zip((">=", "<"), part, strict=True) if one is not None]
    return " AND ".join(sql for sql, _ in tests) or "1 = 1", tuple(one for _, one in tests)


def events(cursor: Any, part: Range) -> Iterator[Any]:
    """The events of these subjects as `walking.Stored` has them, in order of (subject, seq)."""
    where, values = within("subject", part)
    columns = f"subject, seq, prev, hash, {at_text(cursor)}, kind, person, operator, body"
    return stream(cursor, f"SELECT {columns} FROM events WHERE {where} ORDER BY subject, seq", values)


def at_text(cursor: Any) -> str:
    """The column `at` as the text that is hashed; PostgreSQL makes it, which is quicker, and none of odd years."""
    return "at" if is_sqlite(cursor) else _TEXT


_TEXT = """CASE WHEN at > '0001-01-02' THEN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') END"""
