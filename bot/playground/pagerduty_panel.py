"""The page's PagerDuty panel: who is on call, the incidents and what is said on them, and what a person does there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bot.playground.pagerduty.hub import Hub
from bot.playground.pagerduty.oncall import final
from bot.playground.pagerduty.records import Alert, ChangeEvent, Incident, Note
from bot.playground.pagerduty.shapes import named
from bot.playground.pagerduty.world import World
from bot.playground.records import Json, Outcome
from bot.playground.rest_faults import Fault

DOWN = Fault("outage")
INCIDENTS, NOTES, ALERTS, EVENTS = 3, 8, 3, 3
BROKEN = (
    ("Card payments time out", "payments", "high"),
    ("Search answers slowly", "web", "low"),
    ("Baskets are empty after login", "web", "high"),
    ("Refunds are booked twice", "payments", "high"),
)
REMARKS = (
    "Error rate is at 12 %, rising.",
    "Two customers called about it.",
    "It began with the rollout of an hour ago.",
    "Error rate is falling.",
)
MARKER = re.compile(r"\s*\[(?P<key>[A-Z]+-\d{4}-\d{4,})/[^\]\s]+\]$")


class PagerDutyPanel:
    """`members`: Slack account → user of PagerDuty. `on_change` is called when a fault was switched."""

    faults = ("pagerduty_down",)

    def __init__(self, hub: Hub, members: Mapping[str, str], on_change: Callable[[], None]) -> None:
        """Keep what it works on."""
        self.hub, self._members, self._on_change = hub, members, on_change

    def shown(self, user: str) -> Json:
        """Return the panel for `user`: who is on call, incidents, pages, change events, the faults in force."""
        world = self.hub.world
        with world.lock:
            paged = {one.incident for one in world.alerts}
            told = [one for one in world.incidents.values() if one.id not in paged]
            told.sort(key=lambda one: (one.status != "resolved", one.updated, one.number), reverse=True)
            return {
                "me": self._members.get(user),
                "site": world.site_url,
                "on_call": _on_call(world),
                "open": sum(1 for one in told if one.status != "resolved"),
                "incidents": [_incident(world, one) for one in told[:INCIDENTS]],
                "more": max(0, len(told) - INCIDENTS),
                "alerts": [_alert(one) for one in world.alerts[::-1][:ALERTS]],
                "paging": sum(1 for one in world.alerts if one.status != "resolved"),
                "events": [_event(one) for one in world.change_events[::-1][:EVENTS]],
                "faults": list(self.faults) if self.hub.faults.active() else [],
            }

    def switch(self, fault: str, on: bool) -> None:
        """Let PagerDuty be down, or let it answer again. LookupError for another fault."""
        if fault not in self.faults:
            raise LookupError(fault)
        self.hub.faults.clear(DOWN.kind)
        if on:
            self.hub.faults.add(DOWN)
        self._on_change()

    def act(self, user: str, body: Json) -> Outcome:
        """Do as `user` what `body` says (`deed`, `incident`); the outcome's text tells it."""
        deed, member = DEEDS.get(str(body.get("deed"))), self._members.get(user)
        if deed is None:
            return Outcome(False, error="unknown_deed")
        if member is None:
            return Outcome(False, error="You have no PagerDuty account here. Become somebody else.")
        try:
            with self.hub.world.lock:
                return Outcome(True, text=deed(self, member, str(body.get("incident"))))
        except LookupError:
            return Outcome(False, error="PagerDuty has no such incident any more.")

    def open(self, member: str, incident: str) -> str:
        """Let the next thing break."""
        world = self.hub.world
        title, system, urgency = BROKEN[(len(world.incidents) - len(world.alerts) - 1) % len(BROKEN)]
        service = next(one.id for one in world.services.values() if one.name == system)
        made = world.incident(self.hub.incident(title, service, urgency, by=member))
        return f"#{made.number} is open on {system}. A declaration can pick it."

    def acknowledge(self, member: str, incident: str) -> str:
        """Take an incident."""
        self.hub.acknowledge(incident, by=member)
        return f"#{self.hub.seen_incident(incident).number} is acknowledged."

    def resolve(self, member: str, incident: str) -> str:
        """Say that an incident is over."""
        self.hub.resolve(incident, by=member)
        return f"#{self.hub.seen_incident(incident).number} is resolved. A change that names it hears of it."

    def annotate(self, member: str, incident: str) -> str:
        """Write the next remark on an incident."""
        found = self.hub.seen_incident(incident)
        by_people = sum(1 for one in found.notes if one.user in self._members.values())
        self.hub.annotate(incident, REMARKS[by_people % len(REMARKS)], by=member)
        return f"Your note is on #{found.number}. A change that names it shows it in its thread."


DEEDS: dict[str, Callable[[PagerDutyPanel, str, str], str]] = {
    "open": PagerDutyPanel.open,
    "acknowledge": PagerDutyPanel.acknowledge,
    "resolve": PagerDutyPanel.resolve,
    "annotate": PagerDutyPanel.annotate,
}
"""What a person can do at the pretend PagerDuty."""


def _on_call(world: World) -> Json | None:
    """Who holds the first level now, until when (None: for good), and who is next; None: nobody holds it."""
    now, shifts = world.stamp(), [one for one in final(world) if one.level == 1]
    held = next((s for s in shifts if (s.start or "") <= now and (s.end is None or s.end > now)), None)
    if held is None:
        return None
    later = sorted((s.start or "", s.user) for s in shifts if (s.start or "") > now and s.user != held.user)
    after = named(world, "user", later[0][1]) if later else None
    return {"name": named(world, "user", held.user), "until": held.end, "next": after}


def _incident(world: World, one: Incident) -> Json:
    return {
        "id": one.id,
        "number": one.number,
        "title": one.title,
        "service": named(world, "service", one.service),
        "urgency": one.urgency,
        "status": one.status,
        "at": one.created,
        "assigned": [named(world, "user", who) for who in one.assigned],
        "notes": [_note(world, each) for each in one.notes[::-1][:NOTES]],
        "more_notes": max(0, len(one.notes) - NOTES),
    }


def _note(world: World, one: Note) -> Json:
    found = MARKER.search(one.content)
    text = MARKER.sub("", one.content)
    return {
        "id": one.id,
        "text": text,
        "key": found["key"] if found else None,
        "by": named(world, "user", one.user),
    } | {"at": one.at}


def _alert(one: Alert) -> Json:
    return {"id": one.incident, "text": one.summary, "open": one.status != "resolved", "at": one.created}


def _event(one: ChangeEvent) -> Json:
    return {"id": one.id, "text": one.summary, "at": one.at}
