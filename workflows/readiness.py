"""How far a deploy has come between its request and the pipeline. Pure."""

from datetime import datetime

from workflows import binding, conditions, freezes, matching, quorum
from workflows.case import Case
from workflows.change import Kind, Status, Type
from workflows.ruleset import Rules
from workflows.voices import evidence_young, makers_unread

THROUGH = "through:"  # what a request has noticed: the emergency's key and the commit
PENDING = (Status.REQUESTED, Status.APPROVED)


def ready(case: Case, rules: Rules, now: datetime) -> bool:
    """Whether only voices are missing: a rule matches, every condition holds by a young reading, nothing is frozen."""
    if case.kind is not Kind.DEPLOY:
        return True
    if matching.deploy_rule(case, rules).index == 0 or freezes.holds(case, rules, now) is not None:
        return False
    read = case.unlinked or (evidence_young(case, now) and makers_unread(case) is None)
    return read and not conditions.unmet(case, rules)


def asked(case: Case) -> bool:
    """Whether people were asked to decide on the revision that is there now."""
    return case.kind is not Kind.DEPLOY or any(a.revision == case.revision for a in case.asks)


def let_through(case: Case) -> bool:
    """Whether the gate let it through under the decision that stands, so that it is under way."""
    return case.decision is not None and any(one.at >= case.decision.at for one in case.passed)


def pending(case: Case) -> bool:
    """Whether it waits for people or for its pipeline: what a newer request takes the place of. Access never does."""
    deploys = case.kind is Kind.DEPLOY and case.type is not Type.ACCESS
    return deploys and case.status in PENDING and not let_through(case)


def moved(case: Case, rules: Rules) -> tuple[str, ...]:
    """Why the voices that stand hold no longer: somebody of them had a hand in it, or another rule matches; else ()."""
    given = quorum.voices(case)
    if case.kind is not Kind.DEPLOY or case.status not in PENDING or not given:
        return ()
    barred = quorum.parties(case)
    if any(a.person in barred for a in given) or quorum.twice(case):
        return ("author-learnt",)
    mine = binding.digest(case, rules)
    return ("policy",) if any(a.digest != mine for a in given) and not let_through(case) else ()


def live_through(case: Case) -> str | None:
    """The key of the emergency under which the commit that is asked for went live, if one did."""
    for one in reversed(case.notices):
        key, _, sha = one.key.removeprefix(THROUGH).partition(":")
        if one.key.startswith(THROUGH) and sha == case.sha:
            return key
    return None
