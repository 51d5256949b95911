"""What a pipeline says it deployed, or a drift job saw, field by field: the trust boundary of reports.

The same fields stand in the JSON of the API and in the columns of an imported file.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from workflows import reckoning
from workflows.change import Outcome
from workflows.reckoning import Seen, Sort
from workflows.ruleset import Rules
from workflows.sightings import GITHUB

FIELDS = ("id", "repository", "environment", "sha", "at", "outcome", "by", "url")
NEEDED = ("id", "repository", "environment", "sha")
FINDING = ("id", "title", "repository", "environment", "system", "sha", "at", "by", "url")
AHEAD = timedelta(minutes=2)
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?")
_TEXT = re.compile(r"[^\x00\ud800-\udfff]+")  # what a database can hold
_LONG, _LONGER, _LONGEST = 128, 255, 300
_FIRST = 1970
_OUTCOMES: Mapping[str, Outcome] = {
    "started": Outcome.STARTED,
    "ok": Outcome.OK,
    "success": Outcome.OK,
    "failed": Outcome.FAILED,
    "failure": Outcome.FAILED,
    "rolled-back": Outcome.ROLLED_BACK,
}


class Unreadable(ValueError):
    """A field cannot be taken; the message is a sentence that names it."""


def deployment(given: Mapping[str, object], *, source: str, rules: Rules, now: datetime) -> Seen:
    """A deployment as it was reported by the holder of a token. Raises Unreadable.

    Without `at` it is of now, without `outcome` it worked.
    """
    fields = _plain(given, FIELDS, NEEDED)
    outcome = _OUTCOMES.get(fields.get("outcome", "ok").lower())
    if outcome is None:
        raise Unreadable(f"outcome is one of {', '.join(_OUTCOMES)}.")
    named = fields["environment"]
    return Seen(
        source=_source(source),
        external=_short("id", fields["id"]),
        sort=Sort.DEPLOYMENT,
        repository=_repository(fields["repository"]),
        environment=reckoning.environment(named, rules) or _short("environment", named, _LONGER),
        sha=_commit(fields["sha"]),
        at=_time(fields.get("at", ""), now),
        outcome=outcome,
        login=_login(fields.get("by", "")),
        url=_url(fields.get("url", "")),
        pipeline=True,
    )


def finding(given: Mapping[str, object], *, source: str, rules: Rules, now: datetime) -> Seen:
    """Something that a job saw and cannot explain, in its own words (`title`). Raises Unreadable."""
    fields = _plain(given, FINDING, ("id", "title"))
    system, repository, sha = fields.get("system", ""), fields.get("repository", ""), fields.get("sha", "")
    if system and system not in rules.systems:
        raise Unreadable("system is none of the policy's.")
    if len(fields["title"]) > _LONGEST or not _TEXT.fullmatch(fields["title"]):
        raise Unreadable(f"title has at most {_LONGEST} characters, and each is one.")
    named = fields.get("environment", "")
    return Seen(
        source=_source(source),
        external=_short("id", fields["id"]),
        sort=Sort.DRIFT,
        repository=_repository(repository) if repository else "",
        environment=(reckoning.environment(named, rules) or _short("environment", named, _LONGER)) if named else None,
        sha=_commit(sha) if sha else "",
        at=_time(fields.get("at", ""), now),
        login=_login(fields.get("by", "")),
        url=_url(fields.get("url", "")),
        pipeline=True,
        title=fields["title"],
        systems=(system,) if system else (),
    )


def repository_of(given: Mapping[str, object]) -> str:
    """Which repository a report is about, before anything else of it is read; "" for none."""
    found = given.get("repository")
    return found.strip() if isinstance(found, str) and _REPOSITORY.fullmatch(found.strip()) else ""


def _plain(given: Mapping[str, object], known: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, str]:
    """The fields that say something, as text without white space around it."""
    unknown = sorted(name for name in given if name not in known)
    if unknown:
        raise Unreadable(f"There is no field {unknown[0]!r}; there are {', '.join(known)}.")
    fields: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, int) and not isinstance(value, bool) and name == "id":
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise Unreadable(f"{name} must be text.")
        if value is not None and value.strip():
            fields[name] = value.strip()
    missing = next((name for name in needed if name not in fields), None)
    if missing is not None:
        raise Unreadable(f"{missing} is missing.")
    return fields


def _source(name: str) -> str:
    """Who says so; nobody but GitHub itself is called github."""
    return f"token-{name}" if name.lower() == GITHUB else name


def _short(name: str, value: str, most: int = _LONG) -> str:
    if len(value) > most or not value.isprintable():
        raise Unreadable(f"{name} has at most {most} characters, in one line.")
    return value


def _repository(value: str) -> str:
    if not _REPOSITORY.fullmatch(value) or len(value) > _LONGER:
        raise Unreadable("repository must be owner/name.")
    return value


def _commit(value: str) -> str:
    if not _COMMIT.fullmatch(value.lower()):
        raise Unreadable("sha must be the whole commit SHA: 40 (or 64) hex digits, no branch and no short form.")
    return value.lower()


def _login(value: str) -> str:
    if value and not _LOGIN.fullmatch(value):
        raise Unreadable("by must be a GitHub login.")
    return value


def _time(value: str, now: datetime) -> datetime:
    if not value:
        return now
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable("at must be a time with its offset, like 2026-11-30T14:05:00+01:00.") from None
    if at.tzinfo is None:
        raise Unreadable("at must say its offset, like 2026-11-30T14:05:00+01:00 or …Z.")
    if at > now + AHEAD:
        raise Unreadable("at is in the future.")
    if at.year < _FIRST:
        raise Unreadable("at is long ago.")
    return min(at.astimezone(UTC), now)


def _url(value: str) -> str | None:
    """The address without what may hold a secret: query, fragment and a name before the host."""
    if not value:
        return None
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    wrong = not host or not value.isascii() or not value.isprintable() or " " in value
    if wrong or parts.scheme not in ("http", "https") or len(value) > _LONGEST:
        raise Unreadable(f"url must be a whole address beginning with https://, at most {_LONGEST} characters.")
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"
