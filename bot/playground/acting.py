"""Acting as a person: commands, clicks, shortcuts and words, delivered to the app as Slack delivers them."""

from __future__ import annotations

from typing import Any

from bot.playground import messages, payloads, views
from bot.playground.blocks import interactive
from bot.playground.deliveries import Answer, deliver, deliver_event
from bot.playground.records import Channel, Json, Message, Outcome, ResponseUrl, View
from bot.playground.responses import respond
from bot.playground.state import State
from bot.playground.values import KEYS, as_state

SLACKBOT = "USLACKBOT"

Ref = Message | View | tuple[str, str] | str

TIMED_OUT = "Operation timed out. Apps need to respond within 3 seconds."
INACTIVE = Outcome(False, error="account_inactive", text="This account has been deactivated.")


def outcome(answer: Answer, text: str | None = None) -> Outcome:
    """Turn the app's answer into what came of the act; `text` is said when it failed."""
    failed = answer.error is not None
    return Outcome(
        not failed, answer.status, answer.error, answer.elapsed_ms, answer.body, text=text if failed else None
    )


def system_line(state: State, user: str, channel: Channel, text: str) -> None:
    """Show a line of Slack's own to one person."""
    messages.post(state, channel, SLACKBOT, text, ephemeral_for=user, system=True)
    state.tell({"type": "slack_error", "text": text}, {user})


def known_commands(state: State) -> list[Json] | None:
    """Return the commands of the manifest, None without one."""
    manifest = state.app().manifest
    return None if manifest is None else list(manifest.get("features", {}).get("slash_commands", []))


def command(state: State, user: str, place: str, text: str, thread_ts: str | None = None) -> Outcome:
    """Type a slash command; in a thread Slack refuses it itself."""
    channel = state.find_channel(place)
    name, _, words = text.strip().partition(" ")
    if state.people[user].deleted:
        return INACTIVE
    if user not in channel.members:
        return Outcome(False, error="not_in_channel", text="You are not in this channel.")
    if thread_ts is not None:
        said = f"{name} is not supported in threads. Sorry!"
        system_line(state, user, channel, said)
        return Outcome(False, error="command_in_thread", text=said)
    known = known_commands(state)
    entry = next((one for one in known or [] if one["command"] == name), None)
    if known is not None and entry is None:
        said = f"{name} is not a valid command. In Slack, all messages that start with the “/” character are commands."
        system_line(state, user, channel, said)
        return Outcome(False, error="unknown_command", text=said)
    if entry is not None and entry.get("should_escape"):
        words = payloads.escaped(state, words)
    form = payloads.command(state, user, channel, name, words.strip())
    answer = deliver(state, "command", form)
    if answer.error:
        said = f'{name} failed with the error "{answer.error}"'
        system_line(state, user, channel, said)
        return outcome(answer, said)
    if answer.body:
        body = answer.body if isinstance(answer.body, dict) else {"text": str(answer.body)}
        respond(state, ResponseUrl(channel.id, user, state.real()), body)
    return outcome(answer)


def find_ref(state: State, user: str, ref: Ref) -> tuple[Message | View, list[Json]]:
    """Return the live message or view, and the blocks as the person saw them: LookupError if they see none."""
    if isinstance(ref, str) and ref == "home":
        ref = state.homes[user]
    if isinstance(ref, View | str):
        view_id = ref if isinstance(ref, str) else ref.id
        for view in [*state.modals.get(user, [])[-1:], *([state.homes[user]] if user in state.homes else [])]:
            if view.id == view_id:
                return view, [*view.blocks, *(ref.blocks if isinstance(ref, View) else [])]
        raise LookupError(f"{user} is not looking at view {view_id}")
    place, ts = (ref.channel, ref.ts) if isinstance(ref, Message) else ref
    channel = state.find_channel(place)
    message = state.index.get((channel.id, ts))
    hidden = message is None or message.deleted or message.ephemeral_for not in (None, user)
    if message is None or hidden or user not in channel.members:
        raise LookupError(f"{user} sees no message {ts} in {place}")
    return message, (ref.blocks if isinstance(ref, Message) else []) + message.blocks


def find_element(blocks: list[Json], user: str, action_id: str, block_id: str | None) -> tuple[Json, Json]:
    """Return the block and the element a person means: LookupError when it is not there for them."""
    for block, element in interactive(blocks):
        meant = element.get("action_id") == action_id and block_id in (None, block["block_id"])
        visible = element.get("visible_to_user_ids")
        if meant and (visible is None or user in visible):
            return block, element
    there = [(block["block_id"], element.get("action_id")) for block, element in interactive(blocks)]
    raise LookupError(f"no {action_id!r} in {block_id or 'any block'}; there is {there}")


