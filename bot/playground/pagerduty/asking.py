"""A REST request as an endpoint reads it, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.playground.pagerduty.records import Json, Token, User
from bot.playground.pagerduty.refusal import invalid
from bot.playground.pagerduty.world import World

MOST = 100
"""Entries a page can have (developer-docs, "Pagination")."""

USUAL = 25
LONGEST = 10_000


@dataclass(frozen=True)
class Ask:
    """One request: what its path names, its query, its JSON body, whose token it carries and its `From`."""

    names: dict[str, str]
    query: tuple[tuple[str, str], ...]
    body: Json
    token: Token
    sender: str = ""

    def one(self, name: str, default: str = "") -> str:
        """Return a parameter of the query."""
        return next((value for key, value in self.query if key == name), default)

    def many(self, name: str) -> list[str]:
        """Return a list of the query."""
        return [value for key, value in self.query if key == f"{name}[]"]

    def moment(self, name: str, default: datetime) -> datetime:
        """Return a time of the query: 400 when it cannot be read."""
        value = self.one(name)
        if not value:
            return default
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            raise invalid(f"{name} must be a date") from None
        return read if read.tzinfo else read.replace(tzinfo=UTC)

    def part(self, name: str) -> Json:
        """Return the object that a body wraps: 400 when it is absent."""
        found = self.body.get(name)
        if not isinstance(found, dict):
            raise invalid(f"{name.title()} cannot be empty")
        return found

    def writer(self, world: World) -> User:
        """Return in whose name something is written: the token's user, or that of `From`, which must be one."""
        if self.token.user is not None:
            return world.users[self.token.user]
        found = world.user_by_email(self.sender)
        if found is None:
            raise invalid("Requester User Not Found")
        return found


@dataclass(frozen=True)
class Made:
    """Something that was created (201) or accepted (202)."""

    body: Json
    status: int = 201


def page(ask: Ask, key: str, items: list[Any]) -> Json:
    """Return one page of a list. 400 beyond what PagerDuty gives out."""
    try:
        size, offset = int(ask.one("limit", str(USUAL))), int(ask.one("offset", "0"))
    except ValueError:
        raise invalid("Limit must be a number") from None
    if offset + size > LONGEST:
        raise invalid("Offset + limit is too large")
    size = min(size, MOST)
    shown = items[offset : offset + size]
    total = len(items) if ask.one("total") == "true" else None
    return {key: shown, "limit": size, "offset": offset, "total": total, "more": offset + size < len(items)}
