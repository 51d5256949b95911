"""What may never be seen on the way of a deploy, nor of anything that lets a commit through. Pure.

Every value is taken from the events alone, so that nobody has to have the policy of that day.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from workflows import quorum
from workflows.case import Case
from workflows.change import Basis, Kind, Status
from workflows.event import Event
from workflows.voices import EVIDENCE_MAX_AGE


def wrong(before: Case, event: Event, after: Case) -> Iterator[tuple[int, str]]:
    """Yield (promise, what is wrong) with one step of a deploy, or with letting a commit through."""
    if event.kind == "let_through":
        yield from ((6, what) for what in _through(before, event))
    if before.kind is not Kind.DEPLOY:
        return
    if event.kind == "approved":
        yield from ((6, what) for what in _bound(before, event))
        yield from ((7, what) for what in _unknown(before, event))
        if before.status is not Status.REQUESTED or before.rollback is not None:
            yield 17, f"event {event.seq} approves what is {before.status.value}"
    if event.kind == "lifted" and any(p.person == event.person for p in before.parties):
        yield 4, f"event {event.seq} is a freeze lifted by a party"
    if event.kind in ("superseded", "expired") and _under_way(before):
        yield 5, f"event {event.seq} closes what was let through"
    if after.status is Status.APPROVED and event.kind != "approved" and before.status is not Status.APPROVED:
        yield 17, f"event {event.seq} makes it look approved"
    if event.data.get("voids") or event.kind in ("voided", "asked_again"):
        if after.revision != before.revision + 1 or quorum.voices(after):
            yield 5, f"event {event.seq} leaves a voice that was given for what was there before"
    elif after.sha != before.sha and quorum.voices(after):
        yield 6, f"event {event.seq} moves an approval to another commit"


def _bound(before: Case, event: Event) -> Iterator[str]:
    """The voice holds for exactly what was there: its digest is that of the values kept, and they are the case's."""
    values: dict[str, Any] = (event.data.get("evidence") or {}).get("bound") or {}
    made = hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    if event.data.get("digest") != made:
        yield f"event {event.seq} is not bound to the values that it keeps"
    there: dict[str, Any] = {
        "texts": {name.value: text for name, text in before.texts.items()},
        "systems": sorted(before.systems),
        "risk": before.risk.value,
        "type": before.type.value,
        "plan_sha256": before.plan_sha256 or "",
        "access_until": before.access_until.isoformat() if before.access_until else "",
        "repository": (before.repository or "").lower(),
        "sha": before.sha or "",
        "environment": before.environment,
        "revision": before.revision,
    }
    yield from (
        f"event {event.seq} is bound to another {name} than was asked for"
        for name, value in there.items()
        if values.get(name) != value
    )
    given = {a.digest for a in quorum.voices(before)}
    if event.data.get("final") and given - {made}:
        yield f"event {event.seq} decides with a voice that was given for something else"


def _unknown(before: Case, event: Event) -> Iterator[str]:
    """Every condition held, by what GitHub said not long before; a commit of others needs a known GitHub account."""
    proof = event.data.get("evidence") or {}
    for one in proof.get("conditions", ()):
        if one.get("state") != "yes":
            yield f"event {event.seq} approves although {one.get('condition')} is {one.get('state')}"
    read = proof.get("reading") or {}
    if before.unlinked:
        return
    as_of = read.get("as_of")
    age = abs(event.at - datetime.fromisoformat(as_of)) if as_of else None
    if age is None or age > EVIDENCE_MAX_AGE:
        yield f"event {event.seq} rests on a reading of GitHub that is {age or 'not dated'} old"
    elif read.get("sha") != before.sha:
        yield f"event {event.seq} rests on a reading of another commit"
    if before.reading is not None and before.reading.hands and not proof.get("login"):
        yield f"event {event.seq} is the voice of somebody whose GitHub account nobody knows"


def _through(before: Case, event: Event) -> Iterator[str]:
    """Yes on three bases only: the digest that was approved, unexpired; a decided emergency's window; the way back."""
    d, basis = event.data, event.data.get("basis")
    if str(d.get("environment")).lower() != before.environment.lower():
        yield f"event {event.seq} lets a commit through to another environment than its own"
    if before.kind is Kind.EMERGENCY:
        open_ = before.window_until is not None and event.at < before.window_until and before.decision is not None
        if basis != Basis.EMERGENCY or not open_ or before.drill:
            yield f"event {event.seq} lets a commit through outside the window"
        return
    if before.kind is not Kind.DEPLOY:
        yield f"event {event.seq} lets a commit through a {before.kind.value}"
        return
    if d.get("sha") != before.sha or str(d.get("repository")).lower() != (before.repository or "").lower():
        yield f"event {event.seq} lets another commit through than was asked for"
    if len({a.digest for a in quorum.voices(before)}) > 1:
        yield f"event {event.seq} rests on voices that were given for different things"
    if basis == Basis.ROLLBACK:
        if before.rollback is None or before.closed_at is not None:
            yield f"event {event.seq} names a way back that there is not"
    elif basis != Basis.APPROVED or before.status is not Status.APPROVED or not quorum.voices(before):
        yield f"event {event.seq} lets through what is {before.status.value}"
    elif before.valid_until is None or event.at >= before.valid_until:
        yield f"event {event.seq} lets through what is no longer valid"


def _under_way(case: Case) -> bool:
    return case.decision is not None and any(one.at >= case.decision.at for one in case.passed)
