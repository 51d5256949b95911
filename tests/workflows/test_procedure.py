"""The one-page emergency procedure."""

from datetime import date

from tests.workflows.policies import policy
from workflows.procedure import Line, named, page, sop
from workflows.ruleset import Rules

DAY = date(2026, 11, 14)


def text(rules: Rules, step: int, **names: list[str]) -> str:
    """The text of one step."""
    lines = sop(rules, names=names, workspace="Acme", policy_date=DAY)
    return next(line.text for line in lines if line.number == step)


def test_the_whole_page() -> None:
    rules = policy(
        'approvers = [{ group = "leads" }]\nfallback = ["backup"]\n'
        'review = { due = "24h", deadline = "48h" }\nreviewers = ["leads", "backup"]',
        groups='[groups.duty]\nusers = ["e@x.org"]\ncontact = "+49 30 1234"',
        rules='[[emergency.rule]]\nsystems = ["payments"]\napprovers = [{ group = "leads", count = 2 }]',
    )
    lines = sop(rules, names={"leads": ["Ann", "Bo"]}, workspace="Acme", policy_date=DAY)
    assert lines[0] == Line(0, "Emergency changes at Acme", f"policy of 14 Nov 2026, {rules.digest[:7]}")
    assert (
        page(lines)
        == f"""\
Emergency changes at Acme                                 policy of 14 Nov 2026, {rules.digest[:7]}
1 Declare    /emergency-change and what is broken. Takes 20 seconds; it is recorded at once.
2 Approve    one of leads: Ann, Bo. payments: two.
             Not the person who declared it, not the person who carries it out.
3 No answer  after 5 min the same people are asked again; after 10 min backup too.
4 Can't wait Press Proceed without approval and say why. Everyone is told. It stays marked for good.
5 Deploy     Do only what the card says. Press Mark deployed, whatever the outcome.
6 Review     leads or backup within 24 h, at the latest 48 h: what was the cause, what was deployed, was it appropriate.
7 Slack down On the server: countersign declare, or countersign break-glass.
8 Checked    Every click, also a refused one, is kept and can be checked by an auditor. \
Practise: /emergency-change drill."""
    )


def test_a_contact_is_named_where_people_look_for_it() -> None:
    groups = '[groups.duty]\nusers = ["e@x.org"]\ncontact = "+49 30 1234"'
    rules = policy('approvers = [{ group = "duty" }]', groups)
    assert text(rules, 3).endswith(" Call +49 30 1234.")
    assert text(rules, 7).endswith(" Phone: +49 30 1234.")


def test_without_a_fallback_nobody_else_is_promised() -> None:
    assert text(policy(), 3) == (
        "after 5 min the same people are asked again; after 10 min you are told that nobody answered."
    )


def test_two_groups_and_their_people() -> None:
    rules = policy('approvers = [{ group = "leads", count = 2 }, { group = "backup" }]')
    assert text(rules, 2, leads=["Ann", "Bo"]).startswith("two of leads: Ann, Bo and one of backup.")


def test_a_rule_with_other_groups_names_them() -> None:
    rules = policy(
        rules='[[emergency.rule]]\ntypes = ["database", "access"]\nrisks = ["high"]\n'
        'approvers = [{ group = "leads", count = 2 }, { group = "backup" }]'
    )
    assert "one of leads. database or access changes, high risk: two of leads and one of backup." in text(rules, 2)


def test_a_rule_with_other_times_names_them() -> None:
    rules = policy(
        rules='[[emergency.rule]]\nsystems = ["payments"]\nnudge = "2m"\nwiden = "4m"\nfallback = ["backup"]\n'
        'reviewers = ["backup"]\nreview = { due = "12h", deadline = "12h" }'
    )
    assert text(rules, 3).endswith("payments: after 2 min; after 4 min backup too.")
    assert text(rules, 6).endswith("payments: backup within 12 h.")


def test_a_rule_that_differs_elsewhere_adds_no_words() -> None:
    usual, same = policy(), policy(rules='[[emergency.rule]]\nsystems = ["payments"]\nwindow = "1h"')
    assert [text(same, step) for step in range(1, 9)] == [text(usual, step) for step in range(1, 9)]


def test_an_empty_group_is_said_with_who_stands_in() -> None:
    rules = policy('approvers = [{ group = "leads" }]\nfallback = ["backup"]')
    assert text(rules, 2, leads=[]).endswith("\nNobody in leads can be asked now; backup stand in.")
    assert text(rules, 2, leads=[], backup=[]).endswith("\nNobody in leads can be asked now.")
    assert "Nobody" not in text(rules, 2)


def test_people_on_call_are_said_to_be() -> None:
    rules = policy('approvers = [{ group = "rota" }]', '[groups.rota]\npagerduty_schedules = ["PABC123"]')
    assert text(rules, 2, rota=["Ann"]).startswith("one of rota: on call now: Ann.")


def test_names_without_slack_are_those_of_the_policy() -> None:
    assert named(policy()) == {
        "leads": ("a@x.org", "b@x.org", "c@x.org"),
        "backup": ("d@x.org",),
        "watch": ("@watch",),
    }
