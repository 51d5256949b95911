"""A `Case` is the fold of its events. Pure: anyone can replay a change from its events and get the same snapshot.

`APPLY` maps an event's kind to the function that makes the next snapshot; an unknown kind is a ValueError, so that
nothing can be recorded that a replay would not understand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from workflows.case import (
    Amendment,
    Approval,
    Ask,
    Case,
    Decision,
    Deployment,
    FollowUp,
    Noticed,
    Party,
    Review,
)
from workflows.change import Field, Judgement, Kind, Outcome, Relation, Risk, Status, Type

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded fact. `data` holds ids, numbers, ISO 8601 times and text digests, never free text."""

    subject: str
    seq: int
    at: datetime
    kind: str
    person: str | None = None
    operator: str | None = None
    data: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Duty:
    """What somebody owes: kind review, follow-up, live or ratify; `ref` tells several of one kind apart."""

    kind: str
    ref: str
    person: str | None
    due_at: datetime | None


def apply(case: Case | None, event: Event) -> Case:
    """The case after `event`. Raises ValueError for an unknown kind and for a first event that declares nothing."""
    if case is None:
        if event.kind != "declared":
            raise ValueError(f"a change cannot begin with {event.kind!r}")
        return replace(_declared(event), version=event.seq)
    step = APPLY.get(event.kind)
    if step is None:
        raise ValueError(f"unknown event {event.kind!r}")
    return replace(step(case, event), version=event.seq)


def duties(case: Case) -> tuple[Duty, ...]:
    """What is owed on this change, by whom, until when."""
    owed: list[Duty] = []
    review = case.review
    if review is not None and review.closed_at is None and case.closed_at is None:
        owed.append(Duty("review", "", review.owner, review.due))
    for one in (review, *case.earlier_reviews):
        for follow in one.follow_ups if one else ():
            if follow.done_at is None:
                owed.append(Duty("follow-up", follow.id, follow.owner, _time(f"{follow.due}T23:59:00+00:00")))
    if case.status in (Status.APPROVED, Status.PROCEEDING):
        owed.append(Duty("live", "", case.implementer, None))
    return tuple(owed)


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _maybe_time(value: str | None) -> datetime | None:
    return _time(value) if value else None


def _who(event: Event) -> str:
    return event.person or ""


def _declared(event: Event) -> Case:
    d = event.data
    by = _who(event)
    implementer = d.get("implementer") or by
    return Case(
        id=event.subject,
        key=d["key"],
        kind=Kind(d.get("kind", "emergency")),
        status=Status.DECLARED,
        type=Type(d.get("type", "code")),
        drill=bool(d.get("drill", False)),
        environment=d.get("environment", "production"),
        risk=Risk(d.get("risk", "high")),
        systems=tuple(d.get("systems", ())),
        texts={Field(name): digest for name, digest in d.get("texts", {}).items()},
        flagged=tuple(Field(name) for name in d.get("flagged", ())),
        requester=by,
        implementer=implementer,
        account=d.get("account"),
        operator=event.operator,
        confidential=bool(d.get("confidential", False)),
        declared_at=event.at,
        live_since=_maybe_time(d.get("live_since")),
        access_until=_maybe_time(d.get("access_until")),
        incident=d.get("incident"),
        jira=d.get("jira"),
        cvss=d.get("cvss"),
        known_since=d.get("known_since"),
        policy=d.get("policy", ""),
        posted=d.get("posted", ""),
        channel=d.get("channel"),
        related=tuple(d.get("related", ())),
        origin_key=d.get("origin_key"),
        parties=_parties(by, implementer, event.at),
    )


def _parties(requester: str, implementer: str, at: datetime) -> tuple[Party, ...]:
    first = Party(requester, Relation.REQUESTER, at)
    return (first, Party(implementer, Relation.IMPLEMENTER, at))


def _asked(case: Case, event: Event) -> Case:
    d = event.data
    ask = Ask(d["round"], event.at, tuple(d.get("people", ())), tuple(d.get("groups", ())), d.get("why"))
    return replace(case, asks=(*case.asks, ask))


def _approval(event: Event, voice: str, phase: str) -> Approval:
    d = event.data
    return Approval(
        _who(event),
        int(d["revision"]),
        event.at,
        voice,
        d.get("right", ""),
        phase,
        d.get("note") or d.get("reason"),
    )


