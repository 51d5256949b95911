"""How what PagerDuty and Jira said changes a case."""

from collections.abc import Callable
from dataclasses import replace

from workflows.case import Case, Review
from workflows.event import Event
from workflows.peered import Category, Incident, Issue
from workflows.reviewed import FollowUp


def incident(case: Case, event: Event) -> Case:
    """An incident was read, or opened by us: everything that PagerDuty said of it."""
    d = event.data
    seen = Incident(
        id=d["id"],
        number=d["number"],
        title=d.get("title"),
        service=d.get("service", ""),
        urgency=d.get("urgency", ""),
        status=d.get("status", ""),
        url=d.get("url", ""),
        responders=d.get("responders"),
        at=event.at,
        opened=bool(d.get("opened", False)),
        trouble=d.get("trouble"),
    )
    return replace(case, incident=case.incident or str(seen.number), incident_seen=seen)


def incident_trouble(case: Case, event: Event) -> Case:
    """The incident could not be read, for a reason that waiting does not mend ("" : it can be again)."""
    why = event.data.get("why") or None
    seen = case.incident_seen or Incident("", 0, None, "", "", "", "", None, event.at)
    return replace(case, incident_seen=replace(seen, trouble=why, at=event.at))


def issue(case: Case, event: Event) -> Case:
    """The issue of the change was made, found, or read anew."""
    found = _issue(event)
    return replace(case, jira=found.key, issue=found)


def issue_trouble(case: Case, event: Event) -> Case:
    """Something is wrong with the issue, or with what we may do there."""
    seen = case.issue or Issue("", case.jira or "", "", "", Category.TODO, event.at)
    return replace(case, issue=replace(seen, trouble=event.data.get("why") or None, at=event.at))


def remediation(case: Case, event: Event) -> Case:
    """The issue that a review's "no" opened: an exception until it is done."""
    return replace(case, remediation=_issue(event))


def follow_up(case: Case, event: Event) -> Case:
    """The issue of a follow-up was made, found, or read anew."""

    def link(one: FollowUp) -> FollowUp:
        return replace(one, issue=_issue(event)) if one.id == event.data["ref"] else one

    return _each(case, link)


def _each(case: Case, change: Callable[[FollowUp], FollowUp]) -> Case:
    def of(review: Review) -> Review:
        return replace(review, follow_ups=tuple(change(one) for one in review.follow_ups))

    return replace(
        case,
        review=of(case.review) if case.review else None,
        earlier_reviews=tuple(of(one) for one in case.earlier_reviews),
    )


def _issue(event: Event) -> Issue:
    d = event.data
    return Issue(
        id=d["id"],
        key=d["key"],
        url=d.get("url", ""),
        status=d.get("status", ""),
        category=Category(d.get("category", "todo")),
        at=event.at,
        created=bool(d.get("created", False)),
        trouble=d.get("trouble"),
    )
