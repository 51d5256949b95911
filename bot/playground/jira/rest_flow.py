"""The workflow: which steps an issue can take, and taking one."""

from __future__ import annotations

from bot.playground.jira import shapes
from bot.playground.jira.asking import Ask, Made, may, seen_issue
from bot.playground.jira.records import Issue, Json, Transition
from bot.playground.jira.refusal import JiraError
from bot.playground.jira.world import World


def open_to(world: World, issue: Issue) -> list[Transition]:
    """Return the steps an issue can take now: none where we may not."""
    home = world.project(issue.project)
    if not may(home, "TRANSITION_ISSUES"):
        return []
    return [one for one in home.transitions if not one.sources or issue.status in one.sources]


def transitions(world: World, ask: Ask) -> Json:
    """Return the steps an issue can take, with `expand=transitions.fields` what each asks for."""
    found = seen_issue(world, ask)
    home = world.project(found.project)
    shown = []
    for one in open_to(world, found):
        to = next(status for status in home.statuses if status.name == one.to)
        made: Json = {
            "id": one.id,
            "name": one.name,
            "to": shapes.status(world, to),
            "hasScreen": bool(one.asks),
            "isGlobal": not one.sources,
            "isInitial": False,
            "isConditional": False,
            "isAvailable": True,
        }
        if "transitions.fields" in ask.one("expand"):
            made["fields"] = {name: _asked(world, name) for name in one.asks}
        shown.append(made)
    return {"expand": "transitions", "transitions": shown}


def _asked(world: World, name: str) -> Json:
    field = next(one for one in world.fields.values() if name in (one.id, one.name))
    return {
        "required": True,
        "schema": shapes.field(field)["schema"],
        "name": field.name,
        "key": field.id,
        "operations": ["set"],
        "hasDefaultValue": False,
    }


def take(world: World, ask: Ask) -> Made:
    """Take a step: 400 when the issue cannot, or when a field is missing that the step asks for."""
    found = seen_issue(world, ask)
    id = (ask.body.get("transition") or {}).get("id")
    if not isinstance(id, str):
        raise JiraError(400, "Missing 'transition' identifier")
    step = next((one for one in open_to(world, found) if one.id == id), None)
    if step is None:
        raise JiraError(
            400, f"It seems that you have tried to perform a workflow operation (id {id}) that is not valid."
        )
    given = ask.body.get("fields") or {}
    missing = [name for name in step.asks if _asked(world, name)["key"] not in given]
    if missing:
        raise JiraError(400, errors={_asked(world, name)["key"]: f"{name} is required." for name in missing})
    found.status, found.updated = step.to, world.stamp()
    world.touch()
    return Made(204)
