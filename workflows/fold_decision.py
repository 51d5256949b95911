"""How asking and deciding change a case."""

from dataclasses import replace

from workflows.case import Approval, Ask, Case, Decision
from workflows.change import Kind, Status
from workflows.event import Event, maybe_time, who
from workflows.gated import Opened
from workflows.transitions import WAITING


def asked(case: Case, event: Event) -> Case:
    d = event.data
    people, groups = tuple(d.get("people", ())), tuple(d.get("groups", ()))
    revision = case.revision if case.kind is Kind.DEPLOY else 0
    ask = Ask(d["round"], event.at, people, groups, d.get("why"), revision)
    return replace(case, asks=(*case.asks, ask))


def _approval(case: Case, event: Event, voice: str, phase: str) -> Approval:
    d = event.data
    return Approval(
        who(event),
        int(d["revision"]),
        event.at,
        voice,
        d.get("right", ""),
        phase,
        d.get("note") or d.get("reason"),
        digest=d.get("digest"),
        sha=case.sha,
    )


def _opened(case: Case, event: Event) -> Opened | None:
    return Opened(case.systems, case.environment) if event.data.get("window_until") else None


def approved(case: Case, event: Event) -> Case:
    after = replace(case, approvals=(*case.approvals, _approval(case, event, "approve", "before")))
    if not event.data.get("final"):
        return after
    return replace(
        after,
        status=Status.APPROVED,
        decision=Decision("approved", event.at, who(event), case.revision, event.data.get("note")),
        window_until=maybe_time(event.data.get("window_until")),
        opened=_opened(case, event),
        valid_until=maybe_time(event.data.get("valid_until")),
    )


def rejected(case: Case, event: Event) -> Case:
    return replace(
        case,
        approvals=(*case.approvals, _approval(case, event, "reject", "before")),
        status=Status.REJECTED,
        decision=Decision("rejected", event.at, who(event), case.revision, event.data.get("reason")),
        closed_at=event.at,
    )


def took_back(case: Case, event: Event) -> Case:
    approvals = tuple(
        replace(a, taken_back_at=event.at)
        if a.person == event.person and a.revision == case.revision and a.phase == "before"
        else a
        for a in case.approvals
    )
    return replace(
        case,
        approvals=approvals,
        status=WAITING[case.kind],
        decision=None,
        window_until=None,
        valid_until=None,
        review=None,
        later_until=None,
    )


def proceeding(case: Case, event: Event) -> Case:
    return replace(
        case,
        status=Status.PROCEEDING,
        decision=Decision("proceeding", event.at, who(event), case.revision, event.data.get("reason"), event.operator),
        window_until=maybe_time(event.data.get("window_until")),
        opened=_opened(case, event),
    )


def afterwards(case: Case, event: Event) -> Case:
    voice = "ratify" if event.kind == "ratified" else "object"
    after = replace(case, approvals=(*case.approvals, _approval(case, event, voice, "after")))
    if not event.data.get("final"):
        return after
    decision = Decision(event.kind, event.at, who(event), case.revision, event.data.get("reason"))
    return replace(after, afterwards=decision)
