"""Issues: making one, reading it, comments, remote links, links to other issues."""

from __future__ import annotations

from bot.playground.jira import shapes
from bot.playground.jira.asking import Ask, Made, may, seen_issue
from bot.playground.jira.fields import is_document
from bot.playground.jira.making import make
from bot.playground.jira.records import Comment, Issue, Json, RemoteLink
from bot.playground.jira.refusal import JiraError, invalid, missing
from bot.playground.jira.world import World


def create(world: World, ask: Ask) -> Made:
    """Make an issue: 400 names each field that is wrong or required."""
    given = ask.body.get("fields")
    if not isinstance(given, dict):
        raise JiraError(400, "Specify 'fields'.")
    made = make(world, given, ask.user)
    return Made(201, {"id": made.id, "key": made.key, "self": shapes.api(world, f"issue/{made.id}")})


def issue(world: World, ask: Ask) -> Json:
    """Return an issue by id or key; one that was moved answers to its old key with the new one."""
    return shapes.issue(world, seen_issue(world, ask), ask.each("fields") or ["*all"])


def comments(world: World, ask: Ask) -> Json:
    """Return the comments of an issue, oldest first."""
    found = seen_issue(world, ask)
    return ask.paged("comments", [shapes.comment(world, found, one) for one in found.comments], 5000)


def comment(world: World, ask: Ask) -> Made:
    """Comment on an issue."""
    found: Issue = seen_issue(world, ask)
    body: Json = ask.body.get("body") or {}
    if not may(world.project(found.project), "ADD_COMMENTS"):
        raise JiraError(400, "You do not have the permission to comment on this issue.")
    if not is_document(body):
        raise invalid("comment", "Comment body is not valid!")
    assert ask.user is not None
    made = Comment(str(world.number()), ask.user.account, body, world.stamp())
    found.comments.append(made)
    found.updated = world.stamp()
    world.touch()
    return Made(201, shapes.comment(world, found, made))


def remote_links(world: World, ask: Ask) -> list[Json]:
    """Return the remote links of an issue."""
    found = seen_issue(world, ask)
    return [shapes.remote_link(world, found, one) for one in found.remote_links]


def remote_link(world: World, ask: Ask) -> Made:
    """Link something elsewhere: 201 when it is new, 200 when its global id was there already."""
    found, given = seen_issue(world, ask), ask.body.get("object") or {}
    if not may(world.project(found.project), "LINK_ISSUES"):
        raise JiraError(403, "You do not have permission to link issues in this project.")
    for name in ("url", "title"):
        if not given.get(name):
            raise invalid(name, f"'{name}' is required.")
    key = ask.body.get("globalId")
    old = next((one for one in found.remote_links if key is not None and one.global_id == key), None)
    if old is not None:
        old.url, old.title = given["url"], given["title"]
    made = old or RemoteLink(world.number(), key, given["url"], given["title"])
    if old is None:
        found.remote_links.append(made)
    world.touch()
    shown = {"id": made.id, "self": shapes.remote_link(world, found, made)["self"]}
    return Made(200 if old else 201, shown)


def link(world: World, ask: Ask) -> Made:
    """Link two issues; linking them again changes nothing."""
    if (ask.body.get("type") or {}).get("name") != "Relates":
        raise missing("No issue link type with this name was found.")
    ends = []
    for side in ("inwardIssue", "outwardIssue"):
        given = ask.body.get(side) or {}
        ends.append(seen_issue(world, Ask({"issue": str(given.get("id") or given.get("key"))}, (), {}, ask.user)))
    first, second = ends
    if not may(world.project(first.project), "LINK_ISSUES"):
        raise JiraError(401, "No Link Issue Permission for issue.")
    if second.id not in first.links:
        first.links.append(second.id)
        second.links.append(first.id)
    world.touch()
    return Made(201)
