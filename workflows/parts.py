"""The parts of which the check of a stored record is made: each reads by itself, and says what it found."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from workflows import logged, stored
from workflows.numbering import numbers_wrong
from workflows.stored import Range
from workflows.verify import SALT, Bad, Key, digest, text_is_wrong
from workflows.walking import chains

Part = tuple[str, Range]
ALL: Range = (None, None)
BESIDE = ("signed", "texts", "listed", "numbers", "policies")  # the parts other than events, what takes longest first
PIECES = 14


@dataclass(frozen=True, slots=True)
class Found:
    """What a part found: what is `bad`, and what is counted or compared with other parts."""

    bad: tuple[Bad, ...] = ()
    subjects: int = 0
    events: int = 0
    texts: int = 0
    size: int = 0
    signers: tuple[str, ...] | None = None
    erased: frozenset[str] = frozenset()
    gone: tuple[str, ...] = ()  # digests of texts that are not there any more
    numbered: tuple[tuple[str, str], ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    taken: tuple[tuple[str, str, str | None], ...] = ()  # policies: digest, since when in force, by whom


def parts(cursor: Any, pieces: int) -> list[Part]:
    """All parts, with the events in so many pieces of about as many changes each; what takes longest comes first."""
    many, between = logged.count(cursor, "changes"), list[str]()
    for n in range(1, pieces):
        sql = "SELECT id FROM changes ORDER BY id LIMIT 1 OFFSET ?"
        found = [one for (one,) in stored.rows(cursor, sql, (many * n // pieces,))]
        between += [one for one in found if isinstance(one, str) and one not in between]
    edges = [None, *between, None]
    pairs = [("events", one) for one in pairwise(edges)]
    return [(name, ALL) for name in BESIDE] + pairs[::-1]


def work(cursor: Any, part: Part, keys: Sequence[Key], anchors: Sequence[str]) -> Found:
    """Do one part. What can't be read is found to be bad: nothing is raised, but by the machine."""
    name, some = part
    act: dict[str, Callable[[], Found]] = {
        "events": lambda: _events(cursor, some),
        "texts": lambda: _texts(cursor),
        "numbers": lambda: _numbers(cursor),
        "policies": lambda: _policies(cursor),
        "signed": lambda: _signed(cursor, keys, anchors),
        "listed": lambda: Found(tuple(logged.listed(cursor))),
    }
    try:
        return act[name]()
    except stored.faults(cursor) as fault:
        subject = logged.LOG if name in ("signed", "listed") else name
        return Found((Bad(subject, None, f"cannot be read: {type(fault).__name__} {fault}"),))


def _events(cursor: Any, some: Range) -> Found:
    ends, bad = dict[str, tuple[int, str]](), list[Bad]()
    for table, column in (("changes", "id"), ("chains", "subject")):
        where, values = stored.within(column, some)
        for subject, version, head in stored.rows(
            cursor, f"SELECT {column}, version, head FROM {table} WHERE {where}", values
        ):
            if subject in ends:
                bad.append(Bad(str(subject), None, "is there twice"))
            ends[subject] = (version, head)
    walk = chains(stored.events(cursor, some), ends)
    found = (*walk.bad.values(), *bad)
    erased, numbered = frozenset(walk.erased), tuple(walk.numbered)
    taken = tuple((name, *how) for name, how in walk.taken.items() if name)
    return Found(found, walk.subjects, walk.events, erased=erased, numbered=numbered, taken=taken)


def _texts(cursor: Any) -> Found:
    bad, gone, count, sha256 = list[Bad](), list[str](), 0, hashlib.sha256
    for name, salt, text in stored.stream(cursor, "SELECT digest, salt, body FROM texts"):
        count += 1
        if text is None:
            gone.append(name)
        elif len(salt) != SALT or sha256(salt + text.encode()).hexdigest() != name:
            bad.append(Bad(f"text {name[:12]}", None, text_is_wrong(name, salt, text, ()) or "cannot be read"))
    return Found(tuple(bad), texts=count, gone=tuple(gone))


def _numbers(cursor: Any) -> Found:
    places = stored.rows(cursor, "SELECT id, key, series, year, number FROM changes")
    bad = tuple(numbers_wrong(places, stored.rows(cursor, "SELECT series, year, last FROM counters")))
    return Found(bad, keys=tuple((str(row[1]), str(row[0])) for row in places))


def _policies(cursor: Any) -> Found:
    there = stored.rows(cursor, f'SELECT digest, {stored.at_text(cursor)}, "by", source FROM policies ORDER BY 1')
    wrong = [str(name) for name, _, _, source in there if digest(source.encode()) != name]
    bad = (Bad(f"policy {name[:7]}", None, "is not the text that was in force") for name in wrong)
    return Found(tuple(bad), taken=tuple((name, at, by) for name, at, by, _ in there))


def _signed(cursor: Any, keys: Sequence[Key], anchors: Sequence[str]) -> Found:
    log = logged.signed(cursor, keys, anchors)
    return Found(tuple(log.bad), size=log.size, signers=log.signers)
