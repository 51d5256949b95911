"""The long parts of Details: what was typed in full, who was asked, what went live, what the review says."""

from collections.abc import Sequence
from dataclasses import replace

from bot.blocks import buttons, issue_words, kit, render, times
from bot.blocks.commits import short
from bot.blocks.kit import JSON, Scene
from bot.blocks.phrases import JUDGEMENTS, OUTCOMES, REMOVED, UNWRITTEN, quoted, review_timing
from bot.blocks.phrases import body as said
from bot.blocks.sentence import At, Due, Sentence, Team, Typed, When, Who, Words, join, listing, say
from workflows import question
from workflows.case import Ask, Case, Deployment, Review
from workflows.change import Field, Kind, Type
from workflows.reviewed import FollowUp

FULL = 2900
_QUOTED = 600
_MOST = 10

_TEXTS = (
    ("Broken and why", Field.WHY),
    ("Will do", Field.PLAN),
    ("If it goes wrong", Field.ROLLBACK),
    ("Tests", Field.TESTS),
)
_OF_DEPLOY = (("What changes and why", Field.WHY), *_TEXTS[1:])
_BY_TYPE = {
    Type.ACCESS: ("Access", Field.ACCESS),
    Type.PATCH: ("Advisory", Field.ADVISORY),
    Type.INFRASTRUCTURE: ("Plan output", Field.PLAN_OUTPUT),
    Type.DATABASE: ("Proof from staging", Field.STAGING_PROOF),
}


def texts(case: Case, scene: Scene) -> list[JSON]:
    """Each typed text in full, as it was typed."""
    written = [(n, f) for n, f in _OF_DEPLOY if f in case.texts or f is not Field.PLAN]
    named = [
        *(written if case.kind is Kind.DEPLOY else _TEXTS),
        *([_BY_TYPE[case.type]] if case.type in _BY_TYPE else []),
    ]
    return [render.passage([say("*{name}*", name=name), (_text(case, field),)], scene) for name, field in named]


def _text(case: Case, field: Field) -> Typed | Words:
    if field not in case.texts:
        return Words(UNWRITTEN)
    text = case.text(field)
    return Words(REMOVED) if text is None else Typed(text or UNWRITTEN, FULL, flat=False)


_ROUNDS = {
    "first": "asked",
    "nudge": "asked again",
    "widen": "also asked",
    "fallback": "asked instead",
    "stand-in": "asked in their place",
    "again": "asked afresh",
}


def rounds(asks: Sequence[Ask]) -> list[Ask]:
    """The asks; those who were asked because a group was asked too are told with it."""
    told: list[Ask] = []
    for ask in asks:
        before = told[-1] if told else None
        if before and ask.round == "stand-in" and before.groups == ask.groups and not before.people:
            told[-1] = replace(before, people=ask.people)
        else:
            told.append(ask)
    return told


def asked(ask: Ask) -> Sentence:
    """`03:02 asked emergency-approvers: @cto, @lead`."""
    groups = listing((Team(name) for name in ask.groups), limit=4)
    told = listing((Who(one) for one in ask.people), limit=5)
    who = join((groups, told), ": ")
    return say("{at} {how} {who}", at=When(ask.at), how=_ROUNDS.get(ask.round, "asked"), who=who or "nobody")


def history(case: Case, scene: Scene) -> list[JSON]:
    """Deployments and reviews; where nothing happened yet, one line that says so."""
    live = case.deployments or case.kind is not Kind.FINDING
    blocks = [render.passage([say("*Deployments*"), *_deployments(case)], scene)] if live else []
    reviews = [*case.earlier_reviews, *([case.review] if case.review else [])]
    for review in reviews[-3:]:
        blocks.append(render.passage([say("*Review*"), *_review(case, review, scene)], scene))
    links = listing(case.follow_on, limit=5, others="more")
    if links:
        blocks.append(render.paragraph(say("*Goes on in* {keys}", keys=links), scene))
    if case.messages:
        count = len(case.messages)
        words = f"{count} linked message{'s' if count > 1 else ''}, kept with the record."
        blocks.append(render.small([say(words)], scene))
    return blocks


