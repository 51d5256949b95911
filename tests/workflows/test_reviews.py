"""The review, on both databases: who owns it, what closes it, what follows from it."""

from dataclasses import replace
from typing import Any

import pytest

from tests import build
from tests.build import FALLBACK, at
from tests.workflows.desk import GOOD, Desk, Result
from workflows import facts, reviews
from workflows.case import Done, Refused
from workflows.change import Field, Item, Judgement, Mistakes, Outcome, Reason
from workflows.reviews import FollowUpForm
from workflows.ruleset import Group

FOLLOW = FollowUpForm("raise the pool size", "dev", "2026-11-20")


def done(answer: Result) -> Done:
    assert isinstance(answer, Done), answer
    return answer


def no(answer: Result) -> Reason | None:
    assert isinstance(answer, Refused), answer
    return answer.verdict.reason


def wrong(answer: Result) -> dict[str, str]:
    assert isinstance(answer, Mistakes), answer
    return dict(answer.fields)


def live(desk: Desk, who: str = "cto", **given: Any) -> None:
    desk.declare(**given)
    done(desk.approve(who))
    done(desk.deploy(known="the pool was full"))


def test_closed_with_a_verdict_and_what_was_owed(desk: Desk) -> None:
    live(desk)
    done(desk.wait(hours=19).close("cto"))

    case = desk.case
    assert (desk.status, case.closed_at) == ("reviewed", at(hours=19))
    assert case.review is not None
    assert (case.review.by, case.review.judgement, case.review.closed_at) == ("cto", Judgement.YES, at(hours=19))
    texts = (case.review.deployed, case.review.cause, case.review.tests)
    assert [case.body(text) for text in texts] == [GOOD.deployed, GOOD.cause, GOOD.tests]
    assert case.text(Field.ROLLBACK) == "deploy v812 again"
    assert desk.told("dev")[-1] == "closed"
    assert desk.lines()[-1] == "reviewed"
    assert desk.replayed() == case


@pytest.mark.parametrize(
    ("given", "mistakes"),
    [
        pytest.param({"cause": " "}, {"cause": "empty-answer"}, id="a cause is needed"),
        pytest.param({"cause": "n/a"}, {"cause": "placeholder"}, id="a placeholder is none"),
        pytest.param({"tests": "checkout 500s"}, {"tests": "placeholder"}, id="nor is the title again"),
        pytest.param({"judgement": None}, {"judgement": "empty"}, id="a judgement is needed"),
        pytest.param(
            {"missing": {}},
            {"missing_tests": "empty-answer", "missing_rollback": "empty-answer"},
            id="what was owed must be there",
        ),
        pytest.param(
            {"missing": {Item.TESTS: "tbd", Item.ROLLBACK: "by hand"}},
            {"missing_tests": "placeholder"},
            id="and say something",
        ),
        pytest.param({"judgement": Judgement.NO}, {"followup_what_1": "follow-up-needed"}, id="no needs a follow-up"),
        pytest.param({"judgement": Judgement.FINDINGS}, {"followup_what_1": "follow-up-needed"}, id="so do findings"),
        pytest.param({"judgement": Judgement.NO, "follow_ups": (FOLLOW,)}, {}, id="with one it closes"),
        pytest.param({"follow_ups": (FOLLOW,)}, {}, id="yes may have one"),
        pytest.param(
            {"follow_ups": (FOLLOW, FollowUpForm("tbd", None, None))},
            {
                "followup_what_2": "placeholder",
                "followup_owner_2": "follow-up-incomplete",
                "followup_due_2": "follow-up-incomplete",
            },
            id="each follow-up has a text, a person and a date",
        ),
        pytest.param(
            {"follow_ups": (FollowUpForm("more memory", "dev", "2026-02-30"),)},
            {"followup_due_1": "follow-up-incomplete"},
            id="a date is one of the calendar",
        ),
        pytest.param(
            {"follow_ups": (FollowUpForm("more memory", "dev", "2026-11-01"),)},
            {"followup_due_1": "past"},
            id="and not in the past",
        ),
    ],
)
def test_what_keeps_a_review_open(sqlite_desk: Desk, given: dict[str, Any], mistakes: dict[str, str]) -> None:
    live(sqlite_desk)
    answer = sqlite_desk.close("cto", **given)

    assert (wrong(answer) if isinstance(answer, Mistakes) else {}) == mistakes
    assert sqlite_desk.status == ("deployed" if mistakes else "reviewed")


