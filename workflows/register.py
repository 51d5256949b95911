"""What the auditor's register lists and counts: changes of a period, filtered, in keyset pages. Never by OFFSET.

Newest first; emergencies before everything else; drills are never among them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial

from sqlalchemy import (
    ColumnElement,
    Connection,
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
from workflows.register_traits import Known, Wanted

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
    look = _Look(tx, only, cache(partial(register_traits.known, tx)))
    found = _backwards(look, before, limit) if before else _forwards(look, after, limit)
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


@dataclass(frozen=True, slots=True)
class _Look:
    """A look at the list. `known`: the marks that there are, asked for once at most."""

    tx: Connection
    only: Filter
    known: Callable[[], Known]


def _forwards(look: _Look, after: Place | None, limit: int) -> list[Place]:
    found: list[Place] = []
    for emergency in (True, False):
        if after is None or after.emergency or not emergency:
            start = after if after is not None and after.emergency is emergency else None
            found += _some(look, emergency, start, limit + 1 - len(found), older=True)
        if len(found) > limit:
            break
    return found


def _backwards(look: _Look, before: Place, limit: int) -> list[Place]:
    found: list[Place] = []
    for emergency in (False, True):
        if not before.emergency or emergency:
            end = before if before.emergency is emergency else None
            found = _some(look, emergency, end, limit + 1 - len(found), older=False)[::-1] + found
        if len(found) > limit:
            break
    return found


def _some(look: _Look, emergency: bool, start: Place | None, limit: int, *, older: bool) -> list[Place]:
    only = look.only
    if limit <= 0 or (only.kind is not None and (only.kind is Kind.EMERGENCY) is not emergency):
        return []
    found: list[Place] = []
    if start is not None and older and start.at < only.until:  # else the index is read from the beginning
        only = replace(only, until=start.at + timedelta(microseconds=1))
    elif start is not None and not older:
        only = replace(only, since=max(only.since, start.at))
    for part in _parts(replace(look, only=only), emergency):
        where, at, change = part.where, part.at, part.table.c.change
        if start is not None:
            mine, place = tuple_(at, change), tuple_(literal(start.at, Moment), literal(start.id))
            where = [*where, mine < place if older else mine > place]
        order = [one.desc() if older else one.asc() for one in (at, change)]
        rows = look.tx.execute(select(at.label("at"), change).where(*where).order_by(*order).limit(limit))
        found += (Place(emergency, row.at, row.change) for row in rows)
    return sorted(found, key=lambda one: (one.at, one.id), reverse=older)[:limit]


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the changes: which table has them, and their time there, and what its rows must fulfil."""

    table: Table
    at: ColumnElement[datetime]
    where: Where


def _parts(look: _Look, emergency: bool | None = None) -> list[_Part]:
    """The changes of the filter in parts without any in common: emergencies, anything else, or (None) all.

    A system or a person leads: its own table has them in order. What time alone makes an exception is apart.
    """
    only = look.only
    narrow, judged = _narrow(only), only.excepted or only.verdict is not None
    kind = Kind.EMERGENCY if emergency else only.kind
    if not judged and (only.kind is None if narrow else kind is not None or emergency is None):
        plain = [*_period(only), *([_C.kind == kind.value] if kind is not None else [])]
        return [_led(narrow, emergency) if narrow else _Part(listed, _C.declared_at, plain)]
    wanted = Wanted(only.kind, only.verdict, only.excepted, only.drills)
    found, parts = register_traits.matching(look.known(), wanted, emergency), list[_Part]()
    if found.always:
        counted = emergency is None and not narrow  # by an index that the mark leads, which tells of drills too
        bare = _led(narrow, emergency) if narrow else _Part(listed, _C.declared_at, _period(only)[counted:])
        parts.append(replace(bare, where=[*bare.where, register_traits.have(bare.table, found.always, led=counted)]))
    if found.late:
        late = register_traits.overdue(only.now, only.since, only.until, only.drills)
        mine: Where = [*late, _C.excepted == false(), register_traits.have(listed, found.late)]
        parts.append(_Part(listed, register_traits.AT, [*mine, *(_there(listed, *one) for one in narrow)]))
    return parts


def _led(narrow: list[tuple[Table, Where]], emergency: bool | None) -> _Part:
    """The changes of a system or a person, or of both."""
    (table, where), *more = narrow
    some = (True, False) if emergency is None else (emergency,)
    where = [*where, table.c.emergency.in_(some), *(_there(table, *one) for one in more)]
    return _Part(table, table.c.declared_at, where)


def _there(table: Table, other: Table, mine: Where) -> ColumnElement[bool]:
    """That the change of a row is in the other table too, whose key is looked up."""
    same = (other.c.declared_at == table.c.declared_at, other.c.change == table.c.change)
    return exists().where(*mine, *same)


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
    look = _Look(tx, only, partial(register_traits.known, tx))
    parts = [select(func.count()).select_from(one.table).where(*one.where) for one in _parts(look)]
    return sum(tx.scalar(one) or 0 for one in parts)


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
