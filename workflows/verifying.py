"""A whole database held against `verify`: its chains, texts and numbers, its log, the checkpoints, and your anchors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from workflows import beside, logged, stored
from workflows.numbering import numbers_differ
from workflows.parts import PIECES, Found, parts, work
from workflows.verify import SYSTEM, Bad, Key, text_is_wrong

MANY = 100_000  # events from which on a second process is worth its start


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


def database(source: Any, *, keys: Sequence[Key] = (), anchors: Sequence[str] = (), many: int = MANY) -> Report:
    """Check a whole database: `source` is its URL, or an open SQLAlchemy connection (nothing is written).

    `keys` are yours, not the database's: each checkpoint must be signed by one of them, or by one that they handed
    over to or took over from. `anchors` are checkpoints (signed notes) that you kept: the log must go on from them.
    A record of `many` events is read by two processes, if its URL is given. Whatever can't be read is wrong.
    """
    if not isinstance(source, str):
        return _check(source.connection.cursor(), keys, anchors, None)
    connection = stored.opened(source)
    faults = stored.faults(connection.cursor())
    try:
        cursor = stored.begin(connection)
        return _check(cursor, keys, anchors, source if logged.count(cursor, "events") >= many else None)
    except faults as fault:
        return _unread(fault)
    finally:
        connection.close()


def _check(cursor: Any, keys: Sequence[Key], anchors: Sequence[str], url: str | None) -> Report:
    """By two processes, if there is a URL."""
    try:
        todo, done = parts(cursor, PIECES if url else 1), dict[int, Found]()
        if url:
            cursor, done = beside.share(url, cursor, todo, keys, anchors)
        found = [(one[0], done[n] if n in done else work(cursor, one, keys, anchors)) for n, one in enumerate(todo)]
        bad = [*(one for _, part in found for one in part.bad), *_between(cursor, found)]
    except stored.faults(cursor) as fault:
        return _unread(fault)
    subjects, events = sum(part.subjects for _, part in found), sum(part.events for _, part in found)
    texts, size = sum(part.texts for _, part in found), sum(part.size for _, part in found)
    signers = next((part.signers for _, part in found if part.signers is not None), None)
    told = (Bad(_plain(one.subject), one.seq, _plain(one.what)) for one in dict.fromkeys(bad))
    ordered = tuple(sorted(told, key=lambda one: (one.subject, one.seq or 0)))
    return Report(subjects, events, texts, ordered, size, signers)


def _unread(fault: BaseException) -> Report:
    return Report(0, 0, 0, (Bad("record", None, _plain(f"cannot be read: {type(fault).__name__} {fault}")),))


def _between(cursor: Any, found: Sequence[tuple[str, Found]]) -> Iterator[Bad]:
    """What one part says, held against what another one says."""
    here = [part for name, part in found if name == "events"]
    if sum(one.events for one in here) != logged.count(cursor, "events"):
        yield Bad("events", None, "some are of no chain")
    erased = {name for one in here for name in one.erased}
    gone = [name for _, part in found for name in part.gone]
    for name in gone:
        what = text_is_wrong(name, b"", None, erased)
        yield from [Bad(f"text {name[:12]}", None, what)] if what else ()
    for name in sorted(erased - set(gone)):
        for salt, text in stored.rows(cursor, "SELECT salt, body FROM texts WHERE digest = ?", (name,)):
            what = text_is_wrong(name, bytes(salt), text, erased)
            yield from [Bad(f"text {name[:12]}", None, what)] if what else ()
    named = {one.subject for _, part in found for one in part.bad}
    if SYSTEM not in named:
        keys = {key: subject for _, part in found for key, subject in part.keys}
        numbered = [one for part in here for one in part.numbered]
        yield from (one for one in numbers_differ(numbered, keys) if one.subject not in named)
        there = {one for name, part in found if name == "policies" for one in part.taken}
        for one in (one for part in here for one in part.taken if one not in there):
            yield Bad(f"policy {one[0][:7]}", None, "is not there as it was put in force")


def _plain(text: Any) -> str:
    """As it can be printed on one line."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(text))
