"""The state of the workspace in a file, so that the next start continues."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import datetime
from pathlib import Path

from bot.playground.records import Channel, Json, Message, Notification, Person, UserGroup, View
from bot.playground.state import State

VERSION = 1


def _plain(record: Message | View) -> Json:
    """Return a record without what is typed into it, which ends with the process as it does with a reload."""
    return {**dataclasses.asdict(record), "typed": {}}


def save(state: State, path: Path) -> None:
    """Write the state to `path`, whole or not at all. Open modals, private lines, triggers and response URLs end."""
    with state.lock:
        state.dirty = False
        kept: Json = {
            "version": VERSION,
            "people": [dataclasses.asdict(one) for one in state.people.values()],
            "channels": [dataclasses.asdict(one) for one in state.channels.values()],
            "usergroups": [dataclasses.asdict(one) for one in state.usergroups.values()],
            "messages": [_plain(one) for place in state.messages.values() for one in place if not one.ephemeral_for],
            "homes": {user: _plain(view) for user, view in state.homes.items()},
            "notes": [{**dataclasses.asdict(one), "at": one.at.isoformat()} for one in state.notes[-500:]],
            "read": [[user, channel, ts] for (user, channel), ts in state.read.items()],
        }
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, path)


def load(state: State, path: Path) -> None:
    """Continue from `path`, if it is there. ValueError when it was written by another version."""
    if not path.exists():
        return
    kept = json.loads(path.read_text(encoding="utf-8"))
    if kept.get("version") != VERSION:
        raise ValueError(f"{path} was written by another version of the playground; remove it to begin anew")
    with state.lock:
        state.people = {one["id"]: Person(**one) for one in kept["people"]}
        state.channels = {one["id"]: Channel(**one) for one in kept["channels"]}
        state.usergroups = {one["id"]: UserGroup(**one) for one in kept["usergroups"]}
        state.messages = {channel: [] for channel in state.channels}
        for one in kept["messages"]:
            message = Message(**one)
            state.messages.setdefault(message.channel, []).append(message)
            state.index[message.channel, message.ts] = message
            state.continue_from(message.ts)
        state.homes = {user: View(**view) for user, view in kept["homes"].items()}
        state.read = {(user, channel): ts for user, channel, ts in kept["read"]}
        state.continue_notes(
            [Notification(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in kept["notes"]]
        )
