"""Who may do what, now, and why not: pure decisions over a case and the rules.

Sources: SOC 2 CC8.1 (authorised before implementation, by somebody else), ISO 27001 A.8.32. Unknown means no.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from workflows import permitted, quorum, readiness, voices
from workflows.case import Case
from workflows.change import (
    Action,
    Actor,
    Field,
    Item,
    Kind,
    Outcome,
    Reason,
    Role,
    Status,
    Verdict,
)
from workflows.question import Question, bad, follow_up, insiders, reviewer_groups
from workflows.ruleset import Rules
from workflows.standing import Account

MOST_SNOOZES = 3


def may(
    action: Action,
    case: Case,
    actor: Actor,
    rules: Rules,
    now: datetime,
    *,
    revision: int | None = None,
    ref: str = "",
) -> Verdict:
    """Whether `actor` may do `action` on the case as it stands, explained.

    `revision` is the one the person saw; None skips that check. `ref` is the follow-up that is meant, if one is.
    `case.standing` must hold the readings that count.
    """
    return _RULES[action](Question(action, case, actor, rules, now, revision, ref=ref))


def may_approve(case: Case, actor: Actor, rules: Rules, now: datetime, *, revision: int | None = None) -> Verdict:
    """Whether this voice counts, for which group (`right`), under which rule."""
    return may(Action.APPROVE, case, actor, rules, now, revision=revision)


def may_declare(account: Account | None) -> Verdict:
    """Whether an account may declare: everybody but those known to be guests, bots, deactivated or of elsewhere.

    An account that could not be read yet may declare: at 03:00 a record comes first.
    """
    reason = bad(account) if account else None
    return Verdict(reason is None, reason)


def actions_for(case: Case, actor: Actor, rules: Rules, now: datetime, *, ref: str = "") -> tuple[Action, ...]:
    """Everything this reader may press now, in the order of `Action`; readings of any age serve (the click decides).

    What may be done with a follow-up is among it when `ref` names that follow-up.
    """

    def shown(action: Action) -> bool:
        return _RULES[action](Question(action, case, actor, rules, now, None, lenient=True, ref=ref)).allowed

    return tuple(action for action in Action if action in _RULES and shown(action))


def role(case: Case, actor: Actor, rules: Rules, now: datetime) -> Role:
    """How this reader stands to the change, the most useful answer first."""
    who = actor.person
    open_review = case.review is not None and case.review.closed_at is None
    if any(a.person == who for a in quorum.voices(case)) and not case.deployments:
        return Role.APPROVED
    if open_review and case.review is not None and case.review.owner == who:
        return Role.OWNER
    if who == case.requester:
        return Role.REQUESTER
    if who == case.implementer:
        return Role.IMPLEMENTER
    allowed = actions_for(case, actor, rules, now)
    for action, named in _ROLES:
        if action in allowed:
            return named
    return Role.OUTSIDER if case.confidential and who not in insiders(case, rules) else Role.READER


_ROLES = (
    (Action.APPROVE, Role.APPROVER),
    (Action.RATIFY, Role.RATIFIER),
    (Action.WRITE_REVIEW, Role.REVIEWER),
    (Action.AMEND_REVIEW, Role.REVIEWER),
)


def may_read(case: Case, actor: Actor, rules: Rules) -> bool:
    """Whether the texts of a case may be shown: always, unless confidential (then parties, approvers, reviewers)."""
    return not case.confidential or actor.person in insiders(case, rules)


def documented(case: Case) -> frozenset[Item]:
    """Which of the seven minimum items are there; presets count, a flagged placeholder does not."""
    flagged = set(case.flagged)
    have = {
        Item.JUSTIFICATION: Field.WHY in case.texts and Field.WHY not in flagged,
        Item.PLAN: Field.PLAN in case.texts and Field.PLAN not in flagged,
        Item.SYSTEMS: bool(case.systems),
        Item.ENVIRONMENT: bool(case.environment),
        Item.RISK: bool(case.risk),
        Item.TESTS: Field.TESTS in case.texts and Field.TESTS not in flagged,
        Item.ROLLBACK: Field.ROLLBACK in case.texts and Field.ROLLBACK not in flagged,
    }
    return frozenset(item for item, there in have.items() if there)


def _ask_again(q: Question) -> Verdict:
    """What expired, was refused or did not work may be asked for again; what is live and works is not."""
    last = q.case.deployments[-1] if q.case.deployments else None
    if q.case.status is Status.DEPLOYED and (last is None or last.outcome in (Outcome.OK, Outcome.STARTED)):
        return q.no(Reason.NOT_NOW, status=q.case.status)
    return q.no(Reason.NOT_NOW, status=q.case.status) if q.case.rollback else permitted.by_makers_or_approvers(q)


def _nothing_live(q: Question) -> Verdict:
    if q.case.deployments:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    owner = q.case.review.owner if q.case.review else None
    return permitted.unless(q, permitted.made_it(q) or (owner is not None and q.actor.person == owner))


def _withdraw(q: Question) -> Verdict:
    begun = readiness.let_through(q.case) if q.case.kind is Kind.DEPLOY else bool(q.case.deployments)
    return q.no(Reason.NOT_NOW, status=q.case.status) if begun else permitted.by_makers_or_approvers(q)


def _edit(q: Question) -> Verdict:
    """What is on its way to production is no longer changed: another commit takes another request."""
    return q.no(Reason.NOT_NOW, status=q.case.status) if readiness.let_through(q.case) else permitted.by_makers(q)


def _extend(q: Question) -> Verdict:
    until = q.case.window_until
    if until is None or q.case.extended or until <= q.now:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    return permitted.by_makers(q)


def _review(q: Question) -> Verdict:
    """A reviewer took no part in the change, and is in `reviewers` by a reading young enough, or owns the review."""
    if not q.fits or (q.action is not Action.AMEND_REVIEW and q.case.review is None):
        return q.no(Reason.NOT_NOW, status=q.case.status)
    if q.actor.person in quorum.parties(q.case):
        return q.no(Reason.REVIEW_BY_PARTY)
    names = reviewer_groups(q.case, q.rules)
    owner = q.case.review is not None and q.case.review.owner == q.actor.person
    bad = q.good_account(strict=True)
    if bad:
        return bad
    inside = True if owner else q.in_group(names)
    if inside is None:
        return q.no(Reason.STANDING_UNKNOWN, what="group", group=names[0])
    return q.yes() if inside else q.no(Reason.NOT_YOURS, action=q.action, group=names[0] if names else None)


def _take_over(q: Question) -> Verdict:
    if q.case.review is not None and q.case.review.owner == q.actor.person:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    return _review(q)


def _owner(q: Question) -> Verdict:
    review = q.case.review
    if review is None or review.closed_at is not None:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    mine = review.owner == q.actor.person
    if mine and q.action is Action.SNOOZE and (review.snoozes >= MOST_SNOOZES or q.now >= review.deadline):
        return q.no(Reason.SNOOZE_SPENT, due=review.due.isoformat())
    return permitted.unless(q, mine)


def _follow_up(q: Question) -> Verdict:
    """Whoever has the follow-up, and every reviewer. To tick off twice what is done changes nothing, so it may be."""
    one = follow_up(q.case, q.ref)
    if one is None:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    if one.done_at is not None and (q.lenient or q.action is Action.HAND_FOLLOW_UP):
        return q.no(Reason.NOT_NOW, status=q.case.status, follow_up="done")
    reviewers = quorum.members(q.case, reviewer_groups(q.case, q.rules))
    return permitted.unless(q, q.actor.person == one.owner or q.actor.person in reviewers)


def _make_emergency(q: Question) -> Verdict:
    """Whoever may declare may; not of what is live and works."""
    last = q.case.deployments[-1] if q.case.deployments else None
    if q.case.status is Status.DEPLOYED and last is not None and last.outcome is Outcome.OK:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    return permitted.anybody(q)


_RULES: Mapping[Action, Callable[[Question], Verdict]] = {
    Action.APPROVE: voices.decide,
    Action.REJECT: voices.decide,
    Action.TAKE_BACK: voices.take_back,
    Action.PROCEED: permitted.by_makers,
    Action.MARK_DEPLOYED: permitted.by_insiders,
    Action.RATIFY: voices.afterwards,
    Action.OBJECT: voices.afterwards,
    Action.NOT_NEEDED: _nothing_live,
    Action.LATER: permitted.by_makers,
    Action.WITHDRAW: _withdraw,
    Action.ADD_DETAILS: permitted.by_makers,
    Action.EXTEND: _extend,
    Action.WRITE_REVIEW: _review,
    Action.AMEND_REVIEW: _review,
    Action.HAND_OVER: _owner,
    Action.TAKE_OVER: _take_over,
    Action.SNOOZE: _owner,
    Action.MARK_DONE: _follow_up,
    Action.HAND_FOLLOW_UP: _follow_up,
    Action.DECLARE_AGAIN: permitted.anybody,
    Action.EDIT: _edit,
    Action.ASK_AGAIN: _ask_again,
    Action.MAKE_EMERGENCY: _make_emergency,
    Action.LIFT: voices.lift,
}
