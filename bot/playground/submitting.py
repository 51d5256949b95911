"""What people do in modals: type, submit, close, search."""

from __future__ import annotations

from typing import Any

from bot.playground import payloads, views
from bot.playground.acting import INACTIVE, find_element, outcome
from bot.playground.blocks import interactive
from bot.playground.composition import Findings, check_groups, check_options
from bot.playground.deliveries import Answer, deliver
from bot.playground.records import Json, Outcome, View
from bot.playground.refusal import SlackError
from bot.playground.state import State
from bot.playground.values import KEYS, as_state, complaint, state_of

TROUBLE = "We had some trouble connecting. Try again?"
NOT_LOADED = "Could not load results."

Values = dict[tuple[str, str], Any]


def top(state: State, user: str) -> View:
    """Return the modal a person looks at: LookupError when there is none."""
    stack = state.modals.get(user)
    if not stack:
        raise LookupError(f"{user} has no modal open")
    return stack[-1]


def fill(state: State, user: str, values: Values, view: View | None = None) -> None:
    """Type into the top modal of `user` (or into `view`); nothing is sent."""
    with state.lock:
        target = view or top(state, user)
        for (block_id, action_id), value in values.items():
            block, element = find_element(target.blocks, user, action_id, block_id)
            if element["type"] not in KEYS:
                continue
            offered = state.offered.get((user, block_id, action_id), [])
            target.typed[block["block_id"], action_id] = as_state(element, value, offered)


def submit(state: State, user: str, values: Values | None = None) -> Outcome:
    """Fill in and submit the top modal. Slack itself refuses empty required fields: `incomplete`, nothing is sent."""
    with state.lock:
        if state.people[user].deleted:
            return INACTIVE
        view = top(state, user)
        fill(state, user, values or {}, view)
        if view.body.get("submit") is None:
            raise LookupError(f"the modal {view.title!r} has nothing to submit")
        view.errors = _complaints(view)
        if view.errors:
            return Outcome(False, error="incomplete", errors=dict(view.errors))
        payload = payloads.base(state, "view_submission", user)
        payload |= {"trigger_id": views.new_trigger(state, user, view.id), "response_urls": []}
        payload["view"] = views.as_json(state, view)
    answer = deliver(state, "interaction", payload)
    if answer.error:
        return _trouble(state, user, answer, answer.error)
    return _obey(state, user, view, answer)


def _complaints(view: View) -> dict[str, str]:
    values = state_of(view.blocks, view.typed)
    found = {}
    for block, element in interactive(view.blocks):
        if block["type"] == "input":
            words = complaint(block, values[block["block_id"], element["action_id"]])
            if words:
                found[block["block_id"]] = words
    return found


def _trouble(state: State, user: str, answer: Answer, error: str) -> Outcome:
    state.tell({"type": "slack_error", "text": TROUBLE}, {user})
    return Outcome(False, answer.status, error, answer.elapsed_ms, answer.body, text=TROUBLE)


def _obey(state: State, user: str, view: View, answer: Answer) -> Outcome:
    """Do what the app's answer to a submission says; an answer Slack cannot follow is trouble."""
    body = answer.body if isinstance(answer.body, dict) else {}
    action = body.get("response_action")
    try:
        if action == "errors":
            return _errors(state, user, view, answer)
        if action in ("update", "push"):
            views.check_view(body.get("view"), "modal")
            if action == "push":
                views.push(state, user, body["view"])
            else:
                views.replace(state, view, body["view"])
        elif action == "clear":
            _close(state, user, state.modals.get(user, []))
        elif action is None and (not answer.body or isinstance(answer.body, dict)):
            _close(state, user, [view])
        else:
            return _trouble(state, user, answer, "invalid_response")
    except SlackError as refused:
        trouble = _trouble(state, user, answer, refused.error)
        return Outcome(False, trouble.status, trouble.error, trouble.elapsed_ms, refused.body(), text=TROUBLE)
    return outcome(answer)


def _errors(state: State, user: str, view: View, answer: Answer) -> Outcome:
    """Put errors at fields; Slack follows only those that stand at input blocks of the view."""
    errors = answer.body.get("errors")
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        return _trouble(state, user, answer, "invalid_response")
    with state.lock:
        view.errors = {block: str(words) for block, words in errors.items()}
    state.changed({user})
    return Outcome(False, answer.status, "errors", answer.elapsed_ms, answer.body, errors=dict(view.errors))


def _close(state: State, user: str, closed: list[View]) -> None:
    with state.lock:
        gone = {view.id for view in closed}
        state.modals[user] = [view for view in state.modals.get(user, []) if view.id not in gone]
    state.changed({user})


def close_modal(state: State, user: str) -> Outcome:
    """Close the top modal (all, when it says clear_on_close); the app is told where it asked to be, without values."""
    with state.lock:
        view = top(state, user)
        cleared = bool(view.body.get("clear_on_close"))
        closed = list(reversed(state.modals[user])) if cleared else [view]
        told = []
        for one in closed:
            if one.body.get("notify_on_close"):
                payload = payloads.base(state, "view_closed", user)
                told.append(payload | {"view": views.as_json(state, one, values=False), "is_cleared": cleared})
        _close(state, user, closed)
    answers = [deliver(state, "interaction", payload) for payload in told]
    return outcome(answers[0]) if answers else Outcome(True)


def options(
    state: State, user: str, action_id: str, block_id: str | None, query: str, view_id: str | None = None
) -> list[Json]:
    """Search an external select of the top modal or App Home; empty while the query is shorter than it asks for."""
    with state.lock:
        looking = [*state.modals.get(user, [])[-1:], *([state.homes[user]] if user in state.homes else [])]
        view = next((one for one in looking if view_id in (None, one.id)), None)
        if view is None:
            raise LookupError(f"{user} is not looking at a view {view_id or ''}")
        block, element = find_element(view.blocks, user, action_id, block_id)
        if len(query) < element.get("min_query_length", 3):
            return []
        payload = payloads.base(state, "block_suggestion", user) | payloads.on_view(state, view)
        payload |= {"action_id": action_id, "block_id": block["block_id"], "value": query}
    answer = deliver(state, "interaction", payload)
    body = answer.body if isinstance(answer.body, dict) else {}
    found = Findings()
    if "option_groups" in body:
        check_groups(found, body["option_groups"], "/option_groups")
    elif body.get("options"):
        check_options(found, body["options"], "/options", 100, plain=True)
    if answer.error or found.messages:
        state.tell({"type": "slack_error", "text": NOT_LOADED}, {user})
        return []
    flat = list(body.get("options") or [])
    flat += [option for group in body.get("option_groups", []) for option in group["options"]]
    with state.lock:
        state.offered[user, block["block_id"], action_id] = flat
    return flat
