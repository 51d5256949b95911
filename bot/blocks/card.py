"""The emergency card: in three seconds everyone sees whether work may go ahead and who is holding it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.blocks import (
    asking,
    buttons,
    deploy_asking,
    deploy_card,
    finding_card,
    incident_words,
    kit,
    oncall_words,
    owing,
    render,
    telling,
)
from bot.blocks.kit import JSON, Drawing, Scene
from bot.blocks.notes import NOTHING, CardNotes, asked_line, facts_line, notified, remarks
from bot.blocks.notifications import notification
from bot.blocks.phrases import RISKS, decider, long, same_person, systems, title, why
from bot.blocks.sentence import Channel, Sentence, join, say
from bot.blocks.states import LIVE, SHRUNK, WAITING, State, asked, headline, state_of
from bot.blocks.status import status
from bot.blocks.text import one_line
from bot.blocks.values import Facts
from workflows import quorum
from workflows.case import Case
from workflows.change import Action, Field, Kind, Status
from workflows.rows import Debt, DebtKind, Told

MOST_PINGS = 5
_DECIDE = (Action.APPROVE, Action.REJECT, buttons.DETAILS)
_WORK = (Action.MARK_DEPLOYED, buttons.DETAILS)
_REVIEW = (Action.WRITE_REVIEW, buttons.DETAILS)
_AGAIN = (Action.DECLARE_AGAIN, Action.WRITE_REVIEW, buttons.DETAILS)

# What a channel card offers: at most three, `Details` always.
OFFERS: dict[State, Sequence[str]] = {
    **dict.fromkeys(WAITING, _DECIDE),
    State.APPROVED: _WORK,
    State.PROCEEDING: _WORK,
    State.REJECTED: (Action.DECLARE_AGAIN, buttons.DETAILS),
    State.DEPLOYED: _REVIEW,
    State.AGAINST: _REVIEW,
    State.FAILED: _AGAIN,
    State.ROLLED_BACK: _AGAIN,
    State.OVERDUE: (Action.WRITE_REVIEW, Action.TAKE_OVER, buttons.DETAILS),
    **dict.fromkeys(SHRUNK, (buttons.DETAILS,)),
}
_SECRET = "Confidential. Parties, approvers and reviewers can open it in Details; opening is recorded."


def card(
    case: Case,
    scene: Scene,
    *,
    notes: CardNotes = NOTHING,
    copy_of: str | None = None,
    first_post: bool = False,
) -> Drawing:
    """The card of a change for a channel, drawn from the case as it is now.

    `copy_of`: id of the channel of the main card, when this is not it. `first_post`: the message is new, so the one
    asked group, or the at most five asked people, are mentions, once; the copy mentions nobody a second time.
    """
    state = state_of(case, scene.now)
    pings = frozenset[str]() if copy_of else _pings(case, scene)
    shared = replace(scene, shared=True, pings=pings if first_post else None)
    blocks = draw(case, shared, notes, state)
    if copy_of:
        copy = say("Copy. The main card is in {channel}.", channel=Channel(copy_of))
        blocks.append(render.small([copy], shared))
    return kit.card_drawing(notification(case, shared, notes, state), blocks)


def ask(
    case: Case,
    scene: Scene,
    *,
    person: str,
    round: str,
    notes: CardNotes = NOTHING,
    also_asked: Sequence[str] = (),
    superseded_at: datetime | None = None,
) -> Drawing:
    """The private question to an approver, as it is to look now (SCREENS 2.1).

    `superseded_at`: when this one was sent, if a newer question to the same person follows it.
    """
    question = deploy_asking.ask if case.kind is Kind.DEPLOY else asking.ask
    return question(
        case,
        scene,
        person=person,
        round=round,
        notes=notes,
        also_asked=also_asked,
        superseded_at=superseded_at,
    )


def told(what: Told, case: Case, scene: Scene, facts: Facts) -> Drawing:
    """A private message to one person; `facts` as `Told` lists them (SCREENS 2.2–2.5, 6.2, 6.5)."""
    return telling.told(what, case, scene, facts)


def debts(
    rows: Sequence[Debt],
    scene: Scene,
    *,
    kind: DebtKind,
    late: tuple[datetime, datetime, datetime] | None = None,
    superseded_at: datetime | None = None,
    done: Sequence[Case] = (),
    person: str = "",
) -> Drawing:
    """One private message for all that a person owes (SCREENS 6.4); see `owing.debts`."""
    return owing.debts(rows, scene, kind=kind, late=late, superseded_at=superseded_at, done=done, person=person)


def _pings(case: Case, scene: Scene) -> frozenset[str]:
    """The group to mention on a first post; where it has no Slack user group, its people, unless it wants no ping."""
    asks = asked(case)
    if case.kind is Kind.DEPLOY and _written_to(case, scene):
        return frozenset()  # the same words would reach them twice
    loud = [ask for ask in [one for one in asks if one.people] or asks[-1:] if notified(ask, scene)]
    groups = [name for ask in loud for name in notified(ask, scene) if name in scene.group_mentions]
    if groups:
        return frozenset(groups[:1])
    people = frozenset(person for ask in loud for person in ask.people)
    return people if len(people) <= MOST_PINGS else frozenset()


def _written_to(case: Case, scene: Scene) -> bool:
    """Whether everybody who could decide was asked in a message of their own."""
    written = {person for one in case.asks if one.revision == case.revision for person in one.people}
    return bool(written) and written >= set(quorum.askable(case, scene.rules))


def draw(case: Case, scene: Scene, notes: CardNotes, state: State) -> list[JSON]:
    """The blocks of the card with its channel buttons."""
    if case.kind is Kind.DEPLOY:
        return deploy_card.draw(case, scene, notes)
    if case.kind is Kind.FINDING:
        return finding_card.draw(case, scene, notes)
    blocks = face(case, scene, notes, state)
    return [*blocks, kit.actions(buttons.for_case(case, scene, OFFERS[state]))]


def face(case: Case, scene: Scene, notes: CardNotes, state: State) -> list[JSON]:
    """The blocks of the card without buttons: header, status, what, who, small lines; only the asked line pings."""
    if case.kind is Kind.DEPLOY:
        return deploy_card.face(case, scene, notes)
    if case.kind is Kind.FINDING:
        return finding_card.face(case, scene, notes)
    loud, scene = scene, scene if scene.pings is None else replace(scene, pings=frozenset())
    blocks = [render.header(headline(case, state), scene), render.paragraph(status(case, scene, notes, state), scene)]
    if case.confidential:
        blocks.append(render.paragraph(say("{systems}. {secret}", systems=systems(case), secret=_SECRET), scene))
    else:
        blocks += _what(case, scene, state)
    if state in SHRUNK or (state is State.REJECTED and case.status is Status.REJECTED):
        return blocks
    blocks.append(render.paragraph(_who(case), scene))
    line = asked_line(case, loud, notes, state)
    blocks += [render.small([line], loud)] if line else []
    call = oncall_words.off_slack(case, scene) if line else ()
    blocks += [render.small([call], scene)] if call else []
    small = ([facts_line(case, notes, state)], remarks(case, scene, notes, state))
    return [*blocks, *(render.small(lines, scene) for lines in small if any(lines))]


def _what(case: Case, scene: Scene, state: State) -> list[JSON]:
    heading = say("*{systems}: {title}*", systems=systems(case), title=title(case, 120))
    if state in SHRUNK:
        return [render.passage([heading], scene)]
    more = 200 if state in LIVE or state is State.OVERDUE else 350
    incident = incident_words.line(case, limit=80)
    reason = why(case, more - 100 if incident else more)
    plan = say("*Will do:* {plan}", plan=long(case, Field.PLAN, 250 if incident else 400))
    told: list[Sentence] = [heading, (reason,) if reason else ()]
    return [render.passage(told, scene), render.passage([plan, incident], scene)]


def _who(case: Case) -> Sentence:
    return join(
        (
            say("*Risk {risk}*", risk=RISKS[case.risk]),
            one_line(case.environment, 40),
            say("asked by {who}", who=decider(case, case.requester)),
            say("done by {who}", who=same_person(case)),
        )
    )
