"""Declaring an emergency and completing what was declared: recorded first, whatever else is down."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from workflows import announce, asking, debts, ledger, lists, policy, quorum
from workflows.case import Case, Done, Refused
from workflows.change import Action, Field, Kind, Mistakes, Risk, Status, Type
from workflows.placeholders import placeholder
from workflows.rows import Line, Told
from workflows.turn import UNKNOWN, Turn

OTHER = "Other"
TITLE = 120
_TYPED = {
    "plan": Field.PLAN,
    "rollback": Field.ROLLBACK,
    "tests": Field.TESTS,
    "reference": Field.REFERENCE,
    "access": Field.ACCESS,
    "advisory": Field.ADVISORY,
    "plan_output": Field.PLAN_OUTPUT,
    "staging_proof": Field.STAGING_PROOF,
}
_JUDGED = (Field.WHY, Field.PLAN, Field.ROLLBACK, Field.TESTS)
_LINK = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/\S*)?")
_INCIDENT = re.compile(r"#?([A-Za-z0-9_-]{1,40})")
_JIRA = re.compile(r"[A-Z][A-Z0-9_]{1,20}-\d{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What the form says; free text as typed. `implementer` is a person id, None: the requester. Times aware UTC."""

    broken: str
    plan: str
    systems: tuple[str, ...]
    type: Type = Type.CODE
    environment: str = "production"
    risk: Risk = Risk.HIGH
    rollback: str = ""
    tests: str = ""
    incident: str = ""
    jira: str = ""
    reference: str = ""
    implementer: str | None = None
    live_since: datetime | None = None
    confidential: bool = False
    access: str = ""
    access_until: datetime | None = None
    advisory: str = ""
    cvss: str = ""
    known_since: str = ""
    plan_output: str = ""
    staging_proof: str = ""
    drill: bool = False
    channel: str | None = None
    origin_key: str | None = None
    open_incident: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """The same fields to complete later; None leaves a field as it is, an empty text removes it."""

    broken: str | None = None
    plan: str | None = None
    systems: tuple[str, ...] | None = None
    type: Type | None = None
    environment: str | None = None
    risk: Risk | None = None
    rollback: str | None = None
    tests: str | None = None
    incident: str | None = None
    jira: str | None = None
    reference: str | None = None
    implementer: str | None = None
    live_since: datetime | None = None
    confidential: bool | None = None
    access: str | None = None
    access_until: datetime | None = None
    advisory: str | None = None
    cvss: str | None = None
    known_since: str | None = None
    plan_output: str | None = None
    staging_proof: str | None = None


def declare(turn: Turn, form: Declaration) -> Done | Refused | Mistakes:
    """Record an emergency at once, post its card, ask whoever may decide. Reads nothing outside the database.

    Only an empty required field, a link that cannot be read or a time in the future stops it (`Mistakes`).
    """
    mistakes = _mistakes(turn, form)
    if mistakes:
        return Mistakes(mistakes)
    implementer = form.implementer or turn.actor.person
    data = _recorded(turn, form) | {
        "drill": form.drill,
        "implementer": implementer,
        "account": turn.actor.slack,
        "policy": turn.rules.digest,
        "posted": turn.rules.incidents,
        "channel": form.channel,
        "origin_key": form.origin_key,
        "related": [] if form.drill else [row.key for row in lists.open_on(turn.tx, form.systems)],
    }
    case = ledger.declare(
        turn.tx,
        kind=Kind.EMERGENCY,
        drill=form.drill,
        data={name: value for name, value in data.items() if value is not None},
        actor=turn.actor,
        now=turn.now,
        new_id=turn.new_id,
    )
    case = turn.with_standing(case)
    announce.card(turn, case, case.posted, main=True)
    if form.channel and not _same(form.channel, turn):
        announce.card(turn, case, form.channel, main=False)
    case = _live_already(turn, case) if case.live_since else asking.first(turn, case)
    people = list(case.asks[0].people) if case.asks else []
    operator = turn.actor.operator
    announce.line(turn, case, Line.DECLARED, by=case.requester, people=people, operator=operator)
    announce.tell(turn, case, (implementer,), Told.IMPLEMENTER, by=case.requester)
    _follow_on(turn, case)
    return Done(announce.settle(turn, case), ("declared",))


def _same(channel: str, turn: Turn) -> bool:
    return channel == turn.rules.incidents


