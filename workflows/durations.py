"""Durations as the policy writes them ("5m", "1h30m") and as people read them ("5 min", "24 h"). Pure."""

import re
from datetime import timedelta

LONGEST = timedelta(days=366)

_PART = re.compile(r"(\d{1,9})\s*([smhd])", re.ASCII)
_WHOLE = re.compile(r"\s*(?:\d{1,9}\s*[smhd]\s*)+", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MANNER = 'write a number with s, m, h or d, like "5m", "24h" or "1h30m"'


def parse(value: object) -> timedelta:
    """The duration that `value` says, zero to 366 days; else ValueError with a sentence for the person."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a duration in quotes; {_MANNER}")
    if not _WHOLE.fullmatch(value):
        raise ValueError(f'"{value}" is not a duration; {_MANNER}')
    parts = _PART.findall(value)
    units = [unit for _, unit in parts]
    if len(set(units)) != len(units):
        raise ValueError(f'"{value}" names a unit twice; {_MANNER}')
    total = timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in parts))
    if total > LONGEST:
        raise ValueError(f'"{value}" is longer than 366 days; write a shorter one')
    return total


def text(duration: timedelta) -> str:
    """A spelling that `parse` reads back as the same whole seconds: "24h", "1h30m", "30d", "0s"."""
    seconds = int(duration.total_seconds())
    if seconds > 3 * 86400 and seconds % 86400 == 0:
        return f"{seconds // 86400}d"
    return "".join(f"{number}{unit}" for number, unit in _split(seconds)) or "0s"


def words(duration: timedelta) -> str:
    """As a person reads it: "30 s", "5 min", "24 h", "1 h 30 min", "7 d". Days begin after 72 hours."""
    seconds = int(duration.total_seconds())
    if seconds > 3 * 86400 and seconds % 86400 == 0:
        return f"{seconds // 86400} d"
    named = {"s": "s", "m": "min", "h": "h"}
    return " ".join(f"{number} {named[unit]}" for number, unit in _split(seconds)) or "0 min"


def _split(seconds: int) -> list[tuple[int, str]]:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return [(number, unit) for number, unit in ((hours, "h"), (minutes, "m"), (left, "s")) if number]
