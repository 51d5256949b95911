"""Private messages that tell: what was decided, what went live, what became yours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.blocks import buttons, kit, notifications, passed, render, times
from bot.blocks.kit import Drawing, Scene
from bot.blocks.notes import NOTHING
from bot.blocks.phrases import plan_line, system_short, systems, title
from bot.blocks.sentence import At, Piece, Sentence, Typed, Value, When, Who, Words, join, people, say
from bot.blocks.states import state_of
from bot.blocks.values import Facts, moment, values
from workflows.case import Case
from workflows.change import Action, Type
from workflows.rows import Told

_DETAILS = (buttons.DETAILS,)
_WORK = (Action.MARK_DEPLOYED, buttons.DETAILS)
_REVIEW = (Action.WRITE_REVIEW, Action.HAND_OVER, Action.SNOOZE)
_FOLLOW_UP = (*buttons.FOLLOW_UPS, buttons.DETAILS)


@dataclass(frozen=True, slots=True)
class _Message:
    """`text`: the notification, None for the one of the card; `body`: what is read; `actions`: its buttons."""

    text: str | None
    body: str
    actions: Sequence[str] = ()


MESSAGES: Mapping[Told, _Message] = {
    Told.APPROVED: _Message(
        None, "*{key}* approved by {by} {at}{note}. Go ahead: {plan} Afterwards press {then}.", _WORK
    ),
    Told.REJECTED: _Message(
        None,
        "{by} said no to *{key}*{reason}. Change the plan and declare again; what you wrote is kept.",
        (Action.DECLARE_AGAIN, buttons.DETAILS),
    ),
    Told.TOOK_BACK: _Message(
        "{key} {system} is waiting again: {by} took the approval back {at}. Stop if you have not started.",
        "{by} took the approval back {at}. *{key}* is waiting again; stop if you have not started.",
        _DETAILS,
    ),
    Told.CHANGED: _Message(
        "{key} {system} needs approval again: {by} changed {fields} {at}.",
        "{by} changed {fields} of *{key}* {at}, so it needs approval again. Wait for the new answer.",
        _DETAILS,
    ),
    Told.PROCEEDING: _Message(
        None,
        "{by} is going ahead on *{systems}* without approval since {when}{reason}. "
        "You can look now, and ratify or object once it is done.",
        _DETAILS,
    ),
    Told.RATIFY: _Message(
        "Look afterwards: {key} {system} went live {unasked} {at}. Ratify or object.",
        "*{key}* {systems} went live {unasked} {at}: {plan} Have a look, then ratify or object.",
        (Action.RATIFY, Action.OBJECT, buttons.DETAILS),
    ),
    Told.NO_ANSWER: _Message(
        "No answer yet on {key} {system} ({minutes}). {call}, or proceed without approval.",
        "Nobody answered yet on *{key}* ({minutes}).{asked}",
        (Action.PROCEED, buttons.DETAILS),
    ),
    Told.NOBODY_CAN: _Message(
        "{key} {system}: nobody in {short} can approve it; {groups} were asked instead.",
        "Nobody in {short} can approve *{key}*, so {groups} were asked instead. {reach}",
        _DETAILS,
    ),
    Told.IS_LIVE: _Message(
        "Is {key} live? {system}: {title}, {decided}. One tap, please.",
        "*{key}* {systems}, {decided}: {plan} Did it go live?",
        (Action.MARK_DEPLOYED, Action.NOT_NEEDED, Action.LATER),
    ),
    Told.OBJECTED: _Message(
        "{key} {system}: {by} objects to it {at}{reason}.",
        "{by} objects to *{key}* {at}{reason}. It goes into the review.",
        _DETAILS,
    ),
    Told.REVIEW_YOURS: _Message(
        "{key} {system}: its review is yours, due {due} ({left}). {when_live}",
        "The review of *{key}* {systems} is yours, due {due} ({left}). {when_live}",
        _REVIEW,
    ),
    Told.HANDED_TO_YOU: _Message(
        "{by} handed you the review of {key} {system}, due {due} ({left}){note}.",
        "{by} handed you the review of *{key}* {systems}, due {due} ({left}){note}.",
        _REVIEW,
    ),
    Told.TAKEN_FROM_YOU: _Message(
        "{key}: {by} took this review over {at}. Nothing needed from you.",
        "*{key}*: {by} took this review over {at}. Nothing needed from you.",
    ),
    Told.NOBODY_TO_HAND: _Message(
        "{key}: nobody else may review this one, so it stays yours.",
        "*{key}*: nobody else may review this one, so it stays yours.",
        (Action.WRITE_REVIEW, buttons.DETAILS),
    ),
    Told.FOLLOW_UP: _Message(
        "A follow-up of {key} {system} is yours, due {due}{what_said}.",
        "{by} gave you a follow-up of *{key}*, due {due}{what_said}.",
        _FOLLOW_UP,
    ),
    Told.FOLLOW_UP_HANDED: _Message(
        "{by} handed you a follow-up of {key} {system}, due {due}{what_said}.{note_said}",
        "{by} handed you a follow-up of *{key}* {systems}, due {due}{what_said}.{note_said}",
        _FOLLOW_UP,
    ),
    Told.FOLLOW_UP_MOVED: _Message(
        "{key} {system}: {by} handed your follow-up to {to}{what_said}. Nothing needed from you.",
        "*{key}*: {by} handed your follow-up to {to}{what_said}. Nothing needed from you.",
    ),
    Told.IMPLEMENTER: _Message(
        "{key} {system}: {by} named you to carry it out: {title}. It waits for approval.",
        "{by} declared *{key}* {systems} and named you to carry it out: {plan} You are told when it is decided.",
        _DETAILS,
    ),
    Told.CLOSED: _Message(
        "Closed: {key} {system}. {by} reviewed it: {verdict}.",
        "*{key}* is closed. {by} reviewed it {at}: *{verdict}*.",
        _DETAILS,
    ),
    Told.WITHDRAWN: _Message(
        "{key} {system}: {by} closed it {at}, {duplicate}.",
        "{by} closed *{key}* {at}: {duplicate}. Nothing needed from you.",
    ),
    Told.UNDELIVERED: _Message(
        "A message about {key} to {to} did not arrive. Please tell them; Details has what is open.",
        "A message about *{key}* to {to} did not arrive. Please tell them; Details has what is open.",
        _DETAILS,
    ),
}
_PRACTICE: Mapping[Told, str] = {
    Told.APPROVED: "*{key}*: practice approval by {by} {at}{note}. Practise: {plan} Afterwards press Mark deployed.",
}


def told(what: Told, case: Case, scene: Scene, facts: Facts) -> Drawing:
    """One message to one person, a line once nothing is asked any more; `facts` as `workflows.rows.Told` lists them."""
    personal = replace(scene, shared=False, pings=None)
    message = MESSAGES[what]
    body = _PRACTICE.get(what, message.body) if case.drill else message.body
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
    told = say("A reminder to {to} did not arrive. Please tell them; their App Home shows what they owe.", to=Who(to))
    return kit.drawing(render.notification(told, scene), [render.paragraph(told, scene)])


_HURRY = "{call_bold}, or go ahead on your own judgement: everyone is told, and a review follows by {due}."


def _button(case: Case, scene: Scene, action: str, facts: Facts) -> kit.JSON:
    if action in buttons.FOLLOW_UPS:
        return buttons.one(action, case.id, case.revision, case.key, ref=str(facts.get("ref", "")))
    return buttons.for_case(case, scene, [action])[0]


def _text(message: _Message, case: Case, scene: Scene, facts: Facts) -> str:
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
        "system": system_short(case.systems),
        "systems": systems(case),
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
        "what_said": known["what"] and _quote(known["what"]),
    }


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
