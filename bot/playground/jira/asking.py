"""A request as an endpoint reads it, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.playground.jira.records import Issue, Json, Project, User
from bot.playground.jira.refusal import JiraError, missing
from bot.playground.jira.world import World


@dataclass(frozen=True)
class Ask:
    """One request: what its path names, its query (a name may come several times), its JSON body, and whose it is."""

    names: dict[str, str]
    query: tuple[tuple[str, str], ...]
    body: Json
    user: User | None
    """None: nobody is logged in."""

    def one(self, name: str, default: str = "") -> str:
        """Return a parameter of the query."""
        return dict(self.query).get(name, default)

    def each(self, name: str) -> list[str]:
        """Return what a parameter lists, whether it came several times or with commas."""
        return [part for key, value in self.query if key == name for part in value.split(",") if part]

    def number(self, name: str, default: int) -> int:
        """Return a number of the query: 400 when it is none."""
        text = self.one(name, str(default))
        if not text.isdigit():
            raise JiraError(400, f"The value of {name} is no number.")
        return int(text)

    def paged(self, key: str, items: list[Any], usual: int = 50) -> Json:
        """Return the page of a list that is asked for."""
        start, most = self.number("startAt", 0), self.number("maxResults", usual)
        return {"startAt": start, "maxResults": most, "total": len(items), key: items[start : start + most]}


@dataclass(frozen=True)
class Made:
    """Something was done: `status` 201 with a body, or 204 without."""

    status: int
    body: Json | None = None


def may(project: Project, permission: str) -> bool:
    """Say whether we may do this in a project."""
    return permission not in project.refused and "BROWSE_PROJECTS" not in project.refused


def seen_issue(world: World, ask: Ask) -> Issue:
    """Return the issue of the path: 404 when there is none, or none that one may see."""
    try:
        found = world.issue(ask.names["issue"])
    except LookupError:
        raise missing() from None
    if ask.user is None or not may(world.project(found.project), "BROWSE_PROJECTS"):
        raise missing()
    return found


def seen_project(world: World, name: str) -> Project:
    """Return a project by key or id: 404 when there is none, or none that one may see."""
    try:
        found = world.project(name)
    except LookupError:
        raise missing(f"No project could be found with key '{name}'.") from None
    if not may(found, "BROWSE_PROJECTS"):
        raise missing(f"No project could be found with key '{name}'.")
    return found
