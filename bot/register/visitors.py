"""Who looks at the register, and one look: what a page is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bot.desk import Desk
from workflows.admission import Role


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is in: by Slack (`person`) or by an `invitation`, as what, and until when (UTC).

    `session` is the hash of the session's id; `csrf` must come back with every form.
    """

    role: Role
    person: str | None
    name: str
    until: datetime
    session: str
    csrf: str
    slack: str | None = None
    invitation: str | None = None

    def may(self, least: str) -> bool:
        """Whether the role is enough where `least` ("reader", "auditor", "admin") is asked for."""
        return self.role.covers(Role(least))


Draw = Callable[..., Response]
"""Draws a template in its frame: `draw(template, **context)`, see `skeleton.Skeleton.render`."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at one page. `form`: the fields of a POST whose token was right, the last of each name.

    `key_file`: of the key that signs packs; "": there is none. `saw`: a page puts into it what was asked for, in codes,
    ids, times and numbers; it goes into the record with the view.
    """

    request: Request
    visitor: Visitor
    desk: Desk
    draw: Draw
    form: Mapping[str, str] = field(default_factory=dict)
    key_file: str = ""
    saw: dict[str, Any] = field(default_factory=dict)


View = Callable[[Visit], Response]
"""A page: called in a thread of its own (it may read the database), raises `errors.Wrong` for what it can't show."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page by its path below /register, and what a view of it is called in the record.

    A parameter `{key}` of the path is the change that it is about. `methods`: POST comes with a token or not at all.
    `taken`: evidence leaves with it, so that each time is a view of its own.
    """

    path: str
    what: str
    view: View
    least: Role = Role.READER
    methods: tuple[str, ...] = ("GET",)
    taken: bool = False
