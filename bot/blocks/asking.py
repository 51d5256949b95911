"""The private question to an approver: decided on a phone, shrinking to one line once it needs nothing more."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.blocks import buttons, incident_words, kit, notifications, render
from bot.blocks.kit import JSON, Drawing, Scene
from bot.blocks.notes import CardNotes
from bot.blocks.phrases import RISKS, approvers, decider, documented, long, needs, quoted, systems, why
from bot.blocks.phrases import body as said
from bot.blocks.sentence import At, Link, Sentence, Team, When, Who, join, listing, say
from bot.blocks.states import LIVE, WAITING, State, asked, last, state_of
from workflows.case import Approval, Case
from workflows.change import Action, Field

_DECIDE = (Action.APPROVE, Action.REJECT, buttons.DETAILS)


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
    """The message to `person` as it is to look now; `superseded_at`: when this one was sent, if a newer one follows."""
    personal = replace(scene, shared=False, pings=None)
    state = state_of(case, scene.now)
    if superseded_at is not None:
        line = say("{key}: asked {at}; see below.", key=case.key, at=At(superseded_at))
        return shrunk(line, personal, small=True)
    mine = voice_of(case, person)
    if state in WAITING and mine is None:
        spoken = {one.person for one in case.approvals if one.revision == case.revision}
        return _question(case, personal, round, notes, [p for p in also_asked if p != person and p not in spoken])
    line, actions = _answered(case, personal, notes, state, mine)
    return shrunk(line, personal, actions=buttons.for_case(case, personal, actions) if actions else None)


def voice_of(case: Case, person: str) -> Approval | None:
    """What the person said of the version that is asked now."""
    return next((one for one in case.approvals if one.person == person and one.revision == case.revision), None)


def shrunk(line: Sentence, scene: Scene, *, small: bool = False, actions: list[JSON] | None = None) -> Drawing:
    """A message that asks for nothing (any more)."""
    block = render.small([line], scene) if small else render.paragraph(line, scene)
    rows = [kit.actions(actions)] if actions else []
    return kit.drawing(render.notification(line, scene), [block, *rows])


def _question(case: Case, scene: Scene, round: str, notes: CardNotes, others: list[str]) -> Drawing:
    opening = "This is a drill. Would you approve it?" if case.drill else "Can you approve this?"
    if round == "again" and case.changed_at is not None:
        opening = "It changed; can you approve it as it is now?"
    first = say(
        "{opening} *{key}* {systems}, risk *{risk}*, asked by {by} {at}.",
        opening=opening,
        key=case.key,
        systems=systems(case),
        risk=RISKS[case.risk],
        by=decider(case, case.requester),
        at=At(case.declared_at),
    )
    blocks = [render.paragraph(first, scene)]
    if round in ("widen", "fallback", "stand-in"):
        blocks.append(render.small([say("You are asked because nobody else has answered, or can.")], scene))
    blocks.append(render.passage(_what(case), scene))
    blocks.append(render.small([_around(case, notes, others), *_flag(case, notes)], scene))
    blocks.append(kit.actions(buttons.for_case(case, scene, _DECIDE)))
    return kit.drawing(text(case, scene, round), blocks)


def text(case: Case, scene: Scene, round: str) -> str:
    """The notification of the question."""
    changed = set(case.changed) - {"asked-again"}
    lead = {"nudge": "Still waiting. ", "again": "It changed. " if changed else ""}.get(round, "")
    return notifications.fitted(case, scene, lambda name: (*say("{lead}", lead=lead), *notifications.ask(case, name)))


def _what(case: Case) -> list[Sentence]:
    """What the decision is about; a confidential one is opened in Details, where opening is recorded."""
    if case.confidential:
        return [say("*Confidential.* Read it in Details before you decide; opening is recorded.")]
    return [
        say("*Broken:* {title}", title=said(case, case.texts.get(Field.TITLE), 120)),
        say("{more}", more=why(case, 350)),
        say("*Will do:* {plan}", plan=long(case, Field.PLAN, 400)),
        say("*If it goes wrong:* {rollback}", rollback=long(case, Field.ROLLBACK, 200)),
    ]


def _around(case: Case, notes: CardNotes, others: list[str]) -> Sentence:
    return join(
        (
            _needs(case, notes),
            say("Also asked: {others}", others=listing((Who(one) for one in others), limit=4)) if others else None,
            Link(notes.link, "Card") if notes.link else None,
            incident_words.brief(case),
            documented(notes.documented) if notes.documented is not None else None,
        )
    )


def _flag(case: Case, notes: CardNotes) -> list[Sentence]:
    """What is odd about the incident that was named."""
    named = case.incident and not case.confidential
    line = incident_words.remark(case, linked=notes.pagerduty, waiting=True) if named else ()
    return [line] if line else []


def _needs(case: Case, notes: CardNotes) -> Sentence:
    """What is missing; nothing, and somebody approved it already: fewer are asked for since."""
    if notes.needs:
        return say("Needs {needs}", needs=_lacking(case, notes))
    given = any(
        a.revision == case.revision and a.voice == "approve" and a.taken_back_at is None for a in case.approvals
    )
    return say("Needs one more press: the policy asks for fewer approvals by now") if given else ()


def _lacking(case: Case, notes: CardNotes) -> Sentence:
    """What is needed; once others were asked too, one voice of any of these groups."""
    more = [name for one in asked(case) if one.round in ("widen", "fallback") for name in one.groups]
    if not more or sum(need.count for need in notes.needs) != 1:
        return needs(notes.needs)
    names = dict.fromkeys((*(need.group for need in notes.needs), *more))
    return say("1 of {groups}", groups=listing((Team(name) for name in names), word="or"))


Answer = tuple[Sentence, Sequence[str]]


def _answered(case: Case, scene: Scene, notes: CardNotes, state: State, mine: Approval | None) -> Answer:
    if mine is not None and mine.phase == "before" and not case.deployments:
        yours = _yours(case, notes, state, mine)
        if yours is not None:
            return yours
    return _ANSWERS.get(state, _waits)(case)


def _yours(case: Case, notes: CardNotes, state: State, mine: Approval) -> Answer | None:
    if mine.taken_back_at is not None and state in WAITING:
        return say("{key}: you took your approval back {at}.", key=case.key, at=At(mine.taken_back_at)), (
            buttons.DETAILS,
        )
    if mine.voice != "approve" or (state not in WAITING and state is not State.APPROVED):
        return None
    yes = "gave your practice approval" if case.drill else "approved"
    told = say(f"{{key}}: you {yes} {{at}}.", key=case.key, at=At(mine.at))
    if state in WAITING and notes.needs:
        told = join((told, say("Still needed: {needs}.", needs=needs(notes.needs))), " ")
    return told, (Action.TAKE_BACK, buttons.DETAILS)


def _waits(case: Case) -> Answer:
    return say("{key} is waiting for approval.", key=case.key), (buttons.DETAILS,)


def _approved(case: Case) -> Answer:
    assert case.decision is not None
    by = approvers(case) or decider(case, case.decision.by)
    told = "{key}: practice approval by {by} {at}. Nothing needed from you." if case.drill else _APPROVED
    return say(told, key=case.key, by=by, at=At(case.decision.at)), ()


_APPROVED = "{key}: approved by {by} {at}. Nothing needed from you."


def _rejected(case: Case) -> Answer:
    decision = case.decision
    assert decision is not None
    reason = quoted(said(case, decision.reason, 120))
    told = "{key}: {by} said no {at}{reason}. Nothing needed from you."
    return say(told, key=case.key, by=decider(case, decision.by), at=At(decision.at), reason=reason), ()


def _proceeding(case: Case) -> Answer:
    decision = case.decision
    assert decision is not None
    told = "{key}: {by} is proceeding without approval since {t}; please look."
    return say(told, key=case.key, by=decider(case, decision.by), t=When(decision.at)), (buttons.DETAILS,)


def _live(case: Case) -> Answer:
    one = last(case)
    if one.basis == "approved":
        by = approvers(case) or "the approvers"
        told = "{key}: {yes} by {by}, live since {t}. Nothing needed from you."
        yes = "practice approval" if case.drill else "approved"
        return say(told, key=case.key, yes=yes, by=by, t=When(one.at)), ()
    if case.afterwards is not None:
        verb = {"ratified": "ratified afterwards", "objected": "objected to"}[case.afterwards.kind]
        told = f"{{key}}: live without approval since {{t}}, {verb} by {{by}}. Nothing needed from you."
        return say(told, key=case.key, t=When(one.at), by=Who(case.afterwards.by)), ()
    told = "{key}: live without approval since {t}. Details has Ratify and Object."
    return say(told, key=case.key, t=When(one.at)), (buttons.DETAILS,)


def _overdue(case: Case) -> Answer:
    if case.deployments:
        return _live(case)
    if case.decision is not None and case.decision.kind == "proceeding":
        return _proceeding(case)
    return _approved(case)


def _closed(case: Case) -> Answer:
    review = case.review
    by = Who(review.by) if review and review.by else "its reviewer"
    return say("{key}: closed, reviewed by {by}. Nothing needed from you.", key=case.key, by=by), ()


def _withdrawn(case: Case) -> Answer:
    by = Who(case.withdrawn_by) if case.withdrawn_by else "Somebody"
    at = At(case.closed_at) if case.closed_at else None
    how = "said that nothing was deployed" if case.nothing_deployed else "withdrew it"
    return say(f"{{key}}: {{by}} {how} {{at}}. Nothing needed from you.", key=case.key, by=by, at=at), ()


_ANSWERS: dict[State, Callable[[Case], Answer]] = {
    State.APPROVED: _approved,
    State.PROCEEDING: _proceeding,
    State.REJECTED: _rejected,
    **dict.fromkeys(LIVE, _live),
    State.OVERDUE: _overdue,
    State.REVIEWED: _closed,
    State.WITHDRAWN: _withdrawn,
    State.NOT_NEEDED: _withdrawn,
}
