"""Whoever PagerDuty has on call at the moment of the click is a member, and nobody who was, or who will be."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests import build
from tests.build import APPROVERS, T0, actor, at
from tests.workflows import seats
from tests.workflows.desk import Desk
from workflows import absence, explaining, facts, oncall, policy, quorum
from workflows.case import Refused
from workflows.change import Reason
from workflows.db import Database
from workflows.explanation import Barred
from workflows.oncall import Source
from workflows.peered import OnCall
from workflows.ruleset import Group, Rules
from workflows.standing import Roster, Shift

LEADS, SCHEDULE = "leads", "schedule:PLEADS"
ROTA = Group(LEADS, pagerduty_schedules=("PLEADS",), contact="+49 30 1234")
MIXED = replace(ROTA, users=(build.email("cto"),))
NOW = at(30)


def entry(person: str = "lead", **given: Any) -> OnCall:
    """The person is on call at level 1 from `T0` for an hour."""
    values: dict[str, Any] = {
        "user": f"P{person.upper()}",
        "name": person.title(),
        "email": build.email(person),
        "level": 1,
        "start": T0,
        "end": at(60),
        "schedule": "PLEADS",
        "policy": "PPOLICY",
    }
    return OnCall(**(values | given))


def rota(*entries: OnCall, now: datetime = NOW, group: Group = ROTA, **given: Any) -> oncall.Rota:
    """Who is on call by these entries, in which everybody but "ghost" is in Slack."""
    sources = given.get("sources", {SCHEDULE: Source(entries, T0)})

    def person(email: str) -> str | None:
        name = email.partition("@")[0]
        return None if name == "ghost" else name

    return oncall.rota(group, sources, now, person=person, asked=given.get("asked", lambda email: True))


@pytest.mark.parametrize(
    ("given_", "level", "now", "on"),
    [
        pytest.param({}, 1, NOW, True, id="in the middle of a shift"),
        pytest.param({}, 1, at(60) - timedelta(seconds=1), True, id="a second before it ends"),
        pytest.param({}, 1, at(60), False, id="not when it ends"),
        pytest.param({}, 1, T0, True, id="when it begins"),
        pytest.param({}, 1, T0 - timedelta(seconds=1), False, id="not a second before it begins"),
        pytest.param({"start": None, "end": None}, 1, NOW, True, id="always on call"),
        pytest.param({"level": 2}, 1, NOW, False, id="not at a level above the most"),
        pytest.param({"level": 2}, 2, NOW, True, id="at the level that is the most"),
    ],
)
def test_who_is_on_call_at_a_moment(given_: dict[str, Any], level: int, now: datetime, on: bool) -> None:
    found = rota(entry(**given_), now=now, group=replace(ROTA, max_level=level))
    assert [one.person for one in found.shifts] == (["lead"] if on else [])


def test_an_override_that_begins_between_the_reading_and_the_click_counts_without_another_reading() -> None:
    told = (entry("lead", end=at(30)), entry("cto", start=at(30), end=at(45)), entry("lead", start=at(45)))
    assert [[one.person for one in rota(*told, now=at(minute)).shifts] for minute in (29, 30, 45)] == [
        ["lead"],
        ["cto"],
        ["lead"],
    ]


@pytest.mark.parametrize(
    ("told", "over"),
    [
        pytest.param((entry(end=at(20)),), {"lead": at(20)}, id="just went off call"),
        pytest.param(
            (entry(end=at(10)), entry(start=at(10), end=at(20))), {"lead": at(20)}, id="the last shift counts"
        ),
        pytest.param((entry(end=at(20)), entry(start=at(20))), {}, id="the next shift is theirs as well"),
        pytest.param((entry(end=at(20), level=2),), {}, id="was never on call at a level that counts"),
        pytest.param((entry(start=at(40)),), {}, id="is on call only later"),
        pytest.param((entry(start=at(-999), end=NOW - oncall.BACK),), {}, id="too long ago to be told"),
        pytest.param((entry("ghost", end=at(20)),), {}, id="nobody whom we know"),
    ],
)
def test_since_when_somebody_is_not_on_call_any_more(told: tuple[OnCall, ...], over: dict[str, datetime]) -> None:
    assert rota(*told).over == over


@pytest.mark.parametrize(
    ("given_", "as_of"),
    [
        pytest.param({}, T0, id="all was read"),
        pytest.param({"sources": {}}, None, id="never read"),
        pytest.param({"sources": {SCHEDULE: Source()}}, None, id="tried in vain"),
        pytest.param({"asked": lambda email: False}, None, id="nobody asked Slack who that is"),
    ],
)
def test_what_was_not_read_is_not_known(given_: dict[str, Any], as_of: datetime | None) -> None:
    assert rota(entry(), **given_).as_of == as_of


def test_several_rotas_are_as_old_as_the_oldest_and_name_everybody_once() -> None:
    both = replace(ROTA, pagerduty_policies=("PPOLICY",))
    sources = {SCHEDULE: Source((entry(),), at(5)), "policy:PPOLICY": Source((entry(), entry("cto")), T0)}
    found = rota(group=both, sources=sources)
    assert (found.as_of, [one.person for one in found.shifts]) == (T0, ["cto", "lead"])
    assert rota(group=both, sources={SCHEDULE: Source((entry(),), T0)}).as_of is None


def test_what_is_kept_is_what_was_told() -> None:
    told = (entry(), entry("cto", email=None, start=None, end=None, schedule=None))
    assert oncall.source(oncall.told(told), T0).entries == told
    assert oncall.told([entry(email=" Lead@Example.COM ")])[0]["email"] == "lead@example.com"


def shift(person: str = "lead", **given: Any) -> Shift:
    """The shift of `entry(person)`, read at `T0`."""
    one = entry(person)
    values: dict[str, Any] = {"since": one.start, "until": one.end, "schedule": one.schedule, "policy": one.policy}
    values |= {"user": one.user, "name": one.name, "level": 1, "as_of": T0, "person": person}
    return Shift(**(values | given))


def on_call(*members: str, as_of: datetime | None = T0, **given: Any) -> Roster:
    """The approvers as they are when the cto is named in the policy and the rest are on call."""
    values: dict[str, Any] = {"fixed": frozenset({"cto"}), "fixed_as_of": T0, "shifts": tuple(map(shift, members))}
    return build.roster(APPROVERS, {"cto", *members}, as_of=as_of, **(values | given))


def rules(group: Group = MIXED) -> Rules:
    """A policy whose approvers are that group."""
    return replace(build.rules(), groups={**build.rules().groups, APPROVERS: replace(group, name=APPROVERS)})


@pytest.mark.parametrize(
    ("who", "roster", "answer", "told"),
    [
        pytest.param("lead", on_call("lead"), APPROVERS, {}, id="on call now"),
        pytest.param(
            "lead",
            on_call(over={"lead": at(-5)}),
            Reason.NOT_IN_GROUP,
            {"group": APPROVERS, "since": at(-5).isoformat()},
            id="just went off call",
        ),
        pytest.param("stranger", on_call("lead"), Reason.NOT_IN_GROUP, {"group": APPROVERS}, id="never on call"),
        pytest.param(
            "lead",
            on_call("lead", as_of=at(-2)),
            Reason.STANDING_UNKNOWN,
            {"what": "group", "group": APPROVERS, "peer": "pagerduty"},
            id="on call by a reading that is too old",
        ),
        pytest.param(
            "lead",
            on_call(as_of=None),
            Reason.STANDING_UNKNOWN,
            {"what": "group", "group": APPROVERS, "peer": "pagerduty"},
            id="PagerDuty never answered",
        ),
        pytest.param(
            "cto", on_call("lead", as_of=at(-2)), APPROVERS, {}, id="PagerDuty is silent: named in the policy"
        ),
        pytest.param(
            "cto",
            on_call("lead", as_of=at(-2), fixed_as_of=at(-2)),
            Reason.STANDING_UNKNOWN,
            {"what": "group", "group": APPROVERS},
            id="everything is silent",
        ),
    ],
)
def test_who_may_approve(who: str, roster: Roster, answer: Reason | str, told: dict[str, str]) -> None:
    case = build.case(standing=build.standing(rosters={APPROVERS: roster}))
    verdict = policy.may_approve(case, actor(who), rules(), T0, revision=1)
    assert (verdict.right or verdict.reason, dict(verdict.facts)) == (answer, told)


def test_who_went_off_call_is_named_among_those_who_cannot() -> None:
    case = build.case(standing=build.standing(rosters={APPROVERS: on_call(over={"lead": at(-5)})}))
    barred = explaining.explain(case, rules(), T0).barred
    assert Barred("lead", reason=Reason.NOT_IN_GROUP, since=at(-5)) in barred
    back = build.case(standing=build.standing(rosters={APPROVERS: on_call("lead", over={"lead": at(-5)})}))
    assert all(one.person != "lead" for one in explaining.explain(back, rules(), T0).barred)


def test_a_rota_that_was_not_read_proves_nobody_out_of_reach() -> None:
    def short(roster: Roster) -> bool:
        standing = build.standing(rosters={APPROVERS: roster})
        return bool(quorum.unreachable(build.case(standing=standing), rules(ROTA)))

    assert short(build.roster(APPROVERS, ()))
    assert not short(build.roster(APPROVERS, (), as_of=None))


def test_the_policy_cannot_say_who_is_on_call() -> None:
    lines = absence.report(rules(ROTA), absence.listed(rules(ROTA)))
    assert any(f"the members of {APPROVERS} (whoever PagerDuty has on call) were not read" in one for one in lines)


def test_a_policy_that_names_pagerduty_in_vain_says_so() -> None:
    assert oncall.unlinked(build.rules()) is None
    assert (oncall.unlinked(rules(ROTA)) or "").startswith(f"{APPROVERS}: the policy names PagerDuty")


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk where only whoever is on call approves."""
    return Desk(database, rules=rules(ROTA))


