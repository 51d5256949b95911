"""The state in a file, so that the next start continues."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from bot.playground import reviving
from bot.playground.pagerduty.records import (
    Alert,
    ChangeEvent,
    Incident,
    Named,
    Override,
    Service,
    Shift,
    User,
)
from bot.playground.pagerduty.world import World
from bot.playground.reviving import revive

VERSION = 1

KEPT: dict[str, type] = {
    "users": User,
    "services": Service,
    "schedules": Named,
    "policies": Named,
    "shifts": Shift,
    "overrides": Override,
    "incidents": Incident,
    "alerts": Alert,
    "change_events": ChangeEvent,
}


def plain(world: World, name: str) -> list[dict[str, Any]]:
    """Return one kind of record as plain data."""
    kept = getattr(world, name)
    return [dataclasses.asdict(one) for one in (kept.values() if isinstance(kept, dict) else kept)]


def save(world: World, path: Path) -> None:
    """Write the state to `path`, whole or not at all. Tokens, subscriptions, calls and deliveries end."""
    with world.lock:
        world.dirty = False
        kept = {"version": VERSION, "last": world.last, **{name: plain(world, name) for name in KEPT}}
    reviving.write(path, kept)


def load(world: World, path: Path) -> None:
    """Continue from `path`, if it is there. ValueError when it was written by another version."""
    if not path.exists():
        return
    kept = reviving.read(path, VERSION)
    with world.lock:
        for name, kind in KEPT.items():
            read: list[Any] = [revive(kind, one) for one in kept[name]]
            held = isinstance(getattr(world, name), dict)
            setattr(world, name, {one.id: one for one in read} if held else read)
        world.last = kept["last"]
        world.changes += 1
