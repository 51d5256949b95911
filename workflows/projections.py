"""What the tables beside the events show of a case: columns to search by, voices, parties, duties."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from workflows import condemned, departures, excepted, listing, replay, snapshot
from workflows.case import Case
from workflows.change import Field, Kind
from workflows.fold import Duty, duties
from workflows.models import approvals, change_systems, parties
from workflows.models import duties as duties_table
from workflows.peer_models import links as links_table
from workflows.peered import Issue
from workflows.register_models import exceptions, involved, listed, touched

_LIST = insert(listed)
_LIST_AGAIN = update(listed).where(listed.c.change == bindparam("was"))


@dataclass(frozen=True, slots=True)
class Link:
    """A row of `links`."""

    kind: str
    ref: str
    remote: str
    open: bool


def columns(case: Case, now: datetime) -> dict[str, Any]:
    """Return the derived columns of the change's row."""
    review = case.review
    return {
        "status": case.status.value,
        "revision": case.revision,
        "version": case.version,
        "head": case.head,
        "state": snapshot.dump(case),
        "title_digest": case.texts.get(Field.TITLE),
        "requester": case.requester,
        "implementer": case.implementer,
        "environment": case.environment,
        "risk": case.risk.value,
        "repository": case.repository.lower() if case.repository else None,
        "sha": case.sha,
        "declared_at": case.declared_at,
        "decided_at": case.decision.at if case.decision else None,
        "closed_at": case.closed_at,
        "review_owner": review.owner if review else None,
        "review_due": review.due if review else None,
        "review_deadline": review.deadline if review else None,
        "reviewed_at": review.closed_at if review else None,
        "updated_at": now,
    }


def write(tx: Connection, before: Case | None, after: Case) -> None:
    """Bring voices, parties, systems, duties and links from `before` (None: nothing yet) to `after`."""
    _voices(tx, before, after)
    _parties(tx, before, after)
    mark = _listing(tx, before, after)
    _systems(tx, before, after, mark)
    _duties(tx, duties(before) if before else (), duties(after), after.id)
    _links(tx, links(before) if before else (), links(after), after.id)
    _involved(tx, listing.people(before) if before else frozenset(), after, mark)


def links(case: Case) -> tuple[Link, ...]:
    """What the change is linked to at PagerDuty and Jira."""
    found: list[Link] = []
    seen, issue = case.incident_seen, case.issue
    if seen is not None and seen.id:
        found.append(Link("incident", "", seen.id, seen.status != "resolved" and seen.trouble != "gone"))
    elif case.incident:
        found.append(Link("incident", "", case.incident, True))
    if issue is not None and issue.id:
        found.append(Link("issue", "", issue.id, _moves(issue)))
    elif case.jira:
        found.append(Link("issue", "", case.jira, True))
    if case.remediation is not None or condemned.unmended(case):
        found.append(Link("remediation", "", case.remediation.id if case.remediation else "", condemned.unmended(case)))
    for review in (case.review, *case.earlier_reviews):
        for one in review.follow_ups if review else ():
            if one.issue is not None:
                found.append(Link("follow-up", one.id, one.issue.id, _moves(one.issue)))
    return tuple(found)


def _moves(issue: Issue) -> bool:
    return not issue.done and issue.trouble != "gone"


def _links(tx: Connection, had: Iterable[Link], has: Iterable[Link], change: str) -> None:
    old, new = {(one.kind, one.ref): one for one in had}, {(one.kind, one.ref): one for one in has}
    c = links_table.c
    for key in sorted(old.keys() - {k for k in old.keys() & new.keys() if old[k] == new[k]}):
        tx.execute(delete(links_table).where((c.change == change) & (c.kind == key[0]) & (c.ref == key[1])))
    rows = [{"change": change, **asdict(one)} for key, one in new.items() if old.get(key) != one]
    if rows:
        tx.execute(insert(links_table), rows)


