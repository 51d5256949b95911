"""A person's night: pure, right across daylight-saving changes because it is asked of the person's own clock."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workflows.ruleset import QuietHours

MORNING = time(7)


def zone_of(name: str) -> tzinfo:
    """The zone of that IANA name; UTC for one that this machine does not know: a night must never stop a sweep."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def held_until(now: datetime, zone: str, quiet: QuietHours | None) -> datetime | None:
    """When the night that `now` falls into ends (UTC); None when it is not night there, or there are no quiet hours."""
    if quiet is None or not _night(now, zone, quiet):
        return None
    local = now.astimezone(zone_of(zone))
    tomorrow = quiet.start > quiet.end and local.time() >= quiet.start
    end = datetime.combine(local.date() + timedelta(days=tomorrow), quiet.end, zone_of(zone))
    # A clock that is put back shows the end twice, one that is put forward may not show it at all.
    ends = sorted(end.replace(fold=n).astimezone(UTC) for n in (0, 1))
    return next((at for at in ends if at > now and not _night(at, zone, quiet)), ends[-1])


def _night(at: datetime, zone: str, quiet: QuietHours) -> bool:
    clock = at.astimezone(zone_of(zone)).time()
    if quiet.start <= quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def asleep_until(choice: str, now: datetime, zone: str) -> datetime | None:
    """When a snooze ends, UTC; None for an unknown choice. Morning is the person's own next 07:00."""
    if choice in ("1h", "4h"):
        return now + timedelta(hours=int(choice[0]))
    if choice != "morning":
        return None
    local = now.astimezone(zone_of(zone))
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, zone_of(zone)).astimezone(now.tzinfo)
