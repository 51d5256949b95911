"""Who is in the register: sessions by the hash of an id that only the browser holds, ended here and for good.

OWASP ASVS 5.0, V7: a new id of 256 random bits at each sign-in, an end by age and one by silence, sign-out that holds
at the server. Real time throughout: nobody can move it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from workflows import admission
from workflows.door_models import invitations, sessions, views

IDLE = timedelta(hours=1)
NOTED = timedelta(minutes=1)
KEPT = timedelta(days=1)
LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Session:
    """A living session, and until when it is one. `name` and `ends`: of the invitation, if it is of one."""

    hash: str
    began_at: datetime
    seen_at: datetime
    until: datetime
    person: str | None = None
    slack: str | None = None
    invitation: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Over:
    """A session that was one; `invitation_ended`: when the invitation that it rested on ended, if that is why."""

    invitation_ended: datetime | None = None


def begin(
    tx: Connection,
    *,
    random: bytes,
    now: datetime,
    person: str | None = None,
    slack: str | None = None,
    invitation: str | None = None,
) -> tuple[str, str]:
    """Begin a session of a person's Slack account, or of an invitation: the id for the browser, and its hash.

    `random`: 32 bytes. The id is kept nowhere.
    """
    if len(random) < 32 or (slack is None) == (invitation is None):
        raise ValueError("a session is made of 32 random bytes, for one account or one invitation")
    text = random.hex()
    row = {"hash": hash_of(text), "person": person, "slack": slack, "invitation": invitation}
    tx.execute(insert(sessions), row | {"began_at": now, "seen_at": now})
    return text, row["hash"] or ""


def find(tx: Connection, text: str, *, session: timedelta, now: datetime) -> Session | Over | None:
    """The session of this id; Over when it has ended by whatever means; None: there never was one (or long ago).

    `session`: how long the policy lets one last. Looked up by the hash, so that the time it takes tells nothing.
    """
    joined = sessions.outerjoin(invitations, sessions.c.invitation == invitations.c.id)
    more = (invitations.c.name, invitations.c.until, invitations.c.ended_at.label("invitation_ended_at"))
    row = tx.execute(select(sessions, *more).select_from(joined).where(sessions.c.hash == hash_of(text))).first()
    return None if row is None else _state(row, session, now)


def _state(row: Row[Any], session: timedelta, now: datetime) -> Session | Over:
    closed = min((at for at in (row.until, row.invitation_ended_at) if at is not None), default=None)
    if closed is not None and now >= closed:
        return Over(closed)
    until = admission.until(row.began_at, session, row.until)
    if row.ended_at is not None or now >= until or now >= row.seen_at + IDLE or now < row.began_at - NOTED:
        return Over()
    return Session(row.hash, row.began_at, row.seen_at, until, row.person, row.slack, row.invitation, row.name or "")


def seen(tx: Connection, session: Session, now: datetime) -> None:
    """Keep that the browser came again, unless that was kept within the last minute."""
    before = (sessions.c.hash == session.hash, sessions.c.seen_at <= now - NOTED)
    tx.execute(update(sessions).where(*before).values(seen_at=now))


def stale(session: Session, now: datetime) -> bool:
    """Whether it is worth a write to say that the browser came again."""
    return now - session.seen_at >= NOTED


def end(tx: Connection, hash: str, now: datetime) -> None:
    """End a session at once."""
    tx.execute(update(sessions).where(sessions.c.hash == hash, sessions.c.ended_at.is_(None)).values(ended_at=now))


def sweep(tx: Connection, now: datetime, *, limit: int = 500) -> int:
    """Forget sessions that ended more than a day ago, and say how many; who saw what stays in the record."""
    gone = now - KEPT - LONGEST
    old = select(sessions.c.hash).where(or_(sessions.c.seen_at < gone, sessions.c.ended_at < now - KEPT)).limit(limit)
    found = tx.scalars(old).all()
    tx.execute(delete(views).where(views.c.session.in_(found)))
    return tx.execute(delete(sessions).where(sessions.c.hash.in_(found))).rowcount


def hash_of(text: str) -> str:
    """What is kept of an id or a token: its SHA-256 in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
