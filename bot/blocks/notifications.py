"""The `text` of a card's message: a sentence whose first 100 characters carry key, system, state, deadline."""

from collections.abc import Callable

from bot.blocks import deploy_notifications, finding_card, render, times
from bot.blocks.kit import Scene
from bot.blocks.notes import CardNotes
from bot.blocks.phrases import JUDGEMENTS, RISKS, approvers, body, decider, system_short, title, what
from bot.blocks.sentence import At, Due, Piece, Sentence, Team, Typed, When, Who, Words, listing, say
from bot.blocks.states import State, last
from bot.blocks.text import size
from workflows.case import Case
from workflows.change import Kind

SEEN = 100
_LEAST_TITLE = 12
_NAMES = (20, 12)

Writer = Callable[[Case, Scene, CardNotes, Piece], Sentence]


def notification(case: Case, scene: Scene, notes: CardNotes, state: State) -> str:
    """The `text` of the card in that state; `Practice.` first for a drill."""
    if case.kind is Kind.DEPLOY:
        return fitted(case, scene, lambda name: deploy_notifications.sentence(case, scene, name))
    if case.kind is Kind.FINDING:
        return finding_card.notification(case, scene, notes)
    return fitted(case, scene, lambda name: _WRITERS[state](case, scene, notes, name))


def fitted(case: Case, scene: Scene, write: Callable[[Piece], Sentence]) -> str:
    """The sentence with as much of the title as leaves the rest inside the first 100 characters."""
    name = title(case, 60)
    text = _finished(case, scene, write(name), _NAMES[0])
    if name not in write(name):
        return text
    length = size(render.plain((name,), scene))
    for names in _NAMES:
        text = _finished(case, scene, write(name), names)
        over = size(text) - SEEN
        if over > 0 and isinstance(name, Typed):
            short = Typed(name.text, max(_LEAST_TITLE, length - over))
            text = _finished(case, scene, write(short), names)
        if size(text) <= SEEN:
            break
    return text


def _finished(case: Case, scene: Scene, sentence: Sentence, names: int) -> str:
    said = (Words("Practice. "), *sentence) if case.drill else sentence
    return render.notification(said, scene, names=names)


def _head(case: Case) -> Words:
    return Words(f"{case.key} {system_short(case.systems)}")


def ask(case: Case, name: Piece) -> Sentence:
    """`Approve? EC-2026-0042 payments: checkout 500s (high). Asked by @dev.`"""
    if case.kind is Kind.DEPLOY:
        return deploy_notifications.ask(case, name)
    told = "Approve? {head}: {title} ({risk}). Asked by {by}."
    return say(told, head=_head(case), title=name, risk=RISKS[case.risk], by=decider(case, case.requester))


def _undecided(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    return ask(case, name)


def _widened(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    told = "Still no answer: Approve? {head}: {title} ({risk}). Waiting since {t}."
    return say(told, head=_head(case), title=name, risk=RISKS[case.risk], t=When(case.declared_at))


def _fallback(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    told = "Approve? {head}: {title} ({risk}). You are the fallback."
    return say(told, head=_head(case), title=name, risk=RISKS[case.risk])


def _review_due(case: Case) -> Sentence:
    return say(" Review due {due}.", due=Due(case.review.due)) if case.review else ()


def _approved(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    assert case.decision is not None
    by = approvers(case) or decider(case, case.decision.by)
    told = "{head}: practice approval.{due} By {by} {at}." if case.drill else _APPROVED
    at = At(case.decision.at)
    return say(told, head=_head(case), title=name, by=by, at=at, due=_review_due(case))


_APPROVED = "Approved: {head}: {title}. By {by} {at}.{due}"


def _proceeding(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    decision = case.decision
    assert decision is not None
    reason = None if case.confidential else body(case, decision.reason, 160)
    said = say(' Reason: "{reason}"', reason=reason) if reason else None
    told = "{head}. Proceeding WITHOUT approval since {t}.{due}{reason}"
    return say(told, head=_head(case), t=When(decision.at), due=_review_due(case), reason=said)


def _rejected(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    decision = case.decision
    assert decision is not None
    reason = None if case.confidential else body(case, decision.reason, 40)
    said = say(': "{reason}"', reason=reason) if reason else None
    told = "Rejected: {head}. {by} {at}{reason}. Nothing may be deployed."
    return say(told, head=_head(case), by=decider(case, decision.by), at=At(decision.at), reason=said)


def _against(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    told = "Deployed although rejected: {head} {at}.{due}"
    return say(told, head=_head(case), at=At(last(case).at), due=_review_due(case))


def _deployed(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    one = last(case)
    review = None
    if case.review is not None:
        owner = Who(case.review.owner) if case.review.owner else "nobody yet"
        left = times.left(case.review.due, scene.now)
        review = say(" Review by {due} ({left}): {owner}.", owner=owner, due=Due(case.review.due), left=left)
    told = "Deployed: {head}, {what} {at}.{review}"
    return say(told, head=_head(case), what=_short(what(case, one)), at=At(one.at), review=review)


def _short(piece: Piece) -> Piece:
    return Typed(piece.text, 16) if isinstance(piece, Typed) else piece


def _failed(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    one = last(case)
    told = "Did not work: {head}, {what} {at}. Still broken.{due}"
    return say(told, head=_head(case), what=_short(what(case, one)), at=At(one.at), due=_review_due(case))


def _rolled_back(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    told = "Rolled back: {head} {at}.{due}"
    return say(told, head=_head(case), at=At(last(case).at), due=_review_due(case))


def _overdue(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    assert case.review is not None
    groups = listing((Team(group) for group in notes.reviewers), word="or")
    can = say(" {groups} can take over.", groups=groups) if groups else None
    late = times.left(case.review.due, scene.now)
    told = "Review overdue: {head}, due {due}, {late}.{can}"
    return say(told, head=_head(case), due=Due(case.review.due), late=late, can=can)


def _reviewed(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    review = case.review
    assert review is not None
    verdict = JUDGEMENTS[review.judgement] if review.judgement else "reviewed"
    timing = "reviewed on time"
    if review.closed_at and review.closed_at > review.due:
        timing = f"reviewed {times.left(review.due, review.closed_at)}"
    still = sum(one.open for one in review.follow_ups)
    more = f"; {still} follow-up{'s' if still > 1 else ''} open" if still else ""
    told = "Closed: {head}. {verdict}; {timing}{more}."
    return say(told, head=_head(case), verdict=verdict.capitalize(), timing=timing, more=more)


def _withdrawn(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    why = f"Duplicate of {case.duplicate_of}." if case.duplicate_of else "Nothing was deployed."
    return say("Withdrawn: {head}. {why}", head=_head(case), why=why)


def _not_needed(case: Case, scene: Scene, notes: CardNotes, name: Piece) -> Sentence:
    return say("Closed: {head}. Nothing was deployed.", head=_head(case))


_WRITERS: dict[State, Writer] = {
    State.UNDECIDED: _undecided,
    State.AGAIN: _undecided,
    State.WIDENED: _widened,
    State.FALLBACK: _fallback,
    State.APPROVED: _approved,
    State.PROCEEDING: _proceeding,
    State.REJECTED: _rejected,
    State.AGAINST: _against,
    State.DEPLOYED: _deployed,
    State.FAILED: _failed,
    State.ROLLED_BACK: _rolled_back,
    State.OVERDUE: _overdue,
    State.REVIEWED: _reviewed,
    State.WITHDRAWN: _withdrawn,
    State.NOT_NEEDED: _not_needed,
}
