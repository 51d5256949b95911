"""That somebody saw a page of the register, or took evidence away, is an event of the system.

The same page, asked for in the same way by the same session within a minute, is the same view. What is taken away is
always one of its own.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from workflows import ledger
from workflows.admission import Role
from workflows.change import Actor
from workflows.door_models import views

AGAIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose view it was: `session` the hash of its id; a person by Slack account, or an invitation by its id."""

    session: str
    role: Role
    person: str | None = None
    slack: str | None = None
    invitation: str | None = None


def viewed(
    tx: Connection,
    viewer: Viewer,
    what: str,
    *,
    key: str | None = None,
    asked: Mapping[str, Any] | None = None,
    taken: bool = False,
    now: datetime,
    real: datetime,
) -> bool:
    """Record that this page was seen, or this evidence `taken`; False: the same was seen within the last minute.

    `what`: the page's own name, such as "overview" or "pack"; `key`: of the change it is about, if of one; `asked`:
    what was asked for, in codes, ids, times and numbers, never in what somebody typed.
    """
    subject = _subject(key, asked or {})
    same = (views.c.session == viewer.session, views.c.what == what, views.c.subject == subject)
    last = None if taken else tx.scalar(select(views.c.at).where(*same))
    if last is not None and last <= real < last + AGAIN:
        return False
    ledger.lock_notes(tx)  # first, as everybody does
    if not taken:
        _keep(tx, viewer.session, what, subject, real)
    told = {"what": what, "key": key, "role": viewer.role.value, "invitation": viewer.invitation, **(asked or {})}
    actor = Actor(viewer.person, viewer.slack) if viewer.person else None
    kept = {name: value for name, value in told.items() if value or (value == 0 and value is not False)}
    ledger.note(tx, "viewed", kept, actor=actor, now=now)
    return True


def _subject(key: str | None, asked: Mapping[str, Any]) -> str:
    """What makes two views the same."""
    if not asked:
        return key or ""
    said = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return f"{key or ''} {hashlib.sha256(said.encode()).hexdigest()}"


def _keep(tx: Connection, session: str, what: str, subject: str, at: datetime) -> None:
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    row = make(views).values(session=session, what=what, subject=subject, at=at)
    tx.execute(row.on_conflict_do_update(index_elements=["session", "what", "subject"], set_={"at": at}))
