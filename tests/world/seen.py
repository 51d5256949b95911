"""What a person sees of a message, a modal or the App Home: words as Slack shows them, buttons by their names."""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.blocks import interactive
from bot.playground.records import Message, View

Json = dict[str, Any]
Names = Mapping[str, str]
"""Slack id of a person, user group or channel → the name shown."""

_ENTITY = re.compile(r"<([^<>]+)>")
_MARKS = re.compile(r"(?<![\w*_~])([*_~])(?=\S)(.+?)(?<=\S)\1(?![\w*_~])")


@dataclass(frozen=True)
class Seen:
    """One surface as one person sees it. `words`: all of it, a line for each block; `what` can be clicked."""

    what: Message | View
    text: str
    words: str
    header: str
    buttons: tuple[tuple[str, str, str], ...]
    """(label, action_id, block_id) of each, in order."""

    @property
    def labels(self) -> list[str]:
        """The names of the buttons, in order."""
        return [label for label, _, _ in self.buttons]

    @property
    def title(self) -> str:
        """The title of a modal."""
        return self.what.title if isinstance(self.what, View) else ""

    @property
    def fields(self) -> dict[str, str]:
        """The inputs of a modal: field → label."""
        return {b["block_id"]: b["label"]["text"] for b in self.what.blocks if b["type"] == "input"}

    @property
    def errors(self) -> dict[str, str]:
        """What stands at the fields of a modal that was sent back."""
        return dict(self.what.errors) if isinstance(self.what, View) else {}

    def value(self, field: str) -> Any:
        """What stands in a field: text, an option's value (a list of them where there may be many), an id or a time."""
        block = next(b for b in self.what.blocks if b.get("block_id") == field)
        state = self.what.typed.get((field, block["element"]["action_id"])) or _first(block["element"])
        found = [value for name, value in state.items() if name != "type"]
        return _plain_value(found[0]) if found else None


def seen(what: Message | View, names: Names) -> Seen:
    """Look at a message or a view."""
    blocks = what.blocks
    lines = list(_lines(blocks, names))
    header = next((_text(b["text"], names) for b in blocks if b["type"] == "header"), "")
    buttons = tuple(
        (_text(e["text"], names), str(e["action_id"]), str(b["block_id"]))
        for b, e in interactive(blocks)
        if e["type"] == "button"
    )
    text = shown(what.text, names) if isinstance(what, Message) else ""
    return Seen(what, text, "\n".join(lines) if lines else text, header, buttons)


def shown(text: str, names: Names) -> str:
    """A line of mrkdwn as it is shown: mentions as names, dates as their fallback, without marks."""

    def entity(match: re.Match[str]) -> str:
        inside = match.group(1)
        head, _, label = inside.partition("|")
        if head.startswith("!date^"):
            return label
        if head[0] in "@#":
            return head[0] + names.get(head[1:], label or head[1:])
        if head.startswith("!subteam^"):
            return names.get(head.removeprefix("!subteam^"), label)
        return label or head

    return html.unescape(_MARKS.sub(r"\2", _ENTITY.sub(entity, text)))


def _first(element: Json) -> Json:
    named = ("initial_value", "initial_option", "initial_options", "initial_user", "initial_date", "initial_date_time")
    return {name: element[name] for name in named if name in element}


def _plain_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain_value(one) for one in value]
    return value["value"] if isinstance(value, dict) else value


def _text(value: Json, names: Names) -> str:
    text = str(value["text"])
    return shown(text, names) if value["type"] == "mrkdwn" else text


def _lines(blocks: list[Json], names: Names) -> Iterator[str]:
    for block in blocks:
        found = _DRAWN.get(block["type"])
        if found is not None and (line := found(block, names)):
            yield line


def _section(block: Json, names: Names) -> str:
    parts = [block["text"]] if "text" in block else []
    return "\n".join(_text(one, names) for one in [*parts, *block.get("fields", [])])


def _context(block: Json, names: Names) -> str:
    return " ".join(_text(one, names) for one in block["elements"] if "text" in one)


def _actions(block: Json, names: Names) -> str:
    return " ".join(f"[{_text(one['text'], names)}]" for one in block["elements"] if "text" in one)


def _input(block: Json, names: Names) -> str:
    return str(block["label"]["text"])


def _rich(block: Json, names: Names) -> str:
    return "".join(_pieces(block, names))


def _pieces(block: Json, names: Names) -> Iterator[str]:
    for one in block.get("elements", []):
        kind = one["type"]
        if kind == "text":
            yield str(one["text"])
        elif kind == "user":
            yield "@" + names.get(one["user_id"], one["user_id"])
        elif kind == "usergroup":
            yield names.get(one["usergroup_id"], one["usergroup_id"])
        elif kind == "date":
            yield str(one["fallback"])
        elif kind == "link":
            yield str(one.get("text") or one["url"])
        else:
            yield from _pieces(one, names)


_DRAWN: dict[str, Callable[[Json, Names], str]] = {
    "header": lambda block, names: _text(block["text"], names),
    "section": _section,
    "context": _context,
    "actions": _actions,
    "rich_text": _rich,
    "input": _input,
}
