"""How a review changes a case: owed, handed on, asleep, closed, amended, its follow-ups done."""

from dataclasses import replace

from workflows.case import Case, Review
from workflows.change import Judgement, Status
from workflows.event import Event, time, who
from workflows.reviewed import Amendment, FollowUp


def review_owed(case: Case, event: Event) -> Case:
    d = event.data
    if case.review is not None and case.review.closed_at is None:
        moved = replace(case.review, start=time(d["start"]), due=time(d["due"]), deadline=time(d["deadline"]))
        if d.get("owner") not in (None, moved.owner or ""):  # absent: as it was; empty: nobody
            moved = replace(moved, owner=d["owner"] or None, snoozed_until=None, snoozes=0)
        return replace(case, review=moved)
    review = Review(d.get("owner"), event.at, time(d["start"]), time(d["due"]), time(d["deadline"]))
    return replace(case, review=review)


def _review(case: Case) -> Review:
    if case.review is None:
        raise ValueError("no review is owed")
    return case.review


def handed_over(case: Case, event: Event) -> Case:
    review = replace(_review(case), owner=event.data["to"], handed_at=event.at, snoozed_until=None, snoozes=0)
    return replace(case, review=review)


def snoozed(case: Case, event: Event) -> Case:
    review = _review(case)
    return replace(case, review=replace(review, snoozes=review.snoozes + 1, snoozed_until=time(event.data["until"])))


def reviewed(case: Case, event: Event) -> Case:
    d = event.data
    review = replace(
        _review(case),
        closed_at=event.at,
        by=event.person,
        judgement=Judgement(d["judgement"]),
        deployed=d.get("deployed"),
        cause=d.get("cause"),
        tests=d.get("tests"),
        follow_ups=tuple(FollowUp(f["id"], f["what"], f["owner"], f["due"]) for f in d.get("follow_ups", ())),
    )
    return replace(case, status=Status.REVIEWED, review=review, closed_at=event.at, window_until=None)


def amended(case: Case, event: Event) -> Case:
    review = _review(case)
    more = Amendment(who(event), event.at, event.data["text"])
    return replace(case, review=replace(review, amendments=(*review.amendments, more)))


def follow_up_done(case: Case, event: Event) -> Case:
    def tick(review: Review) -> Review:
        return replace(
            review,
            follow_ups=tuple(
                replace(f, done_at=event.at, done_by=event.person) if f.id == event.data["ref"] else f
                for f in review.follow_ups
            ),
        )

    return replace(
        case,
        review=tick(case.review) if case.review else None,
        earlier_reviews=tuple(tick(one) for one in case.earlier_reviews),
    )


def follow_up_handed(case: Case, event: Event) -> Case:
    def hand(review: Review) -> Review:
        return replace(
            review,
            follow_ups=tuple(
                replace(f, owner=event.data["to"], earlier=(*f.earlier, f.owner)) if f.id == event.data["ref"] else f
                for f in review.follow_ups
            ),
        )

    return replace(
        case,
        review=hand(case.review) if case.review else None,
        earlier_reviews=tuple(hand(one) for one in case.earlier_reviews),
    )
