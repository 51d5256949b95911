"""Deciding an emergency, on both databases: approve, reject, take back, go ahead without."""

from typing import Any

import pytest
from sqlalchemy import select

from tests import build
from tests.build import APPROVERS, FALLBACK, at, needs
from tests.workflows import seats
from tests.workflows.desk import Desk
from workflows import deciding, emergencies
from workflows.case import Done, Refused
from workflows.change import Mistakes, Reason, Status
from workflows.db import Database
from workflows.models import approvals, refusals
from workflows.ruleset import EmergencyRule

TWO = build.rule(approvers=needs(**{APPROVERS: 2}))


def desk_of(database: Database, default: EmergencyRule, **given: Any) -> Desk:
    return Desk(database, rules=build.rules(default=default, **given))


def no(answer: object) -> Reason | None:
    """Why it was refused."""
    assert isinstance(answer, Refused), answer
    return answer.verdict.reason


def test_one_yes_approves_opens_the_gate_and_makes_the_review_the_approvers(desk: Desk) -> None:
    desk.declare()
    answer = desk.wait(4).approve("cto", note="go, watch the queue")

    assert isinstance(answer, Done)
    case = desk.case
    assert (answer.happened, case.status) == (("approved",), Status.APPROVED)
    assert case.decision is not None
    assert (case.decision.kind, case.decision.by, case.decision.at) == ("approved", "cto", at(4))
    assert case.body(case.decision.reason) == "go, watch the queue"
    assert case.window_until == at(4, hours=4)
    assert case.review is not None
    assert (case.review.owner, case.review.due, case.review.deadline) == ("cto", at(hours=24), at(hours=48))
    assert desk.told("dev") == ["approved"]
    assert desk.lines() == ["declared", "approved", "gate_open", "review_owner"]
    assert desk.replayed() == case


def test_the_decision_keeps_what_it_rested_on(desk: Desk) -> None:
    desk.declare()
    desk.wait(4).approve("cto")

    proof = desk.events()[2].data["evidence"]
    assert (proof["policy"], proof["rule"], proof["max_age"]) == ("d" * 64, "emergency", 60)
    assert proof["account"] == {"slack": "UCTO", "as_of": at(4).isoformat()}
    assert proof["roster"] == {"group": APPROVERS, "as_of": at(4).isoformat(), "members": ["cto", "lead"]}
    assert len(proof["document"]) == 64


def test_the_second_of_a_quorum_of_two_decides(database: Database) -> None:
    desk = desk_of(database, TWO, groups={APPROVERS: ("cto", "lead", "rel"), FALLBACK: ()})
    desk.declare()

    first, second = desk.approve("cto"), desk.wait(1).approve("lead")

    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert (first.happened, first.case.status) == (("voiced",), Status.DECLARED)
    assert (second.happened, second.case.status) == (("approved",), Status.APPROVED)
    assert second.case.review is not None
    assert second.case.review.owner == "lead"
    assert desk.lines()[1:3] == ["approved_more", "approved"]
    assert desk.replayed() == desk.case


def test_the_fallback_is_asked_the_moment_a_quorum_of_two_has_one_left(desk: Desk) -> None:
    desk.rules = build.rules(default=TWO)
    desk.declare(implementer="lead")

    assert [ask.round for ask in desk.case.asks] == ["first", "fallback", "stand-in"]
    assert [desk.approve("rel").__class__, desk.approve("cto").__class__] == [Done, Done]
    assert desk.case.status is Status.APPROVED
    assert [a.right for a in desk.case.approvals] == [FALLBACK, APPROVERS]


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ("dev", Reason.REQUESTER),
        ("ops", Reason.IMPLEMENTER),
        ("stranger", Reason.NOT_IN_GROUP),
        ("rel", Reason.NOT_IN_GROUP),
    ],
)
def test_a_refused_try_is_kept_and_changes_nothing(desk: Desk, who: str, reason: Reason) -> None:
    before = desk.declare(implementer="ops")

    assert no(desk.approve(who)) is reason
    assert desk.kinds()[-1] == "refused"
    assert desk.events()[-1].data == {"action": "approve", "reason": reason.value, "revision": 1}
    assert (desk.case.status, desk.case.approvals) == (before.status, ())
    assert desk.lines() == ["declared"]