def _live_already(turn: Turn, case: Case) -> Case:
    what = case.texts.get(Field.REFERENCE) or case.texts[Field.PLAN]
    case = turn.advance(
        case, "deployed", what=what, at=case.live_since.isoformat() if case.live_since else "", outcome="ok",
        basis="undeclared", by=case.implementer,
    )  # fmt: skip
    announce.line(turn, case, Line.LIVE_BEFORE, by=case.requester, at=case.live_since)
    case = debts.owe(turn, case)
    people = quorum.could_decide(replace(case, status=Status.DECLARED), turn.rules)[: asking.AT_MOST]
    announce.tell(turn, case, people, Told.RATIFY, at=case.live_since)
    return case


def _follow_on(turn: Turn, case: Case) -> None:
    """Write on the change that failed (or was rejected) that it goes on in this one."""
    origin = ledger.case_by_key(turn.tx, case.origin_key) if case.origin_key else None
    if origin is not None and (held := turn.hold(origin.id)) is not None:
        held = turn.advance(held, "followed_on", key=case.key)
        announce.line(turn, held, Line.DECLARED_AGAIN, key=case.key, by=turn.actor.person)


def _mistakes(turn: Turn, form: Declaration | Details) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in ("broken", "plan"):
        text = getattr(form, name)
        if text is not None and not text.strip():
            found[name] = "empty"
    if form.systems is not None:
        if not form.systems:
            found["systems"] = "empty"
        elif any(name != OTHER and name not in turn.rules.systems for name in form.systems):
            found["systems"] = "unknown-system"
    if form.incident and _incident(form.incident) is None:
        found["incident"] = "link"
    if form.jira and _jira(form.jira) is None:
        found["jira"] = "link"
    if form.reference and "://" in form.reference and not _LINK.fullmatch(form.reference.strip()):
        found["reference"] = "link"
    if form.live_since and form.live_since > turn.now:
        found["live_since"] = "future"
    if form.cvss and not re.fullmatch(r"(10(\.0)?|\d(\.\d)?)|CVSS:\d\.\d/\S+", form.cvss.strip()):
        found["cvss"] = "cvss"
    return found


def _incident(text: str) -> str | None:
    text = text.strip()
    if "://" in text:
        if not _LINK.fullmatch(text):
            return None
        text = text.split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2]
    match = _INCIDENT.fullmatch(text)
    return match[1] if match else None


def _jira(text: str) -> str | None:
    text = text.strip()
    if "://" in text:
        if not _LINK.fullmatch(text):
            return None
        text = text.split("?")[0].rstrip("/").rpartition("/")[2]
    match = _JIRA.fullmatch(text.upper())
    return match[0] if match else None


def _title(broken: str) -> str:
    line = broken.strip().splitlines()[0].strip()
    return line if len(line) <= TITLE else line[: TITLE - 1].rstrip() + "…"


def _recorded(turn: Turn, form: Declaration | Details) -> dict[str, Any]:
    """The event's data: structured values as they are, typed text as commitments, placeholders flagged."""
    data: dict[str, Any] = {}
    bodies: dict[Field, str] = {}
    if form.broken is not None:
        bodies[Field.TITLE], bodies[Field.WHY] = _title(form.broken), form.broken.strip()
    for name, field in _TYPED.items():
        text = getattr(form, name)
        if text is not None:
            bodies[field] = text.strip()
    data["texts"] = {field.value: turn.text(body) for field, body in bodies.items()}
    if isinstance(form, Declaration):
        data["texts"] = {name: digest for name, digest in data["texts"].items() if digest}
    title = bodies.get(Field.TITLE, "")
    others = {Field.WHY: ()}
    flagged = [f for f in _JUDGED if placeholder(bodies.get(f, ""), others=others.get(f, (title,)))]
    data["flagged"] = [field.value for field in flagged]
    if form.systems is not None:
        data["systems"] = list(form.systems)
    for name in ("type", "environment", "risk", "confidential", "implementer", "known_since"):
        value = getattr(form, name)
        if value is not None and value != "":
            data[name] = value
    for name in ("live_since", "access_until"):
        value = getattr(form, name)
        if value is not None:
            data[name] = value.isoformat()
    if form.incident is not None:
        data["incident"] = _incident(form.incident) if form.incident else None
    if form.jira is not None:
        data["jira"] = _jira(form.jira) if form.jira else None
    if form.cvss is not None:
        data["cvss"] = form.cvss.strip() or None
    return data


