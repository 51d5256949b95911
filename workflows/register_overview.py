"""What the register says of a whole period: how much of what, how quickly, what is open, what is an exception."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select, case, exists, false, func, select, true

from workflows import checkpoints, history, listing, periods, register, register_spans, register_traits, walks
from workflows.attributes import Attribute
from workflows.change import Kind
from workflows.completeness import Period
from workflows.listing import Traits
from workflows.models import duties
from workflows.quiet import zone_of
from workflows.register import Filter, conditions
from workflows.register_models import listed
from workflows.ruleset import Rules
from workflows.walks import Walk

LINE = 0.10
"""More emergencies than this share is a finding for auditors."""
BARS = 53
WAITS = tuple(zip(("5 min", "15 min", "1 h", "4 h", "1 day", "longer"), listing.PACES, strict=True))
"""Up to how many seconds each counts."""
Each = Mapping[Traits, int]
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
    """`signed_at`, `size`: the newest checkpoint's; None and 0: there is none. `fault`: what is wrong; or None.

    `walk`: the last walk through every event; None: there was none.
    """

    signed_at: datetime | None
    size: int
    fault: history.Differs | None
    walk: Walk | None


def overview(tx: Connection, only: Filter, rules: Rules) -> Overview:
    """What the period holds; of `only` its period and its `now`."""
    whole = Filter(since=only.since, until=only.until, now=only.now)
    weeks_ = weeks(tx, whole, rules.zone)
    counts = {kind.value: sum(week.counts[kind.value] for week in weeks_) for kind in Kind}
    each = {one: n for one, n in register_traits.counted(tx, only.since, only.until).items() if not one.drill}
    return Overview(
        counts={**counts, "drill": register.count(tx, replace(whole, drills=True))},
        weeks=weeks_,
        waits=_waits(each),
        reviews=_reviews(tx, whole, each),
        debts=_debts(tx, only.now),
        excepted=sum(n for one, n in each.items() if one.codes) + _by_time(tx, whole),
        codes=_codes(tx, whole, each),
        around=periods.unexplained(tx, only.since, min(only.until, only.now), rules),
        log=log(tx),
    )


def log(tx: Connection) -> Log:
    """The newest checkpoint, and whether the record is what its anchors saw."""
    newest = checkpoints.newest(tx)
    return Log(newest.at if newest else None, newest.size if newest else 0, history.fault(tx), walks.last(tx))


def weeks(tx: Connection, only: Filter, zone: str) -> tuple[Week, ...]:
    """The weeks of the period, from Monday to Monday in the zone; of a long period several weeks at a time."""
    some = spans(only.since, only.until, zone)
    each = [_earnest().where(_C.kind == kind.value) for kind in Kind]
    found = register_spans.counted(tx, some, each, _C.declared_at) if some else []
    names = [kind.value for kind in Kind]
    return tuple(Week(*span, dict(zip(names, counts, strict=True))) for span, counts in zip(some, found, strict=True))


def _earnest() -> Select[int]:
    """How many there are, without drills."""
    return select(func.count()).select_from(listed).where(_C.drill == false())


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


def _by_time(tx: Connection, only: Filter) -> int:
    """How many changes of the period nothing but time has made an exception."""
    late = register_traits.overdue(only.now, only.since, only.until, only.drills)
    return tx.scalar(select(func.count()).select_from(listed).where(_C.excepted == false(), *late)) or 0


def _waits(each: Each) -> tuple[tuple[str, Mapping[str, int]], ...]:
    found: list[Counter[str]] = [Counter() for _ in WAITS]
    for one, n in each.items():
        if one.pace is not None:
            found[one.pace][one.kind] += n
    return tuple((label, found[n]) for n, (label, _) in enumerate(WAITS))


def _reviews(tx: Connection, only: Filter, each: Each) -> Reviews:
    closed = Counter[str]()
    for one, n in each.items():
        closed[one.review or "open"] += n
    overdue = _owed(tx, only, "review", duties.c.due_at < only.now)
    open_ = _owed(tx, only, "review", duties.c.due_at >= only.now)
    return Reviews(closed["on-time"], closed["late"], open_, overdue)


def _owed(tx: Connection, only: Filter, kind: str, *when: ColumnElement[bool]) -> int:
    """How many duties of this kind changes of the period have; what is owed is little, so it is looked at first."""
    mine = exists().where(_C.change == duties.c.change, *conditions(only))
    return tx.scalar(select(func.count()).select_from(duties).where(duties.c.kind == kind, *when, mine)) or 0


_DEBTS = {"review": "Reviews", "finding": "Findings", "follow-up": "Follow-ups", "patch": "Patches"}


def _debts(tx: Connection, now: datetime) -> tuple[Debt, ...]:
    """What is owed now; the review of a finding is a finding that is open. Access is a debt from its end on."""
    late = func.sum(case((duties.c.due_at < now, 1), else_=0))
    mine = (_C.change == duties.c.change, _C.drill == false())
    finding = (duties.c.kind == "review") & exists().where(*mine, _C.kind == Kind.FINDING.value)
    owed = select(case((finding, "finding"), else_=duties.c.kind), func.count(), late).where(exists().where(*mine))
    found = {kind: (n, int(m or 0)) for kind, n, m in tx.execute(owed.group_by(sa.text("1")))}
    debts = [Debt(name, *found.get(kind, (0, 0))) for kind, name in _DEBTS.items()]
    return (*debts, Debt("Overdue access", *[_access_over(tx, now, register_traits.EVER, now)] * 2))


def _access_over(tx: Connection, now: datetime, since: datetime, until: datetime) -> int:
    """How many changes declared in [since, until) are late by nothing but access that is open past its end."""
    overdue = duties.c.due_at < now
    owed = exists().where(duties.c.change == _C.change, duties.c.kind.in_(("review", "patch")), overdue)
    by_then = register_traits.overdue(now, since, until, False)
    over = (
        select(func.count()).select_from(listed).where(_C.excepted == one, *by_then, ~owed) for one in (true(), false())
    )
    return sum(tx.scalar(one) or 0 for one in over)


def _codes(tx: Connection, only: Filter, each: Each) -> dict[str, int]:
    """How many changes of the period have each exception, those that only time brought about too."""
    overdue = duties.c.due_at < only.now
    unreviewed = _owed(tx, only, "review", overdue)
    deploys = _owed(tx, replace(only, kind=Kind.DEPLOY), "review", overdue)  # of which no check asks for a review
    timely = {
        "review-overdue": unreviewed,
        Attribute.RETROACTIVE.value: unreviewed - deploys,
        "patch-overdue": _owed(tx, only, "patch", overdue),
        "access-open-past-its-end": _access_over(tx, only.now, only.since, only.until),
    }
    found = Counter(timely)
    for one, n in each.items():
        found.update(dict.fromkeys(one.codes, n))
    return {code: n for code, n in sorted(found.items()) if n}
