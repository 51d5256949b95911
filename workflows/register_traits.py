"""Which changes a filter lets through by their traits: there are few texts of them, however many changes there are.

A filter is judged once for each text; what time alone makes an exception is looked up by its time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, false, func, or_, select, true

from workflows import listing, register_values
from workflows.change import Kind
from workflows.listing import Traits
from workflows.register_models import listed

EVER = datetime(1970, 1, 1, tzinfo=UTC)
_C = listed.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the traits; None and False: not asked. `now` judges what only time makes an exception."""

    now: datetime
    kind: Kind | None = None
    verdict: str | None = None
    excepted: bool = False
    drills: bool = False


@dataclass(frozen=True, slots=True)
class Matching:
    """The traits that are asked for: in any case (`always`), and if time has made it an exception (`late`)."""

    always: tuple[str, ...]
    late: tuple[str, ...]


def matching(tx: Connection, wanted: Wanted, emergency: bool | None = None) -> Matching:
    """Which of the traits that there are match. `emergency`: of emergencies alone, or of anything else alone."""
    found: tuple[list[str], list[str]] = ([], [])
    for text in register_values.distinct(tx, _C.traits):
        one = listing.traits(text)
        if _so(one, wanted) and emergency in (None, one.kind == Kind.EMERGENCY.value):
            found[wanted.excepted and not one.codes].append(text)
    return Matching(tuple(found[0]), tuple(found[1]))


def _so(one: Traits, wanted: Wanted) -> bool:
    kind, verdict = wanted.kind or one.kind, wanted.verdict or one.verdict
    return (one.drill, one.kind, one.verdict) == (wanted.drills, kind, verdict)


def condition(there: FromClause, found: Matching, wanted: Wanted) -> ColumnElement[bool]:
    """What a row with `traits` and `change` must fulfil. No index is led by it, so that one in order is read."""
    c, parts = there.c, list[ColumnElement[bool]]()
    text = c.traits.concat("")
    if found.always:
        parts.append(text.in_(found.always))
    if found.late:
        parts.append(and_(text.in_(found.late), c.change.in_(_late(wanted))))
    return or_(false(), *parts)


def _late(wanted: Wanted) -> Select[str]:
    other = listed.alias("overdue")
    return select(other.c.change).where(*_overdue(other, wanted))


def _overdue(there: FromClause, wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    """What time alone has made an exception; from two sides, which tells planners that few are between."""
    c = there.c
    drill = c.drill == (true() if wanted.drills else false())
    return drill, c.excepted == false(), c.late_at > EVER, c.late_at < wanted.now


def count(tx: Connection, wanted: Wanted, since: datetime, until: datetime) -> int:
    """How many changes declared in [since, until) are asked for."""
    found, within = matching(tx, wanted), (_C.declared_at >= since, _C.declared_at < until)
    many = select(func.count()).select_from(listed).where(*within)
    total = (tx.scalar(many.where(_C.traits.in_(found.always))) or 0) if found.always else 0
    if found.late:
        total += tx.scalar(many.where(*_overdue(listed, wanted), _C.traits.concat("").in_(found.late))) or 0
    return total


def counted(tx: Connection, since: datetime, until: datetime) -> dict[Traits, int]:
    """How many changes declared in [since, until) have each of the traits; those that some have."""
    values = register_values.values(_C.traits)
    mine = select(func.count()).select_from(listed).where(_C.traits == values.c.value)
    mine = mine.where(_C.declared_at >= since, _C.declared_at < until)
    each = select(values.c.value, mine.correlate(values).scalar_subquery()).where(values.c.value.is_not(None))
    return {listing.traits(text): n for text, n in tx.execute(each) if n}
