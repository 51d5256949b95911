"""What Jira is told, in words: plain text, times in UTC. A confidential change gives key, status, risk and people."""

from collections.abc import Callable, Mapping, Sequence

from bot.blocks import commits
from bot.blocks.gate_words import moment
from bot.blocks.phrases import JUDGEMENTS, OUTCOMES, REMOVED, RISKS, TYPES, field_words, review_timing
from bot.blocks.text import one_line, typed
from workflows import condemned, quorum, ticketing
from workflows.case import Case
from workflows.change import Field, Kind
from workflows.reviewed import FollowUp
from workflows.ticketing import Comment, What

SUMMARY = 240  # characters; Jira takes 255
LONG = 4000
QUOTED = 1000
SECRET = "confidential"
_SECRET_SOURCES = frozenset({"key", "risk", "requester", "implementer", "approvers"})
_KINDS = {Kind.EMERGENCY: "Emergency change", Kind.DEPLOY: "Deploy", Kind.FINDING: "Finding"}

Names = Mapping[str, str]
"""Person id → the name by which Jira's readers know them."""


def summary(case: Case) -> str:
    """The one line of the issue of a change."""
    return f"{case.key}: {_title(case)}"[:SUMMARY]


def _title(case: Case) -> str:
    if case.confidential:
        return f"{SECRET} change"
    return one_line(case.text(Field.TITLE) or REMOVED, SUMMARY)


def body(case: Case, names: Names, url: str | None) -> str:
    """The description of the issue of a change: what was asked for, and where the record is."""
    kind = _KINDS.get(case.kind, "Change")
    by = _who(case.requester, names, case.operator)
    parts = [f"{kind} {case.key}, by {by}, {moment(case.declared_at)}. Risk: {RISKS[case.risk]}."]
    if not case.confidential:
        parts += _facts(case)
    return "\n\n".join([*parts, _foot(case, url)])


def _facts(case: Case) -> list[str]:
    where = [f"Systems: {', '.join(case.systems) or 'none named'}.", f"Environment: {case.environment}."]
    if case.repository:
        where.append(f"Version: {case.repository} {commits.short(case.sha) if case.sha else ''}".rstrip() + ".")
    typed = (
        ("Why", Field.WHY),
        ("What is done", Field.PLAN),
        ("Rollback plan", Field.ROLLBACK),
        ("Tests", Field.TESTS),
    )
    return [" ".join(where), *(f"{name}: {_text(case, field)}" for name, field in typed if field in case.texts)]


def _foot(case: Case, url: str | None) -> str:
    told = "Approvals are given in Slack, never here. This issue follows the record by itself."
    return f"{told}\n\n{url}" if url else told


def _text(case: Case, field: Field) -> str:
    text = case.text(field)
    return REMOVED if text is None else typed(text, LONG)


def value(case: Case, source: str, names: Names) -> str:
    """What goes into a field that the policy maps: one of `JIRA_SOURCES`; empty: the record has nothing there."""
    if case.confidential and source not in _SECRET_SOURCES:
        return SECRET
    return _VALUES[source](case, names)


def fields(case: Case, mapped: Mapping[str, str], names: Names) -> Mapping[str, str]:
    """What goes into the fields that the policy maps (`mapped`: their names → what fills them), without empty ones."""
    found = {name: value(case, source, names) for name, source in mapped.items()}
    return {name: told for name, told in found.items() if told}


def _typed(field: Field) -> Callable[[Case, Names], str]:
    return lambda case, names: _text(case, field) if field in case.texts else ""


def _due(case: Case, names: Names) -> str:
    return case.review.due.date().isoformat() if case.review else ""


_VALUES: Mapping[str, Callable[[Case, Names], str]] = {
    "key": lambda case, names: case.key,
    "kind": lambda case, names: case.kind.value,
    "type": lambda case, names: TYPES[case.type],
    "title": lambda case, names: _title(case),
    "justification": _typed(Field.WHY),
    "systems": lambda case, names: ", ".join(case.systems),
    "environment": lambda case, names: case.environment,
    "risk": lambda case, names: RISKS[case.risk],
    "plan": _typed(Field.PLAN),
    "rollback": _typed(Field.ROLLBACK),
    "tests": _typed(Field.TESTS),
    "requester": lambda case, names: _who(case.requester, names, case.operator),
    "implementer": lambda case, names: _who(case.implementer, names, case.operator),
    "approvers": lambda case, names: _approvers(case, names),
    "review-due": _due,
}


def comment(case: Case, said: Comment, names: Names) -> str:
    """What happened, in one passage that ends with its marker."""
    told = _WORDS[said.what](case, said, names)
    return f"{told} {ticketing.marker(case, said.key)}"


def _declared(case: Case, said: Comment, names: Names) -> str:
    kind = _KINDS.get(case.kind, "Change")
    risk = f"Risk: {RISKS[case.risk]}."
    by = _who(case.requester, names, case.operator)
    about = "" if case.confidential else f": {_title(case).rstrip('.')}"
    return f"{kind} {case.key}, by {by}, {moment(case.declared_at)}{about}. {risk}"


def _approved(case: Case, said: Comment, names: Names) -> str:
    people = _approvers(case, names) or _who(said.by, names, case.operator)
    return f"Approved by {people}, {moment(said.at)}."


