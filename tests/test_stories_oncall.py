"""Stories of being on call: PagerDuty says who may approve at this minute, and its silence lets nobody in."""

from datetime import timedelta

from bot.playground.rest_faults import Fault
from tests.world.pagerduty import PEOPLE, POLICY, SCHEDULE
from tests.world.policies import POLICY as BASE
from tests.world.story import Begin, World
from workflows.change import Status

pytest_plugins = ["tests.world.fixtures"]

ROTA = BASE.replace('users = ["cto@example.com", "lead@example.com"]', f'pagerduty_schedules = ["{SCHEDULE}"]')
"""Whoever is on call by the schedule approves, at the first level."""


def at_duty(begin: Begin, **minutes: int) -> World:
    """A story in which the lead is on call for so many minutes from now, and then the CTO for an hour."""
    world = begin(ROTA, pagerduty=True)
    end = timedelta(**minutes)
    world.pagerduty.hub.off_call(PEOPLE["lead"])
    world.pagerduty.shift("lead", timedelta(hours=-1), end)
    world.pagerduty.shift("cto", end, end + timedelta(hours=1))
    world.passes(seconds=31)
    world.tick()
    return world


def reads(world: World) -> int:
    """How often PagerDuty was asked who is on call."""
    return sum(1 for call in world.pagerduty.hub.calls if call.path.startswith("/oncalls"))


def test_the_lead_of_the_minute_approves_and_the_one_who_just_went_off_call_is_refused(begin: Begin) -> None:
    world = at_duty(begin, minutes=4)
    key = world.declare()
    assert "Asked Mon 03:00 CET @lead" in world.card(key).words
    world.cto.presses("Approve", on=world.card(key))
    world.cto.told(f"Approving {key} takes someone from emergency-approvers. @lead can; asked")

    world.advance(minutes=5)
    world.lead.presses("Approve", on=world.card(key))
    no = world.lead.told(f"You went off call at 03:04; approving {key} takes someone from emergency-approvers.")
    assert "Nothing changed." in no.words
    world.dev.types(f"/change {key} why")
    assert "lead (not on call since 03:04)" in world.dev.told("Needed: 1 of emergency-approvers").words
    world.cto.types("/change whoami")
    world.cto.told("You may approve as: emergency-approvers (on call until 04:04).")

    world.cto.presses("Approve", on=world.card(key))
    assert world.case(key).status is Status.APPROVED
    (voice,) = [one for one in world.events(key) if one.kind == "approved"]
    roster = voice.data["evidence"]["roster"]
    assert roster["members"] == [world.cto.person]
    assert (roster["on_call"]["user"], roster["on_call"]["schedule"]) == (PEOPLE["cto"], SCHEDULE)
    assert roster["on_call"]["from"] == "2026-11-16T02:04:00+00:00"


def test_an_override_counts_from_its_minute_without_asking_again(begin: Begin) -> None:
    world = begin(ROTA, pagerduty=True)
    now = world.clock.now()
    world.pagerduty.hub.override(SCHEDULE, PEOPLE["sre"], now + timedelta(seconds=45), now + timedelta(hours=1))
    world.passes(seconds=31)
    world.tick()
    key = world.declare()
    before = reads(world)
    world.passes(seconds=15)
    world.lead.presses("Approve", on=world.card(key))
    world.lead.told("You went off call at 03:00;")
    world.sre.presses("Approve", on=world.card(key))
    assert world.case(key).status is Status.APPROVED
    assert reads(world) == before


def test_while_pagerduty_is_silent_nobody_is_let_in_and_nothing_is_lost(begin: Begin) -> None:
    world = begin(ROTA, pagerduty=True)
    key = world.declare()
    world.pagerduty.hub.faults.add(Fault("outage"))
    world.advance(minutes=3)
    world.lead.presses("Approve", on=world.card(key))
    no = world.lead.told("I could not check whether you are in emergency-approvers: PagerDuty did not answer.")
    assert "Nothing was approved; try again in a minute." in no.words
    assert world.case(key).status is Status.DECLARED

    world.pagerduty.hub.faults.clear()
    world.lead.presses("Approve", on=world.card(key))
    assert world.case(key).status is Status.APPROVED


def test_whoever_is_on_call_without_slack_is_named_with_whom_to_call(begin: Begin) -> None:
    world = begin(ROTA, pagerduty=True)
    hub = world.pagerduty.hub
    hub.add_user("PEVE", "Eve *Adams* <@U0CTO>", "eve@elsewhere.example")
    hub.on_call(SCHEDULE, "PEVE", policy=POLICY)
    world.passes(seconds=31)
    world.tick()
    key = world.declare()
    words = world.card(key).words
    assert "Eve *Adams* <@U0CTO> is on call but not in Slack: call +49 30 1234" in words
    assert "Asked Mon 03:00 CET @lead" in words
    assert not any("Eve" in str(one.data) for one in world.events(key)), "no name of PagerDuty's stands in an event"
