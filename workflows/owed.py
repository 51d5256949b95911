"""What one person is told of a change that they owe: its review, their follow-ups, a patch that is to come."""

from datetime import datetime
from typing import Any

from workflows import patches
from workflows.case import Case
from workflows.change import Field
from workflows.rows import Debt, DebtKind


def debt(case: Case, person: str, kind: DebtKind, *, entitled: bool = True) -> tuple[Debt, ...]:
    """What `person` is told of this change: its open review, the patch it is, and each of their open follow-ups."""
    title = case.text(Field.TITLE) if entitled else None
    about: dict[str, Any] = {"id": case.id, "key": case.key, "revision": case.revision, "title": title}
    about["system"] = ", ".join(case.systems)
    found: list[Debt] = []
    review = case.review
    if review is not None and review.closed_at is None and case.closed_at is None:
        found.append(
            Debt(
                kind=kind if kind is not DebtKind.FOLLOW_UP else DebtKind.REMINDER,
                **about,
                due=review.due,
                deadline=review.deadline,
                owner=review.owner,
                mine=review.owner == person,
                live=bool(case.deployments),
                decided_at=case.decision.at if case.decision else None,
                notes=any(d.known for d in case.deployments),
                asleep_until=review.snoozed_until,
            )
        )
    if patches.owed(case) and case.patch_due is not None:
        found.append(
            Debt(
                kind=kind if kind is not DebtKind.FOLLOW_UP else DebtKind.REMINDER,
                **about,
                due=case.patch_due,
                owner=patches.answers(case),
                mine=patches.answers(case) == person,
                patch=True,
                advisory=case.text(Field.ADVISORY) if entitled else None,
                score=case.cvss_score or "",
            )
        )
    for one in (review, *case.earlier_reviews):
        for follow in one.follow_ups if one else ():
            if follow.owner == person and follow.open:
                found.append(
                    Debt(
                        kind=DebtKind.FOLLOW_UP,
                        **about,
                        due=datetime.fromisoformat(f"{follow.due}T23:59:00+00:00"),
                        ref=follow.id,
                        what=case.body(follow.what),
                        issue=f"{follow.issue.key}, {follow.issue.status}" if follow.issue is not None else "",
                    )
                )
    return tuple(found)
