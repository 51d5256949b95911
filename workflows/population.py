"""All changes of a period, from which a sample is drawn, and how it is known that these are all.

A row says up to which event a change is seen, so that whatever is read of it afterwards is cut off there: the parts of
one pack agree, although nobody holds the database still while they are made.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from workflows import evidence, replay, snapshot, system_chain
from workflows.case import Case
from workflows.completeness import Gap, Period, Stretch
from workflows.event import Event
from workflows.models import changes, counters, events
from workflows.moments import moment_text
from workflows.numbering import numbers_missing
from workflows.verify import SYSTEM

PAGE = 500
_MANY = 5000
_KEY = re.compile(r"([A-Z]+-\d{4})-(\d+)")
_TEXT = rb'"[ !#-\[\]-~]*"'
_NUMBERED = re.compile(
    rb'\{"at":%b,"data":\{"key":"([A-Z0-9-]+)","subject":"([A-Za-z0-9-]+)"\},"kind":"numbered","operator":(?:null|%b)'
    rb',"person":(?:null|%b),"prev":"[0-9a-f]{64}","seq":[1-9][0-9]*,"subject":"system","v":1\}' % (_TEXT, _TEXT, _TEXT)
)
"""The bytes of such an event as they are always written."""


_C = changes.c
_ROW = select(_C.key, _C.kind, _C.id, _C.declared_at, _C.status, _C.version, _C.head, _C.drill)


@dataclass(frozen=True, slots=True)
class Row:
    """One change: `events` and `head` are the number and the hash of its last event; `drill`: it was only practice."""

    key: str
    kind: str
    subject: str
    declared_at: datetime
    status: str
    events: int
    head: str
    drill: bool

    def json(self) -> dict[str, Any]:
        """The row as plain values."""
        return {
            "key": self.key,
            "kind": self.kind,
            "subject": self.subject,
            "declared_at": moment_text(self.declared_at),
            "status": self.status,
            "events": self.events,
            "head": self.head,
            "drill": self.drill,
        }


def rows(tx: Connection, since: datetime, until: datetime) -> Iterator[Row]:
    """Yield what was declared in [since, until), drills too, oldest first, a page at a time."""
    c = changes.c
    wanted = _ROW.where(c.declared_at >= since, c.declared_at < until).order_by(c.declared_at, c.id).limit(PAGE)
    last: Row | None = None
    while True:
        after = wanted
        if last:
            same = and_(c.declared_at == last.declared_at, c.id > last.subject)
            after = wanted.where(or_(c.declared_at > last.declared_at, same))
        page = [Row(*row) for row in tx.execute(after)]
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]


def names(tx: Connection, since: datetime, until: datetime) -> Iterator[tuple[str, str, bool]]:
    """Yield key, kind and whether it is a drill of what was declared in [since, until), in no order."""
    c = changes.c
    wanted = select(c.key, c.kind, c.drill).where(c.declared_at >= since, c.declared_at < until)
    for page in tx.execute(wanted.execution_options(yield_per=_MANY)).partitions():
        yield from ((key, kind, drill) for key, kind, drill in page)


def named(tx: Connection, keys: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of the changes with these keys, sorted by key."""
    for start in range(0, len(keys), PAGE):
        some = keys[start : start + PAGE]
        yield from (Row(*row) for row in tx.execute(_ROW.where(changes.c.key.in_(some)).order_by(changes.c.key)))


def first(tx: Connection) -> datetime | None:
    """When the oldest change was declared; None: there is none."""
    found: datetime | None = tx.scalar(select(changes.c.declared_at).order_by(changes.c.declared_at).limit(1))
    return found


def counts(some: Iterable[Row]) -> dict[str, int]:
    """How many of each kind, without drills."""
    return dict(sorted(Counter(row.kind for row in some if not row.drill).items()))


def gapless(tx: Connection) -> bool:
    """Whether each number up to the last that was given out has a change, and each change an event of its number.

    Which number went to which change is not compared: `numbering` does, and reads all of these events for it.
    """
    c = changes.c
    mine = select(c.series, c.year, func.count().label("many"), func.min(c.number), func.max(c.number))
    there = {(row.series, row.year): tuple(row)[2:] for row in tx.execute(mine.group_by(c.series, c.year))}
    given = {(row.series, row.year): (row.last, 1, row.last) for row in tx.execute(select(counters)) if row.last}
    told = select(func.count()).select_from(events).where(*system_chain.of_kind("numbered"))
    return there == given and tx.scalar(told) == sum(many for many, _, _ in there.values())


