"""What people do in Jira, and what its administrators do to us."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from bot.playground.jira.making import make
from bot.playground.jira.records import Comment, Field
from bot.playground.jira.world import World


class HasWorld(Protocol):
    """The hub."""

    @property
    def world(self) -> World:
        """Its state."""


def add_issue(
    self: HasWorld, project: str, summary: str, *, by: str, type: str = "Task", labels: Iterable[str] = ()
) -> str:
    """Make an issue, and return its key. ValueError when the project requires more."""
    world = self.world
    with world.lock:
        given: dict[str, Any] = {"project": {"key": project}, "issuetype": {"name": type}, "summary": summary}
        return make(world, given | {"labels": list(labels)}, world.user(by)).key


def add_field(
    self: HasWorld,
    name: str,
    kind: str = "string",
    *,
    items: str | None = None,
    custom: str = "textfield",
    options: Iterable[str] = (),
) -> str:
    """Add a custom field, and return its id; two may have one name."""
    world = self.world
    with world.lock:
        id = f"customfield_{world.number()}"
        kept = f"com.atlassian.jira.plugin.system.customfieldtypes:{custom}"
        world.fields[id] = Field(id, name, kind, items, kept, tuple(options))
        world.touch()
        return id


def require_field(self: HasWorld, project: str, type: str, name: str) -> None:
    """Require a field, by its name, of every issue of a type from now on."""
    with self.world.lock:
        home = self.world.project(project)
        home.required[type] = (*home.required.get(type, ()), name)


def hide_field(self: HasWorld, project: str, id: str) -> None:
    """Take a field, by its id, off the screens of a project."""
    with self.world.lock:
        home = self.world.project(project)
        home.hidden = (*home.hidden, id)


def set_status(self: HasWorld, key: str, status: str) -> None:
    """Put an issue into a status of its workflow, as somebody there does. LookupError: it has no such status."""
    world = self.world
    with world.lock:
        found = world.issue(key)
        if status not in [one.name for one in world.project(found.project).statuses]:
            raise LookupError(f"no status is called {status!r}")
        found.status, found.updated = status, world.stamp()
        world.touch()


def move(self: HasWorld, key: str, project: str) -> str:
    """Move an issue to another project, and return its new key: the id stays, and the old key still answers."""
    world = self.world
    with world.lock:
        found, home = world.issue(key), world.project(project)
        old = found.key
        found.key, found.project = world.new_key(home), home.key
        world.moved = {was: found.key if now == old else now for was, now in world.moved.items()} | {old: found.key}
        found.type = next(iter(home.types))
        found.status = found.status if found.status in [one.name for one in home.statuses] else home.statuses[0].name
        world.touch()
        return found.key


def delete(self: HasWorld, key: str) -> None:
    """Delete an issue."""
    world = self.world
    with world.lock:
        gone = world.issue(key)
        del world.issues[gone.id]
        for one in world.issues.values():
            one.links = [other for other in one.links if other != gone.id]
        world.touch()


def comment(self: HasWorld, key: str, text: str, *, by: str) -> None:
    """Comment on an issue in one paragraph."""
    world = self.world
    with world.lock:
        body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": []}]}
        body["content"][0]["content"] = [{"type": "text", "text": text}]  # type: ignore[index]
        world.issue(key).comments.append(Comment(str(world.number()), world.user(by).account, body, world.stamp()))
        world.touch()


def remove_permission(self: HasWorld, project: str, permission: str = "BROWSE_PROJECTS") -> None:
    """Take a permission in a project from everybody; without BROWSE_PROJECTS it is as if it were not there."""
    with self.world.lock:
        home = self.world.project(project)
        home.refused = (*home.refused, permission)


def give_permission(self: HasWorld, project: str, permission: str = "BROWSE_PROJECTS") -> None:
    """Give a permission in a project back."""
    with self.world.lock:
        home = self.world.project(project)
        home.refused = tuple(one for one in home.refused if one != permission)
