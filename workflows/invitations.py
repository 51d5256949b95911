"""Auditors from outside: each let in by a token for a time, shown once, kept as a hash, ended at any moment.

That one was made, used first or ended is an event of the system. Real time throughout: nobody can move it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from workflows import ledger
from workflows.change import Actor
from workflows.door_models import invitations, sessions
from workflows.sessions import hash_of

PREFIX = "ci_"
LONGEST = timedelta(days=366)
_EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,190}\.[^@\s<>.]{1,60}")


class Unusable(ValueError):
    """An invitation cannot be made like this; the message says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation without its token."""

    id: str
    name: str
    email: str
    until: datetime
    made_at: datetime
    made_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    used_at: datetime | None = None

    def over(self, now: datetime) -> datetime | None:
        """Since when it lets nobody in; None: it does."""
        if self.ended_at is not None:
            return min(self.ended_at, self.until)
        return self.until if now >= self.until else None


def invite(
    tx: Connection,
    *,
    name: str,
    email: str,
    until: datetime,
    by: str,
    random: bytes,
    now: datetime,
    new_id: Callable[[], str],
    salt: Callable[[], bytes],
) -> tuple[Invitation, str]:
    """Make an invitation and return it with its token, which is kept nowhere. `random`: 32 bytes.

    Raises Unusable for an end that is past or more than a year away, for no name, and for what is no e-mail address.
    """
    if len(random) < 32:
        raise ValueError("an invitation is made of 32 random bytes")
    who, mail = " ".join(name.split()), email.strip().lower()
    _check(who, mail, by, until, now)
    text = PREFIX + random.hex()
    made = Invitation(new_id(), who, mail, until, now, by)
    row = {"id": made.id, "name": who, "email": mail, "hash": hash_of(text), "until": until}
    tx.execute(insert(invitations), row | {"made_at": now, "made_by": by})
    digests = {"name": ledger.put_text(tx, who, salt=salt()), "email": ledger.put_text(tx, mail, salt=salt())}
    told = {"invitation": made.id, "until": until.isoformat(), "sha256": row["hash"], **digests}
    ledger.note(tx, "invited", told, actor=Actor("", None, by), now=now)
    return made, text


def _check(name: str, email: str, by: str, until: datetime, now: datetime) -> None:
    if not name or len(name) > 100 or not name.isprintable():
        raise Unusable("An invitation is for somebody with a name, at most 100 characters.")
    if not by.strip():
        raise Unusable("Say who invites: --by.")
    if not _EMAIL.fullmatch(email):
        raise Unusable(f"{email!r} is no e-mail address.")
    if until <= now:
        raise Unusable("That end is past already.")
    if until > now + LONGEST:
        raise Unusable("An invitation lasts a year at most; make another one then.")


def find(tx: Connection, text: str) -> Invitation | None:
    """The invitation with this token, also one that is over; None: there never was one. Looked up by its hash."""
    row = tx.execute(select(invitations).where(invitations.c.hash == hash_of(text.strip()))).first()
    return None if row is None else _invitation(row)


def used(tx: Connection, one: Invitation, now: datetime) -> None:
    """Keep when it was used first."""
    first = (invitations.c.id == one.id, invitations.c.used_at.is_(None))
    tx.execute(update(invitations).where(*first).values(used_at=now))


def listed(tx: Connection) -> tuple[Invitation, ...]:
    """Every invitation there ever was, the newest first."""
    rows = tx.execute(select(invitations).order_by(invitations.c.made_at.desc(), invitations.c.id))
    return tuple(_invitation(row) for row in rows)


def end(tx: Connection, which: str, *, by: str, now: datetime) -> tuple[Invitation, ...]:
    """End the living invitations with this id or e-mail address, and every session of them, at once and for good."""
    ledger.lock_notes(tx)  # first, as everybody does: somebody may be signing in by it
    same = or_(invitations.c.id == which, invitations.c.email == which.strip().lower())
    rows = tx.execute(select(invitations).where(same, invitations.c.ended_at.is_(None), invitations.c.until > now))
    found = tuple(_invitation(row) for row in rows)
    for one in found:
        tx.execute(update(invitations).where(invitations.c.id == one.id).values(ended_at=now, ended_by=by))
        its = (sessions.c.invitation == one.id, sessions.c.ended_at.is_(None))
        tx.execute(update(sessions).where(*its).values(ended_at=now))
        ledger.note(tx, "invitation_ended", {"invitation": one.id}, actor=Actor("", None, by), now=now)
    return found


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        row.id, row.name, row.email, row.until, row.made_at, row.made_by, row.ended_at, row.ended_by, row.used_at
    )
