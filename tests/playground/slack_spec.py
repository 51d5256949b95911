"""Slack's official description of its Web API, as a check on the calls that were made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.playground.records import Call

NOT_DESCRIBED = {"apps.connections.open", "conversations.list", "conversations.join", "team.info", "bots.info"}
"""Methods that are younger than the description, or were cut from it."""

BOOLEANS = {"0", "1", "true", "false"}


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """Return method → its arguments by name, from the description in `folder` (SPECS_DIR)."""
    document = json.loads((folder / "slack" / "web-api.2021.trimmed.json").read_text())
    methods = {}
    for path, verbs in document["paths"].items():
        (operation,) = verbs.values()
        methods[path.strip("/")] = {one["name"]: one for one in operation["parameters"] if one["name"] != "token"}
    return methods


def violations(calls: Iterable[Call], methods: dict[str, dict[str, Any]]) -> list[str]:
    """Return what the description forbids: unknown methods, absent arguments, wrong types; newer arguments pass."""
    found = []
    for call in calls:
        if call.method in NOT_DESCRIBED or call.error in ("rate_limited", "outage", "reset_before"):
            continue
        if call.method not in methods:
            found.append(f"{call.method} is not described")
            continue
        for name, described in methods[call.method].items():
            if name not in call.args:
                if described.get("required"):
                    found.append(f"{call.method}: {name} is required")
            elif not _fits(call.args[name], described["type"]):
                found.append(f"{call.method}: {name}={call.args[name]!r} is no {described['type']}")
    return found


def _fits(value: Any, kind: str) -> bool:
    """Say whether a value has the described type; forms send text, and JSON inside text is read already."""
    if kind == "boolean":
        return isinstance(value, bool) or str(value).lower() in BOOLEANS
    if kind in ("number", "integer"):
        return str(value).replace(".", "", 1).isdigit()
    return isinstance(value, str | list | dict)
