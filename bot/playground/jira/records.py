"""What the stand-in Jira remembers. Times are text as the wire carries them: `2026-01-31T12:00:00.000+0000`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
"""A JSON object as it travels over the wire."""

CATEGORIES = {"todo": (2, "new", "To Do"), "doing": (4, "indeterminate", "In Progress"), "done": (3, "done", "Done")}
"""Our word → id, key and name of a status category: every Jira has these three."""


@dataclass
class User:
    """A person; `shown` is whether others see the e-mail, which people may hide."""

    account: str
    name: str
    email: str
    active: bool = True
    shown: bool = True


@dataclass
class Token:
    """A token of a person; a `scoped` one works through the gateway only. `alive`: True until it is revoked."""

    account: str
    scoped: bool = False
    alive: bool = True


@dataclass
class Status:
    """A status of a workflow; `category` is todo, doing or done."""

    id: str
    name: str
    category: str


@dataclass
class Transition:
    """A step of a workflow from one of `sources` (names; empty: from anywhere) to a status; `asks` fields' names."""

    id: str
    name: str
    to: str
    sources: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


@dataclass
class Field:
    """A field of issues: `kind` as Jira's schema type names it (`items` of an array), `custom` its custom type."""

    id: str
    name: str
    kind: str = "string"
    items: str | None = None
    custom: str | None = None
    options: tuple[str, ...] = ()


@dataclass
class Project:
    """A project: issue types by id, required fields (names) by type, its workflow.

    `refused`: the permissions we have not; `hidden`: ids of fields that are not on its screens.
    """

    id: str
    key: str
    name: str
    types: dict[str, str]
    components: tuple[str, ...] = ()
    required: dict[str, tuple[str, ...]] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


@dataclass
class Comment:
    """A comment; `body` is a document."""

    id: str
    by: str
    body: Json
    at: str


@dataclass
class RemoteLink:
    """A link to something elsewhere; a `global_id` is there once on an issue."""

    id: int
    global_id: str | None
    url: str
    title: str


@dataclass
class Issue:
    """One issue. `found_at`: from when on search knows it, in seconds since 1970; None: when it is told to."""

    id: str
    key: str
    project: str
    type: str
    summary: str
    reporter: str
    created: str
    updated: str
    found_at: float | None
    status: str
    description: Json | None = None
    labels: list[str] = field(default_factory=list)
    components: list[str] = field(default_factory=list)
    assignee: str | None = None
    due: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    remote_links: list[RemoteLink] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
