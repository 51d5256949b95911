"""Deciding an emergency: approve, reject, take back, go ahead without, and look at it afterwards."""

import hashlib
from dataclasses import replace
from typing import Any

import rfc8785

from workflows import announce, asking, debts, matching, policy, quorum
from workflows.case import Approval, Case, Done, Refused
from workflows.change import Action, Mistakes, Status, Verdict
from workflows.rows import Line, Told
from workflows.ruleset import Need
from workflows.turn import UNKNOWN, Turn


def approve(turn: Turn, change_id: str, revision: int, *, note: str = "") -> Done | Refused:
    """One voice for the revision the person saw; the last one that was missing decides, and a review is owed."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may_approve(case, turn.actor, turn.rules, turn.now, revision=revision)
    if not verdict.allowed:
        return turn.refuse(case, Action.APPROVE, verdict)
    left = _left_after(turn, case, verdict, "approve")
    digest = turn.text(note)
    rule = matching.emergency_rule(case, turn.rules)
    case = turn.advance(
        case,
        "approved",
        revision=case.revision,
        right=verdict.right,
        note=digest,
        final=not left,
        window_until=None if left or case.drill else (turn.now + rule.window).isoformat(),
        evidence=evidence(turn, case, verdict),
    )
    by = turn.actor.person
    if left:
        announce.line(turn, case, Line.APPROVED_MORE, by=by, note_digest=digest, needed=_needed(left))
        return Done(announce.settle(turn, asking.fallback_if_needed(turn, case)), ("voiced",))
    announce.line(turn, case, Line.APPROVED, by=by, note_digest=digest)
    announce.tell(turn, case, _makers(case), Told.APPROVED, by=by, at=turn.now, note_digest=digest)
    case = _open_gate(turn, case)
    case = debts.owe(turn, case, prefer=by)
    return Done(announce.settle(turn, case), ("approved",))


def reject(turn: Turn, change_id: str, revision: int, *, reason: str) -> Done | Refused | Mistakes:
    """One rejection is final; a new plan is a new emergency."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.REJECT, case, turn.actor, turn.rules, turn.now, revision=revision)
    if not verdict.allowed:
        return turn.refuse(case, Action.REJECT, verdict)
    if not reason.strip():
        return Mistakes({"reason": "empty-reject"})
    digest = turn.text(reason)
    proof = evidence(turn, case, verdict)
    case = turn.advance(case, "rejected", revision=case.revision, right=verdict.right, reason=digest, evidence=proof)
    by = turn.actor.person
    announce.line(turn, case, Line.REJECTED, by=by, reason_digest=digest)
    announce.tell(turn, case, _makers(case), Told.REJECTED, by=by, at=turn.now, reason_digest=digest)
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
    by = turn.actor.person
    announce.line(turn, case, Line.TOOK_BACK, by=by)
    announce.tell(turn, case, _makers(case), Told.TOOK_BACK, by=by, at=turn.now)
    case = asking.first(turn, case, round_="again")
    return Done(announce.settle(turn, case, also=owner), ("took_back",))


def proceed(turn: Turn, change_id: str, *, reason: str) -> Done | Refused | Mistakes:
    """Break-glass: its own status, a required reason, told to the approvers; never an approval."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.PROCEED, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.PROCEED, verdict)
    if not reason.strip():
        return Mistakes({"reason": "empty-proceed"})
    case = break_glass(turn, case, turn.text(reason))
    return Done(announce.settle(turn, case), ("proceeding",))


def break_glass(turn: Turn, case: Case, reason: str | None) -> Case:
    """Write that somebody goes ahead without approval, tell the approvers, and make the review owed."""
    rule = matching.emergency_rule(case, turn.rules)
    until = None if case.drill else (turn.now + rule.window).isoformat()
    told = warned(turn, case)
    case = turn.advance(case, "proceeding", revision=case.revision, reason=reason, window_until=until)
    by, operator = turn.actor.person, turn.actor.operator
    announce.line(turn, case, Line.PROCEEDING, broadcast=True, by=by, reason_digest=reason, operator=operator)
    facts = {"by": by, "at": turn.now, "reason_digest": reason, "operator": operator}
    announce.tell(turn, case, told, Told.PROCEEDING, **facts)
    case = _open_gate(turn, case)
    return debts.owe(turn, case)


def warned(turn: Turn, case: Case) -> list[str]:
    """The approvers who hear of going ahead without them, and of what became of it: all who were asked or could say."""
    able = quorum.askable(replace(case, status=Status.DECLARED), turn.rules)
    return list(dict.fromkeys([*(p for a in case.asks for p in a.people), *able[: asking.AT_MOST]]))


def ratify(turn: Turn, change_id: str) -> Done | Refused:
    """Agree afterwards: the same people and quorum; it stays listed as without approval."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.RATIFY, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.RATIFY, verdict)
    left = _left_after(turn, case, verdict, "ratify")
    proof = evidence(turn, case, verdict)
    case = turn.advance(case, "ratified", revision=case.revision, right=verdict.right, final=not left, evidence=proof)
    by = turn.actor.person
    if left:
        announce.line(turn, case, Line.RATIFIED_MORE, by=by, needed=_needed(left))
    else:
        announce.line(turn, case, Line.RATIFIED, by=by)
    return Done(announce.settle(turn, case), ("ratified",))


