"""Servers on loopback that outlive a test: each app is put behind one that is free, and starting is paid once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.playground.running import Handle, serve
from tests.world.servers import Switch


@dataclass(frozen=True)
class Shared:
    """A server of this process; what is behind it may change."""

    switch: Switch
    handle: Handle


_FREE: list[Shared] = []


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve a Starlette app without a lifespan until the block ends, as `serve` does; yields its address."""
    shared = _FREE.pop() if _FREE else _started()
    app.state.transports = shared.switch.state.transports
    if tell := getattr(app.state, "on_address", None):
        tell(shared.handle.url)
    shared.switch.app = app
    try:
        yield shared.handle.url
    finally:
        if stop := getattr(app.state, "on_stop", None):
            stop()
        shared.switch.app = None
        _FREE.append(shared)


def close_all() -> None:
    """Stop the servers of this process."""
    while _FREE:
        _FREE.pop().handle.close()


def _started() -> Shared:
    switch = Switch()
    return Shared(switch, serve(switch))
