"""Completing a change after it was declared: details, and the messages that belong to it."""

from workflows import announce, asking, debts, documents, policy, quorum
from workflows.case import Case, Done, Refused
from workflows.change import Action, Mistakes, Status
from workflows.documents import Details
from workflows.rows import Line, Told
from workflows.turn import UNKNOWN, Turn


def add_details(turn: Turn, change_id: str, form: Details) -> Done | Refused | Mistakes:
    """Complete the record. Voids an approval only when what will be done, systems, environment or reference changed."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.ADD_DETAILS, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.ADD_DETAILS, verdict)
    changed = documents.differing(case, form)
    wrong = documents.mistakes(turn, changed)
    if wrong:
        return Mistakes(wrong)
    names = [name for name in changed.__slots__ if getattr(changed, name) is not None]
    if not names:
        return Done(case)
    binding = [name for name in names if name in ("plan", "systems", "environment", "reference")]
    decided = case.status is Status.APPROVED or bool(quorum.voices(case))
    voids = bool(binding) and decided and case.status in (Status.DECLARED, Status.APPROVED)
    data = documents.recorded(turn, changed)
    kept = [f for f in case.flagged if f.value not in data["texts"]]
    data["flagged"] = sorted({*data["flagged"], *(f.value for f in kept)})
    data |= {"voids": voids or None, "changed": binding if voids else None}
    before = case
    case = turn.advance(case, "detailed", **data)
    case = turn.with_standing(case)
    if changed.implementer and changed.implementer in {a.person for a in quorum.voices(case)}:
        case = _void_for_party(turn, case)
        voids = True
    _tell_details(turn, before, case, names, voids=voids)
    if voids:
        case = asking.first(turn, case, round_="again")
    elif case.status is Status.DECLARED:
        case = asking.fallback_if_needed(turn, case)
    if changed.live_since and case.review is not None:
        case = debts.owe(turn, case)
    return Done(announce.settle(turn, case), ("detailed",))


def _void_for_party(turn: Turn, case: Case) -> Case:
    """Somebody who approved carries it out now: what they approved is asked for again (approver is never a party)."""
    return turn.advance(case, "detailed", texts={}, voids=True, changed=["implementer"], flagged=list(case.flagged))


def _tell_details(turn: Turn, before: Case, case: Case, names: list[str], *, voids: bool) -> None:
    by = turn.actor.person
    if voids:
        announce.line(turn, case, Line.CHANGED, by=by, fields=list(case.changed))
        people = {a.person for a in quorum.voices(before)} | {case.requester, case.implementer}
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
