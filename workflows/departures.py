"""Which exceptions a change has: the same for a list, for its own page and for a pack. Pure.

They are the codes of the export record, and those of the seven checks of auditors that have no good answer; a finding
is one by itself. `listing`, `attributes` and `pack_exceptions` judge; nothing is judged here.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from workflows import dossier, dossier_facts, listing, pack_exceptions
from workflows.attributes import Attribute
from workflows.case import Case
from workflows.change import Field, Kind
from workflows.event import Event

Told = Sequence[tuple[Event, str]]
OVERDUE = "review-overdue"
WRITTEN = {
    "justification": Field.WHY,
    "plan": Field.PLAN,
    "tests": Field.TESTS,
    "rollback": Field.ROLLBACK,
}


def asks(case: Case) -> bool:
    """Whether its events and texts have a say; of anything else the case alone says all."""
    return bool(case.deployments) or case.kind is Kind.FINDING


def digests(case: Case) -> frozenset[str]:
    """The texts that are asked for."""
    found = {case.texts[one] for one in WRITTEN.values() if one in case.texts}
    if case.review and case.review.cause:
        found.add(case.review.cause)
    return frozenset(found)


def lasting(case: Case, told: Told, there: Collection[str]) -> frozenset[str]:
    """The exceptions that time alone does not bring about: what a projection keeps.

    `told`: all its events, each with its hash; `there`: those of `digests` whose text is still there and not empty.
    Both may be empty where it `asks` for neither.
    """
    found = {one.code for one in pack_exceptions.of(_record(case, told, there))}
    return frozenset(found) - listing.TIMELY


def timely(case: Case, now: datetime) -> list[str]:
    """The exceptions that are so at `now` only because time has passed."""
    found = [code for code in listing.exceptions(case, (), now) if code in listing.TIMELY]
    owed = OVERDUE in found and case.kind is not Kind.DEPLOY
    return [*found, *([Attribute.RETROACTIVE.value] if owed else [])]


def _record(case: Case, told: Told, there: Collection[str]) -> dict[str, Any]:
    """As much of the export record as exceptions are read from; a text is no more than whether it is there."""
    review = case.review
    deploy = {
        "rollback_of": case.rollback.of if case.rollback else None,
        "sha": case.sha,
        "sampled": dossier_facts.sampled(case, told) if case.deployments else {},
    }
    return {
        "key": case.key,
        "kind": case.kind.value,
        "type": case.type.value,
        "exceptions": listing.exceptions(case, told, None),
        "deploy": deploy if case.kind is Kind.DEPLOY else {},
        "deployments": case.deployments,
        **{name: case.texts.get(field) in there for name, field in WRITTEN.items()},
        "systems": case.systems,
        "environment": case.environment,
        "risk": case.risk.value,
        "declared_at": None,
        "decision": dossier.decided(case),
        "decided_at": None,
        "approved_before_deploy": dossier.approved_before(case),
        "approvals": (),
        "review": {"root_cause": review.cause in there} if review else {},
        "reviewer": None,
        "reviewed_at": review.closed_at if review else None,
        "hours_to_review": 0,
        "on_time": dossier.on_time(case, None),
        "deadlines": {},
        "events": (),
    }
