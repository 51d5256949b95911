"""The private question to an approver of a deploy: what would go where, on what it rests, and what changed since."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.blocks import asking, buttons, commits, condition_words, deploy_card, deploy_status, kit, render
from bot.blocks.deploy_states import ASKING, DeployState, deploy_state, offers
from bot.blocks.kit import Drawing, Scene
from bot.blocks.notes import CardNotes
from bot.blocks.phrases import RISKS, approvers, body, decider, long, needs, quoted, why
from bot.blocks.sentence import At, Link, Sentence, When, Who, join, listing, say
from bot.blocks.states import last
from workflows import quorum
from workflows.case import Approval, Case
from workflows.change import Action, Field, Status

_FROZEN = frozenset({*ASKING, DeployState.FROZEN})


def ask(
    case: Case,
    scene: Scene,
    *,
    person: str,
    round: str,
    notes: CardNotes,
    also_asked: Sequence[str],
    superseded_at: datetime | None,
) -> Drawing:
    """The message to `person` as it is to look now; see `asking.ask`."""
    personal = replace(scene, shared=False, pings=None)
    state = deploy_state(case, scene)
    if superseded_at is not None:
        line = say("{key}: asked {at}; see below.", key=case.key, at=At(superseded_at))
        return asking.shrunk(line, personal, small=True)
    mine = asking.voice_of(case, person)
    if case.status is Status.REQUESTED and state in _FROZEN and mine is None:
        spoken = {one.person for one in case.approvals if one.revision == case.revision}
        others = [one for one in also_asked if one != person and one not in spoken]
        return _question(case, personal, round, notes, others, state)
    line, actions = _answered(case, personal, state, mine)
    return asking.shrunk(line, personal, actions=buttons.for_case(case, personal, actions) if actions else None)


def _question(case: Case, scene: Scene, round: str, notes: CardNotes, others: list[str], state: DeployState) -> Drawing:
    opening = (
        "It changed; can you approve it as it is now?" if state is DeployState.CHANGED else "Can you approve this?"
    )
    first = say(
        "{opening} *{key}* {where}, risk *{risk}*, asked by {by} {at}.",
        opening=opening,
        key=case.key,
        where=deploy_card.where_to(case),
        risk=RISKS[case.risk],
        by=decider(case, case.requester),
        at=At(case.declared_at),
    )
    blocks = [render.paragraph(first, scene)]
    if state in (DeployState.CHANGED, DeployState.FROZEN, DeployState.CHECKS):
        blocks.append(render.paragraph(deploy_status.status(case, scene, state), scene))
    if round in ("widen", "fallback", "stand-in"):
        blocks.append(render.small([say("You are asked because nobody else can.")], scene))
    if no := deploy_card.rejected(case):
        blocks.append(render.paragraph(no, scene))
    blocks.append(render.passage(_what(case), scene))
    blocks.append(render.paragraph(_rests(case, scene), scene))
    blocks.append(render.small([_around(case, scene, notes, others)], scene))
    blocks.append(kit.actions(buttons.for_case(case, scene, offers(case, scene, state))))
    return kit.drawing(asking.text(case, scene, round), blocks)


def _what(case: Case) -> list[Sentence]:
    if case.confidential:
        return [say("*Confidential.* Read it in Details before you decide; opening is recorded.")]
    reason = why(case, 350)
    plan = say("*Will do:* {plan}", plan=long(case, Field.PLAN, 300)) if Field.PLAN in case.texts else ()
    return [
        say("*What changes:* {title}", title=body(case, case.texts.get(Field.TITLE), 120) or "no title"),
        (reason,) if reason else (),
        plan,
        say("*If it goes wrong:* {rollback}", rollback=long(case, Field.ROLLBACK, 200)),
    ]


def _rests(case: Case, scene: Scene) -> Sentence:
    """The commit, what it rests on, and the way to its difference from what runs now."""
    live = case.reading.live.sha if case.reading and case.reading.live else None
    diff = commits.difference(scene, case.repository, live, case.sha, "See what would change")
    facts = join((*deploy_card.commit_parts(case, scene), diff))
    return join((facts, condition_words.line(deploy_card.held(case, scene))), "\n")


def _around(case: Case, scene: Scene, notes: CardNotes, others: list[str]) -> Sentence:
    lacking = quorum.missing(case, scene.rules)
    return join(
        (
            say("Needs {needs}", needs=needs(lacking)) if lacking else None,
            say("Also asked: {others}", others=listing((Who(one) for one in others), limit=4)) if others else None,
            Link(notes.link, "Card") if notes.link else None,
        )
    )


Answer = tuple[Sentence, Sequence[str]]


def _answered(case: Case, scene: Scene, state: DeployState, mine: Approval | None) -> Answer:
    yours = _yours(case, scene, state, mine) if mine is not None else None
    return yours or _ANSWERS.get(state, _waits)(case, scene)


def _yours(case: Case, scene: Scene, state: DeployState, mine: Approval) -> Answer | None:
    waiting = case.status is Status.REQUESTED
    if mine.taken_back_at is not None and waiting:
        told = say("{key}: you took your approval back {at}.", key=case.key, at=At(mine.taken_back_at))
        return told, (buttons.DETAILS,)
    if mine.voice != "approve" or not (waiting or state is DeployState.APPROVED):
        return None
    told = say("{key}: you approved {sha} {at}.", key=case.key, sha=commits.short(mine.sha), at=At(mine.at))
    if lacking := quorum.missing(case, scene.rules) if waiting else ():
        told = join((told, say("Still needed: {needs}.", needs=needs(lacking))), " ")
    return told, (buttons.DETAILS,) if case.passed else (Action.TAKE_BACK, buttons.DETAILS)


def _waits(case: Case, scene: Scene) -> Answer:
    state = deploy_state(case, scene)
    return say("{key}: {status}", key=case.key, status=deploy_status.status(case, scene, state)), (buttons.DETAILS,)


def _approved(case: Case, scene: Scene) -> Answer:
    at = At(case.decision.at) if case.decision else None
    told = "{key}: {sha} approved by {by} {at}. Nothing needed from you."
    by = approvers(case) or "its approvers"
    return say(told, key=case.key, sha=commits.label(case.sha, case.ref), by=by, at=at), ()


def _rejected(case: Case, scene: Scene) -> Answer:
    decision = case.decision
    reason = quoted(body(case, decision.reason, 120)) if decision and not case.confidential else None
    by = decider(case, decision.by) if decision else "an approver"
    told = "{key}: {by} said no {at}{reason}. Nothing needed from you."
    return say(told, key=case.key, by=by, at=At(decision.at) if decision else None, reason=reason), ()


def _live(case: Case, scene: Scene) -> Answer:
    one = last(case)
    how = (
        "live without the approval it needed since"
        if deploy_state(case, scene) is DeployState.UNAPPROVED
        else "live since"
    )
    told = f"{{key}}: {{sha}} {how} {{t}}. Nothing needed from you."
    return say(told, key=case.key, sha=commits.short(one.sha or case.sha), t=When(one.at)), ()


def _failed(case: Case, scene: Scene) -> Answer:
    told = "{key}: deployed {at}, did not work. Nothing needed from you."
    return say(told, key=case.key, at=At(last(case).at)), (buttons.DETAILS,)


def _rolled_back(case: Case, scene: Scene) -> Answer:
    return say("{key}: rolled back {at}. Nothing needed from you.", key=case.key, at=At(last(case).at)), ()


def _over(case: Case, scene: Scene) -> Answer:
    told = "{key}: {status} Nothing needed from you."
    state = deploy_state(case, scene)
    status = "replaced by {by}.".format(by=case.superseded_by or "a newer request")
    if state is DeployState.EXPIRED:
        return say(told, key=case.key, status="the approval ended unused."), ()
    if state is DeployState.WITHDRAWN:
        by = Who(case.withdrawn_by) if case.withdrawn_by else "somebody"
        return say(told, key=case.key, status=say("withdrawn by {by}.", by=by)), ()
    return say(told, key=case.key, status=status), ()


_ANSWERS: dict[DeployState, Callable[[Case, Scene], Answer]] = {
    DeployState.APPROVED: _approved,
    DeployState.REJECTED: _rejected,
    DeployState.DEPLOYED: _live,
    DeployState.UNAPPROVED: _live,
    DeployState.FAILED: _failed,
    DeployState.ROLLED_BACK: _rolled_back,
    DeployState.SUPERSEDED: _over,
    DeployState.EXPIRED: _over,
    DeployState.WITHDRAWN: _over,
}
