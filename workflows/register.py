"""What the auditor's register lists and counts: changes of a period, filtered, in keyset pages. Never by OFFSET.

Newest first; emergencies before everything else; drills are never among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, false, func, literal, or_, select, true, tuple_

from workflows.change import Kind
from workflows.models import change_systems, changes, persons
from workflows.moments import Moment
from workflows.register_models import involved, listed

LIMIT = 50
VERDICTS = ("approved", "rejected", "ratified", "objected", "none")
_C = listed.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which changes: declared in [since, until), aware UTC; every other part narrows, None or False: not asked.

    `person`: a person id; whoever asked, carried out, made it, spoke on it or owns its review. `now` judges what only
    time makes an exception.
    """

    since: datetime
    until: datetime
    now: datetime
    kind: Kind | None = None
    system: str | None = None
    person: str | None = None
    verdict: str | None = None
    excepted: bool = False
    drills: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins or ends: right after the change `id`, among the emergencies or after them."""

    emergency: bool
    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Page:
    """The ids of a page, emergencies first. `older`, `newer`: pass as `after` or `before`; None: there is no more."""

    emergencies: tuple[str, ...]
    others: tuple[str, ...]
    older: Place | None
    newer: Place | None


def page(
    tx: Connection,
    only: Filter,
    *,
    after: Place | None = None,
    before: Place | None = None,
    limit: int = LIMIT,
) -> Page:
    """The page that follows `after`, or the one that ends right before `before`; without either the first."""
    found = _backwards(tx, only, before, limit) if before else _forwards(tx, only, after, limit)
    more = len(found) > limit
    shown = (found[-limit:] if before else found[:limit]) if more else found
    ahead = (more if before else after is not None) and bool(shown)
    behind = (True if before else more) and bool(shown)
    return Page(
        tuple(one.id for one in shown if one.emergency),
        tuple(one.id for one in shown if not one.emergency),
        older=shown[-1] if behind else None,
        newer=shown[0] if ahead else None,
    )


def _forwards(tx: Connection, only: Filter, after: Place | None, limit: int) -> list[Place]:
    found: list[Place] = []
    for emergency in (True, False):
        if after is None or after.emergency or not emergency:
            start = after if after is not None and after.emergency is emergency else None
            found += _some(tx, only, emergency, start, limit + 1 - len(found), older=True)
        if len(found) > limit:
            break
    return found


def _backwards(tx: Connection, only: Filter, before: Place, limit: int) -> list[Place]:
    found: list[Place] = []
    for emergency in (False, True):
        if not before.emergency or emergency:
            end = before if before.emergency is emergency else None
            found = _some(tx, only, emergency, end, limit + 1 - len(found), older=False)[::-1] + found
        if len(found) > limit:
            break
    return found


def _some(
    tx: Connection, only: Filter, emergency: bool, start: Place | None, limit: int, *, older: bool
) -> list[Place]:
    if limit <= 0 or (only.kind is not None and (only.kind is Kind.EMERGENCY) is not emergency):
        return []
    where = [*conditions(only), _C.kind == Kind.EMERGENCY.value if emergency else _C.kind != Kind.EMERGENCY.value]
    if start is not None:
        mine, there = tuple_(_C.declared_at, _C.change), tuple_(literal(start.at, Moment), literal(start.id))
        where.append(mine < there if older else mine > there)
    order = [one.desc() if older else one.asc() for one in (_C.declared_at, _C.change)]
    rows = tx.execute(select(_C.declared_at, _C.change).where(*where).order_by(*order).limit(limit))
    return [Place(emergency, row.declared_at, row.change) for row in rows]


def conditions(only: Filter) -> list[ColumnElement[bool]]:
    """What a row of `listed` must fulfil."""
    where: list[ColumnElement[bool]] = [
        _C.drill == (true() if only.drills else false()),
        _C.declared_at >= only.since,
        _C.declared_at < only.until,
    ]
    if only.kind is not None:
        where.append(_C.kind == only.kind.value)
    if only.verdict is not None:
        where.append(_C.verdict == only.verdict)
    if only.excepted:
        where.append(or_(_C.excepted == true(), _C.late_at < only.now))
    if only.system is not None:
        where.append(_C.change.in_(select(change_systems.c.change).where(change_systems.c.system == only.system)))
    if only.person is not None:
        mine = (involved.c.person == only.person, involved.c.declared_at >= only.since)
        theirs = select(involved.c.change).where(*mine, involved.c.declared_at < only.until)
        where.append(_C.change.in_(theirs))
    return where


def count(tx: Connection, only: Filter) -> int:
    """How many changes the filter lets through."""
    return int(tx.scalar(select(func.count()).select_from(listed).where(*conditions(only))) or 0)


def counts(tx: Connection, only: Filter) -> Mapping[str, int]:
    """How many of each kind, all kinds named; drills, which are in no population, under "drill"."""
    told = dict.fromkeys((*(kind.value for kind in Kind), "drill"), 0)
    rows = tx.execute(select(_C.kind, func.count()).where(*conditions(only)).group_by(_C.kind))
    told |= {row[0]: row[1] for row in rows}
    return {**told, "drill": count(tx, replace(only, drills=True))}


def ids(
    tx: Connection, only: Filter, last: tuple[datetime, str] | None, limit: int = 200
) -> list[tuple[datetime, str]]:
    """(declared_at, id) of what the filter lets through, oldest first, after `last`: for an export in pages."""
    where = conditions(only)
    if last is not None:
        where.append(tuple_(_C.declared_at, _C.change) > tuple_(literal(last[0], Moment), literal(last[1])))
    rows = tx.execute(select(_C.declared_at, _C.change).where(*where).order_by(_C.declared_at, _C.change).limit(limit))
    return [(row.declared_at, row.change) for row in rows]


def keys(tx: Connection, only: Filter) -> dict[str, list[str]]:
    """Kind → the keys that the filter lets through: the population that a sample is drawn from."""
    found: dict[str, list[str]] = {}
    shown = select(_C.kind, changes.c.key).join(changes, changes.c.id == _C.change).where(*conditions(only))
    for kind, key in tx.execute(shown):
        found.setdefault(kind, []).append(key)
    return found


def systems(tx: Connection) -> tuple[str, ...]:
    """Every system that a change ever named, in order."""
    return tuple(tx.scalars(select(change_systems.c.system).distinct().order_by(change_systems.c.system)))


def person_named(tx: Connection, name: str) -> str | None:
    """The id of somebody of this name, in any case; None: nobody has it."""
    wanted = select(persons.c.id).where(func.lower(persons.c.name) == name.lower()).order_by(persons.c.id).limit(1)
    return tx.scalar(wanted)
