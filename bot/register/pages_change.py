"""One change, in the order in which an auditor reads it; and its pack."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import Response

from bot import pack_cards
from bot.register import grounds, pages_sample, words
from bot.register.errors import Wrong
from bot.register.skeleton import moment
from bot.register.visitors import Visit
from workflows import anchored, attributes, dossier, pack_logs, register_proof, register_records
from workflows.change import Field
from workflows.event import Event
from workflows.register_records import Change

FIELDS: tuple[tuple[str, Field], ...] = (
    ("Title", Field.TITLE),
    ("Justification", Field.WHY),
    ("Plan", Field.PLAN),
    ("Tests", Field.TESTS),
    ("Way back", Field.ROLLBACK),
)
SAID = ("reason", "note", "why", "text", "cause")


@dataclass(frozen=True, slots=True)
class Text:
    """Something that was typed: `body`, or in `instead` why it is not shown."""

    name: str
    body: str | None
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline."""

    seq: int
    at: datetime
    who: str
    said: str
    text: Text | None
    quiet: bool


def change(visit: Visit) -> Response:
    """The page of one change."""
    key, full = visit.request.path_params["key"], visit.visitor.may("auditor")
    rules, now = visit.desk.policy.rules, visit.desk.clock.now()
    with visit.desk.db.read() as tx:
        found = register_records.change(tx, key, now=now, full=full, mentioned=grounds.named)
        if found is None:
            raise Wrong(f"There is no change {key[:40]}.", 404)
        proof = register_proof.of(tx, found.case)
        anchors = anchored.look(tx, rules.audit, now)
        cards = _cards(tx, found, rules) if full else ()
    zone = ZoneInfo(rules.zone)
    show = _texts(found, zone)
    return visit.draw(
        "change.html",
        here="Changes",
        found=found,
        record=found.record,
        heading=found.record["title"] or ("(confidential)" if found.hidden else "(title removed)"),
        sentence=words.sentence(found.record),
        checks=[(attributes.TITLES[one.attribute], one) for one in found.answers],
        results=words.RESULTS,
        entries=[_entry(event, found, show, zone) for event, _ in found.told],
        fields=[show(name, found.case.texts.get(field)) for name, field in FIELDS],
        review=_review(found, show),
        cards=cards,
        grounds=list(grounds.of(found.told, lambda person: dossier.who(person, found.people) or "nobody")),
        logs=(found.record["deploy"] or {}).get("logs", ()),
        size=words.size,
        archives=pages_sample.archives(visit, pack_logs.size(found.case.logs)),
        proof=proof,
        anchors=anchors,
        exception=words.exception,
        at=lambda text: moment(datetime.fromisoformat(text) if text else None, zone),
    )


def _cards(tx: Connection, found: Change, rules: Any) -> Any:
    """The cards as they were seen at each decision; in Slack's own names, so for auditors."""
    return pack_cards.seen(tx, found.told, found.texts, rules)


def _texts(found: Change, zone: ZoneInfo) -> Callable[[str, str | None], Text]:
    def show(name: str, digest: str | None) -> Text:
        if digest is None:
            return Text(name, None, "Nothing was written.")
        if found.hidden:
            return Text(name, None, "Confidential: shown to auditors.")
        if (gone := found.erased.get(digest)) is not None:
            who = _who(gone, found)
            return Text(name, None, words.removed(moment(gone.at, zone), who, str(gone.data.get("kind"))))
        body = found.texts.get(digest) or found.case.bodies.get(digest)
        return Text(name, body, "" if body else "Removed. Its place in the record is intact.")

    return show


def _entry(event: Event, found: Change, show: Callable[[str, str | None], Text], zone: ZoneInfo) -> Entry:
    digest = next((event.data[name] for name in SAID if _digest(event, name)), None)
    said = words.event(event.kind, event.data, lambda person: dossier.who(person, found.people) or "nobody")
    text = show("", digest) if digest else None
    return Entry(event.seq, event.at, _who(event, found), said, text, event.kind in words.QUIET)


def _digest(event: Event, name: str) -> bool:
    value = event.data.get(name)
    return isinstance(value, str) and len(value) == 64


def _who(event: Event, found: Change) -> str:
    if event.operator:
        return f"operator {event.operator}"
    return dossier.who(event.person, found.people) or "the program"


def _review(found: Change, show: Callable[[str, str | None], Text]) -> Mapping[str, Any]:
    """What the review says, as texts; without one nothing."""
    review = found.case.review
    if review is None:
        return {}
    texts = (("Root cause", review.cause), ("What was deployed", review.deployed), ("Tests afterwards", review.tests))
    told = found.record["review"]["follow_ups"]
    follow_ups = [(show("", one.what), said) for one, said in zip(review.follow_ups, told, strict=True)]
    amended = [(show("", one.text), dossier.who(one.by, found.people), one.at) for one in review.amendments]
    return {
        "texts": [show(name, digest) for name, digest in texts if digest or review.closed_at],
        "follow_ups": follow_ups,
        "amendments": amended,
    }
