"""The state in a file, so that the next start continues."""

from __future__ import annotations

import dataclasses
import json
import os
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from bot.playground.github.records import Account, Repository
from bot.playground.github.world import World

VERSION = 1

Record = TypeVar("Record")


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
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, path)


def load(world: World, path: Path) -> None:
    """Continue from `path`, if it is there. ValueError when it was written by another version."""
    if not path.exists():
        return
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept.get("version") != VERSION:
        raise ValueError(f"{path} was written by another version of the playground; remove it to begin anew")
    with world.lock:
        for one in kept["accounts"]:
            world.accounts[one["login"].lower()] = revive(Account, one)
        for one in kept["repositories"]:
            world.repositories[one["full_name"].lower()] = revive(Repository, one)
        world.continue_from(kept["last"])
        world.changes += 1


def revive(kind: type[Record], data: dict[str, Any]) -> Record:
    """Return a record from its plain data."""
    hints = typing.get_type_hints(kind)
    return kind(**{name: _revive(hints[name], value) for name, value in data.items()})


def _revive(hint: Any, value: Any) -> Any:
    if value is None or hint is Any:
        return value
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        plain = [one for one in inside if one is not types.NoneType]
        return _revive(plain[0], value) if len(plain) == 1 else value
    if origin is list:
        return [_revive(inside[0], one) for one in value]
    if origin is tuple:
        return tuple(value)
    if origin is dict:
        return {inside[0](key): _revive(inside[1], one) for key, one in value.items()}
    return revive(hint, value) if isinstance(hint, type) and dataclasses.is_dataclass(hint) else value
