"""Deploys through the front door: Slack, GitHub and the bot, each over its real protocol."""

from tests.world.github import REPO
from tests.world.policies import DEPLOYS
from tests.world.story import Begin, World

pytest_plugins = ["tests.world.fixtures"]
ASKED = {"tests": "unit and a charge on staging", "rollback": "deploy v811 again", "broken": "Round to cents\nbills"}


def deploy(world: World, ref: str = "main", **fields: str) -> str:
    """Ask for a deploy of acme/payments to production as dev, through the form; its key."""
    before = world.keys()
    world.dev.types(f"/deploy-request {REPO}@{ref} production", "deploys")
    world.form(world.dev)
    outcome = world.dev.submits(**(ASKED | fields))
    made = sorted(set(world.keys()) - set(before))
    assert len(made) == 1, outcome
    return made[0]


def test_approved_and_released(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    run = world.github.hub.run(REPO, world.github.head, by="dev-gh")
    world.github.arrives()
    key = deploy(world)
    world.tick()

    assert "waiting for approval" in world.card(key, "deploys").header
    for c in world.cards("deploys"):
        print("CARD", c.words)
    for c in world.rel.dms:
        print("RELDM", c.words)
    world.rel.presses("Approve", on=world.card(key, "deploys"))
    world.tick()
    world.github.arrives()
    world.tick()

    assert world.github.hub.run_state(REPO, run) == "completed:success"
    assert "deployed" in world.card(key, "deploys").header
