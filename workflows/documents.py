"""The document of a change: what a form says of it, what is wrong with that, and what of it is recorded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from workflows import by_type, ledger
from workflows.case import Case
from workflows.change import Field, Risk, Type
from workflows.placeholders import placeholder
from workflows.turn import Turn

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
_JUDGED = (Field.WHY, Field.PLAN, Field.ROLLBACK, Field.TESTS, Field.STAGING_PROOF)
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
    """The same fields to complete later; None leaves a field as it is, an empty text removes it.

    `title`: of a deploy, whose title is not the first line of why it cannot wait. `put_off_until`, a date YYYY-MM-DD,
    `put_off_owner`, a person id, and `put_off_control`: of a patch that has to wait (`patching.put_off`).
    """

    title: str | None = None
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
    put_off_until: str | None = None
    put_off_owner: str | None = None
    put_off_control: str | None = None


def mistakes(turn: Turn, form: Declaration | Details, case: Case | None = None) -> dict[str, str]:
    """What is wrong with what the form gives, by field; `case`: as it is on record, None for a new change."""
    found = by_type.mistakes(turn, _by_type(turn, form, case))
    for name in ("broken", "plan"):
        text = getattr(form, name)
        if text is not None and not text.strip():
            found[name] = "empty"
    if form.systems is not None:
        if not form.systems:
            found["systems"] = "empty"
        elif any(name != OTHER and name not in turn.rules.systems for name in form.systems):
            found["systems"] = "unknown-system"
    if form.incident and incident_named(form.incident) is None:
        found["incident"] = "link"
    if form.jira and _jira(form.jira) is None:
        found["jira"] = "link"
    if form.reference and "://" in form.reference and not _LINK.fullmatch(form.reference.strip()):
        found["reference"] = "link"
    if form.live_since and form.live_since > turn.now:
        found["live_since"] = "future"
    return found


def _by_type(turn: Turn, form: Declaration | Details, case: Case | None) -> by_type.Given:
    key = form.origin_key if isinstance(form, Declaration) else None
    return by_type.Given(
        type=form.type or (case.type if case else Type.CODE),
        access_until=form.access_until,
        cvss=form.cvss,
        known_since=form.known_since,
        plan_output=form.plan_output,
        before=case,
        origin=ledger.case_by_key(turn.tx, key) if key else None,
    )


def incident_named(text: str) -> str | None:
    """The number or id of the incident that a typed number, id or address names; None: it names none."""
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


def headline(broken: str) -> str:
    """The first line, cut to what a headline holds."""
    line = next(iter(broken.strip().splitlines()), "").strip()
    return line if len(line) <= TITLE else line[: TITLE - 1].rstrip() + "…"


def recorded(turn: Turn, form: Declaration | Details, *, title: str = "", case: Case | None = None) -> dict[str, Any]:
    """The event's data: structured values as they are, typed text as commitments, placeholders flagged.

    `title` is the one that stands when the form gives none. What the form takes out is an empty text.
    """
    data: dict[str, Any] = {}
    bodies: dict[Field, str] = {}
    if form.broken is not None:
        bodies[Field.TITLE], bodies[Field.WHY] = headline(form.broken), form.broken.strip()
    for name, field in _TYPED.items():
        text = getattr(form, name)
        if text is not None:
            bodies[field] = text.strip()
    if isinstance(form, Details) and form.title is not None:
        bodies[Field.TITLE] = headline(form.title)
    data["texts"] = {field.value: turn.text(body) for field, body in bodies.items()}
    if isinstance(form, Declaration):
        data["texts"] = {name: digest for name, digest in data["texts"].items() if digest}
    title = bodies.get(Field.TITLE, title)
    others = {Field.WHY: ()}
    flagged = [f for f in _JUDGED if placeholder(bodies.get(f, ""), others=others.get(f, (title,)))]
    data["flagged"] = [field.value for field in flagged]
    if form.systems is not None:
        data["systems"] = list(form.systems)
    for name in ("type", "environment", "risk", "confidential", "implementer"):
        value = getattr(form, name)
        if value is not None and value != "":
            data[name] = value
    for name in ("live_since", "access_until"):
        value = getattr(form, name)
        if value is not None:
            data[name] = value.isoformat()
    if form.incident is not None:
        data["incident"] = incident_named(form.incident) or ""
    if form.jira is not None:
        data["jira"] = _jira(form.jira) or ""
    if isinstance(form, Declaration) and form.open_incident and turn.rules.pagerduty.service:
        data["open_incident"] = not data.get("incident")
    for name in ("cvss", "known_since"):
        value = getattr(form, name)
        if value is not None:
            data[name] = value.strip()
    data |= by_type.recorded(turn, _by_type(turn, form, case))
    if isinstance(form, Declaration):
        data = {name: value for name, value in data.items() if value != ""}
    return data


def differing(case: Case, form: Details) -> Details:
    """Only what differs from the record: a form sends back every field it showed."""
    now: Mapping[str, Any] = {
        "title": case.text(Field.TITLE),
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
        "put_off_until": case.put_off.until if case.put_off else "",
        "put_off_owner": case.put_off.owner if case.put_off else "",
        "put_off_control": case.body(case.put_off.control) if case.put_off else "",
    }
    same: dict[str, Any] = {}
    for name, value in now.items():
        given = getattr(form, name)
        plain = given.strip() if isinstance(given, str) else given
        if (
            plain == value
            or (plain in ("", None) and value in ("", None))
            or (name == "systems" and set(given or ()) == set(value))
        ):
            same[name] = None
    return replace(form, **same)
