"""A review becomes somebody's: from which moment, by when, and who owns it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import func, select

from workflows import announce, matching, question, quorum
from workflows.case import Case
from workflows.models import duties
from workflows.rows import Line, Told
from workflows.turn import Turn


def owe(turn: Turn, case: Case, *, prefer: str | None = None) -> Case:
    """Make the review owed (again): clock from the declaration, or the deployment if that came first.

    The owner is whoever decided, if eligible; else whoever of the reviewers owes fewest. Whoever made the change, or
    has no account that may act, is no owner: somebody else is chosen and told, or it is nobody's.
    """
    rule = matching.emergency_rule(case, turn.rules)
    start = clock_start(case)
    known = case.review if case.review and case.review.closed_at is None else None
    keeps = known is not None and known.owner is not None and _may_own(case, known.owner)
    owner = known.owner if known and keeps else choose(turn, case, prefer=prefer)
    if known is not None and known.start == start and owner == known.owner:
        return case
    nobody = known is not None and known.owner is not None and owner is None
    case = turn.advance(
        case,
        "review_owed",
        owner="" if nobody else owner,
        start=start.isoformat(),
        due=(start + rule.review.due).isoformat(),
        deadline=(start + rule.review.deadline).isoformat(),
    )
    if case.review and owner and (known is None or known.owner != owner):
        announce.line(turn, case, Line.REVIEW_OWNER, to=owner, due=case.review.due)
        if known is not None and turn.actor.person:  # the sweep reminds them of it anyhow
            announce.tell(turn, case, (owner,), Told.REVIEW_YOURS, due=case.review.due)
    return case


def _may_own(case: Case, person: str) -> bool:
    """False only for what is known: an account that was never read may be a good one."""
    accounts = case.standing.accounts.get(person)
    return person not in quorum.parties(case) and (accounts is None or quorum.good(accounts))


def owner(case: Case) -> tuple[str, ...]:
    """Whoever owns the open review, if anybody does."""
    review = case.review
    return (review.owner,) if review and review.owner and review.closed_at is None else ()


def clock_start(case: Case) -> datetime:
    """The declaration, or the first deployment if that came first; once reviewed, the first record of a later one."""
    if case.earlier_reviews:
        closed = case.earlier_reviews[-1].closed_at or case.declared_at
        later = [d.recorded_at for d in case.deployments if d.recorded_at > closed]
        return min(later, default=case.deployments[-1].recorded_at if case.deployments else closed)
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
    rule = matching.emergency_rule(case, turn.rules)
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
        select(duties.c.person, func.count().label("reviews"))
        .where(duties.c.kind == "review", duties.c.person.in_(people))
        .group_by(duties.c.person)
    )
    return {row.person: row.reviews for row in turn.tx.execute(query)} if people else {}
