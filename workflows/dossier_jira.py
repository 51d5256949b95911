"""What the record says of the issues of a change in Jira: as last read, and what is still to be put right. Pure."""

from collections.abc import Callable
from typing import Any

from workflows import condemned
from workflows.case import Case, Review
from workflows.moments import moment_text
from workflows.peered import Issue


def of(case: Case) -> dict[str, dict[str, Any] | None]:
    """`jira` and `remediation`, each null when there is none."""
    return {"jira": issue(case.issue), "remediation": issue(case.remediation)}


def issue(one: Issue | None) -> dict[str, Any] | None:
    """`read_at`: when it last said something new. `trouble`: why it can't be followed, as a code."""
    if one is None or not one.id:
        return None
    return {
        "key": one.key,
        "status": one.status,
        "category": one.category.value,
        "url": one.url,
        "read_at": moment_text(one.at),
        "trouble": one.trouble,
    }


def follow_ups(case: Case, review: Review, name: Callable[[str | None], str | None]) -> list[dict[str, Any]]:
    """What a review left to be done. `open`: neither ticked off here (`done_at`) nor done in Jira."""
    return [
        {
            "what": case.body(one.what),
            "owner": name(one.owner),
            "due": one.due,
            "done_at": moment_text(one.done_at) if one.done_at else None,
            "done_by": name(one.done_by),
            "open": one.open,
            "jira": issue(one.issue),
        }
        for one in review.follow_ups
    ]


def exceptions(case: Case) -> list[str]:
    """ "remediation-open": a review said no, and its issue is not done."""
    return ["remediation-open"] if condemned.unmended(case) else []
