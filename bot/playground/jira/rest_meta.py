"""What there is: projects, issue types and their fields, people, permissions, and the site itself."""

from __future__ import annotations

from bot.playground.jira import shapes
from bot.playground.jira.asking import Ask, may, seen_project
from bot.playground.jira.making import on_screen
from bot.playground.jira.records import Json, Project
from bot.playground.jira.refusal import JiraError, missing
from bot.playground.jira.world import World

PERMISSIONS = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "ADD_COMMENTS",
    "LINK_ISSUES",
    "TRANSITION_ISSUES",
    "ASSIGN_ISSUES",
    "SCHEDULE_ISSUES",
)


def server_info(world: World, ask: Ask) -> Json:
    """Return what this site is; `baseUrl` is where people open it, also behind the gateway."""
    return {
        "baseUrl": world.base_url,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100284,
        "buildDate": "2026-01-15T00:00:00.000+0000",
        "serverTime": world.stamp(),
        "scmInfo": "0000000000000000000000000000000000000000",
        "serverTitle": "Jira",
    }


def myself(world: World, ask: Ask) -> Json:
    """Return whose token it is."""
    assert ask.user is not None
    return shapes.user(world, ask.user)


def fields(world: World, ask: Ask) -> list[Json]:
    """Return every field; the custom ones only to somebody who is logged in."""
    return [shapes.field(one) for one in world.fields.values() if ask.user is not None or one.custom is None]


def statuses(world: World, ask: Ask) -> list[Json]:
    """Return the statuses of every workflow."""
    return [shapes.status(world, one) for home in world.projects.values() for one in home.statuses]


def issue_types(world: World, ask: Ask) -> list[Json]:
    """Return the issue types of every project."""
    return [shapes.issue_type(world, id, name) for home in world.projects.values() for id, name in home.types.items()]


def project(world: World, ask: Ask) -> Json:
    """Return a project by key or id."""
    return shapes.project(world, seen_project(world, ask.names["project"]))


def create_types(world: World, ask: Ask) -> Json:
    """Return the issue types that one may make in a project."""
    home = _open(world, ask)
    return ask.paged("issueTypes", [shapes.issue_type(world, id, name) for id, name in home.types.items()])


def create_fields(world: World, ask: Ask) -> Json:
    """Return the fields of the screen on which an issue of a type is made, and which are required."""
    home = _open(world, ask)
    type_id = ask.names["type"]
    if type_id not in home.types:
        raise missing("The issue type was not found.")
    required = {"Summary", "Issue Type", "Project", *home.required.get(home.types[type_id], ())}
    shown = []
    for one in world.fields.values():
        if not on_screen(home, one.id):
            continue
        known = shapes.field(one)
        shown.append(
            {
                "fieldId": one.id,
                "key": one.id,
                "name": one.name,
                "required": one.name in required,
                "hasDefaultValue": one.id == "priority",
                "operations": ["set"],
                "schema": known["schema"],
                "allowedValues": [{"value": value} for value in one.options],
            }
        )
    return ask.paged("fields", shown)


def _open(world: World, ask: Ask) -> Project:
    home = seen_project(world, ask.names["project"])
    if not may(home, "CREATE_ISSUES"):
        raise JiraError(400, "You do not have permission to create issues in this project.")
    return home


def my_permissions(world: World, ask: Ask) -> Json:
    """Return of the permissions that are named which one has, in a project if one is named."""
    named = ask.each("permissions")
    unknown = [one for one in named if one not in PERMISSIONS]
    if not named or unknown:
        raise JiraError(400, f"Unrecognized permission: {unknown}" if unknown else "Missing 'permissions' query")
    home = seen_project(world, ask.one("projectKey")) if ask.one("projectKey") else None
    return {
        "permissions": {
            one: {
                "id": str(PERMISSIONS.index(one)),
                "key": one,
                "name": one.replace("_", " ").capitalize(),
                "type": "PROJECT",
                "description": "",
                "havePermission": home is None or may(home, one),
            }
            for one in named
        }
    }


def find_users(world: World, ask: Ask) -> list[Json]:
    """Return the people whose name begins, or whose e-mail begins, like this."""
    begin = ask.one("query").lower()
    if not begin:
        raise JiraError(400, "The 'query' parameter is missing.")
    found = [one for one in world.users.values() if _fits(one.name, begin) or one.email.lower().startswith(begin)]
    start, most = ask.number("startAt", 0), ask.number("maxResults", 50)
    return [shapes.user(world, one) for one in found[start : start + most]]


def _fits(name: str, begin: str) -> bool:
    return any(part.startswith(begin) for part in (name.lower(), *name.lower().split()))
