"""The state in a file, so that the next start continues."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from bot.playground import reviving
from bot.playground.github.records import Account, Repository
from bot.playground.github.world import World
from bot.playground.reviving import revive

VERSION = 1


def save(world: World, path: Path) -> None:
    """Write the state to `path`, whole or not at all. The App, tokens, calls and deliveries end with the process."""
    with world.lock:
        world.dirty = False
        kept = {
            "version": VERSION,
            "last": world.last(),
            "accounts": [dataclasses.asdict(one) for one in world.accounts.values()],
            "repositories": [dataclasses.asdict(one) for one in world.repositories.values()],
        }
    reviving.write(path, kept)


def load(world: World, path: Path) -> None:
    """Continue from `path`, if it is there. ValueError when it was written by another version."""
    if not path.exists():
        return
    kept = reviving.read(path, VERSION)
    with world.lock:
        for one in kept["accounts"]:
            world.accounts[one["login"].lower()] = revive(Account, one)
        for one in kept["repositories"]:
            world.repositories[one["full_name"].lower()] = revive(Repository, one)
        world.continue_from(kept["last"])
        world.changes += 1
