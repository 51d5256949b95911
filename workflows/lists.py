"""What commands, the App Home and a new card list. Confidential titles stay with those entitled."""

import difflib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from workflows import condemned, facts, ledger, owed, policy, quorum, read_times, undelivered, unmended
from workflows.case import Case
from workflows.change import UNDECIDED, Action, Actor, Field, Kind, Outcome, Status
from workflows.models import change_systems, changes, duties
from workflows.rows import Debt, DebtKind, HomeLists, Recent, Row
from workflows.ruleset import Rules

MOST = 10
MOST_CLOSED = 5
MOST_WAITING = 50
_T = TypeVar("_T")
_Order = ColumnElement[Any] | tuple[ColumnElement[Any], ...]
_OPEN = changes.c.closed_at.is_(None)


def home(tx: Connection, actor: Actor, now: datetime, rules: Rules) -> HomeLists:
    """What this person owes and has open, each in time order, with what was cut counted in `more`."""
    who = actor.person
    waiting = [row(case, actor, rules) for case in _waiting(tx, actor, now, rules)]
    due = _owed(tx, actor, now, rules)
    late = _standing(tx, _cases(tx, _late(now), changes.c.review_due, 50), actor, rules, now)
    overdue = [d for case in late if (d := _may_take(case, actor, now, rules))]
    involved = or_(changes.c.requester == who, changes.c.implementer == who)
    mine = [row(case, actor, rules) for case in _cases(tx, and_(_OPEN, involved), changes.c.declared_at, 50)]
    closed = _cases(tx, changes.c.closed_at.is_not(None), changes.c.closed_at.desc(), MOST_CLOSED)
    more: list[tuple[str, int]] = []

    def cut(name: str, rows: Sequence[_T]) -> tuple[_T, ...]:
        if len(rows) > MOST:
            more.append((name, len(rows) - MOST))
        return tuple(rows[:MOST])

    return HomeLists(
        waiting=cut("waiting", waiting),
        owed=cut("owed", due),
        overdue=cut("overdue", overdue),
        mine=cut("mine", mine),
        closed=tuple(row(case, actor, rules) for case in closed),
        lost=undelivered.lost(tx),
        unmended=tuple(row(case, actor, rules) for case in unmended.of(tx, who, limit=MOST)),
        more=tuple(more),
    )


def row(case: Case, actor: Actor | None = None, rules: Rules | None = None) -> Row:
    """A change as a line of a list, for this reader; without one for everybody: a confidential title stays out."""
    readable = actor is not None and rules is not None and policy.may_read(case, actor, rules)
    entitled = readable or not case.confidential
    review = case.review
    return Row(
        id=case.id,
        key=case.key,
        revision=case.revision,
        status=case.status,
        system=", ".join(case.systems),
        title=case.text(Field.TITLE) if entitled else None,
        risk=case.risk,
        person=case.requester,
        at=case.declared_at,
        owner=review.owner if review else None,
        due=review.due if review else None,
        deadline=review.deadline if review else None,
        confidential=case.confidential,
        drill=case.drill,
        nothing_deployed=case.nothing_deployed,
        judgement=review.judgement.value if review and review.judgement else None,
        plan=case.text(Field.PLAN) if entitled else None,
        became=_became(case),
        kind=case.kind,
        repository=case.repository or "",
        environment=case.environment,
        sha=case.sha or "",
        valid_until=case.valid_until,
        unmended=unmended.issue(case) if condemned.unmended(case) else "",
    )


def _became(case: Case) -> str:
    if not case.deployments:
        return ""
    last = case.deployments[-1]
    if last.outcome is not Outcome.OK:
        return last.outcome.value
    return last.basis if last.basis in ("rejected", "withdrawn") else ""


def _waiting(tx: Connection, actor: Actor, now: datetime, rules: Rules) -> list[Case]:
    undecided = changes.c.status.in_([s.value for s in UNDECIDED])
    cases = _standing(tx, _cases(tx, undecided, changes.c.declared_at, MOST_WAITING), actor, rules, now)
    return [case for case in cases if Action.APPROVE in policy.actions_for(case, actor, rules, now)]


def _standing(tx: Connection, cases: list[Case], actor: Actor, rules: Rules, now: datetime) -> list[Case]:
    """The cases with one reading of everybody in any of them."""
    everybody = {p for case in cases for p in (*quorum.parties(case), *(a.person for a in case.approvals))}
    standing = facts.standing(tx, rules, everybody | {actor.person}, now=now) if cases else None
    read = read_times.of(tx, cases)
    return [replace(c, standing=standing, read=read.get(c.id, c.read)) for c in cases if standing]


def _owed(tx: Connection, actor: Actor, now: datetime, rules: Rules) -> list[Debt]:
    mine = select(duties.c.change).where(duties.c.person == actor.person, duties.c.kind != "live")
    found: list[Debt] = []
    for case in _cases(tx, changes.c.id.in_(mine), changes.c.declared_at, 50):
        found += [d for d in owed.debt(case, actor.person, DebtKind.REMINDER) if d.mine]
    return sorted(found, key=lambda d: d.due)


def _late(now: datetime) -> ColumnElement[bool]:
    return and_(_OPEN, changes.c.review_due < now, changes.c.reviewed_at.is_(None))


