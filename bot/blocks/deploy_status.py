"""The status line of a deploy's card: may this commit go, and if not, what or who is it waiting for."""

from collections.abc import Callable

from bot.blocks import commits, deploy_endings
from bot.blocks.condition_words import missing
from bot.blocks.deploy_states import DeployState, before, moved, ready, ruled, unread
from bot.blocks.kit import Scene
from bot.blocks.phrases import approvers, field_words, needs
from bot.blocks.sentence import At, Due, Sentence, Team, When, Who, join, listing, people, say
from bot.blocks.states import voices
from bot.blocks.text import one_line
from workflows import conditions, freezes, quorum
from workflows.case import Case
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
    if unread(case, scene):
        return _unread(case)
    then = "nobody can approve before that." if case.asks else "approvers are asked when that holds."
    return join((say("{waits};", waits=waits(case, scene)), say(then)), " ")


def _unread(case: Case) -> Sentence:
    silent = say(" since {t}", t=When(case.read.since)) if case.read.since else None
    if case.read.since and case.read.error is None:
        return say("GitHub is being read again; nobody can approve before it has answered.")
    then = "Nobody can approve before it does." if case.asks else "Approvers are asked when it does."
    return say(f"GitHub has not answered{{silent}}. The request is recorded. {then}", silent=silent)


def waits(case: Case, scene: Scene) -> str:
    """`Waiting for unit, semgrep`, or what does not hold: the first of the conditions that are missing."""
    unmet = conditions.unmet(case, scene.rules)
    if not unmet:
        return "Waiting for the freeze to end"
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
    if moved(case) and case.reading is not None:
        parts.append(say("{ref} is at another commit, {sha}", ref=_ref(case), sha=commits.short(case.reading.head)))
    other = [name for name in case.changed if name not in _COMMIT]
    if other:
        parts.append(say(field_words(other)))
    return join(parts, "; ") or say("the rule of the policy")


def _ref(case: Case) -> str:
    return one_line(case.ref or "", 40) or "the branch"


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
    later: Sentence = ()
    if case.status is Status.REQUESTED and not ready(case, scene):
        later = _unread(case) if unread(case, scene) else say("{waits}.", waits=waits(case, scene))
    return join((first, link, later), " ")


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


_STATUS: dict[DeployState, Callable[[Case, Scene], Sentence]] = {
    DeployState.CHECKS: _checks,
    DeployState.UNDECIDED: _undecided,
    DeployState.PARTLY: _partly,
    DeployState.APPROVED: _approved,
    DeployState.CHANGED: _changed,
    DeployState.FROZEN: _frozen,
    DeployState.REJECTED: deploy_endings.rejected,
    DeployState.GOING_BACK: deploy_endings.going_back,
    DeployState.DEPLOYED: deploy_endings.deployed,
    DeployState.UNAPPROVED: deploy_endings.unapproved,
    DeployState.FAILED: deploy_endings.failed,
    DeployState.ROLLED_BACK: deploy_endings.rolled_back,
    DeployState.SUPERSEDED: deploy_endings.superseded,
    DeployState.EXPIRED: deploy_endings.expired,
    DeployState.WITHDRAWN: deploy_endings.withdrawn,
}
