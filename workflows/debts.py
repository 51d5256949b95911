"""A review becomes somebody's: from which moment, by when, and who owns it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import func, select

from workflows import announce, question, quorum
from workflows.case import Case
from workflows.models import duties
from workflows.rows import Line
from workflows.turn import Turn


def owe(turn: Turn, case: Case, *, prefer: str | None = None) -> Case:
    """Make the review owed (again): clock from the declaration, or the deployment if that came first.

    The owner is whoever decided, if eligible; else whoever of the reviewers owes fewest.
    """
    rule = quorum.rule_for(case, turn.rules)
    start = clock_start(case)
    known = case.review
    if known is not None and known.closed_at is None and known.owner is not None and known.start == start:
        return case
    owner = known.owner if known and known.closed_at is None else None
    owner = owner or choose(turn, case, prefer=prefer)
    case = turn.advance(
        case,
        "review_owed",
        owner=owner,
        start=start.isoformat(),
        due=(start + rule.review.due).isoformat(),
        deadline=(start + rule.review.deadline).isoformat(),
    )
    if case.review and owner and (known is None or known.owner != owner):
        announce.line(turn, case, Line.REVIEW_OWNER, to=owner, due=case.review.due)
    return case


def clock_start(case: Case) -> datetime:
    """The declaration, or the first deployment (of this round) if that came first."""
    if case.earlier_reviews and case.deployments:
        return case.deployments[-1].recorded_at
    moments = [case.declared_at, *(d.at for d in case.deployments)]
    if case.live_since:
        moments.append(case.live_since)
    return min(moments)


def eligible(case: Case, turn: Turn) -> tuple[str, ...]:
    """Who may review: members of the reviewers' groups with a good account that took no part in the change."""
    found: dict[str, None] = {}
    for name in question.reviewer_groups(case, turn.rules):
        for person in sorted(quorum.members(case, (name,)) - quorum.parties(case)):
            if quorum.good(case.standing.accounts.get(person, ())):
                found.setdefault(person)
    return tuple(found)


def choose(turn: Turn, case: Case, *, prefer: str | None = None) -> str | None:
    """The owner of a new review; None when nobody is eligible (the sweep tries again and tells the escalation)."""
    rule = quorum.rule_for(case, turn.rules)
    able = eligible(case, turn)
    first = quorum.members(case, rule.reviewers)
    candidates = [p for p in able if p in first] or list(able)
    if prefer in candidates:
        return prefer
    owed = owing(turn, candidates)
    return min(candidates, key=lambda p: (owed.get(p, 0), p)) if candidates else None


def owing(turn: Turn, people: Collection[str]) -> Mapping[str, int]:
    """How many open reviews each of these people owns."""
    query = (
        select(duties.c.person, func.count())
        .where(duties.c.kind == "review", duties.c.person.in_(people))
        .group_by(duties.c.person)
    )
    return dict(turn.tx.execute(query).tuples().all()) if people else {}
