"""Slack's answers about people and groups → the values of facts. Unknown means no: what lacks a flag is not read.

Source: Slack docs, "User object", "usergroups.users.list"; FACTS: deleted accounts omit most flags, `is_stranger` is
sent only for people of other workspaces.
"""

import http.client
import urllib.error
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

_NOBODY = frozenset({"user_not_found", "users_not_found", "user_not_visible"})
_NO_GROUP = frozenset({"no_such_subteam", "subteam_not_found"})
_FLAGS = ("is_bot", "is_restricted", "is_ultra_restricted")


class Unreadable(Exception):
    """Slack did not say what had to be known; the message is Slack's code, or what was missing."""

    def __init__(self, error: str, retry_after: float = 0.0) -> None:
        super().__init__(error)
        self.error = error
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where we are installed: ids of the team and, on Enterprise Grid, of the organisation."""

    team: str
    enterprise: str = ""
    user: str = ""
    bot: str = ""
    url: str = ""


def call(client: WebClient, method: str, **arguments: str) -> Mapping[str, Any]:
    """One question, never repeated. Raises Unreadable for everything that is no answer."""
    return send(client, method, arguments, as_json=False)


def send(client: WebClient, method: str, arguments: Mapping[str, Any], *, as_json: bool = True) -> Mapping[str, Any]:
    """One request, never repeated. Raises Unreadable for everything that is no answer."""
    try:
        if as_json:
            answer = client.api_call(method, json=dict(arguments))
        else:
            answer = client.api_call(method, params=dict(arguments))
    except SlackApiError as refused:
        code = refused.response.get("error") or f"status {refused.response.status_code}"
        wait = refused.response.headers.get("Retry-After") or refused.response.headers.get("retry-after")
        raise Unreadable(str(code), float(wait) if wait and str(wait).isdigit() else 0.0) from None
    except (urllib.error.URLError, OSError, http.client.HTTPException, ValueError, SlackClientError) as fault:
        raise Unreadable(type(fault).__name__) from None
    data = answer.data
    if not isinstance(data, dict):
        raise Unreadable("no object")
    return data


def workspace(client: WebClient) -> Workspace:
    """Where this token is installed. Raises Unreadable."""
    answer = call(client, "auth.test")
    team = answer.get("team_id")
    if not isinstance(team, str) or not team:
        raise Unreadable("no team_id")
    names = ("enterprise_id", "user_id", "bot_id", "url")
    return Workspace(team, *(str(answer.get(name) or "") for name in names))


def account(client: WebClient, slack: str, home: Workspace) -> dict[str, Any] | None:
    """The value of an "account" fact; None: there is no such account. Raises Unreadable."""
    return _user(client, "users.info", home, user=slack)


def by_email(client: WebClient, email: str, home: Workspace) -> dict[str, Any] | None:
    """The account behind an address, like `account`. Raises Unreadable."""
    return _user(client, "users.lookupByEmail", home, email=email)


def _user(client: WebClient, method: str, home: Workspace, **arguments: str) -> dict[str, Any] | None:
    try:
        user = call(client, method, **arguments).get("user")
    except Unreadable as fault:
        if fault.error in _NOBODY:
            return None
        raise
    if not isinstance(user, dict):
        raise Unreadable("no user")
    return account_value(user, home)


def account_value(user: Mapping[str, Any], home: Workspace) -> dict[str, Any]:
    """What counts of a user object. Raises Unreadable when a flag that must be there is not."""
    profile = user.get("profile")
    profile = profile if isinstance(profile, dict) else {}
    deleted = user.get("deleted")
    if not isinstance(user.get("id"), str) or not isinstance(deleted, bool):
        raise Unreadable("user without id or deleted")
    if not deleted and not all(isinstance(user.get(flag), bool) for flag in _FLAGS):
        raise Unreadable("user without flags")
    email = profile.get("email") or user.get("email")
    names = (profile.get("display_name"), user.get("real_name"), profile.get("real_name"), user.get("name"))
    return {
        "slack": user["id"],
        "name": next((name for name in names if isinstance(name, str) and name), user["id"]),
        "email": email.lower() if isinstance(email, str) and email else None,
        "confirmed": user.get("is_email_confirmed") is not False,
        "zone": user.get("tz") if isinstance(user.get("tz"), str) else None,
        "deactivated": deleted,
        "bot": bool(user.get("is_bot") or user.get("is_workflow_bot") or user["id"] == "USLACKBOT"),
        "guest": bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        "foreign": _foreign(user, home, deleted=deleted),
    }


def _foreign(user: Mapping[str, Any], home: Workspace, *, deleted: bool) -> bool:
    if user.get("is_stranger"):
        return True
    grid = user.get("enterprise_user")
    enterprise = grid.get("enterprise_id") if isinstance(grid, dict) else None
    if home.enterprise and isinstance(enterprise, str) and enterprise:
        return enterprise != home.enterprise
    team = user.get("team_id")
    if not isinstance(team, str) or not team:
        if deleted:
            return False
        raise Unreadable("user without team_id")
    return team != home.team


def inside(client: WebClient, channel: str) -> bool:
    """Whether we are a member of a channel. Raises Unreadable."""
    found = call(client, "conversations.info", channel=channel).get("channel")
    return isinstance(found, dict) and bool(found.get("is_member"))


def members(client: WebClient, usergroup: str) -> list[str]:
    """The Slack ids in a user group (by id); empty when the group is gone. Raises Unreadable."""
    try:
        users = call(client, "usergroups.users.list", usergroup=usergroup).get("users")
    except Unreadable as fault:
        if fault.error in _NO_GROUP:
            return []
        raise
    if not isinstance(users, list):
        raise Unreadable("no users")
    return [user for user in users if isinstance(user, str)]


def handles(client: WebClient) -> dict[str, str]:
    """`@handle` → id of every user group. Raises Unreadable."""
    groups = call(client, "usergroups.list").get("usergroups")
    if not isinstance(groups, list):
        raise Unreadable("no usergroups")
    return {
        f"@{group['handle']}": group["id"]
        for group in groups
        if isinstance(group, dict) and isinstance(group.get("handle"), str) and isinstance(group.get("id"), str)
    }


ClientFactory = Callable[[], WebClient]
