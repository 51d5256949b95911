"""How the stand-in's records look on the wire, by PagerDuty's description of its REST API."""

from __future__ import annotations

from typing import Any

from bot.playground.pagerduty.records import Entry, Incident, Json, Note, Service, Subscription, User
from bot.playground.pagerduty.world import World

PLURAL = {
    "user": "users",
    "schedule": "schedules",
    "escalation_policy": "escalation_policies",
    "service": "services",
    "incident": "incidents",
}
SITE = {"service": "service-directory"}
WORDS = {
    "trigger": "Triggered",
    "acknowledge": "Acknowledged",
    "annotate": "Note added",
    "assign": "Assigned",
    "escalate": "Escalated",
    "resolve": "Resolved",
    "unacknowledge": "Unacknowledged",
    "delegate": "Delegated",
}


def named(world: World, kind: str, id: str) -> str:
    """Return the name of something, or its id when it was deleted."""
    places: dict[str, dict[str, Any]] = {
        "user": world.users,
        "schedule": world.schedules,
        "escalation_policy": world.policies,
        "service": world.services,
    }
    if kind == "incident":
        found = world.incidents.get(id)
        return found.title if found else id
    one = places[kind].get(id)
    return str(one.name) if one else id


def reference(world: World, kind: str, id: str) -> Json:
    """Return how something is pointed at."""
    return {**head(world, kind, id), "type": f"{kind}_reference"}


def head(world: World, kind: str, id: str) -> Json:
    """Return what every resource begins with."""
    return {
        "id": id,
        "type": kind,
        "summary": named(world, kind, id),
        "self": f"{world.base_url}/{PLURAL[kind]}/{id}",
        "html_url": f"{world.site_url}/{SITE.get(kind, PLURAL[kind])}/{id}",
    }


def agent(world: World, id: str) -> Json:
    """Return who did something: a user or a service."""
    return reference(world, "user" if id in world.users else "service", id)


def user(world: World, one: User) -> Json:
    """Return a person."""
    more = {"name": one.name, "email": one.email, "time_zone": "Europe/Berlin", "color": "purple", "role": "user"}
    lists: Json = {"teams": [], "contact_methods": [], "notification_rules": []}
    described = {"description": None, "invitation_sent": False, "job_title": "Engineer"}
    return {**head(world, "user", one.id), **more, **described, **lists}


def service(world: World, one: Service) -> Json:
    """Return a service."""
    open_ones = [each for each in world.incidents.values() if each.service == one.id and each.status != "resolved"]
    return {
        **head(world, "service", one.id),
        "name": one.name,
        "description": "",
        "created_at": "2026-01-01T00:00:00Z",
        "status": "critical" if open_ones else "active",
        "escalation_policy": reference(world, "escalation_policy", one.policy),
        "alert_creation": "create_alerts_and_incidents",
        "teams": [],
        "integrations": [],
    }


def schedule(world: World, id: str) -> Json:
    """Return a schedule, without what it says for whom: `/oncalls` tells that."""
    policies = dict.fromkeys(one.policy for one in world.shifts if one.schedule == id)
    people = dict.fromkeys(one.user for one in world.shifts if one.schedule == id)
    return {
        **head(world, "schedule", id),
        "name": named(world, "schedule", id),
        "time_zone": "Europe/Berlin",
        "schedule_layers": [],
        "escalation_policies": [reference(world, "escalation_policy", one) for one in policies],
        "users": [reference(world, "user", one) for one in people],
        "teams": [],
    }


