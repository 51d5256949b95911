"""Inputs of modals. `block_id` is the field's name in the form, `action_id` always `v`: mistakes go to the block."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from bot.blocks.kit import JSON, TooLong, plain
from bot.blocks.text import clip, one_line, size

ANSWER = "v"
LONGEST = 3000
MOST_OPTIONS = 100
YES = "yes"

Option = tuple[str, str]  # value, text


def _input(
    name: str, label: str, element: JSON, *, hint: str = "", optional: bool = False, dispatch: bool = False
) -> JSON:
    made: JSON = {
        "type": "input",
        "block_id": name,
        "label": plain(label, 150),
        "element": {**element, "action_id": ANSWER},
        "optional": optional,
    }
    if hint:
        made["hint"] = plain(hint, 150)
    if dispatch:
        made["dispatch_action"] = True
    return made


def _typed(text: str, limit: int) -> str:
    """What stood in the field before: as it was typed, without the marks that Slack refuses."""
    kept = "".join(char for char in text if char in "\n\t" or (char >= " " and char != "\x7f"))
    kept = kept.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return kept if size(kept) <= limit else clip(kept, limit)


def text(
    name: str,
    label: str,
    value: str = "",
    *,
    long: bool = True,
    hint: str = "",
    optional: bool = False,
    focus: bool = False,
    limit: int = LONGEST,
    placeholder: str = "",
) -> JSON:
    """A text field; `value` stands in it already."""
    element: JSON = {"type": "plain_text_input", "multiline": long, "max_length": limit}
    before = _typed(value, limit)
    if before:
        element["initial_value"] = before
    if focus:
        element["focus_on_load"] = True
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    return _input(name, label, element, hint=hint, optional=optional)


def option(value: str, words: str) -> JSON:
    """One choice; what is too long is cut."""
    if not value or size(value) > 150:
        raise TooLong(f"option value: {size(value)} units")
    return {"text": plain(one_line(words, 75) or value, 75), "value": value}


def choice(
    name: str, label: str, options: Sequence[Option], value: str | None, *, hint: str = "", dispatch: bool = False
) -> JSON:
    """One of a list."""
    made = [option(*one) for one in options]
    element: JSON = {"type": "static_select", "options": _some(made)}
    if chosen := [one for one in made if one["value"] == value]:
        element["initial_option"] = chosen[0]
    return _input(name, label, element, hint=hint, dispatch=dispatch)


def radio(
    name: str, label: str, options: Sequence[Option], value: str | None = None, *, optional: bool = False
) -> JSON:
    """One of a few, all in sight."""
    made = [option(*one) for one in options]
    element: JSON = {"type": "radio_buttons", "options": _some(made, 10)}
    if chosen := [one for one in made if one["value"] == value]:
        element["initial_option"] = chosen[0]
    return _input(name, label, element, optional=optional)


def several(name: str, label: str, options: Sequence[str], values: Iterable[str], *, dispatch: bool = False) -> JSON:
    """Any of a list; more than 100 are looked up while typing."""
    made = [option(clip(one, 150), one) for one in options]
    before = [one for one in made if one["value"] in set(values)]
    element: JSON = {"type": "multi_static_select", "options": made}
    if len(made) > MOST_OPTIONS:
        element = {"type": "multi_external_select", "min_query_length": 0}
    if before:
        element["initial_options"] = before[:MOST_OPTIONS]
    return _input(name, label, element, dispatch=dispatch)


def search(
    name: str,
    label: str,
    *,
    placeholder: str,
    optional: bool = False,
    hint: str = "",
    chosen: Option | None = None,
) -> JSON:
    """One of many, looked up while typing; `chosen` stands in it already."""
    element: JSON = {"type": "external_select", "min_query_length": 0, "placeholder": plain(placeholder, 150)}
    if chosen is not None:
        element["initial_option"] = option(*chosen)
    return _input(name, label, element, optional=optional, hint=hint)


def check(name: str, label: str, words: str, *, on: bool = False) -> JSON:
    """A single box to tick."""
    one = option(YES, words)
    element: JSON = {"type": "checkboxes", "options": [one]}
    if on:
        element["initial_options"] = [one]
    return _input(name, label, element, optional=True)


def person(name: str, label: str, slack: str | None, *, optional: bool = False, hint: str = "") -> JSON:
    """A person of the workspace; `slack` is an account id."""
    element: JSON = {"type": "users_select"}
    if slack:
        element["initial_user"] = slack
    return _input(name, label, element, optional=optional, hint=hint)


def moment(name: str, label: str, at: datetime | None, *, optional: bool = False, hint: str = "") -> JSON:
    """A date and time, shown in the reader's own zone by Slack."""
    element: JSON = {"type": "datetimepicker"}
    if at is not None:
        element["initial_date_time"] = int(at.timestamp())
    return _input(name, label, element, optional=optional, hint=hint)


def day(name: str, label: str, value: str | None, *, optional: bool = False) -> JSON:
    """A date; `value` as YYYY-MM-DD, anything else leaves it empty."""
    element: JSON = {"type": "datepicker"}
    if value and (known := _date(value)):
        element["initial_date"] = known
    return _input(name, label, element, optional=optional)


def _date(value: str) -> str | None:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return None


def _some(options: list[JSON], most: int = MOST_OPTIONS) -> list[JSON]:
    if not 1 <= len(options) <= most:
        raise TooLong(f"{len(options)} options")
    return options
