"""The seven things that are sampled, answered from an export record alone."""

from typing import Any

import pytest

from workflows.attributes import TITLES, Answer, Attribute, Result, answers

YES = {"state": "yes", "facts": {"by": "lead-gh", "passed": "12"}, "asked": True}
NO = {"state": "no", "facts": {}, "asked": False}
DEPLOY: dict[str, Any] = {
    "key": "DR-2026-0107",
    "kind": "deploy",
    "type": "code",
    "justification": "a",
    "plan": "b",
    "systems": ["payments"],
    "environment": "production",
    "risk": "medium",
    "tests": "c",
    "rollback": "d",
    "decision": "approved",
    "decided_at": "2026-11-16T03:00:00Z",
    "declared_at": "2026-11-16T02:00:00Z",
    "approvals": [{"person": "rel@example.com"}],
    "approved_before_deploy": True,
    "deployments": [{"sha": "1a2b3c4"}],
    "exceptions": [],
    "deploy": {
        "read_at": "2026-11-16T02:59:30Z",
        "sampled": dict.fromkeys(("checks-pass", "reviewed-pull-request", "staging-first", "branch-protected"), YES),
    },
    "review": {},
    "reviewed_at": None,
    "reviewer": None,
    "on_time": None,
    "deadlines": {},
    "hours_to_review": None,
}
EMERGENCY: dict[str, Any] = DEPLOY | {
    "key": "EC-2026-0042",
    "kind": "emergency",
    "deploy": {},
    "review": {"root_cause": "x"},
    "reviewed_at": "2026-11-16T20:00:00Z",
    "reviewer": "lead@example.com",
    "on_time": True,
    "hours_to_review": 18.0,
    "deadlines": {"due": "2026-11-17T02:00:00Z", "deadline": "2026-11-18T02:00:00Z"},
}
FINDING = EMERGENCY | {"kind": "finding", "decision": "none", "approvals": [], "approved_before_deploy": False}


def of(record: dict[str, Any]) -> dict[Attribute, Answer]:
    found = answers(record)
    assert [one.attribute for one in found] == list(Attribute), "each once, in the order of the matrix"
    return {one.attribute: one for one in found}


def test_a_deploy_by_the_book_has_a_yes_for_each_but_the_review_that_it_does_not_owe() -> None:
    found = of(DEPLOY)
    assert {a for a, one in found.items() if one.result is Result.YES} == set(Attribute) - {Attribute.RETROACTIVE}
    assert found[Attribute.RETROACTIVE].result is Result.NA
    assert found[Attribute.SIGNED_OFF].because == "approved by rel@example.com"
    assert found[Attribute.REVIEWED].because == "approved by lead-gh; 12 passed"


@pytest.mark.parametrize(
    ("record", "which", "result", "said"),
    [
        (DEPLOY | {"deploy": {"sampled": {"staging-first": NO}}}, "staging-first", "exception", "did not ask for it"),
        (DEPLOY | {"deploy": {}}, "tests-passed", "exception", "not known"),
        (DEPLOY | {"deploy": {"rollback_of": "DR-2026-0101"}}, "tests-passed", "na", "DR-2026-0101"),
        (DEPLOY | {"deploy": {"rollback_of": "DR-2026-0101"}}, "signed-off", "na", "a way back"),
        (DEPLOY | {"deployments": []}, "signed-off", "na", "nothing was deployed"),
        (DEPLOY | {"approved_before_deploy": False}, "signed-off", "exception", "approved after"),
        (DEPLOY | {"decision": "none", "approved_before_deploy": False}, "signed-off", "exception", "nobody approved"),
        (DEPLOY | {"tests": ""}, "documented", "exception", "empty: tests"),
        (
            DEPLOY | {"tests": "", "events": [{"kind": "erased"}]},
            "documented",
            "exception",
            "tests (a text was erased)",
        ),
        (DEPLOY | {"plan": ""}, "documented", "exception", "empty: plan"),
        (DEPLOY | {"plan": "", "deploy": DEPLOY["deploy"] | {"sha": "1a2b3c4"}}, "documented", "yes", "the commit"),
        (DEPLOY | {"tests": "", "deployments": []}, "documented", "na", "nothing was deployed"),
        (DEPLOY | {"exceptions": ["placeholder-text"]}, "documented", "exception", "placeholder"),
        (DEPLOY | {"type": "access"}, "branch-protected", "na", "no commit"),
        (EMERGENCY, "tests-passed", "na", "an emergency"),
        (EMERGENCY, "retroactive-review", "yes", "18 h"),
        (EMERGENCY | {"on_time": False}, "retroactive-review", "exception", "late: 18 h"),
        (EMERGENCY | {"reviewed_at": None, "on_time": None}, "retroactive-review", "na", "open, due"),
        (EMERGENCY | {"reviewed_at": None, "on_time": False}, "retroactive-review", "exception", "past its due"),
        (
            EMERGENCY | {"decision": "ratified", "approved_before_deploy": False},
            "signed-off",
            "exception",
            "agreed to afterwards",
        ),
        (EMERGENCY | {"review": {}, "deployments": []}, "retroactive-review", "na", "no review is owed"),
        (FINDING, "signed-off", "exception", "without an approved request"),
        (FINDING, "reviewed-pull-request", "exception", "around the gate"),
        (FINDING, "documented", "yes", "explained"),
        (FINDING | {"review": {}}, "documented", "exception", "not explained"),
    ],
)
def test_what_is_missing_is_an_exception_and_what_does_not_apply_says_why(
    record: dict[str, Any], which: str, result: str, said: str
) -> None:
    one = of(record)[Attribute(which)]
    assert (one.result, said in one.because) == (result, True), one


def test_each_has_a_title() -> None:
    assert set(TITLES) == set(Attribute)
