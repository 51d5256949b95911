"""[[deploy]], [[freeze]] and [patches] of policy.toml → Rules, and what people read when they cannot be taken."""

import re
from datetime import timedelta

import pytest

from tests.needs import ROOT
from tests.workflows.test_rules import BASE, problems
from workflows.rules import parse
from workflows.ruleset import Condition, DeployRule, Patches, Requirement, Rules

RULE = '[[deploy]]\napprovers = [{ group = "leads" }]\n'
"""A deploy rule; its header is line 13."""
SENSITIVE = BASE.replace("[systems.payments]", '[systems.payments]\nsensitive = true\nrepositories = ["acme/pay"]')


def read(text: str, base: str = BASE) -> Rules:
    return parse((base + text + "\n").encode(), "policy.toml")


def rule(text: str) -> DeployRule:
    return read(RULE + text).deploy[0]


def test_everything_a_deploy_rule_can_say_is_read() -> None:
    text = """\
environments = ["production"]
repositories = ["acme/pay"]
paths = ["*.tf", "migrations/**"]
types = ["infrastructure"]
valid_for = "4h"
rollback_within = "7d"
require = ["checks-pass: unit,  semgrep", "staging-first: staging-eu", "linked-issue", "plan-attached", "rollback-plan"]
deployers = ["Pipeline", "security"]
fallback = ["security"]"""
    found = rule(text)
    assert (found.paths, found.types, found.valid_for, found.rollback_within) == (
        ("*.tf", "migrations/**"),
        ("infrastructure",),
        timedelta(hours=4),
        timedelta(days=7),
    )
    assert found.require == (
        Requirement(Condition.CHECKS_PASS, ("unit", "semgrep")),
        Requirement(Condition.STAGING_FIRST, ("staging-eu",)),
        Requirement(Condition.LINKED_ISSUE),
        Requirement(Condition.PLAN_ATTACHED),
        Requirement(Condition.ROLLBACK_PLAN),
    )
    assert (found.deployers, found.fallback) == (("pipeline", "security"), ("security",))


def test_a_comma_in_brackets_belongs_to_the_name_of_a_matrix_job() -> None:
    (one,) = rule('require = ["checks-pass: test (3.11, linux), build [a, b], lint"]').require
    assert one.names == ("test (3.11, linux)", "build [a, b]", "lint")
    assert str(one) == "checks-pass: test (3.11, linux), build [a, b], lint"


def test_a_colon_belongs_to_the_name_of_a_check() -> None:
    (one,) = rule('require = ["checks-pass: ci/circleci: unit"]').require
    assert one.names == ("ci/circleci: unit",)


@pytest.mark.parametrize("one", Condition, ids=str)
def test_every_condition_can_be_asked_for(one: Condition) -> None:
    assert rule(f'require = ["{one}"]').require == (Requirement(one),)


def test_patches_have_the_documented_times_and_take_their_own() -> None:
    assert read("").patches == Patches()
    found = read('[patches]\ncritical = "24h"\nlow = "60d"\nescalate_to = "security"').patches
    assert found == Patches(critical=timedelta(hours=24), low=timedelta(days=60), escalate_to="security")


TWO = f'{RULE}paths = ["migrations/**"]\n'

