"""What an approval is bound to: one digest over everything that was approved. Pure.

Source: DESIGN §4. A push, an edit, or a policy under which another rule, other groups or other conditions hold gives
another digest, and the voice no longer counts.
"""

import hashlib
import json
from typing import Any

from workflows import matching
from workflows.case import Case
from workflows.ruleset import Rules


def digest(case: Case, rules: Rules) -> str:
    """SHA-256 (hex) over the document's commitments, repository, SHA, environment and the matched rule."""
    return hashlib.sha256(json.dumps(bound(case, rules), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def bound(case: Case, rules: Rules) -> dict[str, Any]:
    """The values that the digest is made of, as an auditor computes them again."""
    rule = matching.deploy_rule(case, rules)
    return {
        "texts": {name.value: text for name, text in case.texts.items()},
        "systems": sorted(case.systems),
        "risk": case.risk.value,
        "type": case.type.value,
        "plan_sha256": case.plan_sha256 or "",
        "access_until": case.access_until.isoformat() if case.access_until else "",
        "repository": (case.repository or "").lower(),
        "sha": case.sha or "",
        "environment": case.environment,
        "revision": case.revision,
        "rule": {
            "approvers": [[need.group, need.count] for need in rule.approvers],
            "fallback": list(rule.fallback),
            "require": [str(one) for one in rule.require],
            "valid_for": int(rule.valid_for.total_seconds()),
        },
    }
