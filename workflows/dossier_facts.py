"""What GitHub said of a deploy when it was decided, asked for by the policy or not: plain values. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from workflows import conditions
from workflows.case import Case
from workflows.event import Event
from workflows.reading_json import from_json
from workflows.ruleset import Condition

SAMPLED = (Condition.CHECKS_PASS, Condition.REVIEWED, Condition.STAGING_FIRST, Condition.PROTECTED)
"""What auditors sample of every deploy, whether a rule asks for it or not."""


def sampled(case: Case, told: Sequence[tuple[Event, str]]) -> dict[str, Any]:
    """Condition → {state, facts, asked} as at the last approval (without one: as last read); `asked`: by the policy.

    What the decision itself kept is taken from there; the rest is worked out from what had been read by then.
    """
    decided = next((e for e, _ in reversed(told) if e.kind == "approved"), None)
    end = decided.seq if decided else told[-1][0].seq if told else 0
    readings = [e.data["reading"] for e, _ in told if e.seq <= end and "reading" in e.data]
    reading = from_json(readings[-1]) if readings else None
    return answered(replace(case, reading=reading, sha=reading.sha if reading else case.sha), decided)


def answered(then: Case, decided: Event | None) -> dict[str, Any]:
    """The same of a case as it was read when it was `decided` (its last approval)."""
    kept = {
        str(one["condition"]).partition(":")[0]: one
        for one in ((decided.data.get("evidence") or {}).get("conditions", []) if decided else [])
    }
    found: dict[str, Any] = {}
    for condition in SAMPLED:
        if condition.value in kept:
            one = kept[condition.value]
            found[condition.value] = {"state": one["state"], "facts": dict(one["facts"]), "asked": True}
        else:
            held = conditions.evaluate_one(then, condition)
            found[condition.value] = {"state": held.state.value, "facts": dict(held.facts), "asked": False}
    return found
