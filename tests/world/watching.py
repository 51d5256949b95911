"""Whom this process turns to: every host that a name is looked up for or a socket is opened to."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_WATCHED: list[set[str]] = []
_EVENTS = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.connect": 1}


def _hear(event: str, given: tuple[Any, ...]) -> None:
    if not _WATCHED or event not in _EVENTS:
        return
    target = given[_EVENTS[event]]
    host = target[0] if isinstance(target, tuple) else target
    for hosts in _WATCHED:
        hosts.add(host.decode() if isinstance(host, bytes) else str(host))


sys.addaudithook(_hear)  # nothing can be unhooked: it hears only while somebody watches


@contextmanager
def hosts() -> Iterator[set[str]]:
    """The hosts that anybody in this process tries to reach while the block lasts, also where that is refused."""
    found: set[str] = set()
    _WATCHED.append(found)
    try:
        yield found
    finally:
        _WATCHED.remove(found)
