"""Slack's limits, written down a second time and apart from the code that must hold them."""

from collections.abc import Iterator, Mapping
from typing import Any

JSON = Mapping[str, Any]

MESSAGE_TEXT = 13_200


def units(text: str) -> int:
    """UTF-16 units, the strictest way of counting."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def walk(part: object) -> Iterator[JSON]:
    """Every object in a tree of blocks."""
    if isinstance(part, Mapping):
        yield part
        for value in part.values():
            yield from walk(value)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from walk(one)


def texts(part: object) -> list[str]:
    """Every string under the key `text` or `fallback`."""
    return [
        value
        for one in walk(part)
        for key, value in one.items()
        if key in ("text", "fallback") and isinstance(value, str)
    ]


def problems(blocks: object, *, most: int) -> list[str]:
    """What Slack would refuse about these blocks."""
    assert isinstance(blocks, list | tuple)
    found = [] if 1 <= len(blocks) <= most else [f"{len(blocks)} blocks"]
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        found.append(f"block_id twice: {ids}")
    for block in blocks:
        found += BLOCKS[block["type"]](block)
    for one in walk(blocks):
        if one.get("type") in ("plain_text", "mrkdwn"):
            found += [] if one["text"] else ["empty text"]
        for limit, key in ((255, "action_id"), (255, "block_id"), (2000, "value"), (75, "accessibility_label")):
            if isinstance(one.get(key), str) and units(one[key]) > limit:
                found.append(f"{key} of {units(one[key])}")
        if "confirm" in one and "deny" not in one:
            found += _confirm(one["confirm"])
    return found


def _over(text: object, limit: int, what: str) -> list[str]:
    assert isinstance(text, Mapping)
    return [f"{what} of {units(text['text'])}"] if units(text["text"]) > limit else []


def _confirm(confirm: JSON) -> list[str]:
    limits = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    found = [f"confirm without {key}" for key in limits if key not in confirm]
    return found + [
        bad for key, limit in limits.items() if key in confirm for bad in _over(confirm[key], limit, f"confirm {key}")
    ]


def _header(block: JSON) -> list[str]:
    kind = [] if block["text"]["type"] == "plain_text" else ["header is not plain"]
    return kind + _over(block["text"], 150, "header")


def _section(block: JSON) -> list[str]:
    found = [] if "text" in block or block.get("fields") else ["empty section"]
    found += _over(block["text"], 3000, "section") if "text" in block else []
    many = block.get("fields", [])
    found += [f"{len(many)} fields"] if len(many) > 10 else []
    for one in many:
        found += _over(one, 2000, "field")
    if "accessory" in block:
        found += _element(block["accessory"])
    return found


def _context(block: JSON) -> list[str]:
    many = block["elements"]
    found = [] if 1 <= len(many) <= 10 else [f"{len(many)} context elements"]
    for one in many:
        found += _over(one, 2000, "context")
    return found


def _actions(block: JSON) -> list[str]:
    many = block["elements"]
    ids = [one["action_id"] for one in many]
    found = [] if 1 <= len(many) <= 25 else [f"{len(many)} actions"]
    found += [f"action_id twice: {ids}"] if len(ids) != len(set(ids)) else []
    return found + [bad for one in many for bad in _element(one)]


_PARTS = {"text", "user", "usergroup", "channel", "date", "link"}


def _rich_text(block: JSON) -> list[str]:
    found = [] if block["elements"] else ["empty rich text"]
    for section in block["elements"]:
        if section["type"] != "rich_text_section" or not section["elements"]:
            found.append(f"rich text part {section['type']}")
        for part in section["elements"]:
            if part["type"] not in _PARTS:
                found.append(f"rich text element {part['type']}")
            if part["type"] == "text" and not part["text"]:
                found.append("empty rich text element")
    return found


def _input(block: JSON) -> list[str]:
    found = _over(block["label"], 2000, "label") + (_over(block["hint"], 2000, "hint") if "hint" in block else [])
    return found + _element(block["element"])


def _element(element: JSON) -> list[str]:
    found: list[str] = []
    kind = element["type"]
    if kind not in ELEMENTS:
        found.append(f"element {kind}")
    if not element.get("action_id"):
        found.append(f"{kind} without action_id")
    if kind == "button":
        found += _over(element["text"], 75, "button")
        if not element.get("accessibility_label"):
            found.append("button without accessibility_label")
        if element.get("style", "primary") not in ("primary", "danger"):
            found.append("button style")
    if kind == "plain_text_input":
        longest = element.get("max_length", 3000)
        if not 1 <= longest <= 3000 or units(element.get("initial_value", "")) > longest:
            found.append("initial_value too long")
        if element.get("initial_value") == "":
            found.append("empty initial_value")
    most = 10 if kind in ("radio_buttons", "checkboxes") else 100
    options = element.get("options")
    if options is not None:
        values = [one["value"] for one in options]
        found += [] if 1 <= len(options) <= most else [f"{len(options)} options"]
        found += [f"values twice: {values}"] if len(values) != len(set(values)) else []
        for one in options:
            found += _over(one["text"], 75, "option") + (
                ["option value"] if not 1 <= units(one["value"]) <= 150 else []
            )
        chosen = element.get("initial_options") or ([element["initial_option"]] if "initial_option" in element else [])
        found += [f"initial option {one['value']} is no option" for one in chosen if one not in options]
    if "placeholder" in element:
        found += _over(element["placeholder"], 150, "placeholder")
    return found


ELEMENTS = {
    "button",
    "plain_text_input",
    "static_select",
    "multi_static_select",
    "multi_external_select",
    "external_select",
    "users_select",
    "datepicker",
    "datetimepicker",
    "radio_buttons",
    "checkboxes",
}

BLOCKS = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": lambda block: [],
    "rich_text": _rich_text,
    "input": _input,
}


def message_problems(text: str, blocks: object) -> list[str]:
    """What Slack would refuse about a message."""
    found = problems(blocks, most=50)
    total = sum(units(one) for one in texts(blocks))
    found += [f"message of {total}"] if total > MESSAGE_TEXT else []
    found += ["no text"] if not text.strip() else []
    inputs = [one for one in walk(blocks) if one.get("type") == "input"]
    return found + (["input in a message"] if inputs else [])


def view_problems(view: JSON) -> list[str]:
    """What Slack would refuse about a modal or a home view."""
    found = problems(view["blocks"], most=100)
    if view["type"] == "modal":
        for key in ("title", "submit", "close"):
            found += _over(view[key], 24, key) if key in view else []
        if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
            found.append("inputs without submit")
    if units(view.get("private_metadata", "")) > 3000:
        found.append("private_metadata")
    return found
