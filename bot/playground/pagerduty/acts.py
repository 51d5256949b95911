"""What people do with incidents. Each is a method of Hub."""

from __future__ import annotations

from collections.abc import Sequence

from bot.playground.pagerduty import incidents
from bot.playground.pagerduty.holder import Holder


def incident(
    self: Holder, title: str, service: str, urgency: str = "high", responders: Sequence[str] = (), by: str | None = None
) -> str:
    """An incident happens, by a person or by itself; its id."""
    world = self.world
    with world.lock:
        agent = by or service
        made = incidents.trigger(world, title=title, service=service, urgency=urgency, by=agent)
        incidents.respond(world, made, [world.users[one].id for one in responders])
        return made.id


def acknowledge(self: Holder, id: str, by: str) -> None:
    """Somebody takes an incident."""
    with self.world.lock:
        incidents.acknowledge(self.world, self.world.incident(id), self.world.users[by].id)


def resolve(self: Holder, id: str, by: str) -> None:
    """Somebody says that an incident is over."""
    with self.world.lock:
        incidents.resolve(self.world, self.world.incident(id), self.world.users[by].id)


def reopen(self: Holder, id: str, by: str) -> None:
    """Somebody says that an incident is not over."""
    with self.world.lock:
        incidents.reopen(self.world, self.world.incident(id), self.world.users[by].id)


def escalate(self: Holder, id: str, by: str) -> None:
    """Somebody hands an incident to the next level."""
    with self.world.lock:
        incidents.escalate(self.world, self.world.incident(id), self.world.users[by].id)


def annotate(self: Holder, id: str, content: str, by: str) -> str:
    """Somebody writes a note on an incident; its id."""
    with self.world.lock:
        return incidents.annotate(self.world, self.world.incident(id), content, self.world.users[by].id).id


def delete_incident(self: Holder, id: str) -> None:
    """An incident is gone, as if it had never been."""
    with self.world.lock:
        del self.world.incidents[self.world.incident(id).id]
        self.world.touch()
