"""A PagerDuty and a Jira that are linked while changes are open: they hear of those, too."""

from dataclasses import replace

from tests.test_stories_jira import said
from tests.test_stories_pagerduty import WITH_SERVICE, named
from tests.world.story import Begin, World

pytest_plugins = ["tests.world.fixtures"]


def links(world: World, **settings: str) -> None:
    """The operator sets or unsets variables, and starts it anew."""
    world.settings = replace(world.settings, **settings)  # type: ignore[arg-type]
    world.down(seconds=30)
    world.advance(minutes=1)


def test_what_was_open_when_they_were_linked_is_told_from_its_beginning(begin: Begin) -> None:
    world = begin(WITH_SERVICE, pagerduty=True, jira=True)
    given = {name: getattr(world.settings, name) for name in ("pagerduty_token", "pagerduty_routing_key", "jira_token")}
    links(world, **dict.fromkeys(given, ""))
    incident = world.pagerduty.happens()
    key, drill = world.approved(incident=named(world, incident)), world.declare(drill=True)
    over = world.declare()
    world.dev.presses("Details", on=world.card(over))
    world.dev.presses("Withdraw")
    world.dev.submits(touched="no")
    world.advance(minutes=1)
    assert (world.jira.issues(key), world.pagerduty.hub.notes(incident)) == ([], [])

    links(world, **given)
    assert said(world, key) == ["Approved by cto"]
    assert len(world.pagerduty.hub.notes(incident)) == 2
    assert (world.jira.issues(drill), world.jira.issues(over)) == ([], [])
    world.deployed(key)
    world.advance(minutes=1)
    assert said(world, key) == ["Approved by cto", 'Deployed "v811" by dev']
    links(world)
    assert len(world.jira.issues(key)) == 1
    assert len(world.pagerduty.hub.notes(incident)) == 3
