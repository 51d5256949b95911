"""The retroactive review: written by somebody who took no part, closed on the record, never edited.

SOC 2 CC8.1: emergency changes are documented and authorised afterwards, in a time the organisation sets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from workflows import announce, debts, persons, policy, question, quiet, quorum
from workflows.case import Case, Done, Refused
from workflows.change import Action, Field, Item, Judgement, Kind, Mistakes, Reason, Verdict
from workflows.placeholders import placeholder
from workflows.rows import Line, Told
from workflows.turn import UNKNOWN, Turn

MOST_FOLLOW_UPS = 5
_ITEM_FIELDS = {
    Item.JUSTIFICATION: Field.WHY,
    Item.PLAN: Field.PLAN,
    Item.TESTS: Field.TESTS,
    Item.ROLLBACK: Field.ROLLBACK,
}


@dataclass(frozen=True, slots=True)
class FollowUpForm:
    """`owner` is a person id, `due` a date as YYYY-MM-DD."""

    what: str
    owner: str | None
    due: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewForm:
    """The reviewer's answers; `missing` holds what was still owed of the seven items, typed here."""

    deployed: str
    cause: str
    judgement: Judgement | None
    tests: str
    follow_ups: tuple[FollowUpForm, ...] = ()
    missing: Mapping[Item, str] = field(default_factory=dict)


def close(turn: Turn, change_id: str, form: ReviewForm) -> Done | Refused | Mistakes:
    """Close the review with a verdict. What was owed must be there; findings and "no" need a follow-up."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.WRITE_REVIEW, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.WRITE_REVIEW, verdict)
    mistakes = _mistakes(turn, case, form)
    if mistakes or form.judgement is None:
        return Mistakes(mistakes)
    case = _complete(turn, case, form)
    if not case.deployments and case.kind is not Kind.FINDING:
        case = _what_went_live(turn, case, form)
    follow_ups = [
        {"id": turn.new_id(), "what": turn.text(f.what), "owner": f.owner, "due": f.due} for f in form.follow_ups
    ]
    case = turn.advance(
        case,
        "reviewed",
        judgement=form.judgement.value,
        deployed=turn.text(form.deployed),
        cause=turn.text(form.cause),
        tests=turn.text(form.tests),
        follow_ups=follow_ups,
    )
    _tell_closed(turn, case)
    return Done(announce.settle(turn, case), ("reviewed",))


def _complete(turn: Turn, case: Case, form: ReviewForm) -> Case:
    texts = {_ITEM_FIELDS[i].value: turn.text(text) for i, text in form.missing.items() if i in owed_items(case)}
    if not texts:
        return case
    flagged = [f.value for f in case.flagged if f.value not in texts]
    return turn.advance(case, "detailed", texts=texts, flagged=flagged)


def owed_items(case: Case) -> frozenset[Item]:
    """What of the seven the review still has to bring; nobody asked for what was found, so there it is none."""
    return frozenset(_ITEM_FIELDS) - policy.documented(case) if case.kind is not Kind.FINDING else frozenset()


def _what_went_live(turn: Turn, case: Case, form: ReviewForm) -> Case:
    """Nothing was marked deployed: the reviewer's word is the record, at the time it was said."""
    basis = case.decision.kind if case.decision else "undeclared"
    what = turn.text(form.deployed)
    case = turn.advance(case, "deployed", what=what, at=turn.now.isoformat(), outcome="ok", basis=basis)
    announce.line(turn, case, Line.DEPLOYED, by=turn.actor.person, what_digest=what, outcome="ok")
    return case


def _tell_closed(turn: Turn, case: Case) -> None:
    review = case.review
    if review is None or review.judgement is None:
        return
    facts: dict[str, Any] = {"by": turn.actor.person, "judgement": review.judgement.value, "at": turn.now}
    announce.line(turn, case, Line.REVIEWED, due=review.due, **facts)
    announce.tell(turn, case, (case.requester, case.implementer), Told.CLOSED, **facts)
    for follow in review.follow_ups:
        if follow.owner != turn.actor.person:
            said: dict[str, Any] = {"what_digest": follow.what, "due": follow.due}
            announce.follow_up(turn, case, follow.owner, ref=follow.id, by=turn.actor.person, **said)


def _mistakes(turn: Turn, case: Case, form: ReviewForm) -> dict[str, str]:
    found: dict[str, str] = {}
    title = case.text(Field.TITLE) or ""
    for name in ("deployed", "cause", "tests"):
        found |= _answer(name, getattr(form, name), title)
    if form.judgement is None:
        found["judgement"] = "empty"
    for item in Item:
        if item in owed_items(case):
            found |= _answer(f"missing_{item.value}", form.missing.get(item, ""), title)
    found |= _follow_up_mistakes(turn, case, form)
    return found


def _answer(name: str, text: str, title: str) -> dict[str, str]:
    if not text.strip():
        return {name: "empty-answer"}
    return {name: "placeholder"} if placeholder(text, others=(title,)) else {}


