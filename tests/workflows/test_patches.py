"""A vulnerability patch: by when it has to be there, who hears of it, what may wait, and a clock that only goes on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from tests import build
from tests.build import T0
from tests.workflows.desk import Desk
from workflows import deploys, lists, models, open_patches, patches
from workflows.case import Case, Done
from workflows.change import Mistakes, Outcome, Risk, Status, Type
from workflows.db import Database
from workflows.documents import Details
from workflows.gated import PutOff
from workflows.rows import DebtKind
from workflows.ruleset import Patches, Rules

DUE = datetime(2026, 11, 18, 23, 0, tzinfo=UTC)  # 72 h after the 16th began in Berlin


@pytest.fixture
def lite(sqlite_database: Database) -> Desk:
    return Desk(sqlite_database, rules=build.deploy_rules(patches=Patches(escalate_to="security")))


def declare(desk: Desk, **given: Any) -> Case:
    form = {"type": Type.PATCH, "advisory": "CVE-2026-1234", "cvss": "9.8", "known_since": "2026-11-16"}
    return desk.declare(**(form | given))


def edit(desk: Desk, **given: Any) -> object:
    return desk.do("dev", deploys.edit, desk.id, Details(**given))


def duties(desk: Desk) -> list[tuple[str, str | None]]:
    """What is owed on the change, and by whom."""
    with desk.database.read() as tx:
        mine = select(models.duties).where(models.duties.c.change == desk.id)
        return [(row.kind, row.person) for row in tx.execute(mine)]


def owed(**given: Any) -> Case:
    values: dict[str, Any] = {"type": Type.PATCH, "known_since": "2026-11-16", "patch_due": DUE, "cvss_score": "9.8"}
    return build.case(**(values | given))


@pytest.mark.parametrize(
    ("score", "hours"),
    [
        pytest.param("10.0", 72, id="the worst"),
        pytest.param("9.0", 72, id="critical begins at 9.0"),
        pytest.param("8.9", 14 * 24, id="high"),
        pytest.param("7.0", 14 * 24, id="high begins at 7.0"),
        pytest.param("6.9", 30 * 24, id="medium"),
        pytest.param("4.0", 30 * 24, id="medium begins at 4.0"),
        pytest.param("3.9", 90 * 24, id="low"),
        pytest.param("0.0", 90 * 24, id="none at all"),
        pytest.param(None, 72, id="unknown counts as critical"),
    ],
)
def test_how_long_a_patch_may_take(score: str | None, hours: int) -> None:
    rules = build.rules()
    assert patches.due_by(None, score, T0, rules) == T0 + timedelta(hours=hours)
    began = datetime(2026, 11, 13, 23, 0, tzinfo=UTC)  # the 14th begins in Berlin
    assert patches.due_by("2026-11-14", score, T0, rules) == began + timedelta(hours=hours)


def test_what_is_no_patch_has_no_clock() -> None:
    assert patches.due(build.case(), build.rules()) is None
    assert patches.due(owed(), build.rules()) == DUE


@pytest.mark.parametrize(
    ("given", "still"),
    [
        pytest.param({}, True, id="undecided"),
        pytest.param({"status": Status.REJECTED}, True, id="rejected"),
        pytest.param({"status": Status.EXPIRED}, True, id="expired"),
        pytest.param({"status": Status.REVIEWED}, True, id="reviewed, and nothing worked"),
        pytest.param({"status": Status.WITHDRAWN}, False, id="withdrawn"),
        pytest.param({"status": Status.SUPERSEDED}, False, id="superseded"),
        pytest.param({"follow_on": ("EC-2026-0002",)}, False, id="another change goes on with it"),
        pytest.param({"drill": True}, False, id="practice"),
        pytest.param({"patch_due": None}, False, id="no patch"),
        pytest.param({"deployments": ("ok",)}, False, id="patched"),
        pytest.param({"deployments": ("failed",)}, True, id="tried in vain"),
        pytest.param({"deployments": ("failed", "ok")}, False, id="patched at last"),
        pytest.param({"deployments": ("ok", "rolled-back")}, True, id="patched and rolled back"),
        pytest.param({"deployments": ("started",)}, True, id="under way"),
        pytest.param({"deployments": ("ok", "started")}, False, id="patched, and deployed once more"),
    ],
)
def test_until_when_a_patch_is_owed(given: dict[str, Any], still: bool) -> None:
    made = tuple(build.deployment(outcome=Outcome(one)) for one in given.get("deployments", ()))
    assert patches.owed(owed(**(given | {"deployments": made}))) is still


def told(case: Case, now: datetime, rules: Rules | None = None) -> list[tuple[DebtKind, datetime]]:
    return [(one.kind, one.at) for one in patches.notices(case, rules or build.rules(), now)]


def test_half_way_a_day_before_when_due_and_daily() -> None:
    began = DUE - timedelta(hours=72)
    assert told(owed(), T0) == [
        (DebtKind.REMINDER, began + timedelta(hours=36)),
        (DebtKind.REMINDER, DUE - timedelta(days=1)),
        (DebtKind.ESCALATION, DUE),
        (DebtKind.DAILY, DUE + timedelta(days=1)),
    ]
    assert told(owed(), DUE + timedelta(days=3, hours=1))[-2:] == [
        (DebtKind.DAILY, DUE + timedelta(days=3)),
        (DebtKind.DAILY, DUE + timedelta(days=4)),
    ]


def test_what_was_late_when_it_was_written_down_is_told_at_once_and_once() -> None:
    case = owed(known_since="2026-10-01", patch_due=T0 - timedelta(days=40))
    assert told(case, T0) == [(DebtKind.ESCALATION, T0), (DebtKind.DAILY, T0 + timedelta(days=1))]


def test_put_off_nobody_hears_of_it_until_that_day_is_over() -> None:
    end = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)  # the 20th ends in Berlin
    case = owed(put_off=PutOff("ops", "2026-11-20", "3" * 64, T0, "dev"))
    assert told(case, T0) == [(DebtKind.ESCALATION, end)]
    assert told(case, end)[0] == (DebtKind.ESCALATION, end)
    assert told(case, end + timedelta(days=2))[-1] == (DebtKind.DAILY, DUE + timedelta(days=5))
    early = owed(put_off=PutOff("ops", "2026-11-17", "3" * 64, T0, "dev"))
    assert told(early, T0)[0] == (DebtKind.REMINDER, end - timedelta(days=3))
    assert told(early, T0)[-2:] == [(DebtKind.ESCALATION, DUE), (DebtKind.DAILY, DUE + timedelta(days=1))]


def test_the_clock_of_a_patch_that_nobody_deploys(desk: Desk) -> None:
    """The holder is reminded, whoever hears of late ones too once it is due; the day it is patched everything ends."""
    desk.rules = build.rules(groups={**build.MEMBERS, "security": ("cto",)}, patches=Patches(escalate_to="security"))
    case = declare(desk)
    assert (case.cvss_score, case.patch_due) == ("9.8", DUE)
    desk.reject("cto")
    desk.live(DUE + timedelta(days=2))

    assert [one["kind"] for one in desk.reminded("dev")] == ["reminder", "reminder", "escalation", "daily", "daily"]
    assert [one["kind"] for one in desk.reminded("cto")] == ["escalation", "daily", "daily"]
    assert desk.lines()[-1] == "patch_due"
    drawn = desk.wanted("debts:dev:5")
    assert isinstance(desk.deploy(why="it had to be mended"), Done)
    assert desk.wanted("debts:dev:5") > drawn, "what is done shrinks to a line"
    assert not [key for key in duties(desk) if key[0] == "patch"]
    desk.sound()


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        pytest.param({"cvss": "high"}, {"cvss": "cvss"}, id="neither vector nor score"),
        pytest.param({"cvss": "CVSS:3.1/AV:N"}, {"cvss": "cvss"}, id="half a vector"),
        pytest.param({"known_since": "2026-11-17"}, {"known_since": "future"}, id="tomorrow"),
        pytest.param({"known_since": "last week"}, {"known_since": "day"}, id="no day"),
    ],
)
def test_what_a_patch_must_say(lite: Desk, given: dict[str, Any], mistake: dict[str, str]) -> None:
    with pytest.raises(AssertionError) as raised:
        declare(lite, **given)
    assert raised.value.args[0] == Mistakes(mistake)
    with pytest.raises(AssertionError) as raised:
        lite.ask(type=Type.PATCH, **given)
    assert raised.value.args[0] == Mistakes(mistake)


@pytest.mark.parametrize("kind", ["emergency", "deploy"])
def test_the_day_it_became_known_only_moves_back(lite: Desk, kind: str) -> None:
    change: Callable[..., object]
    if kind == "emergency":
        declare(lite, known_since="2026-11-10", cvss="7.5")
        change = lite.add
    else:
        lite.ask(type=Type.PATCH, known_since="2026-11-10", cvss="7.5")
        change = partial(edit, lite)
    due = lite.case.patch_due

    assert change(known_since="2026-11-11") == Mistakes({"known_since": "later"})
    assert change(known_since="") == Mistakes({"known_since": "later"})
    assert isinstance(change(known_since="2026-11-08"), Done)
    assert due is not None
    assert lite.case.patch_due == due - timedelta(days=2)
    assert isinstance(change(cvss="9.8"), Done)
    assert lite.case.patch_due == datetime(2026, 11, 7, 23, 0, tzinfo=UTC) + timedelta(hours=72)
    assert lite.case == lite.replayed()


def test_without_a_day_the_clock_began_with_the_declaration_and_does_not_restart(lite: Desk) -> None:
    declare(lite, known_since="")
    assert lite.case.patch_due == T0 + timedelta(hours=72)
    lite.wait(days=2)
    assert lite.add(known_since="2026-11-17") == Mistakes({"known_since": "later"})
    assert isinstance(lite.add(known_since="2026-11-15"), Done)


def test_what_goes_on_in_another_change_keeps_its_clock(lite: Desk) -> None:
    first = declare(lite, known_since="2026-11-10", cvss="7.5")
    lite.reject("cto")
    key, due = first.key, lite.case.patch_due
    lite.wait(days=1)
    with pytest.raises(AssertionError) as raised:
        declare(lite, origin_key=key, known_since="2026-11-16", cvss="7.5")
    assert raised.value.args[0] == Mistakes({"known_since": "later"})
    again = declare(lite, origin_key=key, known_since="", cvss="7.5")

    assert (again.known_since, again.patch_due) == ("2026-11-10", due)
    assert not patches.owed(lite.case_of(first.id))


def test_what_is_asked_for_again_keeps_its_clock(lite: Desk) -> None:
    lite.ask(type=Type.PATCH, known_since="2026-11-10", cvss="9.8")
    due = lite.case.patch_due
    lite.wait(1).reject("rel")
    assert isinstance(lite.wait(hours=3).do("dev", deploys.ask_again, lite.id), Done)
    assert (lite.case.known_since, lite.case.patch_due) == ("2026-11-10", due)


def test_a_change_that_is_no_patch_after_all_has_no_clock(lite: Desk) -> None:
    declare(lite)
    assert isinstance(lite.add(type=Type.CODE), Done)
    assert (lite.case.patch_due, patches.owed(lite.case)) == (None, False)
    assert isinstance(lite.add(type=Type.PATCH), Done)
    assert lite.case.patch_due == DUE


EXCEPTION = {
    "put_off_until": "2026-11-25",
    "put_off_owner": "ops",
    "put_off_control": "the port is closed at the firewall",
}


@pytest.mark.parametrize("kind", ["emergency", "deploy"])
def test_a_patch_is_put_off_by_somebody_for_a_while_with_something_that_protects(lite: Desk, kind: str) -> None:
    change: Callable[..., object]
    if kind == "emergency":
        declare(lite)
        lite.approve("cto")
        change = lite.add
    else:
        lite.ask(type=Type.PATCH, known_since="2026-11-16", cvss="9.8")
        lite.approve("rel")
        change = partial(edit, lite)
    before = lite.case
    answer = change(**EXCEPTION)

    assert isinstance(answer, Done), answer
    assert answer.happened == ("put_off",)
    after = lite.case
    assert after.put_off is not None
    assert (after.put_off.owner, after.put_off.until, after.put_off.by) == ("ops", "2026-11-25", "dev")
    assert after.body(after.put_off.control) == EXCEPTION["put_off_control"]
    assert (after.patch_due, after.revision, after.status) == (before.patch_due, before.revision, before.status)
    assert ("patch", "ops") in duties(lite)
    assert lite.lines()[-1] == "put_off"
    assert isinstance(change(**EXCEPTION), Done)
    assert lite.case.version == after.version
    assert isinstance(change(**(EXCEPTION | {"put_off_owner": "dev"})), Done)
    assert ("patch", "dev") in duties(lite)
    lite.sound()


@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        pytest.param({"put_off_until": ""}, {"put_off_until": "empty-put-off"}, id="without an end"),
        pytest.param({"put_off_owner": ""}, {"put_off_owner": "empty-put-off"}, id="without an owner"),
        pytest.param({"put_off_control": " "}, {"put_off_control": "empty-put-off"}, id="without protection"),
        pytest.param({"put_off_until": "2026-11-15"}, {"put_off_until": "past"}, id="until yesterday"),
        pytest.param({"put_off_until": "soon"}, {"put_off_until": "day"}, id="until some time"),
    ],
)
def test_what_an_exception_must_say(lite: Desk, given: dict[str, str], mistake: dict[str, str]) -> None:
    declare(lite)
    assert lite.add(**(EXCEPTION | given)) == Mistakes(mistake)
    assert lite.case.put_off is None


def test_a_form_that_only_suggests_who_would_answer_puts_nothing_off(lite: Desk) -> None:
    declare(lite)
    assert isinstance(lite.add(put_off_until="", put_off_owner="dev", put_off_control="", risk=Risk.LOW), Done)
    assert (lite.case.put_off, lite.case.risk) == (None, Risk.LOW)


def test_the_list_of_what_is_to_be_patched(lite: Desk) -> None:
    declare(lite, cvss="5.0", confidential=True, advisory="CVE-2026-2")
    declare(lite)
    declare(lite, cvss="", known_since="2026-11-01", advisory="")
    with lite.turn("ops") as turn:
        rows, more = open_patches.listed(turn.tx, turn.actor, lite.rules)
        home = lists.home(turn.tx, build.actor("dev"), lite.now, lite.rules)

    assert [(row.score, row.advisory, row.confidential) for row in rows] == [
        ("", None, False),
        ("9.8", "CVE-2026-1234", False),
        ("5.0", None, True),
    ]
    assert [row.title for row in rows] == ["checkout 500s", "checkout 500s", None]
    assert more == 0
    assert [debt.patch for debt in home.owed] == [True, True, True]
