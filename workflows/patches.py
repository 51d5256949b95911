"""The clock of a vulnerability patch: from the day it became known, by severity, never started again. Pure.

Source: ISO 27001 A.8.8, CONTROLS. A severity that nobody stated counts as critical until somebody does.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from workflows.case import Case
from workflows.change import Outcome, Status, Type
from workflows.quiet import zone_of
from workflows.ruleset import Patches, Rules


class Band(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def band(score: float | None) -> Band:
    """≥ 9.0 critical, ≥ 7.0 high, ≥ 4.0 medium, below low; unknown is critical."""
    if score is None or score >= 9.0:
        return Band.CRITICAL
    if score >= 7.0:
        return Band.HIGH
    return Band.MEDIUM if score >= 4.0 else Band.LOW


def allowed(patches: Patches, of: Band) -> timedelta:
    """How long a patch of that band may take."""
    return {
        Band.CRITICAL: patches.critical,
        Band.HIGH: patches.high,
        Band.MEDIUM: patches.medium,
        Band.LOW: patches.low,
    }[of]


def known_at(case: Case, rules: Rules) -> datetime:
    """When the clock started: the beginning of the day it became known, in the policy's zone; else the declaration."""
    if not case.known_since:
        return case.declared_at
    day = date.fromisoformat(case.known_since)
    return datetime.combine(day, time(), zone_of(rules.zone)).astimezone(UTC)


def due(case: Case, rules: Rules) -> datetime | None:
    """By when it has to be patched; None for what is no patch."""
    if case.type is not Type.PATCH:
        return None
    return known_at(case, rules) + allowed(rules.patches, band(_score(case.cvss_score)))


def _score(text: str | None) -> float | None:
    return float(text) if text else None


def put_off_until(case: Case, rules: Rules) -> datetime | None:
    """Until when a put-off patch need not be there: the end of that day."""
    if case.put_off is None:
        return None
    day = date.fromisoformat(case.put_off.until) + timedelta(days=1)
    return datetime.combine(day, time(), zone_of(rules.zone)).astimezone(UTC)


def owed(case: Case) -> bool:
    """Whether the patch is still to come: nothing of it worked yet, and it was not given up for another change."""
    if case.type is not Type.PATCH or case.drill or case.status in (Status.WITHDRAWN, Status.SUPERSEDED):
        return False
    return not any(d.outcome is Outcome.OK for d in case.deployments)
