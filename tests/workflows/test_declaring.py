"""Declaring: recorded at once, whatever is missing; asked of whoever may decide."""

from datetime import timedelta
from typing import Any

import pytest

from tests import build
from tests.build import FALLBACK, T0, at
from tests.workflows.desk import Desk
from workflows import declaring, policy
from workflows.case import Refused
from workflows.change import Field, Item, Mistakes, Outcome, Reason, Risk, Status, Type
from workflows.db import Database
from workflows.documents import Declaration
from workflows.event import Event

BLANK: dict[str, Any] = {"broken": "checkout 500s", "plan": "roll back", "systems": ("payments",)}


def declare(desk: Desk, who: str = "dev", **given: Any) -> Any:
    return desk.do(who, declaring.declare, Declaration(**(BLANK | given)))


def test_three_inputs_and_the_presets_are_five_of_seven(desk: Desk) -> None:
    case = desk.declare(broken="checkout 500s\nfor half of Europe")

    assert (case.key, case.status, case.revision) == ("EC-2026-0001", Status.DECLARED, 1)
    assert (case.type, case.risk, case.environment) == (Type.CODE, Risk.HIGH, "production")
    assert (case.requester, case.implementer, case.account) == ("dev", "dev", "UDEV")
    assert case.text(Field.TITLE) == "checkout 500s"
    assert case.text(Field.WHY) == "checkout 500s\nfor half of Europe"
    assert policy.documented(case) == frozenset(Item) - {Item.TESTS, Item.ROLLBACK}


def test_the_card_is_posted_and_those_who_can_decide_are_asked_at_once(desk: Desk) -> None:
    desk.declare(channel="C0OTHER")

    assert desk.posts("card:") == [{"main": True}, {"main": False}]
    assert desk.asked("cto") == desk.asked("lead") == ["first"]
    assert desk.asked("dev") == desk.asked("rel") == []
    assert desk.posts("thread:")[0]["facts"] == {"by": "dev", "people": ["cto", "lead"]}


def test_declared_where_the_card_belongs_makes_one_card(desk: Desk) -> None:
    desk.declare(channel="#incidents")

    assert desk.posts("card:") == [{"main": True}]


def test_no_typed_word_stands_in_an_event(desk: Desk) -> None:
    desk.declare(
        broken="hunter2", plan="hunter2 again", rollback="hunter2 back", tests="hunter2?", reference="hunter2.1"
    )

    assert "hunter2" not in repr([event.data for event in desk.events()])
    assert desk.case.text(Field.PLAN) == "hunter2 again"


@pytest.mark.parametrize(
    ("given", "mistakes"),
    [
        pytest.param({"broken": " \n"}, {"broken": "empty"}, id="what is broken is required"),
        pytest.param({"plan": ""}, {"plan": "empty"}, id="so is what will be done"),
        pytest.param({"systems": ()}, {"systems": "empty"}, id="so is a system"),
        pytest.param({"systems": ("mail",)}, {"systems": "unknown-system"}, id="one that the policy lists"),
        pytest.param({"systems": ("Other",)}, None, id="or Other"),
        pytest.param({"incident": "https://acme.example/incidents/PABC"}, None, id="an incident by its address"),
        pytest.param({"incident": "#4711"}, None, id="or by its number"),
        pytest.param({"incident": "the big one"}, {"incident": "link"}, id="not by a description"),
        pytest.param({"jira": "https://acme.example/browse/OPS-12?x=1"}, None, id="an issue by its address"),
        pytest.param({"jira": "ops-12"}, None, id="or by its key, however typed"),
        pytest.param({"jira": "that one"}, {"jira": "link"}, id="not by a description"),
        pytest.param({"reference": "v811"}, None, id="a version is a reference"),
        pytest.param({"reference": "javascript://x"}, {"reference": "link"}, id="a strange address is none"),
        pytest.param({"live_since": at(-30)}, None, id="live for half an hour"),
        pytest.param({"live_since": at(1)}, {"live_since": "future"}, id="not live in a minute"),
        pytest.param({"cvss": "9.8"}, None, id="a CVSS score"),
        pytest.param({"cvss": "high"}, {"cvss": "cvss"}, id="no CVSS score"),
        pytest.param({"broken": "n/a", "plan": "tbd", "tests": "asdf"}, None, id="placeholders stop nobody at 03:00"),
    ],
)
def test_what_stops_a_declaration(sqlite_desk: Desk, given: dict[str, Any], mistakes: dict[str, str] | None) -> None:
    answer = declare(sqlite_desk, **given)

    assert (answer.fields if isinstance(answer, Mistakes) else None) == mistakes
    assert sqlite_desk.known_keys() == ([] if mistakes else ["EC-2026-0001"])


def test_placeholders_are_flagged_and_not_counted(desk: Desk) -> None:
    case = desk.declare(broken="pay", plan="tbd", rollback="pay")

    assert set(case.flagged) == {Field.PLAN, Field.ROLLBACK}
    assert Item.PLAN not in policy.documented(case)


