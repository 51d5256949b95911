"""What must have been said at PagerDuty of a change, read from the change alone: notes, change events, alerts. Pure.

Whoever tells it compares with what was said already, so nothing that happened meanwhile is lost or said twice.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflows.case import Case, Decision, Deployment, Review
from workflows.change import UNDECIDED, Kind, Outcome, Status

PRODUCT = "countersign"


class Said(StrEnum):
    """What a note on the incident is about."""

    DECLARED = "declared"
    APPROVED = "approved"
    REJECTED = "rejected"
    BREAK_GLASS = "break-glass"
    ROLLBACK = "rollback"
    TOOK_BACK = "took-back"
    CHANGED = "changed"
    DEPLOYED = "deployed"
    RATIFIED = "ratified"
    OBJECTED = "objected"
    REVIEWED = "reviewed"
    WITHDRAWN = "withdrawn"


class Page(StrEnum):
    """Why somebody is paged."""

    BREAK_GLASS = "break-glass"
    UNDECIDED = "undecided"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Note:
    """`key`: unique on its change, for ever; `at`: when it happened; `by`: a person id, "" for nobody in particular.

    `text`: the digest of what was said with it; the rest as far as it is about that.
    """

    key: str
    said: Said
    at: datetime
    by: str = ""
    text: str | None = None
    deployment: Deployment | None = None
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """Something went live. `id`: unique for ever, the same whenever it is told."""

    id: str
    at: datetime
    deployment: Deployment


@dataclass(frozen=True, slots=True)
class Alert:
    """A page. `since`: when its reason came up; `open` False: there is none, or none any more."""

    page: Page
    open: bool
    since: datetime
    by: str = ""
    text: str | None = None


_DECIDED = {
    "approved": Said.APPROVED,
    "rejected": Said.REJECTED,
    "proceeding": Said.BREAK_GLASS,
    "rollback": Said.ROLLBACK,
    "ratified": Said.RATIFIED,
    "objected": Said.OBJECTED,
}


def notes(case: Case) -> tuple[Note, ...]:
    """Everything that the incident of this change must have heard by now, in the order in which it happened.

    Practice is nobody else's business.
    """
    if case.drill:
        return ()
    return tuple(sorted(_notes(case), key=lambda note: note.at))


def _notes(case: Case) -> Iterator[Note]:
    yield Note("declared", Said.DECLARED, case.declared_at, case.requester)
    backs = [one for one in case.approvals if one.taken_back_at is not None]
    for n, one in enumerate(backs, 1):
        yield Note(_nth("took-back", n), Said.TOOK_BACK, one.taken_back_at or one.at, one.person)
    if case.kind is Kind.EMERGENCY and case.revision > 1 and case.changed_at is not None:
        yield Note(_nth("changed", case.revision - 1), Said.CHANGED, case.changed_at)
    decision = case.decision
    if decision is not None:
        before = sum(1 for one in backs if one.taken_back_at and one.taken_back_at <= decision.at)
        yield _decided(decision, decision.revision + before)
    if case.status is Status.WITHDRAWN and case.closed_at is not None:
        yield Note("withdrawn", Said.WITHDRAWN, case.closed_at, case.withdrawn_by or "")
    for one_live in case.deployments:
        if one_live.outcome is not Outcome.STARTED:
            yield _deployed(one_live)
    if case.afterwards is not None:
        yield _decided(case.afterwards, case.afterwards.revision)
    closed = [one for one in (*case.earlier_reviews, case.review) if one is not None and one.closed_at is not None]
    for n, review in enumerate(closed, 1):
        yield Note(_nth("reviewed", n), Said.REVIEWED, review.closed_at or review.due, review.by or "", review=review)


def _decided(decision: Decision, n: int) -> Note:
    said = _DECIDED[decision.kind]
    return Note(_nth(said.value, n), said, decision.at, decision.by, decision.reason)


def _deployed(one: Deployment) -> Note:
    """Told once, and again when it is said later that it ended otherwise."""
    end = "" if one.outcome is Outcome.OK else f"-{one.outcome}"
    return Note(f"deployed-{_mark(one)}{end}", Said.DEPLOYED, one.recorded_at, one.by, deployment=one)


def _nth(word: str, n: int) -> str:
    return word if n == 1 else f"{word}-{n}"


def _mark(one: Deployment) -> str:
    """A short name of a deployment that stays: by the reporter's id of it, or by when it was written down."""
    natural = one.external or f"{one.recorded_at.isoformat()} {one.by}"
    return hashlib.sha256(natural.encode()).hexdigest()[:8]


def change_events(case: Case) -> tuple[ChangeEvent, ...]:
    """What went live through this change, each once, whatever became of it later, in the order of time."""
    live = [one for one in case.deployments if one.outcome is not Outcome.STARTED and not case.drill]
    told = (ChangeEvent(f"{case.key}/{_mark(one)}", one.at, one) for one in live)
    return tuple(sorted(told, key=lambda one: (one.at, one.id)))


def alerts(case: Case, now: datetime) -> tuple[Alert, ...]:
    """Every page that this change can have, and whether its reason holds at `now`.

    Break-glass pages until one of those who may look has ratified or objected, or the change is closed; an undecided
    emergency from `widen` until it is decided; a review from its deadline until it is closed.
    """
    if case.drill:
        return ()
    return (_break_glass(case), _undecided(case), _review(case, now))


def alert_key(case: Case, page: Page) -> str:
    """The deduplication key of a page at PagerDuty."""
    return f"{PRODUCT}:{case.key}:{page}"


def _break_glass(case: Case) -> Alert:
    decision = case.decision
    if case.kind is not Kind.EMERGENCY or decision is None or decision.kind != "proceeding":
        return Alert(Page.BREAK_GLASS, False, case.declared_at)
    looked = case.afterwards is not None or any(one.phase == "after" for one in case.approvals)
    return Alert(Page.BREAK_GLASS, not looked and case.closed_at is None, decision.at, decision.by, decision.reason)


def _undecided(case: Case) -> Alert:
    """The fallback was asked too, since it was (last) asked afresh."""
    waits = case.kind is Kind.EMERGENCY and case.status in UNDECIDED
    fresh = max((n for n, ask in enumerate(case.asks) if ask.round in ("first", "again")), default=0)
    asks = case.asks[fresh:]
    widened = any(ask.round == "widen" for ask in asks)
    return Alert(Page.UNDECIDED, waits and widened, asks[0].at if asks else case.declared_at, case.requester)


def _review(case: Case, now: datetime) -> Alert:
    review = case.review
    if review is None:
        return Alert(Page.REVIEW, False, case.declared_at)
    owed = review.closed_at is None and case.closed_at is None
    return Alert(Page.REVIEW, owed and review.deadline <= now, review.deadline, review.owner or "")
