"""What the register says of a whole period: how much of what, how quickly, what is open, what is an exception."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, func, select, true

from workflows import checkpoints, history, periods, register
from workflows.change import Kind
from workflows.completeness import Period
from workflows.models import duties
from workflows.quiet import zone_of
from workflows.register import Filter, conditions
from workflows.register_models import exceptions, listed
from workflows.ruleset import Rules

LINE = 0.10
"""More emergencies than this share is a finding for auditors."""
BARS = 53
WAITS: tuple[tuple[str, int | None], ...] = (
    ("5 min", 300),
    ("15 min", 900),
    ("1 h", 3600),
    ("4 h", 14400),
    ("1 day", 86400),
    ("longer", None),
)
"""Up to how many seconds each counts."""
_C = listed.c


@dataclass(frozen=True, slots=True)
class Week:
    """[since, until), and how many of each kind were declared in it."""

    since: datetime
    until: datetime
    counts: Mapping[str, int]

    @property
    def share(self) -> float:
        """Which share of the changes were emergencies; findings went around the gate and are not part of it."""
        return _share(self.counts)


@dataclass(frozen=True, slots=True)
class Reviews:
    """Of reviews that were owed: closed in time, closed late, still open and not yet due, overdue."""

    on_time: int
    late: int
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Debt:
    """What is open now of one kind of duty, and how much of that is late."""

    what: str
    open: int
    late: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A period. `waits`: label → kind → how many were approved within that; `codes`: exception → how many changes."""

    counts: Mapping[str, int]
    weeks: tuple[Week, ...]
    waits: tuple[tuple[str, Mapping[str, int]], ...]
    reviews: Reviews
    debts: tuple[Debt, ...]
    excepted: int
    codes: Mapping[str, int]
    around: Period
    log: "Log"

    @property
    def population(self) -> int:
        """All but drills."""
        return sum(n for kind, n in self.counts.items() if kind != "drill")

    @property
    def share(self) -> float:
        """Which share of the changes were emergencies."""
        return _share(self.counts)


@dataclass(frozen=True, slots=True)
class Log:
    """`signed_at`, `size`: the newest checkpoint's; None and 0: there is none. `fault`: what is wrong; or None."""

    signed_at: datetime | None
    size: int
    fault: history.Differs | None


def overview(tx: Connection, only: Filter, rules: Rules) -> Overview:
    """What the period holds; of `only` its period and its `now`."""
    whole = Filter(since=only.since, until=only.until, now=only.now)
    return Overview(
        counts=register.counts(tx, whole),
        weeks=weeks(tx, whole, rules.zone),
        waits=_waits(tx, whole),
        reviews=_reviews(tx, whole),
        debts=_debts(tx, only.now),
        excepted=register.count(tx, replace(whole, excepted=True)),
        codes=_codes(tx, whole),
        around=periods.unexplained(tx, only.since, min(only.until, only.now), rules),
        log=log(tx),
    )


def log(tx: Connection) -> Log:
    """The newest checkpoint, and whether the record is what its anchors saw."""
    newest = checkpoints.newest(tx)
    return Log(newest.at if newest else None, newest.size if newest else 0, history.fault(tx))


def weeks(tx: Connection, only: Filter, zone: str) -> tuple[Week, ...]:
    """The weeks of the period, from Monday to Monday in the zone; of a long period several weeks at a time."""
    found = []
    for since, until in spans(only.since, only.until, zone):
        some = conditions(replace(only, since=since, until=until))
        rows = tx.execute(select(_C.kind, func.count()).where(*some).group_by(_C.kind))
        found.append(Week(since, until, dict.fromkeys((k.value for k in Kind), 0) | {row[0]: row[1] for row in rows}))
    return tuple(found)


