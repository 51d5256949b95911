"""What the auditor's register lists and counts: changes of a period, filtered, in keyset pages. Never by OFFSET.

Newest first; emergencies before everything else; drills are never among them.
"""

from dataclasses import dataclass
from datetime import datetime

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

from workflows import register_traits
from workflows.change import Kind
from workflows.models import persons
from workflows.moments import Moment
from workflows.register_models import involved, listed, touched
from workflows.register_traits import Wanted

LIMIT = 50
VERDICTS = ("approved", "rejected", "ratified", "objected", "none")
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
    there, at, change, where = _rows(tx, only, emergency)
    if start is not None:
        mine, place = tuple_(at, change), tuple_(literal(start.at, Moment), literal(start.id))
        where.append(mine < place if older else mine > place)
    order = [one.desc() if older else one.asc() for one in (at, change)]
    rows = tx.execute(select(at, change).select_from(there).where(*where).order_by(*order).limit(limit))
    return [Place(emergency, row.declared_at, row.change) for row in rows]


def _rows(
    tx: Connection, only: Filter, emergency: bool
) -> tuple[FromClause, ColumnElement[datetime], ColumnElement[str], Where]:
    """Where the changes of one part of the list are, their time and id there, and what they must fulfil.

    A system or a person leads: its own table has them in order, and knows which are emergencies.
    """
    if only.system is None and only.person is None:
        kind = _C.kind == Kind.EMERGENCY.value if emergency else _C.kind != Kind.EMERGENCY.value
        by_traits = [*_period(only), _by_traits(tx, only, listed, emergency)] if _traits(only) else None
        return listed, _C.declared_at, _C.change, by_traits or [*conditions(only), kind]
    table, where = _leading(only)
    where.append(table.c.emergency == (true() if emergency else false()))
    if _traits(only):
        where.append(_by_traits(tx, only, table, emergency))
    return table, table.c.declared_at, table.c.change, where


def _traits(only: Filter) -> bool:
    """Whether the filter asks for what stands in the traits, and in no index as well as there."""
    led = only.system is not None or only.person is not None
    return only.excepted or only.verdict is not None or (led and only.kind is not None)


def _by_traits(tx: Connection, only: Filter, table: Table, emergency: bool | None = None) -> ColumnElement[bool]:
    wanted = _wanted(only)
    return register_traits.condition(table, register_traits.matching(tx, wanted, emergency), wanted)


def _wanted(only: Filter) -> Wanted:
    return Wanted(only.now, only.kind, only.verdict, only.excepted, only.drills)


def _leading(only: Filter) -> tuple[Table, Where]:
    """The table of the system, or without one of the person, and what its rows must fulfil but for the traits."""
    (table, where), *more = _narrow(only)
    for other, mine in more:
        c = other.c
        there = (c.declared_at == table.c.declared_at, c.change == table.c.change)
        where.append(exists().where(*mine, *there))
    return table, where


def _period(only: Filter) -> Where:
    drill = _C.drill == (true() if only.drills else false())
    return [drill, _C.declared_at >= only.since, _C.declared_at < only.until]


def conditions(only: Filter) -> Where:
    """What a row of `listed` must fulfil."""
    where = _period(only)
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


def count(tx: Connection, only: Filter) -> int:
    """How many changes the filter lets through; each from the narrowest index that knows."""
    if only.system is None and only.person is None:
        if _traits(only):
            return register_traits.count(tx, _wanted(only), only.since, only.until)
        return _number(tx, listed, conditions(only))
    table, where = _leading(only)
    where.append(table.c.emergency.in_((True, False)))
    if _traits(only):
        where.append(_by_traits(tx, only, table))
    return _number(tx, table, where)


def _number(tx: Connection, table: Table, where: Where) -> int:
    return int(tx.scalar(select(func.count()).select_from(table).where(*where)) or 0)


def ids(
    tx: Connection, only: Filter, last: tuple[datetime, str] | None, limit: int = 200
) -> list[tuple[datetime, str]]:
    """(declared_at, id) of what the filter lets through, oldest first, after `last`: for an export in pages."""
    where = conditions(only)
    if last is not None:
        where.append(tuple_(_C.declared_at, _C.change) > tuple_(literal(last[0], Moment), literal(last[1])))
    rows = tx.execute(select(_C.declared_at, _C.change).where(*where).order_by(_C.declared_at, _C.change).limit(limit))
    return [(row.declared_at, row.change) for row in rows]


def person_named(tx: Connection, name: str) -> str | None:
    """The id of somebody of this name, in any case; None: nobody has it."""
    wanted = select(persons.c.id).where(func.lower(persons.c.name) == name.lower()).order_by(persons.c.id).limit(1)
    return tx.scalar(wanted)
