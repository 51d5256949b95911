"""What Details tells a reader beyond the case: who can approve and why not, why this rule, how old the readings are."""

from datetime import datetime

from sqlalchemy import Connection

from bot import reasons
from bot.blocks.details import Reading
from bot.caller import Caller
from bot.seeing import Sight
from workflows import matching, policy, question, quorum
from workflows.case import Case
from workflows.change import Action, Actor, Kind, Reason, Verdict
from workflows.peered import Peer
from workflows.ruleset import DeployRule, EmergencyRule, Rules

_WHY = {
    Reason.REQUESTER: "declared it",
    Reason.IMPLEMENTER: "carries it out",
    Reason.SECOND_ACCOUNT: "declared it",
    Reason.AUTHOR: "wrote part of it",
    Reason.RUNS_PIPELINE: "started the pipeline",
    Reason.SECOND_VOICE: "decided already",
    Reason.TOOK_BACK: "took the approval back",
    Reason.GUEST: "is a guest",
    Reason.DEACTIVATED: "is deactivated",
    Reason.OTHER_ORGANISATION: "is from elsewhere",
    Reason.GITHUB_UNKNOWN: "GitHub account not known",
}


def reading(tx: Connection, caller: Caller, sight: Sight) -> Reading:
    """The reading of one change for the caller."""
    case, rules = sight.case, caller.rules
    rule = matching.rule_for(case, rules)
    names = quorum.groups(case, rules)
    mine = case.standing.accounts.get(caller.actor.person, ())
    member = [name for name in names if caller.actor.person in quorum.members(case, (name,))]
    return Reading(
        deciders=_deciders(case, caller, names),
        have=len(quorum.voices(case)),
        want=sum(need.count for need in rule.approvers),
        groups=tuple(member),
        checked=min((account.as_of for account in mine), default=None) if member else None,
        rule=_rule(rule),
        policy_of=reasons.policy_since(tx, rules.digest),
        why=reasons.explained(tx, case, rules, caller.now) if case.kind is Kind.DEPLOY and sight.entitled else None,
        outside=(*_pagerduty(case, caller.rules), *_jira(case, caller.rules), *_github(case)),
        entries=case.version,
        follow_ups=_follow_ups(case, caller),
        may_read=sight.entitled,
    )


def _pagerduty(case: Case, rules: Rules) -> tuple[tuple[str, datetime | None], ...]:
    """When its incident was read; nothing where PagerDuty is linked and nothing was read of it yet."""
    if Peer.PAGERDUTY not in rules.linked:
        return (("PagerDuty", None),)
    seen = case.incident_seen
    return (("PagerDuty", seen.at),) if seen is not None and seen.id else ()


def _jira(case: Case, rules: Rules) -> tuple[tuple[str, datetime | None], ...]:
    """When its issue last said something new; nothing where Jira is linked and nothing was read of it yet."""
    if Peer.JIRA not in rules.linked:
        return (("Jira", None),)
    return (("Jira", case.issue.at),) if case.issue is not None and case.issue.id else ()


def _github(case: Case) -> tuple[tuple[str, datetime | None], ...]:
    """When it was read; nothing where it is linked and silent, which the conditions say."""
    silent = case.kind is Kind.DEPLOY and not case.unlinked and case.read.as_of is None
    return () if silent else (("GitHub", case.read.as_of),)


def _follow_ups(case: Case, caller: Caller) -> tuple[str, ...]:
    """The open follow-ups that the caller may tick off or hand over."""
    found = (one.id for one in question.follow_ups(case) if one.done_at is None)
    return tuple(
        ref
        for ref in found
        if Action.HAND_FOLLOW_UP in policy.actions_for(case, caller.actor, caller.rules, caller.now, ref=ref)
    )


def _deciders(case: Case, caller: Caller, names: tuple[str, ...]) -> tuple[tuple[str, bool, str], ...]:
    """Every member of the groups that count: may they, and if not, why."""
    able = set(quorum.askable(case, caller.rules))
    people = sorted(quorum.members(case, names), key=lambda person: (person not in able, person))
    found: list[tuple[str, bool, str]] = []
    for person in people:
        if person in able:
            found.append((person, True, ""))
            continue
        verdict: Verdict = policy.may_approve(case, Actor(person), caller.rules, caller.now)
        found.append((person, False, _why(case, verdict.reason)))
    return tuple(found)


def _why(case: Case, reason: Reason | None) -> str:
    if case.kind is Kind.DEPLOY and reason in (Reason.REQUESTER, Reason.SECOND_ACCOUNT):
        return "asked for it"
    return _WHY.get(reason, "") if reason else ""


def _rule(rule: EmergencyRule | DeployRule) -> str:
    if isinstance(rule, DeployRule) and rule.index == 0:
        return "No rule of the policy is for it, so nobody can approve it"
    needs = " and ".join(f"{need.count} of {need.group}" for need in rule.approvers)
    if rule.index == 0:
        return f"The general rule: {needs}"
    named = rule.repositories if isinstance(rule, DeployRule) else ()
    about = ", ".join((*named, *rule.systems, *rule.environments, *rule.risks, *rule.types))
    return f"Rule {rule.index} for {about}: {needs}" if about else f"Rule {rule.index}: {needs}"
