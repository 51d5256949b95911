"""What a deploy's record says more than an emergency's: the commit, what GitHub said, what let it through. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from workflows import dossier_facts
from workflows.case import Case
from workflows.change import Kind
from workflows.event import Event
from workflows.moments import moment_text


def of(case: Case, told: Sequence[tuple[Event, str]], name: Callable[[str], str | None]) -> dict[str, Any]:
    """The values of a deploy; of an emergency what it let through; an empty mapping for everything else.

    `name`: a person id as the record names it. `conditions`: as they stood at the last approval, each with the facts
    it rested on; `sampled`: what auditors ask of every deploy, whether the policy asked for it or not.
    """
    if case.kind is not Kind.DEPLOY:
        found = {"let_through": let_through(case)} if case.passed else {}
        return found | ({"logs": logs(case)} if case.logs else {})
    last = next((e.data for e, _ in reversed(told) if e.kind == "approved"), {})
    proof = last.get("evidence") or {}
    return {
        "repository": case.repository,
        "ref": case.ref,
        "sha": case.sha,
        "digest": last.get("digest"),
        "conditions": proof.get("conditions", []),
        "sampled": dossier_facts.sampled(case, told),
        "read_at": (proof.get("reading") or {}).get("as_of"),
        "valid_until": _time(case.valid_until),
        "expired_at": _time(case.expired_at),
        "let_through": let_through(case),
        "freezes_lifted": [
            {"at": moment_text(one.at), "by": name(one.by), "reason": case.body(one.reason)} for one in case.lifted
        ],
        "rollback_of": case.rollback.of if case.rollback else None,
        "replaces": list(case.replaces),
        "rejected_before": [key for key, _ in case.rejected_before],
        "superseded_by": case.superseded_by,
        "plan_sha256": case.plan_sha256,
        "logs": logs(case),
        "without_github": case.unlinked,
    }


def let_through(case: Case) -> list[dict[str, Any]]:
    """Every commit that the gate let through on this change; `in_freeze`: although it held everything else then."""
    return [
        {
            "sha": one.sha,
            "at": moment_text(one.at),
            "basis": one.basis.value,
            "by": one.by,
            "in_freeze": bool(one.freeze),
        }
        for one in case.passed
    ]


def logs(case: Case) -> list[dict[str, Any]]:
    """The CI logs that were kept, or that are not to be had: then `sha256` is null and `missing` says why."""
    return [
        {
            "repository": one.repository,
            "sha": one.sha,
            "run": one.run,
            "attempt": one.attempt,
            "sha256": one.sha256,
            "bytes": one.size,
            "at": moment_text(one.at),
            "missing": one.why or None,
        }
        for one in case.logs
    ]


def finding(case: Case, name: Callable[[str], str | None]) -> dict[str, Any]:
    """What a finding saw, and where; an empty mapping for everything else."""
    seen = case.sighting
    if seen is None:
        return {}
    return {
        "what": seen.what.value,
        "at": moment_text(seen.at),
        "source": seen.source,
        "repository": seen.repository or None,
        "sha": seen.sha or None,
        "branch": seen.branch,
        "by": name(seen.by),
        "login": seen.login or None,
        "url": seen.url,
        "nearest_change": seen.near,
    }


def exceptions(case: Case) -> list[str]:
    """What an auditor will ask about a deploy, what went through the gate, or its CI logs, as codes."""
    passed = ["passed-in-freeze"] if any(one.freeze for one in case.passed) else []
    passed += ["ci-logs-missing"] if any(one.sha256 is None for one in case.logs) else []
    if case.kind is not Kind.DEPLOY:
        return passed
    found = {
        "deployed-around-the-gate": any(d.basis == "none" for d in case.deployments),
        "freeze-lifted": bool(case.lifted),
        "rolled-back-by-rule": case.rollback is not None,
        "without-github": case.unlinked,
    }
    return [*passed, *(name for name, so in found.items() if so)]


def links(case: Case) -> str | None:
    """The commit as people write it: owner/name@sha."""
    return f"{case.repository}@{case.sha}" if case.repository and case.sha else None


def _time(at: datetime | None) -> str | None:
    return moment_text(at) if at else None
