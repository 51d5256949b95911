"""Weeks as meetings have them: ISO weeks, Monday to Monday, in the zone of the policy. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

AT = time(9)
"""When on Monday the digest of the week before is posted, in the zone of the policy."""
_NAME = re.compile(r"(\d{4})-W(\d{2})", re.IGNORECASE)
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Week:
    """`name` as ISO 8601 has it ("2026-W47"); `first` to `last` are its days, `since` to before `until` UTC."""

    name: str
    first: date
    since: datetime
    until: datetime

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=6)


def named(name: str, zone: str) -> Week | None:
    """The week of that name; None: there is no such week."""
    found = _NAME.fullmatch(name.strip())
    try:
        return _of(date.fromisocalendar(int(found[1]), int(found[2]), 1), zone) if found else None
    except (ValueError, OverflowError):
        return None


def containing(at: datetime, zone: str) -> Week:
    """The week in which this moment lies."""
    day = at.astimezone(ZoneInfo(zone)).date()
    return _of(day - timedelta(days=day.weekday()), zone)


def before(at: datetime, zone: str) -> Week:
    """The newest week that is over."""
    return _of(containing(at, zone).first - _WEEK, zone)


def due(at: datetime, zone: str) -> Week:
    """The newest week whose digest is due: over, and it has been Monday morning since."""
    week = before(at, zone)
    return week if at >= _utc(week.first + _WEEK, AT, zone) else _of(week.first - _WEEK, zone)


def _of(monday: date, zone: str) -> Week:
    year, number, _ = monday.isocalendar()
    midnight = time()
    return Week(f"{year}-W{number:02d}", monday, _utc(monday, midnight, zone), _utc(monday + _WEEK, midnight, zone))


def _utc(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
