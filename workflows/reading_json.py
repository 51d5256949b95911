"""A `Reading` as the plain values of an event, and back. Pure."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from workflows.change import Relation
from workflows.reading import (
    Branch,
    Check,
    CheckState,
    Commit,
    Environment,
    Hand,
    Live,
    Opined,
    Opinion,
    Part,
    Pull,
    Reading,
    Staged,
)


def to_json(reading: Reading) -> dict[str, Any]:
    """Plain values, absent ones left out. ValueError when an e-mail address is still in it: events hold none."""
    if any(hand.email for hand in reading.hands):
        raise ValueError("a reading is kept without e-mail addresses")
    return _plain(reading)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        return {name: _plain(one) for name, one in pairs if one is not None and one not in ("", (), {})}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return value


def from_json(data: Mapping[str, Any]) -> Reading:
    """The reading of `to_json`. KeyError or ValueError for anything else."""
    many: dict[str, Any] = {name: tuple(make(one) for one in data.get(name, ())) for name, make in _MANY.items()}
    one: dict[str, Any] = {name: make(data[name]) for name, make in _ONE.items() if name in data}
    return Reading(
        repository=data["repository"],
        environment=data["environment"],
        ref=data["ref"],
        sha=data["sha"],
        head=data["head"],
        total=data.get("total", 0),
        behind=data.get("behind", False),
        paths=tuple(data.get("paths", ())),
        unknown={Part(name): why for name, why in data.get("unknown", {}).items()},
        **many,
        **one,
    )


def _at(data: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their time read."""
    given = dict(data)
    if "at" in given:
        given["at"] = datetime.fromisoformat(given["at"])
    return given


_MANY: Mapping[str, Any] = {
    "commits": lambda d: Commit(**d),
    "pulls": lambda d: Pull(**d),
    "reviews": lambda d: Opined(**(_at(d) | {"opinion": Opinion(d["opinion"])})),
    "checks": lambda d: Check(**(_at(d) | {"state": CheckState(d["state"])})),
    "staging": lambda d: Staged(**_at(d)),
    "hands": lambda d: Hand(**(d | {"relation": Relation(d["relation"])})),
}
_ONE: Mapping[str, Any] = {
    "live": lambda d: Live(**_at(d)),
    "branch": lambda d: Branch(**(d | {"protected": d.get("protected"), "checks": tuple(d.get("checks", ()))})),
    "target": lambda d: Environment(**d),
}
