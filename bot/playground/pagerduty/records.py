"""What the stand-in PagerDuty remembers. Times are text as the wire carries them: `2026-01-31T12:00:00Z`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
"""A JSON object as it travels over the wire."""


@dataclass
class User:
    """A person of the account."""

    id: str
    name: str
    email: str


@dataclass
class Named:
    """A schedule or an escalation policy."""

    id: str
    name: str


@dataclass
class Service:
    """A service; `policy` is whom its incidents go to."""

    id: str
    name: str
    policy: str


@dataclass
class Shift:
    """Somebody on call by a policy at a level, for good (None) or for a time; by a schedule, or named directly."""

    schedule: str | None
    user: str
    start: str | None
    end: str | None
    level: int
    policy: str


@dataclass
class Override:
    """Somebody stands in for whoever the schedule names."""

    schedule: str
    user: str
    start: str
    end: str


@dataclass
class Note:
    """A note on an incident; `user` is an id."""

    id: str
    user: str
    content: str
    at: str


@dataclass
class Entry:
    """A line of an incident's log: `kind` without `_log_entry`; `agent` is the id of a user or service."""

    id: str
    kind: str
    agent: str
    at: str
    text: str = ""


@dataclass
class Incident:
    """An incident; `assigned`, `responders` and `acknowledged` are ids of users, `key` its dedup key."""

    id: str
    number: int
    title: str
    service: str
    urgency: str
    key: str
    created: str
    updated: str
    changed_by: str
    status: str = "triggered"
    resolved: str | None = None
    level: int = 1
    details: str = ""
    assigned: list[str] = field(default_factory=list)
    responders: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)


@dataclass
class Alert:
    """What was sent under a dedup key; `times` counts the triggers that came while it was open."""

    key: str
    summary: str
    severity: str
    source: str
    service: str
    incident: str
    created: str
    status: str = "triggered"
    times: int = 1
    resolved: str | None = None
    links: list[Json] = field(default_factory=list)
    details: Json = field(default_factory=dict)


@dataclass
class ChangeEvent:
    """What was told of a change that went live; the same may stand there twice."""

    id: str
    summary: str
    source: str
    at: str
    service: str
    links: list[Json] = field(default_factory=list)
    details: Json = field(default_factory=dict)


@dataclass
class Subscription:
    """Where webhooks go; `secrets` sign each of them, several while they are exchanged."""

    id: str
    url: str
    secrets: tuple[str, ...]
    drops: int = 0
    disabled: bool = False


@dataclass(frozen=True)
class Token:
    """An API token: of a user (an id), or the account's own."""

    user: str | None = None
    read_only: bool = False
