"""The `text` of a deploy's card: key, repository, what is asked or holds, until when, in the first 100 characters."""

from collections.abc import Callable

from bot.blocks import commits, deploy_status
from bot.blocks.deploy_states import DeployState, counted, deploy_state, ruled, unread
from bot.blocks.kit import Scene
from bot.blocks.phrases import RISKS, approvers, body, decider, subject_short
from bot.blocks.sentence import At, Due, Piece, Sentence, Team, Words, listing, people, say
from bot.blocks.states import last
from bot.blocks.text import one_line
from workflows import conditions, freezes, quorum
from workflows.case import Case

Writer = Callable[[Case, Scene, Piece], Sentence]


def sentence(case: Case, scene: Scene, name: Piece) -> Sentence:
    """The notification of the card as the case is now; `name` is its title."""
    return _WRITERS[deploy_state(case, scene)](case, scene, name)


def head(case: Case) -> Words:
    """`DR-2026-0107 payments`."""
    return Words(f"{case.key} {subject_short(case)}")


def _label(case: Case) -> str:
    return commits.label(case.sha, case.ref) if case.sha or case.ref else ""


def _where(case: Case) -> str:
    return one_line(case.environment, 24)


def ask(case: Case, name: Piece) -> Sentence:
    """`Approve? DR-2026-0107 acme/payments 1a2b3c4 to production: {title} (medium). Asked by @dev.`"""
    return say(
        "Approve? {key} {repository}{sha} to {where}: {title} ({risk}). Asked by {by}.",
        key=case.key,
        repository=commits.name(case.repository, 30) if case.repository else subject_short(case),
        sha=f" {label}" if (label := _label(case)) else None,
        where=_where(case),
        title=name,
        risk=RISKS[case.risk],
        by=decider(case, case.requester),
    )


def _checks(case: Case, scene: Scene, name: Piece) -> Sentence:
    if not ruled(case, scene):
        return say("{head} to {where}: no rule of the policy covers it.", head=head(case), where=_where(case))
    count = len(conditions.unmet(case, scene.rules))
    what = f"{count} condition{'s' if count != 1 else ''}" if not unread(case, scene) else "GitHub"
    return say(f"{{head}} to {{where}} waits for {what}. Nothing to do yet.", head=head(case), where=_where(case))


def _partly(case: Case, scene: Scene, name: Piece) -> Sentence:
    have, want = counted(case, scene)
    missing = listing((Team(need.group) for need in quorum.missing(case, scene.rules)), limit=3) or "one more press"
    told = f"{have} of {want} approved: {{head}}. Needs {{missing}}; {{title}}."
    return say(told, head=head(case), missing=missing, title=name)


def _approved(case: Case, scene: Scene, name: Piece) -> Sentence:
    until = say(", until {t}", t=Due(case.valid_until)) if case.valid_until else None
    told = "Approved: {head} {sha} to {where}{until}. By {by}."
    by = approvers(case) or "its approvers"
    return say(told, head=head(case), sha=_label(case) or "access", where=_where(case), until=until, by=by)


def changed(case: Case, scene: Scene, name: Piece) -> Sentence:
    """`Approve again? DR-2026-0107 payments changed after your yes: 2 new commits.`"""
    what = deploy_status.changed(case, scene)
    return say("Approve again? {head} changed after the yes: {what}.", head=head(case), what=what)


def _frozen(case: Case, scene: Scene, name: Piece) -> Sentence:
    frozen = freezes.holds(case, scene.rules, scene.now)
    until = say(" until {t}", t=Due(frozen.until)) if frozen and frozen.until else None
    lift = say("{group} can lift it, or it waits.", group=Team(frozen.override)) if frozen and frozen.override else None
    return say("Frozen{until}: {head}. {lift}", until=until, head=head(case), lift=lift or "It waits.")


def _rejected(case: Case, scene: Scene, name: Piece) -> Sentence:
    decision = case.decision
    by = decider(case, decision.by) if decision else say("an approver")
    reason = None if case.confidential or decision is None else body(case, decision.reason, 40)
    said = say(': "{reason}"', reason=reason) if reason else None
    return say("Rejected: {head}. {by}{said}. Nothing may be deployed.", head=head(case), by=by, said=said)


def _deployed(case: Case, scene: Scene, name: Piece) -> Sentence:
    one = last(case)
    told = "Deployed: {head} {sha} to {where} {at}. Closed."
    return say(
        told, head=head(case), sha=commits.label(one.sha or case.sha, case.ref), where=_where(case), at=At(one.at)
    )


def _unapproved(case: Case, scene: Scene, name: Piece) -> Sentence:
    one = last(case)
    told = "Deployed without approval: {head} {sha} to {where} {at}."
    return say(
        told, head=head(case), sha=commits.label(one.sha or case.sha, case.ref), where=_where(case), at=At(one.at)
    )


def _failed(case: Case, scene: Scene, name: Piece) -> Sentence:
    return say("Did not work: {head} {at}: {title}.", head=head(case), at=At(last(case).at), title=name)


def _back(case: Case, scene: Scene, name: Piece) -> Sentence:
    decision, one = case.decision, case.deployments[-1] if case.deployments else None
    if case.rollback is None:
        return say("Rolled back: {head} {at}.", head=head(case), at=At(one.at) if one else None)
    reason = None if case.confidential or decision is None else body(case, decision.reason, 40)
    said = say(' Reason: "{reason}".', reason=reason) if reason else None
    verb = "Rolled back" if one else "Going back"
    told = f"{verb}: {{head}} to {{sha}} {{at}}.{{said}}"
    at = At(one.at) if one else At(decision.at) if decision else None
    return say(told, head=head(case), sha=_label(case), at=at, said=said)


def _superseded(case: Case, scene: Scene, name: Piece) -> Sentence:
    by = case.superseded_by or "a newer request"
    return say("Replaced: {head} by {by}. Decide there.", head=head(case), by=by)


def _expired(case: Case, scene: Scene, name: Piece) -> Sentence:
    return say("Expired: {head}. Ask again if it is still wanted: {title}.", head=head(case), title=name)


def _withdrawn(case: Case, scene: Scene, name: Piece) -> Sentence:
    why = f"Duplicate of {case.duplicate_of}." if case.duplicate_of else "Nothing was deployed."
    by = people([case.withdrawn_by]) if case.withdrawn_by else None
    return say("Withdrawn{by}: {head}. {why}", by=say(" by {by}", by=by) if by else None, head=head(case), why=why)


_WRITERS: dict[DeployState, Writer] = {
    DeployState.CHECKS: _checks,
    DeployState.UNDECIDED: lambda case, scene, name: ask(case, name),
    DeployState.PARTLY: _partly,
    DeployState.APPROVED: _approved,
    DeployState.CHANGED: changed,
    DeployState.FROZEN: _frozen,
    DeployState.REJECTED: _rejected,
    DeployState.GOING_BACK: _back,
    DeployState.DEPLOYED: _deployed,
    DeployState.UNAPPROVED: _unapproved,
    DeployState.FAILED: _failed,
    DeployState.ROLLED_BACK: _back,
    DeployState.SUPERSEDED: _superseded,
    DeployState.EXPIRED: _expired,
    DeployState.WITHDRAWN: _withdrawn,
}
