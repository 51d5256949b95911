"""[pagerduty] and [jira] of policy.toml → Rules, and what people read when they cannot be taken."""

import pytest

from tests.workflows.test_rules import BASE, problems
from workflows.rules import parse
from workflows.ruleset import Jira, PagerDuty, Rules


def read(text: str) -> Rules:
    return parse(f"{BASE}\n{text}\n".encode(), "policy.toml")


def test_without_the_tables_issues_are_made_and_incidents_are_not() -> None:
    rules = read("")
    assert (rules.jira, rules.pagerduty) == (Jira(), PagerDuty())
    assert (rules.jira.create, rules.pagerduty.service) == (True, None)


def test_what_is_written_is_taken() -> None:
    rules = read(
        """[pagerduty]
service = "PABC123"
[jira]
issue_type = "Change"
remediation_type = "Incident"
labels = ["change-control"]
components = ["Platform team"]
fields = { "Rollback plan" = "rollback", "Due for review" = "review-due" }
create = false"""
    )
    assert rules.pagerduty == PagerDuty("PABC123")
    assert rules.jira == Jira(
        issue_type="Change",
        remediation_type="Incident",
        labels=("change-control",),
        components=("Platform team",),
        fields={"Rollback plan": "rollback", "Due for review": "review-due"},
        create=False,
    )


MISTAKES = {
    "a service by its name": (
        '[pagerduty]\nservice = "Payments"',
        'policy.toml:15: [pagerduty] service: "Payments" is not a PagerDuty id; write the one at the end of its'
        ' address, like "PABC123"',
    ),
    "a field that nothing fills": (
        '[jira]\nfields = { "Rollback plan" = "rolback" }',
        'policy.toml:15: [jira] fields."Rollback plan": "rolback" is not known here; did you mean "rollback"?',
    ),
    "a field that is ours": (
        '[jira]\nfields = { "Summary" = "title" }',
        "policy.toml:15: [jira] fields.Summary: is filled by Countersign in every issue anyway; remove it",
    ),
    "a field twice": (
        '[jira]\nfields = { "Risk" = "risk", "risk" = "key" }',
        "policy.toml:15: [jira] fields: names the same one twice, apart from spaces or capital letters; keep one of"
        " them",
    ),
    "a label with a space": (
        '[jira]\nlabels = ["change control"]',
        'policy.toml:15: [jira] labels: "change control" is not a label; Jira takes no spaces in one, write it like'
        ' "change-control"',
    ),
    "a label twice": (
        '[jira]\nlabels = ["change", "change"]',
        'policy.toml:15: [jira] labels: names "change" twice; keep one of them',
    ),
    "the project, which is in the environment": (
        '[jira]\nproject = "OPS"',
        "policy.toml:15: [jira] project: is not a key that Countersign knows; known here: issue_type, follow_up_type,"
        " remediation_type, labels, components, fields, create",
    ),
    "create in quotes": (
        '[jira]\ncreate = "yes"',
        "policy.toml:15: [jira] create: must be true or false, without quotes",
    ),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_line_and_key(text: str, said: str) -> None:
    assert problems(f"{BASE}\n{text}\n") == [said]
