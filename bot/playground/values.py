"""What people typed and chose: element states as they stand in `state.values`."""

from __future__ import annotations

from typing import Any

from bot.playground.blocks import interactive
from bot.playground.composition import options_of
from bot.playground.records import Json, State

KEYS: dict[str, tuple[str, str, Any]] = {
    "plain_text_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "static_select": ("selected_option", "initial_option", None),
    "external_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "multi_static_select": ("selected_options", "initial_options", []),
    "multi_external_select": ("selected_options", "initial_options", []),
    "checkboxes": ("selected_options", "initial_options", []),
    "users_select": ("selected_user", "initial_user", None),
    "multi_users_select": ("selected_users", "initial_users", []),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
}
"""Element type → the key of its value in a state, the key of its first value in a block, its empty value."""


def first_state(element: Json) -> Json:
    """Return the state of an element nobody has touched."""
    key, initial, empty = KEYS[element["type"]]
    return {"type": element["type"], key: element.get(initial, empty)}


def state_of(blocks: list[Json], typed: State) -> State:
    """Return the state of every element that has one: what was typed, else its first value."""
    values: State = {}
    for block, element in interactive(blocks):
        if element["type"] in KEYS:
            key = (block["block_id"], element["action_id"])
            values[key] = typed.get(key) or first_state(element)
    return values


def kept(old: list[Json], typed: State, new: list[Json]) -> State:
    """Return what stays typed when `new` blocks replace `old` ones.

    Slack keeps the value, also an untouched first one, where block_id and action_id (and the type) are unchanged;
    a chosen option that is no longer offered is lost.
    """
    before = state_of(old, typed)
    stays: State = {}
    for block, element in interactive(new):
        key = (str(block["block_id"]), str(element.get("action_id")))
        state = before.get(key)
        if state is not None and state["type"] == element["type"] and _offered(element, state):
            stays[key] = state
    return stays


def _offered(element: Json, state: Json) -> bool:
    offered = options_of(element)
    chosen = [state.get("selected_option"), *(state.get("selected_options") or [])]
    return not offered or all(option is None or option in offered for option in chosen)


def nested(values: State) -> dict[str, dict[str, Json]]:
    """Return states as Slack nests them: block_id → action_id → state."""
    shape: dict[str, dict[str, Json]] = {}
    for (block_id, action_id), state in values.items():
        shape.setdefault(block_id, {})[action_id] = state
    return shape


def flat(shape: dict[str, dict[str, Json]]) -> dict[tuple[str, str], Any]:
    """Return nested states by (block_id, action_id)."""
    return {(block, action): state for block, states in shape.items() for action, state in states.items()}


def _option(element: Json, value: Any, offered: list[Json]) -> Json:
    """Find the option with this value (or, failing that, this text): ValueError when none is offered."""
    if isinstance(value, dict):
        return value
    known = options_of(element) + offered + list(element.get("initial_options") or [])
    if element.get("initial_option"):
        known.append(element["initial_option"])
    found: Json
    for found in known:
        if found["value"] == value:
            return found
    for found in known:
        if found["text"]["text"] == value:
            return found
    raise ValueError(f"{element.get('action_id')}: no option {value!r} among {[one['value'] for one in known]}")


def as_state(element: Json, value: Any, offered: list[Json]) -> Json:
    """Turn what a person chose into the element's state.

    `value` is Slack's own state object, or the plain value: text, an option's value (a list of them where many may
    be chosen), a user id, `YYYY-MM-DD`, `HH:mm`, seconds since 1970. ValueError when it is not offered.
    """
    kind = element["type"]
    if kind not in KEYS:
        raise ValueError(f"{kind} holds no value")
    key, _, empty = KEYS[kind]
    if isinstance(value, dict) and (key in value or value.get("type") == kind):
        return {"type": kind, key: value.get(key, empty)}
    if value is None or value == "":
        return {"type": kind, key: empty}
    if key == "selected_option":
        return {"type": kind, key: _option(element, value, offered)}
    if key == "selected_options":
        many = value if isinstance(value, list | tuple | set) else [value]
        return {"type": kind, key: [_option(element, one, offered) for one in many]}
    if key == "selected_users":
        return {"type": kind, key: list(value)}
    return {"type": kind, key: value}


def is_empty(state: Json) -> bool:
    """Say whether a state holds nothing."""
    return state[KEYS[state["type"]][0]] in (None, "", [])


def complaint(block: Json, state: Json) -> str | None:
    """Return what Slack itself says, without asking the app, about the value of an input block."""
    element = block["element"]
    if is_empty(state):
        return None if block.get("optional") else "Please complete this required field."
    if element["type"] == "plain_text_input":
        length = len(state["value"])
        if length < element.get("min_length", 0):
            return f"Please enter at least {element['min_length']} characters."
        if length > element.get("max_length", 3000):
            return f"Please enter no more than {element.get('max_length', 3000)} characters."
    return None