def _approved(case: Case, event: Event) -> Case:
    after = replace(case, approvals=(*case.approvals, _approval(event, "approve", "before")))
    if not event.data.get("final"):
        return after
    return replace(
        after,
        status=Status.APPROVED,
        decision=Decision("approved", event.at, _who(event), case.revision, event.data.get("note")),
        window_until=_maybe_time(event.data.get("window_until")),
    )


def _rejected(case: Case, event: Event) -> Case:
    return replace(
        case,
        approvals=(*case.approvals, _approval(event, "reject", "before")),
        status=Status.REJECTED,
        decision=Decision("rejected", event.at, _who(event), case.revision, event.data.get("reason")),
        closed_at=event.at,
    )


def _took_back(case: Case, event: Event) -> Case:
    approvals = tuple(
        replace(a, taken_back_at=event.at)
        if a.person == event.person and a.revision == case.revision and a.phase == "before"
        else a
        for a in case.approvals
    )
    return replace(
        case,
        approvals=approvals,
        status=Status.DECLARED,
        decision=None,
        window_until=None,
        review=None,
        later_until=None,
    )


def _proceeding(case: Case, event: Event) -> Case:
    return replace(
        case,
        status=Status.PROCEEDING,
        decision=Decision("proceeding", event.at, _who(event), case.revision, event.data.get("reason")),
        window_until=_maybe_time(event.data.get("window_until")),
    )


def _deployed(case: Case, event: Event) -> Case:
    d = event.data
    one = Deployment(
        what=d["what"],
        at=_time(d["at"]),
        outcome=Outcome(d["outcome"]),
        by=d.get("by") or _who(event),
        recorded_at=event.at,
        basis=d["basis"],
        known=d.get("known"),
        why=d.get("why"),
    )
    earlier = case.earlier_reviews
    review = case.review
    if review is not None and review.closed_at is not None:
        earlier, review = (*earlier, review), None
    return replace(
        case,
        status=Status.DEPLOYED,
        deployments=(*case.deployments, one),
        review=review,
        earlier_reviews=earlier,
        closed_at=None,
        nothing_deployed=False,
        later_until=None,
    )


def _detailed(case: Case, event: Event) -> Case:
    d = event.data
    values: dict[str, Any] = {}
    texts = dict(case.texts)
    for name, digest in d.get("texts", {}).items():
        if digest is None:
            texts.pop(Field(name), None)
        else:
            texts[Field(name)] = digest
    for name in ("environment", "incident", "jira", "cvss", "known_since", "implementer", "confidential"):
        if name in d:
            values[name] = d[name]
    for name in ("live_since", "access_until"):
        if name in d:
            values[name] = _maybe_time(d[name])
    if "systems" in d:
        values["systems"] = tuple(d["systems"])
    if "type" in d:
        values["type"] = Type(d["type"])
    if "risk" in d:
        values["risk"] = Risk(d["risk"])
    if "flagged" in d:
        values["flagged"] = tuple(Field(name) for name in d["flagged"])
    after = replace(case, texts=texts, **values)
    if "implementer" in d and not any(
        p.person == d["implementer"] and p.relation is Relation.IMPLEMENTER for p in case.parties
    ):
        after = replace(
            after, parties=(*after.parties, Party(d["implementer"], Relation.IMPLEMENTER, event.at))
        )
    if not d.get("voids"):
        return after
    return replace(
        after,
        revision=case.revision + 1,
        changed_at=event.at,
        changed=tuple(d.get("changed", ())),
        status=Status.DECLARED,
        decision=None,
        window_until=None,
        review=None,
        later_until=None,
    )


def _withdrawn(case: Case, event: Event) -> Case:
    return replace(
        case,
        status=Status.WITHDRAWN,
        withdrawn_by=event.person,
        duplicate_of=event.data.get("duplicate_of"),
        nothing_deployed=event.kind == "not_needed",
        closed_at=event.at,
        window_until=None,
    )


def _later(case: Case, event: Event) -> Case:
    return replace(case, later_until=_time(event.data["until"]))


def _extended(case: Case, event: Event) -> Case:
    return replace(case, extended=True, window_until=_time(event.data["until"]))


def _afterwards(case: Case, event: Event) -> Case:
    voice = "ratify" if event.kind == "ratified" else "object"
    after = replace(case, approvals=(*case.approvals, _approval(event, voice, "after")))
    if not event.data.get("final"):
        return after
    decision = Decision(event.kind, event.at, _who(event), case.revision, event.data.get("reason"))
    return replace(after, afterwards=decision)


