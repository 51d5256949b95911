"""What Jira must have been told of a change: tables without a database."""

from dataclasses import replace
from typing import Any

import pytest

from tests import build
from tests.build import at
from workflows import condemned, dossier_jira, ticketing
from workflows.case import Approval, Case, Decision, Deployment, Review
from workflows.change import Judgement, Outcome, Status
from workflows.peered import Category, Issue
from workflows.reviewed import Amendment, FollowUp

TODO, DOING, DONE = Category.TODO, Category.DOING, Category.DONE


def issue(category: Category = TODO, **given: Any) -> Issue:
    return replace(Issue("10001", "OPS-1", "https://j.example/OPS-1", "To Do", category, at(0)), **given)


def live(minutes: float = 5) -> Deployment:
    return Deployment("v811", at(minutes), Outcome.OK, "dev", at(minutes), "approved")


def review(judgement: Judgement | None = None, **given: Any) -> Review:
    made = Review("lead", at(0), at(0), at(hours=24), at(hours=48))
    closed: dict[str, Any] = {"closed_at": at(60), "by": "lead", "judgement": judgement} if judgement else {}
    return replace(made, **(closed | given))


def keys(case: Case) -> list[str]:
    """What would be commented, without the moments."""
    return [one.key.split("-2026")[0] for one in ticketing.comments(case)]


APPROVED = Decision("approved", at(1), "cto", 1)
HISTORIES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "an issue that people made hears that it was declared": ({"issue": issue()}, ["declared"]),
    "one that we made has it in its description": ({"issue": issue(created=True)}, []),
    "approved and live": ({"decision": APPROVED, "deployments": (live(),)}, ["declared", "approved", "deployed"]),
    "without approval, and ratified": (
        {"decision": Decision("proceeding", at(1), "dev", 1), "afterwards": Decision("ratified", at(9), "cto", 1)},
        ["declared", "proceeding", "ratified"],
    ),
    "rejected": ({"decision": Decision("rejected", at(1), "cto", 1)}, ["declared", "rejected"]),
    "an approval that was taken back": (
        {"approvals": (Approval("cto", 1, at(1), "approve", "g", taken_back_at=at(2)),)},
        ["declared", "took-back"],
    ),
    "changed after it was approved": ({"revision": 2, "changed_at": at(3)}, ["declared", "changed-2"]),
    "two deployments in one moment are two": (
        {"deployments": (live(), live())},
        ["declared", "deployed", "deployed"],
    ),
    "reviewed, and added to": (
        {"review": review(Judgement.YES, amendments=(Amendment("cto", at(70), "x"),))},
        ["declared", "reviewed-1", "reviewed-1-added-1"],
    ),
    "live again after its review": (
        {"earlier_reviews": (review(Judgement.YES),), "review": review(), "deployments": (live(), live(90))},
        ["declared", "deployed", "reviewed-1", "deployed"],
    ),
    "withdrawn": ({"status": Status.WITHDRAWN, "closed_at": at(2), "withdrawn_by": "dev"}, ["declared", "withdrawn"]),
    "nothing was deployed": (
        {"status": Status.WITHDRAWN, "closed_at": at(2), "nothing_deployed": True},
        ["declared", "not-needed"],
    ),
    "an approval that ran out": ({"status": Status.EXPIRED, "expired_at": at(9)}, ["declared", "expired"]),
    "replaced": ({"status": Status.SUPERSEDED, "closed_at": at(9)}, ["declared", "superseded"]),
}


@pytest.mark.parametrize(("given", "said"), HISTORIES.values(), ids=HISTORIES.keys())
def test_what_is_commented(given: dict[str, Any], said: list[str]) -> None:
    case = build.case(**given)
    assert keys(case) == said
    assert len({one.key for one in ticketing.comments(case)}) == len(said)


