"""The status line of a deploy's card: may this commit go, and if not, what or who is it waiting for."""

from collections.abc import Callable

from bot.blocks import commits, times
from bot.blocks.condition_words import missing
from bot.blocks.deploy_states import DeployState, before, ready, ruled
from bot.blocks.kit import Scene
from bot.blocks.phrases import approvers, body, decider, field_words, needs, quoted
from bot.blocks.sentence import At, Due, Piece, Sentence, Team, Typed, When, Who, join, listing, people, say
from bot.blocks.states import last, voices
from bot.blocks.status import refusal_words
from bot.blocks.text import one_line
from workflows import conditions, freezes, quorum
from workflows.case import Case, Deployment
from workflows.change import Outcome, Status, Type
from workflows.conditions import State as Met
from workflows.ruleset import Condition

_COMMIT = frozenset({"sha", "commit", "commits", "head", "push", "ref"})


def status(case: Case, scene: Scene, state: DeployState) -> Sentence:
    """The status line in that state."""
    return _STATUS[state](case, scene)


def _checks(case: Case, scene: Scene) -> Sentence:
    if not ruled(case, scene):
        return say("No rule of the policy covers this deploy, so nobody can approve it.")
    if case.reading is None and not case.unlinked:
        silent = say(" since {t}", t=When(case.read.since)) if case.read.since else None
        told = "GitHub has not answered{silent}. The request is recorded; approvers are asked when its facts are here."
        return say(told, silent=silent)
    then = "nobody can approve before that." if case.asks else "approvers are asked when that holds."
    return join((say("{waits};", waits=waits(case, scene)), say(then)), " ")


def waits(case: Case, scene: Scene) -> str:
    """`Waiting for unit, semgrep`, or what does not hold: the first of the conditions that are missing."""
    unmet = conditions.unmet(case, scene.rules)
    first = unmet[0]
    if first.state is Met.WAITING and first.requirement.condition is Condition.CHECKS_PASS:
        return f"Waiting for {one_line(first.facts.get('running', 'the checks'), 120)}"
    told = missing(str(first.requirement.condition), first.state, first.facts)
    more = f" (and {len(unmet) - 1} more)" if len(unmet) > 1 else ""
    return f"Not yet: {told}{more}"


def _undecided(case: Case, scene: Scene) -> Sentence:
    if not ruled(case, scene):
        return _checks(case, scene)
    return say("Needs {needs}.", needs=needs(quorum.missing(case, scene.rules)) or "one more press")


def _partly(case: Case, scene: Scene) -> Sentence:
    said = listing(say("{who} yes {at}", who=Who(one.person), at=At(one.at)) for one in voices(case, "approve"))
    still = needs(quorum.missing(case, scene.rules))
    return say("{said}. Still needed: {needs}.", said=said, needs=still or "one more press")


def _approved(case: Case, scene: Scene) -> Sentence:
    by = approvers(case) or "Its approvers"
    if case.type is Type.ACCESS:
        until = say(" until {t}", t=When(case.access_until)) if case.access_until else None
        return say("{by} approved. Access for {who}{until}.", by=by, who=Who(case.implementer), until=until)
    opened = "Good until" if case.unlinked else "Pipeline open until"
    until = say(f" {opened} {{t}}.", t=Due(case.valid_until)) if case.valid_until else None
    return say("{by} approved.{until}{through}", by=by, until=until, through=_through(case))


def _through(case: Case) -> Sentence:
    """What the pipeline did with it so far."""
    if case.deployments and case.deployments[-1].outcome is Outcome.STARTED:
        return say(" The deployment is under way since {t}.", t=When(case.deployments[-1].at))
    if not case.passed:
        return ()
    one = case.passed[-1]
    return say(" {sha} was let through {at}.", sha=commits.short(one.sha), at=At(one.at))


def changed(case: Case, scene: Scene) -> Sentence:
    """What is different from what was approved: `2 new commits by @lead; rollback plan`."""
    lost = before(case)
    old = lost[-1].sha if lost else None
    parts: list[Sentence] = []
    if (old and old != case.sha) or _COMMIT & set(case.changed):
        parts.append(_new_commits(case, old))
    other = [name for name in case.changed if name not in _COMMIT]
    if other:
        parts.append(say(field_words(other)))
    return join(parts, "; ") or say("the rule of the policy")


def _new_commits(case: Case, old: str | None) -> Sentence:
    shas = [one.sha for one in case.reading.commits] if case.reading else []
    if old not in shas or case.sha not in shas:
        return say("another commit, {sha}", sha=commits.short(case.sha))
    new = set(shas[shas.index(old) + 1 :])
    made = dict.fromkeys(one.person for one in case.parties if one.sha in new)
    by = say(" by {people}", people=people(made)) if made else None
    return say(f"{len(new)} new commit{'s' if len(new) != 1 else ''}{{by}}", by=by)


