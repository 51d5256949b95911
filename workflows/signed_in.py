"""Who is in the register now, and ending it: one session, somebody's, or everybody's; each is an event of the system.

OWASP ASVS 5.0, V7.4 and V7.5: people see where they are signed in and end it; so do admins, for anybody. Real time
throughout, as in `sessions`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, or_, select, update

from workflows import admission, ledger
from workflows.change import Actor
from workflows.door_models import invitations, sessions
from workflows.sessions import IDLE

SHORT = 16
_S, _I = sessions.c, invitations.c


@dataclass(frozen=True, slots=True)
class Whose:
    """A person's by Slack account, or an invitation's; neither: everybody's."""

    slack: str | None = None
    invitation: str | None = None


@dataclass(frozen=True, slots=True)
class In:
    """A living session: `id` is the beginning of its hash, with which nobody gets in; `name` of an invitation's."""

    id: str
    person: str | None
    slack: str | None
    name: str
    began_at: datetime
    seen_at: datetime
    until: datetime


def now_in(tx: Connection, whose: Whose, *, session: timedelta, now: datetime) -> tuple[In, ...]:
    """The sessions that are not over, the newest first. `session`: how long the policy lets one last."""
    joined = sessions.outerjoin(invitations, _S.invitation == _I.id)
    rows = tx.execute(
        select(_S.hash, _S.person, _S.slack, _I.name, _I.until, _S.began_at, _S.seen_at)
        .select_from(joined)
        .where(*_living(session, now), *_of(whose))
        .order_by(_S.began_at.desc(), _S.hash)
    )
    return tuple(
        In(
            row.hash[:SHORT],
            row.person,
            row.slack,
            row.name or "",
            row.began_at,
            row.seen_at,
            admission.until(row.began_at, session, row.until),
        )
        for row in rows
    )


def _living(session: timedelta, now: datetime) -> tuple[ColumnElement[bool], ...]:
    invited = (_I.until > now) & _I.ended_at.is_(None)
    young = (_S.began_at > now - session, _S.seen_at > now - IDLE, _S.ended_at.is_(None))
    return (*young, or_(_S.invitation.is_(None), invited))


def _of(whose: Whose) -> Sequence[ColumnElement[bool]]:
    found = [_S.slack == whose.slack] if whose.slack else []
    return [*found, _S.invitation == whose.invitation] if whose.invitation else found


def end(
    tx: Connection,
    whose: Whose,
    *,
    id: str = "",
    actor: Actor | None,
    by: Mapping[str, str] | None = None,
    now: datetime,
    real: datetime,
) -> int:
    """End whose sessions, or of them the one with this `id`, and say how many; who did so is an event.

    `by`: what the event says of who is no person, such as the invitation. ValueError: that is no id.
    """
    if id and not re.fullmatch(f"[0-9a-f]{{{SHORT}}}", id):
        raise ValueError("no id of a session")
    ledger.lock_notes(tx)  # first, as everybody does
    these = [_S.hash.startswith(id)] if id else []
    living = (_S.ended_at.is_(None), _S.seen_at > real - IDLE)
    ended = tx.execute(update(sessions).where(*living, *these, *_of(whose)).values(ended_at=real)).rowcount
    if ended:
        told = {"sessions": ended, "slack": whose.slack, "of": whose.invitation, "one": id, **(by or {})}
        kept = {name: value for name, value in told.items() if value}
        ledger.note(tx, "sessions_ended", kept, actor=actor, now=now)
    return ended
