"""Deploys, on both databases: asked for, approved for exactly one commit, void when it is another."""

from typing import Any

import pytest

from tests import build
from tests.build import NEXT_SHA, RELEASERS, SECURITY, SHA, at, deploy_rule, needs
from tests.workflows.desk import ASKED, Desk
from workflows import check, deciding, declaring, deploys, lists, requesting
from workflows.case import Done, Refused
from workflows.change import Basis, Mistakes, Outcome, Reason, Status, Type
from workflows.db import Database
from workflows.documents import Declaration, Details
from workflows.gate import Says, Why
from workflows.models import facts as facts_table
from workflows.reading import Check, CheckState
from workflows.ruleset import Condition, Requirement

CHECKS = Requirement(Condition.CHECKS_PASS, ("unit",))
RUNNING = (Check("unit", CheckState.RUNNING),)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, rules=build.deploy_rules())


@pytest.fixture
def lite(sqlite_desk: Desk) -> Desk:
    sqlite_desk.rules = build.deploy_rules()
    return sqlite_desk


def no(answer: object) -> Reason | None:
    """Why it was refused."""
    assert isinstance(answer, Refused), answer
    return answer.verdict.reason


def test_asked_and_approved_it_goes_for_exactly_that_commit(desk: Desk) -> None:
    desk.ask()
    assert desk.case.key == "DR-2026-0001"
    assert (desk.asked("rel"), desk.asked("lead"), desk.asked("dev")) == (["first"], ["first"], [])
    assert desk.lines() == ["requested"]

    assert isinstance(desk.wait(4).approve("rel"), Done)

    case = desk.case
    assert (case.status, case.sha, case.valid_until) == (Status.APPROVED, SHA, at(4, hours=8))
    assert (desk.gate().says, desk.gate(NEXT_SHA).says) == (Says.YES, Says.NO)
    assert desk.told("dev") == ["approved"]
    assert desk.replayed() == case
    desk.sound()


def test_the_decision_keeps_what_it_was_bound_to_and_rested_on(lite: Desk) -> None:
    lite.rules = build.deploy_rules(deploy_rule(require=(CHECKS,)))
    lite.ask()
    lite.wait(4).approve("rel")

    told = next(e.data for e in lite.events() if e.kind == "approved")
    proof = told["evidence"]
    assert proof["bound"]["sha"] == SHA
    assert proof["bound"]["rule"]["require"] == ["checks-pass: unit"]
    assert proof["conditions"] == [{"condition": "checks-pass: unit", "state": "yes", "facts": {"passed": "1"}}]
    assert proof["reading"]["as_of"] == at(0).isoformat()
    assert (proof["login"], proof["lifted"]) == ("rel-gh", [])
    assert lite.case.approvals[0].digest == told["digest"]
    assert "connections" not in str([e.data for e in lite.events()])


def test_a_push_after_the_approval_voids_it_and_says_what_changed(desk: Desk) -> None:
    desk.ask()
    desk.wait(1).approve("rel")
    desk.wait(1).read(sha=NEXT_SHA)

    case = desk.case
    assert (case.status, case.revision, case.sha, case.changed) == (Status.REQUESTED, 2, NEXT_SHA, ("commits",))
    assert desk.posts("dm:dev", "told")[-1]["facts"]["commits"] == 1
    assert (desk.told("dev")[-1], desk.told("rel"), desk.asked("rel")) == ("voided", [], ["first", "again"])
    assert (desk.gate().says, desk.gate(NEXT_SHA).says) == (Says.NO, Says.WAIT)
    assert no(desk.approve("rel", revision=1)) is Reason.STALE_REVISION
    desk.approve("rel")
    assert desk.gate(NEXT_SHA).says is Says.YES
    assert [a.revision for a in desk.case.approvals] == [1, 2]
    desk.sound()


def test_two_groups_both_have_to_say_yes_to_the_same(desk: Desk) -> None:
    desk.rules = build.deploy_rules(deploy_rule(approvers=needs(**{RELEASERS: 1, SECURITY: 1})))
    desk.ask()
    first, second = desk.approve("rel"), desk.wait(1).approve("cto")

    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert (first.happened, second.happened) == (("voiced",), ("approved",))
    desk.sound()


def test_silent_github_records_it_and_nobody_decides_before_the_facts_are_there(desk: Desk) -> None:
    desk.ask(reading=None)

    assert (desk.case.status, desk.case.sha, desk.asked("rel")) == (Status.REQUESTED, None, [])
    assert no(desk.approve("rel")) is Reason.EVIDENCE_UNKNOWN
    desk.wait(30).read()
    assert desk.case.sha == SHA
    assert desk.lines() == ["requested", "facts_came", "asked"]
    assert desk.posts("thread:")[1]["facts"] == {"since": at(0).isoformat(), "at": at(30).isoformat()}
    assert desk.asked("rel") == ["first"]
    assert isinstance(desk.approve("rel"), Done)
    desk.sound()


