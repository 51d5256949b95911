"""What the register lists of a change: a narrow row to search by, and what an auditor will ask about. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from workflows import access, dossier, dossier_deploy, dossier_jira, dossier_types, patches
from workflows.case import Case, Review
from workflows.event import Event

TIMELY = frozenset({"review-overdue", "patch-overdue", "access-open-past-its-end"})
"""Codes of the export record that only time brings about: no projection has them."""
PACES: tuple[int | None, ...] = (300, 900, 3600, 14400, 86400, None)
"""Up to how many seconds an approval took; the rows of changes hold the place in here: to change it takes a migration.
"""


@dataclass(frozen=True, slots=True)
class Listing:
    """A row of `listed`, but for whether it is excepted. `waited` in seconds, `pace` its place in `PACES`."""

    declared_at: datetime
    kind: str
    drill: bool
    verdict: str
    waited: int | None
    late_at: datetime | None
    review_due: datetime | None
    reviewed_at: datetime | None
    pace: int | None
    review: str | None

    def row(self) -> dict[str, Any]:
        """Its columns."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Traits:
    """All that the register counts of a change; `str` is the text beside it, of which there are few. `codes` in order.

    A text ends with the codes, so that whoever adds to it adds before them; and a migration writes all texts anew.
    """

    drill: bool
    kind: str
    verdict: str
    pace: int | None
    review: str | None
    codes: tuple[str, ...]

    def __str__(self) -> str:
        words = ("drill" if self.drill else "earnest", self.kind, self.verdict, self.pace, self.review or "-")
        return f"{' '.join('-' if one is None else str(one) for one in words)} {','.join(self.codes)}"


def traits(text: str) -> Traits:
    """What a text says. Raises ValueError for what `str` never wrote."""
    drill, kind, verdict, pace, review, codes = text.split(" ")
    return Traits(
        drill == "drill",
        kind,
        verdict,
        None if pace == "-" else int(pace),
        None if review == "-" else review,
        tuple(codes.split(",")) if codes else (),
    )


def row(case: Case, codes: Collection[str]) -> dict[str, Any]:
    """All columns of `listed` but the change; `codes`: its exceptions that time alone does not bring about."""
    one = of(case)
    found = Traits(one.drill, one.kind, one.verdict, one.pace, one.review, tuple(sorted(codes)))
    return {**one.row(), "excepted": bool(codes), "traits": str(found), "mark": mark(str(found))}


def mark(text: str) -> str:
    """A short name of traits, for indexes."""
    return sha256(text.encode()).hexdigest()[:16]


def of(case: Case) -> Listing:
    """The row of a change."""
    review, approved = case.review, case.decision if case.decision and case.decision.kind == "approved" else None
    waited = int((approved.at - case.declared_at).total_seconds()) if approved else None
    return Listing(
        declared_at=case.declared_at,
        kind=case.kind.value,
        drill=case.drill,
        verdict=dossier.decided(case),
        waited=waited,
        late_at=_late_at(case),
        review_due=review.due if review else None,
        reviewed_at=review.closed_at if review else None,
        pace=None if waited is None else pace(waited),
        review=_kept(review) if review else None,
    )


def pace(waited: int) -> int:
    """The first of `PACES` that so many seconds are not longer than."""
    return next(n for n, most in enumerate(PACES) if most is None or waited <= most)


def _kept(review: Review) -> str | None:
    """Whether it was closed in time; None: it is open."""
    if review.closed_at is None:
        return None
    return "on-time" if review.closed_at <= review.due else "late"


def people(case: Case) -> frozenset[str]:
    """Who has to do with it: asked, carries it out, made it, spoke on it, deployed it, owns or wrote its review."""
    found = {case.requester, case.implementer, case.withdrawn_by}
    found |= {one.person for one in case.parties} | {one.person for one in case.approvals}
    found |= {one.by for one in case.deployments}
    for review in (case.review, *case.earlier_reviews):
        found |= {review.owner, review.by} if review else set()
    return frozenset(one for one in found if one)


def exceptions(case: Case, told: Sequence[tuple[Event, str]], now: datetime | None) -> list[str]:
    """All exceptions of the export record, in its order."""
    return [
        *dossier.exceptions(case, told, now),
        *dossier_deploy.exceptions(case),
        *dossier_types.exceptions(case, now),
        *dossier_jira.exceptions(case),
    ]


def _late_at(case: Case) -> datetime | None:
    """From when on time alone makes it an exception; the first of its clocks."""
    review = case.review
    owed = review is not None and review.closed_at is None and case.closed_at is None
    clocks = (
        review.due if review and owed else None,
        case.patch_due if patches.owed(case) else None,
        access.ends(case),
    )
    return min((at for at in clocks if at), default=None)
