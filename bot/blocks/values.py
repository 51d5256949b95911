"""The facts of an outbox payload or of a verdict as pieces of a sentence."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.blocks import times
from bot.blocks.phrases import JUDGEMENTS, OUTCOMES, body, decider, field_words, needs, quoted, review_timing
from bot.blocks.sentence import At, Due, Sentence, Team, Typed, Value, When, Who, Words, join, listing, people
from bot.blocks.text import one_line
from workflows.case import Case
from workflows.change import Judgement, Outcome
from workflows.peered import Peer
from workflows.ruleset import Need

Facts = Mapping[str, Any]

_SAID = 120
PEERS: Mapping[str, str] = {Peer.PAGERDUTY: "PagerDuty", Peer.JIRA: "Jira", Peer.GITHUB: "GitHub"}


def moment(value: object) -> datetime | None:
    """An ISO 8601 time with an offset; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else None


def addressee(to: str) -> Who | Words:
    """Whom something was for: a person, or a service beside Slack."""
    return Words(PEERS[to]) if to in PEERS else Who(to)


def values(case: Case, facts: Facts, *, said: int = _SAID, quiet: bool = False) -> dict[str, Value]:
    """Every value that a template may name; None for a fact that is absent.

    `said`: how much of a typed text is quoted. A confidential change quotes none.
    """
    at, due, until = (moment(facts.get(name)) for name in ("at", "due", "until"))
    return {
        "key": str(facts.get("key") or case.key),
        "by": _by(case, facts),
        "to": addressee(str(facts["to"])) if facts.get("to") else None,
        "people": people(_list(facts, "people"), limit=3),
        "groups": listing((Team(name) for name in _list(facts, "groups")), limit=3),
        "short": Team(str(facts["short"])) if facts.get("short") else None,
        "needed": needs(_needs(facts)),
        "minutes": times.span(timedelta(minutes=int(facts.get("minutes") or 0))),
        "reason": quoted(_said(case, facts, "reason", said)),
        "note": quoted(_said(case, facts, "note", said)),
        "note_said": quoted(_said(case, facts, "note", said), ' Note: "', '".'),
        "why": quoted(_said(case, facts, "why", said)),
        "what": _said(case, facts, "what", 60) or "it",
        "quoted_what": quoted(_said(case, facts, "what", 80), ' "', '"'),
        "said_what": quoted(_said(case, facts, "what", 80)),
        "outcome": OUTCOMES.get(_outcome(facts), "recorded"),
        "at": At(at) if at else None,
        "when": When(at) if at else None,
        "until": When(until) if until else None,
        "due": _due(facts, due),
        "although": _although(case),
        "fields": field_words(_list(facts, "fields")),
        "documented": str(facts.get("documented", "")),
        "verdict": _verdict(facts),
        "timing": _timing(case, at, due),
        "incident": _id(facts, "incident", "#"),
        "named": body(case, facts.get("by_digest"), 60) or "Somebody",
        "jira": _id(facts, "jira"),
        "moved_to": _id(facts, "to"),
        "sha": _id(facts, "sha")[:7],
        "repositories": listing((one_line(name, 60) for name in _list(facts, "repositories")), limit=3),
        "kind": _id(facts, "kind"),
        "instead": _id(facts, "instead"),
        "duplicate": _duplicate(facts),
        "own": case.key,
        "changes": _changes(facts),
        "because": _id(facts, "reason"),
        "frozen_until": _until(until),
        "lift": _lift(facts),
        "since": _when(facts, "since"),
        "unused": _unused(facts),
        "of": _id(facts, "of"),
        "said_by": _id(facts, "said_by"),
        "replaces": _replaces(facts),
        "contacts": contacts(_list(facts, "contacts")),
    }


def _by(case: Case, facts: Facts) -> Value:
    by = str(facts.get("by") or "")
    if not by and facts.get("operator") not in (None, case.operator):
        return Typed(str(facts["operator"]), 60)
    return decider(case, by)


def _list(facts: Facts, name: str) -> Sequence[str]:
    value = facts.get(name) or ()
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _needs(facts: Facts) -> list[Need]:
    return [Need(str(one["group"]), int(one["count"])) for one in facts.get("needed") or ()]


def _said(case: Case, facts: Facts, name: str, limit: int) -> Any:
    return None if case.confidential else body(case, facts.get(f"{name}_digest"), limit)


def _outcome(facts: Facts) -> Outcome:
    return Outcome(facts.get("outcome") or Outcome.OK)


def _due(facts: Facts, due: datetime | None) -> Value:
    if due is not None:
        return Due(due)
    return times.date_words(str(facts["due"])) if facts.get("due") else None


def _changes(facts: Facts) -> Sentence:
    """What changed since people said yes: `2 new commits, rollback plan`."""
    count, who = int(facts.get("commits") or 0), people(_list(facts, "parties"), limit=3)
    said: list[Value] = [f"{count} new commit{'s' if count != 1 else ''}"] if count else []
    said += [(*who, Words(" turned out to have a part in it"))] if who else []
    told = {"commits", "sha"} if count else set()
    told |= {"author-learnt"} if who else set()
    other = [name for name in _list(facts, "changed") if name not in told]
    said += [field_words(other)] if other or not said else []
    return join(said, ", ")


def _until(until: datetime | None) -> Sentence:
    return (Words(" until "), Due(until)) if until else ()


def _lift(facts: Facts) -> Sentence:
    group = facts.get("override")
    return (Team(str(group)), Words(" can lift it with a reason.")) if group else (Words("It goes when that ends."),)


def _when(facts: Facts, name: str) -> Value:
    at = moment(facts.get(name))
    return When(at) if at else None


def _unused(facts: Facts) -> str:
    at, given = moment(facts.get("at")), moment(facts.get("approved_at"))
    return f"{times.span(at - given)} after it was given" if at and given else "unused"


def _replaces(facts: Facts) -> Sentence:
    keys = [one_line(key, 30) for key in _list(facts, "replaces")]
    return (Words("; replaces "), *listing(keys, limit=3, others="more")) if keys else ()


def _although(case: Case) -> str:
    basis = case.deployments[-1].basis if case.deployments else "rejected"
    return basis if basis in ("rejected", "withdrawn") else "rejected"


def _verdict(facts: Facts) -> Value:
    judgement = facts.get("judgement")
    return JUDGEMENTS[Judgement(judgement)] if judgement else None


def _timing(case: Case, at: datetime | None, due: datetime | None) -> Value:
    if at is None or due is None:
        return None
    start = case.review.start if case.review else at
    return review_timing(at, start, due)


def _id(facts: Facts, name: str, sign: str = "") -> str:
    value = one_line(str(facts.get(name) or ""), 60)
    return value if not value or value.startswith(sign) else sign + value


def _duplicate(facts: Facts) -> Value:
    key = facts.get("duplicate_of")
    return f"duplicate of {one_line(str(key), 30)}" if key else "nothing was deployed"


def contacts(numbers: Sequence[str]) -> Sentence:
    """Whom to call, from the policy: `+49 30 1234 or +49 30 5678`."""
    return listing((one_line(number, 40) for number in numbers), word="or")