@pytest.mark.parametrize("flag", ["guest", "deactivated", "bot", "foreign"])
def test_a_follow_up_is_given_to_nobody_who_cannot_have_it(sqlite_desk: Desk, flag: str) -> None:
    live(sqlite_desk)
    sqlite_desk.become("ops", **{flag: True})
    answer = sqlite_desk.close("cto", follow_ups=(FollowUpForm("more memory", "ops", "2026-12-01"),))

    assert wrong(answer) == {"followup_owner_1": "no-account"}
    assert sqlite_desk.status == "deployed"


def test_a_flagged_placeholder_is_owed_and_what_is_documented_is_not_overwritten(desk: Desk) -> None:
    live(desk, plan="tbd", rollback="v812")
    owed = {Item.PLAN: "roll back to v811", Item.TESTS: "staging", Item.ROLLBACK: "something else"}
    done(desk.close("cto", missing=owed))

    case = desk.case
    assert case.text(Field.PLAN) == "roll back to v811"
    assert case.text(Field.ROLLBACK) == "v812"
    assert case.flagged == ()
    assert case.revision == 1


@pytest.mark.parametrize(
    ("who", "reason"),
    [("dev", Reason.REVIEW_BY_PARTY), ("ops", Reason.REVIEW_BY_PARTY), ("stranger", Reason.NOT_YOURS)],
)
def test_who_does_not_review(desk: Desk, who: str, reason: Reason) -> None:
    live(desk, implementer="ops")

    assert no(desk.close(who)) is reason
    assert no(desk.do(who, reviews.take_over, desk.id)) is reason
    assert desk.kinds()[-1] == "refused"


def test_a_reviewer_whose_group_cannot_be_read_waits_but_the_owner_does_not(desk: Desk) -> None:
    rules = build.rules(default=build.rule(reviewers=("readers",)))
    desk.rules = replace(rules, groups={**rules.groups, "readers": Group("readers", usergroup="@readers")})
    with desk.turn() as turn:
        facts.put(turn.tx, "usergroup", "@readers", ["ULEAD", "UREL"], as_of=desk.now)
    live(desk)
    with desk.turn() as turn:
        facts.mark_stale(turn.tx, "usergroup")

    assert desk.case.review is not None
    assert desk.case.review.owner == "lead"
    assert no(desk.close("rel")) is Reason.STANDING_UNKNOWN
    done(desk.close("lead"))


def test_written_before_anything_was_marked_live_it_says_what_went_out(desk: Desk) -> None:
    desk.declare()
    done(desk.proceed())
    done(desk.wait(90).close("lead"))

    (only,) = desk.case.deployments
    assert (only.basis, only.at, only.outcome) == ("proceeding", at(90), Outcome.OK)
    assert desk.case.body(only.what) == GOOD.deployed
    assert desk.kinds()[-3:] == ["detailed", "deployed", "reviewed"]
    assert desk.status == "reviewed"


def test_a_closed_review_is_added_to_and_its_first_text_stays(desk: Desk) -> None:
    live(desk)
    done(desk.close("cto"))
    assert wrong(desk.do("lead", reviews.amend, desk.id, text=" ")) == {"text": "empty-answer"}
    done(desk.wait(days=2).do("lead", reviews.amend, desk.id, text="it was the proxy as well"))

    case = desk.case
    assert case.review is not None
    assert case.body(case.review.cause) == GOOD.cause
    assert [(a.by, a.at, case.body(a.text)) for a in case.review.amendments] == [
        ("lead", at(days=2), "it was the proxy as well")
    ]
    assert desk.status == "reviewed"


