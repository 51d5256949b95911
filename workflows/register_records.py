"""The records that the register shows, as much of each as the reader may see.

`full`: for auditors and admins. Anybody else sees people by name, and nothing that was typed on a confidential change.
"""

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from workflows import (
    attributes,
    departures,
    dossier,
    evidence,
    pack_exceptions,
    persons,
    policies,
    register,
    replay,
    snapshot,
    tampering,
)
from workflows.attributes import Answer
from workflows.case import Case
from workflows.change import Field, Person
from workflows.db import Database
from workflows.event import Event
from workflows.models import changes
from workflows.register import Filter
from workflows.register_models import exceptions

Told = Mapping[str, Sequence[tuple[Event, str]]]
PAGE = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of a list. `title` None: erased; `hidden`: confidential for this reader. Times are aware UTC."""

    key: str
    kind: str
    status: str
    title: str | None
    hidden: bool
    systems: tuple[str, ...]
    asked_by: str
    verdict: str
    decided_by: tuple[str, ...]
    decided_at: datetime | None
    live_at: datetime | None
    review_due: datetime | None
    reviewed_at: datetime | None
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One change with all that is shown of it; `erased`: digest → the event that removed it.

    `codes` and `answers` are of the whole record, also where its texts are `hidden`.
    """

    case: Case
    record: dict[str, Any]
    told: Sequence[tuple[Event, str]]
    people: Mapping[str, Person]
    texts: Mapping[str, str]
    erased: Mapping[str, Event]
    hidden: bool
    codes: tuple[str, ...]
    answers: tuple[Answer, ...]


def lines(tx: Connection, ids: Sequence[str], *, now: datetime, full: bool) -> tuple[Shown, ...]:
    """These changes as lines, in this order."""
    cases = _cases(tx, ids)
    titles = evidence.texts_of(tx, {case.texts[Field.TITLE] for case in cases if Field.TITLE in case.texts})
    people = _people(tx, cases, {}, full)
    found: dict[str, list[str]] = {}
    codes = select(exceptions.c.change, exceptions.c.code).where(exceptions.c.change.in_(ids))
    for change, code in tx.execute(codes.order_by(exceptions.c.code)):
        found.setdefault(change, []).append(code)
    return tuple(_line(case, titles, people, found.get(case.id, []), now, full) for case in cases)


def _line(
    case: Case,
    titles: Mapping[str, str],
    people: Mapping[str, Person],
    codes: Sequence[str],
    now: datetime,
    full: bool,
) -> Shown:
    timely = departures.timely(case, now)
    voices = [one for one in (case.decision, case.afterwards) if one and one.kind != "proceeding"]
    approvers = [a.person for a in case.approvals if a.taken_back_at is None and a.revision == case.revision]
    deciders = approvers or [one.by for one in voices]
    hidden = case.confidential and not full
    review, verdict = case.review, dossier.decided(case)
    return Shown(
        key=case.key,
        kind=case.kind.value,
        status=case.status.value,
        title=None if hidden else titles.get(case.texts.get(Field.TITLE, "")),
        hidden=hidden,
        systems=case.systems,
        asked_by=dossier.who(case.requester, people) or "",
        verdict=verdict,
        decided_by=tuple(dict.fromkeys(dossier.who(one, people) or "" for one in deciders)),
        decided_at=voices[0].at if voices else None,
        live_at=dossier.went_live(case),
        review_due=review.due if review else None,
        reviewed_at=review.closed_at if review else None,
        exceptions=(*codes, *timely),
    )


