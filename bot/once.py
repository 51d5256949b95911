"""One delivery, one effect: the use case, its answer and the row that remembers both are one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from bot.caller import Caller
from bot.desk import Desk
from workflows import inbox, ledger
from workflows.turn import Turn


class ReadOnly(RuntimeError):
    """Another process decides by another policy: this one records nothing until they agree."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What Slack is answered (a JSON value; None: nothing). `again`: the form goes back, and may be sent again."""

    body: Any = None
    again: bool = False


def turn(desk: Desk, caller: Caller, tx: Connection) -> Turn:
    """The caller's turn at the record, in this transaction."""
    return Turn(tx, caller.actor, caller.rules, caller.now, desk.new_id, desk.salt)


def once(desk: Desk, caller: Caller, work: Callable[[Turn], Reply], *, form: str = "") -> Any:
    """Do `work` in one transaction and return its answer, after the commit; sent again, the first answer.

    `form` names a submitted modal: a second Submit of it, after a lost ack, answers as the first. Whatever is
    raised rolls everything back. Raises ReadOnly.
    """
    if not desk.policy.writable:
        raise ReadOnly
    keys = [caller.key, f"view:{form}"] if form else [caller.key]
    with desk.db.write() as tx:
        stored = inbox.once(tx, keys, desk.clock.real())
        if stored is not None:
            desk.meter.repeated()
            return stored.answer
        reply = work(turn(desk, caller, tx))
        if reply.again:
            inbox.release(tx, keys[1:])
            keys = keys[:1]
        inbox.answer(tx, keys, reply.body)
    return reply.body


def first_time(desk: Desk, caller: Caller, *, opened: str = "") -> bool:
    """Whether this delivery is new, for one whose whole effect is at Slack (a form that opens).

    `opened`: the id of a confidential change whose texts are shown by it; that is kept in the record. Raises ReadOnly
    where nothing can be kept there: then they are not shown.
    """
    if opened and not desk.policy.writable:
        raise ReadOnly
    with desk.db.write() as tx:
        if inbox.once(tx, [caller.key], desk.clock.real()) is not None:
            desk.meter.repeated()
            return False
        if opened:
            ledger.note(tx, "opened", {"change": opened}, actor=caller.actor, now=caller.now)
        return True


def remembered(desk: Desk, caller: Caller, body: Any, *, opened: str = "") -> Any:
    """Answer a question about the record with `body`, or with what was answered the first time; `opened` as above."""
    if not desk.policy.writable:
        if opened:
            raise ReadOnly
        return body

    def work(turn: Turn) -> Reply:
        if opened:
            ledger.note(turn.tx, "opened", {"change": opened}, actor=caller.actor, now=caller.now)
        return Reply(body)

    return once(desk, caller, work)
