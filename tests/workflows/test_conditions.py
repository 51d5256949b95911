"""What a rule asks for besides voices, held against what GitHub said: a sentence a row, and unknown is never yes."""

from dataclasses import replace
from typing import Any

import pytest

from tests import build
from tests.build import NEXT_SHA, REPOSITORY, SHA, T0, at, login
from workflows import conditions
from workflows.case import Case
from workflows.change import Field, Relation, Type
from workflows.conditions import Held, State
from workflows.peered import Category, Issue
from workflows.reading import (
    Branch,
    Check,
    CheckState,
    Commit,
    Opined,
    Opinion,
    Part,
    Pull,
    Reading,
    Staged,
)
from workflows.ruleset import Condition, Requirement, Rules

YES, NO, WAITING, UNKNOWN = State.YES, State.NO, State.WAITING, State.UNKNOWN
PASSED, FAILED, RUNNING = CheckState.PASSED, CheckState.FAILED, CheckState.RUNNING
OLD = "0" * 39 + "1"


def asking(condition: Condition, *names: str) -> Rules:
    """A policy whose only rule asks for this condition."""
    return build.deploy_rules(build.deploy_rule(require=(Requirement(condition, names),)))


def held(case: Case, condition: Condition, *names: str) -> Held:
    (one,) = conditions.evaluate(case, asking(condition, *names))
    return one


def said(**parts: Any) -> Case:
    """A deploy of which GitHub says this; everything else is well."""
    return build.deploy(reading=build.reading(**parts))


def checks(**states: CheckState) -> tuple[Check, ...]:
    return tuple(Check(name, state) for name, state in states.items())


@pytest.mark.parametrize(
    ("there", "names", "state", "facts"),
    [
        pytest.param(checks(unit=PASSED, semgrep=PASSED), (), YES, {"passed": "2"}, id="all that ran passed"),
        pytest.param((), (), UNKNOWN, {"absent": "", "passed": "0"}, id="that nothing ran says nothing"),
        pytest.param(checks(unit=PASSED, e2e=FAILED), (), NO, {"failed": "e2e", "passed": "1"}, id="one failed"),
        pytest.param(
            (*checks(unit=PASSED), Check("ci/jenkins", FAILED, "status")),
            (),
            NO,
            {"failed": "ci/jenkins", "passed": "1"},
            id="a red legacy status beside green checks",
        ),
        pytest.param(checks(unit=PASSED, e2e=RUNNING), (), WAITING, {"running": "e2e", "passed": "1"}, id="one runs"),
        pytest.param(
            checks(unit=FAILED, e2e=RUNNING), (), NO, {"failed": "unit", "passed": "0"}, id="failed while another runs"
        ),
        pytest.param(checks(unit=PASSED, e2e=FAILED), ("unit",), YES, {"passed": "1"}, id="only the named one counts"),
        pytest.param(
            checks(unit=PASSED),
            ("unit", "semgrep"),
            UNKNOWN,
            {"absent": "semgrep", "passed": "1"},
            id="a named is missing",
        ),
        pytest.param(
            checks(semgrep=RUNNING),
            ("unit", "semgrep"),
            UNKNOWN,
            {"absent": "unit", "passed": "0"},
            id="missing, not running",
        ),
        pytest.param(checks(Unit=PASSED), ("unit",), UNKNOWN, {"absent": "unit", "passed": "0"}, id="names are exact"),
        pytest.param(
            (*checks(unit=PASSED), Check("countersign/production", RUNNING, "status")),
            (),
            YES,
            {"passed": "1"},
            id="our own status is no check",
        ),
        pytest.param(
            (Check("countersign/production", PASSED, "status"),),
            (),
            UNKNOWN,
            {"absent": "", "passed": "0"},
            id="and proves nothing",
        ),
    ],
)
def test_checks_pass(there: tuple[Check, ...], names: tuple[str, ...], state: State, facts: dict[str, str]) -> None:
    one = held(said(checks=there), Condition.CHECKS_PASS, *names)

    assert (one.state, dict(one.facts)) == (state, facts)


def pull(number: int = 7, by: str = "dev", head: str = SHA) -> Pull:
    return Pull(number, "t", login(by), head, merged=True, base="main")


def review(by: str = "lead", opinion: Opinion = Opinion.APPROVED, sha: str = SHA, number: int = 7) -> Opined:
    return Opined(number, login(by), opinion, sha, at(-60))


