"""A checked body → Command, Click, Submission, Shortcut, Question.

Of a payload only ids are believed: who acts, which change and which revision they saw, and what they typed.
Channel, message text and order decide nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.wire import JSON, at, first, text

LATEST = 2**37
"""Unix seconds from here on are no time that a form can mean (it is the year 6325)."""
NO_TIME = -1


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command; `words` is what followed it."""

    name: str
    words: str
    channel: str
    trigger: str

    @classmethod
    def read(cls, body: JSON) -> "Command":
        """Read a command."""
        return cls(
            text(body, "command"),
            text(body, "text").strip()[:3000],
            text(body, "channel_id"),
            text(body, "trigger_id"),
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """Which change, and which revision the person saw; `ref` names a part (a follow-up, a draft)."""

    change: str = ""
    revision: int = 0
    ref: str = ""

    @classmethod
    def read(cls, value: str) -> "Reference":
        """Read `{change}:{revision}[:{ref}]`; an odd revision is 0, which is stale."""
        change, _, rest = value.partition(":")
        revision, _, ref = rest.partition(":")
        number = int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 8 else 0
        return cls(change[:64], number, ref[:64])


@dataclass(frozen=True, slots=True)
class Shown:
    """The modal or home that a delivery came from, with what is typed in it.

    `raw`: its private_metadata as it is. `stacked`: another modal lies below it.
    """

    id: str = ""
    hash: str = ""
    callback: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    home: bool = False
    raw: str = ""
    stacked: bool = False

    @classmethod
    def read(cls, body: JSON) -> "Shown":
        """Read `body["view"]`."""
        view = at(body, "view")
        return cls(
            text(view, "id"),
            text(view, "hash"),
            text(view, "callback_id"),
            metadata(text(view, "private_metadata")),
            values(at(view, "state", "values")),
            text(view, "type") == "home",
            text(view, "private_metadata"),
            text(view, "root_view_id") not in ("", text(view, "id")),
        )


def metadata(value: str) -> dict[str, str]:
    """Our own private_metadata as strings; anything else is empty."""
    try:
        found = json.loads(value) if value else {}
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): str(one) for name, one in found.items() if isinstance(one, str | int | bool)}


def values(state: object) -> dict[str, Any]:
    """`view.state.values` as field → str, int (unix seconds, or NO_TIME), tuple[str, …], or None when left empty."""
    found: dict[str, Any] = {}
    for block, elements in state.items() if isinstance(state, Mapping) else ():
        for element in elements.values() if isinstance(elements, Mapping) else ():
            if isinstance(element, Mapping):
                found[str(block)] = _value(element)
    return found


_PLAIN = (
    "value",
    "selected_user",
    "selected_channel",
    "selected_conversation",
    "selected_date",
    "selected_time",
)


def _value(element: JSON) -> str | int | tuple[str, ...] | None:
    for name in _PLAIN:
        if name in element:
            return text(element, name) or None
    if "selected_options" in element:
        options = element["selected_options"]
        chosen: Sequence[object] = options if isinstance(options, list) else ()
        return tuple(text(one, "value") for one in chosen if text(one, "value"))
    if "selected_option" in element:
        return text(element, "selected_option", "value") or None
    moment = element.get("selected_date_time")
    if not isinstance(moment, int) or isinstance(moment, bool):
        return None
    return moment if 0 <= moment < LATEST else NO_TIME


@dataclass(frozen=True, slots=True)
class Click:
    """A button pressed, or a choice made in a modal."""

    action: str
    about: Reference
    block: str
    channel: str
    trigger: str
    shown: Shown
    value: str = ""
    chosen: str | int | tuple[str, ...] | None = None

    @classmethod
    def read(cls, body: JSON) -> "Click":
        """Read the first action of a block_actions delivery."""
        action = first(body.get("actions"))
        return cls(
            text(action, "action_id"),
            Reference.read(text(action, "value")),
            text(action, "block_id"),
            text(body, "channel", "id") or text(body, "container", "channel_id"),
            text(body, "trigger_id"),
            Shown.read(body),
            text(action, "value")[:200],
            _value(action),
        )


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut; for one on a message also where and what the message was (as Slack delivered it)."""

    callback: str
    trigger: str
    channel: str = ""
    ts: str = ""
    words: str = ""

    @classmethod
    def read(cls, body: JSON) -> "Shortcut":
        """Read a global or message shortcut."""
        return cls(
            text(body, "callback_id"),
            text(body, "trigger_id"),
            text(body, "channel", "id"),
            text(body, "message", "ts"),
            text(body, "message", "text")[:3000],
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What an external select asks for: `query` typed in `block`."""

    block: str
    query: str
    meta: Mapping[str, str]

    @classmethod
    def read(cls, body: JSON) -> "Question":
        """Read a block_suggestion."""
        return cls(text(body, "block_id"), text(body, "value")[:100], Shown.read(body).meta)
