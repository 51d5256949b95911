"""Access for a while: until when it may be asked for, who is asked once that is over, and who says that it ended."""

from datetime import time, timedelta
from typing import Any

import pytest

from tests import build
from tests.build import T0, at
from tests.workflows.desk import Desk
from workflows import access, deploys, register_overview
from workflows.case import Case, Done
from workflows.change import Field, Kind, Mistakes, Outcome, Status, Type
from workflows.db import Database
from workflows.documents import Details
from workflows.register import Filter
from workflows.ruleset import QuietHours

BARE: dict[str, Any] = {"repository": "", "ref": "", "unlinked": True, "reading": None}


@pytest.fixture
def lite(sqlite_database: Database) -> Desk:
    return Desk(
        sqlite_database, rules=build.deploy_rules(default=build.rule(quiet_hours=QuietHours(time(22), time(7))))
    )


def ask(desk: Desk, kind: str, **given: Any) -> Case:
    """Ask for access by an emergency or by a deploy request."""
    form: dict[str, Any] = {"type": Type.ACCESS, "access": "read-only, payments database"} | given
    return desk.declare(**form) if kind == "emergency" else desk.ask(**(BARE | form))


def approver(kind: str) -> str:
    return "cto" if kind == "emergency" else "rel"


@pytest.mark.parametrize(
    ("status", "given", "open_"),
    [
        pytest.param(Status.DECLARED, {}, False, id="asked for"),
        pytest.param(Status.APPROVED, {}, True, id="approved"),
        pytest.param(Status.PROCEEDING, {}, True, id="without approval"),
        pytest.param(Status.REJECTED, {}, False, id="rejected"),
        pytest.param(Status.WITHDRAWN, {}, False, id="withdrawn"),
        pytest.param(Status.DEPLOYED, {}, False, id="ended"),
        pytest.param(Status.APPROVED, {"access_ended_at": T0}, False, id="confirmed"),
        pytest.param(Status.APPROVED, {"drill": True}, False, id="practised"),
        pytest.param(Status.APPROVED, {"type": Type.CODE}, False, id="no access"),
        pytest.param(
            Status.DEPLOYED,
            {"deployments": (build.deployment(basis="undeclared"),)},
            True,
            id="given before it was declared",
        ),
    ],
)
def test_when_access_is_open(status: Status, given: dict[str, Any], open_: bool) -> None:
    case = build.case(status, **({"type": Type.ACCESS} | given))
    assert access.is_open(case) is open_


def test_its_end_is_asked_about_every_hour_and_after_a_downtime_once() -> None:
    case = build.case(Status.APPROVED, type=Type.ACCESS, access_until=at(hours=2))
    assert access.asks(case, T0) == (at(hours=2), at(hours=3))
    assert access.asks(case, at(hours=2)) == (at(hours=2), at(hours=3))
    assert access.asks(case, at(hours=7, minutes=30)) == (at(hours=7), at(hours=8))


def test_access_of_which_nobody_said_when_it_ends_ends_two_hours_after_its_approval() -> None:
    case = build.case(Status.APPROVED, type=Type.ACCESS)
    assert case.decision is not None
    assert access.ends(case) == access.default_until(case.decision.at)


@pytest.mark.parametrize("kind", ["emergency", "deploy"])
@pytest.mark.parametrize(
    ("minutes", "mistake"),
    [
        pytest.param(1, None, id="a minute"),
        pytest.param(12 * 60, None, id="12 hours"),
        pytest.param(12 * 60 + 1, "access-long", id="longer"),
        pytest.param(0, "access-past", id="now"),
        pytest.param(-60, "access-past", id="an hour ago"),
    ],
)
def test_access_ends_within_twelve_hours(lite: Desk, kind: str, minutes: int, mistake: str | None) -> None:
    if mistake is None:
        assert ask(lite, kind, access_until=at(minutes)).access_until == at(minutes)
        return
    with pytest.raises(AssertionError) as raised:
        ask(lite, kind, access_until=at(minutes))
    assert raised.value.args[0] == Mistakes({"access_until": mistake})


@pytest.mark.parametrize("kind", ["emergency", "deploy"])
def test_access_ends_after_two_hours_unless_told_otherwise(lite: Desk, kind: str) -> None:
    assert ask(lite, kind).access_until == at(hours=2)


@pytest.mark.parametrize("kind", ["emergency", "deploy"])
def test_access_past_its_end_is_among_the_debts_of_the_register(lite: Desk, kind: str) -> None:
    ask(lite, kind)
    assert isinstance(lite.wait(5).approve(approver(kind)), Done)
    for hours, late in ((1, 0), (3, 1)):
        period = Filter(since=at(days=-1), until=at(days=1), now=at(hours=hours))
        with lite.database.read() as tx:
            debts = {one.what: one for one in register_overview.overview(tx, period, lite.rules).debts}
        assert (debts["Overdue access"].open, debts["Overdue access"].late) == (late, late)


