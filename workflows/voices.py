"""Whose voice counts, before a decision and afterwards, and what keeps it from counting. Pure."""

from datetime import datetime

from workflows import quorum
from workflows.change import UNDECIDED, Action, Reason, Relation, Status, Verdict
from workflows.question import Question


def _barred(q: Question) -> Verdict | None:
    """The relation that keeps a person from deciding; the strongest first."""
    me = quorum.human(q.case, q.actor.person)
    relations = {p.relation for p in q.case.parties if quorum.human(q.case, p.person) == me}
    if Relation.REQUESTER in relations:
        other = q.case.account is not None and q.actor.slack not in (None, q.case.account)
        return q.no(Reason.SECOND_ACCOUNT if other else Reason.REQUESTER, account=q.case.account)
    if Relation.IMPLEMENTER in relations:
        return q.no(Reason.IMPLEMENTER)
    if Relation.RUNNER in relations:
        return q.no(Reason.RUNS_PIPELINE)
    return q.no(Reason.AUTHOR, relation=min(relations)) if relations else None


def undecided(q: Question) -> Verdict | None:
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
        at=decision.at.isoformat() if decision and case.status is not Status.WITHDRAWN else _iso(case.closed_at),
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _stale(q: Question) -> Verdict | None:
    if q.revision is None or q.revision == q.case.revision:
        return None
    return q.no(Reason.STALE_REVISION, at=_iso(q.case.changed_at), changed=", ".join(q.case.changed))


def _spoken(q: Question, phase: str) -> Verdict | None:
    me = quorum.human(q.case, q.actor.person)
    for a in q.case.approvals:
        if (quorum.human(q.case, a.person), a.revision, a.phase) == (me, q.case.revision, phase):
            if a.taken_back_at is not None:
                return q.no(Reason.TOOK_BACK, at=a.taken_back_at.isoformat())
            return q.no(Reason.SECOND_VOICE, at=a.at.isoformat(), voice=a.voice)
    return None


def _voice(q: Question, phase: str) -> Verdict:
    """The checks every voice passes: account, not a party, one voice, in a group that counts; readings young enough."""
    bad = q.good_account(strict=False) or _barred(q) or _stale(q) or _spoken(q, phase)
    if bad:
        return bad
    names = quorum.groups(q.case, q.rules)
    young = q.young(names)
    right = quorum.right_for(q.case, q.actor.person, q.rules, phase=phase, among=young)
    if not _counts(q, right, phase):
        if young != names:
            unread = next(name for name in names if name not in young)
            return q.no(Reason.STANDING_UNKNOWN, what="group", group=unread)
        lacking = quorum.missing(q.case, q.rules, phase=phase)
        return q.no(Reason.NOT_IN_GROUP, group=lacking[0].group if lacking else names[0])
    return q.good_account(strict=True) or q.yes(right)


def _counts(q: Question, right: str | None, phase: str) -> bool:
    """Whether the voice may be given: a no by anybody whom the rule names, a yes only where one is missing."""
    lacking = {need.group for need in quorum.missing(q.case, q.rules, phase=phase)}
    if right is None or not lacking or q.action in (Action.REJECT, Action.OBJECT):
        return right is not None
    return right in lacking or (quorum.widened(q.case) and right in quorum.rule_for(q.case, q.rules).fallback)


def decide(q: Question) -> Verdict:
    return undecided(q) or _voice(q, "before")


def afterwards(q: Question) -> Verdict:
    case = q.case
    if not q.fits:
        return q.no(Reason.NOT_NOW)
    if case.afterwards is not None:
        decided = case.afterwards
        return q.no(Reason.ALREADY_DECIDED, decision=decided.kind, by=decided.by, at=decided.at.isoformat())
    if q.action is Action.RATIFY and case.decision is not None and case.decision.kind == "approved":
        return q.no(Reason.NOT_NOW)
    return _voice(q, "after")


def take_back(q: Question) -> Verdict:
    case = q.case
    mine = [a for a in quorum.voices(case) if a.person == q.actor.person]
    if not mine:
        return q.no(Reason.NOT_YOURS, action=q.action)
    if case.deployments or case.status not in (Status.DECLARED, Status.APPROVED):
        at = case.deployments[-1].at if case.deployments else case.decision.at if case.decision else None
        return q.no(Reason.TOO_LATE_TO_TAKE_BACK, at=_iso(at))
    return q.good_account(strict=False) or q.yes(mine[0].right)
