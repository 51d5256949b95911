"""One pass over every change of a period for what did not go by the book, a page at a time.

A deploy, which most changes are, is looked at only when the table of exceptions has one of it, or time alone may have
brought one about; `check` holds that table against the events. It is judged without making its whole record: by its
stored case, by those of its events that say more than the case, and by which of its texts still exist. Emergencies and
drills, which a pack shows each anyway, and findings make their whole record; so does what went on since the pack was
begun.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, select

from workflows import dossier, dossier_facts, listing, pack_exceptions, population, replay, snapshot
from workflows.case import Case
from workflows.change import Field, Kind
from workflows.db import Database
from workflows.event import Event
from workflows.models import changes, events, texts
from workflows.pack_exceptions import Departure
from workflows.population import Row
from workflows.register_models import listed

PAGE = 100
SHOWN = 1000
"""So many lines of each group stand on the page; all of them are in the CSV."""
SHORT = (
    *("key", "kind", "title", "status", "environment", "systems", "requester", "declared_at", "decision", "decided_at"),
    *("approvals", "deployments", "approved_before_deploy", "review", "reviewer", "reviewed_at", "hours_to_review"),
    *("on_time", "deadlines", "exceptions"),
)
OPENING = ("approved", "proceeding", "extended")
"""The events that may say until when something may go live."""
WRITTEN = {
    "justification": Field.WHY,
    "plan": Field.PLAN,
    "tests": Field.TESTS,
    "rollback": Field.ROLLBACK,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What the events of a deploy say besides its case. `whole`: `told` are all of them, else those that open."""

    told: tuple[tuple[Event, str], ...] = ()
    approved: Event | None = None
    erased: bool = False
    whole: bool = False


NOTHING = Heard()


@dataclass(slots=True)
class Survey:
    """What was met on the way: lines `counted` by group, the first of each `shown`, and who stands apart."""

    counted: Counter[str] = field(default_factory=Counter)
    shown: dict[str, list[Departure]] = field(default_factory=dict)
    emergencies: list[dict[str, Any]] = field(default_factory=list)
    drills: list[dict[str, Any]] = field(default_factory=list)

    def over(self, database: Database, rows: Sequence[Row], *, now: datetime) -> Iterator[Departure]:
        """Yield what of these changes is an exception, in their order."""
        for start in range(0, len(rows), PAGE):
            with database.read() as tx:
                some = rows[start : start + PAGE]
                clean = _clean(tx, some, now=now)
                page = records(tx, [row for row in some if row.subject not in clean], now=now)
            for row, record in page:
                if row.drill:
                    self.drills.append(_short(record))
                    continue
                if row.kind == Kind.EMERGENCY:
                    self.emergencies.append(_short(record))
                yield from pack_exceptions.of(record)

    def told(self, some: Iterable[Departure]) -> Iterator[Departure]:
        """Pass these lines on, and keep of them what the page needs."""
        for one in some:
            self.counted[one.group] += 1
            shown = self.shown.setdefault(one.group, [])
            if len(shown) < SHOWN:
                shown.append(one)
            yield one


def _clean(tx: Connection, rows: Sequence[Row], *, now: datetime) -> set[str]:
    """The deploys that have no exception as they are by now, and as their row has them."""
    versions = {row.subject: row.events for row in rows if row.kind == Kind.DEPLOY and not row.drill}
    mine = select(changes.c.id, changes.c.version).join(listed, listed.c.change == changes.c.id)
    timely = listed.c.late_at.is_(None) | (listed.c.late_at >= now)
    found = tx.execute(mine.where(changes.c.id.in_(list(versions)), ~listed.c.excepted, timely)) if versions else ()
    return {one.id for one in found if one.version == versions[one.id]}


