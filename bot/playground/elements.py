"""Checks of Block Kit's elements against Slack's documented limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.playground.composition import (
    Findings,
    check_confirm,
    check_groups,
    check_option,
    check_options,
    check_text,
    options_of,
)
from bot.playground.records import Json

Check = Callable[[Findings, Json, str], None]

ACTIONABLE = {"type", "action_id", "confirm", "visible_to_user_ids"}
FOCUSABLE = ACTIONABLE | {"placeholder", "focus_on_load"}


def _button(found: Findings, element: Json, at: str) -> None:
    own = {"text", "url", "value", "style", "accessibility_label"}
    found.fields(element, at, ACTIONABLE | own, ("text",))
    check_text(found, element.get("text"), f"{at}/text", 75, plain=True)
    found.string(element.get("url"), f"{at}/url", 3000)
    found.string(element.get("value"), f"{at}/value", 2000)
    found.string(element.get("accessibility_label"), f"{at}/accessibility_label", 75)
    found.one_of(element.get("style"), f"{at}/style", ("primary", "danger"))


def _overflow(found: Findings, element: Json, at: str) -> None:
    found.fields(element, at, ACTIONABLE | {"options"}, ("options",))
    check_options(found, element.get("options"), f"{at}/options", 5, plain=True, url=True)


def _initial(found: Findings, element: Json, at: str, *, plain: bool) -> None:
    """Check that what is chosen at first is among what is offered."""
    offered = options_of(element)
    if (one := element.get("initial_option")) is not None:
        check_option(found, one, f"{at}/initial_option", plain=plain)
        if offered and one not in offered:
            found.add(f"{at}/initial_option", "must match an option in options or option_groups")
    if (many := element.get("initial_options")) is not None:
        for place, chosen in enumerate(found.items(many, f"{at}/initial_options", 100)):
            check_option(found, chosen, f"{at}/initial_options/{place}", plain=plain)
            if offered and chosen not in offered:
                found.add(f"{at}/initial_options/{place}", "must match an option in options or option_groups")


def _menu(found: Findings, element: Json, at: str) -> None:
    """Check a menu of given options, one choice or many."""
    many = str(element["type"]).startswith("multi_")
    own = {"options", "option_groups"} | ({"initial_options", "max_selected_items"} if many else {"initial_option"})
    found.fields(element, at, FOCUSABLE | own)
    if (element.get("options") is None) == (element.get("option_groups") is None):
        found.add(at, "must define either `options` or `option_groups`")
    if element.get("options") is not None:
        check_options(found, element["options"], f"{at}/options", 100, plain=True)
    if element.get("option_groups") is not None:
        check_groups(found, element["option_groups"], f"{at}/option_groups")
    _initial(found, element, at, plain=True)
    found.whole(element.get("max_selected_items"), f"{at}/max_selected_items", 1, 100)


def _external(found: Findings, element: Json, at: str) -> None:
    many = str(element["type"]).startswith("multi_")
    own = {"min_query_length"} | ({"initial_options", "max_selected_items"} if many else {"initial_option"})
    found.fields(element, at, FOCUSABLE | own)
    found.whole(element.get("min_query_length"), f"{at}/min_query_length", 0, 100)
    found.whole(element.get("max_selected_items"), f"{at}/max_selected_items", 1, 100)
    _initial(found, element, at, plain=True)


def _users(found: Findings, element: Json, at: str) -> None:
    many = str(element["type"]).startswith("multi_")
    found.fields(element, at, FOCUSABLE | ({"initial_users", "max_selected_items"} if many else {"initial_user"}))


def _pattern(found: Findings, value: Any, at: str, pattern: str, words: str) -> None:
    if value is not None and not (isinstance(value, str) and re.fullmatch(pattern, value)):
        found.add(at, words)


def _date(found: Findings, element: Json, at: str) -> None:
    found.fields(element, at, FOCUSABLE | {"initial_date"})
    words = "must be a date of the form YYYY-MM-DD"
    _pattern(found, element.get("initial_date"), f"{at}/initial_date", r"\d{4}-\d{2}-\d{2}", words)


def _time(found: Findings, element: Json, at: str) -> None:
    found.fields(element, at, FOCUSABLE | {"initial_time", "timezone"})
    words = "must be a time of the form HH:mm"
    _pattern(found, element.get("initial_time"), f"{at}/initial_time", r"\d{2}:\d{2}", words)


def _datetime(found: Findings, element: Json, at: str) -> None:
    found.fields(element, at, FOCUSABLE - {"placeholder"} | {"initial_date_time"})
    found.whole(element.get("initial_date_time"), f"{at}/initial_date_time", 10**9, 10**10 - 1)


def _choices(found: Findings, element: Json, at: str) -> None:
    """Check radio buttons or checkboxes."""
    own = "initial_options" if element["type"] == "checkboxes" else "initial_option"
    found.fields(element, at, ACTIONABLE | {"focus_on_load", "options", own}, ("options",))
    check_options(found, element.get("options"), f"{at}/options", 10, plain=False)
    _initial(found, element, at, plain=False)


def _typed(found: Findings, element: Json, at: str) -> None:
    """Check a field that people type into."""
    own = {"initial_value", "dispatch_action_config"}
    if element["type"] == "plain_text_input":
        own |= {"multiline", "min_length", "max_length"}
    if element["type"] == "number_input":
        own |= {"is_decimal_allowed", "min_value", "max_value"}
    required = ("is_decimal_allowed",) if element["type"] == "number_input" else ()
    found.fields(element, at, FOCUSABLE - {"confirm"} | own, required)
    found.whole(element.get("min_length"), f"{at}/min_length", 0, 3000)
    found.whole(element.get("max_length"), f"{at}/max_length", 1, 3000)
    found.flag(element.get("multiline"), f"{at}/multiline")
    most = element.get("max_length")
    found.string(element.get("initial_value"), f"{at}/initial_value", most if isinstance(most, int) else 3000)


def _image(found: Findings, element: Json, at: str) -> None:
    found.fields(element, at, {"type", "image_url", "alt_text", "slack_file"}, ("alt_text",))
    if (element.get("image_url") is None) == (element.get("slack_file") is None):
        found.add(at, "must define either `image_url` or `slack_file`")
    found.string(element.get("image_url"), f"{at}/image_url", 3000, least=1)
    found.string(element.get("alt_text"), f"{at}/alt_text", 2000, least=1)


EVERYWHERE = ("section", "actions", "input")

ELEMENTS: dict[str, tuple[Check, tuple[str, ...]]] = {
    "button": (_button, ("section", "actions")),
    "overflow": (_overflow, ("section", "actions")),
    "static_select": (_menu, EVERYWHERE),
    "multi_static_select": (_menu, ("section", "input")),
    "external_select": (_external, EVERYWHERE),
    "multi_external_select": (_external, ("section", "input")),
    "users_select": (_users, EVERYWHERE),
    "multi_users_select": (_users, ("section", "input")),
    "datepicker": (_date, EVERYWHERE),
    "timepicker": (_time, EVERYWHERE),
    "datetimepicker": (_datetime, ("actions", "input")),
    "radio_buttons": (_choices, EVERYWHERE),
    "checkboxes": (_choices, EVERYWHERE),
    "plain_text_input": (_typed, ("input",)),
    "email_text_input": (_typed, ("input",)),
    "url_text_input": (_typed, ("input",)),
    "number_input": (_typed, ("input",)),
    "image": (_image, ("section", "context")),
}
"""Element type → its check, and the blocks it may stand in."""


def check_element(found: Findings, element: Any, at: str, block: str) -> None:
    """Check one element standing in a block of type `block`."""
    if not found.is_object(element, at):
        return
    check, places = ELEMENTS.get(str(element.get("type")), (None, ()))
    if check is None or block not in places:
        found.add(f"{at}/type", f"unsupported type: {element.get('type')}")
        return
    check(found, element, at)
    found.string(element.get("action_id"), f"{at}/action_id", 255, least=1)
    check_confirm(found, element.get("confirm"), f"{at}/confirm")
    check_text(found, element.get("placeholder"), f"{at}/placeholder", 150, plain=True)
    found.flag(element.get("focus_on_load"), f"{at}/focus_on_load")