def _listing(tx: Connection, before: Case | None, after: Case) -> str:
    """The row of the register's list, and the exceptions; its events are read only where they have a say.

    Returns the mark of its traits, which the rows of people and systems that are there already have by then.
    """
    if departures.asks(after):
        had = frozenset(tx.scalars(select(exceptions.c.code).where(exceptions.c.change == after.id)))
        has = excepted.of(tx, [after], replay.history(tx, [after.id]))[after.id]
    else:
        had = departures.lasting(before, (), ()) if before else frozenset()
        has = departures.lasting(after, (), ())
    for gone in sorted(had - has):
        tx.execute(delete(exceptions).where((exceptions.c.change == after.id) & (exceptions.c.code == gone)))
    if has - had:
        place = {"change": after.id, "declared_at": after.declared_at, "drill": after.drill}
        tx.execute(insert(exceptions), [{"code": code, **place} for code in sorted(has - had)])
    row, old = listing.row(after, has), listing.row(before, had) if before else None
    mark = str(row["mark"])
    if old is None:
        tx.execute(_LIST, {"change": after.id, **row})
    elif row != old:
        tx.execute(_LIST_AGAIN, {"was": after.id, **row})
        for table in (involved, touched) if mark != old["mark"] else ():
            tx.execute(update(table).where(table.c.change == after.id).values(mark=mark))
    return mark


def _involved(tx: Connection, had: frozenset[str], after: Case, mark: str) -> None:
    has = listing.people(after)
    for gone in sorted(had - has):
        tx.execute(delete(involved).where((involved.c.change == after.id) & (involved.c.person == gone)))
    if has - had:
        tx.execute(insert(involved), [{"person": one, **_place(after, mark)} for one in sorted(has - had)])


def _place(case: Case, mark: str) -> dict[str, Any]:
    """What rows beside the list say of the change, so that it need not be asked."""
    place: dict[str, Any] = {"change": case.id, "declared_at": case.declared_at, "drill": case.drill}
    return {**place, "emergency": case.kind is Kind.EMERGENCY, "mark": mark}


def _voices(tx: Connection, before: Case | None, after: Case) -> None:
    had = {(a.revision, a.phase, a.person) for a in before.approvals} if before else set()
    for a in after.approvals:
        if (a.revision, a.phase, a.person) not in had:
            row = {"change": after.id, "revision": a.revision, "phase": a.phase, "person": a.person}
            row |= {"voice": a.voice, "right": a.right, "at": a.at, "seq": after.version}
            tx.execute(insert(approvals), row)


def _parties(tx: Connection, before: Case | None, after: Case) -> None:
    had = {(p.person, p.relation) for p in before.parties} if before else set()
    new = {(p.person, p.relation): p for p in after.parties if (p.person, p.relation) not in had}
    rows = [
        {
            "change": after.id,
            "person": p.person,
            "relation": p.relation.value,
            "at": p.at,
            "seq": after.version,
        }
        for p in new.values()
    ]
    if rows:
        tx.execute(insert(parties), rows)


def _systems(tx: Connection, before: Case | None, after: Case, mark: str) -> None:
    had, has = set(before.systems if before else ()), set(after.systems)
    for gone in sorted(had - has):
        for table in (change_systems, touched):
            tx.execute(delete(table).where((table.c.change == after.id) & (table.c.system == gone)))
    if has - had:
        tx.execute(insert(change_systems), [{"change": after.id, "system": s} for s in sorted(has - had)])
        tx.execute(insert(touched), [{"system": s, **_place(after, mark)} for s in sorted(has - had)])


def _duties(tx: Connection, had: Iterable[Duty], has: Iterable[Duty], change: str) -> None:
    old, new = _by_key(had), _by_key(has)
    c = duties_table.c
    for key in sorted(old.keys() - {k for k in old.keys() & new.keys() if old[k] == new[k]}):
        tx.execute(delete(duties_table).where((c.change == change) & (c.kind == key[0]) & (c.ref == key[1])))
    rows = [
        {"change": change, "kind": d.kind, "ref": d.ref, "person": d.person, "due_at": d.due_at}
        for key, d in new.items()
        if old.get(key) != d
    ]
    if rows:
        tx.execute(insert(duties_table), rows)


def _by_key(owed: Iterable[Duty]) -> Mapping[tuple[str, str], Duty]:
    return {(d.kind, d.ref): d for d in owed}
