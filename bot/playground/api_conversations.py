"""The Web API's `conversations` methods."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from bot.playground import messages
from bot.playground.arguments import flag, need, page, text
from bot.playground.records import Channel, Json, Message
from bot.playground.refusal import SlackError
from bot.playground.state import State

KINDS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
"""Conversation type → the first part of the scope it takes."""


def require(state: State, scope: str) -> None:
    """Refuse with missing_scope unless the app was given `scope`."""
    given = state.app().scopes
    if scope not in given:
        raise SlackError("missing_scope", needed=scope, provided=",".join(given))


def kind_of(channel: Channel) -> str:
    """Return Slack's name of the conversation's type."""
    if channel.is_im:
        return "im"
    return "private_channel" if channel.private else "public_channel"


def known(state: State, args: Json, right: str) -> Channel:
    """Return a conversation the app can see, with the scope for `right` (read or history) on its type."""
    channel = state.channels.get(text(args, "channel"))
    hidden = channel is not None and (channel.private or channel.is_im)
    if channel is None or (hidden and state.app().bot_user not in channel.members):
        raise SlackError("channel_not_found")
    require(state, f"{KINDS[kind_of(channel)]}:{right}")
    return channel


def as_json(state: State, channel: Channel) -> Json:
    """Return a conversation as the Web API shows it."""
    shape: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": channel.is_im,
    }
    shape |= {"is_org_shared": False, "context_team_id": state.team_id, "updated": channel.created * 1000}
    if channel.is_im:
        gone = state.people[channel.user].deleted
        return shape | {"user": channel.user, "is_user_deleted": gone, "priority": 0, "is_open": True}
    return shape | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_private": channel.private,
        "is_mpim": False,
        "is_general": False,
        "is_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "is_member": state.app().bot_user in channel.members,
        "creator": channel.members[0] if channel.members else "",
        "num_members": len(channel.members),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def open_(state: State, args: Json) -> Json:
    """Open the direct message with one person."""
    require(state, "im:write")
    if args.get("channel"):
        channel = state.channels.get(str(args["channel"]))
        if channel is None or not channel.is_im:
            raise SlackError("channel_not_found")
        return _opened(state, args, channel, already=True)
    listed = [name for name in str(args.get("users") or "").split(",") if name]
    if not listed:
        raise SlackError("users_list_not_supplied")
    if len(listed) > 1:
        require(state, "mpim:write")
        raise SlackError("method_not_supported_for_channel_type")
    person = state.people.get(listed[0])
    if person is None:
        raise SlackError("user_not_found")
    if person.deleted:
        raise SlackError("user_disabled")
    if person.is_bot:
        raise SlackError("cannot_dm_bot")
    there = any(channel.is_im and channel.user == person.id for channel in state.channels.values())
    return _opened(state, args, state.channel_of(person.id), already=there)


def _opened(state: State, args: Json, channel: Channel, *, already: bool) -> Json:
    shown = as_json(state, channel) if flag(args, "return_im") else {"id": channel.id}
    return {"no_op": already, "already_open": already, "channel": shown}


def info(state: State, args: Json) -> Json:
    """Return one conversation."""
    shown = as_json(state, known(state, args, "read"))
    if not flag(args, "include_num_members"):
        shown.pop("num_members", None)
    return {"channel": shown}


def list_(state: State, args: Json) -> Json:
    """Return the conversations the app can see."""
    kinds = [kind.strip() for kind in str(args.get("types") or "public_channel").split(",")]
    for kind in kinds:
        if kind not in KINDS:
            raise SlackError("invalid_types")
        require(state, f"{KINDS[kind]}:read")
    seen = []
    for channel in state.channels.values():
        hidden = (channel.private or channel.is_im) and state.app().bot_user not in channel.members
        left_out = channel.archived and flag(args, "exclude_archived")
        if kind_of(channel) in kinds and not hidden and not left_out:
            seen.append(as_json(state, channel))
    shown, cursor = page(seen, args, 100)
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


def members(state: State, args: Json) -> Json:
    """Return the members of a conversation."""
    shown, cursor = page(list(known(state, args, "read").members), args, 100)
    return {"members": shown, "response_metadata": {"next_cursor": cursor}}


def join(state: State, args: Json) -> Json:
    """Let the app join a public channel."""
    channel = state.channels.get(text(args, "channel"))
    if channel is None or channel.private or channel.is_im:
        raise SlackError("channel_not_found")
    if channel.archived:
        raise SlackError("is_archived")
    if state.app().bot_user not in channel.members:
        channel.members.append(state.app().bot_user)
    return {"channel": as_json(state, channel)}


def _bound(args: Json, name: str) -> Decimal | None:
    value = args.get(name)
    if value in (None, "", "0", 0):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise SlackError(f"invalid_ts_{name}") from None


def _between(args: Json, found: list[Message]) -> list[Message]:
    """Keep the messages between `oldest` and `latest`, which count only when `inclusive`."""
    oldest, latest, inclusive = _bound(args, "oldest"), _bound(args, "latest"), flag(args, "inclusive")
    kept = []
    for message in found:
        at = Decimal(message.ts)
        if (oldest is None or at > oldest or (inclusive and at == oldest)) and (
            latest is None or at < latest or (inclusive and at == latest)
        ):
            kept.append(message)
    return kept


def _read(state: State, args: Json) -> Channel:
    channel = known(state, args, "history")
    if state.app().bot_user not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def history(state: State, args: Json) -> Json:
    """Return messages newest first, without replies in threads and private lines."""
    channel = _read(state, args)
    found = [one for one in state.visible(channel.id, None) if one.thread_ts is None and one.ephemeral_for is None]
    shown, cursor = page(_between(args, found)[::-1], args, 100)
    told = flag(args, "include_all_metadata")
    answer: Json = {"messages": [messages.as_json(state, one, metadata=told, thread=True) for one in shown]}
    answer |= {"has_more": bool(cursor), "pin_count": 0}
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def replies(state: State, args: Json) -> Json:
    """Return a thread, its first message first."""
    need(args, "channel", "ts")
    channel = _read(state, args)
    start = state.index.get((channel.id, str(args["ts"])))
    if start is None or start.ephemeral_for or (start.deleted and not messages.replies(state, start)):
        raise SlackError("thread_not_found")
    parent = state.index[channel.id, start.thread_ts] if start.thread_ts else start
    answers = _between(args, messages.replies(state, parent))
    told = flag(args, "include_all_metadata")
    first = [] if parent.deleted else [messages.as_json(state, parent, metadata=told, thread=True)]
    shown, cursor = page(first + [messages.as_json(state, one, metadata=told) for one in answers], args, 1000)
    return {"messages": shown, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}
