"""Status lines of a deploy that is over or live: what became of it, who did it, and on what grounds."""

from bot.blocks import commits, times
from bot.blocks.kit import Scene
from bot.blocks.phrases import body, decider, quoted
from bot.blocks.sentence import At, Piece, Sentence, Typed, When, Who, join, say
from bot.blocks.states import last
from bot.blocks.status import refusal_words
from bot.blocks.text import one_line
from workflows.case import Case, Deployment
from workflows.change import Type


def rejected(case: Case, scene: Scene) -> Sentence:
    return say("{no}. Do not deploy this; edit it, or ask again.", no=refusal_words(case))


def superseded(case: Case, scene: Scene) -> Sentence:
    at = At(case.closed_at) if case.closed_at else None
    return say("Replaced by {key} {at}. Decide there.", key=case.superseded_by or "a newer request", at=at)


def expired(case: Case, scene: Scene) -> Sentence:
    # A sweep may say so late; it ended when it said it would.
    at = min((one for one in (case.valid_until, case.expired_at) if one), default=None)
    given = case.decision.at if case.decision else None
    if at is None:
        return say("It expired; nothing was deployed.")
    after = f", {times.span(at - given)} after it was given" if given else ""
    return say("Approval ended {at}{after}; nothing was deployed.", at=At(at), after=after)


def deployer(case: Case, one: Deployment) -> Piece | str:
    """Who deployed: the person, the login that the pipeline gave, or the pipeline."""
    if one.by:
        return Who(one.by)
    return Typed(one.login, 40) if one.login else "the pipeline"


def what(case: Case, scene: Scene, one: Deployment) -> Piece:
    """What went live: the commit, or what was typed."""
    typed = None if case.confidential else body(case, one.what, 60)
    return typed or commits.commit(scene, one.repository or case.repository, one.sha or case.sha)


def deployed(case: Case, scene: Scene) -> Sentence:
    one = last(case)
    if case.type is Type.ACCESS:
        return say(
            "Access ended {at}, recorded by {by}.", at=At(case.access_ended_at or one.at), by=deployer(case, one)
        )
    ago = say(" Approved {span} before.", span=times.span(one.at - case.decision.at)) if case.decision else None
    told = "{what} live since {t}, by {by}.{ago}"
    return say(told, what=what(case, scene, one), t=When(one.at), by=deployer(case, one), ago=ago)


_WITHOUT = {
    "rejected": "Although it was rejected.",
    "withdrawn": "Although it was withdrawn.",
    "expired": "Its approval had ended.",
    "superseded": "Although it was replaced.",
}


def unapproved(case: Case, scene: Scene) -> Sentence:
    one = last(case)
    why = quoted(None if case.confidential else body(case, one.why, 160), ' Reason: "', '".')
    told = "{what} live since {t}, by {by}. {basis}{why}"
    basis = _WITHOUT.get(one.basis, "Without the approval it needed.")
    return say(told, what=what(case, scene, one), t=When(one.at), by=deployer(case, one), basis=basis, why=why)


def failed(case: Case, scene: Scene) -> Sentence:
    one = last(case)
    told = say("{what} {at}: the deployment did not work.", what=what(case, scene, one), at=At(one.at))
    known = None if case.confidential else body(case, one.known, 160)
    said = say('Known so far: "{known}".', known=known) if known else None
    return join((told, said, commits.page(scene, one.url, "What GitHub said.")), " ")


def going_back(case: Case, scene: Scene) -> Sentence:
    return join((_back(case, scene, "Going back to"), _no_approval(case)), " ")


def rolled_back(case: Case, scene: Scene) -> Sentence:
    if case.rollback is not None:
        return join((_back(case, scene, "Back to"), _no_approval(case)), " ")
    one = last(case)
    return say(
        "{what} was rolled back {at} by {by}.", what=what(case, scene, one), at=At(one.at), by=deployer(case, one)
    )


def _back(case: Case, scene: Scene, lead: str) -> Sentence:
    decision = case.decision
    at = last(case).at if case.deployments else decision.at if decision else case.declared_at
    reason = None if case.confidential or decision is None else body(case, decision.reason, 160)
    return say(
        f"{lead} {{sha}} {{at}} by {{by}}{{reason}}.",
        sha=commits.commit(scene, case.repository, case.sha),
        at=At(at),
        by=decider(case, decision.by if decision else case.requester),
        reason=quoted(reason),
    )


def _no_approval(case: Case) -> Sentence:
    frozen = " It went through in a freeze." if any(one.freeze for one in case.passed) else ""
    return say(f"No approval needed for this way back; approvers told.{frozen}")


def withdrawn(case: Case, scene: Scene) -> Sentence:
    by = Who(case.withdrawn_by) if case.withdrawn_by else "Somebody"
    of = one_line(case.duplicate_of, 30) if case.duplicate_of else None
    why = f"duplicate of {of}" if of else "nothing was deployed"
    return say("{by} withdrew it {at}: {why}.", by=by, at=At(case.closed_at) if case.closed_at else None, why=why)