def tell(desk: Desk, *entries: OnCall) -> None:
    """PagerDuty says now who is on call, and Slack whether it knows them."""
    with desk.database.write() as tx:
        facts.put(tx, oncall.KIND, SCHEDULE, oncall.told(entries), as_of=desk.now)
        for email in {one.email for one in entries if one.email} - {build.email(one) for one in ("lead", "cto")}:
            facts.put(tx, "email", email, None, as_of=desk.now)


def roster(desk: Desk) -> Roster:
    """The approvers as they stand."""
    with desk.database.read() as tx:
        return facts.standing(tx, desk.rules, now=desk.now).rosters[APPROVERS]


def test_the_lead_of_the_minute_approves_and_the_shift_is_kept_with_it(desk: Desk) -> None:
    tell(desk, entry(), entry("ghost"), entry("cto", start=at(60), end=at(120)))
    found = roster(desk)
    assert (sorted(found.members), found.as_of, found.unlinked) == (["lead"], T0, ("Ghost",))

    desk.declare()
    refused = desk.approve("cto")
    assert isinstance(refused, Refused)
    assert refused.verdict.reason is Reason.NOT_IN_GROUP
    desk.approve("lead")
    (voice,) = [one for one in desk.events() if one.kind == "approved"]
    proof = voice.data["evidence"]["roster"]
    assert (proof["members"], proof["as_of"]) == (["lead"], T0.isoformat())
    assert proof["on_call"] == {
        "user": "PLEAD",
        "schedule": "PLEADS",
        "policy": "PPOLICY",
        "level": 1,
        "from": T0.isoformat(),
        "until": at(60).isoformat(),
        "as_of": T0.isoformat(),
    }
    desk.sound()


