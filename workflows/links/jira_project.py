"""Questions about our project: whether we may look into it, what can be made there, and what that asks for."""

from collections.abc import Iterator, Mapping
from typing import Any

from workflows.links import Rejected, Unavailable, jira_parts
from workflows.links.jira_wire import Wire

PAGE = 100
MOST_PAGES = 20
NEEDED = (
    "BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ADD_COMMENTS", "LINK_ISSUES", "TRANSITION_ISSUES",
    "ASSIGN_ISSUES", "SCHEDULE_ISSUES",
)  # fmt: skip
"""What we must be allowed to do in the project (Jira docs: built-in permissions)."""


def name(wire: Wire, project: str) -> str:
    """The name of the project. Rejected("no-project", 404): there is none, or we may not look into it."""
    return str(_of(wire, f"project/{jira_parts.project(project)}")["name"])


def permissions(wire: Wire, project: str) -> Mapping[str, bool]:
    """Which of the permissions in `NEEDED` we have there."""
    key = jira_parts.project(project)
    query = {"projectId" if key.isdigit() else "projectKey": key, "permissions": ",".join(NEEDED)}
    found = _of(wire, "mypermissions", **query)["permissions"]
    return {one: bool(found[one]["havePermission"]) for one in NEEDED}


def types(wire: Wire, project: str) -> Mapping[str, str]:
    """The issue types we can make there: name → id."""
    path = f"issue/createmeta/{jira_parts.project(project)}/issuetypes"
    return {one["name"]: one["id"] for one in _pages(wire, path, "issueTypes")}


def asked_for(wire: Wire, project: str, issue_type: str) -> tuple[Mapping[str, Any], ...]:
    """The fields on the screen on which an issue of a type is made. Rejected("no-issue-type")."""
    id = types(wire, project).get(issue_type)
    if id is None:
        raise Rejected("no-issue-type", 404)
    path = f"issue/createmeta/{jira_parts.project(project)}/issuetypes/{jira_parts.number(id)}"
    return tuple(_pages(wire, path, "fields"))


def seen(wire: Wire, project: str, path: str, **query: str | int) -> Any:
    """What a path about an issue says. When there is none, whether that is because we lost the project.

    Rejected("gone", 404), ("no-permission", 404).
    """
    try:
        return wire.get(path, **query)
    except Rejected as no:
        if no.status != 404:
            raise
    try:
        name(wire, project)
    except Rejected as no:
        if no.status not in (0, 404):
            raise
        raise Rejected("no-permission", 404) from None
    raise Rejected("gone", 404)


def _of(wire: Wire, path: str, **query: str | int) -> Any:
    try:
        return wire.get(path, **query)
    except Rejected as no:
        raise Rejected("no-project", 404) if no.status == 404 else no from None


def _pages(wire: Wire, path: str, key: str) -> Iterator[Mapping[str, Any]]:
    start = 0
    for _ in range(MOST_PAGES):
        page = _of(wire, path, startAt=start, maxResults=PAGE)
        yield from page[key]
        start += len(page[key])
        if not page[key] or start >= page["total"]:
            return
    raise Unavailable("pages-missing")
