"""Who made it is not known while a part of GitHub's answer is missing: then nobody approves."""

import pytest

from tests import build
from workflows import explaining, policy, readiness
from workflows.change import Action, Reason
from workflows.reading import Part


@pytest.mark.parametrize("part", [Part.COMMITS, Part.PULLS])
def test_nobody_approves_what_was_made_by_nobody_knows_whom(part: Part) -> None:
    rules = build.deploy_rules(build.deploy_rule(require=()))
    known = build.deploy(reading=build.reading())
    unknown = build.deploy(reading=build.reading(unknown={part: "403"}))
    who, now = build.actor("rel"), build.T0

    assert policy.may(Action.APPROVE, known, who, rules, now, revision=1).allowed
    verdict = policy.may(Action.APPROVE, unknown, who, rules, now, revision=1)
    assert (verdict.reason, verdict.facts["unread"]) == (Reason.EVIDENCE_UNKNOWN, part)
    assert readiness.ready(known, rules, now)
    assert not readiness.ready(unknown, rules, now)
    assert not explaining.explain(unknown, rules, now).ready
