"""What webhooks say, by PagerDuty's own examples (developer-docs, webhooks "Overview")."""

from __future__ import annotations

import json
import uuid
from datetime import UTC

from bot.playground.pagerduty.records import Incident, Json, Note
from bot.playground.pagerduty.shapes import agent, reference
from bot.playground.pagerduty.webhooks import Delivery
from bot.playground.pagerduty.world import World


def incident(world: World, one: Incident) -> Json:
    """Return an incident as webhooks carry it: other names than on the REST API."""
    pointed = reference(world, "incident", one.id)
    del pointed["summary"]
    return {
        **pointed,
        "type": "incident",
        "number": one.number,
        "status": one.status,
        "incident_key": one.key,
        "created_at": one.created,
        "title": one.title,
        "service": reference(world, "service", one.service),
        "assignees": [reference(world, "user", who) for who in one.assigned if one.status != "resolved"],
        "escalation_policy": reference(world, "escalation_policy", world.services[one.service].policy),
        "teams": [],
        "priority": None,
        "urgency": one.urgency,
        "conference_bridge": None,
        "resolve_reason": None,
    }


def note(world: World, of: Incident, one: Note) -> Json:
    """Return a note as webhooks carry it."""
    return {
        "incident": reference(world, "incident", of.id),
        "id": one.id,
        "content": one.content,
        "trimmed": False,
        "type": "incident_note",
    }


def tell(world: World, event: str, data: Json, by: str | None) -> list[Delivery]:
    """Queue a webhook for every subscription, signed with its secrets; lost ones are kept too."""
    occurred = world.clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    made = []
    for to in world.subscriptions.values():
        body = {
            "event": {
                "id": uuid.uuid4().hex[:26].upper(),
                "event_type": event,
                "resource_type": event.split(".")[0],
                "occurred_at": occurred,
                "agent": agent(world, by) if by else None,
                "client": None,
                "data": data,
            }
        }
        one = Delivery(str(uuid.uuid4()), event, json.dumps(body).encode(), to.id, at=world.stamp())
        made.append(one)
        world.deliveries.append(one)
        if not world.lost:
            world.webhooks.put(one, to)
    return made