MISTAKES = {
    "checks named, but none": (
        RULE + 'require = ["checks-pass: "]',
        'policy.toml:15: [[deploy]] require: "checks-pass:" names nothing; write "checks-pass: unit, semgrep",'
        ' or "checks-pass" alone',
    ),
    "a staging named, but none": (
        RULE + 'require = ["staging-first: ,"]',
        'policy.toml:15: [[deploy]] require: "staging-first:" names nothing; write "staging-first: staging-eu",'
        ' or "staging-first" alone',
    ),
    "a condition that is none": (
        RULE + 'require = ["check-pass: unit"]',
        'policy.toml:15: [[deploy]] require: "check-pass" is not known here; did you mean "checks-pass"?',
    ),
    "names on a condition that takes none": (
        RULE + 'require = ["linked-issue: OPS"]',
        'policy.toml:15: [[deploy]] require: "linked-issue" takes no names; write "linked-issue"',
    ),
    "a check named twice": (
        RULE + 'require = ["checks-pass: unit, unit"]',
        'policy.toml:15: [[deploy]] require: "checks-pass" names unit twice; once is enough',
    ),
    "its own status as a check": (
        RULE + 'require = ["checks-pass: unit, countersign/production"]',
        'policy.toml:15: [[deploy]] require: "countersign/production" is what Countersign itself says, and it would'
        " wait for itself; leave it out",
    ),
    "staging that is the environment itself": (
        RULE + 'environments = ["production"]\nrequire = ["checks-pass", "staging-first: production"]',
        "policy.toml:16: [[deploy]] require: waits for production, which this rule itself is for; name the"
        " environment that comes before",
    ),
    "staging that must have been in staging": (
        RULE + 'environments = ["staging"]\nrequire = ["staging-first"]',
        "policy.toml:16: [[deploy]] require: waits for staging, which this rule itself is for; name the"
        " environment that comes before",
    ),
    "deployers that are nobody": (
        RULE + 'deployers = ["pipeline", "lead"]',
        'policy.toml:15: [[deploy]] deployers: "lead" is neither "pipeline" nor a group; did you mean "leads"?',
    ),
    "a pipeline that is misspelt": (
        RULE + 'deployers = ["pipelines"]',
        'policy.toml:15: [[deploy]] deployers: "pipelines" is neither "pipeline" nor a group; did you mean "pipeline"?',
    ),
    "a pipeline that is a group too": (
        RULE + 'deployers = ["pipeline"]\n[groups.pipeline]\nusers = ["U0PIPE"]',
        'policy.toml:15: [[deploy]] deployers: "pipeline" is the pipeline itself; give the group of that name'
        " another one",
    ),
    "nobody deploys": (
        RULE + "deployers = []",
        "policy.toml:15: [[deploy]] deployers: is an empty list; name at least one, or leave the key out",
    ),
    "a fallback that is not there": (
        RULE + 'fallback = ["securty"]',
        'policy.toml:15: [[deploy]] fallback: there is no [groups.securty]; did you mean "security"?',
    ),
    "more voices than people": (
        '[[deploy]]\napprovers = [{ group = "security", count = 2 }]',
        "policy.toml:14: [[deploy]] approvers.count: asks for 2 of security, which lists 1 person; add users or"
        " lower it",
    ),
    "a folder as a pattern": (
        RULE + 'paths = ["migrations/"]',
        'policy.toml:15: [[deploy]] paths: "migrations/" is a folder, and only files change; write "migrations/**"',
    ),
    "a rule for sensitive systems where none is": (
        RULE + "sensitive = true",
        "policy.toml:15: [[deploy]] sensitive: never matches, no system is sensitive; write sensitive = true in"
        " [systems.…], or leave it out here",
    ),
    "a rule behind one that takes all": (
        RULE + TWO,
        "policy.toml:15: [[deploy]]: never decides, number 1 of [[deploy]] takes all of it; move this up",
    ),
    "a rule behind one with the same repository in other letters": (
        f'{RULE}repositories = ["Acme/Pay"]\n{RULE}repositories = ["acme/pay"]\nrisks = ["high"]',
        "policy.toml:16: [[deploy]]: never decides, number 1 of [[deploy]] takes all of it; move this up",
    ),
    "a rule behind one with wider paths": (
        f'{TWO}{RULE}paths = ["migrations/core/*.sql"]',
        "policy.toml:16: [[deploy]]: never decides, number 1 of [[deploy]] takes all of it; move this up",
    ),
    "a freeze lifted by nobody": (
        '[[freeze]]\nevery = "fri 16:00 - mon 08:00"\nreason = "r"\noverride = "lead"',
        'policy.toml:16: [[freeze]] override: there is no [groups.lead]; did you mean "leads"?',
    ),
    "a freeze of no length": (
        '[[freeze]]\nevery = "fri 16:00 - fri 16:00"\nreason = "r"',
        'policy.toml:14: [[freeze]] every: "fri 16:00 - fri 16:00" begins and ends at the same time',
    ),
    "a freeze of an environment that no rule is for": (
        RULE + 'environments = ["production"]\n[[freeze]]\nevery = "fri 16:00 - mon 08:00"\nreason = "r"\n'
        'environments = ["prodution"]',
        'policy.toml:19: [[freeze]] environments: no [[deploy]] rule is for "prodution"; did you mean "production"?',
    ),
    "more time for what is worse": (
        '[patches]\nhigh = "40d"',
        "policy.toml:14: [patches] high: 40d is longer than medium, 30d; what is worse is mended sooner",
    ),
    "late patches told to nobody": (
        '[patches]\nescalate_to = "x"',
        "policy.toml:14: [patches] escalate_to: there is no [groups.x]; add [groups.x] or write one that is there",
    ),
    "a band that is none": (
        '[patches]\nmoderate = "30d"',
        "policy.toml:14: [patches] moderate: is not a key that Countersign knows; known here: critical, high, medium,"
        " low, escalate_to",
    ),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_named_with_its_line_its_key_and_what_to_do(text: str, said: str) -> None:
    assert problems(BASE + text + "\n") == [said]


def test_a_rule_for_sensitive_systems_takes_all_of_one_that_names_them() -> None:
    text = f'{RULE}sensitive = true\n{RULE}systems = ["payments"]'
    said = "policy.toml:18: [[deploy]]: never decides, number 1 of [[deploy]] takes all of it; move this up"
    assert problems(SENSITIVE + text) == [said]
    assert problems(SENSITIVE + text.replace('systems = ["payments"]', 'repositories = ["Acme/Pay"]')) == [said]


BESIDE = {
    "the narrow rule first": TWO + RULE,
    "other environments": f'{RULE}environments = ["staging"]\n{RULE}environments = ["staging", "production"]',
    "other paths": f'{TWO}{RULE}paths = ["*.tf"]',
    "paths that only partly lie within": f'{TWO}{RULE}paths = ["migrations/a.sql", "*.tf"]',
    "a question mark takes one letter, a star any number": f'{RULE}paths = ["a?"]\n{RULE}paths = ["a*"]',
    "what is not sensitive, then the rest": f"{RULE}sensitive = false\n{RULE}",
    "sensitive first, then the rest": f"{RULE}sensitive = true\n{RULE}",
    "one of several systems": f'{RULE}sensitive = true\n{RULE}systems = ["payments", "Other"]',
}


@pytest.mark.parametrize("text", BESIDE.values(), ids=BESIDE.keys())
def test_a_rule_that_can_decide_is_taken(text: str) -> None:
    assert problems(SENSITIVE + text) == []


def test_the_first_policy_files_stay_valid() -> None:
    """Without a deploy table a freeze of any environment is taken: it was before there was a gate."""
    assert problems(BASE) == []
    assert problems(BASE + '[[freeze]]\nevery = "fri 16:00 - mon 08:00"\nreason = "r"\nenvironments = ["x"]') == []


EXAMPLES = re.findall(r"```toml\n(version.*?)```", (ROOT / "docs" / "policy.md").read_text(), re.DOTALL)


def test_the_three_examples_use_what_a_deploy_rule_can_do() -> None:
    four, sixty, many = (parse(source.encode(), "policy.toml") for source in EXAMPLES)
    assert all(rules.deploy for rules in (four, sixty, many))
    used = {one.condition for rules in (four, sixty, many) for rule in rules.deploy for one in rule.require}
    assert used == set(Condition)
    assert {len(rule.approvers) for rule in many.deploy} == {1, 2}
    assert any(rule.paths for rule in sixty.deploy)
    assert any(one.names for rule in many.deploy for one in rule.require)
    assert sixty.patches.escalate_to
    assert many.patches.escalate_to
    assert any(freeze.every for freeze in sixty.freezes)
    assert any(freeze.until for freeze in many.freezes)
    assert all(any("pipeline" in rule.deployers for rule in rules.deploy) for rules in (sixty, many))
