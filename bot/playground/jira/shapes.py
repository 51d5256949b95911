"""Records as Jira writes them."""

from __future__ import annotations

from bot.playground.jira.records import CATEGORIES, Comment, Field, Issue, Json, Project, RemoteLink, Status, User
from bot.playground.jira.world import World


def api(world: World, rest: str) -> str:
    """Return the address of something on the API."""
    return f"{world.base_url}/rest/api/3/{rest}"


def user(world: World, one: User) -> Json:
    """Return a person; the e-mail only where it may be seen."""
    shown = {
        "self": api(world, f"user?accountId={one.account}"),
        "accountId": one.account,
        "accountType": "atlassian",
        "displayName": one.name,
        "active": one.active,
        "timeZone": "Europe/Berlin",
    }
    return {**shown, "emailAddress": one.email} if one.shown else shown


def status(world: World, one: Status) -> Json:
    """Return a status with its category."""
    number, key, name = CATEGORIES[one.category]
    return {
        "self": api(world, f"status/{one.id}"),
        "id": one.id,
        "name": one.name,
        "description": "",
        "iconUrl": f"{world.base_url}/images/icons/statuses/generic.png",
        "statusCategory": {
            "self": api(world, f"statuscategory/{number}"),
            "id": number,
            "key": key,
            "name": name,
            "colorName": "blue-gray",
        },
    }


def issue_type(world: World, id: str, name: str) -> Json:
    """Return an issue type."""
    return {"self": api(world, f"issuetype/{id}"), "id": id, "name": name, "subtask": False, "description": ""}


def project(world: World, one: Project) -> Json:
    """Return a project."""
    return {
        "self": api(world, f"project/{one.id}"),
        "id": one.id,
        "key": one.key,
        "name": one.name,
        "projectTypeKey": "software",
        "style": "classic",
        "issueTypes": [issue_type(world, id, name) for id, name in one.types.items()],
        "components": [{"name": name} for name in one.components],
    }


def fields(world: World, one: Issue) -> Json:
    """Return every field of an issue."""
    home = world.project(one.project)
    return {
        "summary": one.summary,
        "description": one.description,
        "issuetype": issue_type(world, one.type, home.types[one.type]),
        "project": {key: value for key, value in project(world, home).items() if key in ("id", "key", "name", "self")},
        "labels": one.labels,
        "components": [{"name": name} for name in one.components],
        "assignee": user(world, world.users[one.assignee]) if one.assignee else None,
        "reporter": user(world, world.users[one.reporter]),
        "duedate": one.due,
        "status": status(world, world.status(one)),
        "created": one.created,
        "updated": one.updated,
        "issuelinks": [_link(world, other) for other in one.links],
        **one.values,
    }


def issue(world: World, one: Issue, wanted: list[str]) -> Json:
    """Return an issue with the fields that are wanted (`*all`: every one)."""
    known = fields(world, one)
    chosen = known if "*all" in wanted else {key: value for key, value in known.items() if key in wanted}
    return {"id": one.id, "key": one.key, "self": api(world, f"issue/{one.id}"), "fields": chosen, "expand": ""}


def _link(world: World, other: str) -> Json:
    kind = {"id": "10003", "name": "Relates", "inward": "relates to", "outward": "relates to"}
    found = world.issues[other]
    return {"id": f"{other}0", "type": kind, "outwardIssue": {"id": found.id, "key": found.key}}


def comment(world: World, where: Issue, one: Comment) -> Json:
    """Return a comment of an issue."""
    by = user(world, world.users[one.by])
    return {
        "self": api(world, f"issue/{where.id}/comment/{one.id}"),
        "id": one.id,
        "author": by,
        "updateAuthor": by,
        "body": one.body,
        "created": one.at,
        "updated": one.at,
        "jsdPublic": True,
    }


def remote_link(world: World, where: Issue, one: RemoteLink) -> Json:
    """Return a remote link of an issue."""
    shown: Json = {
        "id": one.id,
        "self": api(world, f"issue/{where.id}/remotelink/{one.id}"),
        "object": {"url": one.url, "title": one.title},
    }
    return shown if one.global_id is None else {**shown, "globalId": one.global_id}


def field(one: Field) -> Json:
    """Return a field as the list of all fields shows it."""
    schema: Json = {"type": one.kind} | ({"items": one.items} if one.items else {})
    schema |= {"custom": one.custom, "customId": int(one.id.rpartition("_")[2])} if one.custom else {"system": one.id}
    clauses = [one.name] if not one.custom else [f"cf[{one.id.rpartition('_')[2]}]", one.name]
    return {
        "id": one.id,
        "key": one.id,
        "name": one.name,
        "custom": one.custom is not None,
        "orderable": True,
        "navigable": True,
        "searchable": True,
        "clauseNames": clauses,
        "schema": schema,
    }
