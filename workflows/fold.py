"""A `Case` is the fold of its events. Pure: anyone can replay a change from its events and get the same snapshot.

`APPLY` maps an event's kind to the function that makes the next snapshot; an unknown kind is a ValueError, so that
nothing can be recorded that a replay would not understand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from workflows import fold_decision, fold_deploy, fold_document, fold_peers, fold_review, patches
from workflows.case import Case, Deployment, Noticed
from workflows.change import Kind, Outcome, Status
from workflows.event import Event, time, who


@dataclass(frozen=True, slots=True)
class Duty:
    """What somebody owes: kind review, follow-up, patch or live; `ref` tells several of one kind apart."""

    kind: str
    ref: str
    person: str | None
    due_at: datetime | None


def apply(case: Case | None, event: Event) -> Case:
    """The case after `event`. Raises ValueError for an unknown kind and for a first event that declares nothing."""
    if case is None:
        begin = BEGIN.get(event.kind)
        if begin is None:
            raise ValueError(f"a change cannot begin with {event.kind!r}")
        return replace(begin(event), version=event.seq)
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
            if follow.open:
                owed.append(Duty("follow-up", follow.id, follow.owner, time(f"{follow.due}T23:59:00+00:00")))
    if patches.owed(case):
        owed.append(Duty("patch", "", patches.answers(case), case.patch_due))
    if case.kind is Kind.EMERGENCY and case.status in (Status.APPROVED, Status.PROCEEDING):
        owed.append(Duty("live", "", case.implementer, None))
    return tuple(owed)


def _deployed(case: Case, event: Event) -> Case:
    d = event.data
    one = Deployment(
        what=d["what"],
        at=time(d["at"]),
        outcome=Outcome(d["outcome"]),
        by=d.get("by") or who(event),
        recorded_at=event.at,
        basis=d["basis"],
        known=d.get("known"),
        why=d.get("why"),
        repository=d.get("repository"),
        sha=d.get("sha"),
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
        closed_at=event.at if case.kind is Kind.DEPLOY else None,
        nothing_deployed=False,
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
    return replace(case, later_until=time(event.data["until"]))


def _extended(case: Case, event: Event) -> Case:
    return replace(case, extended=True, window_until=time(event.data["until"]))


def _noticed(case: Case, event: Event) -> Case:
    one = Noticed(event.data["key"], event.at, tuple(event.data.get("to", ())))
    return replace(case, notices=(*case.notices, one))


def _linked(case: Case, event: Event) -> Case:
    return replace(case, messages=(*case.messages, event.data["permalink"]))


def _followed_on(case: Case, event: Event) -> Case:
    return replace(case, follow_on=(*case.follow_on, event.data["key"]))


def _unchanged(case: Case, event: Event) -> Case:
    return case


BEGIN: Mapping[str, Callable[[Event], Case]] = {
    "declared": fold_document.declared,
    "requested": fold_deploy.requested,
    "found": fold_deploy.found,
}
APPLY: Mapping[str, Callable[[Case, Event], Case]] = {
    "asked": fold_decision.asked,
    "approved": fold_decision.approved,
    "rejected": fold_decision.rejected,
    "took_back": fold_decision.took_back,
    "proceeding": fold_decision.proceeding,
    "deployed": _deployed,
    "detailed": fold_document.detailed,
    "withdrawn": _withdrawn,
    "not_needed": _withdrawn,
    "later": _later,
    "extended": _extended,
    "ratified": fold_decision.afterwards,
    "objected": fold_decision.afterwards,
    "review_owed": fold_review.review_owed,
    "handed_over": fold_review.handed_over,
    "took_over": fold_review.handed_over,
    "snoozed": fold_review.snoozed,
    "reviewed": fold_review.reviewed,
    "amended": fold_review.amended,
    "follow_up_done": fold_review.follow_up_done,
    "follow_up_handed": fold_review.follow_up_handed,
    "edited": fold_document.detailed,
    "read": fold_deploy.read,
    "voided": fold_deploy.again,
    "asked_again": fold_deploy.again,
    "expired": fold_deploy.expired,
    "superseded": fold_deploy.superseded,
    "lifted": fold_deploy.lifted,
    "let_through": fold_deploy.let_through,
    "reported": fold_deploy.reported,
    "put_off": fold_deploy.put_off,
    "access_ended": fold_deploy.access_ended,
    "logs_kept": fold_deploy.logs,
    "logs_missing": fold_deploy.logs,
    "incident_read": fold_peers.incident,
    "incident_opened": fold_peers.incident,
    "incident_trouble": fold_peers.incident_trouble,
    "incident_told": _unchanged,
    "issue_linked": fold_peers.issue,
    "issue_read": fold_peers.issue,
    "issue_trouble": fold_peers.issue_trouble,
    "follow_up_issue": fold_peers.follow_up,
    "remediation_issue": fold_peers.remediation,
    "noticed": _noticed,
    "linked": _linked,
    "followed_on": _followed_on,
    "refused": _unchanged,
    "undelivered": _unchanged,
    "erased": _unchanged,
}
