"""What a decision rested on, as it is kept with it."""

import hashlib
from typing import Any

import rfc8785

from workflows import binding, conditions
from workflows.case import Case
from workflows.change import Kind, Verdict
from workflows.standing import Roster
from workflows.turn import Turn


def evidence(turn: Turn, case: Case, verdict: Verdict) -> dict[str, Any]:
    """What the decision rested on: who, by which readings of what age, which rule, and exactly which document.

    `known_as`: the account and e-mail of who decided. `document` is the SHA-256 of the canonical JSON of the
    commitments the person decided on. Of whoever is in the group by being on call, the shift is kept with it. A deploy
    adds what its digest is made of and what GitHub said.
    """
    accounts = case.standing.accounts.get(turn.actor.person, ())
    account = next((a for a in accounts if a.slack == turn.actor.slack), None)
    roster = case.standing.rosters.get(verdict.right or "")
    document: dict[str, Any] = {
        "texts": {name.value: digest for name, digest in case.texts.items()},
        "systems": list(case.systems),
        "environment": case.environment,
        "risk": case.risk.value,
        "revision": case.revision,
    }
    found: dict[str, Any] = {
        "policy": turn.rules.digest,
        "rule": verdict.rule,
        "max_age": int(turn.rules.standing_max_age.total_seconds()),
        "account": {"slack": account.slack, "as_of": account.as_of.isoformat()} if account else None,
        "roster": {
            "group": roster.group,
            "as_of": as_of.isoformat() if (as_of := roster.read_at(turn.actor.person)) else None,
            "members": sorted(roster.members),
            **_on_call(roster, turn.actor.person),
        }
        if roster
        else None,
        "known_as": turn.known_as([turn.actor.person]),
        "document": hashlib.sha256(rfc8785.dumps(document)).hexdigest(),
    }
    return found | _of_deploy(turn, case) if case.kind is Kind.DEPLOY else found


def _on_call(roster: Roster, person: str) -> dict[str, Any]:
    """The shift by which the person is in the group, of whoever is in it by nothing else; times as ISO 8601."""
    shift = next((one for one in roster.shifts if one.person == person), None)
    if shift is None or person in roster.fixed:
        return {}
    told: dict[str, Any] = {
        "user": shift.user,
        "schedule": shift.schedule,
        "policy": shift.policy,
        "level": shift.level,
        "from": shift.since.isoformat() if shift.since else None,
        "until": shift.until.isoformat() if shift.until else None,
        "as_of": shift.as_of.isoformat(),
    }
    return {"on_call": told}


def _of_deploy(turn: Turn, case: Case) -> dict[str, Any]:
    """The bound values, each condition with the facts it rested on, the age of the reading, what freezes were lifted.

    `login`: the GitHub account by which the decider was told from the authors.
    """
    return {
        "bound": binding.bound(case, turn.rules),
        "conditions": [
            {"condition": str(held.requirement), "state": held.state.value, "facts": dict(held.facts)}
            for held in conditions.evaluate(case, turn.rules)
        ],
        "reading": {
            "as_of": case.read.as_of.isoformat() if case.read.as_of else None,
            "unlinked": case.unlinked,
            "sha": case.reading.sha if case.reading else None,
            "commits": len(case.reading.commits) if case.reading else 0,
        },
        "login": case.standing.logins.get(turn.actor.person),
        "lifted": [one.freeze for one in case.lifted],
    }
