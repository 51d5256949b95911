"""What PagerDuty's answers say, as values."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from workflows.links import keepable
from workflows.peered import Entry, OnCall, SeenIncident

TOLD: Mapping[str, str] = {
    "acknowledge_log_entry": "acknowledged",
    "annotate_log_entry": "annotated",
    "assign_log_entry": "reassigned",
    "delegate_log_entry": "delegated",
    "escalate_log_entry": "escalated",
    "resolve_log_entry": "resolved",
    "trigger_log_entry": "triggered",
    "unacknowledge_log_entry": "unacknowledged",
    "urgency_change_log_entry": "urgency_changed",
}
"""Kinds of log entries → what webhooks call the same, without "incident."; others are not told."""

LONGEST_SUMMARY = 1024
LONGEST_KEY = 255
OURS = "countersign:"
_SITES = ".pagerduty.com"
_LEFT = frozenset({"declined", "user_cancelled"})


def on_call(one: Mapping[str, Any]) -> OnCall:
    """An entry of `/oncalls` that was asked with `include[]=users`."""
    user, schedule = one["user"], one.get("schedule")
    email = user.get("email")
    return OnCall(
        user=user["id"],
        name=keepable(user.get("name") or user.get("summary") or user["id"]),
        email=email.lower() if isinstance(email, str) and email and email.isascii() else None,
        level=int(one["escalation_level"]),
        start=moment(one.get("start")),
        end=moment(one.get("end")),
        schedule=schedule["id"] if schedule else None,
        policy=one["escalation_policy"]["id"],
    )


def overlaps(one: OnCall, since: datetime, until: datetime) -> bool:
    """Whether somebody is on call at some moment from `since` to `until`, both included."""
    return (one.start is None or one.start <= until) and (one.end is None or one.end > since)


def incident(one: Mapping[str, Any], home: str) -> SeenIncident:
    """An incident as it is told; `home`: the host that was asked."""
    service = one["service"]
    return SeenIncident(
        id=one["id"],
        number=int(one["incident_number"]),
        title=keepable(one.get("title") or "", LONGEST_SUMMARY),
        service=keepable(service.get("summary") or service["id"]),
        service_id=service["id"],
        urgency=keepable(one["urgency"]),
        status=keepable(one["status"]),
        url=address(one.get("html_url"), home),
        responders=_responders(one),
    )


def _responders(one: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of those who are assigned, who acknowledged and who were asked and did not decline; each once."""
    people = [
        *(part["assignee"] for part in one.get("assignments") or ()),
        *(part["acknowledger"] for part in one.get("acknowledgements") or ()),
        *(part["user"] for part in one.get("incidents_responders") or () if part.get("state") not in _LEFT),
    ]
    names = [keepable(who.get("summary") or who["id"]) for who in people if str(who.get("type", "")).startswith("user")]
    return tuple(dict.fromkeys(names))


def page(key: object) -> bool:
    """Whether an incident of this key is a page of ours: `countersign:EC-2026-0042:review`."""
    return isinstance(key, str) and key.startswith(OURS) and key.count(":") > 1


def notes(found: Iterable[Mapping[str, Any]], user: str | None) -> tuple[str, ...]:
    """The contents of the notes that a user wrote; None: of all, where nobody knows who we are."""
    return tuple(str(one["content"]) for one in found if user in (None, (one.get("user") or {}).get("id")))


def entries(found: Iterable[Mapping[str, Any]]) -> tuple[Entry, ...]:
    """Log entries that matter, oldest first; whom an incident is assigned to when it begins is no reassignment."""
    kept = [one for one in found if one.get("type") in TOLD]
    began = {one["created_at"] for one in kept if one["type"] == "trigger_log_entry"}
    read = [_entry(one) for one in kept if one["type"] != "assign_log_entry" or one["created_at"] not in began]
    return tuple(sorted(read, key=lambda one: one.at))


def _entry(one: Mapping[str, Any]) -> Entry:
    agent, note = one.get("agent") or {}, (one.get("channel") or {}).get("summary")
    at = moment(one["created_at"])
    if at is None:
        raise KeyError("created_at")
    return Entry(
        id=one["id"],
        at=at,
        what=TOLD[one["type"]],
        by=str(agent["summary"]) if agent.get("summary") else None,
        note=str(note) if note and one["type"] == "annotate_log_entry" else None,
    )


def moment(value: object) -> datetime | None:
    """A time as PagerDuty writes it, whatever its offset; None stays None. ValueError: it is none."""
    if value is None:
        return None
    read = datetime.fromisoformat(str(value))
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def stamp(at: datetime) -> str:
    """A time as PagerDuty takes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def address(value: object, home: str) -> str:
    """An address that may be shown as a link, since it is PagerDuty's own, or at `home`; empty: it is none."""
    if not isinstance(value, str) or not value.startswith("https://"):
        return ""
    try:
        host = urlsplit(value).hostname or ""
    except ValueError:
        return ""
    return value if host == home or host.endswith(_SITES) else ""


def links(given: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Links (href, text) as events carry them; one whose host has no dot is left out: PagerDuty would refuse all."""
    return [{"href": href, "text": text} for href, text in given if _public(href)]


def _public(href: str) -> bool:
    parts = urlsplit(href)
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "").strip(".")
