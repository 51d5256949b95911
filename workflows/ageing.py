"""What time, the policy and other people do to a deploy: it is void, it expires, a freeze begins or ends."""

from datetime import datetime
from typing import Any

from workflows import announce, asking, freezes, quorum, readiness, schedule
from workflows.case import Case
from workflows.change import UNDECIDED
from workflows.rows import Line, Told
from workflows.ruleset import Rules
from workflows.schedule import Due, Step
from workflows.turn import Turn


def void_if_moved(turn: Turn, case: Case) -> Case:
    """The case as it is; at its next revision when its voices were given for something else than there is now."""
    changed = readiness.moved(case, turn.rules)
    if not changed:
        return case
    after = turn.with_standing(turn.advance(case, "voided", changed=list(changed)))
    return tell_void(turn, case, after)


def tell_void(turn: Turn, before: Case, case: Case, **facts: Any) -> Case:
    """Say what changed since people said yes, to them and to whoever asked; ask as soon as that is of use."""
    spoke = sorted({a.person for a in quorum.voices(before)})
    told = {"changed": list(case.changed), "people": spoke, **facts}
    announce.line(turn, case, Line.VOIDED, by=turn.actor.person or None, **told)
    case = asking.when_ready(turn, case, widened=quorum.widened(before))
    if spoke:
        asked = {p for a in case.asks if a.revision == case.revision for p in a.people}  # their question says it
        heard = [p for p in (*spoke, case.requester, case.implementer) if p not in asked]
        announce.tell(turn, case, heard, Told.VOIDED, at=turn.now, **told)
    return case


def overdue(case: Case, rules: Rules, now: datetime) -> bool:
    """Whether a new policy (or somebody learnt to be a party) leaves something to be done on it now."""
    if readiness.moved(case, rules) or any(due.kind in _STEPS for due in schedule.due(case, rules, now)):
        return True
    return case.status in UNDECIDED and not readiness.asked(case) and readiness.ready(case, rules, now)


_STEPS = frozenset({Step.EXPIRE, Step.FREEZE, Step.THAW})


def catch_up(turn: Turn, case: Case) -> Case:
    """Do what `overdue` found."""
    case = void_if_moved(turn, case)
    for one in schedule.due(case, turn.rules, turn.now):
        if isinstance(one.kind, Step) and one.kind in _STEPS:
            case = step(turn, case, one)
    return asking.when_ready(turn, case)


def step(turn: Turn, case: Case, one: Due) -> Case:
    """One thing that is due on a deploy."""
    if one.kind is Step.EXPIRE:
        return _expire(turn, case)
    return _freeze(turn, case, one) if one.kind is Step.FREEZE else _thaw(turn, case, one)


def _expire(turn: Turn, case: Case) -> Case:
    """The approval ends unused; `Ask again` is one click."""
    given = case.decision.at if case.decision else case.declared_at
    ended = case.valid_until or turn.now
    case = turn.advance(case, "expired")
    announce.line(turn, case, Line.EXPIRED, at=ended, approved_at=given)
    announce.tell(turn, case, (case.requester, case.implementer), Told.EXPIRED, at=ended, approved_at=given)
    return case


def note_freeze(turn: Turn, case: Case) -> Case:
    """Keep on record every freeze that holds it now, so that its end is seen."""
    for one in schedule.due(case, turn.rules, turn.now):
        if one.kind is Step.FREEZE:
            case = turn.advance(case, "noticed", key=one.key, to=[])
    return case


def _freeze(turn: Turn, case: Case, one: Due) -> Case:
    """A freeze began: the card says so, and an approval waits for its end."""
    case = turn.advance(case, "noticed", key=one.key, to=[])
    held = next((f for f in freezes.current(turn.rules, case.environment, turn.now) if f.id == one.ref), None)
    if held is None:
        return case
    told: dict[str, Any] = {"reason": held.reason, "until": held.until, "override": held.override}
    announce.line(turn, case, Line.FROZEN, **told)
    if case.decision is not None:
        announce.tell(turn, case, (case.requester, case.implementer), Told.FROZEN, **told)
    return case


def _thaw(turn: Turn, case: Case, one: Due) -> Case:
    """A freeze is over: who is still to decide is asked, and what was approved may go."""
    case = turn.advance(case, "noticed", key=one.key, to=[])
    if freezes.holds(case, turn.rules, turn.now) is None:
        announce.line(turn, case, Line.THAWED)
    return asking.when_ready(turn, case)