def test_a_long_first_line_is_cut_for_the_title_only(desk: Desk) -> None:
    case = desk.declare(broken="x" * 500)

    assert len(case.text(Field.TITLE) or "") == 120
    assert len(case.text(Field.WHY) or "") == 500


def test_somebody_else_carries_it_out_and_is_told(desk: Desk) -> None:
    case = desk.declare(implementer="cto")

    assert desk.asked("lead") == ["first"]
    assert desk.asked("cto") == []
    assert desk.told("cto") == ["implementer"]
    assert {(p.person, p.relation.value) for p in case.parties} == {("dev", "requester"), ("cto", "implementer")}


def test_when_nobody_of_the_group_can_decide_the_fallback_is_asked_at_once(database: Database) -> None:
    desk = Desk(database, rules=build.rules(groups={build.APPROVERS: ("dev",), FALLBACK: ("rel",)}))

    case = desk.declare()

    assert [ask.round for ask in case.asks] == ["first", "fallback", "stand-in"]
    assert case.asks[1].why == "emergency-approvers: 1 party, 0 away, of 1"
    assert desk.asked("rel") == ["stand-in"]
    assert desk.told("dev") == []  # what one did oneself is said by the private line, not by a message
    desk.approve("rel")
    assert desk.case.status is Status.APPROVED


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({"guest": True}, Reason.GUEST),
        ({"bot": True}, Reason.DEACTIVATED),
        ({"foreign": True}, Reason.OTHER_ORGANISATION),
    ],
)
def test_guests_bots_and_other_companies_declare_nothing(
    sqlite_desk: Desk, flags: dict[str, bool], reason: Reason
) -> None:
    sqlite_desk.become("stranger", **flags)

    answer = declare(sqlite_desk, "stranger")

    assert isinstance(answer, Refused)
    assert (answer.verdict.reason, answer.case, answer.recorded) == (reason, None, False)
    assert sqlite_desk.known_keys() == []


def test_while_slack_says_nothing_people_still_declare_and_nobody_can_approve(desk: Desk) -> None:
    desk.wait(30).silent = True

    desk.declare()

    assert desk.asked("cto") == ["first"]
    answer = desk.approve("cto")
    assert isinstance(answer, Refused)
    assert answer.verdict.reason is Reason.STANDING_UNKNOWN
    assert desk.case.status is Status.DECLARED


def test_already_live_is_recorded_as_deployed_and_owes_a_review_since_then(desk: Desk) -> None:
    case = desk.declare(live_since=at(-90), implementer="ops")

    assert case.status is Status.DEPLOYED
    (only,) = case.deployments
    assert (only.at, only.basis, only.outcome, only.by) == (at(-90), "undeclared", Outcome.OK, "ops")
    assert case.review is not None
    assert (case.review.start, case.review.due) == (at(-90), at(-90) + timedelta(hours=24))
    assert desk.asked("cto") == []
    assert "ratify" in desk.told("cto")
    assert desk.lines()[:2] == ["live_before", "review_owner"]


def test_a_drill_counts_apart_opens_nothing_and_is_decided_the_same(desk: Desk) -> None:
    first = desk.declare(drill=True)
    real = desk.declare()
    second = desk.declare(drill=True)
    desk.approve()

    assert [one.key for one in (first, real, second)] == ["DRILL-2026-0001", "EC-2026-0001", "DRILL-2026-0002"]
    assert desk.case.status is Status.APPROVED
    assert desk.case.window_until is None
    assert first.related == real.related == second.related == ()
    assert "gate_open" not in desk.lines()


def test_keys_are_gap_free_and_begin_anew_each_year(desk: Desk) -> None:
    keys = [desk.declare().key, desk.declare().key]
    desk.now = T0.replace(year=2027)

    assert [*keys, desk.declare().key] == ["EC-2026-0001", "EC-2026-0002", "EC-2027-0001"]


def test_a_new_card_links_what_is_still_open_on_the_same_system(desk: Desk) -> None:
    first = desk.declare(systems=("payments", "web"))
    second = desk.declare(systems=("web",))
    other = desk.declare(systems=("search",))

    assert (first.related, second.related, other.related) == ((), (first.key,), ())


def test_a_follow_on_is_written_on_the_change_it_follows(desk: Desk) -> None:
    first = desk.declare()
    desk.reject()
    second = desk.declare(origin_key=first.key)

    assert second.origin_key == first.key
    assert desk.case_of(first.id).follow_on == (second.key,)
    assert desk.replayed(first.id) == desk.case_of(first.id)


def test_the_first_event_holds_the_policy_and_the_account(desk: Desk) -> None:
    desk.declare()
    first: Event = desk.events()[0]

    assert first.kind == "declared"
    assert (first.data["policy"], first.data["account"]) == ("d" * 64, "UDEV")