def numbering(tx: Connection) -> dict[str, Any]:
    """Of each series: the last number, and which are `missing`; `strange`: keys that are not as they were given out.

    Raises ValueError, LookupError or TypeError for an event that can't be read.
    """
    there = tx.execute(select(changes.c.key, changes.c.id).execution_options(yield_per=_MANY)).partitions()
    left: dict[str, str] = {key: id for page in there for key, id in page}
    odd: dict[str, str] = {}
    numbers: dict[str, list[int]] = {}
    for key, subject in _given(tx):
        if match := _KEY.fullmatch(key):
            numbers.setdefault(match[1], []).append(int(match[2]))
        if left.pop(key, None) != subject:
            odd[key] = subject
    strange = left.keys() | {key for key, subject in odd.items() if subject != _id(tx, key)}
    series = [
        {"series": name, "last": max(some), "missing": numbers_missing(some, max(some))}
        for name, some in sorted(numbers.items())
    ]
    return {"series": series, "strange": sorted(strange)}


def _given(tx: Connection) -> Iterator[tuple[str, str]]:
    """Which key went to which change, in order. All of these events look alike, so that few are read as JSON."""
    told = select(events.c.body).where(events.c.subject == SYSTEM, events.c.kind == "numbered").order_by(events.c.seq)
    for page in tx.scalars(told.execution_options(yield_per=_MANY)).partitions():
        for body in page:
            if found := _NUMBERED.fullmatch(body):
                yield found[1].decode(), found[2].decode()
            else:
                data = json.loads(body)["data"]
                yield str(data["key"]), str(data["subject"])


def _id(tx: Connection, key: str) -> str | None:
    found: str | None = tx.scalar(select(changes.c.id).where(changes.c.key == key))
    return found


def complete(period: Period, numbered: dict[str, Any]) -> dict[str, Any]:
    """How the population was proved complete; `clean`: "0 unexplained" may be said, and no number is missing.

    `asked`: which source the policies in force asked for, and when; `read`: what events `sources_read` note of these.
    """
    whole = not numbered["strange"] and not any(one["missing"] for one in numbered["series"])
    return {
        "unexplained": period.count,
        "list": [asdict(one) | {"at": moment_text(one.at)} for one in period.list],
        "explained": period.explained,
        "gaps": _stretches(period.gaps),
        "sources": list(period.sources),
        "asked": _stretches(period.asked),
        "read": _stretches(period.read),
        "as_of": moment_text(period.as_of) if period.as_of else None,
        "clean": period.clean and whole,
        "numbering": numbered,
    }


def _stretches(some: Iterable[Gap | Stretch]) -> list[dict[str, str]]:
    return [
        {"source": one.source, "since": moment_text(one.since), "until": moment_text(one.until)} for one in some
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """A change as far as its row goes: its case (without texts), its events with their hashes, its export record."""

    row: Row
    case: Case
    told: tuple[tuple[Event, str], ...]
    record: dict[str, Any]


def seen(tx: Connection, some: Sequence[Row], *, now: datetime) -> list[Seen]:
    """These changes (at most 500) as they were at the event that their row names; texts as they are by now."""
    told = {row.subject: [pair for pair in pairs if pair[0].seq <= row.events] for row, pairs in _with_events(tx, some)}
    c = changes.c
    stored = {row.id: row for row in tx.execute(select(c.id, c.version, c.state).where(c.id.in_(sorted(told))))}
    cases = []
    for row in some:
        kept = stored[row.subject]
        same = kept.version == row.events
        cases.append(snapshot.load(kept.state) if same else _folded(told[row.subject]))
    made = evidence.of(tx, cases, told, now=now)
    return [
        Seen(row, case, tuple(told[row.subject]), record) for row, case, record in zip(some, cases, made, strict=True)
    ]


def _with_events(tx: Connection, some: Sequence[Row]) -> Iterator[tuple[Row, list[tuple[Event, str]]]]:
    found = replay.history(tx, [row.subject for row in some])
    return ((row, found[row.subject]) for row in some)


def _folded(told: Sequence[tuple[Event, str]]) -> Case:
    *_, (_, _, case) = replay.steps(told)
    return replace(case, bodies={})
