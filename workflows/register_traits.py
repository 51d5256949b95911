"""Which changes a filter lets through by their traits, of which there are few, however many changes there are.

A filter is judged once for each; rows are found by their mark. What time alone makes an exception is looked up by time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import CTE, ColumnElement, Connection, FromClause, ScalarSelect, false, func, select, true

from workflows import listing, register_values
from workflows.change import Kind
from workflows.listing import Traits
from workflows.moments import Moment
from workflows.register_models import listed

Known = tuple[tuple[str, Traits], ...]
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_C = listed.c
AT = func.coalesce(_C.declared_at, EVER, type_=Moment)
"""The time of a declaration as no index has it, so that another is begun with."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the traits; None and False: not asked."""

    kind: Kind | None = None
    verdict: str | None = None
    excepted: bool = False
    drills: bool = False


@dataclass(frozen=True, slots=True)
class Matching:
    """The marks that are asked for: in any case (`always`), and if time has made it an exception (`late`)."""

    always: tuple[str, ...]
    late: tuple[str, ...]


def known(tx: Connection) -> Known:
    """Every mark that some change has, and its traits."""
    values, text = _there()
    rows = tx.execute(select(values.c.value, text).where(values.c.value.is_not(None)))
    return tuple((mark, listing.traits(said)) for mark, said in rows)


def matching(there: Known, wanted: Wanted, emergency: bool | None = None) -> Matching:
    """Which of these match. `emergency`: of emergencies alone, or of anything else alone."""
    found: tuple[list[str], list[str]] = ([], [])
    for mark, one in there:
        if _so(one, wanted) and emergency in (None, one.kind == Kind.EMERGENCY.value):
            found[wanted.excepted and not one.codes].append(mark)
    return Matching(tuple(found[0]), tuple(found[1]))


def _so(one: Traits, wanted: Wanted) -> bool:
    kind, verdict = wanted.kind or one.kind, wanted.verdict or one.verdict
    return (one.drill, one.kind, one.verdict) == (wanted.drills, kind, verdict)


def have(there: FromClause, some: Collection[str], *, led: bool = False) -> ColumnElement[bool]:
    """That a row has one of these marks. `led`: an index that they lead is to be used, not one in order."""
    column: ColumnElement[str] = there.c.mark
    return (column if led else column.concat("")).in_(some)


def overdue(now: datetime, since: datetime, until: datetime, drills: bool) -> tuple[ColumnElement[bool], ...]:
    """What a row of `listed` fulfils that time alone had made an exception by `now`, declared in [since, until).

    Few are, so that planners are to begin with it: it is said from two sides, and the period as no index has it.
    """
    drill = _C.drill == (true() if drills else false())
    return drill, _C.late_at > EVER, _C.late_at < now, since <= AT, until > AT


def counted(tx: Connection, since: datetime, until: datetime) -> dict[Traits, int]:
    """How many changes declared in [since, until) have each of the traits; those that some have."""
    values, text = _there()
    mine = select(func.count()).select_from(listed).where(_C.mark == values.c.value)
    mine = mine.where(_C.declared_at >= since, _C.declared_at < until)
    each = select(text, mine.correlate(values).scalar_subquery()).where(values.c.value.is_not(None))
    return {listing.traits(said): n for said, n in tx.execute(each) if n}


def _there() -> tuple[CTE, ScalarSelect[str]]:
    """Every mark that there is, in the column `value` (one is NULL), and the traits that it stands for."""
    values = register_values.values(_C.mark)
    one = select(_C.traits).where(_C.mark == values.c.value).order_by(_C.declared_at).limit(1)  # the head of an index
    return values, one.correlate(values).scalar_subquery()
