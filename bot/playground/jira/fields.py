"""What the value of a field must look like when an issue is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.playground.jira.records import Field, Project
from bot.playground.jira.world import World

TEXTAREA = "com.atlassian.jira.plugin.system.customfieldtypes:textarea"
DOCUMENTS = ("description", "environment")


def is_document(value: Any) -> bool:
    """Say whether a value is a document as Jira Cloud takes one: no node is empty, every text has some."""
    return isinstance(value, dict) and value.get("type") == "doc" and value.get("version") == 1 and _nodes(value)


def _nodes(node: Any) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return False
    if node["type"] == "text":
        return isinstance(node.get("text"), str) and node["text"] != ""
    content = node.get("content", [])
    return isinstance(content, list) and all(_nodes(one) for one in content)


def wrong(world: World, project: Project, field: Field, value: Any) -> str | None:
    """Say what is wrong with the value of a field, in Jira's words; None: nothing."""
    if field.id in DOCUMENTS or field.custom == TEXTAREA:
        words = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        return None if is_document(value) else words
    if field.id == "components":
        names = [one.get("name") for one in value] if isinstance(value, list) else [value]
        bad = [str(one) for one in names if one not in project.components]
        return f"Component name '{bad[0]}' is not valid" if bad else None
    if field.id == "labels":
        spaced = [one for one in value if " " in one]
        return f"The label '{spaced[0]}' contains spaces which is invalid." if spaced else None
    if field.kind == "user":
        known = isinstance(value, dict) and value.get("accountId") in world.users
        return None if known else f"User '{value}' cannot be assigned issues."
    if field.kind == "array":
        if not isinstance(value, list):
            return "data was not an array"
        return next((said for one in value if (said := _one(field, field.items or "", one))), None)
    return _one(field, field.kind, value)


def _one(field: Field, kind: str, value: Any) -> str | None:
    good, words = _KINDS.get(kind, _KINDS["string"])
    if not good(value):
        return words
    named = value.get("value") if isinstance(value, dict) else None
    if kind == "option" and named not in field.options:
        return f"Option '{named}' is not valid for the field '{field.name}'."
    return None


def _text(value: Any) -> bool:
    return isinstance(value, str) and "\n" not in value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _date(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-"


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "string": (_text, "Operation value must be a string"),
    "number": (_number, "Operation value must be a number"),
    "date": (_date, "Error parsing date string, expected format: yyyy-MM-dd"),
    "option": (
        lambda one: isinstance(one, dict) and isinstance(one.get("value"), str),
        "Specify a valid 'id' or 'name'",
    ),
    "priority": (lambda one: isinstance(one, dict) and bool(one.get("name")), "Specify the Priority (id or name)"),
}
