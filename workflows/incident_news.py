"""What people do with the incident of a change at PagerDuty: shown on the change, each once, whoever noticed it.

An incident that resolves while its emergency is undecided has the requester asked, once, whether it is still needed.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import Connection, or_, select

from workflows import announce, incidents, replay
from workflows.case import Case, Done, Refused
from workflows.change import UNDECIDED, Kind
from workflows.event import Event
from workflows.models import changes, events
from workflows.peer_models import links
from workflows.peered import Entry, SeenIncident
from workflows.rows import Line, Told
from workflows.turn import UNKNOWN, Turn

TOLD, RESOLVED, REOPENED, ANNOTATED = "incident_told", "resolved", "reopened", "annotated"
SHOWN = frozenset(
    {
        *("acknowledged", "unacknowledged", "reassigned", "delegated", "escalated", "urgency_changed"),
        *(ANNOTATED, REOPENED, RESOLVED),
    }
)
"""What of an incident is shown on its change, as webhooks name it."""
LATE = timedelta(minutes=2)
"""By how much PagerDuty's clock may differ from ours, and its list come later than what it lists."""
AT_ONCE = timedelta(seconds=2)
_NAMING = ("declared", "requested", "detailed", "edited", "incident_opened")
_OURS = re.compile(r"\[(EC|DR|FD)-\d{4}-\d{4,}/[^\]\n]+\]\s*$")


def changes_with(tx: Connection, names: Iterable[str]) -> tuple[str, ...]:
    """The changes, but drills, that name an incident by one of these: its id, or its number."""
    here = (links.c.kind == "incident") & links.c.remote.in_(sorted(names))
    found = select(links.c.change).join(changes, changes.c.id == links.c.change)
    return tuple(tx.scalars(found.where(here, changes.c.drill.is_(False)).order_by(links.c.change)))


def followed(tx: Connection, now: datetime, *, lately: timedelta) -> tuple[str, ...]:
    """The incidents, as they are linked, that may say something new of a change.

    Those that are open while the change is, or was until `lately`; resolved ones while their change is undecided,
    since nobody may have heard of it.
    """
    recent = changes.c.closed_at.is_(None) | (changes.c.closed_at > now - lately)
    undecided = changes.c.status.in_(sorted(status.value for status in UNDECIDED)) & (links.c.remote != "")
    worth = or_(links.c.open & recent, undecided)
    found = select(links.c.remote).join(changes, changes.c.id == links.c.change)
    rows = tx.scalars(found.where(links.c.kind == "incident", changes.c.drill.is_(False), worth).distinct())
    return tuple(sorted(rows))


def since(tx: Connection, change_id: str, case: Case) -> datetime:
    """From when on the log of its incident is to be read: what came before was told, or before the change."""
    told = [_at(one) for one in _events(tx, change_id, (TOLD,)) if "at" in one.data]
    return max([case.declared_at, *told]) - LATE


def news(turn: Turn, change_id: str, seen: SeenIncident, entries: Sequence[Entry]) -> Done | Refused:
    """Keep what the incident is now, and show on the change what was done with it and not shown yet, in order."""
    before = turn.hold(change_id)
    if before is None:
        return UNKNOWN
    if before.drill or not incidents.names(before, seen):
        return Done(before)
    done = incidents.learn(turn, change_id, seen)
    if not isinstance(done, Done):
        return done
    happened = list(done.happened)
    for entry in [*_shown(entries), *_by_status(before, seen, turn.now)]:
        told = said(turn, change_id, entry)
        happened += told.happened if isinstance(told, Done) else ()
    return Done(turn.hold(change_id) or done.case, tuple(happened))


def _by_status(before: Case, seen: SeenIncident, now: datetime) -> list[Entry]:
    """That it was resolved since it was read last, should the log not have it yet."""
    known = before.incident_seen
    if known is None or not known.id or known.status == RESOLVED or seen.status != RESOLVED:
        return []
    return [Entry(f"{seen.id}:{before.version}", now, RESOLVED)]


def _shown(entries: Sequence[Entry]) -> list[Entry]:
    """Without our own notes, and without the reassignment that every escalation brings along."""
    ordered = sorted((one for one in entries if one.what in SHOWN), key=lambda one: (one.at, one.what == "reassigned"))
    ours = {one.id for one in ordered if one.what == ANNOTATED and one.note and _OURS.search(one.note)}
    doubled = {
        later.id
        for first, later in pairwise(ordered)
        if first.what in ("escalated", "delegated") and later.what == "reassigned" and later.at - first.at <= AT_ONCE
    }
    return [one for one in ordered if one.id not in ours | doubled]


def said(turn: Turn, change_id: str, entry: Entry) -> Done | Refused:
    """Show one thing that was done with the incident; what was shown, or was before it was named here, is not."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    known = _events(turn.tx, change_id, (TOLD, *_NAMING))
    if entry.what not in SHOWN or _old(case, known, entry):
        return Done(case)
    by, note = turn.text(entry.by), turn.text(entry.note)
    at = entry.at.isoformat()
    case = turn.advance(case, TOLD, what=entry.what, by=by, note=note, at=at, ref=entry.id)
    line = Line.INCIDENT_RESOLVED if entry.what == RESOLVED else Line.INCIDENT_TOLD
    announce.line(turn, case, line, incident=_number(case), what=entry.what, by_digest=by, note_digest=note)
    if entry.what == RESOLVED and not _asked(known):
        resolved(turn, case, entry.at)
    return Done(case, (TOLD,))


def _old(case: Case, known: Sequence[Event], entry: Entry) -> bool:
    """Whether it was shown, or happened before the change had to do with the incident."""
    told = [one for one in known if one.kind == TOLD]
    if any(one.data.get("ref") == entry.id for one in told):
        return True
    turns = [one.data["what"] for one in told if one.data["what"] in (RESOLVED, REOPENED)]
    if entry.what == RESOLVED and turns[-1:] == [RESOLVED]:
        return True  # seen by its status before the log had it
    named = [one.at for one in known if one.kind != TOLD and (one.data.get("incident") or "opened" in one.data)]
    return entry.at < max([case.declared_at, *named[-1:]]) - AT_ONCE


def _asked(known: Sequence[Event]) -> bool:
    return any(one.kind == TOLD and one.data.get("what") == RESOLVED for one in known)


def resolved(turn: Turn, case: Case, at: datetime) -> None:
    """Ask the requester of an emergency that nobody has decided on whether it is still needed."""
    if case.kind is Kind.EMERGENCY and case.status in UNDECIDED:
        announce.tell(turn, case, (case.requester,), Told.STILL_NEEDED, at=at, incident=_number(case))


def _number(case: Case) -> str:
    seen = case.incident_seen
    return str(seen.number) if seen is not None and seen.number else case.incident or ""


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event.data["at"])


def _events(tx: Connection, change_id: str, kinds: Sequence[str]) -> list[Event]:
    here = select(events.c.body).where(events.c.subject == change_id, events.c.kind.in_(kinds))
    return [replay.read(body) for body in tx.scalars(here.order_by(events.c.seq))]
