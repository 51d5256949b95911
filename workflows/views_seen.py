"""That somebody saw a page of the register, or took evidence away, is an event of the system.

The same page again, by the same session within a minute, is the same view.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

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


def viewed(tx: Connection, viewer: Viewer, what: str, *, key: str | None = None, now: datetime, real: datetime) -> bool:
    """Record that this page was seen, or this evidence taken; False: the same was recorded within the last minute.

    `what`: the page's own name, such as "overview" or "pack"; `key`: of the change it is about, if of one.
    """
    same = (views.c.session == viewer.session, views.c.what == what, views.c.subject == (key or ""))
    last = tx.scalar(select(views.c.at).where(*same))
    if last is not None and last <= real < last + AGAIN:
        return False
    ledger.lock_notes(tx)  # first, as everybody does
    _keep(tx, viewer.session, what, key or "", real)
    told = {"what": what, "key": key, "role": viewer.role.value, "invitation": viewer.invitation}
    actor = Actor(viewer.person, viewer.slack) if viewer.person else None
    ledger.note(tx, "viewed", {name: value for name, value in told.items() if value}, actor=actor, now=now)
    return True


def _keep(tx: Connection, session: str, what: str, subject: str, at: datetime) -> None:
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    row = make(views).values(session=session, what=what, subject=subject, at=at)
    tx.execute(row.on_conflict_do_update(index_elements=["session", "what", "subject"], set_={"at": at}))
