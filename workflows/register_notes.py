"""What the chain of the system says to auditors: meetings that looked at a week, and what became of the log.

`full`: people by e-mail, else by name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from workflows import checkpoints, digest, dossier, history, persons, read_notes, system_chain
from workflows.event import Event, maybe_time
from workflows.models import events
from workflows.replay import read

MOST = 200
READINGS = 20


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that looked at `week` ("2026-W47"), and the numbers that it saw."""

    week: str
    who: str
    at: datetime
    changes: int
    emergencies: int
    without_approval: int
    findings: int
    unexplained: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history of the log: what happened, and who did it; "" for nobody."""

    at: datetime
    what: str
    who: str


@dataclass(frozen=True, slots=True)
class Reading:
    """That a source was read from `since` to `until`, as it was noted at `at`."""

    at: datetime
    source: str
    since: datetime | None
    until: datetime | None


def meetings(tx: Connection, since: datetime, until: datetime, *, full: bool) -> tuple[Meeting, ...]:
    """The sign-offs given in [since, until), newest first."""
    told = _told(tx, (digest.SEEN,), MOST, events.c.at >= since, events.c.at < until)
    return tuple(_meeting(event, who) for event, who in _named(tx, told, full))


def _meeting(event: Event, who: str) -> Meeting:
    d = event.data
    return Meeting(
        week=str(d.get("week") or ""),
        who=who,
        at=event.at,
        changes=int(d.get("changes") or 0),
        emergencies=int(d.get("emergencies") or 0),
        without_approval=int(d.get("without_approval") or 0),
        findings=int(d.get("findings") or 0),
        unexplained=int(d.get("unexplained") or 0),
        complete=bool(d.get("complete")),
    )


def log(tx: Connection, *, full: bool) -> tuple[Entry, ...]:
    """What became of the log and its keys, newest first."""
    told = _told(tx, (history.DIFFERS, history.ACCEPTED, checkpoints.ROTATED), MOST)
    return tuple(Entry(event.at, _words(event), who) for event, who in _named(tx, told, full))


def _words(event: Event) -> str:
    d = event.data
    if event.kind == checkpoints.ROTATED:
        return f"the key {_key(d.get('old'))} handed over to {_key(d.get('new'))}; both signed it"
    held = f"{d.get('place')} saw {d.get('size')} entries, the record held {d.get('length')}: {d.get('why')}"
    if event.kind == history.ACCEPTED:
        return f"the record was said to be right as it is ({held})"
    return f"the record is not what an anchor saw: {held}"


def _key(text: Any) -> str:
    """The name and id of a verifier key, without its bytes."""
    return "+".join(str(text or "").split("+")[:2])


def readings(tx: Connection) -> tuple[Reading, ...]:
    """What the newest notes say was read of each source, newest first."""
    return tuple(one for event in _told(tx, (read_notes.KIND,), READINGS) for one in _readings(event))


def _readings(event: Event) -> Iterator[Reading]:
    for one in event.data.get("read") or ():
        since, until = maybe_time(one.get("since")), maybe_time(one.get("until"))
        yield Reading(event.at, str(one.get("source") or ""), since, until)


def _told(tx: Connection, kinds: Sequence[str], most: int, *more: ColumnElement[bool]) -> list[Event]:
    e = events.c
    mine = select(e.body).where(*system_chain.of_kind(*kinds), *more).order_by(e.seq.desc()).limit(most)
    return [read(bytes(body)) for body in tx.scalars(mine)]


def _named(tx: Connection, told: Sequence[Event], full: bool) -> Iterator[tuple[Event, str]]:
    people = persons.by_id(tx, sorted({one.person for one in told if one.person}))
    if not full:
        people, told = {one: person.by_name() for one, person in people.items()}, [one.by_name() for one in told]
    for one in told:
        yield one, f"operator {one.operator}" if one.operator else dossier.who(one.person, people) or ""
