"""What the checks of the stand-ins against official descriptions have in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from bot.playground.traffic import Exchange
from tests.needs import require


class Watched(Protocol):
    """A hub that shows its requests."""

    def on_request(self, watcher: Callable[[Exchange], None]) -> None: ...


def watch(hub: Watched, look: Callable[[Exchange, Path], list[str]], *, needed: bool) -> list[str]:
    """Look at every request `hub` gets from now on; the list fills with what is found.

    Without the descriptions the test is skipped, or when they are not `needed` nothing is looked at.
    """
    found: list[str] = []
    try:
        folder = require("specs")
    except pytest.skip.Exception:
        if needed:
            raise
        return found
    hub.on_request(lambda exchange: found.extend(look(exchange, folder)))
    return found


def kinds(text: bytes) -> str:
    """The names and types of a JSON text, without its values; what two of the same shape have in common."""
    return json.dumps(_kinds(json.loads(text)) if text else None)


def _kinds(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _kinds(one) for key, one in sorted(value.items())}
    if isinstance(value, list):
        return sorted({json.dumps(_kinds(one)) for one in value})
    return type(value).__name__