def drawn_anew(blocks: list[Json], seen: Json) -> bool:
    """Say whether blocks were replaced since a button in them was seen, by others with a button that says the same.

    Slack gives a block that has no id a new one at each update; what a person was about to press is still there.
    """
    meant = (seen.get("action_id"), seen.get("value"))
    same = any((one.get("action_id"), one.get("value")) == meant for _, one in interactive(blocks))
    return meant[1] is not None and same and all(one.get("block_id") != seen.get("block_id") for one in blocks)


def click(
    state: State, user: str, ref: Ref, action_id: str, block_id: str | None = None, *, selected: Any = None
) -> Outcome:
    """Use a button, menu or other element; the question of its confirmation counts as answered with yes.

    A `Message` or `View` is clicked as it was when it was read, so a stale button can be pressed. Inside an input
    block without `dispatch_action` nothing is sent, as in Slack.
    """
    with state.lock:
        if state.people[user].deleted:
            return INACTIVE
        target, blocks = find_ref(state, user, ref)
        block, element = find_element(blocks, user, action_id, block_id)
        offered = state.offered.get((user, block["block_id"], action_id), [])
        chosen: Json | None = None
        if element["type"] in KEYS:
            chosen = as_state(element, selected, offered)
            target.typed[block["block_id"], action_id] = chosen
        elif element["type"] == "overflow":
            wanted = selected.get("selected_option", {}).get("value") if isinstance(selected, dict) else selected
            picked = [one for one in element["options"] if one["value"] == wanted]
            if not picked:
                raise LookupError(f"{action_id}: no option {wanted!r}")
            chosen = {"selected_option": picked[0]}
        if block["type"] == "input" and not block.get("dispatch_action"):
            return Outcome(True)
        payload = payloads.base(state, "block_actions", user)
        if isinstance(target, View):
            payload |= payloads.on_view(state, target)
            payload["trigger_id"] = views.new_trigger(state, user, target.id)
        else:
            payload |= payloads.on_message(state, user, target)
            payload["trigger_id"] = views.new_trigger(state, user)
        moment = f"{int(state.real())}.{int(state.real() * 1e6) % 1_000_000:06d}"
        payload["actions"] = [payloads.action(block, element, chosen, moment)]
    answer = deliver(state, "interaction", payload)
    return _told(state, user, answer)


def _told(state: State, user: str, answer: Answer) -> Outcome:
    """Tell the person, as Slack does, that an interaction failed."""
    if answer.error is None:
        return outcome(answer)
    text = TIMED_OUT if answer.status == 0 else f"This app responded with Status Code {answer.status}."
    state.tell({"type": "slack_error", "text": text}, {user})
    return outcome(answer, text)


def shortcut(state: State, user: str, callback_id: str) -> Outcome:
    """Use a global shortcut."""
    if state.people[user].deleted:
        return INACTIVE
    payload = payloads.base(state, "shortcut", user)
    payload |= {"callback_id": callback_id, "action_ts": f"{state.real():.6f}"}
    payload["trigger_id"] = views.new_trigger(state, user)
    return _told(state, user, deliver(state, "interaction", payload))


def message_shortcut(state: State, user: str, callback_id: str, place: str, ts: str) -> Outcome:
    """Use a shortcut on a message."""
    if state.people[user].deleted:
        return INACTIVE
    with state.lock:
        target, _ = find_ref(state, user, (place, ts))
        if not isinstance(target, Message):
            raise LookupError(f"{ts} is no message")
        channel = state.channels[target.channel]
        payload = payloads.base(state, "message_action", user)
        payload |= {"callback_id": callback_id, "action_ts": f"{state.real():.6f}", "message_ts": target.ts}
        payload |= {"channel": payloads.channel(channel), "message": messages.as_json(state, target)}
        payload["trigger_id"] = views.new_trigger(state, user)
        answers = ResponseUrl(target.channel, user, state.real(), thread_ts=target.thread_ts)
        payload["response_url"] = payloads.response_url(state, answers)
    return _told(state, user, deliver(state, "interaction", payload))


def open_home(state: State, user: str) -> Outcome:
    """Open the App Home: the app is told by an event."""
    with state.lock:
        channel = state.channel_of(user)
        event: Json = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": "home"}
        if user in state.homes:
            event["view"] = views.as_json(state, state.homes[user])
    answer = deliver_event(state, event)
    return Outcome(True) if answer is None else outcome(answer)


def post(state: State, user: str, place: str, text: str, thread_ts: str | None = None) -> Message:
    """Write a message as a person; the app is told if it is subscribed and a member."""
    channel = state.find_channel(place)
    if user not in channel.members or channel.archived:
        raise LookupError(f"{user} cannot write in {place}")
    said = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    message = messages.post(state, channel, user, said, thread_ts=thread_ts)
    if state.install is not None and state.app().bot_user in channel.members:
        kind = "im" if channel.is_im else "group" if channel.private else "channel"
        event = messages.as_json(state, message) | {"channel": channel.id, "channel_type": kind}
        deliver_event(state, event | {"event_ts": message.ts})
    return message
