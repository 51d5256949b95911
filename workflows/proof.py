"""What a decision rested on, as it is kept with it."""

import hashlib
from typing import Any

import rfc8785

from workflows import binding, conditions
from workflows.case import Case
from workflows.change import Kind, Verdict
from workflows.turn import Turn


def evidence(turn: Turn, case: Case, verdict: Verdict) -> dict[str, Any]:
    """What the decision rested on: who, by which readings of what age, which rule, and exactly which document.

    `known_as`: the account and e-mail of who decided. `document` is the SHA-256 of the canonical JSON of the
    commitments the person decided on. A deploy adds what its digest is made of and what GitHub said.
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
            "as_of": roster.as_of.isoformat() if roster.as_of else None,
            "members": sorted(roster.members),
        }
        if roster
        else None,
        "known_as": turn.known_as([turn.actor.person]),
        "document": hashlib.sha256(rfc8785.dumps(document)).hexdigest(),
    }
    return found | _of_deploy(turn, case) if case.kind is Kind.DEPLOY else found


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
