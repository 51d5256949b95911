"""Three servers for a whole session of tests: each story puts its own Slack, GitHub and bot behind them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import SimpleNamespace

from starlette.types import ASGIApp, Receive, Scope, Send

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
    """The three, with their addresses on loopback."""

    slack: Switch
    slack_url: str
    bot: Switch
    bot_url: str
    github: Switch
    github_url: str


@contextmanager
def servers() -> Iterator[Servers]:
    """Serve all of them for as long as the block lasts."""
    with ExitStack() as stack:
        apps = [Switch() for _ in range(3)]
        urls = []
        for app in apps:
            running = serve(app)
            stack.callback(running.close)
            urls.append(running.url)
        yield Servers(apps[0], urls[0], apps[1], urls[1], apps[2], urls[2])