@pytest.mark.parametrize(
    ("parts", "state"),
    [
        pytest.param({}, YES, id="somebody else approved its last commit"),
        pytest.param({"reviews": ()}, NO, id="nobody reviewed"),
        pytest.param({"reviews": (review(sha=OLD),)}, NO, id="a review on an old commit"),
        pytest.param({"reviews": (review(opinion=Opinion.COMMENTED),)}, NO, id="a comment is no review"),
        pytest.param({"reviews": (review(opinion=Opinion.DISMISSED),)}, NO, id="a dismissed review is none"),
        pytest.param({"reviews": (review("dev"),)}, NO, id="its author's own"),
        pytest.param(
            {"reviews": (review("lead"),), "hands": (build.hand("lead", Relation.CO_AUTHOR),)}, NO, id="a co-author's"
        ),
        pytest.param(
            {"reviews": (review("lead"),), "hands": (build.hand("lead", Relation.LAST_PUSHER),)},
            NO,
            id="of whoever pushed last",
        ),
        pytest.param(
            {"reviews": (Opined(7, "LEAD-gh", Opinion.APPROVED, SHA),), "hands": (build.hand("lead"),)},
            NO,
            id="of an author in other letters",
        ),
        pytest.param(
            {"reviews": (Opined(7, "DEV-GH", Opinion.APPROVED, SHA),), "hands": ()},
            NO,
            id="of whoever opened it, in other letters",
        ),
        pytest.param(
            {"reviews": (review("lead"), review("cto", Opinion.CHANGES))}, NO, id="somebody else asked for changes"
        ),
        pytest.param(
            {"reviews": (review("lead"), review("cto", Opinion.CHANGES, OLD))}, YES, id="changes asked for, then made"
        ),
        pytest.param({"reviews": (review("dev"), review("lead"))}, YES, id="its author's own beside somebody else's"),
        pytest.param({"pulls": ()}, NO, id="no pull request at all"),
        pytest.param({"pulls": (pull(), pull(8))}, NO, id="one of two was not reviewed"),
        pytest.param(
            {"pulls": (pull(), pull(8)), "reviews": (review(), review("cto", number=8))}, YES, id="both were reviewed"
        ),
        pytest.param({"pulls": (pull(head=""),)}, UNKNOWN, id="a pull request whose last commit nobody knows"),
        pytest.param(
            {"commits": (Commit(SHA, "t", login("dev"), 7), Commit(OLD, "t", login("dev"), 0))},
            NO,
            id="a commit that came without a pull request",
        ),
        pytest.param(
            {"commits": (Commit(SHA, "t", login("dev"), None),)}, UNKNOWN, id="a commit nobody knows the way of"
        ),
        pytest.param({"total": 251}, UNKNOWN, id="more commits than were read"),
    ],
)
def test_reviewed_pull_request(parts: dict[str, Any], state: State) -> None:
    assert held(said(**parts), Condition.REVIEWED).state is state


def test_a_review_on_an_old_commit_is_named_with_that_commit() -> None:
    one = held(said(reviews=(review(sha=OLD),)), Condition.REVIEWED)

    assert one.facts["old"] == OLD


def test_only_those_whose_review_counts_are_named() -> None:
    reviews = (review("lead"), review("dev"), review("rel", sha=OLD))

    assert held(said(reviews=reviews), Condition.REVIEWED).facts["by"] == login("lead")


def staged(state: str = "success", environment: str = "staging") -> Staged:
    return Staged(environment, state, at(-30))