def change(
    tx: Connection,
    key: str,
    *,
    now: datetime,
    full: bool,
    mentioned: Callable[[Sequence[tuple[Event, str]]], Collection[str]] = lambda told: (),
) -> Change | None:
    """The change of a key, typed in any case; None: there is none. `mentioned`: whom else to name, by its events."""
    known = tx.scalar(select(changes.c.id).where(changes.c.key == key_of(key)))
    if known is None:
        return None
    (bare,) = _cases(tx, [known])
    told = _history(tx, [known], full)
    told_of = told[known]
    said = {digest for event, _ in told_of for digest in tampering.commitments(event)}
    (case,) = evidence.with_bodies(tx, [bare])
    texts = evidence.texts_of(tx, said | set(case.bodies))
    hidden = case.confidential and not full
    people = _people(tx, [case], told, full, mentioned(told_of))
    version = _version(tx, case.policy)
    record = dossier.record(case, told_of, people, policy_version=version, now=now)
    codes, answers = tuple(one.code for one in pack_exceptions.of(record)), attributes.answers(record)
    if hidden:
        case, texts = replace(case, bodies={}), {}
        record = dossier.record(case, told_of, people, policy_version=version, now=now)
    gone = {str(event.data["digest"]): event for event, _ in told_of if event.kind == "erased"}
    return Change(case, record, told_of, people, texts, gone, hidden, codes, answers)


def key_of(typed: str) -> str:
    """The key that is meant, as the record has it."""
    return typed.strip().upper()


def records(database: Database, only: Filter, *, full: bool) -> Iterator[dict[str, Any]]:
    """Yield the export records that the filter lets through, oldest first, in short pages."""
    last: tuple[datetime, str] | None = None
    while True:
        with database.read() as tx:
            page = register.ids(tx, only, last, PAGE)
            found = some(tx, [one for _, one in page], now=only.now, full=full)
        yield from found
        if len(page) < PAGE:
            return
        last = page[-1]


def some(tx: Connection, ids: Sequence[str], *, now: datetime, full: bool) -> list[dict[str, Any]]:
    """The export records of these changes, in this order; at most 500."""
    cases = _cases(tx, ids)
    told = _history(tx, ids, full)
    if full:
        return evidence.of(tx, cases, told, now=now)
    return _made(tx, [_hidden(case) for case in evidence.with_bodies(tx, cases)], told, now, full)


def answered(
    tx: Connection, ids: Sequence[str], *, now: datetime, full: bool
) -> list[tuple[dict[str, Any], tuple[Answer, ...]]]:
    """The same records, each with its seven answers, which are of the whole record also where texts are hidden."""
    cases = evidence.with_bodies(tx, _cases(tx, ids))
    told = _history(tx, ids, full)
    whole = _made(tx, cases, told, now, full)
    shown = whole if full else _made(tx, [_hidden(case) for case in cases], told, now, full)
    return [(record, attributes.answers(one)) for record, one in zip(shown, whole, strict=True)]


def _history(tx: Connection, ids: Sequence[str], full: bool) -> Told:
    told = replay.history(tx, ids)
    return told if full else {one: [(event.by_name(), head) for event, head in some] for one, some in told.items()}


def _hidden(case: Case) -> Case:
    """The case as whoever may not see what is confidential sees it."""
    return replace(case, bodies={}) if case.confidential else case


def _made(tx: Connection, cases: Sequence[Case], told: Told, now: datetime, full: bool) -> list[dict[str, Any]]:
    people, versions = _people(tx, cases, told, full), {one: _version(tx, one) for one in {c.policy for c in cases}}
    return [dossier.record(c, told[c.id], people, policy_version=versions[c.policy], now=now) for c in cases]


def _cases(tx: Connection, ids: Collection[str]) -> list[Case]:
    rows = tx.execute(select(changes.c.id, changes.c.state).where(changes.c.id.in_(ids)))
    found = {row.id: snapshot.load(row.state) for row in rows}
    return [found[one] for one in ids]


def _people(
    tx: Connection, cases: Sequence[Case], told: Told, full: bool, more: Collection[str] = ()
) -> dict[str, Person]:
    """Who is mentioned; for whom may not see it, everybody by name alone."""
    people = evidence.named(tx, cases, told)
    if more:
        people |= persons.by_id(tx, set(more) - people.keys())
    if full:
        return people
    return {one: person.by_name() for one, person in people.items()}


def _version(tx: Connection, digest: str) -> int | None:
    source = policies.source(tx, digest) if digest else None
    version = tomllib.loads(source).get("version") if source else None
    return version if isinstance(version, int) else None
