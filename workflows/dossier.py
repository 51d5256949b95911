"""One change as the record an auditor reads: plain JSON values, people by e-mail, times RFC 3339 UTC. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from workflows import dossier_deploy, dossier_erased, dossier_jira, dossier_peers, dossier_types, quorum
from workflows.case import Case, Deployment, Review
from workflows.change import Field, Judgement, Kind, Person, Relation
from workflows.event import Event, maybe_time, time
from workflows.moments import moment_text

People = Mapping[str, Person]
Told = Sequence[tuple[Event, str]]  # events in order, each with its hash
JUDGED_BEFORE = ("approved", "rejected")


def record(
    case: Case, told: Told, people: People, *, policy_version: int | None, now: datetime | None
) -> dict[str, Any]:
    """Return the export record of a change, keys in their documented order; what is not known is null.

    `approvals` are those that stand on the current revision; voided, taken back and later voices are in `events`.
    A text that was erased is null, and in `erased`. `on_time` is null while a review is owed and not yet due (or `now`
    is not given).
    """
    review, decision = case.review, case.decision
    return {
        "key": case.key,
        "kind": case.kind.value,
        "type": case.type.value,
        "status": case.status.value,
        "title": case.text(Field.TITLE),
        "justification": case.text(Field.WHY),
        "systems": list(case.systems),
        "environment": case.environment,
        "risk": case.risk.value,
        "plan": case.text(Field.PLAN),
        "rollback": case.text(Field.ROLLBACK),
        "tests": case.text(Field.TESTS),
        "requester": who(case.requester, people),
        "implementer": who(case.implementer, people),
        "parties": [{"person": who(p.person, people), "relation": p.relation.value} for p in case.parties],
        "links": {
            "pagerduty": case.incident,
            "jira": case.jira,
            "github": dossier_deploy.links(case) or case.text(Field.REFERENCE),
        },
        "approvals": _approvals(case, told, people),
        "refusals": [
            {
                "person": who(e.person, people),
                "at": moment_text(e.at),
                "action": e.data.get("action"),
                "reason": e.data.get("reason"),
            }
            for e, _ in told
            if e.kind == "refused"
        ],
        "decision": decided(case),
        "decided_at": _time(decision.at if decision and decision.kind in JUDGED_BEFORE else _afterwards_at(case)),
        "deployments": [_deployment(case, d, people) for d in case.deployments],
        "approved_before_deploy": approved_before(case),
        "review": _review(case, review, people) if review else {},
        "reviewer": who(review.by, people) if review else None,
        "reviewed_at": _time(review.closed_at if review else None),
        "hours_to_review": _hours(review),
        "on_time": on_time(case, now),
        "deadlines": {"due": _time(review.due), "deadline": _time(review.deadline)} if review else {},
        "declared_at": moment_text(case.declared_at),
        "closed_at": _time(case.closed_at),
        "exceptions": [
            *exceptions(case, told, now),
            *dossier_deploy.exceptions(case),
            *dossier_types.exceptions(case, now),
            *dossier_jira.exceptions(case),
        ],
        "deploy": dossier_deploy.of(case, told, lambda person: who(person, people)),
        "finding": dossier_deploy.finding(case, lambda person: who(person, people)),
        **dossier_types.of(case, lambda person: who(person, people)),
        "incident": dossier_peers.incident(case),
        **dossier_jira.of(case),
        "policy": {"version": policy_version, "hash": case.policy or None},
        "erased": dossier_erased.of(told, lambda person: who(person, people)),
        "events": [
            {
                "seq": e.seq,
                "at": moment_text(e.at),
                "kind": e.kind,
                "person": f"operator {e.operator}" if e.operator else who(e.person, people),
                "hash": head,
            }
            for e, head in told
        ],
    }


def who(person: str | None, people: People) -> str | None:
    """A person by e-mail, else by Slack id, else by GitHub login, else by the id in the record; None: nobody."""
    if not person:
        return None
    known = people.get(person)
    return (known.email or known.slack or known.github or person) if known else person


def decided(case: Case) -> str:
    """approved, rejected, ratified, objected or none; going ahead without approval is no decision."""
    if case.decision and case.decision.kind in JUDGED_BEFORE:
        return case.decision.kind
    return case.afterwards.kind if case.afterwards else "none"


def on_time(case: Case, now: datetime | None) -> bool | None:
    """Whether the review was closed by its due time; None: not owed (any more), or still time."""
    review = case.review
    if review is None:
        return None
    if review.closed_at is None:
        return False if _overdue(case, now) else None
    return review.closed_at <= review.due


def exceptions(case: Case, told: Told, now: datetime | None) -> list[str]:
    """What an auditor will ask about, as codes; none for a change that went by the book."""
    review, bases, first = case.review, {d.basis for d in case.deployments}, went_live(case)
    approved = case.decision if case.decision and case.decision.kind == "approved" else None
    without = case.decision is not None and case.decision.kind == "proceeding"
    # Voided once it was live: nobody approved what is on record now.
    void = case.kind is Kind.EMERGENCY and "approved" in bases and approved is None
    asked = {p for a in case.asks for p in a.people} | {a.person for a in case.approvals}
    implemented = {p.person for p in case.parties if p.relation is Relation.IMPLEMENTER}
    found = {
        "without-approval": without or void or "proceeding" in bases,
        "deployed-before-decision": "undeclared" in bases or bool(approved and first and first < approved.at),
        "deployed-although-rejected": "rejected" in bases,
        "deployed-although-withdrawn": "withdrawn" in bases,
        "deployed-outside-window": _outside_window(case, told),
        "approver-named-implementer": bool(asked & implemented),
        "objected-afterwards": case.afterwards is not None and case.afterwards.kind == "objected",
        "review-late": review is not None and review.closed_at is not None and review.closed_at > review.due,
        "review-overdue": _overdue(case, now),
        "not-appropriate": review is not None and review.judgement is Judgement.NO,
        "placeholder-text": bool(case.flagged),
        "recorded-at-the-server": case.operator is not None,
    }
    return [name for name, so in found.items() if so]


def _outside_window(case: Case, told: Told) -> bool:
    """Whether something went live under a decision whose window was over; closing the review ends it as well.

    What only the reviewer said went live has no time of its own.
    """
    closed = {one.closed_at for one in (case.review, *case.earlier_reviews) if one}
    end: datetime | None = None
    outside = False
    for event, _ in told:
        d = event.data
        if event.kind in ("approved", "proceeding", "extended"):
            end = maybe_time(d.get("until") or d.get("window_until")) or end
        elif event.kind == "reviewed" and end:
            end = min(end, event.at)
        elif event.kind == "deployed" and d["basis"] in ("approved", "proceeding") and event.at not in closed:
            outside = outside or bool(end and time(d["at"]) > end)
    return outside


def went_live(case: Case) -> datetime | None:
    """The first moment at which it was live, by any word on record; None: it never was."""
    moments = [d.at for d in case.deployments] + ([case.live_since] if case.live_since else [])
    return min(moments, default=None)


def _overdue(case: Case, now: datetime | None) -> bool:
    """Whether a review that is still owed should have been closed by `now`."""
    review = case.review
    if review is None or review.closed_at or case.closed_at or now is None:
        return False
    return now > review.due


def _afterwards_at(case: Case) -> datetime | None:
    return case.afterwards.at if case.afterwards else None


def _approvals(case: Case, told: Told, people: People) -> list[dict[str, Any]]:
    accounts = {
        (e.person, e.data.get("revision")): ((e.data.get("evidence") or {}).get("account") or {}).get("slack")
        for e, _ in told
        if e.kind == "approved"
    }
    return [
        {
            "person": who(a.person, people),
            "slack": accounts.get((a.person, a.revision)),
            "at": moment_text(a.at),
            "revision": a.revision,
            "right": a.right,
            "note": case.body(a.note),
        }
        for a in quorum.voices(case)
    ]


def _deployment(case: Case, one: Deployment, people: People) -> dict[str, Any]:
    return {
        "what": case.body(one.what),
        "at": moment_text(one.at),
        "outcome": one.outcome.value,
        "by": who(one.by, people),
        "said_by": one.external.partition(":")[0] if one.external else None,
        "basis": one.basis,
        "why": case.body(one.why),
        "known_cause": case.body(one.known),
        "sha": one.sha,
        "url": one.url,
    }


def approved_before(case: Case) -> bool | None:
    """Whether it was approved before it was live; None: it never was live."""
    first = went_live(case)
    if first is None:
        return None
    return case.decision is not None and case.decision.kind == "approved" and case.decision.at <= first


def _review(case: Case, review: Review, people: People) -> dict[str, Any]:
    return {
        "owner": who(review.owner, people),
        "appropriate": review.judgement.value if review.judgement else None,
        "deployed": case.body(review.deployed),
        "root_cause": case.body(review.cause),
        "tests": case.body(review.tests),
        "follow_ups": dossier_jira.follow_ups(case, review, lambda person: who(person, people)),
        "amendments": [
            {"by": who(a.by, people), "at": moment_text(a.at), "text": case.body(a.text)} for a in review.amendments
        ],
    }


def _hours(review: Review | None) -> float | None:
    if review is None or review.closed_at is None:
        return None
    return round((review.closed_at - review.start).total_seconds() / 3600, 2)


def _time(at: datetime | None) -> str | None:
    return moment_text(at) if at else None
