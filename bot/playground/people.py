"""Who is in the workspace and what they belong to; the app is told of changes by events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.playground import api_people
from bot.playground.deliveries import deliver_event
from bot.playground.records import Json, Person
from bot.playground.state import State


def add(state: State, person: Person) -> Person:
    """Add an account; one that was deactivated before stays so."""
    with state.lock:
        known = state.people.get(person.id)
        person.deleted = person.deleted or (known is not None and known.deleted)
        person.updated = state.epoch()
        state.people[person.id] = person
    state.changed()
    return person


def announce(state: State, person: Person) -> None:
    """Tell the app by team_join that an account is new."""
    deliver_event(state, {"type": "team_join", "user": api_people.as_json(state, person)})


def change(state: State, user: str, fields: dict[str, Any]) -> None:
    """Change fields of an account and tell the app by user_change. AttributeError when a field does not exist."""
    with state.lock:
        person = state.people[user]
        for name, value in fields.items():
            if not hasattr(person, name):
                raise AttributeError(name)
            setattr(person, name, value)
        person.updated = state.epoch()
        event = {"type": "user_change", "user": api_people.as_json(state, person), "cache_ts": state.epoch()}
    state.changed()
    deliver_event(state, event)


def regroup(state: State, group_id: str, users: Iterable[str]) -> None:
    """Change who is in a user group and tell the app by subteam_members_changed."""
    with state.lock:
        group = state.usergroups[group_id]
        before, after = group.users, list(users)
        previous = group.updated
        group.users, group.updated = after, state.epoch()
    added = [one for one in after if one not in before]
    removed = [one for one in before if one not in after]
    event: Json = {
        "type": "subteam_members_changed",
        "subteam_id": group_id,
        "team_id": state.team_id,
        "date_previous_update": previous,
        "date_update": group.updated,
        "added_users": added,
        "added_users_count": len(added),
        "removed_users": removed,
        "removed_users_count": len(removed),
    }
    state.changed()
    deliver_event(state, event)
