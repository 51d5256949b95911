"""Arguments of Web API methods: forms and JSON read alike."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from bot.playground.records import Json
from bot.playground.refusal import SlackError, malformed

STRUCTURED = {
    "blocks": "invalid_blocks_format",
    "attachments": "invalid_attachments_format",
    "metadata": "invalid_metadata_format",
    "view": "invalid_arguments",
}
"""Arguments that are JSON, also inside a form, and what Slack calls them when they are not."""


def read(content_type: str, query: str, body: bytes) -> Json:
    """Return the arguments of a request; refuses JSON that is none or no object."""
    args: Json = dict(parse_qsl(query, keep_blank_values=True))
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            sent = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            raise SlackError("invalid_json") from None
        if not isinstance(sent, dict):
            raise SlackError("json_not_object")
        args |= sent
    elif body:
        try:
            args |= dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
        except UnicodeDecodeError:
            raise SlackError("invalid_form_data") from None
    for name, error in STRUCTURED.items():
        if isinstance(args.get(name), str):
            args[name] = _structure(args[name], error)
    return args


def _structure(value: str, error: str) -> Any:
    if not value:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise SlackError(error) from None


def need(args: Json, *names: str) -> None:
    """Refuse when a required argument is absent."""
    absent = [f"missing required field: {name}" for name in names if args.get(name) in (None, "")]
    if absent:
        raise malformed("invalid_arguments", absent)


def text(args: Json, name: str) -> str:
    """Return a required argument as text."""
    need(args, name)
    return str(args[name])


def flag(args: Json, name: str, default: bool = False) -> bool:
    """Return a boolean argument, as forms and JSON spell it."""
    value = args.get(name)
    if value in (None, ""):
        return default
    return value is True or str(value).lower() in ("1", "true")


def limit(args: Json, default: int, most: int = 1000) -> int:
    """Return how many items are asked for; refuses what is no number from 1 to `most`."""
    value = args.get("limit")
    if value in (None, "", 0, "0"):
        return default
    try:
        number = int(str(value))
    except ValueError:
        raise SlackError("invalid_limit") from None
    if not 1 <= number <= most:
        raise SlackError("invalid_limit")
    return number


def page(items: list[Any], args: Json, default: int) -> tuple[list[Any], str]:
    """Return one page of a list and the cursor of the next, empty on the last."""
    size = limit(args, default)
    cursor = str(args.get("cursor") or "")
    start = 0
    if cursor:
        prefix, _, number = cursor.partition("-")
        if prefix != "next" or not number.isdigit():
            raise SlackError("invalid_cursor")
        start = int(number)
    following = start + size
    return items[start:following], f"next-{following}" if following < len(items) else ""