def test_only_one_review_is_closed(desk: Desk) -> None:
    live(desk)
    done(desk.close("cto"))

    assert no(desk.close("lead")) is Reason.NOT_NOW
    assert no(desk.do("lead", reviews.take_over, desk.id)) is Reason.NOT_NOW
    assert no(desk.do("cto", reviews.hand_over, desk.id, to="lead")) is Reason.NOT_NOW


def test_the_approver_owns_the_review_and_without_one_whoever_owes_fewest(desk: Desk) -> None:
    owners = []
    for _ in range(4):
        desk.declare()
        done(desk.proceed())
        owners.append(desk.case.review and desk.case.review.owner)
    live(desk, "lead")

    assert owners == ["cto", "lead", "rel", "cto"]
    assert desk.case.review is not None
    assert desk.case.review.owner == "lead"


def test_an_approver_who_is_no_reviewer_does_not_own_it(desk: Desk) -> None:
    desk.rules = build.rules(default=build.rule(reviewers=(FALLBACK,)))
    live(desk)

    assert desk.case.review is not None
    assert desk.case.review.owner == "rel"


@pytest.mark.parametrize("to", ["dev", "ops", "stranger", "cto", "nobody"])
def test_handed_only_to_somebody_who_may_write_it(sqlite_desk: Desk, to: str) -> None:
    live(sqlite_desk, implementer="ops")

    assert wrong(sqlite_desk.do("cto", reviews.hand_over, sqlite_desk.id, to=to)) == {"to": "not-eligible"}


def test_a_handed_over_review_begins_with_no_snoozes(desk: Desk) -> None:
    live(desk)
    for _ in range(3):
        done(desk.do("cto", reviews.snooze, desk.id, choice="1h"))
    done(desk.do("cto", reviews.hand_over, desk.id, to="lead"))

    done(desk.do("lead", reviews.snooze, desk.id, choice="1h"))
    assert no(desk.do("cto", reviews.snooze, desk.id, choice="1h")) is Reason.NOT_YOURS


def test_an_unknown_snooze_is_a_mistake(sqlite_desk: Desk) -> None:
    live(sqlite_desk)

    assert wrong(sqlite_desk.do("cto", reviews.snooze, sqlite_desk.id, choice="1w")) == {"choice": "empty"}


def test_a_follow_up_is_told_done_once_and_by_whoever_may(desk: Desk) -> None:
    live(desk)
    mine = FollowUpForm("look at the proxy", "cto", "2026-11-21")
    done(desk.close("cto", judgement=Judgement.FINDINGS, follow_ups=(FOLLOW, mine)))
    assert desk.case.review is not None
    first, second = desk.case.review.follow_ups

    assert desk.told("dev")[-2:] == ["closed", "follow_up"]
    assert "follow_up" not in desk.told("cto")
    assert no(desk.do("stranger", reviews.mark_done, desk.id, ref=first.id)) is Reason.NOT_YOURS
    assert no(desk.do("dev", reviews.mark_done, desk.id, ref="nothing")) is Reason.NOT_NOW
    assert done(desk.do("dev", reviews.mark_done, desk.id, ref=first.id)).happened == ("follow_up_done",)
    assert done(desk.do("dev", reviews.mark_done, desk.id, ref=first.id)).happened == ()
    after = desk.case.review.follow_ups
    assert (after[0].done_at, after[0].done_by, after[1].done_at, second.done_at) == (at(), "dev", None, None)
    assert desk.kinds().count("follow_up_done") == 1
    assert desk.lines()[-1] == "follow_up_done"


def test_whoever_takes_over_needs_nothing_of_the_owner(desk: Desk) -> None:
    live(desk)
    done(desk.do("rel", reviews.take_over, desk.id))

    assert desk.told("cto")[-1] == "taken_from_you"
    assert no(desk.do("rel", reviews.take_over, desk.id)) is Reason.NOT_NOW
    done(desk.close("rel"))