def test_the_same_try_again_within_a_minute_is_only_counted(desk: Desk) -> None:
    desk.declare()
    for _ in range(3):
        desk.wait(0.25).approve("dev")
    desk.wait(1).approve("dev")

    assert desk.kinds().count("refused") == 2
    with desk.database.read() as tx:
        assert tx.execute(select(refusals.c.n)).scalars().all() == [4]


def test_an_unknown_change_is_no_crash(desk: Desk) -> None:
    answer = desk.do("cto", deciding.approve, "nothing", 1)

    assert no(answer) is Reason.UNKNOWN_CHANGE
    assert answer.case is None


def test_an_approve_on_an_older_card_is_not_counted(desk: Desk) -> None:
    desk.declare()
    desk.wait(2).add(plan="fail over to the other region")

    answer = desk.wait(1).approve("cto", revision=1)

    assert no(answer) is Reason.STALE_REVISION
    assert isinstance(answer, Refused)
    assert dict(answer.verdict.facts) == {"at": at(2).isoformat(), "changed": "plan"}
    assert desk.approve("cto", revision=2).__class__ is Done


def test_one_no_is_final_and_closes(desk: Desk) -> None:
    desk.declare()
    answer = desk.wait(3).reject("cto", reason="the database is read-only")

    assert isinstance(answer, Done)
    case = desk.case
    assert (case.status, case.closed_at) == (Status.REJECTED, at(3))
    assert case.decision is not None
    assert case.body(case.decision.reason) == "the database is read-only"
    assert case.review is None
    assert desk.told("dev") == ["rejected"]
    assert no(desk.approve("lead")) is Reason.ALREADY_DECIDED
    assert no(desk.proceed("dev")) is Reason.ALREADY_DECIDED
    assert desk.next_due() is None


def test_one_no_outweighs_one_yes_of_two(desk: Desk) -> None:
    desk.rules = build.rules(default=TWO)
    desk.declare()
    desk.approve("cto")
    desk.reject("lead")

    assert desk.case.status is Status.REJECTED


@pytest.mark.parametrize("reason", ["", " \n "])
def test_a_no_a_break_glass_and_an_objection_need_a_reason(sqlite_desk: Desk, reason: str) -> None:
    desk = sqlite_desk
    desk.declare()

    assert desk.reject(reason=reason) == Mistakes({"reason": "empty-reject"})
    assert desk.proceed(reason=reason) == Mistakes({"reason": "empty-proceed"})
    desk.proceed()
    assert desk.object_to(reason=reason) == Mistakes({"reason": "empty-object"})
    assert desk.kinds() == ["declared", "asked", "proceeding", "review_owed"]


def test_taken_back_it_waits_again_for_somebody_else(desk: Desk) -> None:
    desk.declare()
    desk.approve("cto")
    answer = desk.wait(2).take_back("cto")

    assert isinstance(answer, Done)
    case = desk.case
    assert (case.status, case.decision, case.review, case.window_until) == (Status.DECLARED, None, None, None)
    assert desk.asked("lead") == ["first", "again"]
    assert desk.asked("cto") == ["first"]
    assert desk.told("dev")[-1] == "took_back"
    assert no(desk.approve("cto")) is Reason.TOOK_BACK
    assert no(desk.reject("cto")) is Reason.TOOK_BACK
    assert desk.wait(1).approve("lead").__class__ is Done
    assert desk.case.review is not None
    assert desk.case.review.owner == "lead"
    assert desk.replayed() == desk.case


def test_taken_back_after_the_first_of_two_leaves_the_others_voice(desk: Desk) -> None:
    desk.rules = build.rules(default=TWO, groups={APPROVERS: ("cto", "lead", "rel"), FALLBACK: ()})
    desk.declare()
    desk.approve("cto")
    desk.approve("lead")
    desk.take_back("cto")

    assert desk.status == "declared"
    assert desk.approve("rel").__class__ is Done
    assert desk.status == "approved"


def test_when_the_only_other_approver_took_back_the_fallback_is_asked(database: Database) -> None:
    desk = desk_of(database, build.rule(), groups={APPROVERS: ("cto", "dev"), FALLBACK: ("rel",)})
    desk.declare()
    desk.approve("cto")
    desk.take_back("cto")

    assert desk.asked("rel") == ["stand-in"]
    assert desk.approve("rel").__class__ is Done


