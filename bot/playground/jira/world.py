"""Everything the stand-in Jira knows, under one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from bot.playground.jira.records import Field, Issue, Project, Status, Token, User
from bot.playground.rest_faults import Faults
from bot.playground.traffic import Traffic

FIRST_ID = 10_000
CLOUD = "9b2f4c1e-0d5a-4c0e-8f6b-2f1f6d0c7a51"

SYSTEM = (
    Field("summary", "Summary"),
    Field("description", "Description"),
    Field("issuetype", "Issue Type", "issuetype"),
    Field("project", "Project", "project"),
    Field("labels", "Labels", "array", "string"),
    Field("components", "Components", "array", "component"),
    Field("assignee", "Assignee", "user"),
    Field("reporter", "Reporter", "user"),
    Field("duedate", "Due date", "date"),
    Field("environment", "Environment"),
    Field("priority", "Priority", "priority"),
    Field("resolution", "Resolution", "resolution"),
    Field("status", "Status", "status"),
)
"""The fields every Jira has, as far as anybody here asks for them."""


class World:
    """The state. Hold `lock` to read or change it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Begin empty; `now` dates what happens."""
        self.lock = threading.RLock()
        self.clock = now
        self.base_url = "http://127.0.0.1"
        self.cloud = CLOUD
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.projects: dict[str, Project] = {}
        self.fields: dict[str, Field] = {one.id: one for one in SYSTEM}
        self.issues: dict[str, Issue] = {}
        self.moved: dict[str, str] = {}
        self.traffic = Traffic()
        self.faults = Faults()
        self.lag: float | None = 0.0
        self.dirty = False
        self.changes = 0
        self.numbers: dict[str, int] = {}
        self.last = FIRST_ID

    def number(self) -> int:
        """Return an id that was never given before."""
        with self.lock:
            self.last += 1
            return self.last

    def touch(self) -> None:
        """Say that something changed, for the page and for the file the demo keeps."""
        with self.lock:
            self.dirty = True
            self.changes += 1

    def stamp(self) -> str:
        """Return the time as Jira writes it."""
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"

    def new_key(self, project: Project) -> str:
        """Return the next key of a project."""
        self.numbers[project.key] = self.numbers.get(project.key, 0) + 1
        return f"{project.key}-{self.numbers[project.key]}"

    def project(self, name: str) -> Project:
        """Return a project by key or id: LookupError when there is none."""
        for one in self.projects.values():
            if name.upper() == one.key or name == one.id:
                return one
        raise LookupError(f"no project is called {name!r}")

    def issue(self, name: str) -> Issue:
        """Return an issue by id, key, or a key it had before it was moved: LookupError when there is none."""
        found = self.issues.get(name)
        key = self.moved.get(name.upper(), name.upper())
        found = found or next((one for one in self.issues.values() if one.key == key), None)
        if found is None:
            raise LookupError(f"no issue is called {name!r}")
        return found

    def status(self, issue: Issue) -> Status:
        """Return the status an issue is in."""
        return next(one for one in self.project(issue.project).statuses if one.name == issue.status)

    def user(self, name: str) -> User:
        """Return a user by account id, name or e-mail: LookupError when there is none."""
        for one in self.users.values():
            if name in (one.account, one.name) or name.lower() == one.email.lower():
                return one
        raise LookupError(f"no user is called {name!r}")

    def knows(self, issue: Issue) -> bool:
        """Say whether search finds an issue by now."""
        return issue.found_at is not None and self.clock().timestamp() >= issue.found_at
