"""Details: everything this reader may know of a change and do about it now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from bot.blocks import (
    buttons,
    deploy_details,
    deploy_states,
    deploy_status,
    finding_card,
    incident_words,
    issue_words,
    kit,
    passages,
    render,
    times,
    why,
)
from bot.blocks.kit import JSON, Scene, View
from bot.blocks.notes import NOTHING, CardNotes, remarks
from bot.blocks.phrases import RISKS, TYPES, decider, documented, missing_items, same_person, system_words
from bot.blocks.sentence import At, Due, Link, Sentence, Team, Typed, When, Who, Words, join, listing, people, say
from bot.blocks.states import State, headline, state_of, voices
from bot.blocks.status import status
from bot.blocks.text import one_line
from workflows.case import Case
from workflows.change import UNDECIDED, Action, Field, Kind, Role
from workflows.explanation import Explanation

MOST_BLOCKS = 60
_MOST_REMARKS = 12
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the reader is told beyond the case.

    `deciders`: (person id, may, why not), for who can approve. `have` and `want`: the quorum. `checked`: when the
    reader's membership was read. `rule`: the matching rule in words; `policy_of`: since when that policy holds.
    `outside`: (peer, last read or None for "not linked"). `entries`: length of the record. `record`: its page.
    `follow_ups`: the ids of those that the reader may tick off or hand over.
    `why`: what the verdict rests on, in place of `rule`.
    `may_read`: False for a confidential change and a reader who is not entitled.
    """

    deciders: tuple[tuple[str, bool, str], ...] = ()
    have: int = 0
    want: int = 0
    groups: tuple[str, ...] = ()
    checked: datetime | None = None
    rule: str = ""
    policy_of: datetime | None = None
    outside: tuple[tuple[str, datetime | None], ...] = ()
    entries: int = 0
    unbroken: bool = True
    record: str | None = None
    follow_ups: tuple[str, ...] = ()
    may_read: bool = True
    why: Explanation | None = None


PLAIN = Reading()


def details(
    case: Case,
    scene: Scene,
    *,
    actions: Sequence[Action],
    role: Role,
    notes: CardNotes = NOTHING,
    reading: Reading = PLAIN,
    metadata: str = "",
) -> View:
    """The modal (SCREENS 5.6). `actions`: what this reader may press now; what is forbidden is absent."""
    personal = replace(scene, shared=False, pings=None)
    state = state_of(case, scene.now)
    blocks = [render.header(_headline(case, personal, state), personal)]
    if not reading.may_read or role is Role.OUTSIDER:
        blocks.append(render.paragraph(_secret(notes), personal))
        return _modal(case, blocks, metadata)
    shown = replace(case, confidential=False)
    blocks.append(render.paragraph(_status(shown, personal, notes, state), personal))
    you = _rights(actions) if role is Role.READER else ()
    you = you or role_line(case, scene, role, notes, reading)
    blocks.append(render.paragraph(say("*You*: {role}", role=you), personal))
    blocks += _buttons(shown, personal, actions)
    blocks += passages.follow_ups(shown, personal, reading.follow_ups)
    worth = remarks(shown, personal, notes, state, most=_MOST_REMARKS)
    blocks += [render.small(worth, personal)] if worth else []
    deploy = case.kind is Kind.DEPLOY
    finding = case.kind is Kind.FINDING
    named = deploy_details.facts(shown, personal) if deploy else _facts(shown, notes)
    named = finding_card.facts(shown, personal) if finding else named
    typed = finding_card.told(shown, personal) if finding else passages.texts(shown, personal)
    blocks += [kit.divider(), render.facts(named, personal), *typed]
    blocks += [kit.divider(), *_people(shown, personal, reading)]
    blocks += deploy_details.blocks(shown, personal) if deploy else []
    blocks += [kit.divider(), *passages.history(shown, personal)]
    blocks += [kit.divider(), *_around(shown, personal, reading)]
    return _modal(case, blocks[:MOST_BLOCKS], metadata)


def _headline(case: Case, scene: Scene, state: State) -> Sentence:
    if case.kind is Kind.DEPLOY:
        return deploy_states.headline(case, scene, deploy_states.deploy_state(case, scene))
    if case.kind is Kind.FINDING:
        return finding_card.headline(case, scene)
    return headline(case, state)


def _status(case: Case, scene: Scene, notes: CardNotes, state: State) -> Sentence:
    if case.kind is Kind.DEPLOY:
        return deploy_status.status(case, scene, deploy_states.deploy_state(case, scene))
    if case.kind is Kind.FINDING:
        return finding_card.status(case, scene, notes)
    return status(case, scene, notes, state)


def _modal(case: Case, blocks: list[JSON], metadata: str) -> View:
    return kit.modal("details", case.key, blocks, submit=None, close="Close", metadata=metadata)


def _secret(notes: CardNotes) -> Sentence:
    if not notes.could:
        return say("This one is confidential. Its parties, approvers and reviewers can open it.")
    return say("This one is confidential. {people} can open it.", people=people(notes.could, "or"))


_ROLES: Mapping[Role, str] = {
    Role.APPROVER: "You can approve: member of {groups}{checked}.",
    Role.APPROVED: "You approved it. You can take it back until it is live.",
    Role.REQUESTER: "You declared it{can}.",
    Role.IMPLEMENTER: "You carry it out{can}.",
    Role.RATIFIER: "It went ahead without approval. You can ratify or object.",
    Role.OWNER: "The review is yours{due}.",
    Role.REVIEWER: "You can review it{owner}.",
    Role.READER: "You can read this change.",
    Role.OUTSIDER: "You can read that it exists.",
}
_DEPLOYS: Mapping[Role, str] = {
    Role.REQUESTER: "You asked for it{can}.",
    Role.APPROVED: "You approved it. You can take it back until the pipeline goes.",
}
_PRACTISED = "You gave the practice approval. You can take it back until it is live."