def test_unlinked_it_is_decided_on_voices_alone(lite: Desk) -> None:
    lite.ask(reading=None, unlinked=True, ref=SHA)

    assert lite.asked("rel") == ["first"]
    assert isinstance(lite.approve("rel"), Done)
    assert lite.gate().basis is Basis.APPROVED
    lite.rules = build.deploy_rules(deploy_rule(require=(CHECKS,)))
    lite.ask(reading=None, unlinked=True, ref=SHA)
    assert no(lite.approve("rel")) is Reason.CONDITION_MISSING
    lite.sound()


def test_approvers_are_asked_once_when_the_last_condition_holds(desk: Desk) -> None:
    desk.rules = build.deploy_rules(deploy_rule(require=(CHECKS,)))
    desk.ask(reading=build.reading(checks=RUNNING))
    assert (desk.asked("rel"), no(desk.approve("rel"))) == ([], Reason.CONDITION_MISSING)

    desk.wait(1).read(checks=RUNNING)
    assert "read" not in desk.kinds()[3:]  # the same again is no news
    for _ in range(2):
        desk.wait(1).read()

    assert desk.asked("rel") == ["first"]
    assert desk.lines() == ["requested", "asked"]
    assert isinstance(desk.approve("rel"), Done)
    desk.sound()


@pytest.mark.parametrize(("minutes", "allowed"), [(9, True), (11, False)])
def test_what_github_said_may_be_ten_minutes_old(lite: Desk, minutes: int, allowed: bool) -> None:
    lite.ask()
    answer = lite.wait(minutes).approve("rel")
    assert isinstance(answer, Done) is allowed
    assert allowed or no(answer) is Reason.EVIDENCE_UNKNOWN


def test_a_reading_that_a_webhook_made_stale_is_none(lite: Desk) -> None:
    lite.ask()
    with lite.turn("") as turn:
        turn.tx.execute(facts_table.update().where(facts_table.c.kind == "github").values(stale=True))
    assert no(lite.approve("rel")) is Reason.EVIDENCE_UNKNOWN


def test_an_approver_without_a_github_account_cannot_say_yes(lite: Desk) -> None:
    lite.rules = build.deploy_rules(people_github={})
    lite.ask()
    assert no(lite.approve("rel")) is Reason.GITHUB_UNKNOWN
    assert isinstance(lite.reject("rel"), Done)


def test_a_newer_request_takes_the_place_of_the_older(desk: Desk) -> None:
    first = desk.ask()
    desk.wait(1).approve("rel")
    other = desk.wait(1).ask(environment="production", reading=build.reading(NEXT_SHA))
    elsewhere = desk.ask(repository="acme/web", reading=build.reading(repository="acme/web"))

    old = desk.case_of(first.id)
    assert (old.status, old.superseded_by, old.closed_at) == (Status.SUPERSEDED, other.key, at(2))
    assert desk.case_of(other.id).replaces == (old.key,)
    assert desk.case_of(elsewhere.id).replaces == ()
    assert "superseded" in desk.told("rel")
    assert desk.gate().why in (Why.SUPERSEDED, Why.OTHER_COMMIT)
    desk.sound()


def test_what_was_replaced_by_nothing_is_found(lite: Desk) -> None:
    lite.ask()
    with lite.turn("dev") as turn:
        case = turn.hold(lite.id)
        assert case is not None
        turn.advance(case, "superseded", by_key="DR-2026-0099")
    with lite.database.read() as tx:
        (broken,) = check.promises(tx, real_now=lite.now)
    assert (broken.promise, broken.subject) == (5, "DR-2026-0001")


def test_what_the_gate_let_through_keeps_its_place(lite: Desk) -> None:
    first = lite.ask()
    lite.wait(1).approve("rel")
    assert lite.wait(1).run().says is Says.YES
    lite.ask(reading=build.reading(NEXT_SHA))
    assert lite.case_of(first.id).status is Status.APPROVED


