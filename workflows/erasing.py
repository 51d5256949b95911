"""Erasing what should never have been typed (a pasted password): the text goes for good, that it was there stays."""

import re
from dataclasses import dataclass

from workflows import announce, ledger, replay, tampering
from workflows.case import Case, Done, Refused
from workflows.change import Field, Mistakes
from workflows.rows import Line
from workflows.turn import UNKNOWN, Turn

BROKEN = "broken"
"""What is asked first fills two fields, the title and why it cannot wait: they go together."""
FIELDS = (BROKEN, *(field.value for field in Field if field not in (Field.TITLE, Field.WHY)))
KIND = re.compile(r"[A-Za-z][A-Za-z -]{0,39}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that the record of a change still has. `where`: the event that brought it."""

    digest: str
    where: str
    body: str


def kept(turn: Turn, case: Case) -> list[Kept]:
    """Every text of the change that is still there, also what was replaced later, oldest first."""
    where = _where(turn, case)
    bodies = ledger.with_texts(turn.tx, case, where.keys()).bodies
    return [Kept(digest, told, bodies[digest]) for digest, told in where.items() if digest in bodies]


def erase(turn: Turn, change_id: str, *, kind: str, field: str = "", digest: str = "") -> Done | Refused | Mistakes:
    """Erase the text of a field as it is now, or the text behind a digest; `kind` says what it was ("password").

    Under a legal hold nothing goes. The cards are drawn anew and the thread says so. What Slack was sent before is
    Slack's: delete it there.
    """
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    if turn.rules.retention.held(case.key):
        return Mistakes({"hold": "held"})
    if not KIND.fullmatch(kind):
        return Mistakes({"kind": "kind"})
    case = ledger.with_texts(turn.tx, case, _where(turn, case).keys())
    named = [digest] if digest else _of_field(case, field)
    gone = [one for one in dict.fromkeys(named) if one in case.bodies]
    if not gone:
        return Mistakes({"digest" if digest else "field": "no-text"})
    for one in gone:
        case = ledger.erase(turn.tx, case, one, kind=kind, actor=turn.actor, now=turn.now)
    announce.line(turn, case, Line.ERASED, by=turn.actor.person, operator=turn.actor.operator, kind=kind)
    return Done(announce.settle(turn, case), ("erased",))


def _of_field(case: Case, field: str) -> list[str]:
    names = (Field.TITLE, Field.WHY) if field == BROKEN else tuple(one for one in Field if one.value == field)
    return [case.texts[name] for name in names if name in case.texts]


def _where(turn: Turn, case: Case) -> dict[str, str]:
    """Digest → the event that committed to it."""
    told = replay.history(turn.tx, [case.id])[case.id]
    return {one: f"event {event.seq}, {event.kind}" for event, _ in told for one in tampering.commitments(event)}