@pytest.mark.parametrize(
    ("there", "names", "state"),
    [
        pytest.param((staged(),), (), YES, id="the same commit is live in staging"),
        pytest.param((), (), NO, id="it never was in staging"),
        pytest.param((staged("failure"),), (), NO, id="staging failed"),
        pytest.param((staged("error"),), (), NO, id="staging broke"),
        pytest.param((staged("in_progress"),), (), WAITING, id="staging runs"),
        pytest.param((staged("queued"),), (), WAITING, id="staging waits"),
        pytest.param((staged("something new"),), (), NO, id="a state nobody knows is no success"),
        pytest.param((staged("inactive"),), (), NO, id="over, and nobody says how it went"),
        pytest.param((staged(environment="Staging"),), (), YES, id="in other letters it is the same environment"),
        pytest.param((staged(),), ("staging-eu",), NO, id="another staging is asked for"),
        pytest.param((staged(environment="staging-eu"),), ("staging-eu",), YES, id="the named one has it"),
        pytest.param((staged(environment="eu"), staged("failure", "us")), ("eu", "us"), NO, id="one of two failed"),
        pytest.param((staged("queued", "eu"), staged("failure", "us")), ("eu", "us"), NO, id="failed while one waits"),
        pytest.param((staged(environment="eu"), staged(environment="us")), ("eu", "us"), YES, id="both have it"),
    ],
)
def test_staging_first(there: tuple[Staged, ...], names: tuple[str, ...], state: State) -> None:
    assert held(said(staging=there), Condition.STAGING_FIRST, *names).state is state


@pytest.mark.parametrize(
    ("branch", "state"),
    [
        pytest.param(Branch("main", protected=True, approvals=1), YES, id="protected, one review asked for"),
        pytest.param(Branch("main", protected=True, approvals=0), NO, id="protected, but without review"),
        pytest.param(Branch("main", protected=False), NO, id="not protected"),
        pytest.param(Branch("main", protected=None), UNKNOWN, id="GitHub would not say"),
        pytest.param(Branch("main", protected=True, approvals=None), UNKNOWN, id="how many reviews it would not say"),
        pytest.param(None, UNKNOWN, id="nothing was read"),
    ],
)
def test_branch_protected(branch: Branch | None, state: State) -> None:
    assert held(said(branch=branch), Condition.PROTECTED).state is state


OURS = Issue("10001", "OPS-7", "", "To Do", Category.TODO, at(0), created=True)
NOBODY_S = Issue("", "OPS-7", "", "", Category.TODO, at(0), trouble="gone")
DELETED = replace(OURS, created=False, trouble="gone")
PROVEN = {Field.STAGING_PROOF: "5" * 64}


@pytest.mark.parametrize(
    ("condition", "given", "state"),
    [
        pytest.param(Condition.LINKED_ISSUE, {"jira": "OPS-7"}, YES, id="an issue is linked"),
        pytest.param(Condition.LINKED_ISSUE, {"jira": "OPS-7", "issue": OURS}, NO, id="the issue that we opened"),
        pytest.param(Condition.LINKED_ISSUE, {"jira": "OPS-7", "issue": NOBODY_S}, NO, id="one that never was"),
        pytest.param(Condition.LINKED_ISSUE, {"jira": "OPS-7", "issue": DELETED}, YES, id="one deleted since"),
        pytest.param(Condition.LINKED_ISSUE, {"jira": None}, NO, id="no issue is linked"),
        pytest.param(Condition.LINKED_ISSUE, {"jira": ""}, NO, id="an empty issue is none"),
        pytest.param(
            Condition.PLAN_ATTACHED,
            {"texts": {Field.PLAN_OUTPUT: "7" * 64}, "plan_sha256": "8" * 64},
            YES,
            id="a plan and its checksum",
        ),
        pytest.param(Condition.PLAN_ATTACHED, {"texts": {Field.PLAN_OUTPUT: "7" * 64}}, NO, id="a plan alone"),
        pytest.param(Condition.PLAN_ATTACHED, {"plan_sha256": "8" * 64}, NO, id="a checksum alone"),
        pytest.param(Condition.ROLLBACK_PLAN, {}, YES, id="a rollback plan"),
        pytest.param(Condition.ROLLBACK_PLAN, {"texts": {}}, NO, id="no rollback plan"),
        pytest.param(Condition.ROLLBACK_PLAN, {"flagged": (Field.ROLLBACK,)}, NO, id="a placeholder as rollback plan"),
        pytest.param(Condition.STAGING_PROOF, {"texts": PROVEN, "reading": None}, YES, id="a written proof"),
        pytest.param(
            Condition.STAGING_PROOF,
            {"texts": PROVEN, "reading": None, "flagged": (Field.STAGING_PROOF,)},
            NO,
            id="a placeholder as proof",
        ),
        pytest.param(Condition.STAGING_PROOF, {"reading": build.reading()}, YES, id="this commit worked on staging"),
        pytest.param(Condition.STAGING_PROOF, {"reading": build.reading(staging=())}, NO, id="no proof at all"),
        pytest.param(Condition.STAGING_PROOF, {"reading": None}, NO, id="no proof while GitHub is silent"),
    ],
)
def test_what_the_request_itself_must_hold(condition: Condition, given: dict[str, Any], state: State) -> None:
    assert held(build.deploy(**given), condition).state is state


