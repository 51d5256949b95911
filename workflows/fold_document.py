"""How what is written down of a change changes its case: the declaration, and every detail added later."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflows.case import Case, Party
from workflows.change import Field, Kind, Relation, Risk, Status, Type
from workflows.event import Event, maybe_time, who
from workflows.transitions import WAITING


def declared(event: Event) -> Case:
    d = event.data
    by = who(event)
    implementer = d.get("implementer") or by
    return Case(
        id=event.subject,
        key=d["key"],
        kind=Kind(d.get("kind", "emergency")),
        status=WAITING[Kind(d.get("kind", "emergency"))],
        type=Type(d.get("type", "code")),
        drill=bool(d.get("drill", False)),
        environment=d.get("environment", "production"),
        risk=Risk(d.get("risk", "high")),
        systems=tuple(d.get("systems", ())),
        texts={Field(name): digest for name, digest in d.get("texts", {}).items()},
        flagged=tuple(Field(name) for name in d.get("flagged", ())),
        requester=by,
        implementer=implementer,
        account=d.get("account"),
        operator=event.operator,
        confidential=bool(d.get("confidential", False)),
        declared_at=event.at,
        live_since=maybe_time(d.get("live_since")),
        access_until=maybe_time(d.get("access_until")),
        incident=d.get("incident"),
        jira=d.get("jira"),
        open_incident=bool(d.get("open_incident", False)),
        cvss=d.get("cvss"),
        known_since=d.get("known_since"),
        plan_sha256=d.get("plan_sha256"),
        cvss_score=d.get("cvss_score"),
        patch_due=maybe_time(d.get("patch_due")),
        plan_summary=d.get("plan_summary"),
        policy=d.get("policy", ""),
        posted=d.get("posted", ""),
        channel=d.get("channel"),
        related=tuple(d.get("related", ())),
        origin_key=d.get("origin_key"),
        parties=_parties(by, implementer, event.at),
    )


def _parties(requester: str, implementer: str, at: datetime) -> tuple[Party, ...]:
    first = Party(requester, Relation.REQUESTER, at)
    return (first, Party(implementer, Relation.IMPLEMENTER, at))


def rejected_before(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What was rejected for the commit before, as an event tells it: (key, person)."""
    return tuple((one["key"], one["by"]) for one in data.get("rejected_before", ()))


def detailed(case: Case, event: Event) -> Case:
    d = event.data
    values: dict[str, Any] = {name: d[name] for name in ("ref", "sha") if name in d}
    if "sha" in d or "environment" in d:
        values["rejected_before"] = rejected_before(d)
    texts = dict(case.texts)
    for name, digest in d.get("texts", {}).items():
        if digest is None:
            texts.pop(Field(name), None)
        else:
            texts[Field(name)] = digest
    for name in ("environment", "implementer", "confidential"):
        if name in d:
            values[name] = d[name]
    for name in ("incident", "jira", "cvss", "known_since", "plan_sha256", "cvss_score", "plan_summary"):
        if name in d:
            values[name] = d[name] or None
    for name in ("live_since", "access_until", "patch_due"):
        if name in d:
            values[name] = maybe_time(d[name])
    values |= _linked_elsewhere(case, d)
    if "systems" in d:
        values["systems"] = tuple(d["systems"])
    if "type" in d:
        values["type"] = Type(d["type"])
    if "risk" in d:
        values["risk"] = Risk(d["risk"])
    if "flagged" in d:
        values["flagged"] = tuple(Field(name) for name in d["flagged"])
    after = replace(case, texts=texts, **values)
    if "implementer" in d and not any(
        p.person == d["implementer"] and p.relation is Relation.IMPLEMENTER for p in case.parties
    ):
        after = replace(after, parties=(*after.parties, Party(d["implementer"], Relation.IMPLEMENTER, event.at)))
    if not d.get("voids"):
        return after
    return _voided(after, event)


def _linked_elsewhere(case: Case, data: Mapping[str, Any]) -> dict[str, Any]:
    """Another incident or issue is named: what was read of the one before is not of this one."""
    found: dict[str, Any] = {}
    seen = case.incident_seen
    if seen is not None and data.get("incident", case.incident) not in (case.incident, str(seen.number), seen.id):
        found["incident_seen"] = None
    if case.issue is not None and data.get("jira", case.jira) not in (case.jira, case.issue.key):
        found["issue"] = None
    return found


def _voided(case: Case, event: Event) -> Case:
    """The next version: no voice counts for it. What is under way or live stays so, with no approval any more."""
    void = replace(
        case,
        revision=case.revision + 1,
        changed_at=event.at,
        changed=tuple(event.data.get("changed", ())),
        decision=case.decision if case.decision and case.decision.kind != "approved" else None,
        # An objection is final, whatever is edited afterwards; an agreement was to what was there.
        afterwards=case.afterwards if case.afterwards and case.afterwards.kind == "objected" else None,
    )
    if case.kind is Kind.DEPLOY:
        return replace(void, status=Status.REQUESTED, decision=None, valid_until=None, closed_at=None)
    if case.status not in (Status.DECLARED, Status.APPROVED):
        return void if void.decision else replace(void, window_until=None)
    return replace(void, status=Status.DECLARED, window_until=None, review=None, later_until=None)
