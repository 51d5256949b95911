"""Phrases that several surfaces share: systems, titles, what was said, what is needed, verdicts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from bot.blocks import commits, times
from bot.blocks.sentence import Piece, Sentence, Team, Typed, Who, Words, listing, people, pieces, say
from bot.blocks.states import voices
from bot.blocks.text import first_line, one_line, rest
from workflows.case import Case, Deployment
from workflows.change import Field, Item, Judgement, Kind, Outcome, Risk, Type
from workflows.ruleset import Need

REMOVED = "[text removed]"
UNWRITTEN = "not written yet"

OUTCOMES = {
    Outcome.STARTED: "under way",
    Outcome.OK: "worked",
    Outcome.FAILED: "did not work",
    Outcome.ROLLED_BACK: "rolled back",
}
JUDGEMENTS = {
    Judgement.YES: "appropriate",
    Judgement.FINDINGS: "appropriate, with findings",
    Judgement.NO: "not appropriate",
}
RISKS = {Risk.LOW: "low", Risk.MEDIUM: "medium", Risk.HIGH: "high"}
TYPES = {
    Type.CODE: "Code or configuration",
    Type.INFRASTRUCTURE: "Infrastructure",
    Type.DATABASE: "Database",
    Type.ACCESS: "Access",
    Type.PATCH: "Vulnerability patch",
}
ITEMS = {
    Item.JUSTIFICATION: "what is broken and why",
    Item.PLAN: "plan",
    Item.SYSTEMS: "systems",
    Item.ENVIRONMENT: "environment",
    Item.RISK: "risk",
    Item.TESTS: "tests",
    Item.ROLLBACK: "rollback plan",
}
# Names of the form's fields, as they stand in a sentence.
FIELDS = {
    "broken": "what is broken",
    "title": "the title",
    "why": "the reason",
    "plan": "the plan",
    "systems": "systems",
    "environment": "environment",
    "risk": "risk",
    "type": "type of change",
    "rollback": "rollback plan",
    "tests": "tests",
    "reference": "version",
    "incident": "PagerDuty incident",
    "jira": "Jira issue",
    "implementer": "who carries it out",
    "live_since": "already live since",
    "confidential": "confidential",
    "access": "access",
    "access_until": "end of access",
    "advisory": "advisory",
    "cvss": "CVSS",
    "known_since": "known since",
    "plan_output": "plan output",
    "staging_proof": "proof from staging",
    "commits": "the commit",
    "sha": "the commit",
    "ref": "version or branch",
    "repository": "repository",
    "policy": "the rule of the policy",
    "rule": "the rule of the policy",
    "author-learnt": "who had a part in it",
}


def subject(case: Case) -> str:
    """What a change is about: `payments, ledger`, of a deploy `acme/payments → production`."""
    if case.kind is not Kind.DEPLOY:
        return systems(case)
    what = commits.name(case.repository) if case.repository else systems(case)
    return f"{what} → {one_line(case.environment, 40)}"


def subject_short(case: Case) -> str:
    """The same for a notification: `payments +2`, of a deploy `payments`."""
    return (
        commits.last_name(case.repository)
        if case.kind is Kind.DEPLOY and case.repository
        else system_short(case.systems)
    )


def systems(case: Case, limit: int = 3) -> str:
    """`payments, ledger and 2 more`."""
    return system_words(case.systems, limit)


def system_words(names: Sequence[str], limit: int = 3) -> str:
    """The systems in words; nobody knows them when there are none."""
    known = [one_line(name, 40) for name in names]
    if len(known) > limit:
        return f"{', '.join(known[:limit])} and {len(known) - limit} more"
    return ", ".join(known) or "no system named"


def system_short(names: Sequence[str]) -> str:
    """`payments +2`, for a notification."""
    if not names:
        return "no system"
    return one_line(names[0], 24) + (f" +{len(names) - 1}" if len(names) > 1 else "")


def body(case: Case, digest: str | None, limit: int) -> Piece | None:
    """A typed text by its digest in one line; says so when it was erased; None when there never was one."""
    if not digest:
        return None
    text = case.body(digest)
    return Words(REMOVED) if text is None else Typed(_unstopped(text), limit)


def _unstopped(text: str) -> str:
    """Without its last full stop: the sentence around it has one."""
    plain = text.rstrip()
    return plain[:-1] if plain.endswith(".") and not plain.endswith("..") else plain


def title(case: Case, limit: int = 120) -> Piece:
    """The title of a change; a confidential one has none outside Details."""
    if case.confidential:
        return Words("confidential")
    said = body(case, case.texts.get(Field.TITLE), limit) or Words("no title")
    return Typed(once(said.text, ", ".join(case.systems)), limit) if isinstance(said, Typed) else said


def once(title: str, system: str) -> str:
    """The title without the system that it begins with: every surface names the system before it."""
    head, colon, tail = title.partition(":")
    return tail.strip() if colon and tail.strip() and head.strip().casefold() == system.casefold() else title


def why(case: Case, limit: int) -> Piece | None:
    """What is broken and why, without the line that became the title."""
    text = case.text(Field.WHY)
    if text is None:
        return Words(REMOVED) if Field.WHY in case.texts else None
    heading = case.text(Field.TITLE)
    if heading is not None and first_line(text)[:60] == first_line(heading)[:60]:
        text = rest(text)
    return more(text, limit) if text.strip() else None


def long(case: Case, name: Field, limit: int) -> Piece:
    """A typed field with its line breaks, or `not written yet`."""
    if name not in case.texts:
        return Words(UNWRITTEN)
    text = case.text(name)
    return Words(REMOVED) if text is None else more(text, limit)


def more(text: str, limit: int) -> Piece:
    """Long typed text; what is cut says where the rest is."""
    return Typed(text, limit, flat=False, hint=" (more in Details)")


def plan_line(case: Case, limit: int) -> Piece:
    """What will be done, in one line."""
    if case.confidential:
        return Words("confidential")
    return body(case, case.texts.get(Field.PLAN), limit) or Words(UNWRITTEN)


def what(case: Case, deployment: Deployment, limit: int = 60) -> Piece:
    """What went live."""
    if case.confidential:
        return Words("it")
    return body(case, deployment.what, limit) or Words(commits.short(deployment.sha) or "it")


def quoted(piece: Piece | None, before: str = ': "', after: str = '"') -> Sentence:
    """`: "…"`, or nothing."""
    return (Words(before), piece, Words(after)) if piece is not None else ()


def need(one: Need) -> Sentence:
    """`1 of security`."""
    return say("{count} of {group}", count=one.count, group=Team(one.group))


def needs(many: Iterable[Need]) -> Sentence:
    """`1 of release-managers and 1 of security`."""
    return listing((need(one) for one in many), limit=4)


def approvers(case: Case) -> Sentence:
    """Who said yes to what is asked now."""
    return people((one.person for one in voices(case, "approve")), limit=3)


def documented(items: Collection[Item]) -> str:
    return f"Documented {len(items)} of {len(Item)}"


def missing_items(items: Collection[Item]) -> str:
    """`rollback plan, tests`: what of the seven is missing, in the record's order."""
    return ", ".join(words for item, words in ITEMS.items() if item not in items)


def review_timing(at: datetime, start: datetime, due: datetime) -> str:
    """`on time, after 19 h` or `3 h late`."""
    return f"on time, after {times.span(at - start)}" if at <= due else times.left(due, at)


def field_words(names: Iterable[str]) -> str:
    """`the plan, systems`."""
    return ", ".join(dict.fromkeys(FIELDS.get(name, "details") for name in names)) or "details"


def decider(case: Case, person: str) -> Sentence:
    """Who decided; an operator by the name given at the server."""
    if person:
        return (Who(person),)
    return say("{name} at the server", name=Typed(case.operator or "somebody", 60))


def same_person(case: Case) -> Sentence:
    if case.implementer == case.requester:
        return pieces("the same person")
    return (Who(case.implementer),)
