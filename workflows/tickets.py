"""What Jira said of a change is kept: only what is something new becomes an event, and the thread hears of the rest.

A follow-up whose issue is done in Jira is no longer open; that nobody ticked it off here stays to be seen, and it is
open again when somebody opens the issue again. Jira says what is done, and never who may have said so.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, or_, select

from workflows import announce, question
from workflows.case import Case, Done, Refused
from workflows.peer_models import links
from workflows.peered import Issue, SeenIssue
from workflows.rows import Line
from workflows.turn import UNKNOWN, Turn

MENDED_BY_READING = frozenset({"gone", "no-permission"})


def linked(turn: Turn, change_id: str, seen: SeenIssue, *, created: bool = False) -> Done | Refused:
    """The issue of the change was made by us (`created`), or found by the key that somebody named."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    if case.issue is not None and case.issue.id == seen.id:
        return _read(turn, case, seen)
    named = case.jira
    case = turn.advance(case, "issue_linked", **_data(seen, created=created))
    if created:
        announce.line(turn, case, Line.JIRA_CREATED, jira=seen.key)
    elif named and named != seen.key:
        announce.line(turn, case, Line.JIRA_MOVED, jira=named, to=seen.key)
    return Done(announce.settle(turn, case), ("issue_linked",))


def read(turn: Turn, change_id: str, seen: SeenIssue) -> Done | Refused:
    """The issue of the change as it is now; nothing is kept of another one than the linked."""
    case = turn.hold(change_id)
    return UNKNOWN if case is None else _read(turn, case, seen)


def _read(turn: Turn, case: Case, seen: SeenIssue) -> Done:
    known = case.issue
    if known is None or known.id != seen.id:
        return Done(case)
    trouble = None if known.trouble in MENDED_BY_READING else known.trouble
    if not news(known, seen) and trouble == known.trouble:
        return Done(case)
    after = turn.advance(case, "issue_read", **_data(seen, created=known.created, trouble=trouble))
    if known.key != seen.key:
        announce.line(turn, after, Line.JIRA_MOVED, jira=known.key, to=seen.key)
    return Done(announce.settle(turn, after), ("issue_read",))


def trouble(turn: Turn, change_id: str, why: str) -> Done | Refused:
    """What is wrong with the issue, or with what we may do there, as a code; "": nothing any more."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    known = (case.issue.trouble if case.issue is not None else None) or ""
    if known == why:
        return Done(case)
    return Done(announce.settle(turn, turn.advance(case, "issue_trouble", why=why)), ("issue_trouble",))


def follow_up_read(turn: Turn, change_id: str, ref: str, seen: SeenIssue, *, created: bool = False) -> Done | Refused:
    """The issue of the follow-up `ref`: made by us (`created`), or as it is now."""
    case = turn.hold(change_id)
    one = question.follow_up(case, ref) if case is not None else None
    if case is None or one is None:
        return UNKNOWN
    if not _new(one.issue, seen):
        return Done(case)
    after = turn.advance(case, "follow_up_issue", ref=ref, **_data(seen, created=_ours(one.issue, created)))
    was, now = one.open, bool((left := question.follow_up(after, ref)) and left.open)
    if was != now:
        line = Line.FOLLOW_UP_IN_JIRA if was else Line.FOLLOW_UP_AGAIN
        announce.line(turn, after, line, jira=seen.key, what_digest=one.what)
    return Done(announce.settle(turn, after, also=(one.owner,)), ("follow_up_issue",))


def remediation_read(turn: Turn, change_id: str, seen: SeenIssue, *, created: bool = False) -> Done | Refused:
    """The issue that a review's "no" opened: made by us (`created`), or as it is now."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    known = case.remediation
    if not _new(known, seen):
        return Done(case)
    after = turn.advance(case, "remediation_issue", **_data(seen, created=_ours(known, created)))
    if created and known is None:
        announce.line(turn, after, Line.JIRA_CREATED, jira=seen.key)
    elif known is not None and seen.category != known.category and after.remediation and after.remediation.done:
        announce.line(turn, after, Line.REMEDIED, jira=seen.key)
    return Done(announce.settle(turn, after, also=_reviewers(after)), ("remediation_issue",))


def child_trouble(turn: Turn, change_id: str, ref: str, why: str) -> Done | Refused:
    """What is wrong with the issue of the follow-up `ref`, or ("") of the remediation; the rest is as last read."""
    case = turn.hold(change_id)
    one = question.follow_up(case, ref) if case is not None and ref else None
    if case is None:
        return UNKNOWN
    known = one.issue if one is not None else case.remediation
    if known is None or known.trouble == (why or None):
        return Done(case)
    kind, of = ("follow_up_issue", {"ref": ref}) if ref else ("remediation_issue", {})
    after = turn.advance(case, kind, **of, **_kept(known), trouble=why or None)
    return Done(announce.settle(turn, after), (kind,))


def shared(tx: Connection, case: Case) -> bool:
    """Whether the issue of a change is also that of another change, or of what is still to be done after one."""
    if case.issue is None:
        return False
    other = or_(links.c.change != case.id, links.c.kind != "issue") & (links.c.kind != "incident")
    same = links.c.remote.in_([case.issue.id, case.issue.key])
    return tx.execute(select(links.c.change).where(same, other).limit(1)).first() is not None


def news(known: Issue, seen: SeenIssue) -> bool:
    """Whether Jira says something else than what is known."""
    said = (seen.id, seen.key, seen.url, seen.status, seen.category)
    return said != (known.id, known.key, known.url, known.status, known.category)


def _new(known: Issue | None, seen: SeenIssue) -> bool:
    return known is None or news(known, seen) or known.trouble is not None


def _ours(known: Issue | None, created: bool) -> bool:
    return created or (known is not None and known.created)


def _reviewers(case: Case) -> tuple[str, ...]:
    return tuple(one.by for one in (*case.earlier_reviews, case.review) if one is not None and one.by)


def _data(seen: SeenIssue, *, created: bool, trouble: str | None = None) -> Mapping[str, Any]:
    said = {"id": seen.id, "key": seen.key, "url": seen.url, "status": seen.status, "category": seen.category.value}
    return {**said, "created": created, **({"trouble": trouble} if trouble else {})}


def _kept(known: Issue) -> Mapping[str, Any]:
    said = {"id": known.id, "key": known.key, "url": known.url, "status": known.status}
    return {**said, "category": known.category.value, "created": known.created}
