"""The bearer tokens of pipelines: made once, shown once, kept as a hash, scoped to repositories, revoked for good.

That one was made or revoked is an event of the system. Real time throughout: nobody can move it.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from workflows import ledger
from workflows.change import Actor
from workflows.gate_models import tokens

PREFIX = "cs_"
ALL = "*"
NOTED = timedelta(minutes=1)
REPOSITORY = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9._-]+")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
OTHERS = frozenset({"github", "token-github", "countersign", "import"})  # sources of the record that are no pipeline


class Unusable(ValueError):
    """A token cannot be made like this; the message says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret. `repositories`: `owner/name` in small letters, or "*" for all."""

    id: str
    name: str
    repositories: tuple[str, ...]
    created_at: datetime
    created_by: str | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def allows(self, repository: str) -> bool:
        """Whether it speaks for this repository."""
        return ALL in self.repositories or repository.lower() in self.repositories


def make(
    tx: Connection,
    *,
    name: str,
    repositories: Sequence[str],
    random: bytes,
    by: str,
    now: datetime,
    new_id: Callable[[], str],
) -> tuple[Token, str]:
    """Make a token and return it with its text, which is kept nowhere. `random`: 32 bytes; `by`: the operator's name.

    Raises Unusable for a name that another living token has, and for what is no `owner/name`.
    """
    if len(random) < 32:
        raise ValueError("a token is made of 32 random bytes")
    scope = tuple(dict.fromkeys(one.strip().lower() for one in repositories))
    _check(tx, name, scope)
    text = PREFIX + random.hex()
    row = {"id": new_id(), "name": name, "hash": hash_of(text), "repositories": json.dumps(scope)}
    tx.execute(insert(tokens), row | {"created_at": now, "created_by": by})
    told = {"token": row["id"], "name": name, "repositories": list(scope), "sha256": row["hash"]}
    ledger.note(tx, "token_made", told, actor=Actor("", None, by), now=now)
    return Token(row["id"], name, scope, now, by), text


def _check(tx: Connection, name: str, scope: Sequence[str]) -> None:
    if not NAME.fullmatch(name):
        raise Unusable("A token's name is of letters, digits, dots, dashes and underscores, at most 64.")
    if name.lower() in OTHERS:
        raise Unusable(f"{name} is what the record calls another source. Take another name.")
    if not scope:
        raise Unusable("Name at least one repository, or * for all.")
    wrong = next((one for one in scope if one != ALL and not REPOSITORY.fullmatch(one)), None)
    if wrong is not None:
        raise Unusable(f"{wrong!r} is no repository: write owner/name, or * for all.")
    if tx.scalar(select(tokens.c.id).where(tokens.c.name == name, tokens.c.revoked_at.is_(None))):
        raise Unusable(f"A token named {name} is in use. Revoke it first, or take another name.")


def revoke(tx: Connection, name: str, *, by: str, now: datetime) -> Token | None:
    """End the living token of that name or id, at once and for good; None: there is none."""
    living = select(tokens).where(tokens.c.revoked_at.is_(None), or_(tokens.c.name == name, tokens.c.id == name))
    found = tx.execute(living).first()
    if found is None:
        return None
    tx.execute(update(tokens).where(tokens.c.id == found.id).values(revoked_at=now))
    ledger.note(tx, "token_revoked", {"token": found.id, "name": found.name}, actor=Actor("", None, by), now=now)
    return _token(found)


def listed(tx: Connection) -> tuple[Token, ...]:
    """Every token there ever was, the newest first."""
    return tuple(_token(row) for row in tx.execute(select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id)))


def find(tx: Connection, text: str) -> Token | None:
    """The living token with this text; None: unknown or revoked. Looked up by its hash, so that time tells nothing."""
    found = tx.execute(select(tokens).where(tokens.c.hash == hash_of(text), tokens.c.revoked_at.is_(None))).first()
    return _token(found) if found is not None else None


def stale(token: Token, now: datetime) -> bool:
    """Whether it is worth a write to say that it was used."""
    return token.used_at is None or now - token.used_at >= NOTED


def used(tx: Connection, token: Token, now: datetime) -> None:
    """Keep that the token was used, unless that was kept within the last minute."""
    before = or_(tokens.c.used_at.is_(None), tokens.c.used_at <= now - NOTED)
    tx.execute(update(tokens).where(tokens.c.id == token.id, before).values(used_at=now))


def hash_of(text: str) -> str:
    """What is kept of a token's text: its SHA-256 in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _token(row: Row[Any]) -> Token:
    scope = tuple(str(one) for one in json.loads(row.repositories))
    return Token(row.id, row.name, scope, row.created_at, row.created_by, row.revoked_at, row.used_at)
