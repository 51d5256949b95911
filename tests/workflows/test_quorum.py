"""Whose voices are needed, whose count for what, and when nobody can reach the number any more."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests import build
from tests.build import APPROVERS, FALLBACK, at, needs
from workflows import matching, quorum
from workflows.case import Ask, Case
from workflows.change import Risk, Status, Type
from workflows.ruleset import Need, Rules

WIDENED = Ask("widen", at(10), (), (FALLBACK,))


def of(approvers: tuple[Need, ...], *fallback: str, groups: dict[str, str]) -> tuple[Case, Rules]:
    """A case and rules with groups written as "a": "ann bob"."""
    named = {name: people.split() for name, people in groups.items()}
    default = build.rule(approvers=approvers, fallback=fallback, reviewers=tuple(named))
    case = build.case(standing=build.standing(named, people=("dev",)))
    return case, build.rules(default=default, groups=named)


def voiced(case: Case, rules: Rules, *people: str) -> Case:
    """The case after these people approved, each counting where the policy lets them."""
    for person in people:
        right = quorum.right_for(case, person, rules)
        case = replace(case, approvals=(*case.approvals, build.approval(person, right=right)))
    return case


@pytest.mark.parametrize(
    ("given_", "index"),
    [
        pytest.param({}, 1, id="the first rule that names one of the systems decides"),
        pytest.param({"systems": ("web", "payments")}, 1, id="one system of several is enough"),
        pytest.param({"systems": ("web",)}, 0, id="without a match the default decides"),
        pytest.param({"systems": ("web",), "environment": "staging"}, 2, id="a rule may ask for an environment"),
        pytest.param({"systems": ("web",), "risk": Risk.LOW}, 3, id="a rule may ask for a risk"),
        pytest.param({"systems": ("web",), "type": Type.DATABASE}, 4, id="a rule may ask for a type"),
        pytest.param({"systems": ("search",), "risk": Risk.LOW}, 3, id="every matcher of a rule must hold"),
        pytest.param({"risk": Risk.LOW, "type": Type.DATABASE}, 1, id="a later rule that matches too is not asked"),
        pytest.param({"systems": ("Other",)}, 0, id="an unlisted system takes the default"),
    ],
)
def test_the_first_matching_rule(given_: dict[str, Any], index: int) -> None:
    rules = build.rules(
        build.rule(index=1, systems=("payments",)),
        build.rule(index=2, environments=("staging",)),
        build.rule(index=3, risks=("low",)),
        build.rule(index=4, types=("database",), risks=("high",)),
    )

    assert matching.rule_for(build.case(**given_), rules).index == index


def test_a_voice_counts_for_the_group_that_fewest_others_could_fill() -> None:
    case, rules = of(needs(a=1, b=1), groups={"a": "both ann", "b": "both"})

    assert quorum.right_for(case, "both", rules) == "b"
    assert quorum.missing(voiced(case, rules, "both"), rules) == needs(a=1)


def test_a_voice_is_kept_for_the_group_that_has_none_to_spare() -> None:
    case, rules = of(needs(b=1, a=2), groups={"a": "both ann", "b": "both bob"})

    assert quorum.right_for(case, "both", rules) == "a"
    assert quorum.unreachable(voiced(case, rules, "both"), rules) == ()


@pytest.mark.parametrize(
    ("people", "missing"),
    [
        pytest.param("ann", needs(a=1, b=1), id="one of two of a leaves one of a and one of b"),
        pytest.param("ann amy", needs(b=1), id="two of a leave b"),
        pytest.param("ann amy ada", needs(b=1), id="a third of a is none of b"),
        pytest.param("bob", needs(a=2), id="b first leaves two of a"),
        pytest.param("bob ann amy", (), id="two of a and one of b are all"),
    ],
)
def test_m_of_a_and_n_of_b(people: str, missing: tuple[Need, ...]) -> None:
    case, rules = of(needs(a=2, b=1), groups={"a": "ann amy ada", "b": "bob"})

    assert quorum.missing(voiced(case, rules, *people.split()), rules) == missing


def test_voices_of_an_earlier_version_or_taken_back_or_against_are_none() -> None:
    old, gone = build.approval("cto", revision=1), build.approval("lead", revision=2, taken_back_at=at(6))
    against = build.approval("rel", revision=2, voice="reject")
    case = build.case(revision=2, approvals=(old, gone, against))

    assert quorum.voices(case) == ()
    assert quorum.missing(case, build.rules()) == (Need(APPROVERS),)


def test_voices_before_and_afterwards_are_counted_apart() -> None:
    before, after = build.approval("cto"), build.approval("lead", voice="ratify", phase="after")
    case = build.case(Status.DEPLOYED, approvals=(before, after))

    assert [a.person for a in quorum.voices(case)] == ["cto"]
    assert [a.person for a in quorum.voices(case, phase="after")] == ["lead"]


def test_a_fallback_voice_stands_in_only_after_the_fallback_was_asked() -> None:
    case, rules = of(needs(a=1), "f", groups={"a": "ann", "f": "fay"})

    assert quorum.groups(case, rules) == ("a",)
    assert quorum.right_for(case, "fay", rules) is None
    asked = replace(case, asks=(WIDENED,))
    assert quorum.groups(asked, rules) == ("a", "f")
    assert quorum.right_for(asked, "fay", rules) == "f"
    assert quorum.missing(voiced(asked, rules, "fay"), rules) == ()


def test_a_surplus_voice_of_a_group_that_is_also_the_fallback_stands_in_for_nobody_before_widening() -> None:
    case, rules = of(needs(a=1, b=1), "a", groups={"a": "ann amy", "b": "bob"})

    assert quorum.missing(voiced(case, rules, "ann", "amy"), rules) == needs(b=1)


def test_widening_ends_with_the_version_it_was_for() -> None:
    case = build.case(asks=(WIDENED,))

    assert quorum.widened(case)
    assert not quorum.widened(replace(case, revision=2, changed_at=at(20)))


def test_one_fallback_voice_stands_in_for_one_missing_voice_only() -> None:
    case, rules = of(needs(a=1, b=1), "f", groups={"a": "ann", "b": "bob", "f": "fay flo"})
    asked = replace(case, asks=(WIDENED,))

    assert quorum.missing(voiced(asked, rules, "fay"), rules) == needs(b=1)
    assert quorum.missing(voiced(asked, rules, "fay", "flo"), rules) == ()


def test_whoever_is_in_a_missing_group_counts_for_it_and_not_as_a_stand_in() -> None:
    case, rules = of(needs(a=1), "f", groups={"a": "ann", "f": "ann"})

    assert quorum.right_for(replace(case, asks=(WIDENED,)), "ann", rules) == "a"


@pytest.mark.parametrize(
    ("groups", "wanted", "short"),
    [
        pytest.param({"a": "dev"}, needs(a=1), needs(a=1), id="the only member declared it"),
        pytest.param({"a": "dev ann"}, needs(a=2), needs(a=1), id="two needed, one left"),
        pytest.param({"a": "dev ann amy"}, needs(a=2), (), id="two needed, two left"),
        pytest.param({"a": "both", "b": "both"}, needs(a=1, b=1), needs(b=1), id="one person is not two voices"),
        pytest.param({"a": "x y", "b": "x y", "c": "x y"}, needs(a=1, b=1, c=1), needs(c=1), id="two are not three"),
        pytest.param(
            {"a": "x", "b": "x", "c": "p q r"}, needs(a=1, b=1, c=1), needs(b=1), id="plenty elsewhere help nobody"
        ),
    ],
)
def test_what_nobody_can_fill(groups: dict[str, str], wanted: tuple[Need, ...], short: tuple[Need, ...]) -> None:
    case, rules = of(wanted, groups=groups)

    assert quorum.unreachable(case, rules) == short


def test_an_unread_group_proves_nothing() -> None:
    case, rules = of(needs(a=1), groups={"a": "dev"})
    unread = build.standing({"a": ("dev",)}, rosters={"a": build.roster("a", (), as_of=None)})

    assert quorum.unreachable(replace(case, standing=unread), rules) == ()


def test_people_who_cannot_act_are_asked_by_nobody() -> None:
    rules = build.rules(groups={APPROVERS: ("cto", "lead", "gone", "dev"), FALLBACK: ("rel",)})
    members = {APPROVERS: ("cto", "lead", "gone", "dev"), FALLBACK: ("rel",)}
    gone = {"gone": (build.account("gone", deactivated=True),)}
    case = build.case(standing=build.standing(members, accounts=gone), approvals=(build.approval("cto", revision=2),))

    assert quorum.could_decide(case, rules) == ("cto", "lead")
    assert quorum.could_decide(replace(case, revision=2), rules) == ()


def test_a_second_good_account_is_enough_to_be_asked() -> None:
    two = (build.account("cto", deactivated=True), build.account("cto", slack="UCTO2"))

    assert quorum.good(two)
    assert not quorum.good(two[:1])
    assert not quorum.good(())


@pytest.mark.parametrize(
    ("seconds", "stale", "fresh"),
    [
        pytest.param(0, False, True, id="just read"),
        pytest.param(60, False, True, id="exactly the limit"),
        pytest.param(60.001, False, False, id="a moment past the limit"),
        pytest.param(-60, False, True, id="a clock a minute behind"),
        pytest.param(-61, False, False, id="a clock far behind"),
        pytest.param(0, True, False, id="marked stale"),
    ],
)
def test_how_young_a_reading_must_be(seconds: float, stale: bool, fresh: bool) -> None:
    assert quorum.fresh(build.T0 - timedelta(seconds=seconds), stale, build.rules(), build.T0) is fresh


def test_never_read_is_never_fresh() -> None:
    assert not quorum.fresh(None, False, build.rules(), build.T0)


PEOPLE = "pqrstuv"


@st.composite
def quorums(draw: st.DrawFn) -> tuple[Case, Rules]:
    """Up to three groups over a few people, in which some counts can be reached and some cannot."""
    names = "abc"[: draw(st.integers(1, 3))]
    groups = {name: " ".join(sorted(draw(st.sets(st.sampled_from(PEOPLE), max_size=4)))) for name in names}
    wanted = needs(**{name: draw(st.integers(1, 2)) for name in names})
    fallback = {"f": " ".join(sorted(draw(st.sets(st.sampled_from(PEOPLE), max_size=2))))}
    case, rules = of(wanted, "f", groups=groups | fallback)
    return (replace(case, asks=(WIDENED,)) if draw(st.booleans()) else case), rules


@given(quorums(), st.permutations(PEOPLE))
def test_no_order_of_clicks_makes_a_reachable_quorum_unreachable(drawn: tuple[Case, Rules], order: list[str]) -> None:
    case, rules = drawn
    assume(not quorum.unreachable(case, rules))

    for person in order:
        if person in quorum.could_decide(case, rules):
            case = voiced(case, rules, person)
            assert not quorum.unreachable(case, rules), f"after {person}"
    assert not quorum.missing(case, rules)


@given(quorums(), st.permutations(PEOPLE))
def test_an_unreachable_quorum_is_never_reached(drawn: tuple[Case, Rules], order: list[str]) -> None:
    case, rules = drawn
    assume(quorum.unreachable(case, rules))

    for person in order:
        if person in quorum.could_decide(case, rules):
            case = voiced(case, rules, person)
    assert quorum.missing(case, rules)


@given(quorums(), st.permutations(PEOPLE))
def test_every_voice_of_those_asked_brings_the_decision_one_nearer(drawn: tuple[Case, Rules], order: list[str]) -> None:
    case, rules = drawn

    for person in order:
        left = sum(need.count for need in quorum.missing(case, rules))
        if person in quorum.could_decide(case, rules):
            case = voiced(case, rules, person)
            assert sum(need.count for need in quorum.missing(case, rules)) == left - 1
