"""What is asked for: the form of a deploy, what is wrong with it, and what of it is recorded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows import documents, freezes, ledger, matching, rejections
from workflows.case import Case
from workflows.change import Field, Kind, Risk, Status, Type
from workflows.documents import Details
from workflows.gated import Rollback
from workflows.placeholders import placeholder
from workflows.reading import Reading
from workflows.turn import Turn

REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
REF = re.compile(r"[^\s\x00-\x20\x7f~^:?*\[\\<>]{1,255}")
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NAMES = {"broken": "why"}
ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/ -]{0,254}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the form says; free text as typed. `sha`: the commit the person saw, if any; `ref` a branch, tag or SHA.

    `unlinked`: no GitHub is configured. `by_gate`: no person filled in a form, a pipeline waits; texts may be missing.
    """

    repository: str
    ref: str
    environment: str = "production"
    sha: str = ""
    title: str
    why: str
    systems: tuple[str, ...] = ()
    risk: Risk = Risk.MEDIUM
    type: Type = Type.CODE
    tests: str = ""
    rollback: str = ""
    plan: str = ""
    plan_output: str = ""
    staging_proof: str = ""
    advisory: str = ""
    cvss: str = ""
    known_since: str = ""
    access: str = ""
    access_until: datetime | None = None
    jira: str = ""
    channel: str | None = None
    unlinked: bool = False
    by_gate: bool = False


def mistakes(turn: Turn, form: Request, reading: Reading | None) -> dict[str, str]:
    found = mistakes_of(turn, _details(form), title=form.title) if not form.by_gate else {}
    found |= {n: "empty" for n in ("tests", "rollback") if not form.by_gate and not getattr(form, n).strip()}
    if not REPOSITORY.fullmatch(form.repository.strip()) and (form.repository or form.type is not Type.ACCESS):
        found["repository"] = "repository" if form.repository.strip() else "empty"
    if form.repository and not REF.fullmatch((form.ref or form.sha).strip()):
        found["ref"] = "ref" if form.ref.strip() else "empty"
    if form.sha and not COMMIT.fullmatch(form.sha):
        found["ref"] = "ref"
    if not ENVIRONMENT.fullmatch(form.environment.strip()):
        found["environment"] = "environment" if form.environment.strip() else "empty"
    if not found and not form.by_gate and matching.deploy_rule(_draft(turn, form, reading), turn.rules).index == 0:
        found["environment"] = "no-rule"
    return found


def mistakes_of(turn: Turn, form: Details, *, title: str, case: Case | None = None) -> dict[str, str]:
    """What is wrong with the fields that are given, by the names of `Request`; required texts have to say something.

    `title` stands when the form gives none; `case`: as it is on record, None for a new request.
    """
    found = {_NAMES.get(name, name): code for name, code in documents.mistakes(turn, form, case).items()}
    for name in ("title", "why", "tests", "rollback"):
        text = getattr(form, "broken" if name == "why" else name)
        others = () if name in ("title", "why") else (form.title or title,)
        if text is not None and not text.strip():
            found[name] = "empty"
        elif text is not None and placeholder(text, others=others):
            found[name] = "placeholder"
    return found


def edited(turn: Turn, case: Case, changed: Details) -> dict[str, Any]:
    """What is recorded of an edit; the title stays where only the justification is another."""
    data = documents.recorded(turn, changed, title=case.text(Field.TITLE) or "", case=case)
    if changed.title is None:
        data["texts"].pop(Field.TITLE.value, None)
    kept = [f.value for f in case.flagged if f.value not in data["texts"]]
    data["flagged"] = sorted({*data["flagged"], *kept})
    if changed.implementer:
        data["known_as"] = turn.known_as([changed.implementer])
    return data


def _draft(turn: Turn, form: Request, reading: Reading | None) -> Case:
    """The request as a case, to find its rule before there is any record."""
    return Case(
        id="",
        key="",
        kind=Kind.DEPLOY,
        status=Status.REQUESTED,
        type=form.type,
        environment=form.environment.strip(),
        risk=form.risk,
        systems=_systems(turn, form),
        requester=turn.actor.person,
        implementer=turn.actor.person,
        declared_at=turn.now,
        repository=form.repository.strip(),
        sha=reading.sha if reading else None,
        reading=reading,
    )


def _details(form: Request) -> Details:
    return Details(
        title=form.title,
        broken=form.why,
        plan=form.plan or None,
        systems=form.systems or None,
        type=form.type,
        environment=form.environment.strip(),
        risk=form.risk,
        tests=form.tests or None,
        rollback=form.rollback or None,
        plan_output=form.plan_output or None,
        staging_proof=form.staging_proof or None,
        advisory=form.advisory or None,
        cvss=form.cvss or None,
        known_since=form.known_since or None,
        access=form.access or None,
        access_until=form.access_until,
        jira=form.jira or None,
    )


def _systems(turn: Turn, form: Request) -> tuple[str, ...]:
    """Those of the form, else those of the policy that have this repository."""
    name = form.repository.strip().lower()
    served = (s.name for s in turn.rules.systems.values() if name in {r.lower() for r in s.repositories})
    return form.systems or tuple(served)


def record(turn: Turn, form: Request, replaces: list[str], reading: Reading | None) -> Case:
    ref = (form.ref or form.sha).strip()
    sha = form.sha or (ref if COMMIT.fullmatch(ref) else "") or (reading.sha if reading else "")
    data = documents.recorded(turn, _details(form)) | {
        "repository": form.repository.strip(),
        "ref": ref,
        "sha": sha or None,
        "systems": list(_systems(turn, form)),
        "unlinked": form.unlinked or None,
        "replaces": replaces or None,
        "rejected_before": rejections.of(turn.tx, repository=form.repository, environment=form.environment, sha=sha)
        or None,
        "channel": form.channel,
        **_about(turn),
    }
    data["texts"] = {name: digest for name, digest in data["texts"].items() if digest}
    return _declare(turn, data)


def _about(turn: Turn) -> dict[str, Any]:
    """Who asks, under which policy, and where the card stands."""
    return {
        "implementer": turn.actor.person,
        "known_as": turn.known_as((turn.actor.person,)),
        "account": turn.actor.slack,
        "policy": turn.rules.digest,
        "posted": turn.rules.deploys,
    }


def _declare(turn: Turn, data: dict[str, Any]) -> Case:
    return ledger.declare(
        turn.tx,
        kind=Kind.DEPLOY,
        drill=False,
        data={name: value for name, value in data.items() if value is not None and value != ""},
        actor=turn.actor,
        now=turn.now,
        new_id=turn.new_id,
    )


def record_rollback(
    turn: Turn, before: Case, back: Rollback, sha: str, reason: str, replaces: Sequence[str] = ()
) -> Case:
    """Record the way back to a commit of the request `before`; what that one was of, this one is of."""
    why = turn.text(reason)
    told = {
        "texts": {Field.TITLE.value: turn.text(documents.headline(reason)), Field.WHY.value: why},
        "flagged": [],
        "repository": before.repository,
        "ref": sha,
        "sha": sha,
        "environment": before.environment,
        "systems": list(before.systems),
        "risk": before.risk.value,
        "type": before.type.value,
        "rollback": {"of": back.of, "live_at": back.live_at.isoformat(), "away_from": back.away_from},
        "reason": why,
        "replaces": list(replaces) or None,
        "frozen": [one.id for one in freezes.current(turn.rules, before.environment, turn.now)],
        **_about(turn),
    }
    return _declare(turn, told)
