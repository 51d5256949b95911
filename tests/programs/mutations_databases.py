"""A database changed at random: any value or row of any table that says what happened, and whole histories."""

import json
import random
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.programs.mutations_packs import again, bent
from tests.programs.mutations_sound import Sound, holds, stands
from tests.workflows.test_checkpoints import SIGNER
from workflows.merkle import Hashes, Tree

# What is drawn, as often as it stands here: first what `verify` answers for, then what `check` does.
TABLES = [
    *("events", "events", "events", "leaves", "checkpoints", "texts", "changes", "changes", "chains", "counters"),
    *("unlisted", "approvals", "parties", "change_systems", "policies", "listed", "exceptions", "involved", "links"),
    *("touched", "duties"),
]
HOSTILE = [
    *(None, "", "x", "0" * 64, "zz" * 32, b"", b"\xff\xfe", 0, -1, 2**63 - 1, -(2**63), 0.5, "\ud7ff\n\x00'\"\\"),
    *("10000-01-01T00:00:00.000000+00:00", "2026-13-45T00:00:00.000000+00:00", "9" * 400, '{"a":[', "[" * 100_000),
    sqlite3.Binary(b"\x80" * 40),
]
# Why it does no harm that neither finds it: nothing that is evidence, or that anybody is shown, rests on it.
TWICE = "the same row twice, which the key of the table refuses: each is as the events say"
HARMLESS = {
    **{("duplicate", one, ""): TWICE for one in ("policies", "texts")},
    ("*", "texts", "salt"): "of a text that was erased: none is left that it could be held against",
    ("*", "changes", "state"): "the same case written otherwise: what is read of it is what the events say",
    ("*", "changes", "next_due_at"): "a cache: when the worker looks next; a review that is owed is looked for",
}
Done = tuple[str, str, str | None]  # how, in which table, in which column: None is rows
HOWS = ("flip", "swap", "swap rows", "delete", "truncate", "duplicate", "hostile")


@contextmanager
def mutated(dice: random.Random, whole: Sound) -> Iterator[list[Done]]:
    """The database with one or two changes, and those of them that changed anything; then it is as before."""
    sql, done, first = whole.memory, list[Done](), list[str]()
    sql.execute("SAVEPOINT one")
    try:
        for _ in range(1 if dice.random() < 0.8 else 2):
            table = dice.choice(TABLES)
            before = _rows(sql, table)
            first = before if not done else first
            what = _change(dice, sql, table)
            done += [what] if _rows(sql, table) != before else []
        yield [] if len(done) == 2 and done[0][1] == done[1][1] and _rows(sql, table) == first else done
    finally:
        sql.execute("ROLLBACK TO one")


def in_database(dice: random.Random, whole: Sound) -> str:
    """Who finds one or two changes."""
    with mutated(dice, whole) as done:
        return who(whole, done) if done else "same"


def _rows(sql: sqlite3.Connection, table: str) -> list[str]:
    return sorted(map(repr, sql.execute(f"SELECT * FROM {table}")))


def who(whole: Sound, done: Sequence[Done]) -> str:
    """Who finds what was done, or why it does no harm."""
    if not stands(whole, [whole.anchor]):
        return "verify"
    if not holds(whole):
        return "check"
    why = [_why(how, table, column or "") for how, table, column in done]
    return f"harmless: {why[0]}" if all(why) else f"PASSED {done}"


def _why(how: str, table: str, column: str) -> str:
    keys = [(how, table, column), ("*", table, column), ("*", table, "*")]
    return next((HARMLESS[one] for one in keys if one in HARMLESS), "")


def _change(dice: random.Random, sql: sqlite3.Connection, table: str) -> Done:
    """What was done, to which table and column; None: to rows."""
    how = dice.choice(HOWS)
    ids = [one for (one,) in sql.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]
    columns = [row[1] for row in sql.execute(f"PRAGMA table_info({table})")]
    if not ids:
        sql.execute(f"INSERT INTO {table} ({columns[0]}) VALUES (?)", (dice.choice(["x", "0" * 64, None]),))
        return "insert", table, None
    row, last, column = dice.choice(ids), dice.choice(ids), dice.choice(columns)
    if how == "delete":
        sql.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
    elif how == "truncate":
        sql.execute(f"DELETE FROM {table} WHERE rowid >= ?", (row,))
    elif how == "duplicate":
        sql.execute(f"INSERT INTO {table} SELECT * FROM {table} WHERE rowid = ?", (row,))
    elif how == "swap rows":
        _swap(sql, table, columns[1:] or columns, row, last)
    elif how == "swap":
        _swap(sql, table, [column], row, last)
        return how, table, column
    else:
        (mine,) = sql.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
        value = dice.choice(HOSTILE) if how == "hostile" else turned(dice, mine)
        sql.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))
        return how, table, column
    return how, table, None


