"""Issues that are there: setting fields anew, and whose they are."""

from __future__ import annotations

from bot.playground.jira import fields
from bot.playground.jira.asking import Ask, Made, may, seen_issue
from bot.playground.jira.making import on_screen
from bot.playground.jira.records import Json
from bot.playground.jira.refusal import JiraError, invalid
from bot.playground.jira.world import World


def edit(world: World, ask: Ask) -> Made:
    """Set the summary, the description and custom fields anew: 400 names each field that is wrong."""
    found, given = seen_issue(world, ask), ask.body.get("fields")
    project = world.project(found.project)
    if not may(project, "EDIT_ISSUES"):
        raise JiraError(403, "You do not have permission to edit issues in this project.")
    if not isinstance(given, dict):
        raise JiraError(400, "Specify 'fields'.")
    errors: dict[str, str] = {}
    for id, value in given.items():
        field = world.fields.get(id)
        if field is None or not on_screen(project, id):
            errors[id] = f"Field '{id}' cannot be set. It is not on the appropriate screen, or unknown."
        elif id != "summary" and (said := fields.wrong(world, project, field, value)) is not None:
            errors[id] = said
    summary = given.get("summary", found.summary)
    if not summary or "\n" in summary or len(summary) > 255:
        errors["summary"] = "The summary is invalid."
    if errors:
        raise JiraError(400, errors=errors)
    own: Json = {key: value for key, value in given.items() if key not in ("summary", "description")}
    found.summary, found.description = summary, given.get("description", found.description)
    found.values.update(own)
    found.updated = world.stamp()
    world.touch()
    return Made(204)


def assign(world: World, ask: Ask) -> Made:
    """Give an issue to an account, or (null) to nobody."""
    found, account = seen_issue(world, ask), ask.body.get("accountId")
    if not may(world.project(found.project), "ASSIGN_ISSUES"):
        raise JiraError(403, "You do not have permission to assign issues in this project.")
    if account is not None and account not in world.users:
        raise invalid("assignee", "The user does not exist.")
    found.assignee, found.updated = account, world.stamp()
    world.touch()
    return Made(204)
