"""Which rule a change falls under: the first that matches, and what is not known never loosens."""

from dataclasses import replace
from typing import Any

import pytest

from tests import build
from tests.build import NEXT_SHA
from workflows import matching
from workflows.case import Case
from workflows.change import Risk, Type
from workflows.reading import Part
from workflows.ruleset import NO_RULE, System


def matches(case: Case, **given: Any) -> bool:
    """Whether a rule that says this, and nothing else, is for the change."""
    rule = build.deploy_rule(**{"environments": (), **given})
    systems = {
        "payments": System("payments", ("acme/payments",), sensitive=True),
        "web": System("web", ("acme/web", "Acme/Shared")),
        "vault": System("vault", (), sensitive=True),
    }
    return matching.deploy_rule(case, build.deploy_rules(rule, systems=systems)).index == 1


def touching(*paths: str) -> Case:
    return build.deploy(reading=build.reading(paths=paths))


@pytest.mark.parametrize(
    ("path", "pattern", "answer"),
    [
        ("main.tf", "*.tf", True),
        ("infra/eu/main.tf", "*.tf", True),
        ("main.tf.json", "*.tf", False),
        ("main.tfvars", "*.tf", False),
        ("Main.TF", "*.tf", False),
        ("migrations/0001.sql", "migrations/**", True),
        ("migrations/core/0001.sql", "migrations/**", True),
        ("app/migrations/0001.sql", "migrations/**", True),
        ("migrations", "migrations/**", False),
        ("old_migrations/0001.sql", "migrations/**", False),
        ("db/migrations/0001.sql", "**/migrations/**", True),
        ("migrations/0001.sql", "./migrations/**", True),
        ("migrations/0001.sql", "/migrations/**", True),
        (".github/workflows/deploy.yml", ".github/**", True),
        ("Dockerfile", "Dockerfile", True),
        ("app/Dockerfile", "Dockerfile", True),
        ("Dockerfile.dev", "Dockerfile", False),
        ("a1.sql", "a?.sql", True),
        ("a12.sql", "a?.sql", False),
        ("k8s/prod.yaml", "k8s/[ps]*.yaml", True),
        ("anything/at/all", "**", True),
    ],
)
def test_a_pattern_of_paths(path: str, pattern: str, answer: bool) -> None:
    assert matching.path_fits(path, pattern) is answer
    assert matches(touching("README.md", path), paths=(pattern,)) is answer


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(build.deploy(reading=None), id="nothing was read"),
        pytest.param(
            build.deploy(reading=build.reading(paths=(), unknown={Part.PATHS: "3000 files or more"})),
            id="GitHub did not list them all",
        ),
        pytest.param(build.deploy(reading=build.reading(NEXT_SHA)), id="they were read of another commit"),
    ],
)
def test_paths_that_nobody_knows_match(case: Case) -> None:
    assert matches(case, paths=("*.tf",))


def test_no_changed_path_matches_no_pattern() -> None:
    assert not matches(touching(), paths=("**",))


@pytest.mark.parametrize(
    ("case", "given", "answer"),
    [
        pytest.param({}, {}, True, id="a rule that says nothing is for all"),
        pytest.param({}, {"environments": ("production",)}, True, id="its environment"),
        pytest.param({"environment": "Production"}, {"environments": ("production",)}, True, id="in other letters too"),
        pytest.param({"environment": "staging"}, {"environments": ("production",)}, False, id="another environment"),
        pytest.param({}, {"repositories": ("Acme/Payments",)}, True, id="a repository in other letters"),
        pytest.param({}, {"repositories": ("acme/pay",)}, False, id="not the beginning of its name"),
        pytest.param({"repository": None}, {"repositories": ("acme/payments",)}, False, id="no repository"),
        pytest.param({"systems": ("web", "payments")}, {"systems": ("payments",)}, True, id="one of its systems"),
        pytest.param({"systems": ("web",)}, {"systems": ("payments",)}, True, id="what it deploys, whatever it names"),
        pytest.param({"systems": ("web",)}, {"systems": ("web",)}, False, id="a system whose repository it is not"),
        pytest.param(
            {"systems": ("Other",), "repository": "acme/new"}, {"systems": ("Other",)}, True, id="Other can be named"
        ),
        pytest.param({"risk": Risk.HIGH}, {"risks": ("high",)}, True, id="its risk"),
        pytest.param({"risk": Risk.LOW}, {"risks": ("high", "medium")}, False, id="another risk"),
        pytest.param({"type": Type.DATABASE}, {"types": ("database",)}, True, id="its type"),
        pytest.param({"type": Type.CODE}, {"types": ("database",)}, False, id="another type"),
        pytest.param({}, {"environments": ("production",), "risks": ("high",)}, False, id="one matcher of two"),
    ],
)
def test_what_a_rule_is_for(case: dict[str, Any], given: dict[str, Any], answer: bool) -> None:
    assert matches(build.deploy(**case), **given) is answer


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        pytest.param({"systems": ("payments",)}, True, id="a system it names is sensitive"),
        pytest.param({"systems": ("web", "vault"), "repository": "acme/web"}, True, id="one of several is"),
        pytest.param({"systems": ("web",), "repository": "acme/web"}, False, id="none is"),
        pytest.param({"systems": ("web",)}, True, id="it deploys the repository of a sensitive one, whatever it says"),
        pytest.param(
            {"systems": ("Other",), "repository": "ACME/Payments"}, True, id="and that repository in other letters"
        ),
        pytest.param({"systems": ("web",), "repository": "acme/shared"}, False, id="the repository of another system"),
        pytest.param({"systems": (), "repository": "acme/new"}, False, id="a repository that nobody listed"),
    ],
)
def test_sensitive(case: dict[str, Any], answer: bool) -> None:
    assert matches(build.deploy(**case), sensitive=True) is answer
    assert matches(build.deploy(**case), sensitive=False) is not answer


def test_the_first_rule_that_matches_decides() -> None:
    rules = build.deploy_rules(
        build.deploy_rule(paths=("*.tf",)), build.deploy_rule(risks=("medium",)), build.deploy_rule()
    )

    assert matching.deploy_rule(touching("main.tf"), rules).index == 1
    assert matching.deploy_rule(touching("app.py"), rules).index == 2
    assert matching.deploy_rule(replace(touching("app.py"), risk=Risk.HIGH), rules).index == 3


def test_no_rule_is_a_rule_of_nobody() -> None:
    rules = build.deploy_rules(build.deploy_rule(environments=("staging",)))

    assert matching.deploy_rule(build.deploy(), rules) is NO_RULE
    assert NO_RULE.approvers == ()


def test_an_emergency_and_a_finding_go_by_the_emergency_rules() -> None:
    rules = build.deploy_rules()

    assert matching.rule_for(build.case(), rules) == rules.emergency[-1]
    assert matching.rule_for(build.deploy(), rules) == rules.deploy[0]


def test_the_repositories_that_an_emergency_opens() -> None:
    rules = build.deploy_rules(
        systems={"web": System("web", ("a/x", "a/y")), "api": System("api", ("a/y", "a/z")), "hr": System("hr")}
    )

    assert matching.repositories(build.case(systems=("web", "api", "hr", "Other")), rules) == ("a/x", "a/y", "a/z")
    assert matching.repositories(build.case(systems=("Other",)), rules) == ()
