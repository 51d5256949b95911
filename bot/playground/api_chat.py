"""The Web API's `chat` methods."""

from __future__ import annotations

from typing import Any

from bot.playground import messages
from bot.playground.arguments import need, text
from bot.playground.records import Channel, Json, Message
from bot.playground.refusal import SlackError
from bot.playground.state import State


def place(state: State, name: str) -> Channel:
    """Return where the app may post, given an id, a channel's name or a person's id; refuses as Slack does."""
    app = state.app()
    if name in state.people:
        if state.people[name].deleted:
            raise SlackError("user_disabled")
        if state.people[name].is_bot:
            raise SlackError("cannot_dm_bot")
        return state.channel_of(name)
    try:
        channel = state.find_channel(name)
    except LookupError:
        raise SlackError("channel_not_found") from None
    member = app.bot_user in channel.members
    if not member and (channel.private or channel.is_im):
        raise SlackError("channel_not_found")
    if channel.archived:
        raise SlackError("is_archived")
    if not member and "chat:write.public" not in app.scopes:
        raise SlackError("not_in_channel")
    if channel.restricted:
        raise SlackError("restricted_action")
    return channel


def content(args: Json) -> Json:
    """Return the checked content of a new message as fields of Message."""
    messages.check_content(args.get("text"), args.get("blocks"), args.get("attachments"))
    messages.check_metadata(args.get("metadata"))
    return {
        "blocks": args.get("blocks") or [],
        "attachments": args.get("attachments") or [],
        "metadata": args.get("metadata") or None,
        "by_app": True,
    }


def _thread(args: Json) -> str | None:
    thread: Any = args.get("thread_ts")
    if thread in (None, ""):
        return None
    if not isinstance(thread, str) or "." not in thread:
        raise SlackError("invalid_thread_ts")
    return thread


def post_message(state: State, args: Json) -> Json:
    """Post a message as the app."""
    channel = place(state, text(args, "channel"))
    fields = content(args)
    said = str(args.get("text") or "")
    message = messages.post(state, channel, state.app().bot_user, said, thread_ts=_thread(args), **fields)
    shown = messages.as_json(state, message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(state: State, args: Json) -> Json:
    """Post a line that only one person sees."""
    channel = place(state, text(args, "channel"))
    user = text(args, "user")
    if user not in channel.members or user not in state.people or state.people[user].deleted:
        raise SlackError("user_not_in_channel")
    fields = content(args) | {"metadata": None, "ephemeral_for": user, "thread_ts": _thread(args)}
    message = messages.post(state, channel, state.app().bot_user, str(args.get("text") or ""), **fields)
    return {"message_ts": message.ts}


def _own(state: State, args: Json, refusal: str) -> tuple[Channel, Message]:
    """Return a message of the app itself, private lines excluded."""
    need(args, "channel", "ts")
    channel = state.channels.get(str(args["channel"]))
    if channel is None or (state.app().bot_user not in channel.members and (channel.private or channel.is_im)):
        raise SlackError("channel_not_found")
    message = messages.find_message(state, channel.id, str(args["ts"]))
    if message.ephemeral_for:
        raise SlackError("message_not_found")
    if not message.by_app:
        raise SlackError(refusal)
    return channel, message


def update(state: State, args: Json) -> Json:
    """Change a message of the app; what is not named stays."""
    channel, message = _own(state, args, "cant_update_message")
    if channel.archived:
        raise SlackError("is_inactive")
    named = [args.get(name) for name in ("text", "blocks", "attachments")]
    if all(value is None for value in named):
        raise SlackError("no_text")
    said = args.get("text") if args.get("text") is not None else message.text
    blocks = args["blocks"] if args.get("blocks") is not None else message.blocks
    messages.check_content(said, blocks or None, args.get("attachments"))
    messages.check_metadata(args.get("metadata"))
    messages.change(state, message, args)
    shown = messages.as_json(state, message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(state: State, args: Json) -> Json:
    """Delete a message of the app."""
    channel, message = _own(state, args, "cant_delete_message")
    messages.remove(state, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(state: State, args: Json) -> Json:
    """Return the address of a message."""
    need(args, "channel", "message_ts")
    channel = state.channels.get(str(args["channel"]))
    if channel is None:
        raise SlackError("channel_not_found")
    message = messages.find_message(state, channel.id, str(args["message_ts"]))
    root = f"https://{state.team_domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.thread_ts else ""
    return {"channel": channel.id, "permalink": root + thread}
