"""Checks of rich_text blocks."""

from __future__ import annotations

from typing import Any

from bot.playground.composition import Findings
from bot.playground.records import Json

STYLES = {"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"}

INLINE: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "text": ({"text", "style"}, ("text",)),
    "link": ({"url", "text", "unsafe", "style"}, ("url",)),
    "user": ({"user_id", "style"}, ("user_id",)),
    "usergroup": ({"usergroup_id", "style"}, ("usergroup_id",)),
    "channel": ({"channel_id", "style"}, ("channel_id",)),
    "emoji": ({"name", "unicode", "skin_tone", "style"}, ("name",)),
    "date": ({"timestamp", "format", "url", "fallback", "style"}, ("timestamp", "format")),
    "broadcast": ({"range", "style"}, ("range",)),
    "color": ({"value"}, ("value",)),
}
"""Inline element → its fields besides `type`, and those that it must have."""

CONTAINERS: dict[str, set[str]] = {
    "rich_text_section": {"type", "elements"},
    "rich_text_preformatted": {"type", "elements", "border", "language"},
    "rich_text_quote": {"type", "elements", "border"},
    "rich_text_list": {"type", "elements", "style", "indent", "offset", "border"},
}


def check_rich_text(found: Findings, block: Json, at: str) -> None:
    """Check a rich_text block and everything in it."""
    found.fields(block, at, {"type", "block_id", "elements"}, ("elements",))
    for place, element in enumerate(found.items(block.get("elements"), f"{at}/elements", 1000)):
        _container(found, element, f"{at}/elements/{place}", tuple(CONTAINERS))


def _container(found: Findings, element: Any, at: str, kinds: tuple[str, ...]) -> None:
    if not found.is_object(element, at):
        return
    kind = element.get("type")
    if kind not in kinds:
        found.add(f"{at}/type", f"unsupported type: {kind}")
        return
    found.fields(element, at, CONTAINERS[kind], ("elements",))
    for place, inner in enumerate(found.items(element.get("elements"), f"{at}/elements", 10_000, least=0)):
        here = f"{at}/elements/{place}"
        if kind == "rich_text_list":
            _container(found, inner, here, ("rich_text_section",))
        else:
            _inline(found, inner, here)
    if kind == "rich_text_list":
        found.one_of(element.get("style"), f"{at}/style", ("bullet", "ordered"))
        if element.get("style") is None:
            found.add(at, "missing required field: style")


def _inline(found: Findings, element: Any, at: str) -> None:
    if not found.is_object(element, at):
        return
    known = INLINE.get(str(element.get("type")))
    if known is None:
        found.add(f"{at}/type", f"unsupported type: {element.get('type')}")
        return
    fields, required = known
    found.fields(element, at, {"type"} | fields, required)
    if element.get("type") == "text":
        found.string(element.get("text"), f"{at}/text", 40_000, least=1)
    style = element.get("style")
    if style is not None and found.is_object(style, f"{at}/style"):
        found.fields(style, f"{at}/style", STYLES)
