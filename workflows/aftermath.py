"""What became of an emergency: it went live, was not needed, was withdrawn, or has not happened yet."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from workflows import (
    announce,
    asking,
    closing_access,
    debts,
    emergencies,
    findings,
    gate,
    gates,
    ledger,
    matching,
    policy,
    quorum,
    readiness,
)
from workflows.case import Case, Done, Refused
from workflows.change import UNDECIDED, Action, Kind, Mistakes, Outcome, Status
from workflows.rows import Line, Told
from workflows.ruleset import Rules
from workflows.turn import UNKNOWN, Turn

ASK_AGAIN_AFTER = timedelta(hours=1)
SKEW = timedelta(minutes=2)


def mark_deployed(
    turn: Turn, change_id: str, *, what: str, at: datetime, outcome: Outcome, known: str = "", why: str = ""
) -> Done | Refused | Mistakes:
    """Record that something went live, from any status, as often as it happens; `at` is aware UTC.

    Undecided: `why` is required and it is break-glass. Rejected or withdrawn: `why` is required and it stays visible.
    A deploy closes; where the gate would not have let it through, that is found, too ("ungated").
    """
    findings.prepare(turn, change_id)
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.MARK_DEPLOYED, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.MARK_DEPLOYED, verdict)
    mistakes = _mistakes(case, turn, what=what, at=at, why=why)
    if mistakes:
        return Mistakes(mistakes)
    reason = turn.text(why)
    unasked = case.status in UNDECIDED
    if unasked and case.kind is Kind.EMERGENCY:
        case = emergencies.break_glass(turn, case, reason)
    moment = _moment(case, at, turn.now)
    basis = _basis(case, turn.rules, moment)
    case = turn.advance(
        case,
        "deployed",
        what=turn.text(what),
        at=moment.isoformat(),
        outcome=outcome.value,
        known=turn.text(known),
        why=reason,
        basis=basis,
        repository=case.repository if case.kind is Kind.DEPLOY else None,
        sha=case.sha if case.kind is Kind.DEPLOY else None,
    )
    case = closing_access.ended(turn, case, moment)
    _tell_deployed(turn, case, unasked=unasked)
    if case.kind is Kind.DEPLOY:
        case = announce.settle(turn, case)
        if basis in ("approved", "rollback"):
            return Done(case, ("deployed",))
        findings.ungated(turn, case, moment)
        return Done(case, ("deployed", "ungated"))
    case = debts.owe(turn, case)
    return Done(announce.settle(turn, case), ("deployed",))


def _mistakes(case: Case, turn: Turn, *, what: str, at: datetime, why: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if not what.strip():
        found["what"] = "empty-what"
    if at > turn.now + SKEW:
        found["at"] = "future"
    elif at < min(case.declared_at, case.live_since or case.declared_at) - SKEW:
        found["at"] = "before"
    if needs_why(case) and not why.strip():
        found["why"] = "empty-why"
    return found


def _moment(case: Case, at: datetime, now: datetime) -> datetime:
    """Pickers know minutes, the record knows more: within the minute of its approval it came after it."""
    approved = case.decision.at if case.decision and case.decision.kind == "approved" else None
    if approved and approved.replace(second=0, microsecond=0) <= at < approved:
        return approved
    return min(at, now)


def needs_why(case: Case) -> bool:
    """Whether a deployment now has to say why: nobody decided, or the answer was no."""
    no = case.decision is not None and case.decision.kind == "rejected" and not case.deployments
    over = case.status in (Status.WITHDRAWN, Status.EXPIRED, Status.SUPERSEDED)
    return case.status in UNDECIDED or over or no


def _basis(case: Case, rules: Rules, at: datetime) -> str:
    if case.status is Status.WITHDRAWN:
        return "withdrawn"
    if case.kind is Kind.DEPLOY:
        return closing_access.basis(case) or _basis_of_deploy(case, rules, at)
    return case.decision.kind if case.decision else "undeclared"


def _basis_of_deploy(case: Case, rules: Rules, at: datetime) -> str:
    """What let it through, or would have at that moment; "none": nothing did."""
    if case.status is Status.REJECTED:
        return "rejected"
    if readiness.let_through(case):
        return case.passed[-1].basis.value
    asked = {"repository": case.repository or "", "sha": case.sha or "", "environment": case.environment}
    said = gate.opens(case, **asked, rules=rules, now=at)
    return said.basis.value if said is not None and said.basis is not None else "none"


def _tell_deployed(turn: Turn, case: Case, *, unasked: bool) -> None:
    last = case.deployments[-1]
    facts: dict[str, Any] = {
        "by": turn.actor.person,
        "what_digest": last.what,
        "outcome": last.outcome.value,
        "why_digest": last.why,
    }
    if case.type == "access":
        announce.line(turn, case, Line.ACCESS_ENDED, by=turn.actor.person, at=last.at, what_digest=last.what)
    elif last.basis in ("rejected", "withdrawn"):
        announce.line(turn, case, Line.DEPLOYED_REJECTED, broadcast=True, **facts)
    elif unasked:
        announce.line(turn, case, Line.DEPLOYED_UNASKED, broadcast=True, **facts)
    else:
        announce.line(turn, case, Line.DEPLOYED, **facts)
    if case.kind is Kind.EMERGENCY and last.basis != "approved" and case.afterwards is None:
        asked = replace(case, status=Status.DECLARED, approvals=())
        people = quorum.could_decide(asked, turn.rules)[: asking.AT_MOST]
        announce.tell(turn, case, people, Told.RATIFY, at=last.at)


def not_needed(turn: Turn, change_id: str) -> Done | Refused:
    """Nothing was deployed: the change closes, no review is owed, the approval stays on record."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.NOT_NEEDED, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.NOT_NEEDED, verdict)
    people = [*debts.owner(case), case.requester, case.implementer]
    if case.decision is not None and case.decision.kind == "proceeding":
        people += emergencies.warned(turn, case)
    case = turn.advance(case, "not_needed")
    gates.opened(turn, case)
    announce.line(turn, case, Line.NOT_NEEDED, by=turn.actor.person)
    announce.tell(turn, case, people, Told.WITHDRAWN, by=turn.actor.person, at=turn.now)
    return Done(announce.settle(turn, case), ("not_needed",))


