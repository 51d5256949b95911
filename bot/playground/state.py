"""The state of the workspace under one lock, and who is told that it changed."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from bot.playground.faults import Faults
from bot.playground.ids import new_id
from bot.playground.records import (
    Call,
    Channel,
    Delivery,
    Install,
    Json,
    Message,
    Notification,
    Person,
    ResponseUrl,
    Trigger,
    UserGroup,
    View,
)
from bot.playground.sign_in import SignIn
from bot.playground.sockets import Sockets

Listener = Callable[[Json], None]

MICROSECONDS = 1_000_000


class State:
    """Everything the stand-in knows. Hold `lock` to read or change it, and never while anything is sent."""

    def __init__(self, now: Callable[[], datetime], real: Callable[[], float] = time.time) -> None:
        """Begin empty. `now` tells the workspace's time, `real` the seconds that triggers and signatures run on."""
        self.lock = threading.RLock()
        self.now = now
        self.real = real
        self.team_id = "T0PLAYGRND"
        self.team_name = "Playground"
        self.team_domain = "playground"
        self.install: Install | None = None
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.usergroups: dict[str, UserGroup] = {}
        self.messages: dict[str, list[Message]] = {}
        self.index: dict[tuple[str, str], Message] = {}
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.offered: dict[tuple[str, str, str], list[Json]] = {}
        self.notes: list[Notification] = []
        self.read: dict[tuple[str, str], str] = {}
        self.calls: deque[Call] = deque(maxlen=20_000)
        self.deliveries: deque[Delivery] = deque(maxlen=20_000)
        self.faults = Faults()
        self.sockets = Sockets()
        self.sign_in = SignIn()
        self.closing = threading.Event()
        self.resends: list[threading.Thread] = []
        self.base_url = ""
        self.ack_timeout = 3.0
        self.event_delays: tuple[float, ...] = (0.05, 60.0, 300.0)
        self.paid_plan = True
        self.token_revoked = False
        self.dirty = False
        self.stopped = False
        self._last_ts = 0
        self._notes_made = 0
        self._listeners: list[tuple[str, Listener]] = []

    def app(self) -> Install:
        """Return the installed app; RuntimeError when none is."""
        if self.install is None:
            raise RuntimeError("install an app first")
        return self.install

    def next_ts(self) -> str:
        """Return a message timestamp of now, later than every one before it."""
        with self.lock:
            moment = int(self.now().timestamp() * MICROSECONDS)
            self._last_ts = max(moment, self._last_ts + 1)
            return f"{self._last_ts // MICROSECONDS}.{self._last_ts % MICROSECONDS:06d}"

    def continue_from(self, ts: str) -> None:
        """Make every later timestamp greater than `ts`."""
        seconds, _, fraction = ts.partition(".")
        self._last_ts = max(self._last_ts, int(seconds) * MICROSECONDS + int(fraction or 0))

    def continue_notes(self, notes: list[Notification]) -> None:
        """Take over the notifications of an earlier run."""
        self.notes = notes
        self._notes_made = max((note.id for note in notes), default=0)

    def epoch(self) -> int:
        """Return the workspace's time in whole seconds since 1970."""
        return int(self.now().timestamp())

    def channel_of(self, user: str) -> Channel:
        """Return the direct message of the app with `user`, made if it was not there."""
        with self.lock:
            for channel in self.channels.values():
                if channel.is_im and channel.user == user:
                    return channel
            made = Channel(new_id("D"), "", [user, self.app().bot_user], is_im=True, user=user, created=self.epoch())
            self.channels[made.id] = made
            self.messages[made.id] = []
            return made

    def find_channel(self, name: str) -> Channel:
        """Return a channel by its id or its name, with or without `#`: LookupError when there is none."""
        with self.lock:
            if name in self.channels:
                return self.channels[name]
            for channel in self.channels.values():
                if not channel.is_im and channel.name == name.removeprefix("#"):
                    return channel
        raise LookupError(f"no channel is called {name!r}")

    def can_read(self, user: str, channel: Channel) -> bool:
        """Say whether `user` sees this channel: its members, and everyone but guests when it is public."""
        if user in channel.members:
            return True
        person = self.people[user]
        guest = person.is_restricted or person.is_ultra_restricted or person.is_stranger
        return not (channel.private or channel.is_im or guest)

    def visible(self, channel: str, user: str | None) -> list[Message]:
        """Return the messages of a channel in order, with the private lines of `user`; deleted ones are absent."""
        with self.lock:
            return [
                message
                for message in self.messages.get(channel, [])
                if not message.deleted and message.ephemeral_for in (None, user)
            ]

    def note(self, user: str, text: str, channel: str, ts: str, thread_ts: str | None = None) -> None:
        """Notify `user` of a message."""
        with self.lock:
            self._notes_made += 1
            at = self.now().astimezone(UTC)
            self.notes.append(Notification(self._notes_made, user, text, channel, ts, at))
        toast = {"type": "toast", "text": text, "channel": channel, "ts": ts, "thread_ts": thread_ts}
        self.tell(toast, {user})

    def listen(self, user: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` with everything that concerns `user` until the returned function is called."""
        entry = (user, listener)
        with self.lock:
            self._listeners.append(entry)

        def stop() -> None:
            with self.lock:
                if entry in self._listeners:
                    self._listeners.remove(entry)

        return stop

    def tell(self, event: Json, users: Iterable[str] | None = None) -> None:
        """Tell the pages of `users` (everyone when None)."""
        chosen = None if users is None else set(users)
        with self.lock:
            heard = [listener for user, listener in self._listeners if chosen is None or user in chosen]
        for listener in heard:
            listener(event)

    def stop(self) -> None:
        """End the streams to pages: the server stops."""
        self.stopped = True
        self.tell({"type": "stopped"})

    def changed(self, users: Iterable[str] | None = None) -> None:
        """Say that what `users` (everyone when None) can see has changed."""
        self.dirty = True
        self.tell({"type": "changed"}, users)

    def record(self, call: Call) -> None:
        """Keep a Web API request for whoever wants to look at it."""
        with self.lock:
            self.calls.append(call)