def policy(world: World, id: str) -> Json:
    """Return an escalation policy, its levels in order."""
    rules: dict[int, list[Json]] = {}
    for one in sorted(world.shifts, key=lambda each: each.level):
        if one.policy == id:
            kind, target = ("schedule", one.schedule) if one.schedule else ("user", one.user)
            shown = reference(world, kind, target)
            if shown not in rules.setdefault(one.level, []):
                rules[one.level].append(shown)
    return {
        **head(world, "escalation_policy", id),
        "name": named(world, "escalation_policy", id),
        "num_loops": 0,
        "on_call_handoff_notifications": "if_has_services",
        "escalation_rules": [
            {"id": f"R{level}{id}", "escalation_delay_in_minutes": 30, "targets": targets}
            for level, targets in rules.items()
        ],
        "services": [reference(world, "service", one.id) for one in world.services.values() if one.policy == id],
        "teams": [],
    }


def incident(world: World, one: Incident) -> Json:
    """Return an incident."""
    changed = agent(world, one.changed_by)
    policy_id = world.services[one.service].policy
    count = {"all": 1, "triggered": int(one.status != "resolved"), "resolved": int(one.status == "resolved")}
    return {
        **head(world, "incident", one.id),
        "summary": f"[#{one.number}] {one.title}",
        "incident_number": one.number,
        "title": one.title,
        "created_at": one.created,
        "updated_at": one.updated,
        "status": one.status,
        "incident_key": one.key,
        "service": reference(world, "service", one.service),
        "assignments": [
            {"at": one.created, "assignee": reference(world, "user", who)}
            for who in one.assigned
            if one.status != "resolved"
        ],
        "assigned_via": "escalation_policy",
        "last_status_change_at": one.updated,
        "resolved_at": one.resolved,
        "alert_counts": count,
        "is_mergeable": True,
        "incident_type": {"name": "incident_default"},
        "escalation_policy": reference(world, "escalation_policy", policy_id),
        "teams": [],
        "pending_actions": [],
        "acknowledgements": [
            {"at": one.updated, "acknowledger": reference(world, "user", who)} for who in one.acknowledged
        ],
        "last_status_change_by": changed,
        "priority": None,
        "resolve_reason": None,
        "conference_bridge": None,
        "incidents_responders": [_responder(world, one, who) for who in one.responders],
        "responder_requests": [],
        "urgency": one.urgency,
    }


def _responder(world: World, one: Incident, who: str) -> Json:
    return {
        "state": "joined",
        "user": reference(world, "user", who),
        "incident": reference(world, "incident", one.id),
        "updated_at": one.created,
        "message": "Please help with this",
        "requester": reference(world, "user", who),
        "requested_at": one.created,
    }


def note(world: World, one: Note) -> Json:
    """Return a note."""
    return {
        "id": one.id,
        "user": reference(world, "user", one.user),
        "channel": {"summary": "The PagerDuty website or APIs"},
        "content": one.content,
        "created_at": one.at,
    }


def entry(world: World, of: Incident, one: Entry) -> Json:
    """Return a line of an incident's log; a note stands in the summary of its channel."""
    channel = {"type": "note", "summary": one.text} if one.kind == "annotate" else {"type": "api"}
    by = agent(world, one.agent)
    return {
        "id": one.id,
        "type": f"{one.kind}_log_entry",
        "summary": f"{WORDS.get(one.kind, one.kind)} by {by['summary']}",
        "self": f"{world.base_url}/log_entries/{one.id}?incident_id={of.id}",
        "html_url": f"{world.site_url}/incidents/{of.id}/log_entries/{one.id}",
        "created_at": one.at,
        "agent": by,
        "channel": channel,
        "service": reference(world, "service", of.service),
        "incident": reference(world, "incident", of.id),
        "teams": [],
        "contexts": [],
    }


def subscription(one: Subscription) -> Json:
    """Return a webhook subscription, its secret left out as PagerDuty does after it was made."""
    method = {"type": "http_delivery_method", "url": one.url, "secret": None, "temporarily_disabled": one.disabled}
    return {
        "id": one.id,
        "type": "webhook_subscription",
        "active": True,
        "delivery_method": method,
        "description": "Countersign",
        "events": ["incident.annotated", "incident.escalated", "incident.resolved", "incident.triggered"],
        "filter": {"type": "account_reference"},
    }
