"""The clock of a vulnerability patch: from the day it became known, by severity, never started again. Pure.

Source: ISO 27001 A.8.8, CONTROLS. A severity that nobody stated counts as critical until somebody does.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from workflows.case import Case
from workflows.change import Outcome, Status, Type
from workflows.quiet import zone_of
from workflows.rows import DebtKind
from workflows.ruleset import Patches, Rules

DAY = timedelta(days=1)
REF = "patch"


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
    return _began(case.known_since, case.declared_at, rules)


def _began(known_since: str | None, declared_at: datetime, rules: Rules) -> datetime:
    if not known_since:
        return declared_at
    return datetime.combine(date.fromisoformat(known_since), time(), zone_of(rules.zone)).astimezone(UTC)


def due(case: Case, rules: Rules) -> datetime | None:
    """By when it has to be patched under these rules; None for what is no patch. `Case.patch_due` is what holds."""
    if case.type is not Type.PATCH:
        return None
    return due_by(case.known_since, case.cvss_score, case.declared_at, rules)


def due_by(known_since: str | None, cvss_score: str | None, declared_at: datetime, rules: Rules) -> datetime:
    """By when a patch has to be there that is written so; `cvss_score` as "9.8"."""
    score = float(cvss_score) if cvss_score else None
    return _began(known_since, declared_at, rules) + allowed(rules.patches, band(score))


def put_off_until(case: Case, rules: Rules) -> datetime | None:
    """Until when a put-off patch need not be there: the end of that day."""
    if case.put_off is None:
        return None
    day = date.fromisoformat(case.put_off.until) + timedelta(days=1)
    return datetime.combine(day, time(), zone_of(rules.zone)).astimezone(UTC)


def owed(case: Case) -> bool:
    """Whether the patch is still to come: what was done last did not work, and it was not given up for another change.

    What was rejected, expired or failed is owed until another change goes on with it.
    """
    if case.patch_due is None or case.drill or case.status in (Status.WITHDRAWN, Status.SUPERSEDED):
        return False
    done = [one for one in case.deployments if one.outcome is not Outcome.STARTED]
    return not case.follow_on and not (done and done[-1].outcome is Outcome.OK)


def score_of(case: Case) -> float | None:
    """The CVSS score on record."""
    return float(case.cvss_score) if case.cvss_score else None


def answers(case: Case) -> str:
    """Who answers for a patch: whoever it was put off by name of, else whoever carries it out."""
    return case.put_off.owner if case.put_off else case.implementer


def patched_at(case: Case) -> datetime | None:
    """When it was there; None while it is owed, and for what is no patch."""
    done = [one.at for one in case.deployments if one.outcome is Outcome.OK]
    return done[0] if done and case.patch_due is not None and not owed(case) else None


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice of a patch that is owed: `name` is unique within the change."""

    name: str
    at: datetime
    kind: DebtKind


def notices(case: Case, rules: Rules, now: datetime) -> tuple[Notice, ...]:
    """Half-way, a day before, when due, and daily after it; put off, nothing before that ends, and then at once."""
    due_at = case.patch_due
    if due_at is None or not owed(case):
        return ()
    half = due_at - (due_at - known_at(case, rules)) / 2
    mark = due_at.isoformat()
    found = [Notice(f"patch:{mark}:half", half, DebtKind.REMINDER)]
    found += [Notice(f"patch:{mark}:day-before", due_at - DAY, DebtKind.REMINDER)] if due_at - DAY > half else []
    found = [one for one in found if one.at > case.declared_at]
    found.append(Notice(f"patch:{mark}:due", max(due_at, case.declared_at), DebtKind.ESCALATION))
    days = max((now - due_at) // DAY, 0) + 1
    daily = (
        Notice(f"patch:{mark}:daily:{n}", due_at + n * DAY, DebtKind.DAILY) for n in range(max(1, days - 1), days + 1)
    )
    found += [one for one in daily if one.at > case.declared_at]
    until = put_off_until(case, rules)
    if until is None:
        return tuple(found)
    again = Notice(f"patch:{mark}:again:{until.isoformat()}", until, _again(until, due_at))
    return (again, *(one for one in found if one.at > until))


def _again(until: datetime, due_at: datetime) -> DebtKind:
    return DebtKind.ESCALATION if until >= due_at else DebtKind.REMINDER


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchRow:
    """A patch that is owed. `title` and `advisory` are typed text, None: erased, confidential or never written.

    `waits_until`: it was put off until that day (YYYY-MM-DD).
    """

    key: str
    system: str
    title: str | None
    advisory: str | None
    score: str
    due: datetime
    person: str
    waits_until: str = ""
    confidential: bool = False
