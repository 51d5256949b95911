"""Checks of Block Kit's blocks, one by one and as they stand together on a surface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bot.playground.composition import Findings, check_text
from bot.playground.elements import check_element
from bot.playground.ids import short_id
from bot.playground.records import Json
from bot.playground.richtext import check_rich_text

Check = Callable[[Findings, Json, str], None]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100


def _section(found: Findings, block: Json, at: str) -> None:
    found.fields(block, at, {"type", "block_id", "text", "fields", "accessory", "expand"})
    if block.get("text") is None and block.get("fields") is None:
        found.add(at, "must define either `text` or `fields`")
    check_text(found, block.get("text"), f"{at}/text", 3000)
    if block.get("fields") is not None:
        for place, field in enumerate(found.items(block["fields"], f"{at}/fields", 10)):
            check_text(found, field, f"{at}/fields/{place}", 2000)
    if block.get("accessory") is not None:
        check_element(found, block["accessory"], f"{at}/accessory", "section")


def _header(found: Findings, block: Json, at: str) -> None:
    found.fields(block, at, {"type", "block_id", "text", "level"}, ("text",))
    check_text(found, block.get("text"), f"{at}/text", 150, plain=True)


def _divider(found: Findings, block: Json, at: str) -> None:
    found.fields(block, at, {"type", "block_id"})


def _image(found: Findings, block: Json, at: str) -> None:
    known = {"type", "block_id", "image_url", "slack_file", "alt_text", "title"}
    found.fields(block, at, known, ("alt_text",))
    if (block.get("image_url") is None) == (block.get("slack_file") is None):
        found.add(at, "must define either `image_url` or `slack_file`")
    found.string(block.get("image_url"), f"{at}/image_url", 3000, least=1)
    found.string(block.get("alt_text"), f"{at}/alt_text", 2000, least=1)
    check_text(found, block.get("title"), f"{at}/title", 2000, plain=True)


def _context(found: Findings, block: Json, at: str) -> None:
    found.fields(block, at, {"type", "block_id", "elements"}, ("elements",))
    for place, element in enumerate(found.items(block.get("elements"), f"{at}/elements", 10)):
        if isinstance(element, dict) and element.get("type") == "image":
            check_element(found, element, f"{at}/elements/{place}", "context")
        else:
            check_text(found, element, f"{at}/elements/{place}")


def _actions(found: Findings, block: Json, at: str) -> None:
    found.fields(block, at, {"type", "block_id", "elements"}, ("elements",))
    names = set()
    for place, element in enumerate(found.items(block.get("elements"), f"{at}/elements", 25)):
        check_element(found, element, f"{at}/elements/{place}", "actions")
        name = element.get("action_id") if isinstance(element, dict) else None
        if name is not None and name in names:
            found.add(f"{at}/elements/{place}/action_id", f"`action_id` {name!r} already exists in this block")
        names.add(name)


def _input(found: Findings, block: Json, at: str) -> None:
    known = {"type", "block_id", "label", "element", "hint", "optional", "dispatch_action"}
    found.fields(block, at, known, ("label", "element"))
    check_text(found, block.get("label"), f"{at}/label", 2000, plain=True)
    check_text(found, block.get("hint"), f"{at}/hint", 2000, plain=True)
    found.flag(block.get("optional"), f"{at}/optional")
    found.flag(block.get("dispatch_action"), f"{at}/dispatch_action")
    if block.get("element") is not None:
        check_element(found, block["element"], f"{at}/element", "input")


def _markdown(found: Findings, block: Json, at: str) -> None:
    found.fields(block, at, {"type", "block_id", "text"}, ("text",))
    found.string(block.get("text"), f"{at}/text", 12_000, least=1)


def _alert(found: Findings, block: Json, at: str) -> None:
    found.fields(block, at, {"type", "block_id", "text", "level"}, ("text",))
    check_text(found, block.get("text"), f"{at}/text")
    found.one_of(block.get("level"), f"{at}/level", ("default", "info", "warning", "error", "success"))


SURFACES = ("message", "modal", "home")

BLOCKS: dict[str, tuple[Check, tuple[str, ...]]] = {
    "section": (_section, SURFACES),
    "header": (_header, SURFACES),
    "divider": (_divider, SURFACES),
    "image": (_image, SURFACES),
    "context": (_context, SURFACES),
    "actions": (_actions, SURFACES),
    "input": (_input, SURFACES),
    "rich_text": (check_rich_text, SURFACES),
    "markdown": (_markdown, ("message",)),
    "alert": (_alert, ("modal",)),
}
"""Block type → its check, and the surfaces it may stand on."""


def check_blocks(found: Findings, blocks: Any, at: str, surface: str) -> None:
    """Check the blocks of a `message`, `modal` or `home`: each one, their number, their ids, the focus."""
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    seen: set[str] = set()
    for place, block in enumerate(found.items(blocks, at, most, least=0)):
        here = f"{at}/{place}"
        if not found.is_object(block, here):
            continue
        check, surfaces = BLOCKS.get(str(block.get("type")), (None, ()))
        if check is None or surface not in surfaces:
            found.add(f"{here}/type", f"unsupported type: {block.get('type')}")
            continue
        check(found, block, here)
        found.string(name := block.get("block_id"), f"{here}/block_id", 255)
        if name and name in seen:
            found.add(f"{here}/block_id", f"`block_id` {name!r} already exists")
        seen.add(str(name))
    if not found.messages and sum(bool(element.get("focus_on_load")) for _, element in interactive(blocks)) > 1:
        found.add(at, "only one element may set `focus_on_load`")


def elements_of(block: Json) -> list[Json]:
    """Return the elements of a block that people can use."""
    if block.get("type") == "section":
        accessory = block.get("accessory")
        return [accessory] if accessory and accessory.get("type") != "image" else []
    if block.get("type") == "actions":
        return list(block.get("elements", []))
    return [block["element"]] if block.get("type") == "input" else []


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield every element people can use, after its block."""
    for block in blocks:
        for element in elements_of(block):
            yield block, element


def with_ids(blocks: list[Json]) -> list[Json]:
    """Return a copy in which every block and every usable element has its id, as Slack gives them."""
    made = []
    for block in blocks:
        copy = {**block, "block_id": block.get("block_id") or short_id()}
        if block["type"] == "section" and elements_of(block):
            copy["accessory"] = _named(block["accessory"])
        elif block["type"] == "actions":
            copy["elements"] = [_named(element) for element in block["elements"]]
        elif block["type"] == "input":
            copy["element"] = _named(block["element"])
        made.append(copy)
    return made


def _named(element: Json) -> Json:
    return {**element, "action_id": element.get("action_id") or short_id()}


def text_length(value: Any) -> int:
    """Return the characters of all texts inside blocks."""
    if isinstance(value, list):
        return sum(text_length(item) for item in value)
    if isinstance(value, dict):
        own = value.get("text")
        length = len(own) if isinstance(own, str) else 0
        return length + sum(text_length(item) for item in value.values() if isinstance(item, dict | list))
    return 0
