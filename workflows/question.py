"""One question to the policy, and the readings it may rest on. Pure."""

from datetime import datetime

from workflows import matching, oncall, quorum
from workflows.case import Case
from workflows.change import Action, Actor, Reason, Verdict
from workflows.peered import Peer
from workflows.reviewed import FollowUp
from workflows.ruleset import DeployRule, Rules
from workflows.standing import Account
from workflows.transitions import TRANSITIONS


class Question:
    """One question to the policy; `lenient` takes readings of any age (for drawing, never for deciding).

    `ref`: the follow-up that is meant, where there may be several.
    """

    __slots__ = ("action", "actor", "case", "lenient", "now", "ref", "revision", "rules")

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
        ref: str = "",
    ) -> None:
        self.action, self.case, self.actor = action, case, actor
        self.rules, self.now, self.revision, self.lenient, self.ref = rules, now, revision, lenient, ref

    @property
    def fits(self) -> bool:
        return (self.case.kind, self.case.status, self.action) in TRANSITIONS

    def no(self, reason: Reason, **facts: str | None) -> Verdict:
        given = {name: value for name, value in facts.items() if value is not None}
        can = quorum.could_decide(self.case, self.rules)
        return Verdict(False, reason, None, rule_name(self.case, self.rules), can, given)

    def yes(self, right: str | None = None, **facts: str) -> Verdict:
        return Verdict(True, None, right, rule_name(self.case, self.rules), (), facts)

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
        if account is not None and (reason := bad(account)):
            return self.no(reason)
        if not strict or self.lenient:
            return None
        if account is None or not quorum.fresh(account.as_of, account.stale, self.rules, self.now):
            return self.no(Reason.STANDING_UNKNOWN, what="account")
        return None

    def young(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the groups of which it was read lately enough whether this person is in it."""
        return tuple(name for name in names if self.lenient or self._read(name))

    def _read(self, name: str) -> bool:
        roster = self.case.standing.rosters.get(name)
        return roster is not None and quorum.fresh(
            roster.read_at(self.actor.person), roster.stale, self.rules, self.now
        )

    def silent(self, name: str) -> str | None:
        """The peer for whose answer the group is unread, where that is not Slack."""
        group, roster = self.rules.groups.get(name), self.case.standing.rosters.get(name)
        if group is None or roster is None or not oncall.subjects(group):
            return None
        fixed = not (group.users or group.usergroup)
        known = fixed or quorum.fresh(roster.fixed_as_of, False, self.rules, self.now)
        return Peer.PAGERDUTY.value if known else None

    def in_group(self, names: tuple[str, ...]) -> bool | None:
        """Whether the person is in one of the groups; None when the readings are too old to say."""
        young = self.young(names)
        if self.actor.person in quorum.members(self.case, young):
            return True
        return False if young == names else None


def follow_ups(case: Case) -> tuple[FollowUp, ...]:
    """Every follow-up of the change, of its earlier reviews too."""
    return tuple(one for review in (*case.earlier_reviews, case.review) if review for one in review.follow_ups)


def follow_up(case: Case, ref: str) -> FollowUp | None:
    """The follow-up of that id."""
    return next((one for one in follow_ups(case) if one.id == ref), None)


def rule_name(case: Case, rules: Rules) -> str:
    """The rule as the policy file calls it; "deploy[0]": none matches."""
    rule = matching.rule_for(case, rules)
    if isinstance(rule, DeployRule):
        return f"deploy[{rule.index}]"
    return "emergency" if rule.index == 0 else f"emergency.rule[{rule.index}]"


def bad(account: Account) -> Reason | None:
    if account.deactivated or account.bot:
        return Reason.DEACTIVATED
    if account.foreign:
        return Reason.OTHER_ORGANISATION
    return Reason.GUEST if account.guest else None


def reviewer_groups(case: Case, rules: Rules) -> tuple[str, ...]:
    """The groups whose members may review (and take over): `reviewers` and `escalate_to` of the matching rule."""
    rule = matching.emergency_rule(case, rules)
    escalate = (rule.review.escalate_to,) if rule.review.escalate_to else ()
    return tuple(dict.fromkeys((*rule.reviewers, *escalate)))


def insiders(case: Case, rules: Rules) -> frozenset[str]:
    """Parties, approvers, reviewers, whoever spoke on it or owns its review."""
    rule = matching.rule_for(case, rules)
    named = (*(n.group for n in rule.approvers), *rule.fallback, *reviewer_groups(case, rules))
    voiced = frozenset(a.person for a in case.approvals)
    owner = frozenset({case.review.owner}) if case.review and case.review.owner else frozenset()
    return quorum.parties(case) | quorum.members(case, named) | voiced | owner
