"""A tiny app on the real slack_bolt, and the workspace it is installed in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from tests.loopback import served

TOKEN = "xoxb-small"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
APP_TOKEN = "xapp-small"

SCOPES = [
    *("commands", "chat:write", "im:write", "im:read", "users:read", "users:read.email", "usergroups:read"),
    *("channels:read", "groups:read", "channels:history", "groups:history", "im:history"),
    *("channels:join", "team:read"),
]


@dataclass
class Clock:
    """Two times that tests move: the workspace's, and the real one."""

    shown: datetime = datetime(2026, 11, 16, 3, 2, tzinfo=UTC)
    ahead: float = 0.0

    def now(self) -> datetime:
        """The workspace's time."""
        return self.shown

    def real(self) -> float:
        """Real time, moved ahead by `ahead` seconds."""
        return datetime.now(UTC).timestamp() + self.ahead

    def advance(self, **step: float) -> None:
        """Move the workspace's time."""
        self.shown += timedelta(**step)


def make_workspace(clock: Clock, **install: Any) -> Workspace:
    """A workspace of four people, three channels and a group, with the app installed."""
    ws = Workspace(now=clock.now, real=clock.real, path=install.pop("path", None))
    fields: dict[str, Any] = {"bot_token": TOKEN, "signing_secret": SECRET, "app_token": APP_TOKEN, "scopes": SCOPES}
    ws.install(**(fields | install))
    ws.add_person("UDEV", "dev", "Dana Dev", "dev@example.com", "Europe/Berlin", role="engineer")
    ws.add_person("UCTO", "cto", "Chris Cto", "cto@example.com", "Europe/London", role="CTO, may approve")
    ws.add_person("ULEAD", "lead", "Lee Lead", "lead@example.com", "America/New_York")
    ws.add_person("UGUEST", "guest", "Gil Guest", "guest@example.com", "UTC", is_restricted=True)
    ws.add_channel("CINC", "incidents", ["UDEV", "UCTO", "ULEAD", "UGUEST"])
    ws.add_channel("CRANDOM", "random", ["UDEV", "UCTO"], bot_member=False)
    ws.add_channel("GSECRET", "secret", ["UDEV", "UCTO"], bot_member=False, private=True)
    ws.add_usergroup("S0LEADS", "oncall-leads", "On-call leads", ["UCTO", "ULEAD"])
    return ws


def small_app(client: WebClient) -> App:
    """A bolt app that knows nothing yet."""

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T0PLAYGRND", bot_user_id="UBOT", bot_id="BBOT", bot_token=TOKEN
        )

    return App(signing_secret=SECRET, client=client, authorize=authorize, process_before_response=True)


def web_app(app: App) -> Starlette:
    """Serve a bolt app's HTTP mode, signature check included."""

    async def endpoint(request: Request) -> Response:
        body = (await request.body()).decode()
        headers: dict[str, str | Sequence[str]] = {name: [value] for name, value in request.headers.items()}
        answer = await run_in_threadpool(app.dispatch, BoltRequest(body=body, headers=headers))
        sent = {name: value for name, values in answer.headers.items() for value in values[:1]}
        return Response(answer.body, answer.status, sent)

    return Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])


@dataclass
class Stage:
    """A workspace that is served, and the app in it."""

    ws: Workspace
    clock: Clock
    url: str
    app: App
    client: WebClient
    heard: list[Any] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, value: Any) -> None:
        """Keep what a listener was given."""
        with self.lock:
            self.heard.append(value)


@contextmanager
def stage(listeners: Callable[[Stage], None] | None = None, **install: Any) -> Iterator[Stage]:
    """Serve a workspace and a bolt app with these listeners over signed HTTP; both are gone afterwards."""
    clock = Clock()
    ws = make_workspace(clock, **install)
    with served(build_playground(ws)) as url:
        client = WebClient(TOKEN, base_url=f"{url}/api/", retry_handlers=[], timeout=10)
        made = Stage(ws, clock, url, small_app(client), client)
        if listeners is not None:
            listeners(made)
        fields: dict[str, Any] = {"bot_token": TOKEN, "signing_secret": SECRET, "app_token": APP_TOKEN}
        with served(web_app(made.app)) as app:
            ws.install(**(fields | {"scopes": SCOPES, "request_url": f"{app}/slack/events"} | install))
            try:
                yield made
            finally:
                ws.close()


def plain(text: str) -> dict[str, Any]:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def button(action_id: str, text: str = "Press", **fields: Any) -> dict[str, Any]:
    """A button."""
    return {"type": "button", "action_id": action_id, "text": plain(text), **fields}


def field_block(block_id: str, action_id: str = "v", **element: Any) -> dict[str, Any]:
    """An input block with a text field."""
    optional = element.pop("optional", False)
    inner = {"type": "plain_text_input", "action_id": action_id, **element}
    return {"type": "input", "block_id": block_id, "label": plain("What?"), "element": inner, "optional": optional}


def modal(*blocks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A modal with these blocks."""
    view = {"type": "modal", "callback_id": "form", "title": plain("Form"), "submit": plain("Send")}
    return {**view, "close": plain("Cancel"), "blocks": list(blocks), **fields}
