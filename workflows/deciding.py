"""Deciding, for emergencies and deploys: approve, reject, take back."""

from dataclasses import replace
from typing import Any

from workflows import ageing, announce, asking, binding, debts, gates, matching, policy, proof, quorum
from workflows.case import Approval, Case, Done, Refused
from workflows.change import Action, Kind, Mistakes, Verdict
from workflows.rows import Line, Told
from workflows.ruleset import DeployRule, Need
from workflows.turn import UNKNOWN, Turn


def approve(turn: Turn, change_id: str, revision: int, *, note: str = "") -> Done | Refused:
    """One voice for the revision the person saw; the last one that was missing decides.

    An approved emergency opens the gate and owes a review. A deploy is approved for exactly what its digest is of; a
    voice given for something else by now is void first, and whoever pressed is asked again.
    """
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    after = ageing.void_if_moved(turn, case)
    verdict = policy.may_approve(after, turn.actor, turn.rules, turn.now, revision=revision)
    if not verdict.allowed:
        refused = turn.refuse(after, Action.APPROVE, verdict)
        if refused.case is not None and after is not case:
            announce.settle(turn, refused.case)
        return refused
    case, word = give(turn, after, verdict, note)
    return Done(announce.settle(turn, case), (word,))


def give(turn: Turn, case: Case, verdict: Verdict, note: str = "") -> tuple[Case, str]:
    """Write the voice that the verdict allows, and all that follows from it but what `announce.settle` does."""
    left = left_after(turn, case, verdict, "approve")
    digest = turn.text(note)
    case = turn.advance(
        case,
        "approved",
        revision=case.revision,
        right=verdict.right,
        note=digest,
        final=not left,
        evidence=proof.evidence(turn, case, verdict),
        **_binds(turn, case, final=not left),
    )
    by = turn.actor.person
    if left:
        announce.line(turn, case, Line.APPROVED_MORE, by=by, note_digest=digest, needed=needed(left))
        return asking.fallback_if_needed(turn, case), "voiced"
    announce.line(turn, case, Line.APPROVED, by=by, note_digest=digest)
    announce.tell(turn, case, makers(case), Told.APPROVED, by=by, at=turn.now, note_digest=digest)
    if case.kind is Kind.EMERGENCY:
        open_gate(turn, case)
        case = debts.owe(turn, case, prefer=by)
    return case, "approved"


def _binds(turn: Turn, case: Case, *, final: bool) -> dict[str, Any]:
    """What the voice holds for, and (the last one) for how long."""
    rule = matching.rule_for(case, turn.rules)
    if isinstance(rule, DeployRule):
        until = (turn.now + rule.valid_for).isoformat() if final else None
        return {"digest": binding.digest(case, turn.rules), "valid_until": until}
    return {"window_until": (turn.now + rule.window).isoformat() if final and not case.drill else None}


def reject(turn: Turn, change_id: str, revision: int, *, reason: str) -> Done | Refused | Mistakes:
    """One rejection is final: a new plan is a new emergency, or an edited request."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.REJECT, case, turn.actor, turn.rules, turn.now, revision=revision)
    if not verdict.allowed:
        return turn.refuse(case, Action.REJECT, verdict)
    if not reason.strip():
        return Mistakes({"reason": "empty-reject"})
    digest = turn.text(reason)
    kept = proof.evidence(turn, case, verdict)
    case = turn.advance(case, "rejected", revision=case.revision, right=verdict.right, reason=digest, evidence=kept)
    by = turn.actor.person
    announce.line(turn, case, Line.REJECTED, by=by, reason_digest=digest)
    announce.tell(turn, case, makers(case), Told.REJECTED, by=by, at=turn.now, reason_digest=digest)
    return Done(announce.settle(turn, case), ("rejected",))


def take_back(turn: Turn, change_id: str) -> Done | Refused:
    """Undo one's own Approve before anything is live; the change is undecided again."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.TAKE_BACK, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.TAKE_BACK, verdict)
    owner = debts.owner(case)
    case = turn.advance(case, "took_back", revision=case.revision)
    gates.opened(turn, case)
    by = turn.actor.person
    announce.line(turn, case, Line.TOOK_BACK, by=by)
    announce.tell(turn, case, makers(case), Told.TOOK_BACK, by=by, at=turn.now)
    case = asking.first(turn, case, round_="again")
    return Done(announce.settle(turn, case, also=owner), ("took_back",))


def left_after(turn: Turn, case: Case, verdict: Verdict, voice: str) -> tuple[Need, ...]:
    """What the quorum lacks once this voice ("approve" or "ratify") is given."""
    phase = "before" if voice == "approve" else "after"
    mine = Approval(turn.actor.person, case.revision, turn.now, voice, verdict.right or "", phase)
    return quorum.missing(replace(case, approvals=(*case.approvals, mine)), turn.rules, phase=phase)


def needed(needs: tuple[Need, ...]) -> list[dict[str, Any]]:
    """The missing voices as plain values of a line."""
    return [{"group": need.group, "count": need.count} for need in needs]


def makers(case: Case) -> tuple[str, ...]:
    """Whoever asked for it and whoever carries it out."""
    return (case.requester, case.implementer)


def open_gate(turn: Turn, case: Case) -> None:
    """Say for which repositories an emergency opens the gate now, and until when."""
    gates.opened(turn, case)
    repositories = [r for name in case.systems if (s := turn.rules.systems.get(name)) for r in s.repositories]
    if repositories and case.window_until is not None:
        announce.line(turn, case, Line.GATE_OPEN, repositories=repositories, until=case.window_until)