def _changed(case: Case, scene: Scene) -> Sentence:
    lost = before(case) or tuple(voices(case, "approve"))
    who, at = people(dict.fromkeys(one.person for one in lost)), lost[-1].at if lost else case.changed_at
    told = "Changed since {who} approved {at}: {what}. Needs approval again."
    first = say(told, who=who or "it was", at=At(at) if at else None, what=changed(case, scene))
    link = commits.difference(scene, case.repository, lost[-1].sha if lost else None, case.sha, "See the difference.")
    later = None if ready(case, scene) else say("{waits}.", waits=waits(case, scene)) if _unmet(case, scene) else None
    return join((first, link, later), " ")


def _unmet(case: Case, scene: Scene) -> bool:
    return bool(conditions.unmet(case, scene.rules))


def _frozen(case: Case, scene: Scene) -> Sentence:
    frozen = freezes.holds(case, scene.rules, scene.now)
    assert frozen is not None
    until = say(" until {t}", t=Due(frozen.until)) if frozen.until else None
    held = "{environment} is frozen{until}: {reason}. {lift}"
    lift = say("{group} can lift it with a reason.", group=Team(frozen.override)) if frozen.override else None
    first = say(
        held,
        environment=one_line(case.environment, 40).capitalize(),
        until=until,
        reason=one_line(frozen.reason, 120),
        lift=lift or "Nobody can lift it.",
    )
    yes = approvers(case)
    if case.status is Status.APPROVED:
        return join((first, say("{yes} approved; it goes once the freeze is over.", yes=yes)), " ")
    return join((first, say("{yes} said yes already.", yes=yes) if yes else None), " ")


def _rejected(case: Case, scene: Scene) -> Sentence:
    return say("{no}. Do not deploy this; edit it, or ask again.", no=refusal_words(case))


def _superseded(case: Case, scene: Scene) -> Sentence:
    at = At(case.closed_at) if case.closed_at else None
    return say("Replaced by {key} {at}. Decide there.", key=case.superseded_by or "a newer request", at=at)


def _expired(case: Case, scene: Scene) -> Sentence:
    at, given = case.expired_at or case.valid_until, case.decision.at if case.decision else None
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


def _deployed(case: Case, scene: Scene) -> Sentence:
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


def _unapproved(case: Case, scene: Scene) -> Sentence:
    one = last(case)
    why = quoted(None if case.confidential else body(case, one.why, 160), ' Reason: "', '".')
    told = "{what} live since {t}, by {by}. {basis}{why}"
    basis = _WITHOUT.get(one.basis, "Without the approval it needed.")
    return say(told, what=what(case, scene, one), t=When(one.at), by=deployer(case, one), basis=basis, why=why)


def _failed(case: Case, scene: Scene) -> Sentence:
    one = last(case)
    told = say("{what} {at}: the deployment did not work.", what=what(case, scene, one), at=At(one.at))
    known = None if case.confidential else body(case, one.known, 160)
    said = say('Known so far: "{known}".', known=known) if known else None
    return join((told, said, commits.page(scene, one.url, "What GitHub said.")), " ")


def _going_back(case: Case, scene: Scene) -> Sentence:
    return join((_back(case, scene, "Going back to"), _no_approval()), " ")


def _rolled_back(case: Case, scene: Scene) -> Sentence:
    if case.rollback is not None:
        return join((_back(case, scene, "Back to"), _no_approval()), " ")
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


def _no_approval() -> Sentence:
    return say("No approval needed for this way back; approvers told.")


def _withdrawn(case: Case, scene: Scene) -> Sentence:
    by = Who(case.withdrawn_by) if case.withdrawn_by else "Somebody"
    of = one_line(case.duplicate_of, 30) if case.duplicate_of else None
    why = f"duplicate of {of}" if of else "nothing was deployed"
    return say("{by} withdrew it {at}: {why}.", by=by, at=At(case.closed_at) if case.closed_at else None, why=why)


_STATUS: dict[DeployState, Callable[[Case, Scene], Sentence]] = {
    DeployState.CHECKS: _checks,
    DeployState.UNDECIDED: _undecided,
    DeployState.PARTLY: _partly,
    DeployState.APPROVED: _approved,
    DeployState.CHANGED: _changed,
    DeployState.FROZEN: _frozen,
    DeployState.REJECTED: _rejected,
    DeployState.GOING_BACK: _going_back,
    DeployState.DEPLOYED: _deployed,
    DeployState.UNAPPROVED: _unapproved,
    DeployState.FAILED: _failed,
    DeployState.ROLLED_BACK: _rolled_back,
    DeployState.SUPERSEDED: _superseded,
    DeployState.EXPIRED: _expired,
    DeployState.WITHDRAWN: _withdrawn,
}
