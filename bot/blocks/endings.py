"""Status lines of what is over or overdue: the review, the withdrawal, nothing deployed."""

from bot.blocks import issue_words, times
from bot.blocks.kit import Scene
from bot.blocks.notes import CardNotes
from bot.blocks.phrases import JUDGEMENTS, review_timing
from bot.blocks.sentence import At, Due, Sentence, Who, join, people, say
from bot.blocks.states import voices
from bot.blocks.text import one_line
from workflows.case import Case, Review


def overdue(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    review = case.review
    assert review is not None
    owner = say("Owner {who}.", who=Who(review.owner)) if review.owner else say("Nobody owns it yet.")
    others = [(person, at) for person, at in notes.told if person != review.owner]
    told = []
    if others:
        were = "was" if len(others) == 1 else "were"
        who = people((person for person, _ in others), limit=2)
        told = [say(f"{{who}} {were} told {{at}}.", who=who, at=At(others[-1][1]))]
    late = "" if scene.shared else f", {times.left(review.due, scene.now)}"
    return join((say("Review was due {due}{late}.", due=Due(review.due), late=late), owner, *told), " ")


def reviewed(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    review = case.review
    assert review is not None
    assert review.closed_at is not None
    timing = review_timing(review.closed_at, review.start, review.due)
    by = Who(review.by) if review.by else "the reviewer"
    told = say("Reviewed by {by} {at}, {timing}.", by=by, at=At(review.closed_at), timing=timing)
    judged = say("Verdict: *{verdict}*.", verdict=JUDGEMENTS[review.judgement]) if review.judgement else None
    return join((told, judged, follow_up_words(review), issue_words.remediation(case)), " ")


def follow_up_words(review: Review) -> Sentence:
    """`2 follow-ups, 1 open.`; empty when there are none."""
    count = len(review.follow_ups)
    if not count:
        return ()
    still = sum(one.open for one in review.follow_ups)
    return say(f"{count} follow-up{'s' if count > 1 else ''}, {f'{still} open' if still else 'all done'}.")


def withdrawn(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    by = Who(case.withdrawn_by) if case.withdrawn_by else "Somebody"
    of = one_line(case.duplicate_of, 30) if case.duplicate_of else None
    why = f"duplicate of {of}" if of else "nothing was deployed"
    at = At(case.closed_at) if case.closed_at else None
    return say("{by} withdrew it {at}: {why}.", by=by, at=at, why=why)


def not_needed(case: Case, scene: Scene, notes: CardNotes) -> Sentence:
    by = Who(case.withdrawn_by) if case.withdrawn_by else "Somebody"
    at = At(case.closed_at) if case.closed_at else None
    told = say("{by} said {at}: nothing was deployed.", by=by, at=at)
    yes = people((one.person for one in voices(case, "approve")), limit=2)
    kept = say("Approval by {yes} stays on record.", yes=yes) if yes and not case.drill else None
    return join((told, kept), " ")
