"""What each type of change is asked for besides: the end of access, severity and age of a patch, a plan's digest."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflows import access, patches, plans, severity
from workflows.case import Case
from workflows.change import Type
from workflows.quiet import zone_of
from workflows.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a form says of it, None: nothing. `before`: the change as it is on record; `origin`: what a new one goes on.

    `type`: of the change as it will be.
    """

    type: Type
    access_until: datetime | None = None
    cvss: str | None = None
    known_since: str | None = None
    plan_output: str | None = None
    before: Case | None = None
    origin: Case | None = None


def mistakes(turn: Turn, given: Given) -> dict[str, str]:
    """What is wrong with these fields, by name.

    Access ends later than now and within 12 hours. A patch became known on a day that is not in the future; once that
    is on record, also with the change that this one goes on with, it only moves back.
    """
    found: dict[str, str] = {}
    if given.access_until and given.access_until <= turn.now:
        found["access_until"] = "access-past"
    elif given.access_until and given.access_until > turn.now + access.AT_MOST:
        found["access_until"] = "access-long"
    if given.cvss and given.cvss.strip() and severity.score(given.cvss) is None:
        found["cvss"] = "cvss"
    if code := _known(turn, given):
        found["known_since"] = code
    return found


def _known(turn: Turn, given: Given) -> str | None:
    if given.known_since is None:
        return None
    clock, text = _clock(turn, given), given.known_since.strip()
    if not text:
        return "later" if given.before is not None and clock is not None and given.before.known_since else None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "day"
    if day > _day(turn, turn.now):
        return "future"
    return "later" if clock is not None and day > clock else None


def _clock(turn: Turn, given: Given) -> date | None:
    """The day on which the clock of this patch began, as far as it is on record."""
    before = given.before or given.origin
    if before is None or before.type is not Type.PATCH:
        return None
    return date.fromisoformat(before.known_since) if before.known_since else _day(turn, before.declared_at)


def _day(turn: Turn, at: datetime) -> date:
    return at.astimezone(zone_of(turn.rules.zone)).date()


def recorded(turn: Turn, given: Given) -> dict[str, Any]:
    """The event's data of it: numbers, times and digests; of a form without `mistakes`."""
    return {**_access(turn, given), **_patch(turn, given), **_plan(given)}


def _access(turn: Turn, given: Given) -> dict[str, Any]:
    if given.type is not Type.ACCESS or given.access_until or (given.before and given.before.access_until):
        return {}
    return {"access_until": access.default_until(turn.now).isoformat()}


def _patch(turn: Turn, given: Given) -> dict[str, Any]:
    """The score, and by when it has to be there; a change that goes on with another keeps its clock."""
    before, data = given.before, dict[str, Any]()
    if given.cvss is not None:
        score = severity.score(given.cvss)
        data["cvss_score"] = "" if score is None else str(score)
    if given.type is not Type.PATCH:
        return data | ({"patch_due": ""} if before and before.patch_due else {})
    known = (given.known_since or "").strip() or (before.known_since if before else None)
    if not known and given.origin is not None and (clock := _clock(turn, given)):
        known = data["known_since"] = clock.isoformat()
    rated = data.get("cvss_score", before.cvss_score if before else None)
    changed = before is None or before.patch_due is None or given.cvss is not None or given.known_since is not None
    if changed:
        since = before.declared_at if before else turn.now
        data["patch_due"] = patches.due_by(known, rated, since, turn.rules).isoformat()
    return data


def _plan(given: Given) -> dict[str, Any]:
    if given.plan_output is None:
        return {}
    return {"plan_sha256": plan_digest(given.plan_output), "plan_summary": plans.summary(given.plan_output)}


def plan_digest(output: str) -> str:
    """The SHA-256 (hex) of a plan's output as it was given, without white space around it; "" of nothing."""
    plain = output.strip()
    return hashlib.sha256(plain.encode(errors="ignore")).hexdigest() if plain else ""