@pytest.mark.parametrize(
    ("given", "mistakes"),
    [
        ({"title": "tbd", "why": "xxx"}, {"title": "placeholder", "why": "placeholder"}),
        ({"why": " "}, {"why": "empty"}),
        ({"tests": "n/a"}, {"tests": "placeholder"}),
        ({"rollback": ""}, {"rollback": "empty"}),
        ({"tests": ASKED["title"]}, {"tests": "placeholder"}),
        ({"repository": "payments"}, {"repository": "repository"}),
        ({"repository": "https://evil.example/acme/payments"}, {"repository": "repository"}),
        ({"ref": "a b"}, {"ref": "ref"}),
        ({"environment": ""}, {"environment": "empty"}),
        ({"environment": "sandbox"}, {"environment": "no-rule"}),
        ({"systems": ("nothing",)}, {"systems": "unknown-system"}),
    ],
    ids=str,
)
def test_a_form_that_cannot_be_taken_records_nothing(
    sqlite_desk: Desk, given: dict[str, Any], mistakes: dict[str, str]
) -> None:
    sqlite_desk.rules = build.deploy_rules()
    form = requesting.Request(**({**ASKED} | given))
    assert sqlite_desk.do("dev", deploys.ask, form, None) == Mistakes(mistakes)
    assert sqlite_desk.known_keys() == []


def test_an_edit_of_what_was_approved_voids_it(desk: Desk) -> None:
    desk.ask()
    desk.wait(1).approve("rel")
    done = desk.wait(1).do("dev", deploys.edit, desk.id, Details(rollback="switch the flag off", title=ASKED["title"]))

    assert isinstance(done, Done)
    case = desk.case
    assert (case.status, case.revision, case.changed) == (Status.REQUESTED, 2, ("rollback",))
    assert (desk.told("rel"), desk.asked("rel")) == ([], ["first", "again"])
    assert desk.gate().why is Why.UNDECIDED
    assert isinstance(desk.approve("rel"), Done)
    desk.sound()


def test_a_linked_issue_voids_nothing_and_a_wrong_edit_is_told(lite: Desk) -> None:
    lite.ask()
    lite.approve("rel")
    lite.do("dev", deploys.edit, lite.id, Details(jira="PAY-12"))
    assert (lite.case.status, lite.case.jira) == (Status.APPROVED, "PAY-12")
    assert lite.do("dev", deploys.edit, lite.id, Details(broken="asdf")) == Mistakes({"why": "placeholder"})
    assert no(lite.do("stranger", deploys.edit, lite.id, Details(tests="more"))) is Reason.NOT_YOURS


def test_moved_to_another_branch_it_waits_for_what_github_says_of_that(lite: Desk) -> None:
    lite.ask()
    lite.approve("rel")
    lite.do("dev", deploys.move, lite.id, "hotfix/pool")

    assert (lite.case.ref, lite.case.sha, lite.case.revision) == ("hotfix/pool", "", 2)
    assert no(lite.approve("rel")) is Reason.EVIDENCE_UNKNOWN
    lite.wait(1).read(ref="main")  # of what was asked for before: tells nothing
    assert no(lite.approve("rel")) is Reason.EVIDENCE_UNKNOWN
    lite.read(ref="hotfix/pool", sha=NEXT_SHA)
    assert isinstance(lite.approve("rel"), Done)
    assert lite.gate(NEXT_SHA).says is Says.YES
    assert lite.do("dev", deploys.move, lite.id, "a..~b") == Mistakes({"ref": "ref"})
    lite.sound()


def test_for_another_environment_it_waits_for_what_github_says_of_that(lite: Desk) -> None:
    lite.rules = build.deploy_rules(deploy_rule(environments=()))
    lite.ask()
    lite.approve("rel")
    lite.do("dev", deploys.edit, lite.id, Details(environment="canary"))

    assert (lite.case.revision, lite.case.changed, lite.asked("rel")) == (2, ("environment",), ["first"])
    assert no(lite.approve("rel")) is Reason.EVIDENCE_UNKNOWN
    lite.read(environment="canary")
    assert lite.asked("rel") == ["first", "again"]
    lite.approve("rel")
    assert (lite.gate(environment="canary").says, lite.gate().says) == (Says.YES, Says.NO)
    lite.sound()


def test_taken_back_until_the_gate_let_it_through(desk: Desk) -> None:
    desk.ask()
    desk.wait(1).approve("rel")
    assert isinstance(desk.wait(1).take_back("rel"), Done)
    assert (desk.status, desk.asked("lead")) == ("requested", ["first", "again"])
    desk.wait(1).approve("lead")
    assert desk.wait(1).run().basis is Basis.APPROVED
    assert no(desk.take_back("lead")) is Reason.TOO_LATE_TO_TAKE_BACK
    assert no(desk.do("dev", deploys.edit, desk.id, Details(tests="by hand"))) is Reason.NOT_NOW
    desk.wait(1).read(sha=NEXT_SHA)
    assert (desk.status, desk.case.sha) == ("approved", SHA)
    desk.sound()


