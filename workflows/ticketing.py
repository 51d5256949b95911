"""What Jira must have been told of a change by now: comments, how far its issue is, and which issues there are. Pure.

All of it is derived from the case, so that an outage coalesces and an issue that is linked later gets its history.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from workflows import condemned, question
from workflows.case import Case
from workflows.change import Status
from workflows.peered import Category, Issue
from workflows.reviewed import FollowUp

REMEDIATION = "remediation"
STUCK = "no-transition"
"""A trouble that reading the issue does not mend: its workflow has no way to where it should be."""
UNREADABLE = 404
"""How Jira refuses whoever may not read; whoever may read and change nothing is refused otherwise."""
_DOING = frozenset({Status.APPROVED, Status.PROCEEDING, Status.DEPLOYED})
RANK: Mapping[Category, int] = {Category.TODO: 0, Category.DOING: 1, Category.DONE: 2}


class What(StrEnum):
    """What a comment tells."""

    DECLARED = "declared"
    APPROVED = "approved"
    REJECTED = "rejected"
    PROCEEDING = "proceeding"
    ROLLBACK = "rollback"
    TOOK_BACK = "took-back"
    CHANGED = "changed"
    DEPLOYED = "deployed"
    RATIFIED = "ratified"
    OBJECTED = "objected"
    REVIEWED = "reviewed"
    AMENDED = "amended"
    WITHDRAWN = "withdrawn"
    NOT_NEEDED = "not-needed"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    HANDED = "handed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Comment:
    """What is said once on an issue. `key` is unique within the change, by it a comment is found again.

    `by`: who did it; `text`: the digest of their words; `n`: which deployment or review of the change it is about.
    """

    key: str
    what: What
    at: datetime
    by: str | None = None
    text: str | None = None
    n: int = 0


@dataclass(frozen=True, slots=True)
class Child:
    """An issue that must exist beside that of the change: of a follow-up, or (`ref` empty) the remediation."""

    ref: str
    label: str
    follow_up: FollowUp | None = None
    issue: Issue | None = None


def label(case: Case) -> str:
    """The label by which the issue of a change is found."""
    return f"countersign-{case.key}"


def global_id(case: Case) -> str:
    """The id of the link from the issue back to the record: a link with the same one is replaced, not added."""
    return f"countersign:{case.key}"


def marker(case: Case, key: str) -> str:
    """How a comment ends, and is found again."""
    return f"[{case.key}/{key}]"


def comments(case: Case) -> tuple[Comment, ...]:
    """What the issue of the change must have been told by now, oldest first, each key once.

    What we opened ourselves says in its description that it was declared.
    """
    told = sorted((*_declared(case), *_judged(case), *_live(case), *_reviews(case), *_over(case)), key=lambda c: c.at)
    return _apart(told)


def _apart(told: list[Comment]) -> tuple[Comment, ...]:
    """Two of the same moment get keys of their own."""
    seen: dict[str, int] = {}
    found = []
    for one in told:
        seen[one.key] = seen.get(one.key, 0) + 1
        found.append(replace(one, key=f"{one.key}-{seen[one.key]}") if seen[one.key] > 1 else one)
    return tuple(found)


def _declared(case: Case) -> Iterator[Comment]:
    if case.issue is None or not case.issue.created:
        yield Comment("declared", What.DECLARED, case.declared_at, case.requester)


def _judged(case: Case) -> Iterator[Comment]:
    for voice in case.approvals:
        if voice.taken_back_at is not None and voice.phase == "before":
            yield _at(What.TOOK_BACK, voice.taken_back_at, voice.person)
    if case.changed_at is not None and case.revision > 1:
        yield Comment(f"changed-{case.revision}", What.CHANGED, case.changed_at)
    for decision in (case.decision, case.afterwards):
        if decision is not None:
            yield _at(What(decision.kind), decision.at, decision.by, decision.reason)


def _live(case: Case) -> Iterator[Comment]:
    for n, one in enumerate(case.deployments):
        yield _at(What.DEPLOYED, one.recorded_at, one.by or None, one.what or None, n)


def _reviews(case: Case) -> Iterator[Comment]:
    for n, review in enumerate(condemned.reviews(case), 1):
        if review.closed_at is not None:
            yield Comment(f"reviewed-{n}", What.REVIEWED, review.closed_at, review.by, None, n - 1)
        for m, more in enumerate(review.amendments, 1):
            yield Comment(f"reviewed-{n}-added-{m}", What.AMENDED, more.at, more.by, more.text)


def _over(case: Case) -> Iterator[Comment]:
    if case.status is Status.WITHDRAWN and case.closed_at is not None:
        what = What.NOT_NEEDED if case.nothing_deployed else What.WITHDRAWN
        yield _at(what, case.closed_at, case.withdrawn_by)
    if case.status is Status.EXPIRED and case.expired_at is not None:
        yield _at(What.EXPIRED, case.expired_at)
    if case.status is Status.SUPERSEDED and case.closed_at is not None:
        yield _at(What.SUPERSEDED, case.closed_at)


def _at(what: What, at: datetime, by: str | None = None, text: str | None = None, n: int = 0) -> Comment:
    """What may happen again: its moment tells it apart."""
    return Comment(f"{what}-{at:%Y%m%dT%H%M%S}", what, at, by, text, n)


def wanted(case: Case) -> Category:
    """How far the issue of the change is to be."""
    if case.closed_at is not None:
        return Category.DONE
    return Category.DOING if case.status in _DOING else Category.TODO


def moves(current: Category, want: Category, moved: str) -> bool:
    """Whether the issue is to be moved by us: onwards, or back from where we moved it ourselves (`moved`), once.

    What people did to it since stays.
    """
    if want == moved:
        return False
    return RANK[want] > RANK[current] or (bool(moved) and current == moved)


def movable(case: Case, project: str, *, shared: bool) -> bool:
    """Whether its issue is ours to move: we made it, or it is in our project and nothing else of ours rests on it."""
    issue = case.issue
    if issue is None or issue.created:
        return issue is not None
    return issue.key.rpartition("-")[0].upper() == project.upper() and not shared


def refused(why: str, status: int) -> str:
    """The code of a refusal; one of what would change something stays until that is allowed, whatever can be read."""
    return f"{why}: change" if why == "no-permission" and status != UNREADABLE else why


def children(case: Case) -> tuple[Child, ...]:
    """The issues of follow-ups and of the remediation; what was done before it had one needs none."""
    found = [
        Child(one.id, f"{label(case)}-{one.id[:8]}", one, one.issue)
        for one in question.follow_ups(case)
        if one.issue is not None or one.done_at is None
    ]
    if condemned.condemned(case):
        found.append(Child("", f"{label(case)}-{REMEDIATION}", None, case.remediation))
    return tuple(found)


def child_comments(child: Child) -> tuple[Comment, ...]:
    """What the issue of a follow-up must have been told: who has it now, and that somebody ticked it off."""
    one = child.follow_up
    if one is None or one.issue is None:
        return ()
    short = one.id[:8]
    found = []
    if one.earlier:
        found.append(Comment(f"{short}-handed-{len(one.earlier)}", What.HANDED, one.issue.at, one.owner))
    if one.done_at is not None:
        found.append(Comment(f"{short}-done", What.DONE, one.done_at, one.done_by))
    return tuple(found)
