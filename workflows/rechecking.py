"""Undecided changes looked at again after new readings or a new policy: is somebody to be asked who was not?

Most of the time nobody is, so that is found out by reading, a few changes at a time; only what needs it is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from workflows import announce, asking, facts, quorum, snapshot
from workflows.change import UNDECIDED, Actor
from workflows.models import changes
from workflows.ruleset import Rules
from workflows.turn import Turn

RECENT = timedelta(days=1)
MOST = 50


def waiting(tx: Connection, *, now: datetime) -> tuple[str, ...]:
    """The undecided changes in which something happened within a day, newest first, at most 50."""
    c = changes.c
    undecided = (c.status.in_([status.value for status in UNDECIDED]), c.updated_at > now - RECENT)
    found = select(c.id).where(*undecided).order_by(c.declared_at.desc(), c.id.desc()).limit(MOST)
    return tuple(tx.execute(found).scalars())


def wanting(tx: Connection, ids: Sequence[str], *, rules: Rules) -> tuple[str, ...]:
    """Those of the changes in which somebody is to be asked; changes nothing."""
    states = tx.execute(select(changes.c.state).where(changes.c.id.in_(ids))).scalars().all() if ids else []
    cases = [snapshot.load(state) for state in states]
    people = {p for case in cases for p in (*quorum.parties(case), *(a.person for a in case.approvals))}
    standing = facts.standing(tx, rules, people) if cases else None
    found = {c.id for c in cases if standing and asking.overlooked(replace(c, standing=standing), rules)}
    return tuple(change for change in ids if change in found)


def recheck(
    tx: Connection,
    change_id: str,
    *,
    rules: Rules,
    now: datetime,
    new_id: Callable[[], str],
    salt: Callable[[], bytes],
) -> bool:
    """Ask on this change whoever is to be asked by now; False: nobody is (any more)."""
    turn = Turn(tx, Actor(""), rules, now, new_id, salt)
    case = turn.hold(change_id)
    if case is None or not asking.overlooked(case, rules):
        return False
    announce.settle(turn, asking.catch_up(turn, case))
    return True
