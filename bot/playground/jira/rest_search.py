"""Search, which knows an issue only after a while."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.playground.jira import shapes
from bot.playground.jira.asking import Ask, may
from bot.playground.jira.records import Issue, Json
from bot.playground.jira.refusal import JiraError
from bot.playground.jira.world import World

CLAUSE = re.compile(
    r'\s*(labels|project|id|key|creator)\s*(=|in)\s*("(?:[^"\\]|\\.)*"|currentUser\(\)|[\w-]+|\([^)]*\))\s*',
    re.IGNORECASE,
)
ORDER = re.compile(r"\s*ORDER BY (created|key|updated)( ASC| DESC)?\s*", re.IGNORECASE)


def search(world: World, ask: Ask) -> Json:
    """Return a page of the issues that fit, with `nextPageToken` when there are more."""
    text = ask.body.get("jql") or ask.one("jql")
    wanted = ask.body.get("fields") or ask.each("fields") or ["id"]
    most = int(ask.body.get("maxResults") or ask.number("maxResults", 50))
    after = ask.body.get("nextPageToken") or ask.one("nextPageToken")
    if not text.strip():
        raise JiraError(
            400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        )
    found = matching(world, ask, text)
    start = int(after or 0)
    page = found[start : start + most]
    more = start + most < len(found)
    shown: Json = {"issues": [shapes.issue(world, one, wanted) for one in page], "isLast": not more}
    return {**shown, "nextPageToken": str(start + most)} if more else shown


def matching(world: World, ask: Ask, text: str) -> list[Issue]:
    """Return what search knows by now of the issues that fit a query: 400 for one that is not understood."""
    tests, rest = [], text
    while True:
        clause = CLAUSE.match(rest)
        if clause is None:
            raise JiraError(400, f"Error in the JQL Query: '{rest.strip()}' is not understood here.")
        tests.append(_test(world, ask, clause[1].lower(), _names(clause[3])))
        rest = rest[clause.end() :]
        if rest[:4].upper() != "AND ":
            break
        rest = rest[4:]
    order = ORDER.fullmatch(rest)
    if rest and order is None:
        raise JiraError(400, f"Error in the JQL Query: '{rest.strip()}' is not understood here.")
    if ask.user is None:
        return []
    seen = [one for one in world.issues.values() if world.knows(one) and _may_see(world, one)]
    found = sorted((one for one in seen if all(fits(one) for fits in tests)), key=lambda one: int(one.id))
    return found[::-1] if order is not None and (order[2] or "").strip().upper() == "DESC" else found


def _may_see(world: World, issue: Issue) -> bool:
    return may(world.project(issue.project), "BROWSE_PROJECTS")


def _names(text: str) -> list[str]:
    parts = text[1:-1].split(",") if text.startswith("(") else [text]
    return [re.sub(r"\\(.)", r"\1", part.strip().strip('"')) for part in parts]


def _test(world: World, ask: Ask, field: str, names: list[str]) -> Callable[[Issue], bool]:
    if field == "labels":
        return lambda one: bool(set(names) & set(one.labels))
    if field == "creator":
        me = ask.user.account if ask.user is not None else ""
        return lambda one: one.reporter in [me if name == "currentUser()" else name for name in names]
    if field == "project":
        for name in names:
            if name.upper() not in [one.key for one in world.projects.values() if may(one, "BROWSE_PROJECTS")]:
                raise JiraError(400, f"The value '{name}' does not exist for the field 'project'.")
        return lambda one: one.project in [name.upper() for name in names]
    for name in names:
        if name not in world.issues and all(one.key != name.upper() for one in world.issues.values()):
            raise JiraError(400, f"An issue with key '{name}' does not exist for field '{field}'.")
    return lambda one: one.id in names or one.key in [name.upper() for name in names]