def records(tx: Connection, rows: Sequence[Row], *, now: datetime) -> list[tuple[Row, Mapping[str, Any]]]:
    """The record of each (at most 500), in their order; of a deploy as much of it as `pack_exceptions.of` reads."""
    c = changes.c
    wanted = [row.subject for row in rows if row.kind == Kind.DEPLOY and not row.drill]
    stored = tx.execute(select(c.id, c.version, c.state).where(c.id.in_(wanted))).all() if wanted else ()
    versions = {row.subject: row.events for row in rows}
    cases = {one.id: snapshot.load(one.state) for one in stored if one.version == versions[one.id]}
    live = [case for case in cases.values() if case.deployments]
    heard, there = _heard(tx, live), _there(tx, live)
    found: dict[str, Mapping[str, Any]] = {
        id: _enough(case, heard.get(id, NOTHING), there, now=now) for id, case in cases.items()
    }
    rest = [row for row in rows if row.subject not in found]
    found |= {one.row.subject: one.record for one in (population.seen(tx, rest, now=now) if rest else ())}
    return [(row, found[row.subject]) for row in rows]


def _short(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in SHORT}


def _enough(case: Case, heard: Heard, there: set[str], *, now: datetime) -> dict[str, Any]:
    """What the exceptions of a deploy are read from; a text is no more than whether it is there."""
    if heard.whole:
        sampled = dossier_facts.sampled(case, heard.told)
    else:
        sampled = dossier_facts.answered(case, heard.approved) if case.deployments else {}
    return {
        "key": case.key,
        "kind": case.kind.value,
        "type": case.type.value,
        "exceptions": listing.exceptions(case, heard.told, now),
        "deploy": {
            "rollback_of": case.rollback.of if case.rollback else None,
            "sha": case.sha,
            "sampled": sampled,
        },
        "deployments": case.deployments,
        **{name: case.texts.get(field) in there for name, field in WRITTEN.items()},
        "systems": case.systems,
        "environment": case.environment,
        "risk": case.risk.value,
        "declared_at": None,
        "decision": dossier.decided(case),
        "decided_at": None,
        "approved_before_deploy": dossier.approved_before(case),
        "approvals": (),
        "review": {},
        "events": [{"kind": "erased"}] if heard.erased else (),
    }


def _there(tx: Connection, cases: Iterable[Case]) -> set[str]:
    """Digests of those texts that are asked for of a deploy, and that are still there and not empty."""
    wanted = sorted({case.texts[one] for case in cases for one in WRITTEN.values() if one in case.texts})
    c = texts.c
    return set(tx.scalars(select(c.digest).where(c.digest.in_(wanted), c.body.is_not(None), c.body != "")))


def _heard(tx: Connection, cases: Sequence[Case]) -> dict[str, Heard]:
    """What the events of these changes say, by change."""
    e = events.c
    body = sa.case((e.kind.in_(OPENING), e.body), else_=None)
    mine = select(e.subject, e.seq, e.kind, body.label("body"))
    mine = mine.where(e.subject.in_([one.id for one in cases]), e.kind.in_([*OPENING, "read", "erased"]))
    rows = tx.execute(mine.order_by(e.subject, e.seq)) if cases else ()
    some = {subject: list(mine) for subject, mine in groupby(rows, key=lambda row: row.subject)}
    found = {case.id: _of(case, some.get(case.id, ())) for case in cases}
    whole = replay.history(tx, [id for id, one in found.items() if one.whole])
    return found | {id: replace(found[id], told=tuple(told)) for id, told in whole.items()}


def _of(case: Case, rows: Sequence[Any]) -> Heard:
    """Without its other events where nothing had a window and no reading is younger than the last approval: then the
    case has the reading that it was approved on.
    """
    opened = [(replay.read(row.body), "") for row in rows if row.kind in OPENING]
    approved = next((event for event, _ in reversed(opened) if event.kind == "approved"), None)
    reads = [row.seq for row in rows if row.kind == "read"]
    later = bool(approved and reads and reads[-1] > approved.seq)
    known = case.reading.sha == case.sha if case.reading else not reads
    windows = any(event.data.get("until") or event.data.get("window_until") for event, _ in opened)
    erased = any(row.kind == "erased" for row in rows)
    return Heard(tuple(opened), approved, erased, whole=later or windows or not known)