def _did(words: str) -> Callable[[Case, Comment, Names], str]:
    """A sentence of who did it, when, and in which words; those stay out of what is confidential."""

    def told(case: Case, said: Comment, names: Names) -> str:
        line = words.format(by=_who(said.by, names, case.operator), at=moment(said.at))
        return f"{line}{_quoted(case, said.text)}."

    return told


def _quoted(case: Case, digest: str | None) -> str:
    if digest is None or case.confidential:
        return ""
    return f': "{_line(case.body(digest))}"'


def _line(text: str | None) -> str:
    return REMOVED if text is None else one_line(text, QUOTED)


def _changed(case: Case, said: Comment, names: Names) -> str:
    what = "" if case.confidential or not case.changed else f": {field_words(case.changed)}"
    return f"Changed {moment(said.at)}{what}. It needs approval again."


def _deployed(case: Case, said: Comment, names: Names) -> str:
    one = case.deployments[said.n]
    by = _who(one.by, names) if one.by else "the pipeline"
    what = "" if case.confidential else _what(case, said.text, one.sha)
    return f"Deployed{what} by {by}, {moment(one.at)}: {OUTCOMES[one.outcome]}.{_although(one.basis)}"


def _what(case: Case, digest: str | None, sha: str | None) -> str:
    if digest:
        return f' "{_line(case.body(digest))}"'
    return f" {commits.short(sha)}" if sha else ""


def _although(basis: str) -> str:
    told = {
        "proceeding": "Without approval.",
        "rejected": "Although it was rejected.",
        "withdrawn": "Although withdrawn.",
    }
    return f" {told[basis]}" if basis in told else ""


def _reviewed(case: Case, said: Comment, names: Names) -> str:
    review = condemned.reviews(case)[said.n]
    verdict = JUDGEMENTS[review.judgement] if review.judgement else "reviewed"
    timing = review_timing(said.at, review.start, review.due)
    cause = "" if case.confidential or not review.cause else f" Cause: {_line(case.body(review.cause))}"
    return f"Reviewed by {_who(said.by, names)}, {moment(said.at)}: {verdict}, {timing}.{cause}"


def _superseded(case: Case, said: Comment, names: Names) -> str:
    return f"{case.superseded_by or 'A newer request'} took its place, {moment(said.at)}."


_WORDS: Mapping[What, Callable[[Case, Comment, Names], str]] = {
    What.DECLARED: _declared,
    What.APPROVED: _approved,
    What.REJECTED: _did("Rejected by {by}, {at}"),
    What.PROCEEDING: _did("{by} goes ahead WITHOUT approval, {at}"),
    What.ROLLBACK: _did("{by} goes back to what was live before, {at}"),
    What.TOOK_BACK: _did("{by} took the approval back, {at}"),
    What.CHANGED: _changed,
    What.DEPLOYED: _deployed,
    What.RATIFIED: _did("Ratified afterwards by {by}, {at}"),
    What.OBJECTED: _did("{by} objects, {at}"),
    What.REVIEWED: _reviewed,
    What.AMENDED: _did("{by} added to the review, {at}"),
    What.WITHDRAWN: _did("Withdrawn by {by}, {at}"),
    What.NOT_NEEDED: _did("{by} said that nothing was deployed, {at}"),
    What.EXPIRED: lambda case, said, names: f"The approval ended {moment(said.at)}, unused.",
    What.SUPERSEDED: _superseded,
    What.HANDED: lambda case, said, names: f"Handed to {_who(said.by, names)}.",
    What.DONE: _did("Ticked off in Slack by {by}, {at}"),
}


def child_summary(case: Case, follow: FollowUp | None) -> str:
    """The one line of the issue of a follow-up, or (None) of the remediation."""
    if follow is None:
        return f"Put right {summary(case)}"[:SUMMARY]
    what = "" if case.confidential else f": {_line(case.body(follow.what))}"
    return f"Follow-up of {case.key}{what}"[:SUMMARY]


def child_body(case: Case, follow: FollowUp | None, names: Names, url: str | None) -> str:
    """The description of such an issue: whose it is, until when, and what it comes from."""
    if follow is not None:
        what = "" if case.confidential else f"{_line(case.body(follow.what))}\n\n"
        told = f"{what}Owner: {_who(follow.owner, names)}, due {follow.due}. From the review of {case.key}."
        return "\n\n".join((told, _link(url)))
    review = next(one for one in condemned.reviews(case) if one.judgement and one.judgement.value == "no")
    told = f"The review of {case.key} by {_who(review.by, names)} says: not appropriate."
    cause = "" if case.confidential or not review.cause else f" Cause: {_line(case.body(review.cause))}"
    left = f"{told}{cause}\n\nUntil this issue is done, {case.key} is listed as an exception."
    return "\n\n".join((left, _link(url)))


def _link(url: str | None) -> str:
    return f"The record: {url}" if url else "The record is in Slack."


def _approvers(case: Case, names: Names) -> str:
    return _listed([_who(one.person, names) for one in quorum.voices(case)])


def _listed(people: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(people[:-1]), *people[-1:])))


def _who(person: str | None, names: Names, operator: str | None = None) -> str:
    if not person:
        return f"{one_line(operator, 60)} at the server" if operator else "somebody"
    return one_line(names.get(person, ""), 60) or "somebody"