def _deployments(case: Case) -> list[Sentence]:
    if not case.deployments:
        return [say("none recorded")]
    many = case.deployments[-_MOST:]
    left = len(case.deployments) - len(many)
    lines = [_deployment(case, one) for one in many]
    return [*lines, say(f"… {left} more on the record page")] if left else lines


_BASES = {
    "approved": "approved before",
    "proceeding": "without approval",
    "undeclared": "live before it was declared",
    "rejected": "although rejected",
    "withdrawn": "although withdrawn",
    "rollback": "back to what was live before",
    "emergency": "in an emergency",
    "none": "without an approval",
    "expired": "after the approval had ended",
    "superseded": "although replaced",
}


def _deployment(case: Case, one: Deployment) -> Sentence:
    basis = "practice approval before" if case.drill and one.basis == "approved" else _BASES.get(one.basis, one.basis)
    return say(
        "{at} {what}, {outcome}, by {by}, {basis}{known}",
        at=When(one.at),
        what=said(case, one.what, 120) or short(one.sha) or "it",
        outcome=OUTCOMES[one.outcome],
        by=_deployer(one),
        basis=basis,
        known=quoted(said(case, one.known, _QUOTED), '. Known: "'),
    )


def _deployer(one: Deployment) -> Who | Typed | Words:
    """The person, or the name that a pipeline gave; somebody, where neither is known."""
    if one.by:
        return Who(one.by)
    return Typed(one.login, 40) if one.login else Words("the pipeline")


def _review(case: Case, review: Review, scene: Scene) -> list[Sentence]:
    owner = Who(review.owner) if review.owner else "nobody yet"
    if review.closed_at is None:
        left = times.left(review.due, scene.now)
        return [say("Owner {owner}, due {due} ({left}).", owner=owner, due=Due(review.due), left=left)]
    timing = review_timing(review.closed_at, review.start, review.due)
    verdict = JUDGEMENTS[review.judgement] if review.judgement else "reviewed"
    by = Who(review.by) if review.by else owner
    lines = [say("*{verdict}* by {by} {at}, {timing}.", verdict=verdict, by=by, at=At(review.closed_at), timing=timing)]
    for name, digest in (("Deployed", review.deployed), ("Cause", review.cause), ("Tests", review.tests)):
        if text := said(case, digest, _QUOTED):
            lines.append(say("{name}: {text}", name=name, text=text))
    lines += [_follow_up(case, one) for one in review.follow_ups]
    for more in review.amendments[-5:]:
        text = said(case, more.text, _QUOTED)
        lines.append(say("Added by {by} {at}: {text}", by=Who(more.by), at=At(more.at), text=text))
    return lines


def follow_ups(case: Case, scene: Scene, refs: Sequence[str]) -> list[JSON]:
    """The follow-ups that this reader may do something about, each with its buttons."""
    blocks = []
    for one in [follow_up for follow_up in question.follow_ups(case) if follow_up.id in refs][:_MOST]:
        made = [buttons.one(name, case.id, case.revision, case.key, ref=one.id) for name in buttons.FOLLOW_UPS]
        blocks += [render.paragraph(_follow_up(case, one), scene), kit.actions(made, f"follow:{one.id}")]
    return blocks


def _follow_up(case: Case, one: FollowUp) -> Sentence:
    state = say("done {at}", at=At(one.done_at)) if one.done_at else say("open" if one.open else "done in Jira")
    told = "Follow-up: {what}, {owner}, due {due}: {state}{issue}"
    due = times.date_words(one.due)
    what = said(case, one.what, 200) or "it"
    return say(told, what=what, owner=Who(one.owner), due=due, state=state, issue=issue_words.of(one))
