"""What PagerDuty hears of an emergency, through the front door: its incident's notes, what went live, who is paged."""

from bot.playground.rest_faults import Fault
from tests.world import pagerduty
from tests.world.policies import POLICY
from tests.world.story import Begin, World

pytest_plugins = ["tests.world.fixtures"]

OWED = {"missing_tests": "staging only", "missing_rollback": "deploy v812 again"}
WITH_SERVICE = POLICY + f'\n[pagerduty]\nservice = "{pagerduty.SERVICE}"\n'


def named(world: World, incident: str) -> str:
    """Its number, as people type it."""
    return str(world.pagerduty.hub.seen_incident(incident).number)


def paged(world: World) -> dict[str, str]:
    """What is paged, or was: what for, and whether it still is."""
    return {one.key.rpartition(":")[2]: one.status for one in world.pagerduty.hub.alerts}


def waits(world: World, minutes: int) -> int:
    """Let time pass in which nothing happens but deliveries; how often PagerDuty was asked."""
    before = len(world.pagerduty.hub.calls)
    for _ in range(minutes // 5):
        world.passes(minutes=5)
        world.settle()
    return len(world.pagerduty.hub.calls) - before


def proceeds(world: World, key: str) -> None:
    """Dev goes ahead without approval."""
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Proceed without approval")
    world.dev.submits(reason="money is being lost")
    world.settle()


def test_pagerduty_is_down_at_declaration_and_back_an_hour_later(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    hub, incident = world.pagerduty.hub, world.pagerduty.happens()
    hub.faults.add(Fault("outage"))
    key = world.declare(incident=named(world, incident))
    world.tick()
    assert "waiting for approval" in world.card(key).header
    assert [one.status for one in hub.calls][-1:] == [503]
    world.cto.presses("Approve", on=world.card(key))
    tries = waits(world, 60)
    assert tries > 3
    assert hub.notes(incident) == []

    hub.faults.clear()
    waits(world, 10)
    declared, approved = hub.notes(incident)
    assert declared.startswith(f"Emergency change {key} payments: checkout 500s. dev declared it on Mon 03:00 CET")
    assert declared.endswith(f"[{key}/declared]")
    assert approved == f"{key}: cto approved it on Mon 03:00 CET. [{key}/approved]"
    waits(world, 60)
    assert len(hub.notes(incident)) == 2


def test_break_glass_pages_until_somebody_looked_and_what_went_live_is_a_change_event(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    hub = world.pagerduty.hub
    key = world.declare()
    assert paged(world) == {}
    proceeds(world, key)
    assert paged(world) == {"break-glass": "triggered"}
    (alert,) = hub.alerts
    assert "going ahead WITHOUT approval since Mon 03:00 CET" in alert.summary
    assert alert.key == f"countersign:{key}:break-glass"
    assert alert.links[0]["href"].startswith("https://")

    world.deployed(key)
    world.settle()
    (event,) = hub.change_events
    assert event.summary == f"{key} payments: checkout 500s: deployed v811 WITHOUT approval (worked)"
    assert event.details["id"].startswith(f"{key}/")
    assert paged(world) == {"break-glass": "triggered"}
    world.cto.presses("Details", on=world.card(key))
    world.cto.presses("Ratify")
    world.settle()
    assert paged(world) == {"break-glass": "resolved"}
    assert (alert.times, len(hub.change_events)) == (1, 1)


def test_nobody_answers_until_more_are_asked_then_somebody_is_paged_until_it_is_decided(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    key = world.declare(confidential=["yes"])
    world.advance(minutes=9)
    assert paged(world) == {}
    world.advance(minutes=2)
    assert paged(world) == {"undecided": "triggered"}
    (alert,) = world.pagerduty.hub.alerts
    assert "checkout" not in str(alert)
    assert "payments" not in str(alert)
    assert f"{key}, confidential: nobody has answered since Mon 03:00 CET" in alert.summary
    world.rel.presses("Approve", on=world.card(key))
    world.settle()
    assert paged(world) == {"undecided": "resolved"}


def test_a_review_that_is_late_pages_until_it_is_written(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    key = world.approved()
    world.deployed(key)
    world.advance(hours=47)
    assert paged(world) == {}
    world.advance(hours=2)
    assert paged(world) == {"review": "triggered"}
    assert "the review is" in world.pagerduty.hub.alerts[0].summary
    world.cto.presses("Write review", on=world.card(key))
    world.cto.submits(judgement="yes", cause="the pool was too small", tests="by hand", **OWED)
    world.settle()
    assert "closed" in world.card(key).header
    assert paged(world) == {"review": "resolved"}


def test_opening_an_incident_whose_answer_is_lost_opens_one(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    hub = world.pagerduty.hub
    hub.faults.add(Fault("reset_after", path="/incidents", method="POST", times=1))
    hub.faults.add(Fault("reset_after", path="*/notes", method="POST", times=1))
    key = world.declare(open_incident=["yes"])
    world.advance(minutes=30)
    (incident,) = [one for one in hub.incidents if one.key == f"countersign:{key}"]
    assert incident.title == f"{key} payments: checkout 500s"
    assert [one.rpartition("[")[2] for one in hub.notes(incident.id)] == [f"{key}/declared]"]
    assert f"#{incident.number}" in world.card(key).words