def object_to(turn: Turn, change_id: str, *, reason: str) -> Done | Refused | Mistakes:
    """Disagree afterwards; one objection is final, as one rejection is."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.OBJECT, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.OBJECT, verdict)
    if not reason.strip():
        return Mistakes({"reason": "empty-object"})
    digest = turn.text(reason)
    proof = evidence(turn, case, verdict)
    case = turn.advance(
        case,
        "objected",
        revision=case.revision,
        right=verdict.right,
        reason=digest,
        final=True,
        evidence=proof,
    )
    by = turn.actor.person
    announce.line(turn, case, Line.OBJECTED, by=by, reason_digest=digest)
    people = (*_makers(case), (case.review.owner if case.review else None) or "")
    announce.tell(turn, case, people, Told.OBJECTED, by=by, at=turn.now, reason_digest=digest)
    return Done(announce.settle(turn, case), ("objected",))


def evidence(turn: Turn, case: Case, verdict: Verdict) -> dict[str, Any]:
    """What the decision rested on: who, by which readings of what age, which rule, and exactly which document.

    `known_as`: the account and e-mail of who decided. `document` is the SHA-256 of the canonical JSON of the
    commitments the person decided on.
    """
    accounts = case.standing.accounts.get(turn.actor.person, ())
    account = next((a for a in accounts if a.slack == turn.actor.slack), None)
    roster = case.standing.rosters.get(verdict.right or "")
    document: dict[str, Any] = {
        "texts": {name.value: digest for name, digest in case.texts.items()},
        "systems": list(case.systems),
        "environment": case.environment,
        "risk": case.risk.value,
        "revision": case.revision,
    }
    return {
        "policy": turn.rules.digest,
        "rule": verdict.rule,
        "max_age": int(turn.rules.standing_max_age.total_seconds()),
        "account": {"slack": account.slack, "as_of": account.as_of.isoformat()} if account else None,
        "roster": {
            "group": roster.group,
            "as_of": roster.as_of.isoformat() if roster.as_of else None,
            "members": sorted(roster.members),
        }
        if roster
        else None,
        "known_as": turn.known_as([turn.actor.person]),
        "document": hashlib.sha256(rfc8785.dumps(document)).hexdigest(),
    }


def _left_after(turn: Turn, case: Case, verdict: Verdict, voice: str) -> tuple[Need, ...]:
    phase = "before" if voice == "approve" else "after"
    mine = Approval(turn.actor.person, case.revision, turn.now, voice, verdict.right or "", phase)
    return quorum.missing(replace(case, approvals=(*case.approvals, mine)), turn.rules, phase=phase)


def _needed(needs: tuple[Need, ...]) -> list[dict[str, Any]]:
    return [{"group": need.group, "count": need.count} for need in needs]


def _makers(case: Case) -> tuple[str, ...]:
    return (case.requester, case.implementer)


def _open_gate(turn: Turn, case: Case) -> Case:
    repositories = [r for name in case.systems if (s := turn.rules.systems.get(name)) for r in s.repositories]
    if repositories and case.window_until is not None:
        announce.line(turn, case, Line.GATE_OPEN, repositories=repositories, until=case.window_until)
    return case
