"""The servers for a whole session of tests: each story puts its own Slack, GitHub, PagerDuty, Jira and bot there."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.playground import certificates
from bot.playground.running import serve


class Switch:
    """An ASGI app that hands requests to whatever `app` is at that moment; it starts and stops nothing."""

    def __init__(self) -> None:
        """Begin with nothing behind it."""
        self.app: ASGIApp | None = None
        self.state = SimpleNamespace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        if self.app is None:
            raise RuntimeError("no story is being told")
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Servers:
    """All of them, with their addresses on loopback."""

    slack: Switch
    slack_url: str
    bot: Switch
    bot_url: str
    github: Switch
    github_url: str
    pagerduty: Switch
    pagerduty_url: str
    jira: Switch
    jira_url: str


@contextmanager
def servers() -> Iterator[Servers]:
    """Serve all of them for as long as the block lasts."""
    with ExitStack() as stack:
        certificate = stack.enter_context(trusted())
        apps = [Switch() for _ in range(5)]
        urls = []
        for app, shown in zip(apps, (None, None, None, certificate, None), strict=True):
            running = serve(app, certificate=shown)
            stack.callback(running.close)
            urls.append(running.url)
        yield Servers(*(one for pair in zip(apps, urls, strict=True) for one in pair))  # type: ignore[arg-type]


@contextmanager
def trusted() -> Iterator[certificates.Certificate]:
    """A certificate for https on loopback, trusted by what is connected to while the block lasts."""
    before = os.environ.get(certificates.VARIABLE)
    with TemporaryDirectory(prefix="certificate-") as folder:
        made = certificates.make(Path(folder))
        os.environ[certificates.VARIABLE] = made.authority
        try:
            yield made
        finally:
            os.environ.pop(certificates.VARIABLE)
            if before is not None:
                os.environ[certificates.VARIABLE] = before
