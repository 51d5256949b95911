"""What PagerDuty says of the incident of a change is kept on it, when it says something new."""

from typing import Any

from workflows.case import Case, Done, Refused
from workflows.peered import SeenIncident
from workflows.turn import UNKNOWN, Turn


def learn(turn: Turn, change_id: str, seen: SeenIncident) -> Done | Refused:
    """Keep what PagerDuty says of the incident now. What the change does not name (any more) tells nothing.

    Reading the same again changes nothing; that it can be read again is news.
    """
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    if not names(case, seen) or not _news(case, seen):
        return Done(case)
    opened = bool(case.incident_seen and case.incident_seen.opened)
    return Done(turn.advance(case, "incident_read", **_told(turn, case, seen), opened=opened), ("incident_read",))


def opened(turn: Turn, change_id: str, seen: SeenIncident) -> Done | Refused:
    """Link the incident that was opened for this change, unless somebody named another one in the meantime."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    if case.incident and not names(case, seen):
        return Done(case)
    if case.incident_seen is not None and case.incident_seen.opened and not _news(case, seen):
        return Done(case)
    return Done(turn.advance(case, "incident_opened", **_told(turn, case, seen), opened=True), ("incident_opened",))


def trouble(turn: Turn, change_id: str, why: str) -> Done | Refused:
    """Keep why the incident can't be read or written to ("gone", "no-permission"), once; "": it can be again."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    known = case.incident_seen.trouble if case.incident_seen else None
    if (known or "") == why:
        return Done(case)
    return Done(turn.advance(case, "incident_trouble", why=why), ("incident_trouble",))


def names(case: Case, seen: SeenIncident) -> bool:
    """Whether this is the incident of the change: the one read before, or as somebody typed it."""
    if case.incident_seen is not None and case.incident_seen.id:
        return case.incident_seen.id == seen.id
    return (case.incident or "").casefold() in (str(seen.number), seen.id.casefold())


def _news(case: Case, seen: SeenIncident) -> bool:
    known = case.incident_seen
    if known is None or known.trouble is not None:
        return True
    now = (seen.id, seen.number, seen.service, seen.urgency, seen.status, seen.url)
    if (known.id, known.number, known.service, known.urgency, known.status, known.url) != now:
        return True
    return _other(case, known.title, seen.title) or _other(case, known.responders, ", ".join(seen.responders))


def _other(case: Case, digest: str | None, text: str) -> bool:
    """Whether the text is another than the one kept. Of an erased one nobody knows: it does not come back by itself."""
    plain = text.replace("\x00", "").encode(errors="ignore").decode().strip()  # as it would be kept
    return case.body(digest) not in (plain, None) if digest else bool(plain)


def _told(turn: Turn, case: Case, seen: SeenIncident) -> dict[str, Any]:
    known = case.incident_seen
    return {
        "id": seen.id,
        "number": seen.number,
        "title": _kept(turn, case, known.title if known else None, seen.title),
        "service": seen.service,
        "urgency": seen.urgency,
        "status": seen.status,
        "url": seen.url,
        "responders": _kept(turn, case, known.responders if known else None, ", ".join(seen.responders)),
    }


def _kept(turn: Turn, case: Case, digest: str | None, text: str) -> str | None:
    """The digest of the text: the one that stands for it already, also once it was erased, or a new one."""
    return turn.text(text) if _other(case, digest, text) else digest
