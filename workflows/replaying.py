"""What another policy would have decided: each change's clicks again, in their order, with what was known then. Pure.

Every click is asked of `policy` itself. What was known is what the record keeps: the case as its events made it, when
GitHub was read, and the members of the group that a voice counted for. Groups that list users are as they list them;
who was in another Slack user group at that time is not kept, and what rests on it can't be told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from workflows import binding, freezes, matching, oncall, policy, quorum
from workflows.case import Approval, Case
from workflows.change import Action, Actor, Basis, Kind, Reason, Verdict
from workflows.event import Event
from workflows.question import rule_name
from workflows.reading import Read
from workflows.ruleset import Group, Need, Rules
from workflows.standing import Account, Roster, Standing

Steps = Sequence[tuple[Case | None, Event, Case]]
"""One change: the case before each of its events, the event, the case after it (`replay.steps`)."""

_CLICKS: Mapping[str, Action] = {"approved": Action.APPROVE, "rejected": Action.REJECT}
_BY_POLICY = frozenset({Reason.NOT_IN_GROUP, Reason.FROZEN, Reason.CONDITION_MISSING, Reason.NO_RULE})
"""Refusals that another policy may turn into a yes; the others are of the account, of parties, or of the moment."""


class Was(StrEnum):
    """What became of one version of a change. `HELD`: approved, and yet the pipeline would not have gone then."""

    APPROVED = "approved"
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    HELD = "held"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Book:
    """Who people are: person ids by address (in small letters) and by Slack id, GitHub logins by person id."""

    emails: Mapping[str, str] = field(default_factory=dict)
    slack: Mapping[str, str] = field(default_factory=dict)
    logins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a version, when, by which rule; the first no on the way with whose it was, and what it lacked."""

    was: Was
    at: datetime
    rule: str = ""
    no: Verdict | None = None
    person: str = ""
    lacking: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Different:
    """One version of a change that the other policy would have decided differently."""

    key: str
    revision: int
    then: Outcome
    would: Outcome


@dataclass(frozen=True, slots=True)
class Compared:
    """`decided`: versions of this change on which anybody pressed; those of them that come out differently."""

    decided: int
    different: tuple[Different, ...] = ()


def compare(steps: Steps, other: Rules, book: Book, *, since: datetime | None = None) -> Compared:
    """The versions of one change, decided at `since` or later, under another policy; drills and findings are none."""
    found: list[Different] = []
    clicks = _clicks(steps, since)
    for revision, many in clicks.items():
        then, would = _then(many), _would(many, other, book)
        if would.was is Was.APPROVED and then.was is Was.APPROVED:
            would = _passed(steps, revision, would, other)
        if would.was is not then.was:
            found.append(Different(many[0][2].key, revision, then, would))
    return Compared(len(clicks), tuple(found))


def _clicks(steps: Steps, since: datetime | None) -> dict[int, list[tuple[Case, Event, Case]]]:
    """The clicks that count, or that another policy might count, by the version they were for."""
    found: dict[int, list[tuple[Case, Event, Case]]] = {}
    for before, event, after in steps:
        if before is None or before.drill or before.kind is Kind.FINDING:
            continue
        if event.kind in (*_CLICKS, "took_back") or _refused(event):
            found.setdefault(before.revision, []).append((before, event, after))
    return {
        revision: many
        for revision, many in found.items()
        if any(_action(event) and (since is None or event.at >= since) for _, event, _ in many)
    }


def _refused(event: Event) -> bool:
    data = event.data
    asked = event.kind == "refused" and data.get("action") in (Action.APPROVE.value, Action.REJECT.value)
    return asked and data.get("reason") in {one.value for one in _BY_POLICY}


def _action(event: Event) -> Action | None:
    return Action(event.data["action"]) if event.kind == "refused" else _CLICKS.get(event.kind)


def _then(many: Sequence[tuple[Case, Event, Case]]) -> Outcome:
    rule = ""
    for _, event, _after in many:
        rule = (event.data.get("evidence") or {}).get("rule", rule)
        if event.kind == "rejected":
            return Outcome(Was.REJECTED, event.at, rule)
        if event.kind == "approved" and event.data.get("final") and not _taken_back(many, event):
            return Outcome(Was.APPROVED, event.at, rule)
    return Outcome(Was.UNDECIDED, many[-1][1].at, rule)


def _taken_back(many: Sequence[tuple[Case, Event, Case]], voice: Event) -> bool:
    return any(event.kind == "took_back" and event.seq > voice.seq for _, event, _ in many)


