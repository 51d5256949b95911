"""A REST request as an endpoint reads it, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.playground.github.records import Commit, Json, Repository
from bot.playground.github.refusal import GitHubError, invalid, missing
from bot.playground.github.traffic import Token
from bot.playground.github.world import World, stamp

MOST = 100
"""Entries a page can have (GitHub docs: using pagination in the REST API)."""

USUAL = 30


@dataclass(frozen=True)
class Ask:
    """One request: what its path names, its query and its JSON body."""

    names: dict[str, str]
    query: dict[str, str]
    body: Json
    token: Token | None = None
    header: str = ""

    def number(self, name: str) -> int:
        """Return a number of the path: 404 when it is none."""
        if not self.names[name].isdigit():
            raise missing()
        return int(self.names[name])

    def text(self, name: str, resource: str, default: str | None = None) -> str:
        """Return a text of the body: 422 when it is absent (and has no default) or something else."""
        value = self.body.get(name, default)
        if value is None:
            raise invalid(resource, name, "missing_field")
        if not isinstance(value, str):
            raise invalid(resource, name)
        return value

    def paging(self, usual: int = USUAL, most: int = MOST) -> tuple[int, int]:
        """Return which page is asked for and how many entries it may have; 422 for what is no number."""
        try:
            number, size = int(self.query.get("page", "1")), int(self.query.get("per_page", usual))
        except ValueError:
            raise invalid("Search", "page") from None
        return max(1, number), min(most, size) if size > 0 else usual

    def moment(self, name: str) -> str | None:
        """Return a time of the query as GitHub writes times; 422 when it cannot be read."""
        value = self.query.get(name)
        if value is None:
            return None
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            raise invalid("Commit", name) from None
        return stamp(read if read.tzinfo else read.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Page:
    """A list that is given out in pages; with `key` inside an object beside `total_count`."""

    items: list[Any]
    key: str | None = None
    around: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Elsewhere:
    """What is asked for stands at another address: 302."""

    location: str


@dataclass(frozen=True)
class Made:
    """Something that was created: 201, or 204 without a body."""

    body: Json | None


def commit_of(world: World, repository: Repository, ref: str, message: str = "") -> Commit:
    """Return the commit of a SHA, branch or tag; GitHub answers 422 for a SHA it does not know."""
    try:
        return world.commit(repository, ref)
    except LookupError:
        if not repository.commits:
            raise GitHubError(409, "Git Repository is empty.") from None
        raise GitHubError(422, message or f"No commit found for SHA: {ref}") from None
