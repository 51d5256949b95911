"""A PagerDuty incident in words: in a list to pick from, on the card, in Details, and what is worth a remark."""

from collections.abc import Mapping
from typing import Any

from bot.blocks.phrases import REMOVED
from bot.blocks.sentence import Link, Piece, Sentence, Typed, Words, join, say
from bot.blocks.text import clip, one_line, size
from workflows.case import Case
from workflows.peered import Incident, SeenIncident

LONGEST = 75  # what Slack shows of an option
_TYPED = "Use what I typed: "
TROUBLES = {
    "gone": "PagerDuty has no incident {id}; check the number with Add details.",
    "no-permission": "Incident {id} can't be read: our access to PagerDuty does not reach it.",
}
_TROUBLE = "Incident {id} can't be read at PagerDuty now; it is tried again."


def option(seen: SeenIncident) -> str:
    """`#4711 Checkout 500s · payments, high`, as long as an option may be: the title is cut first."""
    head = f"#{seen.number} "
    tail = f" · {one_line(seen.service, 24)}, {one_line(seen.urgency, 8)}"
    return head + one_line(seen.title, LONGEST - size(head + tail)) + tail


def typed(text: str) -> str:
    """What takes the typed number or address as it is."""
    return clip(_TYPED + one_line(text, LONGEST), LONGEST)


def number(case: Case) -> str:
    """`#4711`: by the number that PagerDuty gave it, else as it was typed."""
    seen = case.incident_seen
    if seen is not None and seen.number:
        return f"#{seen.number}"
    short = one_line(case.incident or "", 40).rstrip("/").split("/")[-1]
    return short if short.startswith("#") else "#" + short


def read(seen: Incident | None) -> bool:
    """Whether PagerDuty ever said anything of it."""
    return seen is not None and bool(seen.id)


def brief(case: Case) -> Sentence:
    """`PagerDuty #4711, acknowledged`: what a line among others has room for; nothing confidential is in it."""
    if not case.incident:
        return ()
    seen = case.incident_seen
    status = one_line(seen.status, 20) if seen is not None and read(seen) else ""
    return say("PagerDuty {id}{status}", id=_linked(case), status=f", {status}" if status else None)


def _linked(case: Case) -> Piece:
    """The number; once PagerDuty said where the incident is, as a link to it."""
    seen = case.incident_seen
    if seen is not None and seen.url.startswith("https://"):
        return Link(seen.url, number(case))
    return Words(number(case))


def line(case: Case, *, limit: int) -> Sentence:
    """The incident as it was read, on the card; () when it was not, or is confidential with the rest."""
    if case.confidential or not case.incident or not read(case.incident_seen):
        return ()
    return say("*Incident:* {what}", what=full(case, limit=limit))


def full(case: Case, *, limit: int = 120) -> Sentence:
    """`#4711 Checkout 500s · payments · high · acknowledged · with Jane, Bob`, as far as it was read."""
    seen = case.incident_seen
    if not case.incident:
        return say("none named")
    if seen is None or not read(seen):
        return say("PagerDuty {id}", id=_linked(case))
    with_ = _text(case, seen.responders, 80)
    head = join((_linked(case), _text(case, seen.title, limit) or ()), " ")
    rest = (one_line(seen.service, 40), one_line(seen.urgency, 20), one_line(seen.status, 20))
    opened = "opened from here" if seen.opened else None
    return join((head, *rest, say("with {who}", who=with_) if with_ else None, opened))


def _text(case: Case, digest: str | None, limit: int) -> Piece | None:
    if not digest:
        return None
    body = case.body(digest)
    return Words(REMOVED) if body is None else Typed(body, limit)


def remark(case: Case, *, linked: bool, waiting: bool) -> Sentence:
    """What an approver should know of it: none, resolved, low urgency, not to be read; () when all is well.

    `waiting`: nothing is live yet, so that a resolved incident is a question. `linked`: PagerDuty is set up.
    """
    seen, id = case.incident_seen, number(case)
    if not case.incident:
        named = case.open_incident and linked
        return () if not linked or named else say("No PagerDuty incident named.")
    if seen is None:
        return ()
    if seen.trouble:
        return say(TROUBLES.get(seen.trouble, _TROUBLE), id=id)
    if seen.status == "resolved" and waiting:
        return say("Incident {id} is already resolved.", id=id)
    return say("Incident {id} is low urgency.", id=id) if seen.urgency == "low" else ()


_DONE: Mapping[str, str] = {
    "acknowledged": "{named} acknowledged PagerDuty {incident}.",
    "unacknowledged": "PagerDuty {incident} is not acknowledged any more.",
    "reassigned": "{named} reassigned PagerDuty {incident}.",
    "delegated": "{named} delegated PagerDuty {incident}.",
    "escalated": "PagerDuty {incident} was escalated.",
    "reopened": "{named} reopened PagerDuty {incident}.",
    "urgency_changed": "The urgency of PagerDuty {incident} changed.",
    "annotated": "{named} wrote on PagerDuty {incident}{note}.",
}


def told(facts: Mapping[str, Any]) -> str:
    """What was done with it, as a template; `facts` as `workflows.rows.Line.INCIDENT_TOLD` lists them."""
    return _DONE.get(str(facts.get("what")), "PagerDuty {incident} changed.")
