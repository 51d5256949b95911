"""The sweep: whatever is due on any change is done once, whoever runs it, whenever it comes back.

Due changes are asked of the database (`changes.next_due_at`); what was already sent stands in the events. One message
a person for all they owe at that time; an older one shrinks.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from workflows import (
    ageing,
    announce,
    asking,
    closing_access,
    debts,
    gates,
    ledger,
    mailing,
    matching,
    outbox,
    patches,
    patching,
    persons,
    quiet,
    quorum,
    schedule,
)
from workflows.case import Case, Noticed
from workflows.change import UNDECIDED, Actor
from workflows.mailing import Mail
from workflows.models import changes
from workflows.rows import DebtKind, Line, Told
from workflows.ruleset import Rules
from workflows.schedule import Due, Step
from workflows.turn import Turn

_TO_OWNER = frozenset({DebtKind.ASKED, DebtKind.REMINDER})
_LOUD = frozenset({DebtKind.ESCALATION, DebtKind.LAST_CALL, DebtKind.DEADLINE, DebtKind.DAILY})


def sweep(
    tx: Connection,
    *,
    rules: Rules,
    now: datetime,
    new_id: Callable[[], str],
    salt: Callable[[], bytes],
    down: tuple[datetime, datetime] | None = None,
    limit: int = 200,
    only: Collection[str] | None = None,
) -> int:
    """Do what is due on at most `limit` changes (of those in `only`) and return how many were looked at.

    `down` is the span in which nothing ran: what should have gone out then is marked late.
    """
    turn = Turn(tx, Actor(""), rules, now, new_id, salt)
    mail: dict[str, Mail] = {}
    found = due(tx, now=now, limit=limit, only=only)
    asked, freed = set[str](), set[str]()
    for case in _held_in_order(turn, found):
        after = _one(turn, case, mail)
        asked |= {p for a in after.asks[len(case.asks) :] for p in a.people}
        if debts.owner(case) != debts.owner(after):
            freed |= set(debts.owner(case))
            asked |= {*debts.owner(case), *debts.owner(after)}
    announce.homes(turn, asked)
    for person in sorted({*mail, *freed}):
        if person in mail:
            mailing.post(turn, person, mail[person], down)
        else:
            announce.debts_of(turn, (person,))
    return len(found)


def due(
    tx: Connection,
    *,
    now: datetime,
    limit: int = 200,
    only: Collection[str] | None = None,
    undecided: bool | None = None,
) -> tuple[str, ...]:
    """The changes on which something is due, the longest overdue first; `undecided`: only those, or all but those."""
    first = select(changes.c.id).where(changes.c.next_due_at <= now).order_by(changes.c.next_due_at)
    if only is not None:
        first = first.where(changes.c.id.in_(list(only)))
    if undecided is not None:
        first = first.where(changes.c.status.in_([s.value for s in UNDECIDED]).is_(undecided))
    return tuple(tx.execute(first.limit(limit)).scalars())


def _held_in_order(turn: Turn, ids: Iterable[str]) -> Iterator[Case]:
    """Take the changes in the one order that everybody takes several in, so that no two wait for each other."""
    for change_id in sorted(ids):
        case = turn.hold(change_id)
        if case is not None:
            yield case


def _one(turn: Turn, case: Case, mail: dict[str, Mail]) -> Case:
    if case.status in UNDECIDED:
        case = asking.fallback_if_needed(turn, case)
    held: list[datetime] = []
    for one in schedule.due(case, turn.rules, turn.now):
        if isinstance(one.kind, Step):
            case, until = _step(turn, case, one)
        elif one.ref == patches.REF:
            case, until = patching.remind(turn, case, one, one.kind, mail)
        else:
            case, until = _debt(turn, case, one, one.kind, mail)
        held += [until] if until else []
    later = [schedule.next_due(_without(case, turn, held), turn.rules, turn.now), *held]
    ledger.set_next_due(turn.tx, case.id, min((at for at in later if at is not None), default=None))
    return case


def _without(case: Case, turn: Turn, held: Sequence[datetime]) -> Case:
    """The case as if what is held were sent, so that the next look is at the end of the night and not before."""
    if not held:
        return case
    overdue = tuple(Noticed(d.key, turn.now) for d in schedule.due(case, turn.rules, turn.now))
    return replace(case, notices=(*case.notices, *overdue))


def _step(turn: Turn, case: Case, one: Due) -> tuple[Case, datetime | None]:
    if one.kind is Step.NUDGE:
        widening = any(d.kind is Step.WIDEN for d in schedule.due(case, turn.rules, turn.now))
        return (case if widening else asking.nudge(turn, case)), None
    if one.kind is Step.WIDEN:
        return asking.widen(turn, case), None
    if one.kind is Step.GATE_CLOSED:
        return gates.closed(turn, case, one.key), None
    if one.kind is Step.ACCESS_OVER:
        return closing_access.ask(turn, case, one), None
    if one.kind is not Step.IS_LIVE:
        return ageing.step(turn, case, one), None
    until = _night(turn, case, case.implementer)
    if until:
        return case, until
    decided = case.decision
    case = turn.advance(case, "noticed", key=one.key, to=[case.implementer])
    again = True if case.later_until else None
    if decided:
        facts = {"at": decided.at, "basis": decided.kind, "again": again, "asked_at": turn.now}
        announce.tell(turn, case, (case.implementer,), Told.IS_LIVE, **facts)
    return case, None


def _debt(turn: Turn, case: Case, one: Due, kind: DebtKind, mail: dict[str, Mail]) -> tuple[Case, datetime | None]:
    """Tell whoever this notice is for and is awake; return until when the others sleep."""
    if kind is not DebtKind.FOLLOW_UP:
        case = debts.owe(turn, case)  # whose owner is missing, gone, or took part by now
    sent = {notice.key for notice in case.notices}
    people = [p for p in _audience(turn, case, one, kind) if f"{one.key}:{p}" not in sent]
    asleep = {p: until for p in people if (until := _held(turn, case, p, kind))}
    awake = [p for p in people if p not in asleep]
    first = not any(key.startswith(f"{one.key}:") for key in sent)
    if first and (awake or not asleep):
        _say(turn, case, one, kind, awake)
    if asleep:
        for person in awake:
            case = turn.advance(case, "noticed", key=f"{one.key}:{person}", to=[person])
    else:
        case = turn.advance(case, "noticed", key=one.key, to=awake)
    for person in awake:
        mailing.collect(mail, person, kind, one.at, case.id)
    return case, min(asleep.values(), default=None)


def _say(turn: Turn, case: Case, one: Due, kind: DebtKind, people: Sequence[str]) -> None:
    """What everybody sees: a line in the thread, and the escalations channel at the deadline.

    Where nobody may review it, that channel hears of it whenever somebody should have, the strongest only.
    """
    if kind is DebtKind.ESCALATION:
        announce.line(turn, case, Line.REVIEW_DUE, people=list(people))
    if kind is DebtKind.DEADLINE:
        announce.line(turn, case, Line.REVIEW_DEADLINE, people=list(people))
    nobody = kind in _LOUD and not debts.owner(case) and _strongest(turn, case) == one
    if nobody or (kind is DebtKind.DEADLINE and debts.owner(case)):
        outbox.notice(
            turn.tx,
            key=f"{case.id}:{one.key}:channel",
            change=case.id,
            place=f"channel:{turn.rules.escalations}",
            template="escalation",
            payload={"kind": kind.value} | ({"nobody": True} if nobody else {}),
            now=turn.now,
            new_id=turn.new_id,
        )


def _strongest(turn: Turn, case: Case) -> Due | None:
    due = {kind: d for d in schedule.due(case, turn.rules, turn.now) for kind in _LOUD if kind is d.kind}
    return due[max(due, key=mailing.STRENGTH.__getitem__)] if due else None


def _audience(turn: Turn, case: Case, one: Due, kind: DebtKind) -> tuple[str, ...]:
    if kind is DebtKind.FOLLOW_UP:
        reviews = (case.review, *case.earlier_reviews)
        return tuple(f.owner for r in reviews if r for f in r.follow_ups if f.id == one.ref)
    owner = (case.review.owner,) if case.review and case.review.owner else ()
    if kind in _TO_OWNER and owner:
        return owner
    rule = matching.emergency_rule(case, turn.rules)
    group = (rule.review.escalate_to,) if rule.review.escalate_to else rule.reviewers
    others = sorted(quorum.members(case, group) - quorum.parties(case))
    able = [p for p in others if quorum.good(case.standing.accounts.get(p, ()))]
    return tuple(dict.fromkeys((*owner, *able)))


def _held(turn: Turn, case: Case, person: str, kind: DebtKind) -> datetime | None:
    review = case.review
    if kind is DebtKind.DEADLINE:
        return None
    until = _night(turn, case, person)
    mine = review is not None and review.owner == person
    if mine and review and review.snoozed_until and kind in _TO_OWNER and review.snoozed_until > turn.now:
        until = max(until or review.snoozed_until, review.snoozed_until)
    if until and review and kind is not DebtKind.FOLLOW_UP and turn.now < review.deadline <= until:
        return None
    return until


def _night(turn: Turn, case: Case, person: str) -> datetime | None:
    known = persons.by_id(turn.tx, [person]).get(person)
    zone = (known.zone if known else None) or turn.rules.zone
    return quiet.held_until(turn.now, zone, matching.emergency_rule(case, turn.rules).quiet_hours)
