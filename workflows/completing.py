"""Completing a change after it was declared: details, and the messages that belong to it."""

from dataclasses import replace

from workflows import announce, asking, debts, documents, matching, patching, policy, quorum
from workflows.case import Case, Done, Refused
from workflows.change import UNDECIDED, Action, Field, Mistakes, Status
from workflows.documents import Details
from workflows.rows import Line, Told
from workflows.turn import UNKNOWN, Turn

_BINDING = ("plan", "systems", "environment", "reference")
# What nobody was shown while it was not there: written down later it voids nothing, changed it does.
_ONCE_THERE = {"access": Field.ACCESS, "plan_output": Field.PLAN_OUTPUT}
_MATCHED = ("systems", "environment", "risk", "type")


def add_details(turn: Turn, change_id: str, form: Details) -> Done | Refused | Mistakes:
    """Complete the record. What will be done, systems, environment, reference, or anything that makes another rule
    match, is what people approve: changed before it is live, it is a new version, and everybody is asked again.
    """
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.ADD_DETAILS, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.ADD_DETAILS, verdict)
    changed = documents.differing(case, form)
    wrong = documents.mistakes(turn, changed, case) | patching.mistakes(turn, case, changed)
    if wrong:
        return Mistakes(wrong)
    version = case.version
    case, changed = patching.put_off(turn, case, changed)
    names = [name for name in changed.__slots__ if getattr(changed, name) is not None]
    if not names:
        return Done(case, ("put_off",) if case.version > version else ())
    binding = _binding(turn, case, changed, names)
    data = documents.recorded(turn, changed, title=case.text(Field.TITLE) or "", case=case)
    kept = [f for f in case.flagged if f.value not in data["texts"]]
    data["flagged"] = sorted({*data["flagged"], *(f.value for f in kept)})
    if changed.implementer:
        data["known_as"] = turn.known_as([changed.implementer])
    data |= {"voids": bool(binding) or None, "changed": binding or None}
    before = case
    case = turn.advance(case, "detailed", **data)
    case = turn.with_standing(case)
    _tell_details(turn, before, case, names)
    if case.revision > before.revision:
        case = _ask_again(turn, before, case)
    elif case.status in UNDECIDED:
        case = asking.fallback_if_needed(turn, case)
    if case.review is not None and case.review.closed_at is None:
        case = debts.owe(turn, case)
    return Done(announce.settle(turn, case, also=debts.owner(before)), ("detailed",))


def _binding(turn: Turn, case: Case, changed: Details, names: list[str]) -> list[str]:
    """The names of what changes what people approved or are asked to approve."""
    if changed.implementer and changed.implementer in _spoken(case):
        return [name for name in names if name in _BINDING or name == "implementer"]
    if case.status not in (*UNDECIDED, Status.APPROVED):
        return []
    given = {name: value for name in _MATCHED if (value := getattr(changed, name)) is not None}
    other_rule = matching.rule_for(replace(case, **given), turn.rules) != matching.rule_for(case, turn.rules)
    there = {name for name, field in _ONCE_THERE.items() if field in case.texts}
    there |= {"access_until"} if case.access_until else set()
    return [name for name in names if name in (*_BINDING, *there) or (other_rule and name in _MATCHED)]


def _spoken(case: Case) -> set[str]:
    return {a.person for phase in ("before", "after") for a in quorum.voices(case, phase=phase)}


def _ask_again(turn: Turn, before: Case, case: Case) -> Case:
    """Ask for a decision on the new version: also those who stood in, and afterwards when it is live already."""
    if case.status in UNDECIDED:
        return asking.first(turn, case, round_="again", widened=quorum.widened(before))
    if case.deployments and quorum.voices(before):
        people = quorum.could_decide(case, turn.rules)[: asking.AT_MOST]
        announce.tell(turn, case, people, Told.RATIFY, at=case.deployments[-1].at)
    return case


def _tell_details(turn: Turn, before: Case, case: Case, names: list[str]) -> None:
    by = turn.actor.person
    if case.revision > before.revision:
        announce.line(turn, case, Line.CHANGED, by=by, fields=list(case.changed))
        people = _spoken(before) | {case.requester, case.implementer}
        announce.tell(turn, case, sorted(people), Told.CHANGED, by=by, at=turn.now, fields=list(case.changed))
    else:
        documented = len(policy.documented(case))
        announce.line(turn, case, Line.ADDED, by=by, fields=names, documented=documented)
    if case.implementer != before.implementer:
        announce.tell(turn, case, (case.implementer,), Told.IMPLEMENTER, by=by)


def link_message(turn: Turn, change_id: str, *, permalink: str, text: str) -> Done | Refused:
    """Keep a message's address and text with the change."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    digest = turn.text(text)
    case = turn.advance(case, "linked", permalink=permalink, text=digest)
    announce.line(turn, case, Line.LINKED, by=turn.actor.person, permalink=permalink)
    return Done(announce.settle(turn, case), ("linked",))
