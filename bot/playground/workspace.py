"""The stand-in workspace: who and what is in it, acting as a person, and reading what a person sees."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.playground import acting, messages, people, store, submitting
from bot.playground.acting import Ref
from bot.playground.faults import Faults
from bot.playground.outside import Panel
from bot.playground.records import (
    Call,
    Channel,
    Delivery,
    Install,
    Json,
    Message,
    Outcome,
    Person,
    UserGroup,
    View,
)
from bot.playground.state import State
from bot.playground.submitting import Values

SAVE_EVERY = 1.0
"""Seconds between two savings of a state that changes."""


class Workspace:
    """A Slack workspace with one app in it. Every method may be called from any thread.

    What is read is a copy of that moment; a stale copy can still be clicked, as a person who looks at it can.
    """

    def __init__(
        self, now: Callable[[], datetime], real: Callable[[], float] = time.time, path: Path | None = None
    ) -> None:
        """Begin, or continue from the file at `path`. `now` dates messages; `real` runs triggers and signatures."""
        self.state = State(now, real)
        self.first_step = ""
        self.first_steps: dict[str, str] = {}
        self.outside: dict[str, Panel] = {}
        self.on_advance: Callable[[str], None] | None = None
        self.panels: dict[str, Callable[[], list[str]]] = {}
        self._path = path
        self._saver: threading.Thread | None = None
        if path is not None:
            store.load(self.state, path)
            self._saver = threading.Thread(target=self._save_now_and_then, name="playground-store", daemon=True)
            self._saver.start()

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.state.faults

    @property
    def calls(self) -> list[Call]:
        """Every Web API call so far, oldest first (the last 20 000)."""
        with self.state.lock:
            return list(self.state.calls)

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything sent to the app so far, oldest first (the last 20 000)."""
        with self.state.lock:
            return list(self.state.deliveries)

    def install(
        self,
        *,
        bot_token: str,
        signing_secret: str,
        app_token: str = "",
        scopes: Iterable[str] = (),
        bot_user: str = "UBOT",
        app_id: str = "A0PLAYGRND",
        request_url: str | None = None,
        manifest: Json | None = None,
    ) -> None:
        """Install the app; `request_url` None means Socket Mode only. A known bot user keeps their name."""
        bot_id = "B" + bot_user[1:]
        with self.state.lock:
            self.state.install = Install(
                bot_token, signing_secret, app_token, tuple(scopes), bot_user, bot_id, app_id, request_url, manifest
            )
            if bot_user not in self.state.people:
                shown = (manifest or {}).get("features", {}).get("bot_user", {}).get("display_name")
                name = shown or (manifest or {}).get("display_information", {}).get("name", "app")
                self.add_person(bot_user, name.lower(), name, "", "UTC", is_bot=True)

    def add_person(
        self, id: str, name: str, real_name: str, email: str, tz: str, role: str = "", **flags: Any
    ) -> Person:
        """Add an account; `flags` are those of `Person` (`is_restricted`, `deleted`, `is_stranger`, `team_id`, …)."""
        team = flags.pop("team_id", self.state.team_id)
        return people.add(self.state, Person(id, name, real_name, email, tz, team, role, **flags))

    def join(self, id: str, name: str, real_name: str, email: str, tz: str, **flags: Any) -> None:
        """Add an account while the app runs: it is told by team_join."""
        people.announce(self.state, self.add_person(id, name, real_name, email, tz, **flags))

    def change_person(self, id: str, **fields: Any) -> None:
        """Change fields of an account: the app is told by user_change."""
        people.change(self.state, id, fields)

    def deactivate(self, user: str) -> None:
        """Deactivate an account: the app is told by user_change."""
        self.change_person(user, deleted=True)

    def add_channel(
        self, id: str, name: str, members: Iterable[str], bot_member: bool = True, private: bool = False
    ) -> None:
        """Add a channel; one that is already there keeps its members and messages."""
        with self.state.lock:
            if id in self.state.channels:
                return
            inside = list(members) + ([self.state.app().bot_user] if bot_member else [])
            self.state.channels[id] = Channel(id, name, inside, private, created=self.state.epoch())
            self.state.messages[id] = []

    def refresh_sockets(self) -> None:
        """Ask the app to open new Socket Mode connections, as Slack does every few hours."""
        reason = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "playground"}}
        self.state.sockets.broadcast(reason)

    def archive(self, channel: str) -> None:
        """Archive a channel."""
        self.state.find_channel(channel).archived = True
        self.state.changed()

    def restrict(self, channel: str, restricted: bool = True) -> None:
        """Let only a few people post in a channel, not the app."""
        self.state.find_channel(channel).restricted = restricted

    def remove_bot(self, channel: str) -> None:
        """Take the app out of a channel."""
        self.state.find_channel(channel).members.remove(self.state.app().bot_user)

    def add_usergroup(self, id: str, handle: str, name: str, users: Iterable[str]) -> None:
        """Add a user group; one that is already there keeps its members."""
        with self.state.lock:
            if id in self.state.usergroups:
                return
            self.state.usergroups[id] = UserGroup(id, handle, name, list(users), updated=self.state.epoch())

    def set_usergroup(self, id: str, users: Iterable[str]) -> None:
        """Change who is in a user group: the app is told by subteam_members_changed."""
        people.regroup(self.state, id, users)

    def delete_message(self, channel: str, ts: str) -> None:
        """Delete a message, as an admin can."""
        place = self.state.find_channel(channel)
        messages.remove(self.state, messages.find_message(self.state, place.id, ts))

    def command(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Type a slash command, as `acting.command`."""
        return acting.command(self.state, user, channel, text, thread_ts)

    def click(
        self, user: str, ref: Ref, action_id: str, block_id: str | None = None, *, selected: Any = None
    ) -> Outcome:
        """Use a button or menu of a message, modal or home (`"home"`), as `acting.click`."""
        return acting.click(self.state, user, ref, action_id, block_id, selected=selected)

    def fill(self, user: str, values: Values) -> None:
        """Type into the top modal; nothing is sent."""
        submitting.fill(self.state, user, values)

    def submit(self, user: str, values: Values | None = None) -> Outcome:
        """Fill in and submit the top modal, as `submitting.submit`."""
        return submitting.submit(self.state, user, values)

    def close_modal(self, user: str) -> Outcome:
        """Close the top modal."""
        return submitting.close_modal(self.state, user)

    def options(self, user: str, action_id: str, block_id: str | None, query: str) -> list[Json]:
        """Search an external select."""
        return submitting.options(self.state, user, action_id, block_id, query)

    def shortcut(self, user: str, callback_id: str) -> Outcome:
        """Use a global shortcut."""
        return acting.shortcut(self.state, user, callback_id)

    def message_shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> Outcome:
        """Use a shortcut on a message."""
        return acting.message_shortcut(self.state, user, callback_id, channel, ts)

    def open_home(self, user: str) -> Outcome:
        """Open the App Home."""
        return acting.open_home(self.state, user)

    def post(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Write a message."""
        return copy.deepcopy(acting.post(self.state, user, channel, text, thread_ts))

    def messages(self, channel: str, user: str | None = None) -> list[Message]:
        """Return what stands in a channel, threads included, oldest first; with the private lines of `user`."""
        with self.state.lock:
            seen = self.state.visible(self.state.find_channel(channel).id, user)
            return [message.copied() for message in seen]

    def thread(self, channel: str, ts: str, user: str | None = None) -> list[Message]:
        """Return the replies to a message, oldest first."""
        with self.state.lock:
            seen = self.state.visible(self.state.find_channel(channel).id, user)
            return [message.copied() for message in seen if message.thread_ts == ts]

    def dm(self, user: str) -> str:
        """Return the id of the direct message of the app with `user`."""
        return self.state.channel_of(user).id

    def modal(self, user: str) -> View | None:
        """Return the modal on top, None when none is open."""
        with self.state.lock:
            stack = self.state.modals.get(user)
            return copy.deepcopy(stack[-1]) if stack else None

    def home(self, user: str) -> View | None:
        """Return the published App Home."""
        with self.state.lock:
            return copy.deepcopy(self.state.homes.get(user))

    def notifications(self, user: str) -> list[str]:
        """Return the texts of the notifications of `user`, oldest first."""
        with self.state.lock:
            return [note.text for note in self.state.notes if note.user == user]

    def close(self) -> None:
        """Stop resending events, and save."""
        self.state.closing.set()
        for thread in [*self.state.resends, *([self._saver] if self._saver else [])]:
            thread.join(self.state.ack_timeout + 1)
        if self._path is not None:
            store.save(self.state, self._path)

    def _save_now_and_then(self) -> None:
        while not self.state.closing.wait(SAVE_EVERY):
            if self.state.dirty and self._path is not None:
                store.save(self.state, self._path)
