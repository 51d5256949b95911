"""Undecided changes looked at again after new readings or a new policy: is somebody to be asked who was not?

Most of the time nobody is, so that is found out by reading, a few changes at a time; only what needs it is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from workflows import ageing, announce, asking, facts, quorum, read_times, snapshot
from workflows.case import Case
from workflows.change import UNDECIDED, Actor, Kind, Status
from workflows.models import changes
from workflows.ruleset import Rules
from workflows.turn import Turn

RECENT = timedelta(days=1)
MOST = 50


def waiting(tx: Connection, *, now: datetime) -> tuple[str, ...]:
    """The undecided changes in which something happened within a day, newest first, at most 50; of the deploys that
    are approved and not yet deployed as many, whose approval may not hold any more.
    """
    c = changes.c
    undecided = (c.status.in_([status.value for status in UNDECIDED]), c.updated_at > now - RECENT)
    approved = (c.kind == Kind.DEPLOY.value, c.status == Status.APPROVED.value)
    newest = [
        select(c.id).where(*those).order_by(c.declared_at.desc(), c.id.desc()).limit(MOST)
        for those in (undecided, approved)
    ]
    return tuple(id for found in newest for id in tx.execute(found).scalars())


def wanting(tx: Connection, ids: Sequence[str], *, rules: Rules, now: datetime) -> tuple[str, ...]:
    """Those of the changes in which somebody is to be asked, or whose approval holds no more. Changes nothing."""
    states = tx.execute(select(changes.c.state).where(changes.c.id.in_(ids))).scalars().all() if ids else []
    cases = [snapshot.load(state) for state in states]
    people = {p for case in cases for p in (*quorum.parties(case), *(a.person for a in case.approvals))}
    standing = facts.standing(tx, rules, people, now=now) if cases else None
    read = read_times.of(tx, cases)
    known = [replace(c, standing=standing, read=read.get(c.id, c.read)) for c in cases if standing]
    found = {c.id for c in known if _wants(c, rules, now)}
    return tuple(change for change in ids if change in found)


def _wants(case: Case, rules: Rules, now: datetime) -> bool:
    deploy = case.kind is Kind.DEPLOY and ageing.overdue(case, rules, now)
    return deploy or asking.overlooked(case, rules)


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
    if case is None or not _wants(case, rules, now):
        return False
    if case.kind is Kind.DEPLOY:
        case = ageing.catch_up(turn, case)
    if asking.overlooked(case, rules):
        case = asking.catch_up(turn, case)
    announce.settle(turn, case)
    return True
