"""The Web API's front door: tokens, scopes, the table of methods, and the record of every call."""

from __future__ import annotations

from collections.abc import Callable

from bot.playground import api_chat, api_conversations, api_people, api_views
from bot.playground.api_conversations import require
from bot.playground.records import Call, Json
from bot.playground.refusal import SlackError
from bot.playground.state import State

Method = Callable[[State, Json], Json]

METHODS: dict[str, tuple[Method, str | None]] = {
    "auth.test": (api_people.auth_test, None),
    "bots.info": (api_people.bots_info, "users:read"),
    "team.info": (api_people.team_info, "team:read"),
    "apps.connections.open": (api_people.connections_open, None),
    "users.info": (api_people.users_info, "users:read"),
    "users.list": (api_people.users_list, "users:read"),
    "users.lookupByEmail": (api_people.users_lookup, "users:read.email"),
    "usergroups.list": (api_people.usergroups_list, "usergroups:read"),
    "usergroups.users.list": (api_people.usergroups_users, "usergroups:read"),
    "chat.postMessage": (api_chat.post_message, "chat:write"),
    "chat.postEphemeral": (api_chat.post_ephemeral, "chat:write"),
    "chat.update": (api_chat.update, "chat:write"),
    "chat.delete": (api_chat.delete, "chat:write"),
    "chat.getPermalink": (api_chat.get_permalink, None),
    "conversations.open": (api_conversations.open_, "im:write"),
    "conversations.info": (api_conversations.info, None),
    "conversations.list": (api_conversations.list_, None),
    "conversations.members": (api_conversations.members, None),
    "conversations.join": (api_conversations.join, "channels:join"),
    "conversations.history": (api_conversations.history, None),
    "conversations.replies": (api_conversations.replies, None),
    "views.open": (api_views.open_, None),
    "views.push": (api_views.push, None),
    "views.update": (api_views.update, None),
    "views.publish": (api_views.publish, None),
}
"""Method → what it does, and the scope it takes (those of conversations depend on the conversation's type)."""

APP_LEVEL = {"apps.connections.open"}


def authorize(state: State, method: str, token: str | None) -> None:
    """Refuse a request whose token is absent, unknown, revoked or of the wrong kind."""
    app = state.app()
    if not token:
        raise SlackError("not_authed")
    if token not in (app.bot_token, app.app_token):
        raise SlackError("invalid_auth")
    if state.token_revoked:
        raise SlackError("token_revoked")
    if (token == app.app_token) != (method in APP_LEVEL):
        raise SlackError("not_allowed_token_type")


def call(state: State, method: str, token: str | None, args: Json) -> Json:
    """Do one Web API call and return its answer, refusals included; every call is recorded."""
    error: str | None = None
    try:
        if method not in METHODS:
            raise SlackError("unknown_method", req_method=method)
        authorize(state, method, token)
        function, scope = METHODS[method]
        if scope is not None:
            require(state, scope)
        with state.lock:
            answer = {"ok": True, **function(state, args)}
    except SlackError as refused:
        error, answer = refused.error, refused.body()
    record(state, method, args, error)
    return answer


def record(state: State, method: str, args: Json, error: str | None) -> None:
    """Keep a call for whoever wants to look at it."""
    kept = {name: value for name, value in args.items() if name != "token"}
    state.record(Call(method, kept, state.real(), error is None, error))
