"""The words of private messages that tell: what was decided, what went live, what became yours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.blocks import buttons
from workflows.change import Action
from workflows.rows import Told

_DETAILS = (buttons.DETAILS,)
_WORK = (Action.MARK_DEPLOYED, buttons.DETAILS)
_REVIEW = (Action.WRITE_REVIEW, Action.HAND_OVER, Action.SNOOZE)
_FOLLOW_UP = (*buttons.FOLLOW_UPS, buttons.DETAILS)


@dataclass(frozen=True, slots=True)
class Message:
    """`text`: the notification, None for the one of the card; `body`: what is read; `actions`: its buttons."""

    text: str | None
    body: str
    actions: Sequence[str] = ()


MESSAGES: Mapping[Told, Message] = {
    Told.APPROVED: Message(
        None, "*{key}* approved by {by} {at}{note}. Go ahead: {plan} Afterwards press {then}.", _WORK
    ),
    Told.REJECTED: Message(
        None,
        "{by} said no to *{key}*{reason}. Change the plan and declare again; what you wrote is kept.",
        (Action.DECLARE_AGAIN, buttons.DETAILS),
    ),
    Told.TOOK_BACK: Message(
        "{key} {system} is waiting again: {by} took the approval back {at}. Stop if you have not started.",
        "{by} took the approval back {at}. *{key}* is waiting again; stop if you have not started.",
        _DETAILS,
    ),
    Told.CHANGED: Message(
        "{key} {system} needs approval again: {by} changed {fields} {at}.",
        "{by} changed {fields} of *{key}* {at}, so it needs approval again. Wait for the new answer.",
        _DETAILS,
    ),
    Told.PROCEEDING: Message(
        None,
        "{by} is going ahead on *{systems}* without approval since {when}{reason}. "
        "You can look now, and ratify or object once it is done.",
        _DETAILS,
    ),
    Told.RATIFY: Message(
        "Look afterwards: {key} {system} went live {unasked} {at}. Ratify or object.",
        "*{key}* {systems} went live {unasked} {at}: {plan} Have a look, then ratify or object.",
        (Action.RATIFY, Action.OBJECT, buttons.DETAILS),
    ),
    Told.NO_ANSWER: Message(
        "No answer yet on {key} {system} ({minutes}). {call}, or proceed without approval.",
        "Nobody answered yet on *{key}* ({minutes}).{asked}",
        (Action.PROCEED, buttons.DETAILS),
    ),
    Told.NOBODY_CAN: Message(
        "{key} {system}: nobody in {short} can approve it; {groups} were asked instead.",
        "Nobody in {short} can approve *{key}*, so {groups} were asked instead. {reach}",
        _DETAILS,
    ),
    Told.IS_LIVE: Message(
        "Is {key} live? {system}: {title}, {decided}. One tap, please.",
        "*{key}* {systems}, {decided}: {plan} Did it go live?",
        (Action.MARK_DEPLOYED, Action.NOT_NEEDED, Action.LATER),
    ),
    Told.STILL_NEEDED: Message(
        "Is {key} {system} still needed? PagerDuty {incident} was resolved {at}, and nobody has decided yet.",
        "PagerDuty {incident} was resolved {at}, and nobody has decided on *{key}* {systems} yet. Is the change still "
        "needed? If not, withdraw it; if so, nothing is needed from you.",
        (Action.WITHDRAW, buttons.DETAILS),
    ),
    Told.OBJECTED: Message(
        "{key} {system}: {by} objects to it {at}{reason}.",
        "{by} objects to *{key}* {at}{reason}. It goes into the review.",
        _DETAILS,
    ),
    Told.REVIEW_YOURS: Message(
        "{key} {system}: its review is yours, due {due} ({left}). {when_live}",
        "The review of *{key}* {systems} is yours, due {due} ({left}). {when_live}",
        _REVIEW,
    ),
    Told.HANDED_TO_YOU: Message(
        "{by} handed you the review of {key} {system}, due {due} ({left}){note}.",
        "{by} handed you the review of *{key}* {systems}, due {due} ({left}){note}.",
        _REVIEW,
    ),
    Told.TAKEN_FROM_YOU: Message(
        "{key}: {by} took this review over {at}. Nothing needed from you.",
        "*{key}*: {by} took this review over {at}. Nothing needed from you.",
    ),
    Told.NOBODY_TO_HAND: Message(
        "{key}: nobody else may review this one, so it stays yours.",
        "*{key}*: nobody else may review this one, so it stays yours.",
        (Action.WRITE_REVIEW, buttons.DETAILS),
    ),
    Told.FOLLOW_UP: Message(
        "A follow-up of {key} {system} is yours, due {due}{what_said}.",
        "{by} gave you a follow-up of *{key}*, due {due}{what_said}.",
        _FOLLOW_UP,
    ),
    Told.FOLLOW_UP_HANDED: Message(
        "{by} handed you a follow-up of {key} {system}, due {due}{what_said}.{note_said}",
        "{by} handed you a follow-up of *{key}* {systems}, due {due}{what_said}.{note_said}",
        _FOLLOW_UP,
    ),
    Told.FOLLOW_UP_MOVED: Message(
        "{key} {system}: {by} handed your follow-up to {to}{what_said}. Nothing needed from you.",
        "*{key}*: {by} handed your follow-up to {to}{what_said}. Nothing needed from you.",
    ),
    Told.IMPLEMENTER: Message(
        "{key} {system}: {by} named you to carry it out: {title}. It waits for approval.",
        "{by} declared *{key}* {systems} and named you to carry it out: {plan} You are told when it is decided.",
        _DETAILS,
    ),
    Told.CLOSED: Message(
        "Closed: {key} {system}. {by} reviewed it: {verdict}.",
        "*{key}* is closed. {by} reviewed it {at}: *{verdict}*.",
        _DETAILS,
    ),
    Told.WITHDRAWN: Message(
        "{key} {system}: {by} closed it {at}, {duplicate}.",
        "{by} closed *{key}* {at}: {duplicate}. Nothing needed from you.",
    ),
    Told.VOIDED: Message(
        "{own} {system} needs approval again: {changes}.",
        "*{own}* {systems} changed after {people} said yes: {changes}. It needs approval again.",
        _DETAILS,
    ),
    Told.SUPERSEDED: Message(
        "{own} {system} was replaced by {key} {at}. Decide there.",
        "{by} asked for a newer deploy {at}: {key} took the place of *{own}*. Decide there.",
        _DETAILS,
    ),
    Told.EXPIRED: Message(
        "Expired: {own} {system}. Ask again if it is still wanted.",
        "The approval of *{own}* {systems} ended {at}, {unused}. Ask again if it is still wanted.",
        (Action.ASK_AGAIN, buttons.DETAILS),
    ),
    Told.FROZEN: Message(
        "{own} {system} is approved, and a freeze holds it{frozen_until}: {because}.",
        "*{own}* {systems} is approved, and a freeze holds it{frozen_until}: {because}. {lift}",
        _DETAILS,
    ),
    Told.ROLLED_BACK: Message(
        "{own} {system}: {by} went back to what was live before {at}{reason}.",
        "{by} took {systems} back to {back_to} {at}{reason}. No approval was needed for this way back. *{own}* has it.",
        _DETAILS,
    ),
    Told.ACCESS_OVER: Message(
        "Is the access of {own} {system} over? It was to end {at}. One tap, please.",
        "*{own}* {systems}: the access was to end {at}. Is it over?",
        (Action.MARK_DEPLOYED, buttons.DETAILS),
    ),
    Told.UNDELIVERED: Message(
        "A message about {key} to {to} did not arrive. Please tell them; Details has what is open.",
        "A message about *{key}* to {to} did not arrive. Please tell them; Details has what is open.",
        _DETAILS,
    ),
}
UNTOLD = Message(
    "{to} was not told of {key}. Whoever runs this finds why by outbox list, and tries it again by outbox retry.",
    "{to} was not told of *{key}*. Whoever runs this finds why by outbox list, and tries it again by outbox retry.",
    _DETAILS,
)
"""What did not arrive at a service beside Slack: nobody else can tell it."""
PRACTICE: Mapping[Told, str] = {
    Told.APPROVED: "*{key}*: practice approval by {by} {at}{note}. Practise: {plan} Afterwards press Mark deployed.",
}
# What a deploy says otherwise.
DEPLOY: Mapping[Told, Message] = {
    Told.APPROVED: Message(None, "*{key}* approved by {by} {at}{note}. {go}", _DETAILS),
    Told.REJECTED: Message(
        None,
        "{by} said no to *{key}*{reason}. Edit it, or ask again; what you wrote is kept.",
        (Action.EDIT, Action.ASK_AGAIN, buttons.DETAILS),
    ),
    Told.IS_LIVE: Message(
        "Is {key} live? {system}: {title}, {decided}. No pipeline said what became of it.",
        "*{key}* {systems}, {decided} and let through. No pipeline said what became of it. Did it go live?",
        (Action.MARK_DEPLOYED, buttons.DETAILS),
    ),
    Told.IMPLEMENTER: Message(
        "{key} {system}: {by} named you to carry it out: {title}. It waits for approval.",
        "{by} asked for *{key}* {systems} and named you to carry it out. You are told when it is decided.",
        _DETAILS,
    ),
}
