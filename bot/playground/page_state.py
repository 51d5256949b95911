"""What the page shows one person, as JSON."""

from __future__ import annotations

from collections.abc import Callable

from bot.playground import messages, views
from bot.playground.faults import Fault
from bot.playground.records import Channel, Json, Message, Person
from bot.playground.state import State
from bot.playground.workspace import Workspace

COLORS = ("#7a4fbf", "#1f7a5c", "#b4532a", "#2563a8", "#a8325e", "#5d6b1e", "#8a5a00", "#3d4f73")

TOLD_LATE = ("chat.postMessage", "chat.update", "chat.postEphemeral")

FAULTS: dict[str, tuple[Fault, ...]] = {
    "rate_limit": tuple(Fault("rate_limited", method, retry_after=3) for method in TOLD_LATE),
    "down": (Fault("outage"),),
    "slow": (Fault("delay", seconds=1.5),),
    "lose_reply": (Fault("lose_ack"),),
    "deliver_twice": (Fault("duplicate"),),
}
"""A switch of the page → the faults behind it."""


def state_json(workspace: Workspace, user: str) -> Json:
    """Return everything `user` sees outside the open conversation."""
    state = workspace.state
    outside = {name: panel.shown(user) for name, panel in workspace.outside.items()}  # no two locks are held at once
    with state.lock:
        home = state.homes.get(user)
        places = [one for one in state.channels.values() if not one.is_im and state.can_read(user, one)]
        people = [one for one in state.people.values() if not one.is_bot and not one.deleted]
        return {
            "workspace": {"name": state.team_name},
            "me": user,
            "people": [_person(state, one, COLORS[place % len(COLORS)]) for place, one in enumerate(people)],
            "channels": [_channel(state, user, one) for one in places],
            "dms": [_app_dm(state, user)],
            "home": views.as_json(state, home) if home else None,
            "modals": [views.as_json(state, view) for view in state.modals.get(user, [])],
            "clock": clock_json(state),
            "faults": [name for name, faults in FAULTS.items() if set(faults) <= set(state.faults.active())],
            "commands": _commands(state),
            "shortcuts": _shortcuts(state),
            "first_step": workspace.first_step,
            "first_steps": workspace.first_steps,
            "pipeline": None,
            **outside,
            "usergroups": [
                {"id": one.id, "handle": one.handle, "name": one.name, "users": one.users}
                for one in state.usergroups.values()
            ],
            "notifications": [
                {"id": one.id, "text": one.text, "channel": one.channel, "ts": one.ts, "at": one.at.isoformat()}
                for one in [note for note in state.notes if note.user == user][-50:]
            ],
            "panels": _panels(workspace.panels),
        }


def clock_json(state: State) -> Json:
    """Return the workspace's time, and how many seconds it is ahead of the real one."""
    now = state.now()
    return {"now_iso": now.isoformat(), "offset_seconds": round(now.timestamp() - state.real())}


def _panels(panels: dict[str, Callable[[], list[str]]]) -> list[Json]:
    return [{"title": title, "lines": lines()} for title, lines in panels.items()]


def _person(state: State, person: Person, color: str) -> Json:
    """Return a person as the page lists them, with how much waits for them in their direct messages."""
    own = [one for one in state.channels.values() if one.is_im and one.user == person.id]
    unread = sum(_unread(state, person.id, one) for one in own)
    shape: Json = {"id": person.id, "name": person.name, "real_name": person.real_name, "role": person.role}
    return shape | {"tz": person.tz, "avatar_color": color, "unread": unread}


def _unread(state: State, user: str, channel: Channel) -> int:
    since = state.read.get((user, channel.id), "")
    return sum(
        1
        for one in state.visible(channel.id, user)
        if one.ts > since and one.user != user and one.thread_ts is None and not one.system
    )


def _channel(state: State, user: str, channel: Channel) -> Json:
    shape: Json = {"id": channel.id, "name": channel.name, "unread": 0, "archived": channel.archived}
    shape |= {"member": user in channel.members, "private": channel.private}
    return shape | ({"unread": _unread(state, user, channel)} if user in channel.members else {})


def _app_dm(state: State, user: str) -> Json:
    channel = state.channel_of(user)
    bot = state.people[state.app().bot_user]
    shown = {"id": bot.id, "name": bot.real_name, "is_app": True}
    return {"id": channel.id, "with": shown, "unread": _unread(state, user, channel)}


def _features(state: State) -> Json:
    features: Json = (state.app().manifest or {}).get("features", {})
    return features


def _commands(state: State) -> list[Json]:
    names = ("command", "usage_hint", "description")
    return [{name: one.get(name, "") for name in names} for one in _features(state).get("slash_commands", [])]


def _shortcuts(state: State) -> list[Json]:
    names = ("name", "callback_id", "type", "description")
    return [{name: one.get(name, "") for name in names} for one in _features(state).get("shortcuts", [])]


def message_json(state: State, message: Message) -> Json:
    """Return a message as the page draws it."""
    person = state.people.get(message.user)
    return {
        "ts": message.ts,
        "user": message.user,
        "name": person.real_name if person and message.by_app else person.name if person else "Slackbot",
        "is_app": message.by_app,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts,
        "reply_count": len(messages.replies(state, message)) if message.thread_ts is None else 0,
        "ephemeral": message.ephemeral_for is not None,
        "edited": message.edited is not None,
        "deleted": message.deleted,
        "system": message.system,
    }


def messages_json(state: State, user: str, channel: str, thread: str | None) -> list[Json]:
    """Return a channel without the replies in threads, or one thread, its first message first; oldest first."""
    with state.lock:
        seen = state.visible(channel, user)
        if thread:
            shown = [one for one in seen if thread in (one.ts, one.thread_ts)]
        else:
            shown = [one for one in seen if one.thread_ts is None]
        return [message_json(state, one) for one in shown]
