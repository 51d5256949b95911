"""Receipts: what a person reads alone after a click or a form, also when the answer is no."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.blocks import buttons, kit, refusals, render, times
from bot.blocks.kit import JSON, Drawing, Scene
from bot.blocks.phrases import needs
from bot.blocks.sentence import At, Channel, Due, Sentence, When, Who, join, people, say
from workflows.case import Case
from workflows.change import Action, Actor, Reason, Verdict
from workflows.ruleset import Need


def line(sentence: Sentence, scene: Scene, actions: Sequence[JSON] = (), small: Sequence[Sentence] = ()) -> Drawing:
    """One paragraph with what can be done about it."""
    personal = replace(scene, shared=False, pings=None)
    blocks = [render.paragraph(sentence, personal)]
    blocks += [render.small(small, personal)] if small else []
    blocks += [kit.actions(actions)] if actions else []
    return kit.drawing(render.notification(sentence, personal), blocks)


# Who may not open Details either.
_SHUT_OUT = frozenset({Reason.GUEST, Reason.OTHER_ORGANISATION, Reason.DEACTIVATED})


def refused(
    verdict: Verdict, case: Case | None, scene: Scene, actor: Actor, *, action: str = "", recorded: bool = True
) -> Drawing:
    """Why not, and what holds now (SCREENS 3). `recorded`: the try is kept in the record."""
    sentence = refusals.sentence(verdict, case, scene, actor, action)
    kept = recorded and case is not None and verdict.reason is not Reason.RECORD_UNAVAILABLE
    offers = buttons.for_case(case, scene, (buttons.DETAILS,)) if case and verdict.reason not in _SHUT_OUT else []
    return line(sentence, scene, offers, [say("This try is kept in the record.")] if kept else [])


def unavailable(scene: Scene) -> Drawing:
    """A fault: nothing was recorded."""
    return line(say(refusals.UNAVAILABLE), scene)


def declared(
    case: Case, scene: Scene, *, asked: Sequence[str], posted: bool, here: bool, late: bool = False
) -> Drawing:
    """After Declare (4.3). `posted`: a card comes to this channel too or this is its channel; `here`: it is.

    `late`: Slack takes no messages now.
    """
    where = Channel(case.posted or scene.incidents)
    told = say("Recorded as *{key}* {at}.", key=case.key, at=At(case.declared_at))
    if late:
        card_line = say("The card follows when Slack takes messages again.")
    elif here:
        card_line = say("The card is in this channel.")
    elif posted:
        card_line = say("The card is in {where}, a copy is here.", where=where)
    else:
        card_line = say("The card is in {where}; I am not in this channel.", where=where)
    verb = "was" if len(asked) == 1 else "were"
    who = (
        say(f"{{people}} {verb} asked.", people=people(asked, limit=3)) if asked else say("Nobody could be asked yet.")
    )
    if case.deployments:
        who = say("It is on record as live since {t}.", t=When(case.deployments[-1].at))
    offers = buttons.for_case(case, scene, (Action.ADD_DETAILS, buttons.DETAILS))
    return line(join((told, card_line, who), " "), scene, offers)


def counted(case: Case, scene: Scene, still: Sequence[Need]) -> Drawing:
    """After an Approve that was not the last one (5.1)."""
    told = say("Counted for *{key}*. Still needed: {needs}.", key=case.key, needs=needs(still))
    return line(told, scene, buttons.for_case(case, scene, (Action.TAKE_BACK,)))


def closed(case: Case, scene: Scene) -> Drawing:
    """After a review was sent (6.3)."""
    review = case.review
    timing = None
    follow: Sentence = ()
    if review is not None and review.closed_at is not None:
        on_time = review.closed_at <= review.due
        after = f"on time after {times.span(review.closed_at - review.start)}"
        timing = after if on_time else times.left(review.due, review.closed_at)
        said = [say("{who} by {due}", who=Who(f.owner), due=times.date_words(f.due)) for f in review.follow_ups]
        count = f"{len(said)} follow-up{'s' if len(said) > 1 else ''}"
        follow = say("{count}: {said}.", count=count, said=join(said, ", ")) if said else ()
    return line(join((say("Closed *{key}*, {timing}.", key=case.key, timing=timing), follow), " "), scene)


def form_too_late(scene: Scene, *, value: str = "new") -> Drawing:
    """The trigger was too old for a form (4.1)."""
    return line(say("The form did not open in time."), scene, [_again(value)])


def draft_kept(scene: Scene, *, draft: str, at: datetime, until: datetime) -> Drawing:
    """Something typed is still there (4.1)."""
    told = say("Your unfinished emergency from {at} is kept until {until}.", at=When(at), until=Due(until))
    return line(told, scene, [_again(f"draft:{draft}")])


def _again(value: str) -> JSON:
    label = buttons.BUTTONS[Action.DECLARE_AGAIN][0]
    return kit.button(label, str(Action.DECLARE_AGAIN), value, about="with what you typed")


def linked(case: Case, scene: Scene) -> Drawing:
    """After Link to a change."""
    return line(say("Linked to *{key}*.", key=case.key), scene)


def later(case: Case, scene: Scene) -> Drawing:
    """After Later (6.2)."""
    return line(say("{key}: I ask again at {t}.", key=case.key, t=When(case.later_until or scene.now)), scene)


def handed(case: Case, scene: Scene, *, to: str) -> Drawing:
    """After Hand over, for the giver (6.5)."""
    return line(say("{key}: handed to {who} {at}.", key=case.key, who=Who(to), at=At(scene.now)), scene)


def asleep(case: Case, scene: Scene) -> Drawing:
    """After Snooze (6.6)."""
    until = case.review.snoozed_until if case.review else None
    told = say("{key}: asleep until {t}.", key=case.key, t=When(until or scene.now))
    return line(told, scene, buttons.for_case(case, scene, (Action.WRITE_REVIEW,)))