def test_the_next_one_approves_after_the_shift_and_the_last_one_is_refused(desk: Desk) -> None:
    tell(desk, entry(), entry("cto", start=at(60), end=at(120)))
    desk.declare()
    desk.wait(61)
    refused = desk.approve("lead")
    assert isinstance(refused, Refused)
    assert dict(refused.verdict.facts) == {"group": APPROVERS, "since": at(60).isoformat()}
    desk.approve("cto")
    assert desk.status == "approved"
    desk.sound()


def test_while_pagerduty_is_silent_nobody_is_on_call(desk: Desk) -> None:
    tell(desk, entry())
    desk.declare()
    desk.wait(2)
    desk.silent = True
    with desk.database.write() as tx:
        seats.say(tx, "lead", as_of=desk.now)
    refused = desk.approve("lead")
    assert isinstance(refused, Refused)
    assert (refused.verdict.reason, refused.verdict.facts["peer"]) == (Reason.STANDING_UNKNOWN, "pagerduty")
    tell(desk, entry())
    desk.approve("lead")
    assert desk.status == "approved"


def test_while_pagerduty_never_answered_whoever_is_named_beside_it_may_approve_and_nobody_else_is_known(
    database: Database,
) -> None:
    desk = Desk(database, rules=rules(MIXED))
    found = roster(desk)
    assert (found.as_of, found.fixed_as_of) == (None, T0)
    desk.declare()
    refused = desk.approve("stranger")
    assert isinstance(refused, Refused)
    assert refused.verdict.reason is Reason.STANDING_UNKNOWN
    desk.approve("cto")
    assert desk.status == "approved"
    desk.sound()


def test_of_somebody_who_is_named_as_well_no_shift_is_kept_since_nothing_rests_on_it(database: Database) -> None:
    desk = Desk(database, rules=rules(MIXED))
    tell(desk, entry("cto"))
    desk.declare()
    desk.approve("cto")
    (voice,) = [one for one in desk.events() if one.kind == "approved"]
    assert "on_call" not in voice.data["evidence"]["roster"]


@pytest.mark.parametrize(
    "account",
    [{"email": "new@example.com"}, {"email": build.email("lead"), "confirmed": False}],
    ids=["another one now", "never confirmed"],
)
def test_somebody_whose_address_is_not_surely_theirs_is_not_who_is_on_call(desk: Desk, account: dict[str, Any]) -> None:
    tell(desk, entry())
    with desk.database.write() as tx:
        facts.put(tx, "account", build.slack("lead"), account, as_of=desk.now)
    found = roster(desk)
    assert (sorted(found.members), found.unlinked) == ([], ("Lead",))