def _may_take(case: Case, actor: Actor, now: datetime, rules: Rules) -> Debt | None:
    if Action.TAKE_OVER not in policy.actions_for(case, actor, rules, now):
        return None
    found = owed.debt(case, actor.person, DebtKind.ESCALATION, entitled=policy.may_read(case, actor, rules))
    return next((one for one in found if not one.patch and not one.ref), None)


def _cases(tx: Connection, where: ColumnElement[bool], order: _Order, limit: int) -> list[Case]:
    many = order if isinstance(order, tuple) else (order,)
    ids = tx.execute(select(changes.c.id).where(where).order_by(*many).limit(limit)).scalars().all()
    return [case for change_id in ids if (case := ledger.case(tx, change_id)) is not None]


def open_on(tx: Connection, systems: Sequence[str]) -> tuple[Row, ...]:
    """Emergencies (no drills) that are still undecided or not yet reviewed on one of these systems, newest first."""
    if not systems:
        return ()
    touching = select(change_systems.c.change).where(change_systems.c.system.in_(systems))
    where = and_(_OPEN, changes.c.kind == Kind.EMERGENCY.value, changes.c.drill.is_(False), changes.c.id.in_(touching))
    return tuple(row(case) for case in _cases(tx, where, changes.c.declared_at.desc(), 5))


def overdue_reviews(tx: Connection, systems: Sequence[str], now: datetime) -> tuple[Row, ...]:
    """Reviews past their due time on these systems, oldest first: shown on every new card of the system."""
    if not systems:
        return ()
    touching = select(change_systems.c.change).where(change_systems.c.system.in_(systems))
    late = and_(_late(now), changes.c.id.in_(touching), changes.c.drill.is_(False))
    return tuple(row(case) for case in _cases(tx, late, changes.c.review_due, 3))


def recent(
    tx: Connection, actor: Actor, rules: Rules, *, now: datetime, days: int = 30, kind: Kind | None = None
) -> Recent:
    """The last `days` days: counts of the whole span, the ten newest rows; drills are counted apart."""
    in_span = changes.c.declared_at >= now - timedelta(days=days)
    span = and_(in_span, changes.c.drill.is_(False))
    if kind is not None:
        span = and_(span, changes.c.kind == kind.value)
    cases = _cases(tx, span, changes.c.declared_at.desc(), MOST)
    emergencies = and_(span, changes.c.kind == Kind.EMERGENCY.value)
    return Recent(
        days=days,
        rows=tuple(row(case, actor, rules) for case in cases),
        emergencies=_count(tx, emergencies),
        unapproved=_unapproved(tx, emergencies),
        drills=_count(tx, and_(in_span, changes.c.drill.is_(True))),
        deploys=_count(tx, and_(span, changes.c.kind == Kind.DEPLOY.value)),
        more=max(0, _count(tx, span) - len(cases)),
        unmended=unmended.count(tx),
    )


def _count(tx: Connection, where: ColumnElement[bool]) -> int:
    return int(tx.execute(select(func.count()).select_from(changes).where(where)).scalar_one())


def _unapproved(tx: Connection, where: ColumnElement[bool]) -> int:
    """Emergencies that went ahead without an approval first: broke glass, or deployed without one."""
    went = (Status.PROCEEDING.value, Status.DEPLOYED.value, Status.REVIEWED.value)
    ids = select(changes.c.id).where(where, changes.c.status.in_(went))
    found = (ledger.case(tx, change_id) for change_id in tx.execute(ids).scalars().all())
    return sum(1 for case in found if case and without_approval(case))


def without_approval(case: Case) -> bool:
    """Whether it was not approved first, or something went live on another word than the approval."""
    decided = case.decision is not None and case.decision.kind == "approved"
    return not decided or any(one.basis != "approved" for one in case.deployments)


def by_key(tx: Connection, key: str) -> Case | None:
    """The change of a key however it is typed (case, spaces)."""
    return ledger.case_by_key(tx, key.strip().upper())


def newest_key(tx: Connection) -> str | None:
    """The key of the change that was declared last."""
    return tx.execute(select(changes.c.key).order_by(changes.c.declared_at.desc()).limit(1)).scalar()


def nearest_key(tx: Connection, key: str) -> str | None:
    """The existing key most like a mistyped one, among the newest 500."""
    keys = tx.execute(select(changes.c.key).order_by(changes.c.declared_at.desc()).limit(500)).scalars().all()
    found = difflib.get_close_matches(key.strip().upper(), keys, n=1, cutoff=0.7)
    return found[0] if found else None


def pick(tx: Connection, query: str, *, limit: int = 100) -> tuple[Row, ...]:
    """Changes to choose from in a form: open ones first, then newest; `query` matches key or system."""
    like = f"%{query.strip().upper()}%"
    touching = select(change_systems.c.change).where(func.upper(change_systems.c.system).like(like))
    where = or_(changes.c.key.like(like), changes.c.id.in_(touching)) if query.strip() else changes.c.id != ""
    order = (changes.c.closed_at.is_not(None), changes.c.declared_at.desc())
    return tuple(row(case) for case in _cases(tx, where, order, limit))
