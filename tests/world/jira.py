"""Jira in a story: the stand-in with two projects behind its own server; what people do there, and what it shows."""

from __future__ import annotations

from typing import Any

from bot.playground.jira.hub import Hub
from bot.playground.jira.server import build_jira
from tests.playground.jira_spec import checked
from tests.world.clock import StoryClock
from tests.world.servers import Servers
from workflows.links import jira_adf

EMAIL, TOKEN, PROJECT, OTHER = "countersign@example.com", "story-jira", "OPS", "PLAT"
PEOPLE = ("dev", "sre", "lead", "cto", "rel")


def environment(servers: Servers) -> dict[str, str]:
    """The bot's settings for this Jira."""
    return {
        "jira_url": servers.jira_url,
        "jira_email": EMAIL,
        "jira_token": TOKEN,
        "jira_project": PROJECT,
    }


class Jira:
    """The project OPS, with payments as a component, and PLAT; search knows a new issue after thirty seconds."""

    def __init__(self, servers: Servers, clock: StoryClock) -> None:
        """Furnish it and put it behind the server; no issue is there yet."""
        self._servers = servers
        self.hub = hub = Hub(clock.now)
        self.broken = checked(hub, needed=False)
        hub.add_user("Countersign", EMAIL)
        hub.allow_token(TOKEN, EMAIL)
        for name in PEOPLE:
            hub.add_user(name.title(), f"{name}@example.com")
        hub.add_project(PROJECT, "Operations", components=("payments",))
        hub.add_project(OTHER, "Platform")
        hub.lag(30)
        app = build_jira(hub)
        app.state.transports = servers.jira.state.transports
        hub.base_url = servers.jira_url
        servers.jira.app = app

    def issues(self, key: str) -> list[dict[str, Any]]:
        """The issues that were made for a change, oldest first, its follow-ups and remediation too."""
        return [one for one in self.hub.state()["issues"] if any(key in label for label in one["fields"]["labels"])]

    def issue(self, key: str) -> dict[str, Any]:
        """The one issue of a change itself. AssertionError: there is none, or more than one."""
        found = [one for one in self.issues(key) if f"countersign-{key}" in one["fields"]["labels"]]
        assert len(found) == 1, [one["key"] for one in found]
        return found[0]

    def status(self, key: str) -> str:
        """The status of the issue of a change."""
        return str(self.issue(key)["fields"]["status"]["name"])

    def comments(self, key: str) -> list[str]:
        """The comments on the issue of a change as plain text, oldest first."""
        return [jira_adf.plain(one["body"]) for one in self.issue(key)["comments"]]

    def close(self) -> None:
        """Take it from the server. AssertionError: something was asked that Jira does not describe."""
        self._servers.jira.app = None
        assert self.broken == []