def _swap(sql: sqlite3.Connection, table: str, columns: Sequence[str], one: int, two: int) -> None:
    names, marks = ", ".join(columns), ", ".join(f"{name} = ?" for name in columns)
    mine, yours = (sql.execute(f"SELECT {names} FROM {table} WHERE rowid = ?", (n,)).fetchone() for n in (one, two))
    sql.execute(f"UPDATE {table} SET {marks} WHERE rowid = ?", (*yours, one))
    sql.execute(f"UPDATE {table} SET {marks} WHERE rowid = ?", (*mine, two))


def turned(dice: random.Random, value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bytes):
        return bent(dice, value)
    if isinstance(value, int):
        return value + dice.choice([-1, 1, 7])
    return bent(dice, str(value or "x").encode()).decode(errors="replace")


def moved(dice: random.Random, whole: Sound) -> str:
    """The border between a salt and its text moved: together they give the same digest."""
    sql = whole.memory
    sql.execute("SAVEPOINT one")
    try:
        (names,) = zip(*sql.execute("SELECT digest FROM texts WHERE body IS NOT NULL"), strict=True)
        name = dice.choice(names)
        salt, body = sql.execute("SELECT salt, body FROM texts WHERE digest = ?", (name,)).fetchone()
        both, border = salt + body.encode(), len(salt)
        at = dice.randrange(len(both) + 1)
        told = both[at:].decode(errors="replace")
        if at == border:
            return "same"
        sql.execute("UPDATE texts SET salt = ?, body = ? WHERE digest = ?", (both[:at], told, name))
        return who(whole, [("move", "texts", "salt")])
    finally:
        sql.execute("ROLLBACK TO one")


def rewritten(dice: random.Random, whole: Sound) -> str:
    """An event that the anchor covers written anew, all after it hashed again and signed with the true key."""
    return _rewritten(dice, whole, whole.leaves[: whole.covered], [whole.anchor])


def rewritten_after(dice: random.Random, whole: Sound) -> str:
    """The same of an event after the anchor: what the anchor cannot know, the next one does."""
    return _rewritten(dice, whole, whole.leaves[whole.covered :], [whole.anchor, whole.after])


def _rewritten(dice: random.Random, whole: Sound, names: Sequence[str], anchors: Sequence[str]) -> str:
    sql = whole.memory
    sql.execute("SAVEPOINT one")
    try:
        _rewrite(dice, whole, dice.choice(names))
        return "PASSED" if stands(whole, anchors) else "verify"
    finally:
        sql.execute("ROLLBACK TO one")


def _rewrite(dice: random.Random, whole: Sound, name: str) -> None:
    sql = whole.memory
    subject, seq = sql.execute("SELECT subject, seq FROM events WHERE hash = ?", (name,)).fetchone()
    chain = sql.execute("SELECT seq, prev, hash, body FROM events WHERE subject = ? ORDER BY seq", (subject,))
    rows = [{"seq": s, "prev": p, "hash": h, "body": b64encode(b).decode()} for s, p, h, b in chain]
    new, swapped = again(dice, rows, seq - 1)
    for was, row in zip(rows[seq - 1 :], new[seq - 1 :], strict=True):
        body = b64decode(row["body"])
        told = json.loads(body)
        columns = [told[one] for one in ("at", "kind", "person", "operator")]
        sql.execute(
            "UPDATE events SET prev=?, hash=?, at=?, kind=?, person=?, operator=?, body=? WHERE hash=?",
            (row["prev"], row["hash"], *columns, body, was["hash"]),
        )
        sql.execute("UPDATE leaves SET hash=? WHERE hash=?", (row["hash"], was["hash"]))
    for table, column in (("changes", "id"), ("chains", "subject")):
        sql.execute(f"UPDATE {table} SET head=? WHERE {column}=?", (new[-1]["hash"], subject))
    hashes = [bytes.fromhex(swapped.get(one, one)) for one in whole.leaves]
    tree, note = Hashes(hashes), ""
    for size, at in sql.execute("SELECT size, at FROM checkpoints ORDER BY size").fetchall():
        root, grown = tree(0, size), Tree()
        for one in hashes[:size]:
            grown.add(one)
        note = SIGNER.checkpoint(size, root, at, after=note)
        values = (root.hex(), " ".join(one.hex() for one in grown.edge), note, size)
        sql.execute("UPDATE checkpoints SET root=?, edge=?, note=? WHERE size=?", values)


HANDS: dict[str, Callable[[random.Random, Sound], str]] = {
    "database": in_database,
    "database, a salt moved": moved,
    "database, with the key": rewritten,
    "database, with the key after the anchor": rewritten_after,
}
