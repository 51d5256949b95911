"""The times in policy.toml: durations, nights, weekly spans, moments; each reads one value, or says what to write."""

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from workflows import durations
from workflows.policy_values import words
from workflows.ruleset import QuietHours

NONE = "none"

_HOURS = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")
_WEEKLY = re.compile(r"\s*([a-z]{3})[a-z]*\s+(\d{1,2}):(\d{2})\s*-\s*([a-z]{3})[a-z]*\s+(\d{1,2}):(\d{2})\s*")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def duration(value: object) -> timedelta:
    """A duration above zero."""
    found = durations.parse(value)
    if not found:
        raise ValueError("must be longer than nothing")
    return found


def offset(value: object) -> timedelta:
    """A duration, zero allowed."""
    return durations.parse(value)


def reading_age(value: object) -> timedelta:
    """How old a reading of Slack may be at a decision: 5 seconds to 1 hour."""
    found = durations.parse(value)
    if not timedelta(seconds=5) <= found <= timedelta(hours=1):
        raise ValueError(f'"{value}" is out of bounds; write between "5s" and "1h"')
    return found


def quiet_hours(value: object) -> QuietHours | None:
    """A person's night, "22:00-07:00"; "none" is None."""
    said = words(value)
    if said.lower() == NONE:
        return None
    found = _HOURS.fullmatch(said)
    if not found:
        raise ValueError(f'"{said}" is not a night; write "22:00-07:00", or "none"')
    start, end = _clock(found[1], found[2]), _clock(found[3], found[4])
    if start == end:
        raise ValueError(f'"{said}" begins and ends at the same time; write "22:00-07:00", or "none"')
    return QuietHours(start, end)


def then_every(value: object) -> timedelta | None:
    """The pace of further reminders; "none" is None."""
    if isinstance(value, str) and value.strip().lower() == NONE:
        return None
    found = duration(value)
    if found < timedelta(minutes=15):
        raise ValueError(f'"{value}" would remind people all the time; write at least "15m", or "none"')
    return found


def weekly(value: object) -> str:
    """A weekly span in its one spelling, "fri 16:00 - mon 08:00"."""
    said = words(value)
    found = _WEEKLY.fullmatch(said.lower())
    if not found or found[1] not in _DAYS or found[4] not in _DAYS:
        raise ValueError(f'"{said}" is not a weekly span; write "fri 16:00 - mon 08:00"')
    start = f"{found[1]} {_clock(found[2], found[3]):%H:%M}"
    end = f"{found[4]} {_clock(found[5], found[6]):%H:%M}"
    if start == end:
        raise ValueError(f'"{said}" begins and ends at the same time')
    return f"{start} - {end}"


def moment(value: object) -> datetime:
    """A date and time, TOML's own or in quotes; without an offset it stays naive (the workspace's zone)."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = datetime.fromisoformat(value.strip()) if len(value.strip()) > 10 else value
    if isinstance(value, datetime):
        return value
    example = value.isoformat() if isinstance(value, date) else "2026-12-23"
    raise ValueError(f"{str(value)!r} is not a date with a time; write {example}T16:00:00, without quotes")


def _clock(hours: str, minutes: str) -> time:
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(f"{hours}:{minutes} is not a time of day; write 00:00 to 23:59")
    return time(int(hours), int(minutes))
