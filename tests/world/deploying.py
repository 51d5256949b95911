"""Asking for deploys in a story, and the short ways there."""

from tests.world.github import REPO
from tests.world.person import Someone
from tests.world.story import World

ASKED = {"tests": "unit and a charge on staging", "rollback": "deploy v811 again", "broken": "Round to cents\nbills"}


def deploy(world: World, ref: str = "main", by: Someone | None = None, **fields: str) -> str:
    """Ask for a deploy of acme/payments to production through the form, as dev or as `by`; its key."""
    world.github.arrives()  # what is still on its way would make the reading of the form stale
    who, before = by or world.dev, world.keys()
    who.types(f"/deploy-request {REPO}@{ref} production", "deploys")
    world.form(who)
    outcome = who.submits(**(ASKED | fields))
    made = [one for one in world.keys() if one.startswith("DR-") and one not in before]  # noqa: SIM118
    assert len(made) == 1, outcome
    return made[0]


def approved(world: World, ref: str = "main", **fields: str) -> str:
    """A deploy that rel has approved; its key."""
    key = deploy(world, ref, None, **fields)
    world.rel.presses("Approve", on=world.card(key, "deploys"))
    assert "approved for" in world.card(key, "deploys").header
    return key


def runs(world: World, ref: str, by: str = "dev-gh", *, outcome: str | None = "success") -> int:
    """A pipeline begins to deploy that to production, and the bot hears of it; the run's id."""
    run = world.github.hub.run(REPO, ref, by=by, outcome=outcome)
    hears(world)
    return run


def hears(world: World) -> None:
    """What happened at GitHub arrives, is taken and told on; so does what happens there because of it."""
    world.github.arrives()
    world.tick()
    world.github.arrives()
    world.settle()


def findings(world: World) -> list[str]:
    """The keys of what was found to have gone round the gate, in order."""
    return [one for one in world.keys() if one.startswith("FD-")]  # noqa: SIM118 - a method of the story
