"""Messages: posting, changing, deleting, who is notified, and how Slack shows them to the app."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from bot.playground.blocks import check_blocks, text_length, with_ids
from bot.playground.composition import Findings
from bot.playground.records import Channel, Json, Message
from bot.playground.refusal import SlackError, malformed
from bot.playground.state import State

LONGEST_TEXT = 40_000
LONGEST_BLOCKS = 13_200

MENTION = re.compile(r"<@([UWB][A-Z0-9]+)(?:\|[^>]*)?>")
GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>")
EVERYONE = re.compile(r"<!(?:here|channel|everyone)(?:\|[^>]*)?>")


def check_content(text: Any, blocks: Any, attachments: Any) -> None:
    """Refuse content that Slack would: no_text, msg_too_long, invalid_blocks, msg_blocks_too_long."""
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if text and len(text) > LONGEST_TEXT:
        raise SlackError("msg_too_long")
    if blocks is None:
        return
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackError("invalid_blocks_format")
    found = Findings()
    check_blocks(found, blocks, "/blocks", "message")
    if found.messages:
        raise malformed("invalid_blocks", found.messages)
    if text_length(blocks) > LONGEST_BLOCKS:
        raise SlackError("msg_blocks_too_long")


def check_metadata(metadata: Any) -> None:
    """Refuse metadata that is not `{event_type, event_payload}`."""
    if metadata is None or metadata == {}:
        return
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")


def find_message(state: State, channel: str, ts: str) -> Message:
    """Return a message that is there, or refuse with message_not_found."""
    message = state.index.get((channel, ts))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    return message


def post(state: State, channel: Channel, user: str, text: str, **fields: Any) -> Message:
    """Post checked content as `user` and notify who is to be notified; `fields` are further ones of Message."""
    with state.lock:
        thread = fields.get("thread_ts")
        if thread is not None:
            parent = state.index.get((channel.id, thread))
            if parent is None or parent.deleted:
                raise SlackError("thread_not_found")
            fields["thread_ts"] = parent.thread_ts or parent.ts
        fields["blocks"] = with_ids(fields.get("blocks") or [])
        message = Message(channel.id, state.next_ts(), user, text, **fields)
        state.messages.setdefault(channel.id, []).append(message)
        state.index[channel.id, message.ts] = message
        reached = _reached(state, channel, message)
    for person in reached:
        state.note(
            person, plain(state, text) or "This content can't be displayed.", channel.id, message.ts, message.thread_ts
        )
    state.changed(audience(state, channel, message))
    return message


def audience(state: State, channel: Channel, message: Message | None = None) -> Iterable[str]:
    """Return who can see a channel, or a private line in it."""
    if message is not None and message.ephemeral_for:
        return {message.ephemeral_for}
    with state.lock:
        return {person for person in state.people if state.can_read(person, channel)}


def mentioned(state: State, text: str, blocks: Any = None) -> set[str]:
    """Return the people that a text, and the rich_text in blocks, mention by name or by user group."""
    found = set(MENTION.findall(text))
    for group in GROUP.findall(text):
        found |= set(state.usergroups[group].users if group in state.usergroups else ())
    if isinstance(blocks, list):
        for block in blocks:
            found |= mentioned(state, "", block)
    if isinstance(blocks, dict):
        if blocks.get("type") == "user":
            found.add(str(blocks.get("user_id")))
        if blocks.get("type") == "usergroup" and blocks.get("usergroup_id") in state.usergroups:
            found |= set(state.usergroups[blocks["usergroup_id"]].users)
        if isinstance(blocks.get("text"), str) and blocks.get("type") == "mrkdwn":
            found |= mentioned(state, blocks["text"])
        for value in blocks.values():
            if isinstance(value, dict | list):
                found |= mentioned(state, "", value)
    return found


def _reached(state: State, channel: Channel, message: Message) -> set[str]:
    """Return whose phone rings: the other one in a DM, the mentioned, those who follow the thread."""
    if message.ephemeral_for or message.system:
        return set()
    if channel.is_im:
        rung = {channel.user}
    else:
        rung = mentioned(state, message.text, message.blocks)
        if EVERYONE.search(message.text):
            rung |= set(channel.members)
        if message.thread_ts:
            thread = [one for one in state.messages[channel.id] if message.thread_ts in (one.ts, one.thread_ts)]
            rung |= {one.user for one in thread if not one.ephemeral_for}
    known = {one for one in rung & set(channel.members) if one in state.people and not state.people[one].deleted}
    return known - {message.user}


def plain(state: State, text: str) -> str:
    """Return a text as a phone shows it: names for mentions, words for links and dates."""

    def word(match: re.Match[str]) -> str:
        body, _, label = match.group(1).partition("|")
        if body.startswith("@") and body[1:] in state.people:
            return "@" + state.people[body[1:]].name
        if body.startswith("!subteam^") and body[9:] in state.usergroups:
            return "@" + state.usergroups[body[9:]].handle
        if body.startswith("#") and body[1:] in state.channels:
            return "#" + state.channels[body[1:]].name
        if body.startswith("!") and not body.startswith("!date"):
            return "@" + (label or body[1:])
        return label or body

    shown = re.sub(r"<([^<>]+)>", word, text)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def change(state: State, message: Message, args: Json) -> None:
    """Give a message new content; blocks, attachments and metadata that are not named stay as they are."""
    with state.lock:
        if args.get("text") is not None:
            message.text = args["text"]
        if args.get("blocks") is not None:
            message.blocks = with_ids(args["blocks"])
        if args.get("attachments") is not None:
            message.attachments = args["attachments"]
        if args.get("metadata") is not None:
            message.metadata = args["metadata"] or None
        message.edited = state.next_ts()
        channel = state.channels[message.channel]
    state.changed(audience(state, channel, message))


def remove(state: State, message: Message) -> None:
    """Delete a message; replies to it stay."""
    with state.lock:
        message.deleted = True
        channel = state.channels[message.channel]
    state.changed(audience(state, channel, message))


def replies(state: State, message: Message) -> list[Message]:
    """Return the public replies in the thread of `message`, oldest first."""
    return [
        one
        for one in state.messages[message.channel]
        if one.thread_ts == message.ts and not one.deleted and not one.ephemeral_for
    ]


def as_json(state: State, message: Message, *, metadata: bool = False, thread: bool = False) -> Json:
    """Return a message as the Web API and payloads show it; `thread` adds what a parent says of its replies."""
    shape: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
    shape["team"] = state.team_id
    if message.by_app:
        app = state.app()
        shape |= {"bot_id": app.bot_id, "app_id": app.app_id, "bot_profile": bot_profile(state)}
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.attachments:
        shape["attachments"] = message.attachments
    if message.edited:
        shape["edited"] = {"user": message.user, "ts": message.edited}
    if message.thread_ts:
        shape["thread_ts"] = message.thread_ts
    if metadata and message.metadata:
        shape["metadata"] = message.metadata
    if thread and (answers := replies(state, message)):
        users = list(dict.fromkeys(one.user for one in answers))
        shape |= {"thread_ts": message.ts, "reply_count": len(answers), "reply_users": users}
        shape |= {"reply_users_count": len(users), "latest_reply": answers[-1].ts, "subscribed": False}
    return shape


def bot_profile(state: State) -> Json:
    """Return the app's profile as messages carry it."""
    app = state.app()
    person = state.people.get(app.bot_user)
    name = person.real_name if person else "app"
    return {"id": app.bot_id, "app_id": app.app_id, "name": name, "deleted": False, "team_id": state.team_id}
