"""What is said at PagerDuty: notes on incidents, change events, pages. Plain text, times in the workspace's zone. Pure.

Of a confidential change nothing is said but its key, risk, state and people.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.blocks import phrases, times
from bot.blocks.kit import Scene
from bot.blocks.render import plain
from bot.blocks.sentence import Piece, Sentence, Typed, Words, say
from bot.blocks.text import clip, one_line
from workflows.case import Case, Deployment
from workflows.change import Field, Judgement, Kind
from workflows.paging import Alert, ChangeEvent, Note, Page, Said

SUMMARY = 1000  # characters of a page's summary (PagerDuty docs: 1024)
TITLE = 200
_NOTES: Mapping[Said, str] = {
    Said.DECLARED: "Emergency change {key}{what}. {by} declared it {at}, risk {risk}.{card}",
    Said.APPROVED: "{key}: {by} approved it {at}{text}.",
    Said.REJECTED: "{key}: {by} said no to it {at}{text}.",
    Said.BREAK_GLASS: "{key}: {by} is going ahead WITHOUT approval since {when}{text}.",
    Said.ROLLBACK: "{key}: {by} goes back to a commit that was live before, {at}{text}.",
    Said.TOOK_BACK: "{key}: {by} took the approval back {at}; it waits for approval again.",
    Said.CHANGED: "{key}: what will be done was changed {at}; approval is needed again.",
    Said.DEPLOYED: "{key}: {by} marked {live} deployed {at}: {outcome}{though}.",
    Said.RATIFIED: "{key}: {by} looked at it afterwards and ratified it {at}{text}.",
    Said.OBJECTED: "{key}: {by} looked at it afterwards and objects {at}{text}.",
    Said.REVIEWED: "{key}: {by} closed the review {at}: {judgement}, {timing}.",
    Said.WITHDRAWN: "{key}: {by} withdrew it {at}; nothing was deployed.",
}
_BEGAN: Mapping[Kind, str] = {
    Kind.EMERGENCY: _NOTES[Said.DECLARED],
    Kind.DEPLOY: "Deploy {key}{what}. {by} asked for it {at}, risk {risk}.{card}",
    Kind.FINDING: "Finding {key}{what}. It went around the gate; written down {at}.{card}",
}
_THOUGH = {"rejected": ", although it was rejected", "withdrawn": ", although it was withdrawn"}
_PAGES: Mapping[Page, str] = {
    Page.BREAK_GLASS: "{key}{what}: going ahead WITHOUT approval since {when}, by {by}{text}. "
    "Have a look, then ratify or object in Slack.",
    Page.UNDECIDED: "{key}{what}: nobody has answered since {when}, and {by} waits. Approve or reject it in Slack.",
    Page.REVIEW: "{key}{what}: the review is {late}{owner}. Write it, or take it over in Slack.",
}


def note(case: Case, one: Note, scene: Scene, card: str | None = None) -> str:
    """A note, ending with the mark by which it is found again. `card`: the address of the card, where it is known."""
    facts: dict[str, Callable[[], Sentence | Piece | str]] = {
        "live": lambda: phrases.what(case, _of(one)),
        "outcome": lambda: phrases.OUTCOMES[_of(one).outcome],
        "though": lambda: _THOUGH.get(_of(one).basis, ""),
        "judgement": lambda: _judged(one),
        "timing": lambda: _timing(one),
        "card": lambda: f" {card}" if card else "",
    }
    template = _BEGAN[case.kind] if one.said is Said.DECLARED else _NOTES[one.said]
    said = say(template, **_about(case, scene, one.at, one.by, one.text, _only(template, facts, one)))
    return f"{plain(said, scene)} {mark(case, one)}"


def mark(case: Case, one: Note) -> str:
    """By which a note of ours is known at PagerDuty."""
    return f"[{case.key}/{one.key}]"


def page(case: Case, one: Alert, scene: Scene) -> str:
    """The summary of a page."""
    review = case.review
    more: dict[str, Sentence | Piece | str] = {
        "late": times.left(review.deadline, scene.now) if review else "late",
        "owner": say("; it is {by}'s", by=phrases.decider(case, one.by)) if one.by else "; it is nobody's",
    }
    return clip(plain(say(_PAGES[one.page], **_about(case, scene, one.since, one.by, one.text, more)), scene), SUMMARY)


def went_live(case: Case, one: ChangeEvent, scene: Scene) -> str:
    """The summary of a change event."""
    live = one.deployment
    said = say(
        "{key}{what}: deployed {live}{though} ({outcome})",
        key=case.key,
        what=_what(case),
        live=phrases.what(case, live),
        outcome=phrases.OUTCOMES[live.outcome],
        though=" WITHOUT approval" if live.basis == "proceeding" else _THOUGH.get(live.basis, ""),
    )
    return clip(plain(said, scene), SUMMARY)


def source(case: Case) -> str:
    """The system it is about, as PagerDuty names the origin of an event."""
    if case.confidential or not (case.systems or case.repository):
        return "Countersign"
    return one_line(case.repository or case.systems[0], 100)


def details(case: Case) -> dict[str, str]:
    """What stands beside a page or a change event."""
    known = {"change": case.key, "kind": case.kind.value, "status": case.status.value, "risk": case.risk.value}
    if case.confidential:
        return known
    return known | {"systems": phrases.systems(case, limit=8), "environment": one_line(case.environment, 100)}


def incident(case: Case, scene: Scene, card: str | None = None) -> tuple[str, str]:
    """Title and description of an incident that is opened for a change."""
    title = clip(plain(say("{key}{what}", key=case.key, what=_what(case)), scene), TITLE)
    why = None if case.confidential else phrases.body(case, case.texts.get(Field.WHY), 1000)
    said = say(
        "{by} declared the emergency change {key} {at}, risk {risk}.{why}{card}",
        by=phrases.decider(case, case.requester),
        key=case.key,
        at=_at(case.declared_at, scene),
        risk=phrases.RISKS[case.risk],
        why=say(" {why}.", why=why) if why else "",
        card=f" {card}" if card else "",
    )
    return title, plain(said, scene)


def undelivered(key: str | None, to: str) -> str:
    """The summary of a page about a message that was given up. `to`: of what kind its place is."""
    about = f" about {key}" if key else ""
    return f"A message{about} could not be delivered ({to}). It is kept; `countersign outbox retry` sends it again."


def _about(
    case: Case, scene: Scene, at: datetime, by: str, text: str | None, more: Mapping[str, Sentence | Piece | str]
) -> dict[str, Sentence | Piece | str]:
    said = None if case.confidential else phrases.body(case, text, 300)
    return {
        "key": case.key,
        "what": _what(case),
        "risk": phrases.RISKS[case.risk],
        "by": phrases.decider(case, by),
        "at": _at(at, scene),
        "when": _day(at, scene),
        "text": phrases.quoted(said),
        **more,
    }


def _only(
    template: str, facts: Mapping[str, Callable[[], Sentence | Piece | str]], one: Note
) -> dict[str, Sentence | Piece | str]:
    """The facts that the sentence has a place for, and who did it where no person is known."""
    made = {name: fact() for name, fact in facts.items() if f"{{{name}}}" in template}
    if one.deployment is not None and not one.by:
        login = one.deployment.login
        made["by"] = say("the pipeline ({login})", login=Typed(login, 60)) if login else "the pipeline"
    return made


def _what(case: Case) -> Sentence:
    """` payments: checkout 500s`, or that nothing more may be said."""
    if case.confidential:
        return say(", confidential")
    return say(" {subject}: {title}", subject=phrases.subject(case), title=phrases.title(case))


def _of(one: Note) -> Deployment:
    if one.deployment is None:
        raise ValueError(f"{one.key} is about no deployment")
    return one.deployment


def _judged(one: Note) -> str:
    judgement = one.review.judgement if one.review else None
    return phrases.JUDGEMENTS[judgement or Judgement.YES]


def _timing(one: Note) -> str:
    review = one.review
    return phrases.review_timing(one.at, review.start, review.due) if review else ""


def _day(at: datetime, scene: Scene) -> str:
    """`Tue 03:02 CET`: whoever reads it may be anywhere."""
    return times.written(at, scene.zone, scene.now, named=True)


def _at(at: datetime, scene: Scene) -> Words:
    return Words(f"on {_day(at, scene)}")