@pytest.mark.parametrize(
    ("given", "category"),
    [
        ({}, TODO),
        ({"status": Status.REJECTED}, DONE),
        ({"status": Status.APPROVED}, DOING),
        ({"status": Status.PROCEEDING}, DOING),
        ({"status": Status.DEPLOYED}, DOING),
        ({"status": Status.REVIEWED, "closed_at": at(60)}, DONE),
        ({"status": Status.WITHDRAWN, "closed_at": at(2)}, DONE),
    ],
)
def test_how_far_its_issue_is_to_be(given: dict[str, Any], category: Category) -> None:
    assert ticketing.wanted(build.case(**given)) is category


MOVES = {
    "onwards": (TODO, DOING, "", True),
    "two steps at once": (TODO, DONE, "doing", True),
    "where it is already": (DOING, DOING, "", False),
    "where we moved it once, and people moved it away": (TODO, DOING, "doing", False),
    "back from where we moved it: the change goes on": (DONE, DOING, "done", True),
    "not back from where people moved it": (DONE, DOING, "", False),
}


@pytest.mark.parametrize(("now", "want", "moved", "so"), MOVES.values(), ids=MOVES.keys())
def test_whether_we_move_it(now: Category, want: Category, moved: str, so: bool) -> None:
    assert ticketing.moves(now, want, moved) is so


def follow(**given: Any) -> FollowUp:
    return replace(FollowUp("f1234567890", "x", "cto", "2026-12-01"), **given)


CHILDREN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no review, no issues": ({}, []),
    "an open follow-up": ({"follow_ups": (follow(),)}, ["f1234567"]),
    "one that was done before it had an issue": ({"follow_ups": (follow(done_at=at(70)),)}, []),
    "one that was done since": ({"follow_ups": (follow(done_at=at(70), issue=issue()),)}, ["f1234567"]),
    "a no": ({"judgement": Judgement.NO}, ["remediation"]),
    "findings": ({"judgement": Judgement.FINDINGS}, []),
}


@pytest.mark.parametrize(("given", "labels"), CHILDREN.values(), ids=CHILDREN.keys())
def test_which_issues_there_are_beside_it(given: dict[str, Any], labels: list[str]) -> None:
    case = build.case(review=review(**({"judgement": Judgement.YES} | given)))
    assert [one.label for one in ticketing.children(case)] == [f"countersign-{case.key}-{one}" for one in labels]


OPEN = {
    "nobody did it": (follow(), True),
    "ticked off here": (follow(done_at=at(70)), False),
    "its issue is under way": (follow(issue=issue(DOING)), True),
    "its issue is done": (follow(issue=issue(DONE)), False),
}


@pytest.mark.parametrize(("one", "so"), OPEN.values(), ids=OPEN.keys())
def test_when_a_follow_up_is_open(one: FollowUp, so: bool) -> None:
    assert one.open is so
    case = build.case(review=review(Judgement.YES, follow_ups=(one,)))
    assert case.review is not None
    (told,) = dossier_jira.follow_ups(case, case.review, lambda person: person)
    assert told["open"] is so


UNMENDED: dict[str, tuple[dict[str, Any], bool]] = {
    "a no that Jira does not know yet": ({"issue": issue()}, True),
    "under way": ({"issue": issue(), "remediation": issue(DOING)}, True),
    "deleted there": ({"remediation": issue(trouble="gone")}, True),
    "done": ({"issue": issue(), "remediation": issue(DONE)}, False),
    "no Jira: nothing pretends": ({}, False),
}


@pytest.mark.parametrize(("given", "so"), UNMENDED.values(), ids=UNMENDED.keys())
def test_a_no_is_an_exception_until_its_remediation_is_done(given: dict[str, Any], so: bool) -> None:
    case = build.case(review=review(Judgement.NO), **given)
    assert condemned.unmended(case) is so
    assert dossier_jira.exceptions(case) == (["remediation-open"] if so else [])
    assert not condemned.unmended(replace(case, review=review(Judgement.FINDINGS)))
