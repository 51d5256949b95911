"""What goes round the gate, through the front door: GitHub shows it, and somebody answers for it in Slack."""

from tests.world.github import REPO
from tests.world.policies import DEPLOYS
from tests.world.story import Begin, World

pytest_plugins = ["tests.world.fixtures"]


def watched(begin: Begin) -> World:
    """A story in which GitHub was looked at before anything happens."""
    world = begin(DEPLOYS, github=True)
    world.tick()
    assert world.keys() == []
    return world


def later(world: World, minutes: float = 2) -> list[str]:
    """The keys of what was found once the worker ran for some minutes."""
    world.github.arrives()
    for _ in range(2):
        world.advance(minutes=minutes / 2)
        world.tick()
    known = world.keys()
    return [key for key in known if key.startswith("FD-")]


def test_a_push_straight_to_main_is_found_and_explained(begin: Begin) -> None:
    world = watched(begin)
    sha = world.github.hub.commit(REPO, author="dev-gh", message="Quick fix", files={"pay.py": "2"})
    (key,) = later(world)
    shown = world.card(key, "deploys")
    assert shown.header == f"🔎 Finding {key}: pushed past the review"
    assert f"{REPO}: {sha[:7]} reached main" in shown.words
    case = world.case(key)
    assert case.review is not None
    assert case.review.owner not in {p.person for p in case.parties}
    world.dev.types(f"/change {key} why", "deploys")
    seen = "What we saw: push straight to main."
    world.dev.told(f"{key} is a finding", seen, "So: nothing to approve, a review is owed.", channel="deploys")
    world.dev.types("/change list 1d", "deploys")
    listed = world.dev.told(f"Around the gate: 1 unexplained: {key}.", "not complete", channel="deploys")
    assert "0 unexplained" not in listed.words, "GitHub was not read for all of that day"
    assert later(world) == [key]


def test_a_deployment_that_nobody_asked_for_is_found_once(begin: Begin) -> None:
    world = watched(begin)
    hub = world.github.hub
    hub.deploy(REPO, world.github.head, "production", by="sre-gh", state="success")
    (key,) = later(world)
    assert world.card(key, "deploys").header == f"🔎 Finding {key}: deployed around the gate"
    assert later(world) == [key]


def test_an_admin_who_lets_a_run_past_the_gate_answers_to_somebody_else(begin: Begin) -> None:
    world = watched(begin)
    hub = world.github.hub
    hub.environment(REPO, "production", custom_rule=True, can_admins_bypass=True)
    run = hub.run(REPO, world.github.head, by="dev-gh")
    world.github.arrives()
    world.tick()
    hub.admin_bypass(REPO, run, "cto-gh")
    (key,) = later(world)
    assert world.card(key, "deploys").header == f"🔎 Finding {key}: let past the gate on GitHub"
    case = world.case(key)
    assert case.sighting is not None
    assert case.sighting.login == "cto-gh"
    assert case.review is not None
    assert case.review.owner not in {p.person for p in case.parties}