def test_break_glass_is_its_own_status_and_no_approval(desk: Desk) -> None:
    desk.declare()
    answer = desk.wait(9).proceed("dev", reason="we lose orders")

    assert isinstance(answer, Done)
    case = desk.case
    assert case.status is Status.PROCEEDING
    assert case.approvals == ()
    assert case.decision is not None
    assert (case.decision.kind, case.decision.by) == ("proceeding", "dev")
    assert case.window_until == at(9, hours=4)
    assert desk.told("cto") == desk.told("lead") == ["proceeding"]
    (line,) = [post for post in desk.posts("thread:") if post["line"] == "proceeding"]
    assert line["broadcast"] is True
    assert case.review is not None
    assert case.review.owner in ("cto", "lead")
    assert no(desk.approve("cto")) is Reason.TOO_LATE
    with desk.database.read() as tx:
        assert tx.execute(select(approvals)).all() == []


def test_a_practised_break_glass_opens_nothing(desk: Desk) -> None:
    desk.declare(drill=True)
    desk.proceed()

    assert (desk.status, desk.case.window_until) == ("proceeding", None)
    assert "gate_open" not in desk.lines()


def test_the_operator_at_the_server_proceeds_on_their_word(desk: Desk) -> None:
    desk.declare()
    with desk.turn("ops", operator="ops at the server") as turn:
        answer = emergencies.proceed(turn, desk.id, reason="Slack is down")

    assert isinstance(answer, Done)
    assert desk.events()[2].operator == "ops at the server"
    assert desk.case.status is Status.PROCEEDING


@pytest.mark.parametrize("broken", ["guest", "deactivated", "bot", "foreign"])
def test_an_approver_who_lost_their_account_between_card_and_click(sqlite_desk: Desk, broken: str) -> None:
    sqlite_desk.declare()
    sqlite_desk.become("cto", **{broken: True})

    assert no(sqlite_desk.approve("cto")) in (Reason.GUEST, Reason.DEACTIVATED, Reason.OTHER_ORGANISATION)
    assert sqlite_desk.case.status is Status.DECLARED


def test_an_approver_who_left_the_group_between_card_and_click(desk: Desk) -> None:
    desk.declare()
    desk.rules = build.rules(groups={APPROVERS: ("lead",), FALLBACK: ("rel",)})

    assert no(desk.approve("cto")) is Reason.NOT_IN_GROUP


def test_the_second_account_of_one_person_is_one_voice(desk: Desk) -> None:
    desk.rules = build.rules(default=TWO)
    desk.declare()
    desk.approve("cto")
    with desk.turn("cto", slack="UCTO2") as turn:
        seats.second_account(turn.tx, "cto")
        assert no(deciding.approve(turn, desk.id, 1)) is Reason.SECOND_VOICE


def test_ratified_afterwards_it_stays_without_approval(desk: Desk) -> None:
    desk.declare()
    desk.proceed()
    desk.deploy()
    answer = desk.wait(30).ratify("cto")

    assert isinstance(answer, Done)
    case = desk.case
    assert case.status is Status.DEPLOYED
    assert case.decision is not None
    assert case.decision.kind == "proceeding"
    assert case.afterwards is not None
    assert (case.afterwards.kind, case.afterwards.by) == ("ratified", "cto")
    assert no(desk.ratify("lead")) is Reason.ALREADY_DECIDED
    assert no(desk.object_to("lead")) is Reason.ALREADY_DECIDED
    assert desk.lines()[-1] == "ratified"


def test_ratifying_takes_the_same_quorum(desk: Desk) -> None:
    desk.rules = build.rules(default=TWO)
    desk.declare()
    desk.proceed()
    desk.ratify("cto")

    assert desk.case.afterwards is None
    assert no(desk.ratify("cto")) is Reason.SECOND_VOICE
    desk.ratify("lead")
    assert desk.case.afterwards is not None
    assert [line for line in desk.lines() if line.startswith("ratified")] == ["ratified_more", "ratified"]


def test_one_objection_is_final_and_told(desk: Desk) -> None:
    desk.declare()
    desk.proceed()
    desk.object_to("cto", reason="an hour would have done")

    assert desk.case.afterwards is not None
    assert desk.case.afterwards.kind == "objected"
    assert desk.case.body(desk.case.afterwards.reason) == "an hour would have done"
    assert desk.told("dev") == ["objected"]
    assert no(desk.ratify("lead")) is Reason.ALREADY_DECIDED