FROM_GITHUB = {
    Condition.CHECKS_PASS: (Part.CHECKS,),
    Condition.REVIEWED: (Part.PULLS, Part.REVIEWS, Part.COMMITS),
    Condition.STAGING_FIRST: (Part.STAGING,),
    Condition.PROTECTED: (Part.BRANCH,),
}


@pytest.mark.parametrize(
    ("condition", "part"), [(one, part) for one, parts in FROM_GITHUB.items() for part in parts], ids=str
)
def test_what_github_would_not_say_is_unknown_never_no_and_never_yes(condition: Condition, part: Part) -> None:
    one = held(said(unknown={part: "403"}), condition)

    assert (one.state, dict(one.facts)) == (UNKNOWN, {"unread": part, "why": "403"})


@pytest.mark.parametrize("condition", FROM_GITHUB, ids=str)
def test_without_a_reading_nothing_of_github_is_known(condition: Condition) -> None:
    assert held(build.deploy(reading=None), condition).facts == {"unread": "github"}
    assert held(build.deploy(reading=None, unlinked=True), condition).facts == {"unread": "unlinked"}
    assert held(build.deploy(reading=None), condition).state is UNKNOWN
    assert held(build.deploy(reading=None, unlinked=True), condition).state is UNKNOWN


@pytest.mark.parametrize("condition", FROM_GITHUB, ids=str)
@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"sha": NEXT_SHA}, id="another commit"),
        pytest.param({"environment": "staging"}, id="another environment"),
        pytest.param({"repository": "acme/other"}, id="another repository"),
    ],
)
def test_a_reading_of_something_else_says_nothing(condition: Condition, other: dict[str, str]) -> None:
    case = said(**{"sha": SHA, **other})

    assert held(case, condition).state is UNKNOWN


def test_a_repository_is_the_same_in_any_letters() -> None:
    case = build.deploy(reading=build.reading(repository=REPOSITORY.upper()))

    assert held(case, Condition.CHECKS_PASS).state is YES


@pytest.mark.parametrize("condition", Condition, ids=str)
def test_each_condition_says_when_it_was_read(condition: Condition) -> None:
    assert held(build.deploy(), condition).as_of == T0


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        (Type.INFRASTRUCTURE, [Condition.PLAN_ATTACHED]),
        (Type.DATABASE, [Condition.ROLLBACK_PLAN, Condition.STAGING_PROOF]),
    ],
    ids=str,
)
def test_a_type_owes_its_document_whatever_the_rule_asks(kind: Type, condition: list[Condition]) -> None:
    found = conditions.evaluate(build.deploy(type=kind), build.deploy_rules())

    assert [one.requirement.condition for one in found] == condition


def test_what_a_type_owes_and_the_rule_asks_is_asked_once() -> None:
    rules = asking(Condition.ROLLBACK_PLAN)

    assert [h.requirement.condition for h in conditions.evaluate(build.deploy(type=Type.DATABASE), rules)] == [
        Condition.ROLLBACK_PLAN,
        Condition.STAGING_PROOF,
    ]


def test_what_is_known_not_to_hold_comes_first_then_what_may_still_come() -> None:
    asked = (Condition.PROTECTED, Condition.CHECKS_PASS, Condition.LINKED_ISSUE)
    rules = build.deploy_rules(build.deploy_rule(require=tuple(map(Requirement, asked))))
    case = said(branch=None, checks=checks(unit=RUNNING))

    assert [(h.requirement.condition, h.state) for h in conditions.unmet(case, rules)] == [
        (Condition.LINKED_ISSUE, NO),
        (Condition.CHECKS_PASS, WAITING),
        (Condition.PROTECTED, UNKNOWN),
    ]


def test_when_all_is_well_nothing_is_unmet() -> None:
    asked = (*FROM_GITHUB, Condition.ROLLBACK_PLAN)
    rules = build.deploy_rules(build.deploy_rule(require=tuple(map(Requirement, asked))))

    assert conditions.unmet(build.deploy(), rules) == ()
    assert isinstance(build.deploy().reading, Reading)
