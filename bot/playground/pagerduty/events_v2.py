"""Events v2: alerts by dedup key, and change events, which have none."""

from __future__ import annotations

import uuid

from bot.playground.pagerduty import incidents
from bot.playground.pagerduty.records import Alert, ChangeEvent, Json
from bot.playground.pagerduty.refusal import EventError
from bot.playground.pagerduty.world import World

SEVERITIES = ("critical", "error", "warning", "info")
LONGEST_SUMMARY = 1024
LONGEST_KEY = 255


def _service(world: World, body: Json) -> str:
    found = world.routing_keys.get(str(body.get("routing_key") or ""))
    if found is None:
        raise EventError("Invalid routing key")
    return found


def _payload(body: Json) -> Json:
    payload = body.get("payload")
    if not isinstance(payload, dict):
        raise EventError("'payload' is missing or blank")
    summary = payload.get("summary")
    if not isinstance(summary, str) or not summary:
        raise EventError("'payload.summary' is missing or blank")
    if len(summary) > LONGEST_SUMMARY:
        raise EventError(f"Length of 'payload.summary' is more than {LONGEST_SUMMARY} characters")
    return payload


def _links(body: Json) -> list[Json]:
    """The links, whose hosts must have a dot."""
    found = body.get("links") or []
    for one in found:
        host = str(one.get("href", "")).partition("://")[2].partition("/")[0]
        if "." not in host:
            raise EventError("'links.href' is not a valid URL")
    return list(found)


def enqueue(world: World, body: Json) -> Json:
    """POST /v2/enqueue."""
    service, action = _service(world, body), body.get("event_action")
    key = str(body.get("dedup_key") or (uuid.uuid4().hex if action == "trigger" else ""))
    if not key or len(key) > LONGEST_KEY:
        raise EventError("'dedup_key' is missing or too long")
    known = next(
        (one for one in world.alerts if (one.key, one.service) == (key, service) and one.resolved is None), None
    )
    if action == "trigger":
        _trigger(world, body, key, service, known)
    elif action in ("resolve", "acknowledge"):
        verb = incidents.resolve if action == "resolve" else incidents.acknowledge
        if known is not None:
            known.status = f"{action}d"
            verb(world, world.incidents[known.incident], service)
    else:
        raise EventError("'event_action' is invalid")
    return {"status": "success", "message": "Event processed", "dedup_key": key}


def _trigger(world: World, body: Json, key: str, service: str, known: Alert | None) -> None:
    payload, links = _payload(body), _links(body)
    if payload.get("severity") not in SEVERITIES:
        raise EventError(
            "'payload.severity' is invalid (must be one of the following: critical, warning, error or info)"
        )
    if not payload.get("source"):
        raise EventError("'payload.source' is missing or blank")
    if known is not None:
        known.times += 1
        world.touch()
        return
    urgency = "high" if payload["severity"] in ("critical", "error") else "low"
    made = incidents.trigger(world, title=payload["summary"], service=service, urgency=urgency, by=service, key=key)
    details = payload.get("custom_details") or {}
    said = (payload["summary"], payload["severity"], payload["source"], service, made.id, world.stamp())
    world.alerts.append(Alert(key, *said, links=links, details=details))


def change(world: World, body: Json) -> Json:
    """POST /v2/change/enqueue."""
    service, payload, links = _service(world, body), _payload(body), _links(body)
    at = str(payload.get("timestamp") or world.stamp())
    told = (world.new_id(), payload["summary"], str(payload.get("source") or ""), at, service)
    world.change_events.append(ChangeEvent(*told, links, payload.get("custom_details") or {}))
    world.touch()
    return {"status": "success", "message": "Change event processed"}
