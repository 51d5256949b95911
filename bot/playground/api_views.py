"""The Web API's `views` methods."""

from __future__ import annotations

from bot.playground import views
from bot.playground.arguments import need, text
from bot.playground.records import Json, View
from bot.playground.refusal import SlackError
from bot.playground.state import State


def _shown(state: State, view: View) -> Json:
    return {"view": views.as_json(state, view)}


def open_(state: State, args: Json) -> Json:
    """Open a modal for whoever made the trigger."""
    need(args, "trigger_id", "view")
    views.check_view(args["view"], "modal")
    trigger = views.spend_trigger(state, text(args, "trigger_id"))
    return _shown(state, views.open_root(state, trigger.user, args["view"]))


def push(state: State, args: Json) -> Json:
    """Put a modal on top of the one in which the trigger was made."""
    need(args, "trigger_id", "view")
    views.check_view(args["view"], "modal")
    trigger = views.spend_trigger(state, text(args, "trigger_id"))
    return _shown(state, views.push(state, trigger.user, args["view"]))


def update(state: State, args: Json) -> Json:
    """Give an open view new content, if it still has the expected hash."""
    need(args, "view")
    if not args.get("view_id") and not args.get("external_id"):
        need(args, "view_id")
    views.check_view(args["view"])
    view = views.find_view(state, args.get("view_id"), args.get("external_id"))
    if args["view"]["type"] != view.type:
        raise SlackError("invalid_arguments")
    if args.get("hash") and args["hash"] != view.hash:
        raise SlackError("hash_conflict")
    return _shown(state, views.replace(state, view, args["view"]))


def publish(state: State, args: Json) -> Json:
    """Publish the App Home of one person."""
    need(args, "user_id", "view")
    views.check_view(args["view"], "home")
    user = text(args, "user_id")
    if user not in state.people or state.people[user].deleted or state.people[user].is_bot:
        raise SlackError("user_not_found")
    return _shown(state, views.publish(state, user, args["view"], args.get("hash") or None))
