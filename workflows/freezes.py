"""Whether an environment is frozen, and until when. Pure; weekly freezes are read on the clock of the policy's zone."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from workflows.case import Case
from workflows.matching import is_one_of
from workflows.quiet import zone_of
from workflows.ruleset import Freeze, Rules

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY = re.compile(r"\s*([a-z]{3})\w*\s+(\d{1,2}):(\d{2})\s*-\s*([a-z]{3})\w*\s+(\d{1,2}):(\d{2})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Frozen:
    """One occurrence of a freeze. `id` tells it from every other occurrence; `until` None: without an end."""

    id: str
    reason: str
    since: datetime | None
    until: datetime | None
    override: str | None = None


def current(rules: Rules, environment: str, now: datetime) -> tuple[Frozen, ...]:
    """Every freeze of the environment that `now` falls into, the one that ends last first."""
    found = [one for freeze in rules.freezes if _about(freeze, environment) if (one := _now(freeze, rules, now))]
    far = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(found, key=lambda one: one.until or far, reverse=True))


def holds(case: Case, rules: Rules, now: datetime) -> Frozen | None:
    """The freeze that holds this change now; None when there is none, it was lifted for it, or it goes back."""
    if case.rollback is not None:
        return None
    lifted = {one.freeze for one in case.lifted}
    return next((one for one in current(rules, case.environment, now) if one.id not in lifted), None)


def next_start(rules: Rules, environment: str, now: datetime) -> datetime | None:
    """When the next freeze of the environment begins; None: none is to come."""
    starts = (at for f in rules.freezes if _about(f, environment) for at in _starts(f, rules, now))
    return min((at for at in starts if at > now), default=None)


def _about(freeze: Freeze, environment: str) -> bool:
    return not freeze.environments or is_one_of(environment, freeze.environments)


def _now(freeze: Freeze, rules: Rules, now: datetime) -> Frozen | None:
    if freeze.every is None:
        begun = freeze.since is None or freeze.since <= now
        over = freeze.until is not None and freeze.until <= now
        return _one(freeze, freeze.since, freeze.until) if begun and not over else None
    return next((_one(freeze, a, b) for a, b in _weeks(freeze.every, rules.zone, now) if a <= now < b), None)


def _starts(freeze: Freeze, rules: Rules, now: datetime) -> Iterator[datetime]:
    if freeze.every is not None:
        yield from (start for start, _ in _weeks(freeze.every, rules.zone, now))
    elif freeze.since is not None:
        yield freeze.since


def _one(freeze: Freeze, since: datetime | None, until: datetime | None) -> Frozen:
    told = "|".join((freeze.reason, freeze.every or "", str(since), str(until), *freeze.environments))
    return Frozen(hashlib.sha256(told.encode()).hexdigest()[:16], freeze.reason, since, until, freeze.override)


def _weeks(every: str, zone: str, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The occurrences of last week, this week and the next (UTC). Raises ValueError for what is no weekly time."""
    found = _WEEKLY.fullmatch(every)
    if found is None:
        raise ValueError(f"{every!r} is no weekly time")
    start, end = (_minutes(*found.groups()[n : n + 3]) for n in (0, 3))
    local = now.astimezone(zone_of(zone))
    monday = local.date() - timedelta(days=local.weekday())
    for week in (-1, 0, 1):
        first = monday + timedelta(weeks=week)
        yield min(_moments(first, start, zone)), max(_moments(first, end + (7 * 1440 if end <= start else 0), zone))


def _minutes(day: str, hour: str, minute: str) -> int:
    return DAYS.index(day.lower()) * 1440 + int(hour) * 60 + int(minute)


def _moments(monday: date, minutes: int, zone: str) -> tuple[datetime, datetime]:
    """What the clock may mean by that time: two moments in the hour that comes twice, or that is left out (PEP 495).

    A freeze takes the wider reading of it, so that it never ends while the clock on the wall still says otherwise.
    """
    days, left = divmod(minutes, 1440)
    local = datetime.combine(monday + timedelta(days=days), time(left // 60, left % 60), zone_of(zone))
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
