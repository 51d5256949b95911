"""Bytes → one checked body: every reader after this may rely on the types of its parts.

Source of the shapes: Slack docs, "Interaction payloads" and "Events API".
"""

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

JSON = Mapping[str, Any]
_PAYLOAD = b"payload="


class Malformed(ValueError):
    """These bytes are no delivery of Slack's."""


class Shape(StrEnum):
    """What a delivery is; OTHER is well formed and of no interest."""

    COMMAND = "command"
    EVENT = "event_callback"
    CLICK = "block_actions"
    SUBMISSION = "view_submission"
    CLOSED = "view_closed"
    QUESTION = "block_suggestion"
    SHORTCUT = "shortcut"
    MESSAGE_SHORTCUT = "message_action"
    CHALLENGE = "url_verification"
    OTHER = "other"


def decode(raw: bytes, content_type: str) -> dict[str, Any]:
    """Return the body of an HTTP delivery as an object. Raises Malformed, and nothing else."""
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json" or raw[:1] == b"{":
            body = json.loads(raw)
        elif raw.startswith(_PAYLOAD) and b"&" not in raw:
            body = json.loads(_unquote(raw[len(_PAYLOAD) :]))
        else:
            body = dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=60))
            if "payload" in body and "command" not in body:
                body = json.loads(body["payload"])
        if b"\\ud" in raw.lower() or b"%5cud" in raw.lower():
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair could never be stored
    except (ValueError, RecursionError):
        raise Malformed("not a body that Slack would send") from None
    if not isinstance(body, dict):
        raise Malformed("a body must be an object")
    return body


def _unquote(value: bytes) -> bytes:
    """`application/x-www-form-urlencoded` at C speed: quoted-printable with other punctuation."""
    return binascii.a2b_qp(value.replace(b"+", b" ").replace(b"=", b"=3D").replace(b"%", b"="))


_TEXT = (str, type(None))
_OBJECT = (dict, type(None))
_EITHER = (str, dict, type(None))
_LIST = (list, type(None))
_TYPES: Mapping[str, tuple[type, ...]] = {
    "user": _EITHER,
    "team": _EITHER,
    "enterprise": _EITHER,
    "channel": _EITHER,
    "view": _OBJECT,
    "event": _OBJECT,
    "message": (str, dict, type(None)),
    "item": _EITHER,
    "container": _OBJECT,
    "state": _OBJECT,
    "authorizations": _LIST,
    "response_urls": _LIST,
    "actions": _LIST,
    "user_id": _TEXT,
    "team_id": _TEXT,
    "channel_id": _TEXT,
    "enterprise_id": _TEXT,
    "trigger_id": _TEXT,
    "callback_id": _TEXT,
    "action_id": _TEXT,
    "block_id": _TEXT,
    "thread_ts": _TEXT,
    "response_url": _TEXT,
    "event_id": _TEXT,
    "command": _TEXT,
    "text": _EITHER,
    "previous_message": _OBJECT,
    "assistant_thread": _OBJECT,
    "function_data": _OBJECT,
    "function_execution_id": _TEXT,
    "bot_access_token": _TEXT,
    "app_installed_team_id": _TEXT,
}
_NEEDS: Mapping[Shape, tuple[tuple[str, ...], ...]] = {
    Shape.EVENT: (("event", "type"),),
    Shape.CLICK: (("user", "id"),),
    Shape.SUBMISSION: (("user", "id"), ("view", "id"), ("view", "callback_id")),
    Shape.CLOSED: (("user", "id"), ("view", "id"), ("view", "callback_id")),
    Shape.QUESTION: (("user", "id"), ("action_id",)),
    Shape.SHORTCUT: (("user", "id"), ("callback_id",)),
    Shape.MESSAGE_SHORTCUT: (("user", "id"), ("callback_id",)),
}


_OF_VIEWS = (Shape.SUBMISSION, Shape.CLOSED)


def shape(body: JSON) -> Shape:
    """What this delivery is, its parts being of the types that all readers rely on. Raises Malformed."""
    _typed(body)
    if "command" in body and "type" not in body:
        if not (text(body, "command") and text(body, "user_id")):
            raise Malformed("a command without its name or user")
        return Shape.COMMAND
    kind = body.get("type")
    if not isinstance(kind, str):
        raise Malformed("neither a command nor a typed body")
    if kind not in set(Shape) - {Shape.COMMAND, Shape.OTHER}:
        return Shape.OTHER
    found = Shape(kind)
    if found in _OF_VIEWS and text(body, "view", "type") not in ("", "modal"):
        return Shape.OTHER
    if not all(text(body, *path) for path in _NEEDS.get(found, ())):
        raise Malformed(f"a {kind} without its parts")
    if found is Shape.CLICK and not text(first(body.get("actions")), "action_id"):
        raise Malformed("a click without an action")
    return found


def _typed(body: JSON, depth: int = 0) -> None:
    for name, value in body.items():
        if name in _TYPES and not isinstance(value, _TYPES[name]):
            raise Malformed(f"{name} is of another type")
        if isinstance(value, dict) and name in _TYPES and name != "state" and depth < 3:
            _typed(value, depth + 1)
        if name in ("authorizations", "response_urls", "actions") and value:
            if not all(isinstance(one, dict) for one in value):
                raise Malformed(f"{name} holds something else than objects")
            _typed(value[0], depth + 1)


def first(value: object) -> JSON:
    """The first object of a list; empty when there is none."""
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def at(body: object, *path: str) -> object:
    """What stands at this path of objects; None when any of it is absent or no object."""
    for name in path:
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def text(body: object, *path: str) -> str:
    """The string at this path, without NULs (which PostgreSQL cannot keep); "" when there is none."""
    found = at(body, *path)
    return found.replace("\0", "\ufffd") if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class Who:
    """Whose account and workspace a delivery names. `team` is the user's own, else the delivery's."""

    user: str
    team: str = ""
    enterprise: str = ""


def who(body: JSON) -> Who:
    """Read who acts, from any shape."""
    user = _first_text(body, ("user", "id"), ("user_id",), ("event", "user"), ("event", "user", "id"))
    team = _first_text(body, ("user", "team_id"), ("team", "id"), ("team_id",))
    enterprise = _first_text(body, ("enterprise", "id"), ("enterprise_id",), ("team", "enterprise_id"))
    return Who(user, team, enterprise)


def _first_text(body: JSON, *paths: tuple[str, ...]) -> str:
    return next((found for path in paths if (found := text(body, *path))), "")
