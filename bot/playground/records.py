"""What the stand-in workspace remembers: people, places, messages, views and what was asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

Json = dict[str, Any]
"""A JSON object as it travels over the wire."""

State = dict[tuple[str, str], Json]
"""Values of a view or message: (block_id, action_id) → Slack's element state."""


@dataclass
class Person:
    """An account of the workspace, or of another one when `team_id` differs."""

    id: str
    name: str
    real_name: str
    email: str
    tz: str
    team_id: str
    role: str = ""
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_admin: bool = False
    enterprise_id: str | None = None
    updated: int = 0


@dataclass
class Channel:
    """A place messages are posted to; a direct message has `is_im` and the one person in `user`."""

    id: str
    name: str
    members: list[str]
    private: bool = False
    archived: bool = False
    restricted: bool = False
    is_im: bool = False
    user: str = ""
    created: int = 0


@dataclass
class UserGroup:
    """A user group, named `@handle`."""

    id: str
    handle: str
    name: str
    users: list[str]
    disabled: bool = False
    updated: int = 0


@dataclass
class Message:
    """One message as a person sees it; `ephemeral_for` names the only person who does."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    edited: str | None = None
    deleted: bool = False
    ephemeral_for: str | None = None
    by_app: bool = False
    system: bool = False
    typed: State = field(default_factory=dict)

    def copied(self) -> Message:
        """A copy that shares nothing with this one that can change."""
        parts = {"blocks": self.blocks, "attachments": self.attachments, "metadata": self.metadata, "typed": self.typed}
        return replace(self, **{name: _copied(value) for name, value in parts.items()})


def _copied(value: Any) -> Any:
    """The same JSON anew: three times as fast as `copy.deepcopy`, which keeps books of what it met."""
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


@dataclass
class View:
    """A modal on someone's stack or a published App Home, with what was typed into it."""

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    typed: State = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """The blocks shown."""
        blocks: list[Json] = self.body["blocks"]
        return blocks

    @property
    def type(self) -> str:
        """`modal` or `home`."""
        return str(self.body["type"])

    @property
    def callback_id(self) -> str:
        """The app's name for this view."""
        return str(self.body.get("callback_id", ""))

    @property
    def title(self) -> str:
        """The title shown, empty on an App Home."""
        return str((self.body.get("title") or {}).get("text", ""))

    @property
    def private_metadata(self) -> str:
        """The app's own note on this view."""
        return str(self.body.get("private_metadata", ""))


@dataclass(frozen=True)
class Install:
    """The app as installed: its tokens, scopes and where deliveries go."""

    bot_token: str
    signing_secret: str
    app_token: str
    scopes: tuple[str, ...]
    bot_user: str
    bot_id: str
    app_id: str
    request_url: str | None
    manifest: Json | None


@dataclass
class Trigger:
    """Permission to open one view: three seconds of real time, used once."""

    user: str
    born: float
    view_id: str | None = None
    used: bool = False


@dataclass
class ResponseUrl:
    """An address that takes five answers within thirty minutes of real time."""

    channel: str
    user: str
    born: float
    message_ts: str | None = None
    ephemeral: bool = False
    thread_ts: str | None = None
    uses: int = 0


@dataclass(frozen=True)
class Call:
    """One Web API request as it arrived; `at` is real time in seconds since 1970."""

    method: str
    args: Json
    at: float
    ok: bool
    error: str | None


@dataclass(frozen=True)
class Delivery:
    """One request sent to the app; `kind` is command, interaction or event."""

    kind: str
    payload: Json
    at: float
    status: int
    error: str | None


@dataclass(frozen=True)
class Notification:
    """What a phone would show; `at` is the workspace's time."""

    id: int
    user: str
    text: str
    channel: str
    ts: str
    at: datetime


@dataclass(frozen=True)
class Outcome:
    """What came of something a person did.

    `status` is the HTTP status of the app's answer (0 when there was none), `ack_body` its parsed body,
    `errors` the messages now standing at fields (block_id → words), `text` what Slack itself tells the person.
    """

    ok: bool
    status: int = 0
    error: str | None = None
    elapsed_ms: float = 0.0
    ack_body: Any = None
    errors: dict[str, str] = field(default_factory=dict)
    text: str | None = None
