"""The kinds of value in policy.toml: each reads one raw value, or says what to write instead."""

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from workflows import durations
from workflows.change import Risk, Type
from workflows.ruleset import NAMED, PIPELINE, Condition, QuietHours

OTHER = "Other"  # the system that every form offers beside the catalogue
NONE = "none"

_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+")
_SLACK_PERSON = re.compile(r"[UW][A-Z0-9]{2,20}")
_HANDLE = re.compile(r"@[^\s@<>&,]{1,80}")
_SLACK_GROUP = re.compile(r"S[A-Z0-9]{2,20}")
_CHANNEL = re.compile(r"#[^\s#@<>&,]{1,80}")
_SLACK_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,20}")
_ENTERPRISE = re.compile(r"E[A-Z0-9]{2,20}")
_PAGERDUTY = re.compile(r"P[A-Z0-9]{2,30}")
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_HOURS = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")
_WEEKLY = re.compile(r"\s*([a-z]{3})[a-z]*\s+(\d{1,2}):(\d{2})\s*-\s*([a-z]{3})[a-z]*\s+(\d{1,2}):(\d{2})\s*")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_COMMA = re.compile(r",(?![^(\[]*[)\]])")  # the names of matrix jobs hold commas: "test (3.11, linux)"
_MARKUP = re.compile(r"[<>&`\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} must be a text in quotes")
    return value.strip()


def phrase(value: object) -> str:
    """A line that people will read, ≤ 150 characters, without Slack's markup."""
    said = _text(value)
    if not said:
        raise ValueError("is empty; write something or leave the key out")
    if _MARKUP.search(said):
        raise ValueError(f"{said!r} must not hold <, >, &, ` or control characters")
    if len(said) > 150:
        raise ValueError(f"is {len(said)} characters long; 150 is the most that fits")
    return said


def name(value: object) -> str:
    """The name of a group, system or environment, ≤ 60 characters."""
    said = phrase(value)
    if len(said) > 60:
        raise ValueError(f'"{said}" is {len(said)} characters long; 60 is the most that fits on a card')
    return said


def person(value: object) -> str:
    """An e-mail address in small letters, or a Slack member id."""
    said = _text(value)
    if _EMAIL.fullmatch(said):
        return said.lower()
    if _SLACK_PERSON.fullmatch(said):
        return said
    hint = "; a user group goes into usergroup" if said.startswith("@") or said[:1] == "S" else ""
    raise ValueError(
        f'"{said}" is neither an e-mail address nor a Slack member id; write "cto@example.com" or "U012AB3CD"{hint}'
    )


def usergroup(value: object) -> str:
    """A Slack user group: its id, or its @handle in small letters."""
    said = _text(value)
    if _HANDLE.fullmatch(said):
        return said.lower()
    if _SLACK_GROUP.fullmatch(said):
        return said
    raise ValueError(f'"{said}" is not a Slack user group; write its handle, "@oncall-leads", or id, "S012AB3CD"')


def channel(value: object) -> str:
    """A Slack channel: #name or id."""
    said = _text(value)
    if not said:
        raise ValueError('is empty; write a channel, "#incidents" or "C012AB3CD"')
    if _SLACK_CHANNEL.fullmatch(said):
        return said
    if not _CHANNEL.fullmatch(said):
        raise ValueError(f'"{said}" is not a channel; write its name with #, "#incidents", or id, "C012AB3CD"')
    if said != said.lower():
        raise ValueError(f'"{said}" can\'t exist, Slack channels have small letters; write "{said.lower()}"')
    return said


def zone(value: object) -> str:
    """An IANA time zone name."""
    said = _text(value)
    try:
        ZoneInfo(said)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = get_close_matches(said, sorted(available_timezones()), 1, 0.5)
        hint = f'did you mean "{close[0]}"?' if close else 'write one like "Europe/Berlin" or "UTC"'
        raise ValueError(f'"{said}" is not a time zone; {hint}') from None
    return said


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
    said = _text(value)
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
    said = _text(value)
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


def risk(value: object) -> str:
    return _one_of(value, tuple(Risk))


def change_type(value: object) -> str:
    return _one_of(value, tuple(Type))


def condition(value: object) -> str:
    """A condition of a deploy rule in its one spelling, with the names it may take: "checks-pass: unit, semgrep"."""
    said, colon, listed = _text(value).partition(":")
    found = Condition(_one_of(said, tuple(Condition)))
    if not colon:
        return found.value
    if found not in NAMED:
        raise ValueError(f'"{found}" takes no names; write "{found}"')
    given = names(listed)
    if not given:
        raise ValueError(f'"{found}:" names nothing; write "{found}: {NAMED[found]}", or "{found}" alone')
    if own := next((one for one in given if one.startswith("countersign/")), None):
        raise ValueError(f'"{own}" is what Countersign itself says, and it would wait for itself; leave it out')
    if twice := next((one for at, one in enumerate(given) if one in given[:at]), None):
        raise ValueError(f'"{found}" names {twice} twice; once is enough')
    return f"{found}: {', '.join(given)}"


def names(listed: str) -> tuple[str, ...]:
    """The names of a list with commas; a comma in brackets belongs to its name."""
    return tuple(one.strip() for one in _COMMA.split(listed) if one.strip())


def deployer(value: object) -> str:
    """ "pipeline", or the name of a group."""
    return PIPELINE if _text(value).lower() == PIPELINE else name(value)


def pattern(value: object) -> str:
    """A pattern of changed files."""
    said = phrase(value)
    if said.endswith("/"):
        raise ValueError(f'"{said}" is a folder, and only files change; write "{said}**"')
    return said


def repository(value: object) -> str:
    """A GitHub repository, owner/name."""
    said = _text(value)
    if not _REPOSITORY.fullmatch(said):
        raise ValueError(f'"{said}" is not a repository; write "owner/name", like "acme/payments"')
    return said


def login(value: object) -> str:
    """A GitHub login, without the @."""
    said = _text(value).removeprefix("@")
    if not _LOGIN.fullmatch(said):
        raise ValueError(f'"{said}" is not a GitHub login; write it as in github.com/LOGIN')
    return said


def enterprise(value: object) -> str:
    """A Slack Enterprise Grid organisation id."""
    return _identifier(value, _ENTERPRISE, 'a Grid organisation id; write one like "E012AB3CD"')


def pagerduty_id(value: object) -> str:
    """A PagerDuty object id."""
    return _identifier(value, _PAGERDUTY, 'a PagerDuty id; write the one at the end of its address, like "PABC123"')


def _identifier(value: object, pattern: re.Pattern[str], manner: str) -> str:
    said = _text(value)
    if not pattern.fullmatch(said):
        raise ValueError(f'"{said}" is not {manner}')
    return said


def _one_of(value: object, words: tuple[str, ...]) -> str:
    said = _text(value)
    if said in words:
        return str(said)
    close = get_close_matches(said, words, 1, 0.6)
    hint = f'did you mean "{close[0]}"?' if close else f"write one of {', '.join(map(str, words))}"
    raise ValueError(f'"{said}" is not known here; {hint}')


def _clock(hours: str, minutes: str) -> time:
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(f"{hours}:{minutes} is not a time of day; write 00:00 to 23:59")
    return time(int(hours), int(minutes))