def add_details(turn: Turn, change_id: str, form: Details) -> Done | Refused | Mistakes:
    """Complete the record. Voids an approval only when what will be done, systems, environment or reference changed."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    verdict = policy.may(Action.ADD_DETAILS, case, turn.actor, turn.rules, turn.now)
    if not verdict.allowed:
        return turn.refuse(case, Action.ADD_DETAILS, verdict)
    changed = _changes(case, form)
    mistakes = _mistakes(turn, changed)
    if mistakes:
        return Mistakes(mistakes)
    names = [name for name in changed.__slots__ if getattr(changed, name) is not None]
    if not names:
        return Done(case)
    binding = [name for name in names if name in ("plan", "systems", "environment", "reference")]
    decided = case.status is Status.APPROVED or bool(quorum.voices(case))
    voids = bool(binding) and decided and case.status in (Status.DECLARED, Status.APPROVED)
    data = _recorded(turn, changed)
    kept = [f for f in case.flagged if f.value not in data["texts"]]
    data["flagged"] = sorted({*data["flagged"], *(f.value for f in kept)})
    data |= {"voids": voids or None, "changed": binding if voids else None}
    before = case
    case = turn.advance(case, "detailed", **data)
    case = turn.with_standing(case)
    if changed.implementer and changed.implementer in {a.person for a in quorum.voices(case)}:
        case = _void_for_party(turn, case)
        voids = True
    _tell_details(turn, before, case, names, voids=voids)
    if voids:
        case = asking.first(turn, case, round_="again")
    elif case.status is Status.DECLARED:
        case = asking.fallback_if_needed(turn, case)
    if changed.live_since and case.review is not None:
        case = debts.owe(turn, case)
    return Done(announce.settle(turn, case), ("detailed",))


def _void_for_party(turn: Turn, case: Case) -> Case:
    """Somebody who approved carries it out now: what they approved is asked for again (approver is never a party)."""
    return turn.advance(
        case, "detailed", texts={}, voids=True, changed=["implementer"], flagged=list(case.flagged)
    )


def _tell_details(turn: Turn, before: Case, case: Case, names: list[str], *, voids: bool) -> None:
    by = turn.actor.person
    if voids:
        announce.line(turn, case, Line.CHANGED, by=by, fields=list(case.changed))
        people = {a.person for a in quorum.voices(before)} | {case.requester, case.implementer}
        announce.tell(turn, case, sorted(people), Told.CHANGED, by=by, at=turn.now, fields=list(case.changed))
    else:
        documented = len(policy.documented(case))
        announce.line(turn, case, Line.ADDED, by=by, fields=names, documented=documented)
    if case.implementer != before.implementer:
        announce.tell(turn, case, (case.implementer,), Told.IMPLEMENTER, by=by)


def _changes(case: Case, form: Details) -> Details:
    """Only what differs from the record: a form sends back every field it showed."""
    now: Mapping[str, Any] = {
        "broken": case.text(Field.WHY),
        **{name: case.text(field) for name, field in _TYPED.items()},
        "systems": case.systems,
        "type": case.type,
        "environment": case.environment,
        "risk": case.risk,
        "incident": case.incident,
        "jira": case.jira,
        "implementer": case.implementer,
        "live_since": case.live_since,
        "confidential": case.confidential,
        "access_until": case.access_until,
        "cvss": case.cvss,
        "known_since": case.known_since,
    }
    same: dict[str, Any] = {}
    for name, value in now.items():
        given = getattr(form, name)
        plain = given.strip() if isinstance(given, str) else given
        if plain == value or (plain in ("", None) and value in ("", None)):
            same[name] = None
        elif name == "systems" and set(given or ()) == set(value):
            same[name] = None
    return replace(form, **same)


def link_message(turn: Turn, change_id: str, *, permalink: str, text: str) -> Done | Refused:
    """Keep a message's address and text with the change."""
    case = turn.hold(change_id)
    if case is None:
        return UNKNOWN
    digest = turn.text(text)
    case = turn.advance(case, "linked", permalink=permalink, text=digest)
    announce.line(turn, case, Line.LINKED, by=turn.actor.person, permalink=permalink)
    return Done(announce.settle(turn, case), ("linked",))
