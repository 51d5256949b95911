"""The state in a file, so that the next start continues."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from bot.playground import reviving
from bot.playground.jira.records import Field, Issue, Project, User
from bot.playground.jira.world import World
from bot.playground.reviving import revive

VERSION = 1


def save(world: World, path: Path) -> None:
    """Write the state to `path`, whole or not at all. Tokens, faults and calls end with the process."""
    with world.lock:
        world.dirty = False
        kept = {
            "version": VERSION,
            "last": world.last,
            "numbers": world.numbers,
            "moved": world.moved,
            "users": [dataclasses.asdict(one) for one in world.users.values()],
            "projects": [dataclasses.asdict(one) for one in world.projects.values()],
            "fields": [dataclasses.asdict(one) for one in world.fields.values()],
            "issues": [dataclasses.asdict(one) for one in world.issues.values()],
        }
    reviving.write(path, kept)


def load(world: World, path: Path) -> None:
    """Continue from `path`, if it is there. ValueError when it was written by another version."""
    if not path.exists():
        return
    kept = reviving.read(path, VERSION)
    with world.lock:
        world.users = {one["account"]: revive(User, one) for one in kept["users"]}
        world.projects = {one["key"]: revive(Project, one) for one in kept["projects"]}
        world.fields = {one["id"]: revive(Field, one) for one in kept["fields"]}
        world.issues = {one["id"]: revive(Issue, one) for one in kept["issues"]}
        world.numbers, world.moved, world.last = kept["numbers"], kept["moved"], kept["last"]
        world.changes += 1
