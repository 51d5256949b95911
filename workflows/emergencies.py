"""An emergency without an approval first: go ahead with a reason, and have it looked at afterwards."""

from dataclasses import replace

from workflows import announce, asking, debts, deciding, matching, policy, proof, quorum
from workflows.case import Case, Done, Refused
from workflows.change import Action, Mistakes, Status
from workflows.rows import Line, Told
from workflows.turn import UNKNOWN, Turn


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
    deciding.open_gate(turn, case)
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
    left = deciding.left_after(turn, case, verdict, "ratify")
    kept = proof.evidence(turn, case, verdict)
    case = turn.advance(case, "ratified", revision=case.revision, right=verdict.right, final=not left, evidence=kept)
    by = turn.actor.person
    if left:
        announce.line(turn, case, Line.RATIFIED_MORE, by=by, needed=deciding.needed(left))
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
    kept = proof.evidence(turn, case, verdict)
    case = turn.advance(
        case,
        "objected",
        revision=case.revision,
        right=verdict.right,
        reason=digest,
        final=True,
        evidence=kept,
    )
    by = turn.actor.person
    announce.line(turn, case, Line.OBJECTED, by=by, reason_digest=digest)
    people = (*deciding.makers(case), (case.review.owner if case.review else None) or "")
    announce.tell(turn, case, people, Told.OBJECTED, by=by, at=turn.now, reason_digest=digest)
    return Done(announce.settle(turn, case), ("objected",))
