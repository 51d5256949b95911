"""Who may do what, now, and why not: pure decisions over a case and the rules.

Sources: SOC 2 CC8.1 (authorised before implementation, by somebody else), ISO 27001 A.8.32. Unknown means no.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from workflows import quorum
from workflows.case import Account, Case
from workflows.change import (
    TRANSITIONS,
    UNDECIDED,
    Action,
    Actor,
    Field,
    Item,
    Reason,
    Relation,
    Role,
    Status,
    Verdict,
)
from workflows.ruleset import Rules

MOST_SNOOZES = 3


def may(
    action: Action, case: Case, actor: Actor, rules: Rules, now: datetime, *, revision: int | None = None
) -> Verdict:
    """Whether `actor` may do `action` on the case as it stands, explained.

    `revision` is the one the person saw; None skips that check. `case.standing` must hold the readings that count.
    """
    return _RULES[action](_Question(action, case, actor, rules, now, revision))


def may_approve(
    case: Case, actor: Actor, rules: Rules, now: datetime, *, revision: int | None = None
) -> Verdict:
    """Whether this voice counts, for which group (`right`), under which rule."""
    return may(Action.APPROVE, case, actor, rules, now, revision=revision)


def may_declare(account: Account | None) -> Verdict:
    """Whether an account may declare: everybody but those known to be guests, bots, deactivated or of elsewhere.

    An account that could not be read yet may declare: at 03:00 a record comes first.
    """
    reason = _bad(account) if account else None
    return Verdict(reason is None, reason)


def actions_for(case: Case, actor: Actor, rules: Rules, now: datetime) -> tuple[Action, ...]:
    """Everything this reader may press now, in the order of `Action`; readings of any age serve (the click decides)."""
    return tuple(
        action
        for action in Action
        if action in _RULES
        and _RULES[action](_Question(action, case, actor, rules, now, None, lenient=True)).allowed
    )


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
    return Role.OUTSIDER if case.confidential and who not in _insiders(case, rules) else Role.READER


_ROLES = (
    (Action.APPROVE, Role.APPROVER),
    (Action.RATIFY, Role.RATIFIER),
    (Action.WRITE_REVIEW, Role.REVIEWER),
    (Action.AMEND_REVIEW, Role.REVIEWER),
)


def may_read(case: Case, actor: Actor, rules: Rules) -> bool:
    """Whether the texts of a case may be shown: always, unless confidential (then parties, approvers, reviewers)."""
    return not case.confidential or actor.person in _insiders(case, rules)


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


class _Question:
    """One question to the policy; `lenient` takes readings of any age (for drawing, never for deciding)."""

    __slots__ = ("action", "actor", "case", "lenient", "now", "revision", "rules")

    def __init__(
        self,
        action: Action,
        case: Case,
        actor: Actor,
        rules: Rules,
        now: datetime,
        revision: int | None,
        *,
        lenient: bool = False,
    ) -> None:
        self.action, self.case, self.actor = action, case, actor
        self.rules, self.now, self.revision, self.lenient = rules, now, revision, lenient

    @property
    def fits(self) -> bool:
        return (self.case.kind, self.case.status, self.action) in TRANSITIONS

    def no(self, reason: Reason, **facts: str | None) -> Verdict:
        rule = quorum.rule_for(self.case, self.rules)
        given = {name: value for name, value in facts.items() if value is not None}
        can = quorum.could_decide(self.case, self.rules)
        return Verdict(False, reason, None, _rule_name(rule.index), can, given)

    def yes(self, right: str | None = None, **facts: str) -> Verdict:
        return Verdict(True, None, right, _rule_name(quorum.rule_for(self.case, self.rules).index), (), facts)

    def account(self) -> Account | None:
        known = self.case.standing.accounts.get(self.actor.person, ())
        if self.actor.slack is None:
            return known[0] if known else None
        return next((a for a in known if a.slack == self.actor.slack), None)

    def good_account(self, *, strict: bool) -> Verdict | None:
        """None when the account may act; a strict question needs a reading young enough."""
        if self.actor.operator is not None:
            return None
        account = self.account()
        if account is not None and (reason := _bad(account)):
            return self.no(reason)
        if not strict or self.lenient:
            return None
        if account is None or not quorum.fresh(account.as_of, account.stale, self.rules, self.now):
            return self.no(Reason.STANDING_UNKNOWN, what="account")
        return None

    def in_group(self, names: tuple[str, ...], *, strict: bool) -> bool | None:
        """Whether the person is in one of the groups; None when the readings are too old to say."""
        unknown = False
        for name in names:
            roster = self.case.standing.rosters.get(name)
            young = roster is not None and quorum.fresh(roster.as_of, roster.stale, self.rules, self.now)
            if strict and not self.lenient and not young:
                unknown = True
            elif roster is not None and self.actor.person in roster.members:
                return True
        return None if unknown else False


def _rule_name(index: int) -> str:
    return "emergency" if index == 0 else f"emergency.rule[{index}]"


def _bad(account: Account) -> Reason | None:
    if account.deactivated or account.bot:
        return Reason.DEACTIVATED
    if account.foreign:
        return Reason.OTHER_ORGANISATION
    return Reason.GUEST if account.guest else None


def _barred(q: _Question) -> Verdict | None:
    """The relation that keeps a person from deciding; the strongest first."""
    relations = {p.relation for p in q.case.parties if p.person == q.actor.person}
    if Relation.REQUESTER in relations:
        other = q.case.account is not None and q.actor.slack not in (None, q.case.account)
        return q.no(Reason.SECOND_ACCOUNT if other else Reason.REQUESTER, account=q.case.account)
    if Relation.IMPLEMENTER in relations:
        return q.no(Reason.IMPLEMENTER)
    if Relation.RUNNER in relations:
        return q.no(Reason.RUNS_PIPELINE)
    return q.no(Reason.AUTHOR, relation=min(relations)) if relations else None


def _undecided(q: _Question) -> Verdict | None:
    case = q.case
    if case.status in UNDECIDED:
        return None
    if case.status in (Status.PROCEEDING, Status.DEPLOYED, Status.REVIEWED):
        return q.no(Reason.TOO_LATE)
    decision = case.decision
    return q.no(
        Reason.ALREADY_DECIDED,
        decision=decision.kind if decision and case.status is not Status.WITHDRAWN else case.status.value,
        by=decision.by if decision and case.status is not Status.WITHDRAWN else case.withdrawn_by,
        at=decision.at.isoformat()
        if decision and case.status is not Status.WITHDRAWN
        else _iso(case.closed_at),
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _stale(q: _Question) -> Verdict | None:
    if q.revision is None or q.revision == q.case.revision:
        return None
    return q.no(Reason.STALE_REVISION, at=_iso(q.case.changed_at), changed=", ".join(q.case.changed))


def _spoken(q: _Question, phase: str) -> Verdict | None:
    for a in q.case.approvals:
        if (a.person, a.revision, a.phase) == (q.actor.person, q.case.revision, phase):
            if a.taken_back_at is not None:
                return q.no(Reason.TOOK_BACK, at=a.taken_back_at.isoformat())
            return q.no(Reason.SECOND_VOICE, at=a.at.isoformat(), voice=a.voice)
    return None


def _voice(q: _Question, phase: str) -> Verdict:
    """The checks every voice passes: account, not a party, one voice, in a group that counts; readings young enough."""
    bad = q.good_account(strict=False) or _barred(q) or _stale(q) or _spoken(q, phase)
    if bad:
        return bad
    names = quorum.groups(q.case, q.rules)
    inside = q.in_group(names, strict=True)
    if inside is None:
        return q.no(Reason.STANDING_UNKNOWN, what="group", group=names[0])
    if not inside:
        return q.no(Reason.NOT_IN_GROUP, group=names[0])
    unknown = q.good_account(strict=True)
    if unknown:
        return unknown
    return q.yes(quorum.right_for(q.case, q.actor.person, q.rules, phase=phase))


def _decide(q: _Question) -> Verdict:
    return _undecided(q) or _voice(q, "before")


def _afterwards(q: _Question) -> Verdict:
    case = q.case
    if not q.fits:
        return q.no(Reason.NOT_NOW)
    if case.afterwards is not None:
        decided = case.afterwards
        return q.no(Reason.ALREADY_DECIDED, decision=decided.kind, by=decided.by, at=decided.at.isoformat())
    if q.action is Action.RATIFY and case.decision is not None and case.decision.kind == "approved":
        return q.no(Reason.NOT_NOW)
    return _voice(q, "after")


def _take_back(q: _Question) -> Verdict:
    case = q.case
    mine = [a for a in quorum.voices(case) if a.person == q.actor.person]
    if not mine:
        return q.no(Reason.NOT_YOURS, action=q.action)
    if case.deployments or case.status not in (Status.DECLARED, Status.APPROVED):
        at = case.deployments[-1].at if case.deployments else case.decision.at if case.decision else None
        return q.no(Reason.TOO_LATE_TO_TAKE_BACK, at=_iso(at))
    return q.good_account(strict=False) or q.yes(mine[0].right)


def _insiders(case: Case, rules: Rules) -> frozenset[str]:
    rule = quorum.rule_for(case, rules)
    named = (*(n.group for n in rule.approvers), *rule.fallback, *rule.reviewers)
    escalate = (rule.review.escalate_to,) if rule.review.escalate_to else ()
    voiced = frozenset(a.person for a in case.approvals)
    owner = frozenset({case.review.owner}) if case.review and case.review.owner else frozenset()
    return quorum.parties(case) | quorum.members(case, (*named, *escalate)) | voiced | owner


def _made_it(q: _Question) -> bool:
    return q.actor.operator is not None or q.actor.person in (q.case.requester, q.case.implementer)


def _unless(q: _Question, allowed: bool) -> Verdict:
    """The common end: the action fits the status, the account may act, and the person is one of those it is for."""
    if not q.fits:
        return _undecided_or_not_now(q)
    bad = q.good_account(strict=False)
    if bad:
        return bad
    return q.yes() if allowed else q.no(Reason.NOT_YOURS, action=q.action)


def _undecided_or_not_now(q: _Question) -> Verdict:
    if q.action is Action.PROCEED:
        return _undecided(q) or q.no(Reason.NOT_NOW)
    return q.no(Reason.NOT_NOW, status=q.case.status)


def _by_makers(q: _Question) -> Verdict:
    return _unless(q, _made_it(q))


def _by_insiders(q: _Question) -> Verdict:
    return _unless(q, q.actor.operator is not None or q.actor.person in _insiders(q.case, q.rules))


def _by_makers_or_approvers(q: _Question) -> Verdict:
    approver = q.actor.person in quorum.members(q.case, quorum.groups(q.case, q.rules))
    return _unless(q, _made_it(q) or approver)


def _nothing_live(q: _Question) -> Verdict:
    if q.case.deployments:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    owner = q.case.review.owner if q.case.review else None
    return _unless(q, _made_it(q) or (owner is not None and q.actor.person == owner))


def _withdraw(q: _Question) -> Verdict:
    return q.no(Reason.NOT_NOW, status=q.case.status) if q.case.deployments else _by_makers_or_approvers(q)


def _extend(q: _Question) -> Verdict:
    until = q.case.window_until
    if until is None or q.case.extended or until <= q.now:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    return _by_makers(q)


def reviewer_groups(case: Case, rules: Rules) -> tuple[str, ...]:
    """The groups whose members may review (and take over): `reviewers` and `escalate_to` of the matching rule."""
    rule = quorum.rule_for(case, rules)
    escalate = (rule.review.escalate_to,) if rule.review.escalate_to else ()
    return tuple(dict.fromkeys((*rule.reviewers, *escalate)))


def _review(q: _Question) -> Verdict:
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
    inside = True if owner else q.in_group(names, strict=True)
    if inside is None:
        return q.no(Reason.STANDING_UNKNOWN, what="group", group=names[0])
    return q.yes() if inside else q.no(Reason.NOT_YOURS, action=q.action, group=names[0] if names else None)


def _take_over(q: _Question) -> Verdict:
    if q.case.review is not None and q.case.review.owner == q.actor.person:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    return _review(q)


def _owner(q: _Question) -> Verdict:
    review = q.case.review
    if review is None or review.closed_at is not None:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    mine = review.owner == q.actor.person
    if mine and q.action is Action.SNOOZE and (review.snoozes >= MOST_SNOOZES or q.now >= review.deadline):
        return q.no(Reason.SNOOZE_SPENT, due=review.due.isoformat())
    return _unless(q, mine)


def _mark_done(q: _Question) -> Verdict:
    owners = {f.owner for one in (q.case.review, *q.case.earlier_reviews) if one for f in one.follow_ups}
    reviewers = quorum.members(q.case, reviewer_groups(q.case, q.rules))
    return _unless(q, q.actor.person in owners | reviewers)


def _anybody(q: _Question) -> Verdict:
    return _unless(q, True)


_RULES: Mapping[Action, Callable[[_Question], Verdict]] = {
    Action.APPROVE: _decide,
    Action.REJECT: _decide,
    Action.TAKE_BACK: _take_back,
    Action.PROCEED: _by_makers,
    Action.MARK_DEPLOYED: _by_insiders,
    Action.RATIFY: _afterwards,
    Action.OBJECT: _afterwards,
    Action.NOT_NEEDED: _nothing_live,
    Action.LATER: _by_makers,
    Action.WITHDRAW: _withdraw,
    Action.ADD_DETAILS: _by_makers,
    Action.EXTEND: _extend,
    Action.WRITE_REVIEW: _review,
    Action.AMEND_REVIEW: _review,
    Action.HAND_OVER: _owner,
    Action.TAKE_OVER: _take_over,
    Action.SNOOZE: _owner,
    Action.MARK_DONE: _mark_done,
    Action.DECLARE_AGAIN: _anybody,
}
