"""Private messages that tell: what was decided, what went live, what became yours."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.blocks import buttons, commits, kit, notifications, passed, render, times
from bot.blocks.kit import Drawing, Scene
from bot.blocks.notes import NOTHING
from bot.blocks.phrases import plan_line, subject, subject_short, title
from bot.blocks.sentence import At, Due, Piece, Sentence, Typed, Value, When, Words, join, people, say
from bot.blocks.states import state_of
from bot.blocks.told_words import DEPLOY, MESSAGES, PRACTICE, UNTOLD, Message
from bot.blocks.values import PEERS, Facts, addressee, moment, values
from workflows.case import Case
from workflows.change import Kind, Type
from workflows.rows import Told


def told(what: Told, case: Case, scene: Scene, facts: Facts) -> Drawing:
    """One message to one person, a line once nothing is asked any more; `facts` as `workflows.rows.Told` lists them."""
    personal = replace(scene, shared=False, pings=None)
    message = (DEPLOY.get(what) if case.kind is Kind.DEPLOY else None) or MESSAGES[what]
    if what is Told.UNDELIVERED and facts.get("to") in PEERS:
        message = UNTOLD
    body = PRACTICE.get(what, message.body) if case.drill else message.body
    if line := passed.line(what, case, personal, facts):
        practice = "Practice. " if case.drill else ""
        return kit.drawing(practice + render.notification(line, personal), [render.small([line], personal)])
    given = values(case, facts, said=200) | _more(case, personal, facts)
    blocks = [render.paragraph(say(body, **given), personal)]
    if what is Told.NO_ANSWER:
        blocks.append(render.paragraph(say(_HURRY, **given), personal))
    row = [_button(case, personal, action, facts) for action in message.actions]
    return kit.drawing(_text(message, case, personal, facts), [*blocks, *([kit.actions(row)] if row else [])])


def lost(scene: Scene, to: str) -> Drawing:
    """What the escalations channel reads when a message about several changes (a reminder) did not arrive."""
    words = "A reminder to {to} did not arrive. Please tell them; their App Home shows what they owe."
    if to in PEERS:
        words = "{to} was not told of something. Whoever runs this finds why by outbox list."
    told = say(words, to=addressee(to))
    return kit.drawing(render.notification(told, scene), [render.paragraph(told, scene)])


_HURRY = "{call_bold}, or go ahead on your own judgement: everyone is told, and a review follows by {due}."


def _button(case: Case, scene: Scene, action: str, facts: Facts) -> kit.JSON:
    if action in buttons.FOLLOW_UPS:
        return buttons.one(action, case.id, case.revision, case.key, ref=str(facts.get("ref", "")))
    return buttons.for_case(case, scene, [action])[0]


def _text(message: Message, case: Case, scene: Scene, facts: Facts) -> str:
    if message.text is None:
        return notifications.notification(case, scene, NOTHING, state_of(case, scene.now))
    given = values(case, facts, said=40) | _more(case, scene, facts)

    def write(name: Piece) -> Sentence:
        return say(message.text or "", **(given | {"title": name}))

    return notifications.fitted(case, scene, write)


def _more(case: Case, scene: Scene, facts: Facts) -> dict[str, Value]:
    due, at = moment(facts.get("due")), moment(facts.get("at"))
    known = values(case, facts)
    return {
        "system": subject_short(case),
        "systems": subject(case),
        "title": title(case, 60),
        "plan": _plan(case),
        "then": "Access ended" if case.type is Type.ACCESS else "Mark deployed",
        "unasked": "although rejected" if _against(case) else "without approval",
        "left": times.left(due, scene.now) if due else None,
        "call": _call(known["contacts"], bold=False),
        "call_bold": _call(known["contacts"], bold=True),
        "reach": say("Or call {contacts}.", contacts=known["contacts"]) if known["contacts"] else None,
        "asked": _asked(facts),
        "decided": _decided(case, at, facts),
        "when_live": "You will be asked what went out." if not case.deployments else None,
        "go": _go(case),
        "back_to": commits.commit(scene, case.repository, case.sha),
        "what_said": known["what"] and _quote(known["what"]),
    }


def _go(case: Case) -> Sentence:
    """What may happen now that a deploy is approved."""
    until = say(" until {t}", t=Due(case.valid_until)) if case.valid_until else None
    if case.type is Type.ACCESS:
        return say("Access is open; press Access ended when it is over.")
    told = "Deploy {sha}{until}; afterwards press Mark deployed." if case.unlinked else "{sha} may be deployed{until}."
    return say(told, sha=commits.label(case.sha, case.ref), until=until)


def _against(case: Case) -> bool:
    return bool(case.deployments) and case.deployments[-1].basis == "rejected"


def _quote(what: Value) -> Sentence:
    return say(': "{what}"', what=what) if isinstance(what, Typed) else ()


def _plan(case: Case) -> Sentence:
    if case.confidential:
        return say("as Details has it.")
    plan = plan_line(case, 120)
    if isinstance(plan, Typed) and plan.text.rstrip().endswith((".", "!", "?")):
        return (plan,)
    return (plan, Words("."))


def _call(contacts: Value, *, bold: bool) -> Sentence:
    if not contacts:
        return say("Call someone you know can decide")
    return say("Call *{contacts}*" if bold else "Call {contacts}", contacts=contacts)


def _asked(facts: Mapping[str, Any]) -> Sentence:
    asks = [one for one in facts.get("asked") or () if one.get("people")]
    said = []
    for one in asks[-3:]:
        at: datetime | None = moment(one.get("at"))
        said.append(say("{people} {at}", people=people(one["people"], limit=4), at=At(at) if at else None))
    return say(" Asked: {asked}.", asked=join(said, ", ")) if said else ()


def _decided(case: Case, at: datetime | None, facts: Facts) -> Sentence:
    if at is None:
        return say("decided")
    if facts.get("basis") == "proceeding":
        return say("proceeding without approval since {t}", t=When(at))
    return say("practice approval {at}" if case.drill else "approved {at}", at=At(at))
