"""Declaring an emergency: recorded first, whatever else is down."""

from dataclasses import replace

from workflows import announce, asking, debts, documents, facts, ledger, lists, policy, quorum
from workflows.case import Case, Done, Refused
from workflows.change import Field, Kind, Mistakes, Status
from workflows.documents import Declaration
from workflows.rows import Line, Told
from workflows.standing import Account
from workflows.turn import Turn


def declare(turn: Turn, form: Declaration) -> Done | Refused | Mistakes:
    """Record an emergency at once, post its card, ask whoever may decide. Reads nothing outside the database.

    Only an empty required field, a link that cannot be read or a time in the future stops it (`Mistakes`), and an
    account known to be no colleague's (`Refused`; no change that could keep the try).
    """
    verdict = policy.may_declare(_account(turn))
    if not verdict.allowed:
        return Refused(verdict, None, recorded=False)
    wrong = documents.mistakes(turn, form)
    if wrong:
        return Mistakes(wrong)
    implementer = form.implementer or turn.actor.person
    data = documents.recorded(turn, form) | {
        "drill": form.drill,
        "implementer": implementer,
        "known_as": turn.known_as((turn.actor.person, implementer)),
        "account": turn.actor.slack,
        "policy": turn.rules.digest,
        "posted": turn.rules.incidents,
        "channel": form.channel,
        "origin_key": form.origin_key,
        "related": [] if form.drill else [row.key for row in lists.open_on(turn.tx, form.systems)],
    }
    case = ledger.declare(
        turn.tx,
        kind=Kind.EMERGENCY,
        drill=form.drill,
        data={name: value for name, value in data.items() if value is not None},
        actor=turn.actor,
        now=turn.now,
        new_id=turn.new_id,
    )
    case = turn.with_standing(case)
    announce.card(turn, case, case.posted, main=True)
    if form.channel and not _same(form.channel, turn):
        announce.card(turn, case, form.channel, main=False)
    case = _live_already(turn, case) if case.live_since else asking.first(turn, case)
    people = list(case.asks[0].people) if case.asks else []
    operator = turn.actor.operator
    announce.line(turn, case, Line.DECLARED, by=case.requester, people=people, operator=operator)
    announce.tell(turn, case, (implementer,), Told.IMPLEMENTER, by=case.requester)
    _follow_on(turn, case)
    return Done(announce.settle(turn, case), ("declared",))


def _account(turn: Turn) -> Account | None:
    known = facts.standing(turn.tx, turn.rules, {turn.actor.person}, now=turn.now).accounts.get(turn.actor.person, ())
    return next((account for account in known if account.slack == turn.actor.slack), None)


def _same(channel: str, turn: Turn) -> bool:
    return channel == turn.rules.incidents


def _live_already(turn: Turn, case: Case) -> Case:
    what = case.texts.get(Field.REFERENCE) or case.texts[Field.PLAN]
    case = turn.advance(
        case, "deployed", what=what, at=case.live_since.isoformat() if case.live_since else "", outcome="ok",
        basis="undeclared", by=case.implementer,
    )  # fmt: skip
    announce.line(turn, case, Line.LIVE_BEFORE, by=case.requester, at=case.live_since)
    case = debts.owe(turn, case)
    people = quorum.could_decide(replace(case, status=Status.DECLARED), turn.rules)[: asking.AT_MOST]
    announce.tell(turn, case, people, Told.RATIFY, at=case.live_since)
    return case


def _follow_on(turn: Turn, case: Case) -> None:
    """Write on the change that failed (or was rejected) that it goes on in this one."""
    origin = ledger.case_by_key(turn.tx, case.origin_key) if case.origin_key else None
    if origin is not None and (held := turn.hold(origin.id)) is not None:
        held = turn.advance(held, "followed_on", key=case.key)
        word = Line.MADE_EMERGENCY if held.kind is Kind.DEPLOY else Line.DECLARED_AGAIN
        announce.line(turn, held, word, key=case.key, by=turn.actor.person)