def role_line(case: Case, scene: Scene, role: Role, notes: CardNotes, reading: Reading) -> Sentence:
    """How the reader stands to the change."""
    template = _DEPLOYS.get(role, _ROLES[role]) if case.kind is Kind.DEPLOY else _ROLES[role]
    template = _PRACTISED if case.drill and role is Role.APPROVED else template
    if role is Role.APPROVED and (case.passed or case.deployments):
        template = "You approved it. It went through, so it can't be taken back any more."
    if role is Role.REVIEWER and case.closed_at is not None:
        template = "You can add to its review."
    review = case.review if case.review and case.review.closed_at is None else None
    left = times.left(review.due, scene.now) if review else ""
    waiting = notes.could and case.decision is None and not case.deployments
    return say(
        template,
        groups=listing((Team(name) for name in reading.groups), limit=3) or "the approvers",
        checked=f", checked {times.span(scene.now - reading.checked)} ago" if reading.checked else None,
        can=say("; {people} can approve", people=people(notes.could, "or")) if waiting else None,
        due=say(", due {due} ({left})", due=Due(review.due), left=left) if review else None,
        owner=say("; {who} owns the review", who=Who(review.owner)) if review and review.owner else None,
    )


def _rights(actions: Sequence[Action]) -> Sentence:
    """What a reader may do all the same, who neither takes part in it nor decides on it alone; (): only read."""
    if Action.REJECT in actions:
        return say("You can reject it, but not approve it now.")
    return say("You can do what the buttons below say.") if any(one in buttons.BUTTONS for one in actions) else ()


def _buttons(case: Case, scene: Scene, actions: Sequence[Action]) -> list[JSON]:
    made = buttons.for_case(case, scene, [one for one in actions if one in buttons.BUTTONS], bare=True)
    return [kit.actions(row, f"do:{index}") for index, row in enumerate(_chunks(made, 5))]


def _chunks(many: list[_T], size: int) -> list[list[_T]]:
    return [many[start : start + size] for start in range(0, len(many), size)]


def _facts(case: Case, notes: CardNotes) -> list[tuple[str, Sentence]]:
    reference = case.text(Field.REFERENCE)
    told: list[tuple[str, Sentence | str]] = [
        ("Systems", system_words(case.systems, 8)),
        ("Environment", one_line(case.environment, 40)),
        ("Risk", RISKS[case.risk]),
        ("Type", TYPES[case.type]),
        ("Requester", decider(case, case.requester)),
        ("Implementer", same_person(case)),
        ("Incident", incident_words.full(case)),
        ("Jira", issue_words.full(case)),
        ("Version", (Typed(reference, 120),) if reference else "none named"),
    ]
    if notes.documented is not None:
        missing = missing_items(notes.documented)
        told.append((documented(notes.documented), f"missing: {missing}" if missing else "nothing missing"))
    return [(name, value if isinstance(value, tuple) else (Words(value),)) for name, value in told]


def _people(case: Case, scene: Scene, reading: Reading) -> list[JSON]:
    blocks = []
    if reading.deciders and case.status in UNDECIDED:
        given = {one.person: one.at for one in voices(case, "approve")}
        said = [
            say("{who} approved {at}", who=Who(person), at=At(given[person]))
            if person in given
            else say("{who} {may}", who=Who(person), may="can" if may else f"can't: {why}" if why else "can't")
            for person, may, why in reading.deciders[:20]
        ]
        if len(reading.deciders) > 20:
            said.append(say(f"… {len(reading.deciders) - 20} more"))
        quorum = f" ({reading.have} of {reading.want})" if reading.want else ""
        blocks.append(render.paragraph(say("*Who can approve*{quorum}\n{who}", quorum=quorum, who=join(said)), scene))
    if case.asks:
        asks = [passages.asked(ask) for ask in passages.rounds(case.asks)[-10:]]
        blocks.append(render.paragraph(say("*Asked*\n{asks}", asks=join(asks, "\n")), scene))
    return blocks


def _around(case: Case, scene: Scene, reading: Reading) -> list[JSON]:
    blocks = []
    if reading.why is not None:
        blocks.append(kit.section("*Why*"))
        blocks += why.blocks(reading.why, case.key, scene, policy_of=reading.policy_of)
    elif reading.rule:
        since = say(" Policy of {day}.", day=times.day(reading.policy_of, scene.zone)) if reading.policy_of else None
        blocks.append(render.paragraph(say("*Why this rule*\n{rule}.{since}", rule=reading.rule, since=since), scene))
    outside = [
        say("{peer}: read {t}", peer=peer, t=When(at)) if at else say("{peer}: not linked", peer=peer)
        for peer, at in reading.outside
    ]
    if outside:
        blocks.append(render.paragraph(say("*Outside*\n{outside}", outside=join(outside, "\n")), scene))
    entries = f", {reading.entries} entries, {'unbroken' if reading.unbroken else 'NOT in order: tell an admin'}"
    record = say("Record {key}{entries}", key=case.key, entries=entries if reading.entries else None)
    page = (Link(reading.record, "open the record page"),) if reading.record else ()
    return [*blocks, render.small([join((record, page))], scene)]
