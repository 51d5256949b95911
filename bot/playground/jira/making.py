"""Making an issue: what is required, what a project does not take."""

from __future__ import annotations

from typing import Any

from bot.playground.jira import fields
from bot.playground.jira.asking import may
from bot.playground.jira.records import Issue, Json, Project, User
from bot.playground.jira.refusal import JiraError, invalid
from bot.playground.jira.world import World

OWN = ("summary", "description", "labels", "components", "assignee", "duedate", "project", "issuetype", "reporter")


def make(world: World, given: Json, by: User | None) -> Issue:
    """Make an issue of fields as the API takes them. JiraError names each field that is wrong or missing."""
    project = _project(world, given.get("project") or {})
    type_id = _type(project, given.get("issuetype") or {})
    errors = _errors(world, project, type_id, given)
    if by is None or not may(project, "CREATE_ISSUES"):
        raise JiraError(403, "You do not have permission to create issues in this project.")
    if errors:
        raise JiraError(400, errors=errors)
    at, first = world.stamp(), project.statuses[0]
    made = Issue(
        str(world.number()),
        world.new_key(project),
        project.key,
        type_id,
        given["summary"],
        by.account,
        at,
        at,
        None if world.lag is None else world.clock().timestamp() + world.lag,
        first.name,
        given.get("description"),
        list(given.get("labels") or ()),
        [one["name"] for one in given.get("components") or ()],
        (given.get("assignee") or {}).get("accountId"),
        given.get("duedate"),
        {key: value for key, value in given.items() if key not in OWN},
    )
    world.issues[made.id] = made
    world.touch()
    return made


def _project(world: World, given: Any) -> Project:
    try:
        found = world.project(str(given.get("id") or given.get("key")))
    except LookupError:
        raise invalid("project", "Specify a valid project ID or key") from None
    if not may(found, "BROWSE_PROJECTS"):
        raise invalid("project", "Specify a valid project ID or key")
    return found


def _type(project: Project, given: Any) -> str:
    for id, name in project.types.items():
        if given.get("id") == id or given.get("name") == name:
            return id
    raise invalid("issuetype", "Specify a valid issue type")


def _errors(world: World, project: Project, type_id: str, given: Json) -> dict[str, str]:
    found = {}
    if not given.get("summary"):
        found["summary"] = "You must specify a summary of the issue."
    elif "\n" in given["summary"]:
        found["summary"] = "The summary is invalid because it contains newline characters."
    elif len(given["summary"]) > 255:
        found["summary"] = "Summary must be less than 255 characters."
    for name in project.required.get(project.types[type_id], ()):
        one = next(one for one in world.fields.values() if one.name == name and on_screen(project, one.id))
        if not given.get(one.id):
            found[one.id] = f"{one.name} is required."
    for id, permission in (("assignee", "ASSIGN_ISSUES"), ("duedate", "SCHEDULE_ISSUES")):
        if given.get(id) and not may(project, permission):
            found[id] = f"Field '{id}' cannot be set. It is not on the appropriate screen, or unknown."
    for id, value in given.items():
        if id in ("project", "issuetype", "summary") or value is None:
            continue
        field = world.fields.get(id)
        if field is None or not on_screen(project, id):
            found[id] = f"Field '{id}' cannot be set. It is not on the appropriate screen, or unknown."
        elif (said := fields.wrong(world, project, field, value)) is not None:
            found[id] = said
    return found


def on_screen(project: Project, id: str) -> bool:
    """Say whether a field is on the screen on which issues of a project are made."""
    return id not in ("status", "resolution") and id not in project.hidden