def spans(since: datetime, until: datetime, zone: str) -> Sequence[tuple[datetime, datetime]]:
    """The weeks of [since, until), the first and the last perhaps cut; at most `BARS`, so that each may be several."""
    where = zone_of(zone)
    local = since.astimezone(where)
    monday = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    step = timedelta(weeks=max(1, -(-(until - since) // (timedelta(weeks=1) * BARS))))
    found: list[tuple[datetime, datetime]] = []
    at = since
    while at < until and len(found) <= BARS:
        monday += step  # on the clock of the zone, also where an hour is missing
        end = min(monday.astimezone(since.tzinfo), until)
        found.append((at, end))
        at = end
    return found


def _share(counts: Mapping[str, int]) -> float:
    all_ = counts.get(Kind.EMERGENCY.value, 0) + counts.get(Kind.DEPLOY.value, 0)
    return counts.get(Kind.EMERGENCY.value, 0) / all_ if all_ else 0.0


def _waits(tx: Connection, only: Filter) -> tuple[tuple[str, Mapping[str, int]], ...]:
    step = case(
        *((_C.waited <= most, n) for n, (_, most) in enumerate(WAITS) if most is not None), else_=len(WAITS) - 1
    )
    wanted = (
        select(_C.kind, step, func.count()).where(*conditions(only), _C.waited.is_not(None)).group_by(_C.kind, step)
    )
    found: list[dict[str, int]] = [{} for _ in WAITS]
    for kind, n, count in tx.execute(wanted):
        found[n][kind] = count
    return tuple((label, found[n]) for n, (label, _) in enumerate(WAITS))


def _reviews(tx: Connection, only: Filter) -> Reviews:
    closed = _C.reviewed_at.is_not(None)
    where = (*conditions(only), _C.review_due.is_not(None))
    on_time = _number(tx, *where, closed, _C.reviewed_at <= _C.review_due)
    late = _number(tx, *where, closed, _C.reviewed_at > _C.review_due)
    owed = select(func.count()).select_from(listed).join(duties, duties.c.change == _C.change)
    mine = and_(*conditions(only), duties.c.kind == "review")
    overdue = tx.scalar(owed.where(mine, duties.c.due_at < only.now)) or 0
    open_ = tx.scalar(owed.where(mine, duties.c.due_at >= only.now)) or 0
    return Reviews(on_time, late, open_, overdue)


def _number(tx: Connection, *where: ColumnElement[bool]) -> int:
    return int(tx.scalar(select(func.count()).select_from(listed).where(*where)) or 0)


_DEBTS = {"review": "Reviews", "follow-up": "Follow-ups", "patch": "Patches"}


def _debts(tx: Connection, now: datetime) -> tuple[Debt, ...]:
    late = func.sum(case((duties.c.due_at < now, 1), else_=0))
    there = duties.join(listed, _C.change == duties.c.change)
    wanted = select(duties.c.kind, func.count(), late).select_from(there).where(_C.drill != true())
    found = {kind: (n, int(m or 0)) for kind, n, m in tx.execute(wanted.group_by(duties.c.kind))}
    return tuple(Debt(name, *found.get(kind, (0, 0))) for kind, name in _DEBTS.items())


def _codes(tx: Connection, only: Filter) -> dict[str, int]:
    """How many changes of the period have each exception, those that only time brought about too."""
    there = exceptions.join(listed, _C.change == exceptions.c.change)
    wanted = select(exceptions.c.code, func.count()).select_from(there).where(*conditions(only))
    found: dict[str, int] = {row[0]: row[1] for row in tx.execute(wanted.group_by(exceptions.c.code))}
    owed = select(_C.change, duties.c.kind).join(duties, duties.c.change == _C.change)
    late = tx.execute(owed.where(*conditions(only), duties.c.kind.in_(("review", "patch")), duties.c.due_at < only.now))
    known = {(row.kind, row.change) for row in late}
    over = set(tx.scalars(select(_C.change).where(*conditions(only), _C.late_at < only.now)))
    counts = {
        "review-overdue": sum(kind == "review" for kind, _ in known),
        "patch-overdue": sum(kind == "patch" for kind, _ in known),
        "access-open-past-its-end": len(over - {change for _, change in known}),
    }
    return dict(sorted((found | {code: n for code, n in counts.items() if n}).items()))
