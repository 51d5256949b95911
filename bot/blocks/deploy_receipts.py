"""What a person reads alone after asking for a deploy, or sending one back."""

from collections.abc import Sequence

from bot.blocks import buttons, receipts
from bot.blocks.kit import Drawing, Scene
from bot.blocks.sentence import At, Channel, Sentence, join, people, say
from workflows.case import Case


def requested(case: Case, scene: Scene, *, asked: Sequence[str], posted: str | None, here: bool) -> Drawing:
    """After Ask (12.1). `posted`: the channel id of the card, None while it is on its way; `here`: it is this one."""
    told = say("Recorded as *{key}* {at}.", key=case.key, at=At(case.declared_at))
    if posted is None:
        card = say("The card follows when Slack takes messages again.")
    else:
        card = say("The card is in this channel.") if here else say("The card is in {where}.", where=Channel(posted))
    offers = buttons.for_case(case, scene, (buttons.DETAILS,))
    return receipts.line(join((told, card, _next(case, asked)), " "), scene, offers)


def _next(case: Case, asked: Sequence[str]) -> Sentence:
    """Who has it now."""
    if case.rollback is not None:
        return say("The pipeline may go back to {sha} now; the approvers are told.", sha=(case.sha or "")[:7])
    if asked:
        return say(f"{{people}} {'was' if len(asked) == 1 else 'were'} asked.", people=people(asked, limit=3))
    if case.reading is None and not case.unlinked:
        return say("GitHub is read now; approvers are asked when it has answered.")
    return say("Approvers are asked as soon as it can be approved; the card says what is missing.")
