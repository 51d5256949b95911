"""What time and the policy do to a deploy: it expires, a freeze holds it and ends, another rule matches."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests import build
from tests.build import NEXT_SHA, RELEASERS, SECURITY, at, deploy_rule, needs
from tests.workflows.desk import Desk
from workflows import deploys
from workflows.case import Done, Refused
from workflows.change import Mistakes, Reason, Status
from workflows.db import Database
from workflows.gate import Says, Why
from workflows.ruleset import Condition, Freeze, Requirement


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, rules=build.deploy_rules())


@pytest.fixture
def lite(sqlite_desk: Desk) -> Desk:
    sqlite_desk.rules = build.deploy_rules()
    return sqlite_desk


def no(answer: object) -> Reason | None:
    assert isinstance(answer, Refused), answer
    return answer.verdict.reason


HOUR_AGO, IN_AN_HOUR = at(-60), at(60)


def freeze(since: datetime | None = HOUR_AGO, until: datetime | None = IN_AN_HOUR, **given: Any) -> Freeze:
    """Production frozen for an hour around `T0`; release managers may lift it."""
    values: dict[str, Any] = {"reason": "quarter end", "environments": ("production",), "override": RELEASERS}
    return Freeze(since=since, until=until, **(values | given))


def test_an_approval_ends_and_ask_again_is_one_click(desk: Desk) -> None:
    desk.ask()
    desk.wait(2).approve("rel")
    assert desk.next_due() == at(2, hours=8)
    desk.live(at(2, hours=9))

    case = desk.case
    assert (case.status, case.expired_at) == (Status.EXPIRED, at(2, hours=8))
    assert desk.told("dev")[-1] == "expired"
    assert desk.gate().why is Why.EXPIRED
    assert no(desk.approve("lead")) is Reason.ALREADY_DECIDED
    desk.do("dev", deploys.ask_again, desk.id)
    assert (desk.status, desk.case.revision) == ("requested", 2)
    assert desk.asked("rel") == ["first"]  # what GitHub said is hours old: nobody is asked before it is read
    desk.wait(1).read()
    assert desk.asked("rel") == ["first", "again"]
    assert isinstance(desk.approve("rel"), Done)
    desk.sound()


def test_the_gate_does_not_wait_for_the_sweep(lite: Desk) -> None:
    lite.ask()
    lite.approve("rel")
    assert lite.wait(hours=7, minutes=59).gate().says is Says.YES
    assert lite.wait(1).gate().why is Why.EXPIRED


def test_what_was_let_through_does_not_expire_and_is_asked_after(lite: Desk) -> None:
    lite.ask()
    lite.approve("rel")
    lite.wait(1).run()
    lite.live(at(hours=9))
    assert lite.status == "approved"
    assert lite.told("dev") == ["approved", "is_live"]
    lite.sound()


def test_frozen_it_is_recorded_and_asked_about_when_the_freeze_ends(desk: Desk) -> None:
    desk.rules = build.deploy_rules(freezes=(freeze(),))
    desk.ask()
    assert (desk.status, desk.asked("rel")) == ("requested", [])
    answer = desk.approve("lead")
    assert no(answer) is Reason.FROZEN
    assert isinstance(answer, Refused)
    assert dict(answer.verdict.facts) == {"why": "quarter end", "until": at(60).isoformat(), "override": RELEASERS}
    assert desk.next_due() == at(60)

    desk.wait(59).read()
    assert desk.asked("rel") == []
    desk.live(at(60))
    assert desk.asked("rel") == ["first"]
    assert desk.lines() == ["requested", "thawed"]
    assert isinstance(desk.approve("rel"), Done)
    desk.sound()


def test_a_freeze_that_begins_later_holds_the_approval_until_it_ends(desk: Desk) -> None:
    desk.rules = build.deploy_rules(freezes=(freeze(at(30), at(90)),))
    desk.ask()
    desk.approve("rel")
    assert desk.gate().says is Says.YES
    assert desk.next_due() == at(30)
    before = desk.wanted("card:#deploys")
    desk.live(at(31))

    assert (desk.gate().why, desk.gate().until) == (Why.FROZEN, at(90))
    assert desk.run().says is Says.WAIT
    assert desk.wanted("card:#deploys") > before
    assert desk.told("dev") == ["approved", "frozen"]
    desk.live(at(91))
    assert desk.lines()[-2:] == ["frozen", "thawed"]
    assert desk.run().says is Says.YES
    desk.sound()


def test_an_approval_that_a_later_freeze_holds_goes_when_it_is_lifted(lite: Desk) -> None:
    lite.rules = build.deploy_rules(freezes=(freeze(at(30), at(90)),))
    lite.ask()
    lite.approve("rel")
    lite.live(at(31))
    done = lite.do("lead", deploys.lift, lite.id, "the sale begins at eight")
    assert isinstance(done, Done)
    assert (done.happened, lite.run().says) == (("lifted",), Says.YES)
    lite.sound()


def test_its_end_is_seen_however_late_the_worker_comes_back(lite: Desk) -> None:
    lite.rules = build.deploy_rules(freezes=(freeze(),))
    lite.ask()
    lite.wait(hours=5).read()
    assert lite.asked("rel") == ["first"]
    lite.sweep()
    assert lite.lines()[-1] == "thawed"
    assert lite.next_due() is None


def test_a_weekly_freeze_is_lifted_for_one_occurrence_by_its_group_with_a_reason(desk: Desk) -> None:
    weekly = Freeze("weekend", ("production",), every="mon 00:00 - mon 06:00", override=RELEASERS)
    desk.rules = build.deploy_rules(
        deploy_rule(approvers=needs(**{RELEASERS: 1}), valid_for=timedelta(days=9)), freezes=(weekly,)
    )
    desk.ask()
    assert no(desk.do("cto", deploys.lift, desk.id, "now")) is Reason.FROZEN
    assert no(desk.do("dev", deploys.lift, desk.id, "now")) is Reason.REQUESTER
    assert desk.do("rel", deploys.lift, desk.id, " ") == Mistakes({"reason": "empty-lift"})
    done = desk.wait(1).do("rel", deploys.lift, desk.id, "the sale begins at eight")

    assert isinstance(done, Done)
    assert done.happened == ("lifted", "approved")
    assert desk.lines() == ["requested", "lifted", "approved"]
    assert desk.case.body(desk.case.lifted[0].reason) == "the sale begins at eight"
    assert desk.gate().says is Says.YES
    desk.wait(days=7)
    assert desk.gate().why is Why.FROZEN  # the next one is another
    desk.sound()


def test_lifted_by_one_of_two_the_other_is_asked(lite: Desk) -> None:
    rule = deploy_rule(approvers=needs(**{RELEASERS: 1, SECURITY: 1}))
    lite.rules = build.deploy_rules(rule, freezes=(freeze(),))
    lite.ask()
    done = lite.do("rel", deploys.lift, lite.id, "the sale begins")
    assert isinstance(done, Done)
    assert done.happened == ("lifted", "voiced")
    assert lite.asked("cto") == ["first"]


@pytest.mark.parametrize("given", [False, True], ids=["undecided", "approved"])
def test_a_policy_that_matches_another_rule_voids(desk: Desk, given: bool) -> None:
    both = deploy_rule(approvers=needs(**{RELEASERS: 1, SECURITY: 1}))
    desk.rules = build.deploy_rules(deploy_rule() if given else both)
    desk.ask()
    desk.wait(1).approve("rel")
    desk.rules = build.deploy_rules(deploy_rule(approvers=needs(**{RELEASERS: 2})))

    assert desk.gate().says is not Says.YES
    assert desk.recheck() == 1
    assert (desk.status, desk.case.revision, desk.case.changed) == ("requested", 2, ("policy",))
    assert (desk.told("dev")[-1], desk.told("rel")) == ("voided", [])
    assert (desk.asked("rel")[-1], desk.asked("lead")[-1]) == ("again", "again")
    assert desk.recheck() == 0
    desk.sound()


def test_a_click_after_the_policy_changed_asks_for_a_look_at_the_new_version(lite: Desk) -> None:
    lite.rules = build.deploy_rules(deploy_rule(approvers=needs(**{RELEASERS: 2})))
    lite.ask()
    lite.approve("rel")
    lite.rules = build.deploy_rules(
        deploy_rule(approvers=needs(**{RELEASERS: 2}), require=(Requirement(Condition.CHECKS_PASS),))
    )

    assert no(lite.approve("lead")) is Reason.STALE_REVISION
    assert (lite.case.revision, lite.case.changed) == (2, ("policy",))
    assert isinstance(lite.approve("lead"), Done)
    lite.sound()


def test_a_policy_that_asks_for_less_has_people_asked_at_once(lite: Desk) -> None:
    lite.rules = build.deploy_rules(deploy_rule(require=(Requirement(Condition.LINKED_ISSUE),)))
    lite.ask()
    assert (lite.asked("rel"), lite.recheck()) == ([], 0)
    lite.rules = build.deploy_rules()
    assert lite.recheck() == 1
    assert lite.asked("rel") == ["first"]
    assert lite.recheck() == 0


def test_a_freeze_taken_out_of_the_policy_is_over(lite: Desk) -> None:
    lite.rules = build.deploy_rules(freezes=(freeze(until=None),))
    lite.ask()
    assert lite.next_due() is None
    lite.rules = build.deploy_rules()
    assert lite.wait(1).recheck() == 1
    assert lite.asked("rel") == ["first"]
    lite.sound()


def test_without_a_rule_nobody_may(lite: Desk) -> None:
    lite.ask()
    lite.rules = build.deploy_rules(deploy_rule(environments=("elsewhere",)))
    assert no(lite.approve("rel")) is Reason.NO_RULE
    assert lite.gate(NEXT_SHA).why is Why.NOT_ASKED