def _would(many: Sequence[tuple[Case, Event, Case]], other: Rules, book: Book) -> Outcome:
    """The same clicks under the other policy; the first that decides ends it."""
    voices: list[Approval] = []
    first: tuple[Verdict, str] | None = None
    case = many[0][0]
    for before, event, _ in many:
        if event.kind == "took_back":
            voices = [one for one in voices if one.person != event.person]
        action = _action(event)
        if action is None or event.person is None or (event.kind == "approved" and _undone(many, event)):
            continue
        case = _as_it_was(before, event, tuple(voices), other, book)
        verdict = policy.may(action, case, Actor(event.person), other, event.at)
        if not verdict.allowed:
            first = first or (verdict, event.person)
            continue
        if action is Action.REJECT:
            return Outcome(Was.REJECTED, event.at, verdict.rule)
        digest = binding.digest(case, other) if case.kind is Kind.DEPLOY else None
        mine = Approval(event.person, case.revision, event.at, "approve", verdict.right or "", digest=digest)
        voices.append(mine)
        case = replace(case, approvals=(*case.approvals, mine))
        if not quorum.missing(case, other):
            return Outcome(Was.APPROVED, event.at, verdict.rule)
    return _open(case, other, many[-1][1].at, first)


def _undone(many: Sequence[tuple[Case, Event, Case]], voice: Event) -> bool:
    """Whether that voice was taken back later: it decided nothing in the end, and would not have."""
    return any(e.kind == "took_back" and e.person == voice.person and e.seq > voice.seq for _, e, _ in many)


def _open(case: Case, other: Rules, at: datetime, first: tuple[Verdict, str] | None) -> Outcome:
    """Still undecided; or not to be told, where all that stood in the way is who was in a group."""
    no, person = first or (None, "")
    unknown = no is not None and no.reason is Reason.STANDING_UNKNOWN
    was = Was.UNKNOWN if unknown else Was.UNDECIDED
    return Outcome(was, at, rule_name(case, other), no, person, quorum.missing(case, other))


def _as_it_was(before: Case, event: Event, voices: tuple[Approval, ...], other: Rules, book: Book) -> Case:
    """The case at the click, with the readings that were kept with it, and undecided but for these voices."""
    proof: Mapping[str, Any] = event.data.get("evidence") or {}
    told = (proof.get("reading") or {}).get("as_of")
    login = {event.person: proof["login"]} if event.person and proof.get("login") else {}
    members = _members(proof.get("roster"), other, book)
    people = {event.person or "", *(one for roster in members.values() for one in roster)}
    standing = Standing(
        {one: (Account(one, one, event.at),) for one in people},
        {name: Roster(name, frozenset(known), event.at) for name, known in members.items()},
        before.standing.same,
        {**book.logins, **login},
    )
    earlier = tuple(one for one in before.approvals if one.revision != before.revision)
    as_of = datetime.fromisoformat(told) if told else event.at if before.reading else None
    return replace(before, approvals=(*earlier, *voices), standing=standing, read=Read(as_of))


def _members(kept: Mapping[str, Any] | None, other: Rules, book: Book) -> dict[str, set[str]]:
    """The members of each group that are known: as kept with the click, else as the policy lists them.

    A group with a Slack user group or a rota that was not kept is left out: nobody can tell any more.
    """
    found: dict[str, set[str]] = {}
    for name, group in other.groups.items():
        if kept and kept.get("group") == name and _elsewhere(group):
            found[name] = set(kept.get("members", ()))
        elif not _elsewhere(group):
            found[name] = {one for user in group.users if (one := _person(user, book)) is not None}
    return found


def _elsewhere(group: Group) -> bool:
    return bool(group.usergroup or oncall.subjects(group))


def _person(user: str, book: Book) -> str | None:
    return book.emails.get(user) if "@" in user else book.slack.get(user)


def _passed(steps: Steps, revision: int, would: Outcome, other: Rules) -> Outcome:
    """Approved under both; and yet, where the pipeline went when the other policy would have held it: held."""
    for before, event, _ in steps:
        let = event.kind == "let_through" and event.data.get("basis") == Basis.APPROVED
        if before is None or not let or before.revision != revision:
            continue
        rule = matching.deploy_rule(before, other)
        frozen = freezes.holds(before, other, event.at)
        if frozen is not None:
            facts = {"why": frozen.reason, **({"until": frozen.until.isoformat()} if frozen.until else {})}
            return Outcome(Was.HELD, event.at, would.rule, Verdict(False, Reason.FROZEN, facts=facts))
        if event.at >= would.at + rule.valid_for:
            ended = {"at": (would.at + rule.valid_for).isoformat()}
            return Outcome(Was.HELD, event.at, would.rule, Verdict(False, Reason.TOO_LATE, facts=ended))
    return would


def total(many: Iterable[Compared]) -> Compared:
    """All changes together."""
    found = tuple(many)
    return Compared(sum(one.decided for one in found), tuple(d for one in found for d in one.different))
