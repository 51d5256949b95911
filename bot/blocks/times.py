"""Times in words: `Tue 03:02` for one reader, Slack's own date token where readers have different zones."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

FULL = "{date_short_pretty} at {time}"
CLOCK = "{time}"


def zone_of(name: str) -> tzinfo:
    """The zone of that IANA name; UTC for a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def clock(at: datetime, zone: str) -> str:
    """`03:02`."""
    return f"{at.astimezone(zone_of(zone)):%H:%M}"


def day(at: datetime, zone: str) -> str:
    """`24 Nov 2026`."""
    local = at.astimezone(zone_of(zone))
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def written(at: datetime, zone: str, now: datetime, *, named: bool = False) -> str:
    """`Tue 03:02`; beyond six days `24 Nov 03:02`; `named` adds the zone's name, `Tue 03:02 CET`."""
    local = at.astimezone(zone_of(zone))
    head = _DAYS[local.weekday()]
    if abs(at - now) > 6 * _DAY:
        head = f"{local.day} {_MONTHS[local.month - 1]}"
        if local.year != now.astimezone(zone_of(zone)).year:
            head += f" {local.year}"
    tail = f" {local.tzname()}" if named else ""
    return f"{head} {local:%H:%M}{tail}"


def same_day(at: datetime, zone: str, now: datetime) -> bool:
    """Whether both fall on one day of that zone."""
    where = zone_of(zone)
    return at.astimezone(where).date() == now.astimezone(where).date()


def span(length: timedelta) -> str:
    """`40 s`, `10 min`, `6 h`, `3 days`: whole units, rounded down, never 0."""
    if length < timedelta(minutes=1):
        return f"{max(1, int(length.total_seconds()))} s"
    if length < _HOUR:
        return f"{length // timedelta(minutes=1)} min"
    if length < 2 * _DAY:
        return f"{length // _HOUR} h"
    return f"{length // _DAY} days"


def left(due: datetime, now: datetime) -> str:
    """`6 h left`; after `due` `2 h late`; within the minute `now`."""
    if abs(due - now) < timedelta(minutes=1):
        return "now"
    return f"{span(due - now)} left" if due > now else f"{span(now - due)} late"


def date_words(day_text: str) -> str:
    """`24 Nov` of `2026-11-24`; what is no date stays as it is."""
    try:
        at = datetime.strptime(day_text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return day_text
    return f"{at.day} {_MONTHS[at.month - 1]}"