def _follow_up_mistakes(turn: Turn, case: Case, form: ReviewForm) -> dict[str, str]:
    found: dict[str, str] = {}
    if form.judgement in (Judgement.FINDINGS, Judgement.NO) and not form.follow_ups:
        found["followup_what_1"] = "follow-up-needed"
    for n, follow in enumerate(form.follow_ups, start=1):
        if not follow.what.strip():
            found[f"followup_what_{n}"] = "empty-answer"
        elif placeholder(follow.what):
            found[f"followup_what_{n}"] = "placeholder"
        if not follow.owner:
            found[f"followup_owner_{n}"] = "follow-up-incomplete"
        elif not _able(turn, case, follow.owner):
            found[f"followup_owner_{n}"] = "no-account"
        due = _day(follow.due)
        if due is None:
            found[f"followup_due_{n}"] = "follow-up-incomplete"
        elif due < turn.now.date() - timedelta(days=1):
            found[f"followup_due_{n}"] = "past"
    return found


def _able(turn: Turn, case: Case, person: str) -> bool:
    """Whether somebody can have a follow-up: not known to be a guest, a bot, switched off or of elsewhere."""
    accounts = turn.with_standing(case, (person,)).standing.accounts.get(person, ())
    return not accounts or quorum.good(accounts)


def _day(text: str | None) -> date | None:
    """The date that is written as YYYY-MM-DD, if it is one."""
    try:
        return date.fromisoformat(text) if text and re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        return None


def amend(turn: Turn, change_id: str, *, text: str) -> Done | Refused | Mistakes:
    """Add to a closed review; the first text stays."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.AMEND_REVIEW, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.AMEND_REVIEW, verdict)
    if not text.strip():
        return Mistakes({"text": "empty-answer"})
    case = turn.advance(case, "amended", text=turn.text(text))
    announce.line(turn, case, Line.AMENDED, by=turn.actor.person)
    return Done(announce.settle(turn, case), ("amended",))


def hand_over(turn: Turn, change_id: str, *, to: str, note: str = "") -> Done | Refused | Mistakes:
    """Give the review to somebody else who may write it; the due time stays, and they are told at once."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.HAND_OVER, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed or case.review is None:
        return turn.refuse(case, Action.HAND_OVER, verdict)
    due = case.review.due
    case = turn.with_standing(case, (to,))
    if to == turn.actor.person or to not in debts.eligible(case, turn):
        return Mistakes({"to": "not-eligible"})
    digest = turn.text(note)
    case = turn.advance(case, "handed_over", to=to, note=digest)
    announce.line(turn, case, Line.HANDED_OVER, by=turn.actor.person, to=to)
    announce.tell(turn, case, (to,), Told.HANDED_TO_YOU, by=turn.actor.person, due=due, note_digest=digest)
    return Done(announce.settle(turn, case, also=(turn.actor.person,)), ("handed_over",))


def take_over(turn: Turn, change_id: str) -> Done | Refused:
    """Make the review one's own; the absent owner is told, nothing is needed from them."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.TAKE_OVER, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed or case.review is None:
        return turn.refuse(case, Action.TAKE_OVER, verdict)
    before = case.review.owner or ""
    case = turn.advance(case, "took_over", to=turn.actor.person)
    announce.line(turn, case, Line.TOOK_OVER, by=turn.actor.person)
    announce.tell(turn, case, (before,), Told.TAKEN_FROM_YOU, by=turn.actor.person, at=turn.now)
    return Done(announce.settle(turn, case, also=(before,)), ("took_over",))


def snooze(turn: Turn, change_id: str, *, choice: str) -> Done | Refused | Mistakes:
    """Put one's own reminders off: "1h", "4h" or "morning"; three times, never past the deadline."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.SNOOZE, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed or case.review is None:
        return turn.refuse(case, Action.SNOOZE, verdict)
    zone = persons.by_id(turn.tx, [turn.actor.person])[turn.actor.person].zone or turn.rules.zone
    until = quiet.asleep_until(choice, turn.now, zone)
    if until is None:
        return Mistakes({"choice": "empty"})
    if until > case.review.deadline:
        facts = {"due": case.review.due.isoformat(), "deadline": case.review.deadline.isoformat()}
        return turn.refuse(case, Action.SNOOZE, Verdict(False, Reason.SNOOZE_SPENT, facts=facts))
    case = turn.advance(case, "snoozed", until=until.isoformat())
    return Done(announce.settle(turn, case), ("snoozed",))


def mark_done(turn: Turn, change_id: str, *, ref: str) -> Done | Refused:
    """Tick a follow-up off; doing so twice changes nothing."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.MARK_DONE, case, turn.actor, turn.rules, turn.now, ref=ref)
    follow = question.follow_up(case, ref)
    if not verdict.allowed or follow is None:
        return turn.refuse(case, Action.MARK_DONE, verdict)
    if follow.done_at is not None:
        return Done(case)
    case = turn.advance(case, "follow_up_done", ref=ref)
    announce.line(turn, case, Line.FOLLOW_UP_DONE, by=turn.actor.person, what_digest=follow.what)
    return Done(announce.settle(turn, case, also=(follow.owner,)), ("follow_up_done",))
