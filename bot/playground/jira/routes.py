"""Which endpoint answers which path, and to whom."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from bot.playground.jira import rest_edit, rest_flow, rest_issue, rest_meta, rest_search
from bot.playground.jira.asking import Ask
from bot.playground.jira.records import Json, Token
from bot.playground.jira.refusal import missing
from bot.playground.jira.world import World

Endpoint = Callable[[World, Ask], Any]

TABLE: dict[tuple[str, str], Endpoint] = {
    ("POST", "/issue"): rest_issue.create,
    ("GET", "/issue/createmeta/{project}/issuetypes"): rest_meta.create_types,
    ("GET", "/issue/createmeta/{project}/issuetypes/{type}"): rest_meta.create_fields,
    ("GET", "/issue/{issue}"): rest_issue.issue,
    ("PUT", "/issue/{issue}"): rest_edit.edit,
    ("PUT", "/issue/{issue}/assignee"): rest_edit.assign,
    ("GET", "/issue/{issue}/comment"): rest_issue.comments,
    ("POST", "/issue/{issue}/comment"): rest_issue.comment,
    ("GET", "/issue/{issue}/remotelink"): rest_issue.remote_links,
    ("POST", "/issue/{issue}/remotelink"): rest_issue.remote_link,
    ("GET", "/issue/{issue}/transitions"): rest_flow.transitions,
    ("POST", "/issue/{issue}/transitions"): rest_flow.take,
    ("POST", "/issueLink"): rest_issue.link,
    ("GET", "/search/jql"): rest_search.search,
    ("POST", "/search/jql"): rest_search.search,
    ("GET", "/field"): rest_meta.fields,
    ("GET", "/project/{project}"): rest_meta.project,
    ("GET", "/issuetype"): rest_meta.issue_types,
    ("GET", "/status"): rest_meta.statuses,
    ("GET", "/myself"): rest_meta.myself,
    ("GET", "/mypermissions"): rest_meta.my_permissions,
    ("GET", "/serverInfo"): rest_meta.server_info,
    ("GET", "/user/search"): rest_meta.find_users,
}

OPEN = {"/issue/{issue}", "/search/jql", "/field", "/serverInfo", "/project/{project}"}
"""What answers to nobody in particular too: with a token it does not know, Jira says what anybody may see."""

ROUTES = [
    (verb, template, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)), one)
    for (verb, template), one in TABLE.items()
]

BASE = re.compile(r"(?:/ex/jira/(?P<cloud>[^/]+))?/rest/api/3(?P<rest>/.*)")


class Stranger(Exception):
    """Nobody is logged in: the answer is 401."""

    def __init__(self, gateway: bool) -> None:
        """Keep whether the gateway says so, which words it otherwise."""
        super().__init__()
        self.gateway = gateway


def token_of(world: World, header: str) -> Token | None:
    """Return the token of a request; None when it has none that is known and alive."""
    kind, _, given = header.partition(" ")
    token = given
    if kind.lower() == "basic":
        try:
            email, _, token = base64.b64decode(given).decode().partition(":")
        except ValueError:
            return None
        known = world.tokens.get(token)
        if known is None or world.users[known.account].email.lower() != email.lower():
            return None
    found = world.tokens.get(token)
    return found if found is not None and found.alive else None


def answer(world: World, method: str, path: str, query: tuple[tuple[str, str], ...], body: Json, header: str) -> Any:
    """Return what an endpoint says. JiraError for a refusal, Stranger when only somebody known may ask."""
    base = BASE.fullmatch(path)
    if base is None or (base["cloud"] or world.cloud) != world.cloud:
        raise missing("null for uri: " + path)
    gateway, token = base["cloud"] is not None, token_of(world, header)
    user = world.users[token.account] if token is not None and token.scoped == gateway else None
    for verb, template, shape, endpoint in ROUTES:
        found = shape.fullmatch(base["rest"])
        if verb != method or found is None:
            continue
        if user is None and (gateway or template not in OPEN):
            raise Stranger(gateway)
        names = {key: unquote(value) for key, value in found.groupdict().items()}
        return endpoint(world, Ask(names, query, body, user))
    raise missing("null for uri: " + path)


def known(world: World, header: str, path: str) -> bool:
    """Say whether a request comes from somebody."""
    found = token_of(world, header)
    return found is not None and found.scoped == path.startswith("/ex/")
