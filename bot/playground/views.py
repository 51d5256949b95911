"""Views: what Slack accepts, one stack of modals per person, and one App Home each."""

from __future__ import annotations

import json
import secrets
from typing import Any

from bot.playground.blocks import check_blocks, with_ids
from bot.playground.composition import Findings, check_text
from bot.playground.ids import new_id, trigger_id
from bot.playground.records import Json, Trigger, View
from bot.playground.refusal import SlackError, malformed
from bot.playground.state import State
from bot.playground.values import kept, nested, state_of

TRIGGER_SECONDS = 3.0
DEEPEST = 3
LARGEST = 250_000

COMMON = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
MODAL = COMMON | {"title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"}


def check_view(view: Any, kind: str | None = None) -> None:
    """Refuse a view payload that Slack would: invalid_arguments with places, or view_too_large."""
    found = Findings()
    if not found.is_object(view, "/view"):
        raise malformed("invalid_arguments", found.messages)
    if len(json.dumps(view, ensure_ascii=False).encode()) > LARGEST:
        raise SlackError("view_too_large")
    if view.get("type") not in (("modal", "home") if kind is None else (kind,)):
        found.add("/view/type", f"unsupported type: {view.get('type')}")
        raise malformed("invalid_arguments", found.messages)
    _fields(found, view)
    check_blocks(found, view.get("blocks"), "/view/blocks", view["type"])
    if found.messages:
        raise malformed("invalid_arguments", found.messages)


def _fields(found: Findings, view: Json) -> None:
    if view["type"] == "modal":
        found.fields(view, "/view", MODAL, ("title", "blocks"))
        for name in ("title", "submit", "close"):
            check_text(found, view.get(name), f"/view/{name}", 24, plain=True)
        blocks = view.get("blocks")
        kinds = [block.get("type") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
        if "input" in kinds and view.get("submit") is None:
            found.add("/view", "missing required field: submit")
    else:
        found.fields(view, "/view", COMMON | MODAL, ("blocks",))
    found.string(view.get("private_metadata"), "/view/private_metadata", 3000)
    found.string(view.get("callback_id"), "/view/callback_id", 255)
    found.string(view.get("external_id"), "/view/external_id", 255)
    for name in ("clear_on_close", "notify_on_close", "submit_disabled"):
        found.flag(view.get(name), f"/view/{name}")


def new_trigger(state: State, user: str, view_id: str | None = None) -> str:
    """Make a trigger for `user`, good for one view within three seconds of real time."""
    made = trigger_id()
    with state.lock:
        old = state.real() - 600
        if len(state.triggers) > 5000:
            state.triggers = {key: one for key, one in state.triggers.items() if one.born > old}
        state.triggers[made] = Trigger(user, state.real(), view_id)
    return made


def spend_trigger(state: State, trigger: str) -> Trigger:
    """Use a trigger up, or refuse: invalid_trigger_id, exchanged_trigger_id, expired_trigger_id."""
    with state.lock:
        found = state.triggers.get(trigger)
        if found is None:
            raise SlackError("invalid_trigger_id")
        if found.used:
            raise SlackError("exchanged_trigger_id")
        if state.real() - found.born > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        found.used = True
        return found


def _hash(state: State) -> str:
    return f"{state.epoch()}.{secrets.token_hex(4)}"


def _body(payload: Json) -> Json:
    body = {name: value for name, value in payload.items() if value is not None}
    body["blocks"] = with_ids(payload["blocks"])
    return body


def make_view(state: State, user: str, payload: Json, above: View | None = None) -> View:
    """Make a checked payload a view, on top of `above` if given; refuses a duplicate external id."""
    external = payload.get("external_id")
    if external and any(one.body.get("external_id") == external for one in all_views(state)):
        raise SlackError("duplicate_external_id")
    made = new_id("V")
    root = above.root_id if above else made
    return View(made, user, _body(payload), _hash(state), root, above.id if above else None)


def all_views(state: State) -> list[View]:
    """Return every modal that is open and every App Home that is published."""
    return [view for stack in state.modals.values() for view in stack] + list(state.homes.values())


def find_view(state: State, view_id: str | None, external_id: str | None = None) -> View:
    """Return an open view by its id or the app's own id for it, or refuse with not_found."""
    for view in all_views(state):
        if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
            return view
    raise SlackError("not_found")


def open_root(state: State, user: str, payload: Json) -> View:
    """Show a modal to `user` in place of any that was open."""
    with state.lock:
        view = make_view(state, user, payload)
        state.modals[user] = [view]
    state.changed({user})
    return view


def push(state: State, user: str, payload: Json) -> View:
    """Put a modal on top of the stack of `user`; refuses the fourth."""
    with state.lock:
        stack = state.modals.get(user) or []
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= DEEPEST:
            raise SlackError("push_limit_reached")
        view = make_view(state, user, payload, stack[-1])
        stack.append(view)
    state.changed({user})
    return view


def replace(state: State, view: View, payload: Json) -> View:
    """Give a view new content and a new hash; what was typed stays where block and action ids are unchanged."""
    with state.lock:
        body = _body(payload)
        view.typed = kept(view.blocks, view.typed, body["blocks"])
        view.body, view.errors, view.hash = body, {}, _hash(state)
    state.changed({view.user})
    return view


def publish(state: State, user: str, payload: Json, expected: str | None) -> View:
    """Publish the App Home of `user`; refuses with hash_conflict when it is no longer the expected one."""
    with state.lock:
        view = state.homes.get(user)
        if expected is not None and (view is None or view.hash != expected):
            raise SlackError("hash_conflict")
        if view is None:
            view = state.homes[user] = make_view(state, user, payload)
            state.changed({user})
            return view
        return replace(state, view, payload)


def as_json(state: State, view: View, *, values: bool = True) -> Json:
    """Return the view as Slack sends it; without `values` as after closing, when nothing typed is told."""
    app = state.app()
    body = view.body
    shape: Json = {
        "id": view.id,
        "team_id": state.team_id,
        "type": view.type,
        "blocks": view.blocks,
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "state": {"values": nested(state_of(view.blocks, view.typed)) if values else {}},
        "hash": view.hash,
        "title": body.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": body.get("clear_on_close", False),
        "notify_on_close": body.get("notify_on_close", False),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": app.app_id,
        "external_id": body.get("external_id", ""),
        "app_installed_team_id": state.team_id,
        "bot_id": app.bot_id,
    }
    return shape
