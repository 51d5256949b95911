"""Who is indispensable."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.policies import policy
from workflows.absence import Duty, Gap, indispensable, listed, report, rule_name, sentence
from workflows.ruleset import EmergencyRule, Group, Need, ReviewTimes, Rules

A, B, C, D = "a@x.org", "b@x.org", "c@x.org", "d@x.org"


def gaps(rules: Rules) -> list[Gap]:
    """The gaps with only the policy to go by."""
    return indispensable(rules, listed(rules))


def approve(*people: str | None, rule: int = 0) -> list[Gap]:
    return [Gap(rule, Duty.APPROVE, person) for person in people]


def review(*people: str | None, rule: int = 0) -> list[Gap]:
    return [Gap(rule, Duty.REVIEW, person) for person in people]


def test_one_of_three_misses_nobody() -> None:
    assert gaps(policy()) == []


def test_two_of_three_misses_nobody() -> None:
    assert gaps(policy('approvers = [{ group = "leads", count = 2 }]')) == []


def test_three_of_three_misses_each() -> None:
    assert gaps(policy('approvers = [{ group = "leads", count = 3 }]')) == approve(A, B, C)


def test_the_fallback_stands_in_for_one_of_three() -> None:
    assert gaps(policy('approvers = [{ group = "leads", count = 3 }]\nfallback = ["backup"]')) == []


def test_the_only_approver_is_named_for_both_duties() -> None:
    assert gaps(policy('approvers = [{ group = "backup" }]')) == approve(D) + review(D)


def test_an_escalation_group_may_review_too() -> None:
    emergency = 'approvers = [{ group = "backup" }]\nreview = { escalate_to = "leads" }'
    assert gaps(policy(emergency)) == approve(D)


def test_reviewers_of_their_own_are_looked_at() -> None:
    assert gaps(policy('approvers = [{ group = "leads" }]\nreviewers = ["backup"]')) == review(D)


def test_one_person_sits_on_one_seat() -> None:
    groups = '[groups.security]\nusers = ["a@x.org", "b@x.org"]\n[groups.ops]\nusers = ["a@x.org", "b@x.org"]'
    emergency = 'approvers = [{ group = "security" }, { group = "ops" }]\nreviewers = ["leads"]'
    assert gaps(policy(emergency, groups)) == approve(A, B)


def test_a_quorum_that_nobody_reaches_is_said_once() -> None:
    groups = '[groups.security]\nusers = ["a@x.org"]\n[groups.ops]\nusers = ["a@x.org"]'
    emergency = 'approvers = [{ group = "security" }, { group = "ops" }]\nreviewers = ["leads"]'
    assert gaps(policy(emergency, groups)) == approve(None)


def test_each_rule_is_looked_at_in_order() -> None:
    rules = '[[emergency.rule]]\nsystems = ["payments"]\napprovers = [{ group = "leads", count = 3 }]'
    assert gaps(policy(rules=rules)) == approve(A, B, C, rule=1)


def test_members_that_were_not_read_prove_nothing() -> None:
    rules = policy('approvers = [{ group = "watch" }]\nreviewers = ["leads"]')
    assert gaps(rules) == [Gap(0, Duty.APPROVE, None, ("watch",))]


def test_listed_people_beside_a_user_group_that_was_not_read_are_not_called_indispensable() -> None:
    mixed = policy(
        'approvers = [{ group = "mixed" }]\nreviewers = ["leads"]',
        '[groups.mixed]\nusers = ["a@x.org"]\nusergroup = "@mixed"',
    )
    assert gaps(mixed) == [Gap(0, Duty.APPROVE, None, ("mixed",))]


def test_a_known_seat_breaks_whatever_the_unread_seat_holds() -> None:
    emergency = 'approvers = [{ group = "watch" }, { group = "backup" }]\nreviewers = ["leads"]'
    assert gaps(policy(emergency)) == [
        Gap(0, Duty.APPROVE, D),
        Gap(0, Duty.APPROVE, None, ("watch",)),
    ]


def test_enough_known_people_need_no_reading() -> None:
    emergency = 'approvers = [{ group = "leads" }]\nfallback = ["watch"]\nreviewers = ["leads", "watch"]'
    assert gaps(policy(emergency)) == []


def test_a_read_user_group_counts_as_it_is() -> None:
    rules = policy('approvers = [{ group = "watch" }]\nreviewers = ["leads"]')
    assert indispensable(rules, listed(rules) | {"watch": frozenset({"P1"})}) == approve("P1")
    assert indispensable(rules, listed(rules) | {"watch": frozenset({"P1", "P2"})}) == []
    assert indispensable(rules, listed(rules) | {"watch": frozenset()}) == approve(None)


def test_the_sentences() -> None:
    rules = policy(
        'approvers = [{ group = "backup" }]\nreviewers = ["leads"]',
        rules='[[emergency.rule]]\nsystems = ["payments"]\nrisks = ["high"]\n'
        'approvers = [{ group = "watch", count = 2 }, { group = "leads" }]',
    )
    assert [sentence(gap, rules, {D: "Dora"}.get) for gap in gaps(rules)] == [  # type: ignore[arg-type]
        "rule 1 (payments, high): whether one person's absence leaves nobody to approve can't be told;"
        " the members of watch (@watch) were not read",
        "[emergency]: without Dora (away, asking, or carrying it out) nobody can approve (1 of backup)",
    ]
    assert sentence(Gap(0, Duty.REVIEW), rules) == ("[emergency]: nobody can review (leads), even with everyone there")


def test_the_report_says_so_when_nobody_is() -> None:
    rules = policy()
    assert report(rules, listed(rules)) == (
        f"Version 1, {rules.digest[:7]}: 3 groups, 1 system, 0 [[emergency.rule]] tables, 0 [[deploy]] tables.",
        "Nobody is indispensable: with any one person missing, somebody can approve and somebody can review.",
    )
    assert rule_name(rules.emergency[0]) == "[emergency]"


PEOPLE = st.frozensets(st.sampled_from("pqrs"))


@given(st.lists(st.tuples(PEOPLE, st.integers(1, 2)), min_size=1, max_size=3), PEOPLE, st.booleans())
def test_it_agrees_with_trying_everybody_on_every_seat(
    groups: list[tuple[frozenset[str], int]], fallback: frozenset[str], falls_back: bool
) -> None:
    rosters = {f"g{at}": people for at, (people, _) in enumerate(groups)} | {"f": fallback}
    rule = EmergencyRule(
        index=0,
        approvers=tuple(Need(f"g{at}", count) for at, (_, count) in enumerate(groups)),
        fallback=("f",) if falls_back else (),
        reviewers=("g0",),
        review=ReviewTimes(),
    )
    rules = policy()
    rules = Rules(
        **{name: getattr(rules, name) for name in ("version", "digest", "zone", "standing_max_age")},
        **{name: getattr(rules, name) for name in ("incidents", "deploys", "escalations")},
        groups={name: Group(name, users=tuple(people)) for name, people in rosters.items()},
        emergency=(rule,),
    )
    seats = [people | (fallback if falls_back else frozenset()) for people, n in groups for _ in range(n)]

    def full(without: str) -> bool:
        pool = [one for one in "pqrs" if one != without]
        return any(
            all(who in seat for who, seat in zip(chosen, seats, strict=True))
            for chosen in permutations(pool, len(seats))
        )

    found = [gap.person for gap in indispensable(rules, rosters) if gap.duty is Duty.APPROVE]
    wanted = [None] if not full("") else [who for who in "pqrs" if not full(who)]
    assert found == wanted


@pytest.mark.parametrize("group", ["leads", "backup"])
def test_what_the_policy_lists_is_known(group: str) -> None:
    assert group in listed(policy())
    assert "watch" not in listed(policy())
