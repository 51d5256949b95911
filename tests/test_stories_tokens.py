"""A token that PagerDuty or Jira took back: it stops, people are told, nothing is lost, and it catches up."""

from tests.test_stories_jira import said
from tests.test_stories_pagerduty import WITH_SERVICE, named
from tests.world import jira, pagerduty
from tests.world.story import Begin, World

pytest_plugins = ["tests.world.fixtures"]


def lives_on(world: World, key: str) -> None:
    """The CTO approves it and dev deploys it, while the peer knows us no more; then an hour passes."""
    world.passes(minutes=1)
    world.cto.presses("Approve", on=world.card(key))
    world.passes(minutes=1)
    world.deployed(key)
    world.advance(minutes=5)


def told(world: World, part: str) -> list[str]:
    """What the escalations channel reads with this part."""
    return [one.words for one in world.messages("escalations") if part in one.words]


def test_a_token_that_jira_took_back_stops_jira_until_it_is_mended(begin: Begin) -> None:
    world = begin(jira=True)
    hub = world.jira.hub
    keys = [world.declare() for _ in range(2)]
    world.advance(minutes=1)
    hub.revoke_token(jira.TOKEN)
    for key in keys:
        lives_on(world, key)
    (line,) = told(world, "Jira refuses the token")
    assert "nothing is lost" in line
    assert "set a new JIRA_TOKEN" in line
    for key in keys:
        assert said(world, key) == []
        assert "Jira" in world.card(key).words
    before = len(hub.calls)
    world.advance(minutes=30)
    assert 0 < len(hub.calls) - before < 100  # probes, one a minute, and the reading of it

    hub.allow_token(jira.TOKEN, jira.EMAIL)
    world.advance(minutes=5)
    for key in keys:
        assert said(world, key) == ["Approved by cto", 'Deployed "v811" by dev']
        assert world.jira.status(key) == "In Progress"
    assert len(told(world, "Jira refuses the token")) == 1
    assert len(told(world, "Jira answers again")) == 1


def test_a_token_that_pagerduty_took_back_stops_its_notes_until_it_is_mended(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True)
    hub, incident = world.pagerduty.hub, world.pagerduty.happens()
    key = world.declare(incident=named(world, incident))
    world.tick()
    hub.revoke_token(pagerduty.TOKEN)
    lives_on(world, key)
    (line,) = told(world, "PagerDuty refuses the token")
    assert "set a new PAGERDUTY_TOKEN" in line
    assert len(hub.notes(incident)) == 1
    assert len(hub.change_events) == 1, "what needs another key goes on"
    world.advance(minutes=30)
    assert len(hub.notes(incident)) == 1

    hub.allow_token(pagerduty.TOKEN)
    world.advance(minutes=5)
    marks = [one.rpartition("[")[2].partition("/")[2].rstrip("]").split("-")[0] for one in hub.notes(incident)]
    assert marks == ["declared", "approved", "deployed"]
    assert len(told(world, "PagerDuty refuses the token")) == 1
    assert len(told(world, "PagerDuty answers again")) == 1
