"""Private lines to one person: what became of what they just did, and why something was refused."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.blocks import buttons, kit, refusals, render
from bot.blocks.kit import JSON, Drawing, Scene
from bot.blocks.phrases import needs, review_timing
from bot.blocks.sentence import At, Channel, Due, Sentence, When, Who, join, people, say
from bot.blocks.values import Facts, moment, values
from workflows.case import Case
from workflows.change import Action, Actor, Verdict
from workflows.ruleset import Need

KEPT = "This try is kept in the record."
NOT_OPENED = "The form did not open in time."


def refusal(verdict: Verdict, case: Case | None, scene: Scene, actor: Actor, *, action: str, recorded: bool) -> Drawing:
    """Why not, who can, that nothing changed, and that the try is kept."""
    said = refusals.sentence(verdict, case, scene, actor, action)
    rows: list[JSON] = [render.paragraph(said, scene)]
    if recorded and case is not None:
        rows.append(render.small([say(KEPT)], scene))
    if case is not None:
        rows.append(kit.actions(buttons.for_case(case, scene, [buttons.DETAILS], bare=True)))
    return kit.drawing(render.notification(said, scene), rows)


def about(what: str, case: Case, scene: Scene, facts: Facts) -> Drawing:
    """What became of an act on this change; `what` is a key of WORDS."""
    made, actions = WORDS[what](case, scene, facts)
    return _drawn(made, scene, buttons.for_case(case, scene, actions, bare=True) if actions else [])


def draft(scene: Scene, *, ref: str, kept_at: datetime, until: datetime, late: bool) -> Drawing:
    """Something typed is kept, and offered again; `late`: the form did not open."""
    kept = "Your unfinished emergency from {at} is kept until {until}."
    said = join((NOT_OPENED if late else None, say(kept, at=When(kept_at), until=Due(until))), " ")
    return _drawn(said, scene, [_again(ref)])


def not_opened(scene: Scene) -> Drawing:
    """A form came too late for Slack, and nothing was typed in it yet."""
    return _drawn(say(NOT_OPENED), scene, [_again("")])


def _again(ref: str) -> JSON:
    return kit.button("Declare again", Action.DECLARE_AGAIN.value, f":0:{ref}", about="emergency")


def _drawn(said: Sentence, scene: Scene, row: Sequence[JSON]) -> Drawing:
    rows = [render.paragraph(said, scene), *([kit.actions(row)] if row else [])]
    return kit.drawing(render.notification(said, scene), rows)


_Made = tuple[Sentence, Sequence[str]]


def _recorded(case: Case, scene: Scene, facts: Facts) -> _Made:
    asked = list(facts.get("people") or ())
    where = Channel(scene.incidents) if scene.incidents else scene.rules.incidents
    told = say("Recorded as *{key}* {at}. The card is in {where}", key=case.key, at=At(case.declared_at), where=where)
    verb = "was" if len(asked) == 1 else "were"
    who = say("; {people} {verb} asked.", people=people(asked), verb=verb) if asked else say(".")
    return (*told, *who), (Action.ADD_DETAILS, buttons.DETAILS)


def _counted(case: Case, scene: Scene, facts: Facts) -> _Made:
    left = [Need(str(one["group"]), int(one["count"])) for one in facts.get("needed") or ()]
    return say("Counted. Still needed: {needs}.", needs=needs(left)), (Action.TAKE_BACK,)


def _later(case: Case, scene: Scene, facts: Facts) -> _Made:
    until = moment(facts.get("until"))
    return say("I ask again {at}.", at=At(until) if until else None), ()


def _reviewed(case: Case, scene: Scene, facts: Facts) -> _Made:
    review = case.review
    if review is None or review.closed_at is None:
        return say("Closed {key}.", key=case.key), ()
    told = say(
        "Closed {key}, {timing}.", key=case.key, timing=review_timing(review.closed_at, review.start, review.due)
    )
    first = next(iter(review.follow_ups), None)
    if first is None:
        return told, ()
    count = len(review.follow_ups)
    words = "{n} follow-up for {who} by {due}." if count == 1 else "{n} follow-ups, the first for {who} by {due}."
    return join((told, say(words, n=count, who=Who(first.owner), due=values(case, {"due": first.due})["due"])), " "), ()


def _linked(case: Case, scene: Scene, facts: Facts) -> _Made:
    return say("Linked to {key}.", key=case.key), (buttons.DETAILS,)


def _not_opened(case: Case, scene: Scene, facts: Facts) -> _Made:
    action = str(facts.get("action") or "")
    return say(NOT_OPENED), (action,) if action in buttons.BUTTONS else (buttons.DETAILS,)


WORDS: Mapping[str, Callable[[Case, Scene, Facts], _Made]] = {
    "recorded": _recorded,
    "counted": _counted,
    "later": _later,
    "reviewed": _reviewed,
    "linked": _linked,
    "not_opened": _not_opened,
}
