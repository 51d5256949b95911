"""What an infrastructure or database change owes: its plan, counted and bound, and what worked on staging."""

import hashlib
from typing import Any

import pytest

from tests import build
from tests.workflows.desk import Desk
from workflows import conditions, deploys, plans
from workflows.case import Done, Refused
from workflows.change import Kind, Type
from workflows.conditions import State
from workflows.db import Database
from workflows.documents import Details
from workflows.ruleset import Condition, Requirement

PLAN = """
Terraform will perform the following actions:

  # aws_db_instance.payments will be updated in-place

\x1b[1mPlan:\x1b[0m 3 to add, 1 to change, 0 to destroy.
"""
OTHER = PLAN.replace("0 to destroy", "1 to destroy")


@pytest.fixture
def lite(sqlite_database: Database) -> Desk:
    tf = build.deploy_rule(paths=("*.tf",), require=(Requirement(Condition.PLAN_ATTACHED),))
    sql = build.deploy_rule(paths=("migrations/**",), require=(Requirement(Condition.STAGING_PROOF),))
    return Desk(sqlite_database, rules=build.deploy_rules(tf, sql, build.deploy_rule()))


@pytest.mark.parametrize(
    ("output", "told"),
    [
        pytest.param(PLAN, "3 to add, 1 to change, 0 to destroy", id="a plan, with colours"),
        pytest.param(
            "Plan: 1 to import, 0 to add, 2 to change, 3 to destroy.",
            "0 to add, 2 to change, 3 to destroy, 1 to import",
            id="an import",
        ),
        pytest.param(
            "Plan: 0 to add, 0 to change, 0 to destroy, 2 to forget.",
            "0 to add, 0 to change, 0 to destroy, 2 to forget",
            id="something forgotten",
        ),
        pytest.param(f"{PLAN}\n{OTHER}", "6 to add, 2 to change, 1 to destroy", id="two plans together"),
        pytest.param(
            "No changes. Your infrastructure matches the configuration.",
            "0 to add, 0 to change, 0 to destroy",
            id="no changes",
        ),
        pytest.param("https://app.terraform.io/runs/run-1", "", id="a link"),
        pytest.param("# Plan: 3 to add, said somebody", "", id="a comment"),
        pytest.param("The plan: 3 to add, 1 to change, 0 to destroy.", "", id="within a sentence"),
        pytest.param("Plan: to add what is missing", "", id="no numbers"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_a_plan_would_do_in_numbers(output: str, told: str) -> None:
    assert plans.summary(output) == told


@pytest.mark.parametrize("kind", [Kind.EMERGENCY, Kind.DEPLOY])
@pytest.mark.parametrize("output", [PLAN, "https://app.terraform.io/runs/run-1"], ids=["text", "link"])
def test_a_plan_is_recorded_by_its_digest_and_its_numbers(lite: Desk, kind: Kind, output: str) -> None:
    form: dict[str, Any] = {"type": Type.INFRASTRUCTURE, "plan_output": output}
    case = lite.declare(**form) if kind is Kind.EMERGENCY else lite.ask(**form)

    assert case.plan_sha256 == hashlib.sha256(output.strip().encode()).hexdigest()
    assert case.plan_summary == (plans.summary(output) or None)
    assert lite.case == lite.replayed()


def test_a_plan_that_changed_is_approved_anew(lite: Desk) -> None:
    lite.ask(type=Type.INFRASTRUCTURE, plan_output=PLAN)
    lite.approve("rel")
    was = lite.case
    assert isinstance(lite.do("dev", deploys.edit, lite.id, Details(plan_output=OTHER)), Done)

    case = lite.case
    assert (case.status, case.revision, case.changed) == ("requested", was.revision + 1, ("plan_output",))
    assert case.plan_sha256 != was.plan_sha256
    assert case.plan_summary == "3 to add, 1 to change, 1 to destroy"
    assert lite.gate().says == "wait"


def test_an_emergencys_plan_may_be_written_down_later_but_not_exchanged(lite: Desk) -> None:
    lite.declare(type=Type.INFRASTRUCTURE)
    lite.approve("cto")
    assert isinstance(lite.add(plan_output=PLAN), Done)
    assert lite.case.revision == 1
    assert isinstance(lite.add(plan_output=OTHER), Done)
    assert (lite.case.revision, lite.case.changed) == (2, ("plan_output",))


@pytest.mark.parametrize(
    ("given", "paths", "missing"),
    [
        pytest.param({"type": Type.INFRASTRUCTURE}, (), [Condition.PLAN_ATTACHED], id="infrastructure by its type"),
        pytest.param({}, ("net/main.tf",), [Condition.PLAN_ATTACHED], id="infrastructure by what it changes"),
        pytest.param({}, ("migrations/7.sql",), [Condition.STAGING_PROOF], id="a migration by what it changes"),
        pytest.param({"type": Type.DATABASE}, (), [Condition.STAGING_PROOF], id="a database change by its type"),
        pytest.param({"type": Type.DATABASE, "staging_proof": "ran on a copy, 4 min"}, (), [], id="with its proof"),
        pytest.param({"type": Type.INFRASTRUCTURE, "plan_output": PLAN}, ("main.tf",), [], id="with its plan"),
        pytest.param({}, ("src/pool.py",), [], id="code"),
    ],
)
def test_what_is_owed_before_anybody_can_approve(
    lite: Desk, given: dict[str, Any], paths: tuple[str, ...], missing: list[Condition]
) -> None:
    lite.ask(reading=build.reading(paths=paths, staging=()), **given)
    found = conditions.evaluate(lite.case, lite.rules)

    assert [one.requirement.condition for one in found if one.state is not State.YES] == missing
    assert isinstance(lite.approve("rel"), Refused if missing else Done)
