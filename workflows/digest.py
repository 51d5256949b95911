"""The digest of a week for the change review meeting: what happened, what is open, and that the meeting looked at it.

A week has the changes that were declared in it, as the population of a pack has. Systems are named, people never are,
but for who looked at it. Drills are counted apart.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, select

from workflows import evidence, facts, ledger, lists, outbox, periods, snapshot, weeks
from workflows.case import Case
from workflows.change import Field, Kind, Status
from workflows.digested import Digest, Emergency, Open, Seen
from workflows.models import change_systems, changes, duties, events
from workflows.register_models import listed
from workflows.ruleset import Rules
from workflows.turn import Turn
from workflows.verify import SYSTEM
from workflows.weeks import Week

TEMPLATE, SEEN = "digest", "digest_seen"
FACT = "digest"
SHOWN = 8
MOST = 500
REPEATS = 5
LONG = timedelta(weeks=4)
_WENT = (Status.PROCEEDING, Status.DEPLOYED, Status.REVIEWED)


def of(tx: Connection, week: Week, rules: Rules, *, now: datetime) -> Digest:
    """The digest of a week as the record has it now."""
    here = and_(changes.c.declared_at >= week.since, changes.c.declared_at < week.until)
    counted, kind = and_(here, changes.c.drill.is_(False)), changes.c.kind
    cases = _emergencies(tx, and_(counted, kind == Kind.EMERGENCY.value))
    approved = and_(counted, kind == Kind.DEPLOY.value, listed.c.verdict == "approved")
    deploys = tx.scalar(select(func.count()).select_from(changes.join(listed)).where(approved)) or 0
    return Digest(
        week=week,
        over=week.until <= now,
        deploys=deploys,
        changes=_count(tx, counted),
        count=len(cases) if len(cases) < MOST else _count(tx, and_(counted, kind == Kind.EMERGENCY.value)),
        unapproved=sum(_unapproved(case) for case in cases),
        findings=_count(tx, and_(counted, kind == Kind.FINDING.value)),
        drills=_count(tx, and_(here, changes.c.drill.is_(True))),
        emergencies=tuple(_emergency(case, now) for case in cases[:SHOWN]),
        open=_open(tx, now),
        repeats=_repeats(tx, week),
        period=periods.unexplained(tx, week.since, min(week.until, max(now, week.since)), rules),
        seen=seen(tx, week),
    )


def _count(tx: Connection, where: ColumnElement[bool]) -> int:
    return tx.scalar(select(func.count()).select_from(changes).where(where)) or 0


def _emergencies(tx: Connection, where: ColumnElement[bool]) -> list[Case]:
    states = tx.scalars(select(changes.c.state).where(where).order_by(changes.c.declared_at, changes.c.id).limit(MOST))
    return evidence.with_bodies(tx, [snapshot.load(state) for state in states])


def _unapproved(case: Case) -> bool:
    return case.status in _WENT and lists.without_approval(case)


def _emergency(case: Case, now: datetime) -> Emergency:
    review, decision = case.review, case.decision
    approved = decision.at if decision is not None and decision.kind == "approved" else None
    ended = (review.closed_at or (now if case.closed_at is None else None)) if review else None
    return Emergency(
        key=case.key,
        systems=case.systems,
        title=None if case.confidential else case.text(Field.TITLE),
        confidential=case.confidential,
        status=case.status,
        unapproved=_unapproved(case),
        waited=approved - case.declared_at if approved else None,
        ratified=case.afterwards is not None and case.afterwards.kind == "ratified",
        reviewed_at=review.closed_at if review else None,
        due=review.due if review else None,
        late=ended - review.due if review and ended and ended > review.due else None,
        judgement=review.judgement if review else None,
    )


def _open(tx: Connection, now: datetime) -> Open:
    c = duties.c
    one = listed.c
    mine = (one.change == c.change, one.drill == false())
    # What is owed is little: each is looked up among the changes, not the other way about.
    owed = select(func.count()).select_from(duties).where(exists().where(*mine))
    is_open = (changes.c.id == one.change, changes.c.status == Status.FOUND.value, changes.c.closed_at.is_(None))
    findings = (one.drill == false(), one.kind == Kind.FINDING.value, one.reviewed_at.is_(None))
    found = select(func.count()).select_from(listed).where(*findings, exists().where(*is_open))
    return Open(
        overdue=tx.scalar(owed.where(c.kind == "review", c.due_at < now)) or 0,
        follow_ups=tx.scalar(owed.where(c.kind == "follow-up")) or 0,
        late=tx.scalar(owed.where(c.kind == "follow-up", c.due_at < now)) or 0,
        findings=tx.scalar(found) or 0,
    )


def _repeats(tx: Connection, week: Week) -> tuple[tuple[str, int], ...]:
    system, times = change_systems.c.system, func.count()
    lately = and_(changes.c.declared_at >= week.until - LONG, changes.c.declared_at < week.until)
    query = (
        select(system, times)
        .select_from(change_systems.join(changes))
        .where(lately, changes.c.kind == Kind.EMERGENCY.value, changes.c.drill.is_(False))
        .group_by(system)
        .having(times > 1)
        .order_by(times.desc(), system)
        .limit(REPEATS)
    )
    return tuple((name, many) for name, many in tx.execute(query))


def place(week: Week) -> str:
    """Where the post of a week goes: one row of the outbox for each."""
    return f"digest:{week.name}"


def posted(tx: Connection, week: Week) -> bool:
    """Whether its post was put into the outbox."""
    return outbox.find(tx, outbox.key_of(None, place(week))) is not None


def due(tx: Connection, rules: Rules, *, now: datetime) -> Week | None:
    """The week whose post is due; None: none is. After downtime only the newest is, and none from before the record."""
    week = weeks.due(now, rules.zone)
    began = tx.scalar(select(events.c.at).where(events.c.subject == SYSTEM, events.c.seq == 1))
    return None if began is None or began >= week.until or posted(tx, week) else week


def post(tx: Connection, week: Week, *, now: datetime, new_id: Callable[[], str]) -> None:
    """Have it posted for the meeting."""
    outbox.render(
        tx,
        change=None,
        place=place(week),
        template=TEMPLATE,
        payload={"week": week.name},
        version=0,
        now=now,
        new_id=new_id,
    )


def seen(tx: Connection, week: Week) -> Seen | None:
    """Who looked at it first; None: nobody has."""
    fact = facts.get(tx, FACT, week.name)
    return Seen(str(fact.value["by"]), datetime.fromisoformat(fact.value["at"])) if fact and fact.value else None


def look(turn: Turn, week: Week) -> Seen:
    """Record that the meeting looked at a week, with the numbers that it saw; the first stands, whoever comes after."""
    ledger.lock_notes(turn.tx)
    before = seen(turn.tx, week)
    if before is not None:
        return before
    saw = of(turn.tx, week, turn.rules, now=turn.now)
    ledger.note(
        turn.tx, SEEN, {"week": week.name, "by": turn.actor.person, **_numbers(saw)}, actor=turn.actor, now=turn.now
    )
    told = {"by": turn.actor.person, "at": turn.now.isoformat()}
    facts.put(turn.tx, FACT, week.name, told, as_of=turn.now, now=turn.now)
    outbox.redraw(turn.tx, place(week))
    return Seen(turn.actor.person, turn.now, anew=True)


def _numbers(saw: Digest) -> dict[str, Any]:
    return {
        "changes": saw.changes,
        "deploys": saw.deploys,
        "emergencies": saw.count,
        "without_approval": saw.unapproved,
        "findings": saw.findings,
        "unexplained": saw.period.count,
        "complete": not saw.period.gaps and bool(saw.period.sources),
    }
