"""PagerDuty incidents behind a change, through the front door: picked, flagged, resolved too early, lied about."""

from bot.playground.rest_faults import Fault
from tests.world import pagerduty
from tests.world.policies import POLICY
from tests.world.story import Begin, World

pytest_plugins = ["tests.world.fixtures"]

WITH_SERVICE = POLICY + f'\n[pagerduty]\nservice = "{pagerduty.SERVICE}"\n'


def number(world: World, incident: str) -> str:
    """Its number, as people see it."""
    return str(world.pagerduty.hub.seen_incident(incident).number)


def lines(world: World, key: str, part: str) -> list[str]:
    """The lines under a card with this part."""
    return [one for one in world.thread(key) if part in one]


def asked(world: World) -> list[str]:
    """How often dev was asked whether a change is still needed."""
    return [one for one in world.dev.notified if "still needed" in one]


def test_an_open_incident_is_picked_and_what_people_do_there_is_seen_here(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    hub = world.pagerduty.hub
    other, incident = world.pagerduty.happens("Search is slow", "low"), world.pagerduty.happens()
    hub.resolve(other, by="PSRE")
    named = number(world, incident)

    world.dev.types("/emergency-change checkout 500s")
    world.dev.presses("More fields")
    assert world.dev.searches("incident", "") == [f"#{named} Checkout answers 500s · Payments, high"]
    assert world.dev.searches("incident", "search") == []
    assert world.dev.searches("incident", "4711") == ["Use what I typed: 4711"]
    world.dev.searches("incident", "check")
    world.dev.submits(plan="roll back to v811", systems=["payments"], incident=named)
    (key,) = world.keys()
    world.tick()
    card = world.card(key)
    assert "Checkout answers 500s · Payments · high · triggered" in card.words
    assert "already resolved" not in card.words

    world.passes(minutes=1)
    hub.acknowledge(incident, by="PLEAD")
    hub.annotate(incident, "Rolling back now", by="PLEAD")
    hub.escalate(incident, by="PLEAD")
    world.pagerduty.arrives()
    world.settle()
    assert world.line(key, "Lead acknowledged PagerDuty", named)
    assert world.line(key, "Lead wrote on PagerDuty", '"Rolling back now"')
    assert world.line(key, "was escalated")
    assert "high · acknowledged" in world.card(key).words
    assert lines(world, key, "Countersign wrote") == []
    seen = len(world.thread(key))
    for one in hub.deliveries:
        hub.redeliver(one.id, 2)
    world.pagerduty.arrives()
    world.parts.pagerduty.polls()
    world.settle()
    assert len(world.thread(key)) == seen


def test_a_resolved_and_a_low_incident_are_allowed_and_flagged(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    hub = world.pagerduty.hub
    over, low = world.pagerduty.happens(), world.pagerduty.happens("Search is slow", "low")
    hub.resolve(over, by="PLEAD")
    world.passes(minutes=1)
    flags = {over: "is already resolved.", low: "is low urgency.", "": "No PagerDuty incident named."}
    for incident, words in flags.items():
        key = world.declare(incident=f"https://acme.pagerduty.com/incidents/{incident}" if incident else "")
        world.tick()
        assert words in world.card(key).words
    assert asked(world) == []
    key = world.declare(incident="99999")
    world.tick()
    assert "PagerDuty has no incident #99999" in world.card(key).words


def test_an_incident_that_resolves_before_anybody_decided_has_the_requester_asked_once(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    hub, incident = world.pagerduty.hub, world.pagerduty.happens()
    heard, missed = (world.declare(incident=number(world, incident)) for _ in range(2))
    world.tick()
    (world.cto).presses("Approve", on=world.card(missed))
    world.passes(minutes=1)
    hub.resolve(incident, by="PLEAD")
    world.pagerduty.arrives()
    world.settle()
    for key in (heard, missed):
        assert len(lines(world, key, "Lead resolved PagerDuty")) == 1
    (question,) = asked(world)
    assert heard in question
    world.passes(minutes=1)
    hub.reopen(incident, by="PLEAD")
    hub.resolve(incident, by="PLEAD")
    world.pagerduty.arrives()
    world.parts.pagerduty.polls()
    world.settle()
    assert len(asked(world)) == 1
    world.dev.presses("Withdraw", on=world.dev.dm("still needed"))
    world.dev.submits(touched="no")
    assert "withdrawn" in world.card(heard).header
    assert "its incident" in world.dev.dm(f"{heard}: its incident").words


def test_a_lost_webhook_is_made_up_for_by_the_clock(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    hub, incident = world.pagerduty.hub, world.pagerduty.happens()
    key = world.declare(incident=number(world, incident))
    world.tick()
    hub.lose_webhooks()
    world.passes(minutes=1)
    hub.resolve(incident, by="PLEAD")
    world.settle()
    assert asked(world) == []
    for _ in range(3):
        world.parts.pagerduty.polls()
        world.settle()
    assert (len(asked(world)), len(lines(world, key, "resolved"))) == (1, 1)
    assert "is already resolved." in world.card(key).words


def test_what_nobody_signed_and_what_was_made_up_does_nothing(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    hub, incident = world.pagerduty.hub, world.pagerduty.happens()
    key = world.declare(incident=number(world, incident))
    world.tick()
    before = world.kinds(key)
    lie = {"id": incident, "type": "incident", "status": "resolved", "number": 1, "self": "https://evil.example/x"}
    hub.deliver("incident.resolved", lie, by="PLEAD")
    world.pagerduty.arrives()
    assert [one.status for one in hub.deliveries][-1] == 200
    world.settle()
    assert (world.kinds(key), asked(world)) == (before, [])


def test_a_silent_pagerduty_holds_nothing_up_and_catches_up(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    hub, incident = world.pagerduty.hub, world.pagerduty.happens()
    hub.faults.add(Fault("outage"))
    world.dev.types("/emergency-change checkout 500s")
    world.dev.presses("More fields")
    assert world.dev.searches("incident", "check") == []
    key = world.declare(incident=number(world, incident))
    world.advance(minutes=6)  # everybody was asked again
    assert "PagerDuty: not answering since" in world.card(key).words
    world.dev.types("/emergency-change checkout 500s")
    world.dev.presses("More fields")
    assert "PagerDuty incident" in world.dev.modal.words
    world.dev.submits(
        plan="roll back to v811", systems=["payments"], incident="https://acme.pagerduty.com/incidents/P1"
    )
    assert world.case(world.keys()[-1]).incident == "P1"
    hub.faults.clear()
    world.passes(minutes=2)
    world.tick()
    assert "Checkout answers 500s · Payments · high · triggered" in world.card(key).words


def test_without_pagerduty_only_details_says_so(world: World) -> None:
    key = world.declare(incident="4711")
    assert "PagerDuty #4711" in world.card(key).words
    assert "not linked" not in world.card(key).words
    world.dev.presses("Details", on=world.card(key))
    assert "PagerDuty: not linked" in world.dev.modal.words


def test_an_incident_is_opened_only_where_the_policy_names_a_service(begin: Begin) -> None:
    world = begin(POLICY, pagerduty=True)
    world.dev.types("/emergency-change checkout 500s")
    world.dev.presses("More fields")
    assert "Open a PagerDuty incident for it" not in world.dev.modal.words
    assert world.dev.searches("incident", "") == []


def test_an_incident_is_opened_for_a_change_that_names_none(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    key = world.declare(open_incident=["yes"])
    world.tick()
    (made,) = world.pagerduty.hub.incidents
    assert f"PagerDuty #{made.number}, triggered" in world.card(key).words
    assert "No PagerDuty incident named." not in world.card(key).words
    world.passes(minutes=1)
    world.pagerduty.hub.acknowledge(made.id, by="PLEAD")
    world.pagerduty.arrives()
    world.settle()
    assert world.line(key, "Lead acknowledged PagerDuty", str(made.number))
