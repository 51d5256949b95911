"""Asking for a deploy: recorded at once, whatever else is down; decided only on what GitHub said."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from workflows import (
    ageing,
    announce,
    asking,
    documents,
    facts,
    learning,
    ledger,
    matching,
    policy,
    quorum,
    read_times,
    readiness,
)
from workflows.case import Account, Case, Done, Refused
from workflows.change import Kind, Mistakes, Risk, Status, Type
from workflows.documents import Details
from workflows.models import changes
from workflows.placeholders import placeholder
from workflows.reading import Reading
from workflows.rows import Line, Told
from workflows.turn import Turn

REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
REF = re.compile(r"[^\s\x00-\x20\x7f~^:?*\[\\<>]{1,255}")
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
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


def ask(turn: Turn, form: Request, reading: Reading | None) -> Done | Refused | Mistakes:
    """Record a request at once, with what GitHub said if it said anything; post its card, ask who may decide.

    It takes the place of an older one of the same repository and environment that is still pending. Mistakes are by
    the names of `Request`.
    """
    verdict = policy.may_declare(_account(turn))
    if not verdict.allowed and not form.by_gate:  # a run waits whoever started it; it is recorded in any case
        return Refused(verdict, None, recorded=False)
    wrong = _mistakes(turn, form, reading)
    if wrong:
        return Mistakes(wrong)
    ledger.lock_notes(turn.tx)
    older = superseded_by(turn, form.repository, form.environment)
    case = turn.with_standing(_record(turn, form, [one.key for one in older], reading))
    announce.card(turn, case, case.posted, main=True)
    if form.channel and form.channel != case.posted:
        announce.card(turn, case, form.channel, main=False)
    case = first_reading(turn, case, reading)
    case = asking.when_ready(turn, ageing.note_freeze(turn, case))
    people = list(case.asks[0].people) if case.asks else []
    replaces = list(case.replaces) or None
    announce.line(turn, case, Line.REQUESTED, by=case.requester, people=people, replaces=replaces)
    also = supersede(turn, older, case)
    return Done(announce.settle(turn, case, also=also), ("requested",))


def first_reading(turn: Turn, case: Case, reading: Reading | None) -> Case:
    """The case with its first reading; without one it is kept since when GitHub is silent."""
    if reading is not None:
        return learning.record(turn, case, reading, as_of=turn.now)[0]
    if not case.unlinked:
        facts.failed(turn.tx, read_times.FACT, case.id, "silent", at=turn.now)
    return turn.with_standing(case)


def _account(turn: Turn) -> Account | None:
    known = facts.standing(turn.tx, turn.rules, {turn.actor.person}).accounts.get(turn.actor.person, ())
    return next((account for account in known if account.slack == turn.actor.slack), None)


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


def _mistakes(turn: Turn, form: Request, reading: Reading | None) -> dict[str, str]:
    found = documents.mistakes(turn, _details(form))
    if "broken" in found:
        found["why"] = found.pop("broken")
    if not form.by_gate:
        found |= texts_missing({name: getattr(form, name) for name in ("title", "why", "tests", "rollback")})
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


def texts_missing(texts: dict[str, str | None]) -> dict[str, str]:
    """What of the required texts is empty or says nothing; None: not given, so not looked at."""
    title = texts.get("title") or ""
    found: dict[str, str] = {}
    for name, text in texts.items():
        others = () if name in ("title", "why") else (title,)
        if text is not None and not text.strip():
            found[name] = "empty"
        elif text is not None and placeholder(text, others=others):
            found[name] = "placeholder"
    return found


def _systems(turn: Turn, form: Request) -> tuple[str, ...]:
    """Those of the form, else those of the policy that have this repository."""
    name = form.repository.strip().lower()
    served = (s.name for s in turn.rules.systems.values() if name in {r.lower() for r in s.repositories})
    return form.systems or tuple(served)


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
        reading=reading,
    )


def _record(turn: Turn, form: Request, replaces: list[str], reading: Reading | None) -> Case:
    ref = (form.ref or form.sha).strip()
    sha = form.sha or (ref if COMMIT.fullmatch(ref) else "") or (reading.sha if reading else "")
    data = documents.recorded(turn, _details(form)) | {
        "repository": form.repository.strip(),
        "ref": ref,
        "sha": sha or None,
        "systems": list(_systems(turn, form)),
        "implementer": turn.actor.person,
        "unlinked": form.unlinked or None,
        "replaces": replaces or None,
        "known_as": turn.known_as((turn.actor.person,)),
        "account": turn.actor.slack,
        "policy": turn.rules.digest,
        "posted": turn.rules.deploys,
        "channel": form.channel,
    }
    data["texts"] = {name: digest for name, digest in data["texts"].items() if digest}
    return ledger.declare(
        turn.tx,
        kind=Kind.DEPLOY,
        drill=False,
        data={name: value for name, value in data.items() if value is not None and value != ""},
        actor=turn.actor,
        now=turn.now,
        new_id=turn.new_id,
    )


def superseded_by(turn: Turn, repository: str, environment: str) -> list[Case]:
    """The pending requests whose place a new one takes, each held, in the one order."""
    held = (turn.hold(id) for id in sorted(open_for(turn.tx, repository, environment)))
    return [case for case in held if case is not None and readiness.pending(case)]


def supersede(turn: Turn, older: list[Case], newer: Case) -> set[str]:
    """Close the older requests, and tell whoever was asked; return whose App Home shows something else."""
    people: set[str] = set()
    for case in older:
        case = turn.advance(case, "superseded", by_key=newer.key)
        by = turn.actor.person
        announce.line(turn, case, Line.SUPERSEDED, by=by, key=newer.key)
        heard = {case.requester, case.implementer, *(a.person for a in quorum.voices(case))}
        announce.tell(turn, case, sorted(heard), Told.SUPERSEDED, by=by, at=turn.now, key=newer.key)
        ledger.set_next_due(turn.tx, case.id, None)
        people |= heard | {p for a in case.asks for p in a.people}
    return people


def _of(repository: str) -> Any:
    return (changes.c.kind == Kind.DEPLOY.value) & (changes.c.repository == repository.strip().lower())


def open_for(tx: Connection, repository: str, environment: str) -> list[str]:
    """The requests that wait for a decision or for their pipeline, oldest first."""
    here = (changes.c.environment == environment, changes.c.status.in_([s.value for s in readiness.PENDING]))
    return list(tx.scalars(select(changes.c.id).where(_of(repository), *here).order_by(changes.c.declared_at)))


def find(tx: Connection, repository: str, sha: str, environment: str) -> list[str]:
    """Every request for exactly this commit there, newest first."""
    here = (changes.c.environment == environment, changes.c.sha == sha)
    newest = (changes.c.declared_at.desc(), changes.c.id.desc())
    return list(tx.scalars(select(changes.c.id).where(_of(repository), *here).order_by(*newest)))


def ids_on(tx: Connection, repository: str) -> list[str]:
    """The open requests of a repository, for any environment: what a push may move."""
    waits = changes.c.closed_at.is_(None)
    return list(tx.scalars(select(changes.c.id).where(_of(repository), waits).order_by(changes.c.id)))
