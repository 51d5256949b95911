"""Who may do what is no decision: those who made the change, those it concerns, everybody. Pure."""

from workflows import quorum, voices
from workflows.change import Action, Reason, Verdict
from workflows.question import Question, insiders


def made_it(q: Question) -> bool:
    """Whether the person asked for it or carries it out, or acts at the server."""
    return q.actor.operator is not None or q.actor.person in (q.case.requester, q.case.implementer)


def unless(q: Question, allowed: bool) -> Verdict:
    """The common end: the action fits the status, the account may act, and the person is one of those it is for."""
    if not q.fits:
        return _undecided_or_not_now(q)
    bad = q.good_account(strict=False)
    if bad:
        return bad
    return q.yes() if allowed else q.no(Reason.NOT_YOURS, action=q.action)


def _undecided_or_not_now(q: Question) -> Verdict:
    if q.action is Action.PROCEED:
        return voices.undecided(q) or q.no(Reason.NOT_NOW)
    return q.no(Reason.NOT_NOW, status=q.case.status)


def by_makers(q: Question) -> Verdict:
    """Whoever made it."""
    return unless(q, made_it(q))


def by_insiders(q: Question) -> Verdict:
    """Parties, approvers, reviewers, whoever spoke on it or owns its review."""
    return unless(q, q.actor.operator is not None or q.actor.person in insiders(q.case, q.rules))


def by_makers_or_approvers(q: Question) -> Verdict:
    """Whoever made it, or could approve it."""
    approver = q.actor.person in quorum.members(q.case, quorum.groups(q.case, q.rules))
    return unless(q, made_it(q) or approver)


def anybody(q: Question) -> Verdict:
    """Everybody with an account that may act."""
    return unless(q, True)