@pytest.mark.parametrize("kind", ["emergency", "deploy"])
def test_the_holder_and_an_approver_are_asked_until_somebody_says_that_it_is_over(lite: Desk, kind: str) -> None:
    """At 05:00 in Berlin, night or not: somebody has access. It is asked once an hour."""
    ask(lite, kind)
    yes = approver(kind)
    assert isinstance(lite.wait(5).approve(yes), Done)
    lite.live(at(hours=4, minutes=30))

    assert [fact["at"] for fact in asked(lite, "dev")] == [at(hours=2).isoformat()] * 3
    assert [fact["asked_at"] for fact in asked(lite, yes)] == [at(hours=n).isoformat() for n in (2, 3, 4)]
    assert lite.lines().count("access_over") == 1
    assert isinstance(lite.deploy(yes, what="read three rows of payments"), Done)

    case = lite.case
    assert (case.access_ended_at, case.status) == (lite.now, Status.DEPLOYED)
    assert case.deployments[-1].basis == "approved"
    assert lite.events()[-2].kind == "access_ended" or "access_ended" in lite.kinds()
    assert lite.lines()[-1] in ("access_ended", "review_owner")
    before = len(asked(lite, "dev"))
    lite.live(at(hours=9))
    assert len(asked(lite, "dev")) == before
    assert case == lite.replayed()
    lite.sound()


def asked(desk: Desk, person: str) -> list[dict[str, Any]]:
    """What somebody was asked of the end of access, oldest first."""
    return [post["facts"] for post in desk.posts(f"dm:{person}:", "told") if post["what"] == "access_over"]


def test_without_approval_somebody_who_could_have_given_it_is_asked(lite: Desk) -> None:
    ask(lite, "emergency")
    lite.wait(12).proceed()
    lite.live(at(hours=2))
    assert [len(asked(lite, one)) for one in ("dev", "cto", "lead", "rel")] == [1, 1, 0, 0]


def test_who_holds_access_is_not_asked_whether_it_is_live(lite: Desk) -> None:
    lite.rules = build.rules()
    ask(lite, "emergency")
    lite.approve("cto")
    lite.live(at(hours=1, minutes=59))
    assert "is_live" not in lite.told("dev")


def test_access_that_is_open_does_not_expire_before_its_end(lite: Desk) -> None:
    """The approval of a deploy holds eight hours; access for twelve is open for twelve, and asked about after that."""
    ask(lite, "deploy", access_until=at(hours=12))
    lite.approve("rel")
    lite.live(at(hours=12, minutes=1))
    assert (lite.status, len(asked(lite, "dev"))) == ("approved", 1)


@pytest.mark.parametrize("kind", ["emergency", "deploy"])
def test_access_for_longer_or_to_something_else_needs_a_new_yes(lite: Desk, kind: str) -> None:
    ask(lite, kind)
    lite.approve(approver(kind))
    change: Details = Details(access_until=at(hours=6))
    answer = (
        lite.add(access_until=at(hours=6)) if kind == "emergency" else lite.do("dev", deploys.edit, lite.id, change)
    )

    assert isinstance(answer, Done), answer
    assert (lite.case.revision, lite.case.changed, lite.case.decision) == (2, ("access_until",), None)
    assert not access.is_open(lite.case)
    lite.approve(approver(kind))
    wider = Details(access="write, payments database")
    answer = lite.add(access=wider.access) if kind == "emergency" else lite.do("dev", deploys.edit, lite.id, wider)
    assert (lite.case.revision, lite.case.changed) == (3, ("access",))


def test_which_access_it_is_may_be_written_down_after_the_yes(lite: Desk) -> None:
    lite.declare(type=Type.ACCESS)
    lite.approve("cto")
    lite.add(access="read-only, payments database")
    assert (lite.case.revision, Field.ACCESS in lite.case.texts) == (1, True)


def test_access_that_was_given_before_it_was_declared_is_asked_about_too(lite: Desk) -> None:
    lite.wait(60)
    ask(lite, "emergency", live_since=at(30))
    lite.live(at(hours=3))
    assert (len(asked(lite, "dev")), lite.case.access_ended_at) == (1, None)
    lite.deploy(what="read three rows", outcome=Outcome.OK)
    assert lite.case.access_ended_at == lite.now
    assert lite.case.kind is Kind.EMERGENCY
    assert lite.now - at(hours=3) < timedelta(minutes=1)


def test_access_takes_no_deploys_place_and_gives_its_own_to_none(lite: Desk) -> None:
    """Somebody who has access is asked for it, whatever is deployed meanwhile."""
    code = lite.ask()
    open_ = lite.ask(type=Type.ACCESS, access="shell on the payments hosts")
    lite.approve("rel")
    newer = lite.ask()

    assert [lite.case_of(one.id).status for one in (code, open_, newer)] == [
        Status.SUPERSEDED,
        Status.APPROVED,
        Status.REQUESTED,
    ]
    assert newer.replaces == (code.key,)
