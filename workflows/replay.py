"""A change again from its stored events, and what may never be seen on the way. Only `history` reads a database."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from workflows import fold, replay_deploys
from workflows.case import Case
from workflows.change import Status
from workflows.event import Event
from workflows.models import events

VOICES = {"approved": "before", "rejected": "before", "ratified": "after", "objected": "after"}


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise (by its number in the README) that does not hold, of what, and why."""

    promise: int
    subject: str
    what: str

    def __str__(self) -> str:
        return f"promise {self.promise}: {self.subject}: {self.what}"


def history(tx: Connection, subjects: Sequence[str]) -> dict[str, list[tuple[Event, str]]]:
    """Return, by subject, the events with their hashes, in order. At most 500 subjects at a time."""
    found: dict[str, list[tuple[Event, str]]] = {subject: [] for subject in subjects}
    wanted = select(events.c.hash, events.c.body).where(events.c.subject.in_(sorted(subjects)))
    for row in tx.execute(wanted.order_by(events.c.subject, events.c.seq)):
        event = read(row.body)
        found[event.subject].append((event, row.hash))
    return found


def read(body: bytes) -> Event:
    """Return the event that these bytes are. Raises ValueError or KeyError for anything else."""
    told = json.loads(body)
    at = datetime.fromisoformat(told["at"])
    return Event(told["subject"], told["seq"], at, told["kind"], told["person"], told["operator"], told["data"])


def steps(told: Iterable[tuple[Event, str]]) -> Iterator[tuple[Case | None, Event, Case]]:
    """Yield (case before, event, case after) of each event in turn."""
    case: Case | None = None
    for event, head in told:
        after = replace(fold.apply(case, event), head=head)
        yield case, event, after
        case = after


def wrong_on_the_way(before: Case, event: Event, after: Case) -> Iterator[tuple[int, str]]:
    """Yield (promise, what is wrong) with one step."""
    if event.kind in VOICES:
        yield from _voice(before, event)
        yield from ((3, what) for what in _standing(event))
    final = event.data.get("final") if event.kind == "approved" else event.kind in ("rejected", "proceeding")
    if final and before.decision is not None and before.decision.revision == after.revision:
        yield 5, f"event {event.seq} decides what was decided"
    if after.status is Status.APPROVED and (after.decision is None or after.decision.kind != "approved"):
        yield 17, f"event {event.seq} makes it look approved"
    yield from replay_deploys.wrong(before, event, after)
    if after.drill and after.window_until is not None:
        yield 17, f"event {event.seq} opens the gate for a drill"
    if event.kind == "noticed" and any(n.key == event.data.get("key") for n in before.notices):
        yield 10, f"event {event.seq} repeats the notice {event.data.get('key')}"


def _voice(before: Case, event: Event) -> Iterator[tuple[int, str]]:
    if any(party.person == event.person for party in before.parties):
        yield 4, f"event {event.seq} is the voice of a party"
    phase = VOICES[event.kind]
    said = [a for a in before.approvals if a.person == event.person and a.phase == phase]
    if any(a.revision == before.revision for a in said):
        yield 5, f"event {event.seq} is a second voice of the same person"
    if event.data.get("revision") != before.revision:
        yield 5, f"event {event.seq} is for revision {event.data.get('revision')}, not {before.revision}"


def _standing(event: Event) -> Iterator[str]:
    """At the click the approver was known, in the group, by readings young enough, kept with the decision."""
    proof = event.data.get("evidence") or {}
    account, roster = proof.get("account"), proof.get("roster")
    if not account or not roster:
        yield f"event {event.seq} keeps no reading of {'the group' if account else 'the account'}"
        return
    if event.person not in roster.get("members", ()):
        yield f"event {event.seq} is the voice of somebody outside {roster.get('group')}"
    shift = roster.get("on_call")
    if shift and not _on_call(shift, event.at):
        yield f"event {event.seq} is the voice of somebody on call from {shift.get('from')} to {shift.get('until')}"
    for name, reading in (("account", account), ("group", roster), *((("shift", shift),) if shift else ())):
        as_of = reading.get("as_of")
        age = abs(event.at - datetime.fromisoformat(as_of)) if as_of else None
        if age is None or age > timedelta(seconds=proof.get("max_age", 0)):
            yield f"event {event.seq} rests on a reading of the {name} that is {age or 'not dated'} old"


def _on_call(shift: Mapping[str, Any], at: datetime) -> bool:
    begin, end = (datetime.fromisoformat(told) if (told := shift.get(name)) else None for name in ("from", "until"))
    return (begin is None or begin <= at) and (end is None or at < end)


def standing_voices_of_parties(case: Case) -> list[str]:
    """Persons whose approval still stands although they are a party by now, while that can matter."""
    if case.status not in (Status.DECLARED, Status.REQUESTED, Status.APPROVED):
        return []
    parties = {party.person for party in case.parties}
    return sorted(
        a.person
        for a in case.approvals
        if a.voice == "approve" and a.revision == case.revision and a.taken_back_at is None and a.person in parties
    )


def owners_among_parties(case: Case) -> list[str]:
    """Whoever owns the open review and made the change, so that they may not write it."""
    review = case.review
    if review is None or review.owner is None or review.closed_at is not None or case.closed_at is not None:
        return []
    return [review.owner] if any(party.person == review.owner for party in case.parties) else []
