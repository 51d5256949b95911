"""Answers of the app to a response URL, or in the body of its ack to a command."""

from __future__ import annotations

from bot.playground import messages
from bot.playground.records import Json, Message, ResponseUrl
from bot.playground.refusal import SlackError
from bot.playground.state import State

LIFETIME = 30 * 60.0
USES = 5


def take(state: State, token: str) -> ResponseUrl:
    """Use a response URL once, or refuse: expired_url, used_url."""
    with state.lock:
        found = state.response_urls.get(token)
        if found is None or state.real() - found.born > LIFETIME:
            raise SlackError("expired_url")
        if found.uses >= USES:
            raise SlackError("used_url")
        found.uses += 1
        return found


def respond(state: State, url: ResponseUrl, body: Json) -> None:
    """Do what an answer says: delete or replace the message it came from, or post, privately unless it says not."""
    original = state.index.get((url.channel, url.message_ts or ""))
    if body.get("delete_original"):
        if original is not None:
            messages.remove(state, original)
        return
    text, blocks = body.get("text") or "", body.get("blocks")
    messages.check_content(text, blocks, body.get("attachments"))
    if original is not None and body.get("replace_original"):
        _replace(state, original, text, body)
        return
    channel = state.channels[url.channel]
    if channel.archived:
        raise SlackError("is_archived")
    fields: Json = {"blocks": blocks, "attachments": body.get("attachments") or [], "by_app": True}
    if body.get("response_type") != "in_channel":
        fields["ephemeral_for"] = url.user
    if body.get("thread_ts"):
        fields["thread_ts"] = body["thread_ts"]
    messages.post(state, channel, state.app().bot_user, text, **fields)


def _replace(state: State, original: Message, text: str, body: Json) -> None:
    """Replace a message whole: what the answer does not name is gone."""
    if not original.by_app:
        raise SlackError("cant_update_message")
    fresh = {"text": text, "blocks": body.get("blocks") or [], "attachments": body.get("attachments") or []}
    messages.change(state, original, fresh)
