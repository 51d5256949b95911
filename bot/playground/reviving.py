"""Records in a file and back: written whole or not at all, revived by their type hints."""

from __future__ import annotations

import dataclasses
import json
import os
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

Record = TypeVar("Record")


def write(path: Path, kept: dict[str, Any]) -> None:
    """Write plain data to `path`, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, path)


def read(path: Path, version: int) -> dict[str, Any]:
    """The plain data of `path`. ValueError when it was written by another version."""
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if kept.get("version") != version:
        raise ValueError(f"{path} was written by another version of the playground; remove it to begin anew")
    return kept


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
