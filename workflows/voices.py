"""Whose voice counts, before a decision and afterwards, and what keeps it from counting. Pure."""

from datetime import datetime, timedelta

from workflows import conditions, freezes, matching, quorum
from workflows.case import Case
from workflows.change import UNDECIDED, Action, Kind, Reason, Relation, Status, Verdict
from workflows.question import Question
from workflows.reading import Part

EVIDENCE_MAX_AGE = timedelta(minutes=10)
"""What GitHub said may be this old at the click; the worker reads open requests every minute, and on each webhook."""


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
    if case.status is Status.SUPERSEDED:
        return q.no(Reason.ALREADY_DECIDED, decision="superseded", key=case.superseded_by, at=_iso(case.closed_at))
    if case.status is Status.EXPIRED:
        return q.no(Reason.ALREADY_DECIDED, decision="expired", at=_iso(case.expired_at))
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
            return q.no(Reason.STANDING_UNKNOWN, what="group", group=unread, peer=q.silent(unread))
        return _outside(q, names, phase)
    return q.good_account(strict=True) or q.yes(right)


def _outside(q: Question, names: tuple[str, ...], phase: str) -> Verdict:
    """No member of a group that counts; of whoever was on call for one a moment ago, until when."""
    over = quorum.off_call(q.case, names).get(q.actor.person)
    if over is not None:
        return q.no(Reason.NOT_IN_GROUP, group=over[1], since=over[0].isoformat())
    lacking = quorum.missing(q.case, q.rules, phase=phase)
    return q.no(Reason.NOT_IN_GROUP, group=lacking[0].group if lacking else names[0])


def _counts(q: Question, right: str | None, phase: str) -> bool:
    """Whether the voice may be given: a no by anybody whom the rule names, a yes only where one is missing."""
    lacking = {need.group for need in quorum.missing(q.case, q.rules, phase=phase)}
    if right is None or not lacking or q.action in (Action.REJECT, Action.OBJECT):
        return right is not None
    return right in lacking or (quorum.widened(q.case) and right in matching.rule_for(q.case, q.rules).fallback)


def decide(q: Question) -> Verdict:
    """Approve or reject: a no takes a voice that counts, a yes to a deploy also what it rests on."""
    if q.case.kind is Kind.FINDING:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    no_rule = q.case.kind is Kind.DEPLOY and matching.deploy_rule(q.case, q.rules).index == 0
    early = undecided(q) or (q.no(Reason.NO_RULE) if no_rule else None)
    if early:
        return early
    verdict = _voice(q, "before")
    if not verdict.allowed or q.case.kind is not Kind.DEPLOY or q.action is not Action.APPROVE:
        return verdict
    return _not_ready(q) or verdict


def _not_ready(q: Question) -> Verdict | None:
    """What keeps a deploy from being approved by anybody, or by somebody whose GitHub account nobody knows."""
    case = q.case
    frozen = freezes.holds(case, q.rules, q.now)
    if frozen is not None:
        return q.no(Reason.FROZEN, why=frozen.reason, until=_iso(frozen.until), override=frozen.override)
    if case.unlinked:
        return _unmet(q)
    if not (evidence_young(case, q.now) or (q.lenient and case.reading and case.read.as_of)):
        return q.no(Reason.EVIDENCE_UNKNOWN, since=_iso(case.read.since or case.read.as_of))
    if part := makers_unread(case):
        return q.no(Reason.EVIDENCE_UNKNOWN, since=_iso(case.read.since or case.read.as_of), unread=part)
    if login_needed(case) and q.actor.person not in case.standing.logins:
        return q.no(Reason.GITHUB_UNKNOWN)
    return _unmet(q)


def evidence_young(case: Case, now: datetime) -> bool:
    """Whether GitHub was read of exactly what is asked for, and lately enough to decide on."""
    as_of, reading = case.read.as_of, case.reading
    if reading is None or not matching.is_of(reading, case):
        return False
    return as_of is not None and abs(now - as_of) <= EVIDENCE_MAX_AGE


def makers_unread(case: Case) -> Part | None:
    """The part of the reading for want of which nobody can say who had a hand in it all; None: all of it was read."""
    unknown = case.reading.unknown if case.reading is not None and not case.unlinked else {}
    return next((part for part in (Part.COMMITS, Part.PULLS) if part in unknown), None)


def login_needed(case: Case) -> bool:
    """Whether somebody made what would go live, so that an approver's GitHub account must be known."""
    reading = case.reading
    return reading is not None and not case.unlinked and bool(reading.pulls or reading.commits or reading.hands)


def _unmet(q: Question) -> Verdict | None:
    missing = conditions.unmet(q.case, q.rules)
    if not missing:
        return None
    first = missing[0]
    return q.no(Reason.CONDITION_MISSING, condition=str(first.requirement.condition), state=first.state, **first.facts)


def lift(q: Question) -> Verdict:
    """A freeze is lifted for one change by its override group, by nobody who made the change."""
    frozen = freezes.holds(q.case, q.rules, q.now)
    if not q.fits or frozen is None:
        return q.no(Reason.NOT_NOW, status=q.case.status)
    bad = q.good_account(strict=False) or _barred(q)
    if bad:
        return bad
    names = (frozen.override,) if frozen.override else ()
    inside = q.in_group(names) if names else False
    if inside is None:
        return q.no(Reason.STANDING_UNKNOWN, what="group", group=frozen.override)
    if not inside:
        return q.no(Reason.FROZEN, why=frozen.reason, until=_iso(frozen.until), override=frozen.override)
    return q.good_account(strict=True) or q.yes(frozen.override)


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
    through = [one.at for one in case.passed if case.decision and one.at >= case.decision.at]
    live = [d.at for d in case.deployments if case.kind is Kind.EMERGENCY or d.at >= mine[0].at]
    if through or live or case.status not in (*UNDECIDED, Status.APPROVED):
        at = live[-1] if live else through[-1] if through else case.decision.at if case.decision else None
        return q.no(Reason.TOO_LATE_TO_TAKE_BACK, at=_iso(at))
    return q.good_account(strict=False) or q.yes(mine[0].right)
