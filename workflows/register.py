"""What the auditor's register lists and counts: changes of a period, filtered, in keyset pages. Never by OFFSET.

Newest first; emergencies before everything else; drills are never among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Table,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from workflows.change import Kind
from workflows.models import changes, persons
from workflows.moments import Moment
from workflows.register_models import involved, listed, touched

LIMIT = 50
VERDICTS = ("approved", "rejected", "ratified", "objected", "none")
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_C = listed.c
Where = list[ColumnElement[bool]]


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
    there, at, change, where = _rows(only, emergency)
    if start is not None:
        mine, place = tuple_(at, change), tuple_(literal(start.at, Moment), literal(start.id))
        where.append(mine < place if older else mine > place)
    order = [one.desc() if older else one.asc() for one in (at, change)]
    rows = tx.execute(select(at, change).select_from(there).where(*where).order_by(*order).limit(limit))
    return [Place(emergency, row.declared_at, row.change) for row in rows]


def _rows(only: Filter, emergency: bool) -> tuple[FromClause, ColumnElement[datetime], ColumnElement[str], Where]:
    """Where the changes of one part of the list are, their time and id there, and what they must fulfil.

    A system or a person leads: its own table has them in order, and knows which are emergencies.
    """
    narrow = _narrow(only)
    if not narrow:
        kind = _C.kind == Kind.EMERGENCY.value if emergency else _C.kind != Kind.EMERGENCY.value
        return listed, _C.declared_at, _C.change, [*conditions(only), kind]
    table, mine = narrow[0]
    where = [*mine, table.c.emergency == (true() if emergency else false())]
    if not _alone(only):
        where.append(exists().where(_C.change == table.c.change, *_rest(only)))
    return table, table.c.declared_at, table.c.change, where


def conditions(only: Filter) -> Where:
    """What a row of `listed` must fulfil."""
    where: Where = [
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
    where += (_C.change.in_(select(one.columns.change).where(*some)) for one, some in _narrow(only))
    return where


def _narrow(only: Filter) -> list[tuple[Table, Where]]:
    """The tables that know the changes of a system or of a person by themselves, and what their rows must fulfil."""
    found: list[tuple[Table, Where]] = []
    asked = ((touched, touched.c.system, only.system), (involved, involved.c.person, only.person))
    for table, column, value in asked:
        if value is not None:
            c, drill = table.c, true() if only.drills else false()
            period = [c.declared_at >= only.since, c.declared_at < only.until]
            found.append((table, [column == value, c.drill == drill, *period]))
    return found


def _alone(only: Filter) -> bool:
    """Whether the filter asks for nothing but a system, or nothing but a person; and for a period."""
    return len(_narrow(only)) == 1 and replace(only, system=None, person=None) == _whole(only)


def _rest(only: Filter) -> Where:
    """What a row of `listed` must fulfil that the table of the system, or without one of the person, does not tell."""
    return conditions(replace(only, person=only.person if only.system is not None else None, system=None))


def count(tx: Connection, only: Filter) -> int:
    """How many changes the filter lets through; each from the narrowest index that knows."""
    if not (narrow := _narrow(only)):
        return sum(_number(tx, listed, where) for where in _parts(only))
    table, where = narrow[0]
    where = [*where, table.c.emergency.in_((True, False))]
    if _alone(only):
        return _number(tx, table, where)
    return _number(tx, table, [*where, exists().where(_C.change == table.c.change, *_rest(only))])


def _number(tx: Connection, table: Table, where: Where) -> int:
    return int(tx.scalar(select(func.count()).select_from(table).where(*where)) or 0)


def _parts(only: Filter) -> list[Where]:
    """The same as `conditions`, in parts that have nothing in common, each with an index of its own."""
    if not only.excepted:
        return [conditions(only)]
    rest = conditions(replace(only, excepted=False))
    by_then = (_C.late_at > EVER, _C.late_at < only.now)  # from two sides, which tells planners that few are between
    return [[*rest, _C.excepted == true()], [*rest, _C.excepted == false(), *by_then]]


def _whole(only: Filter) -> Filter:
    return Filter(since=only.since, until=only.until, now=only.now, drills=only.drills)


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


def person_named(tx: Connection, name: str) -> str | None:
    """The id of somebody of this name, in any case; None: nobody has it."""
    wanted = select(persons.c.id).where(func.lower(persons.c.name) == name.lower()).order_by(persons.c.id).limit(1)
    return tx.scalar(wanted)