def withdraw(
    turn: Turn, change_id: str, *, duplicate_of: str | None = None, note: str = ""
) -> Done | Refused | Mistakes:
    """Take the request back: nothing was touched in production. `duplicate_of` is the key of another change."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.WITHDRAW, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.WITHDRAW, verdict)
    if duplicate_of and (duplicate_of == case.key or ledger.case_by_key(turn.tx, duplicate_of) is None):
        return Mistakes({"duplicate_of": "unknown-change"})
    asked = [p for a in case.asks for p in a.people]
    case = turn.advance(case, "withdrawn", duplicate_of=duplicate_of, note=turn.text(note))
    gates.opened(turn, case)
    announce.line(turn, case, Line.WITHDRAWN, by=turn.actor.person, duplicate_of=duplicate_of)
    facts = {"by": turn.actor.person, "at": turn.now, "duplicate_of": duplicate_of}
    makers = [p for p in (case.requester, case.implementer) if p not in asked]
    announce.tell(turn, case, makers, Told.WITHDRAWN, **facts)
    return Done(announce.settle(turn, case), ("withdrawn",))


def later(turn: Turn, change_id: str) -> Done | Refused:
    """Not live yet: ask again in an hour."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.LATER, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.LATER, verdict)
    case = turn.advance(case, "later", until=(turn.now + ASK_AGAIN_AFTER).isoformat())
    return Done(announce.settle(turn, case), ("later",))


def extend(turn: Turn, change_id: str, *, reason: str) -> Done | Refused | Mistakes:
    """Keep the pipeline open once more, for the same length, with a reason."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.EXTEND, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed or case.window_until is None:
        return turn.refuse(case, Action.EXTEND, verdict)
    if not reason.strip():
        return Mistakes({"reason": "empty-extend"})
    until = case.window_until + matching.emergency_rule(case, turn.rules).window
    digest = turn.text(reason)
    case = turn.advance(case, "extended", until=until.isoformat(), reason=digest)
    gates.opened(turn, case)
    announce.line(turn, case, Line.EXTENDED, by=turn.actor.person, until=until, reason_digest=digest)
    return Done(announce.settle(turn, case), ("extended",))
