"""The kinds of value in policy.toml: each reads one raw value, or says what to write instead."""

import re
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from workflows.change import Risk, Type
from workflows.ruleset import JIRA_SOURCES, NAMED, PIPELINE, Condition

OTHER = "Other"  # the system that every form offers beside the catalogue

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
_LABEL = re.compile(r"[^\s\"<>&`]{1,255}")
_COMMA = re.compile(r",(?![^(\[]*[)\]])")  # the names of matrix jobs hold commas: "test (3.11, linux)"
_MARKUP = re.compile(r"[<>&`\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def words(value: object) -> str:
    """A text, without the spaces around it."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} must be a text in quotes")
    return value.strip()


def phrase(value: object) -> str:
    """A line that people will read, ≤ 150 characters, without Slack's markup."""
    said = words(value)
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
    said = words(value)
    if _EMAIL.fullmatch(said):
        return said.lower()
    if _SLACK_PERSON.fullmatch(said):
        return said
    hint = "; a user group goes into usergroup" if said.startswith("@") or said[:1] == "S" else ""
    raise ValueError(
        f'"{said}" is neither an e-mail address nor a Slack member id; write "cto@example.com" or "U012AB3CD"{hint}'
    )


def is_person(said: str) -> bool:
    """Whether this is an e-mail address or a Slack member id."""
    return bool(_EMAIL.fullmatch(said) or _SLACK_PERSON.fullmatch(said))


def usergroup(value: object) -> str:
    """A Slack user group: its id, or its @handle in small letters."""
    said = words(value)
    if _HANDLE.fullmatch(said):
        return said.lower()
    if _SLACK_GROUP.fullmatch(said):
        return said
    raise ValueError(f'"{said}" is not a Slack user group; write its handle, "@oncall-leads", or id, "S012AB3CD"')


def channel(value: object) -> str:
    """A Slack channel: #name or id."""
    said = words(value)
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
    said = words(value)
    try:
        ZoneInfo(said)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = get_close_matches(said, sorted(available_timezones()), 1, 0.5)
        hint = f'did you mean "{close[0]}"?' if close else 'write one like "Europe/Berlin" or "UTC"'
        raise ValueError(f'"{said}" is not a time zone; {hint}') from None
    return said


def risk(value: object) -> str:
    return _one_of(value, tuple(Risk))


def change_type(value: object) -> str:
    return _one_of(value, tuple(Type))


def condition(value: object) -> str:
    """A condition of a deploy rule in its one spelling, with the names it may take: "checks-pass: unit, semgrep"."""
    said, colon, listed = words(value).partition(":")
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
    return PIPELINE if words(value).lower() == PIPELINE else name(value)


def pattern(value: object) -> str:
    """A pattern of changed files."""
    said = phrase(value)
    if said.endswith("/"):
        raise ValueError(f'"{said}" is a folder, and only files change; write "{said}**"')
    return said


def repository(value: object) -> str:
    """A GitHub repository, owner/name."""
    said = words(value)
    if not _REPOSITORY.fullmatch(said):
        raise ValueError(f'"{said}" is not a repository; write "owner/name", like "acme/payments"')
    return said


def login(value: object) -> str:
    """A GitHub login, without the @."""
    said = words(value).removeprefix("@")
    if not _LOGIN.fullmatch(said):
        raise ValueError(f'"{said}" is not a GitHub login; write it as in github.com/LOGIN')
    return said


def enterprise(value: object) -> str:
    """A Slack Enterprise Grid organisation id."""
    return _identifier(value, _ENTERPRISE, 'a Grid organisation id; write one like "E012AB3CD"')


def pagerduty_id(value: object) -> str:
    """A PagerDuty object id."""
    return _identifier(value, _PAGERDUTY, 'a PagerDuty id; write the one at the end of its address, like "PABC123"')


def label(value: object) -> str:
    """A label of a Jira issue."""
    said = words(value)
    if not _LABEL.fullmatch(said):
        raise ValueError(f'"{said}" is not a label; Jira takes no spaces in one, write it like "change-control"')
    return said


def jira_source(value: object) -> str:
    """What of a change goes into a field of its issue."""
    return _one_of(value, JIRA_SOURCES)


def _identifier(value: object, pattern: re.Pattern[str], manner: str) -> str:
    said = words(value)
    if not pattern.fullmatch(said):
        raise ValueError(f'"{said}" is not {manner}')
    return said


def _one_of(value: object, known: tuple[str, ...]) -> str:
    said = words(value)
    if said in known:
        return str(said)
    close = get_close_matches(said, known, 1, 0.6)
    hint = f'did you mean "{close[0]}"?' if close else f"write one of {', '.join(map(str, known))}"
    raise ValueError(f'"{said}" is not known here; {hint}')
