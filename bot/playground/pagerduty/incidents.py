"""What can happen to an incident, whoever does it: each leaves a line in its log and a webhook."""

from __future__ import annotations

from collections.abc import Sequence

from bot.playground.pagerduty import telling
from bot.playground.pagerduty.oncall import at_level
from bot.playground.pagerduty.records import Entry, Incident, Note
from bot.playground.pagerduty.world import World

FIRST_NUMBER = 1001


def trigger(
    world: World, *, title: str, service: str, urgency: str, by: str, key: str = "", details: str = ""
) -> Incident:
    """Open an incident and assign it to who is on call."""
    number = max((one.number for one in world.incidents.values()), default=FIRST_NUMBER - 1) + 1
    id, at = world.new_id("Q"), world.stamp()
    made = Incident(id, number, title, service, urgency, key or id.lower(), at, at, by, details=details)
    made.assigned = at_level(world, world.services[service].policy, 1)
    world.incidents[id] = made
    _happened(world, made, "trigger", by)
    if made.assigned:
        log(world, made, "assign", by)
    return made


def acknowledge(world: World, one: Incident, by: str) -> None:
    """Somebody takes it."""
    one.status, one.acknowledged = "acknowledged", list(dict.fromkeys([*one.acknowledged, by]))
    _happened(world, one, "acknowledge", by)


def resolve(world: World, one: Incident, by: str) -> None:
    """It is over, and so are its alerts."""
    one.status, one.resolved = "resolved", world.stamp()
    for alert in world.alerts:
        if alert.incident == one.id and alert.status != "resolved":
            alert.status, alert.resolved = "resolved", world.stamp()
    _happened(world, one, "resolve", by)


def escalate(world: World, one: Incident, by: str) -> None:
    """It goes to the next level that anybody is on call at."""
    one.level += 1
    policy = world.services[one.service].policy
    one.assigned = at_level(world, policy, one.level) or one.assigned
    _happened(world, one, "escalate", by)


def reopen(world: World, one: Incident, by: str) -> None:
    """It was not over after all; no kind of log entry is described for that."""
    one.status, one.resolved, one.changed_by, one.updated = "triggered", None, by, world.stamp()
    world.touch()
    telling.tell(world, "incident.reopened", telling.incident(world, one), by)


def annotate(world: World, one: Incident, content: str, by: str) -> Note:
    """Somebody writes a note."""
    made = Note(world.new_id(), by, content, world.stamp())
    one.notes.append(made)
    log(world, one, "annotate", by, content)
    telling.tell(world, "incident.annotated", telling.note(world, one, made), by)
    return made


def respond(world: World, one: Incident, people: Sequence[str]) -> None:
    """People join."""
    one.responders = list(dict.fromkeys([*one.responders, *people]))
    world.touch()


def log(world: World, one: Incident, kind: str, by: str, text: str = "") -> None:
    """Add a line to the log."""
    one.updated = world.stamp()
    one.log.append(Entry(world.new_id("R"), kind, by, one.updated, text))
    world.touch()


PAST = {
    "trigger": "triggered",
    "acknowledge": "acknowledged",
    "resolve": "resolved",
    "escalate": "escalated",
}


def _happened(world: World, one: Incident, kind: str, by: str) -> None:
    one.changed_by = by
    log(world, one, kind, by)
    telling.tell(world, f"incident.{PAST[kind]}", telling.incident(world, one), by)
