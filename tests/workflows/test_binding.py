"""What an approval is bound to: whatever was approved gives the digest, and nothing else does."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests import build
from tests.build import NEXT_SHA, RELEASERS, SECURITY, at, needs
from workflows import binding
from workflows.case import Ask, Case
from workflows.change import Field, Risk, Type
from workflows.ruleset import Condition, DeployRule, Need, Requirement

RULES = build.deploy_rules()
CASE = build.deploy()


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"sha": NEXT_SHA}, id="another commit"),
        pytest.param({"repository": "acme/web"}, id="another repository"),
        pytest.param({"environment": "staging"}, id="another environment"),
        pytest.param({"texts": {**CASE.texts, Field.ROLLBACK: "6" * 64}}, id="an edited rollback plan"),
        pytest.param({"texts": {**CASE.texts, Field.PLAN_OUTPUT: "6" * 64}}, id="a plan that came later"),
        pytest.param({"systems": ("payments", "web")}, id="another system"),
        pytest.param({"risk": Risk.HIGH}, id="another risk"),
        pytest.param({"type": Type.DATABASE}, id="another type"),
        pytest.param({"plan_sha256": "9" * 64}, id="another plan"),
        pytest.param({"revision": 2}, id="another revision"),
        pytest.param({"access_until": at(hours=4)}, id="access for longer"),
    ],
)
def test_what_was_approved_gives_the_digest(given: dict[str, Any]) -> None:
    everywhere = build.deploy_rules(build.deploy_rule(environments=()))
    assert binding.digest(replace(CASE, **given), everywhere) != binding.digest(CASE, everywhere)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(build.deploy_rule(approvers=needs(**{RELEASERS: 2})), id="one more voice"),
        pytest.param(build.deploy_rule(approvers=(Need(SECURITY),)), id="another group"),
        pytest.param(build.deploy_rule(fallback=(SECURITY,)), id="a fallback"),
        pytest.param(build.deploy_rule(require=(Requirement(Condition.CHECKS_PASS),)), id="a condition"),
        pytest.param(build.deploy_rule(valid_for=timedelta(hours=1)), id="another validity"),
        pytest.param(build.deploy_rule(environments=("staging",)), id="no rule at all"),
    ],
)
def test_another_rule_gives_another_digest(rule: DeployRule) -> None:
    assert binding.digest(CASE, build.deploy_rules(rule)) != binding.digest(CASE, RULES)


def test_named_checks_are_part_of_it() -> None:
    one, two = (
        build.deploy_rules(build.deploy_rule(require=(Requirement(Condition.CHECKS_PASS, names),)))
        for names in (("unit",), ("unit", "semgrep"))
    )
    assert binding.digest(CASE, one) != binding.digest(CASE, two)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"version": 9}, id="a later event"),
        pytest.param({"asks": (Ask("again", at(9), ("rel",), (RELEASERS,)),)}, id="people who were asked"),
        pytest.param({"approvals": (build.approval("rel"),)}, id="a voice"),
        pytest.param({"reading": build.reading(checks=())}, id="what GitHub says"),
        pytest.param({"texts": dict(reversed(list(CASE.texts.items())))}, id="the order of texts"),
        pytest.param({"repository": "ACME/Payments"}, id="the letters of a repository"),
    ],
)
def test_what_was_not_approved_does_not(given: dict[str, Any]) -> None:
    assert binding.digest(replace(CASE, **given), RULES) == binding.digest(CASE, RULES)


def test_the_order_of_systems_says_nothing() -> None:
    one, other = replace(CASE, systems=("payments", "web")), replace(CASE, systems=("web", "payments"))

    assert binding.digest(one, RULES) == binding.digest(other, RULES)


def test_the_same_rule_further_down_binds_the_same() -> None:
    """A rule that moves in the file, or gets another way of matching, asks no more of anybody."""
    moved = build.deploy_rules(build.deploy_rule(environments=("staging",)), build.deploy_rule(risks=("medium",)))

    assert binding.digest(CASE, moved) == binding.digest(CASE, RULES)


def test_it_can_be_computed_again_from_what_is_kept() -> None:
    """An auditor's way: SHA-256 over the JSON of the bound values, keys sorted, no spaces."""
    told = binding.bound(CASE, RULES)
    again = hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    assert again == binding.digest(CASE, RULES)
    assert json.loads(json.dumps(told)) == told


def test_no_two_texts_can_change_places() -> None:
    swapped: Case = replace(CASE, texts={**CASE.texts, Field.TESTS: "5" * 64, Field.ROLLBACK: "4" * 64})

    assert binding.digest(swapped, RULES) != binding.digest(CASE, RULES)
