"""A served stand-in Jira with three people, a project, and the link to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground.jira.hub import Hub
from bot.playground.jira.server import build_jira
from bot.playground.running import serve
from tests.playground.jira_spec import checked
from tests.world.servers import Switch
from workflows.links.jira import Jira

BOT, TOKEN, PROJECT = "countersign@acme.example", "small-token", "OPS"
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Site:
    """What a test has at hand; `violations` fills with what the official description forbids."""

    hub: Hub
    url: str
    violations: list[str]
    switch: Switch
    now: datetime = BEGIN
    links: list[Jira] = field(default_factory=list)

    def pass_by(self, **by: float) -> None:
        """Let time pass in the hub."""
        self.now += timedelta(**by)

    def link(self, token: str = TOKEN, *, url: str = "", email: str = BOT, project: str = PROJECT) -> Jira:
        """Another link, which knows nothing yet."""
        self.links.append(Jira(url or self.url, email, token, project, timeout=(1, 1)))
        return self.links[-1]

    def answers(self, status: int, body: str = "", **headers: str) -> list[str]:
        """From now on answer everything like this (`Content_Type` is a header); the list fills with what was asked."""
        asked: list[str] = []
        given = {name.replace("_", "-"): value for name, value in headers.items()}

        async def say(request: Request) -> Response:
            asked.append(f"{request.method} {request.url.path}")
            return Response(body, status, given, given.get("Content-Type", "application/json"))

        self.switch.app = Starlette(routes=[Route("/{path:path}", say, methods=["GET", "POST"])])
        return asked

    def paths(self) -> list[str]:
        """What was asked so far, such as `GET /issue/10001`."""
        return [f"{one.method} {one.path.partition('/rest/api/3')[2]}" for one in self.hub.calls]


def small_hub(site: list[Site]) -> Hub:
    """Return a hub with the bot, ada and bob, whose e-mail nobody sees, and the projects OPS and LEGACY."""
    hub = Hub(lambda: site[0].now if site else BEGIN)
    hub.add_user("Countersign", BOT)
    hub.add_user("Ada Byron", "ada@acme.example")
    hub.add_user("Bob Hale", "bob@acme.example", shown=False)
    hub.allow_token(TOKEN, BOT)
    hub.add_project(PROJECT, "Operations", components=("payments", "web"))
    hub.add_project("LEGACY", "Old things")
    return hub


@contextmanager
def running() -> Iterator[tuple[Switch, str]]:
    """A server for the sites of many tests, one after the other, and its address: to end one takes a while."""
    switch = Switch()
    handle = serve(switch)
    try:
        yield switch, handle.url
    finally:
        handle.close()


@contextmanager
def site(server: tuple[Switch, str], *, answers: bool = False) -> Iterator[Site]:
    """A small hub of its own behind a server; every request is checked against the description."""
    switch, url = server
    holder: list[Site] = []
    hub = small_hub(holder)
    found = checked(hub, answers=answers, needed=False)
    app = build_jira(hub)
    app.state.transports = switch.state.transports
    hub.base_url = url
    switch.app = app
    made = Site(hub, url, found, switch)
    holder.append(made)
    try:
        yield made
    finally:
        for link in made.links:
            link.close()
    assert found == [], "\n".join(found)
