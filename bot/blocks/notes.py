"""The small lines of a card: who was asked, who reviews until when, and what else is worth knowing."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.blocks import incident_words, issue_words, patch_words, times
from bot.blocks.kit import Scene
from bot.blocks.phrases import FIELDS, documented, field_words, systems
from bot.blocks.sentence import At, Due, Moment, Sentence, Team, Typed, When, Who, Words, join, listing, say
from bot.blocks.states import SHRUNK, WAITING, State, asked
from bot.blocks.text import one_line
from workflows.case import Ask, Case
from workflows.change import Field, Item, Type
from workflows.ruleset import Need

MOST_NOTES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CardNotes:
    """What a card says besides its case; every part may be absent.

    `needs`: voices still needed (`policy.missing`). `could`: people who can decide now. `documented`: which of the
    seven are there. `short`: (group in which nobody can, why), `instead`: the groups asked in its place.
    `related`: keys open on the system. `overdue`: (key, due) of other overdue reviews of it. `silent`: (peer, since).
    `told`: (person, at) of the escalation. `reviewers`: groups that may take over. `gate`: repositories let through.
    `link`: address of the main card. `pagerduty`: it is linked.
    `run`: the pipeline run that waits for this deploy. `unmended`: (key, issue) of others still to be put right.
    """

    needs: tuple[Need, ...] = ()
    could: tuple[str, ...] = ()
    documented: frozenset[Item] | None = None
    short: tuple[str, str] | None = None
    instead: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    overdue: tuple[tuple[str, datetime], ...] = ()
    silent: tuple[tuple[str, datetime], ...] = ()
    told: tuple[tuple[str, datetime], ...] = ()
    reviewers: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()
    link: str | None = None
    contacts: tuple[str, ...] = ()
    paged_at: datetime | None = None
    pagerduty: bool = False
    run: int | None = None
    unmended: tuple[tuple[str, str], ...] = ()


NOTHING = CardNotes()


def asked_line(case: Case, scene: Scene, notes: CardNotes, state: State) -> Sentence:
    """`Asked 03:02 @lead, @cto · again 03:07 · 03:12 release-managers too`; empty once decided.

    A Slack user group stands for its people. On a first post whoever was asked in its place is named as well.
    """
    asks = asked(case)
    if state not in WAITING or not asks:
        return ()
    first, later = asks[0], [ask for ask in asks[1:] if ask.round != "stand-in"][-4:]
    said = [say("Asked {at} {who}", at=Moment(first.at, "clock"), who=_asked(first, first.people, scene))]
    instead = [person for ask in asks if ask.round == "stand-in" for person in ask.people if scene.pings is not None]
    said += [_again(ask, instead, scene) for ask in later]
    if notes.paged_at:
        said.append(say("paged {at}", at=Moment(notes.paged_at, "clock")))
    line = join(said)
    if state is State.UNDECIDED:
        return line
    return (*line, Words("\nIn a hurry? Details has Proceed without approval."))


def _asked(ask: Ask, people: Sequence[str], scene: Scene) -> Sentence:
    if people and not any(name in scene.group_mentions for name in notified(ask, scene)):
        return join((Who(person) for person in people), ", ")
    return listing((Team(name) for name in ask.groups), limit=4)


def notified(ask: Ask, scene: Scene) -> list[str]:
    """The groups that were asked and may be pinged: those with `notify = false` never are."""
    return [name for name in ask.groups if name in scene.rules.groups and scene.rules.groups[name].notify]


def _again(ask: Ask, instead: Sequence[str], scene: Scene) -> Sentence:
    at = Moment(ask.at, "clock")
    if ask.round in ("widen", "fallback"):
        return say("{at} {who} too", at=at, who=_asked(ask, instead, scene))
    return say("again {at}", at=at)


def review_line(case: Case, state: State) -> Sentence:
    """`Review: @lead, due tomorrow at 03:02`."""
    review = case.review
    if review is None or review.closed_at is not None or state in (*SHRUNK, State.OVERDUE):
        return ()
    owner = Who(review.owner) if review.owner else "nobody yet"
    return say("Review: {owner}, due {due}", owner=owner, due=Due(review.due))


def facts_line(case: Case, notes: CardNotes, state: State) -> Sentence:
    """The review, how much is documented, and the links."""
    return join(
        (
            review_line(case, state),
            documented(notes.documented) if notes.documented is not None else None,
            incident_words.brief(case),
            issue_words.brief(case),
            _reference(case),
        )
    )


def _id(text: str, sign: str = "") -> str:
    short = one_line(text, 40).rstrip("/").split("/")[-1]
    return short if short.startswith(sign) else sign + short


_SHA = re.compile(r"\b[0-9a-f]{40}\b")


def _reference(case: Case) -> Sentence:
    text = _SHA.sub(lambda found: found[0][:7], case.text(Field.REFERENCE) or "")
    return (Typed(text, 60),) if text and not case.confidential else ()


def remarks(case: Case, scene: Scene, notes: CardNotes, state: State, *, most: int = MOST_NOTES) -> list[Sentence]:
    """What else is worth knowing, in order of weight, at most three and a count."""
    makers = _SECRET_REMARKS if case.confidential else _REMARKS
    said = [line for make in makers for line in make(case, scene, notes, state)]
    if len(said) <= most:
        return said
    return [*said[:most], say(f"and {len(said) - most} more in Details")]


def _drill(case: Case, *_: object) -> list[Sentence]:
    return [say("Practice only: counted nowhere, opens nothing.")] if case.drill else []


def _server(case: Case, *_: object) -> list[Sentence]:
    if case.operator is None:
        return []
    name = Typed(case.operator, 60)
    told = "Declared from the server by {name} {at}; Slack was not reachable."
    return [say(told, name=name, at=At(case.declared_at))]


def _live(case: Case, *_: object) -> list[Sentence]:
    if case.live_since is None:
        return []
    return [say("Live since {t}, before it was declared.", t=When(case.live_since))]


def _changed(case: Case, scene: Scene, notes: CardNotes, state: State) -> list[Sentence]:
    if case.changed_at is None or state not in WAITING:
        return []
    changed = field_words(case.changed)
    return [say("Changed {at}: {what}. It needs approval again.", at=At(case.changed_at), what=changed)]


def _related(case: Case, scene: Scene, notes: CardNotes, state: State) -> list[Sentence]:
    said = []
    if case.origin_key:
        said.append(say("From {key}.", key=case.origin_key))
    if notes.related and state not in SHRUNK:
        keys = listing(notes.related, limit=3, others="more")
        said.append(say("Also open on {systems}: {keys}.", systems=systems(case), keys=keys))
    return said


def _overdue(case: Case, scene: Scene, notes: CardNotes, state: State) -> list[Sentence]:
    late = "Review of {key} on {systems} is {late}."
    return [say(late, key=key, systems=systems(case), late=times.left(due, scene.now)) for key, due in notes.overdue]


_QUESTIONS = {
    Field.TITLE: "What is broken",
    Field.WHY: "What is broken",
    Field.PLAN: "What will you do",
    Field.ROLLBACK: "Rollback plan",
    Field.TESTS: "What did you test",
}


def _patch(case: Case, scene: Scene, *_: object) -> list[Sentence]:
    return [line for line in (patch_words.remark(case, scene), patch_words.waits(case)) if line]


def _plan(case: Case, scene: Scene, notes: CardNotes, state: State) -> list[Sentence]:
    if not case.plan_summary or state in SHRUNK:
        return []
    return [say("Plan: {summary}.", summary=one_line(case.plan_summary, 120))]


def _placeholders(case: Case, scene: Scene, notes: CardNotes, state: State) -> list[Sentence]:
    if state in SHRUNK:
        return []
    told = '"{field}" looks like a placeholder; complete it with Add details before the review closes.'
    names = dict.fromkeys(_QUESTIONS.get(name) or FIELDS.get(name, "A field") for name in case.flagged)
    return [say(told, field=name) for name in names]


def _incident(case: Case, scene: Scene, notes: CardNotes, state: State) -> list[Sentence]:
    if state in SHRUNK or (not case.incident and case.type is Type.PATCH):
        return []
    line = incident_words.remark(case, linked=notes.pagerduty, waiting=not case.deployments)
    return [line] if line else []


def _issues(case: Case, *_: object) -> list[Sentence]:
    return issue_words.remarks(case)


def _unmended(case: Case, scene: Scene, notes: CardNotes, state: State) -> list[Sentence]:
    return issue_words.elsewhere(systems(case), notes.unmended) if state not in SHRUNK else []


def _silent(case: Case, scene: Scene, notes: CardNotes, state: State) -> list[Sentence]:
    told = "{peer}: not answering since {t}; this change does not wait for it."
    return [say(told, peer=peer, t=When(since)) for peer, since in notes.silent]


_Remark = Callable[[Case, Scene, CardNotes, State], list[Sentence]]
_SECRET_REMARKS: tuple[_Remark, ...] = (_drill, _server, _issues)
_REMARKS: tuple[_Remark, ...] = (
    _drill,
    _server,
    _live,
    _changed,
    _related,
    _overdue,
    _unmended,
    _issues,
    _patch,
    _plan,
    _placeholders,
    _incident,
    _silent,
)