def test_rejected_it_can_be_asked_for_again(desk: Desk) -> None:
    desk.ask()
    desk.wait(1).reject("rel")
    assert no(desk.approve("lead")) is Reason.ALREADY_DECIDED
    assert no(desk.do("stranger", deploys.ask_again, desk.id)) is Reason.NOT_YOURS
    desk.wait(1).do("dev", deploys.ask_again, desk.id)

    assert (desk.status, desk.case.revision, desk.case.closed_at) == ("requested", 2, None)
    assert desk.asked("rel") == ["first", "again"]
    assert isinstance(desk.approve("rel"), Done)
    desk.sound()


def test_what_is_asked_for_again_takes_the_place_of_what_came_in_between(lite: Desk) -> None:
    first = lite.ask()
    lite.reject("rel")
    second = lite.ask(reading=build.reading(NEXT_SHA))
    lite.do("dev", deploys.ask_again, first.id)
    assert lite.case_of(second.id).superseded_by == first.key
    lite.do("rel", deciding.reject, first.id, 2, reason="not on a Friday")
    third = lite.ask(reading=build.reading(NEXT_SHA))
    lite.do("dev", deploys.edit, first.id, Details(tests="all of it, by hand"))
    assert (lite.case_of(first.id).status, lite.case_of(third.id).status) == (Status.REQUESTED, Status.SUPERSEDED)
    lite.sound()


def test_an_emergency_made_of_it_names_where_it_comes_from(lite: Desk) -> None:
    deploy = lite.ask()
    form = Declaration(broken="checkout 500s", plan="deploy it now", systems=("payments",), origin_key=deploy.key)
    done = lite.do("dev", declaring.declare, form)

    assert isinstance(done, Done)
    assert done.case.origin_key == deploy.key
    assert lite.case_of(deploy.id).follow_on == (done.case.key,)
    assert lite.posts(f"thread:{deploy.posted}")[-1]["line"] == "made_emergency"
    lite.sound()


@pytest.mark.parametrize(
    ("before", "why", "basis"),
    [
        ("approved", "", "approved"),
        ("requested", "the runner is broken", "none"),
        ("rejected", "we had to", "rejected"),
    ],
)
def test_a_person_marks_it_deployed(lite: Desk, before: str, why: str, basis: str) -> None:
    lite.ask()
    if before == "approved":
        lite.wait(1).approve("rel")
    if before == "rejected":
        lite.wait(1).reject("rel")
    answer = lite.wait(1).deploy("dev", what="v812", why=why)

    assert isinstance(answer, Done), answer
    assert answer.happened == ("deployed", *(() if basis == "approved" else ("ungated",)))
    (one,) = lite.case.deployments
    assert (one.basis, one.sha, one.outcome, lite.case.closed_at) == (basis, SHA, Outcome.OK, lite.now)
    assert lite.case.review is None
    lite.sound()


def test_what_was_never_decided_says_why_it_is_live(lite: Desk) -> None:
    lite.ask()
    assert lite.deploy("dev") == Mistakes({"why": "empty-why"})


def test_it_waits_in_the_lists_of_those_who_can_decide(lite: Desk) -> None:
    lite.ask()
    with lite.turn("rel") as turn:
        home = lists.home(turn.tx, turn.actor, lite.now, lite.rules)
        recent = lists.recent(turn.tx, turn.actor, lite.rules, now=lite.now)
    (row,) = home.waiting
    assert (row.repository, row.sha, row.environment) == (build.REPOSITORY, SHA, "production")
    assert (recent.deploys, recent.emergencies) == (1, 0)


def test_withdrawn_it_goes_nowhere_and_a_run_in_between_is_too_late_for_that(lite: Desk) -> None:
    lite.ask()
    lite.approve("rel")
    lite.run()
    assert no(lite.withdraw("dev")) is Reason.NOT_NOW
    lite.ask(reading=build.reading(NEXT_SHA))
    assert isinstance(lite.withdraw("dev"), Done)
    assert lite.gate(NEXT_SHA).why is Why.WITHDRAWN
    lite.sound()


def test_a_plan_is_kept_by_its_digest_and_another_one_voids(lite: Desk) -> None:
    lite.ask(type=Type.INFRASTRUCTURE, plan_output="+ 1 to add")
    assert lite.case.plan_sha256 is not None
    assert isinstance(lite.approve("rel"), Done)
    was = lite.case
    lite.do("dev", deploys.edit, lite.id, Details(plan_output="- 40 to destroy"))
    assert (lite.status, lite.case.changed) == ("requested", ("plan_output",))
    assert lite.case.plan_sha256 != was.plan_sha256