def _review_owed(case: Case, event: Event) -> Case:
    d = event.data
    if case.review is not None and case.review.closed_at is None:
        moved = replace(
            case.review, start=_time(d["start"]), due=_time(d["due"]), deadline=_time(d["deadline"])
        )
        return replace(case, review=replace(moved, owner=d.get("owner") or moved.owner))
    review = Review(d.get("owner"), event.at, _time(d["start"]), _time(d["due"]), _time(d["deadline"]))
    return replace(case, review=review)


def _review(case: Case) -> Review:
    if case.review is None:
        raise ValueError("no review is owed")
    return case.review


def _handed_over(case: Case, event: Event) -> Case:
    review = replace(_review(case), owner=event.data["to"], handed_at=event.at, snoozed_until=None, snoozes=0)
    return replace(case, review=review)


def _snoozed(case: Case, event: Event) -> Case:
    review = _review(case)
    return replace(
        case, review=replace(review, snoozes=review.snoozes + 1, snoozed_until=_time(event.data["until"]))
    )


def _reviewed(case: Case, event: Event) -> Case:
    d = event.data
    review = replace(
        _review(case),
        closed_at=event.at,
        by=event.person,
        judgement=Judgement(d["judgement"]),
        deployed=d.get("deployed"),
        cause=d.get("cause"),
        tests=d.get("tests"),
        follow_ups=tuple(FollowUp(f["id"], f["what"], f["owner"], f["due"]) for f in d.get("follow_ups", ())),
    )
    return replace(case, status=Status.REVIEWED, review=review, closed_at=event.at, window_until=None)


def _amended(case: Case, event: Event) -> Case:
    review = _review(case)
    more = Amendment(_who(event), event.at, event.data["text"])
    return replace(case, review=replace(review, amendments=(*review.amendments, more)))


def _follow_up_done(case: Case, event: Event) -> Case:
    def tick(review: Review) -> Review:
        return replace(
            review,
            follow_ups=tuple(
                replace(f, done_at=event.at, done_by=event.person) if f.id == event.data["ref"] else f
                for f in review.follow_ups
            ),
        )

    return replace(
        case,
        review=tick(case.review) if case.review else None,
        earlier_reviews=tuple(tick(one) for one in case.earlier_reviews),
    )


def _follow_up_handed(case: Case, event: Event) -> Case:
    def hand(review: Review) -> Review:
        return replace(
            review,
            follow_ups=tuple(
                replace(f, owner=event.data["to"]) if f.id == event.data["ref"] else f
                for f in review.follow_ups
            ),
        )

    return replace(
        case,
        review=hand(case.review) if case.review else None,
        earlier_reviews=tuple(hand(one) for one in case.earlier_reviews),
    )


def _noticed(case: Case, event: Event) -> Case:
    one = Noticed(event.data["key"], event.at, tuple(event.data.get("to", ())))
    return replace(case, notices=(*case.notices, one))


def _linked(case: Case, event: Event) -> Case:
    return replace(case, messages=(*case.messages, event.data["permalink"]))


def _followed_on(case: Case, event: Event) -> Case:
    return replace(case, follow_on=(*case.follow_on, event.data["key"]))


def _unchanged(case: Case, event: Event) -> Case:
    return case


APPLY: Mapping[str, Callable[[Case, Event], Case]] = {
    "asked": _asked,
    "approved": _approved,
    "rejected": _rejected,
    "took_back": _took_back,
    "proceeding": _proceeding,
    "deployed": _deployed,
    "detailed": _detailed,
    "withdrawn": _withdrawn,
    "not_needed": _withdrawn,
    "later": _later,
    "extended": _extended,
    "ratified": _afterwards,
    "objected": _afterwards,
    "review_owed": _review_owed,
    "handed_over": _handed_over,
    "took_over": _handed_over,
    "snoozed": _snoozed,
    "reviewed": _reviewed,
    "amended": _amended,
    "follow_up_done": _follow_up_done,
    "follow_up_handed": _follow_up_handed,
    "noticed": _noticed,
    "linked": _linked,
    "followed_on": _followed_on,
    "refused": _unchanged,
    "undelivered": _unchanged,
    "erased": _unchanged,
}
