"""Jira issues in words: on the card, in Details and lists, what is wrong with one, and what is to be put right."""

from collections.abc import Mapping, Sequence

from bot.blocks.sentence import Link, Piece, Sentence, Words, say
from bot.blocks.text import one_line
from workflows import condemned, ticketing
from workflows.case import Case
from workflows.peered import Issue
from workflows.reviewed import FollowUp

# Code of a trouble → what is wrong, and what to do.
TROUBLES: Mapping[str, str] = {
    "gone": "Jira has no {issue} any more, or hides it from me. Restore it there, or name another with Add details.",
    "no-permission": "Jira lets me do nothing with {issue}. Whoever runs Jira can let my account in again.",
    "no-project": "Jira does not know our project. Whoever runs this can check JIRA_PROJECT and my permission in it.",
    "no-issue-type": "Jira's project has no such issue type. Whoever keeps the policy can mend [jira] there.",
    "field": "Jira takes {issue} only with the field {what} filled in. Map it under [jira] in the policy, or have"
    " it made optional.",
    ticketing.STUCK: "Jira's workflow has no step that takes {issue} to {what} from where it is; move it by hand.",
}
_OTHER = "Jira refuses what I tell it of {issue} ({what}); it is tried again every 10 minutes."
_CATEGORIES = {"todo": "to do", "doing": "in progress", "done": "done"}
_PARTS = {"follow-up ": "the issue of a follow-up", "remediation ": "the remediation issue"}


def brief(case: Case) -> Sentence:
    """`Jira OPS-12, In Progress`: what a line among others has room for; nothing confidential is in it."""
    if not case.jira:
        return ()
    issue = case.issue if case.issue is not None and case.issue.id else None
    if issue is None:
        return say("Jira {key}", key=_short(case.jira))
    return say("Jira {issue}", issue=one(issue))


def one(issue: Issue) -> Sentence:
    """`OPS-12, In Progress`, the key a link to it."""
    return say("{key}{status}", key=_linked(issue), status=f", {_status(issue)}" if _status(issue) else None)


def plain(issue: Issue) -> str:
    """`OPS-12, In Progress`, where no link can be."""
    return ", ".join(filter(None, (_short(issue.key), _status(issue))))


def full(case: Case) -> Sentence:
    """The issue in Details."""
    issue = case.issue if case.issue is not None and case.issue.id else None
    return one(issue) if issue is not None else (Words(_short(case.jira) if case.jira else "none named"),)


def of(follow: FollowUp) -> Sentence:
    """`, Jira OPS-14, In Progress`: how far the issue of a follow-up is; () when it has none."""
    return say(", Jira {issue}", issue=one(follow.issue)) if follow.issue is not None else ()


def remarks(case: Case) -> list[Sentence]:
    """What is wrong with its issue, and what its review left to be put right."""
    return [line for line in (trouble(case), remediation(case)) if line]


def trouble(case: Case) -> Sentence:
    """What is wrong and what to do, in two sentences; () when nothing is."""
    why = (case.issue.trouble if case.issue is not None else None) or ""
    part = next((part for part in _PARTS if why.startswith(part)), "")
    code, _, what = why.removeprefix(part).partition(": ")
    if not code:
        return ()
    named = _short(case.jira) if case.jira and not part else _PARTS.get(part, "the issue")
    told = one_line(_CATEGORIES.get(what, what) if code in TROUBLES else why.removeprefix(part), 60)
    return say(TROUBLES.get(code, _OTHER), issue=named, what=told)


def remediation(case: Case) -> Sentence:
    """What has to be put right after a "no" and is not; () where nothing is, or no Jira follows it."""
    if not condemned.unmended(case):
        return ()
    if case.remediation is None:
        return say("To be put right: the review says not appropriate; its issue is not in Jira yet.")
    return say("To be put right: {issue}.", issue=one(case.remediation))


def elsewhere(systems: str, found: Sequence[tuple[str, str]]) -> list[Sentence]:
    """(key, issue) of other changes on the system that are still to be put right."""
    told = "{key} on {systems} is still to be put right: {issue}."
    return [say(told, key=key, systems=systems, issue=issue) for key, issue in found]


def _linked(issue: Issue) -> Piece:
    key = _short(issue.key)
    return Link(issue.url, key) if issue.url.startswith("https://") else Words(key)


def _short(text: str) -> str:
    return one_line(text, 40).rstrip("/").split("/")[-1]


def _status(issue: Issue) -> str:
    return "not in Jira any more" if issue.trouble == "gone" else one_line(issue.status, 30)
