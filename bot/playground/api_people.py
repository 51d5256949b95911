"""The Web API's methods on people, user groups, the workspace and the app itself."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.playground import messages
from bot.playground.arguments import flag, page, text
from bot.playground.records import Json, Person, UserGroup
from bot.playground.refusal import SlackError
from bot.playground.state import State


def as_json(state: State, person: Person) -> Json:
    """Return an account as Slack shows it.

    `is_stranger` stands only with people of other workspaces; a deleted account has none of the role flags; the
    e-mail takes the scope users:read.email.
    """
    zone = ZoneInfo(person.tz)
    offset = datetime.fromtimestamp(state.epoch(), zone).utcoffset()
    profile: Json = {"real_name": person.real_name, "real_name_normalized": person.real_name}
    profile |= {"display_name": person.name, "display_name_normalized": person.name, "team": person.team_id}
    if "users:read.email" in state.app().scopes and not person.is_bot:
        profile["email"] = person.email
    shape: Json = {"id": person.id, "team_id": person.team_id, "name": person.name, "deleted": person.deleted}
    shape |= {"profile": profile, "is_bot": person.is_bot, "is_app_user": False, "updated": person.updated}
    if person.enterprise_id:
        shape["enterprise_user"] = {"id": person.id, "enterprise_id": person.enterprise_id}
    if person.is_stranger:
        shape["is_stranger"] = True
    if person.deleted:
        return shape
    return shape | {
        "color": "9f69e7",
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": str(zone.tzname(datetime.fromtimestamp(state.epoch(), zone))),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted or person.is_ultra_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }


def users_info(state: State, args: Json) -> Json:
    """Return one account."""
    person = state.people.get(text(args, "user"))
    if person is None:
        raise SlackError("user_not_found")
    return {"user": as_json(state, person)}


def users_list(state: State, args: Json) -> Json:
    """Return the accounts of the workspace, deleted ones too."""
    own = [as_json(state, person) for person in state.people.values() if person.team_id == state.team_id]
    shown, cursor = page(own, args, 1000)
    return {"members": shown, "cache_ts": state.epoch(), "response_metadata": {"next_cursor": cursor}}


def users_lookup(state: State, args: Json) -> Json:
    """Return the active account with an e-mail."""
    email = text(args, "email").lower()
    for person in state.people.values():
        if person.email.lower() == email and not person.deleted and not person.is_bot:
            return {"user": as_json(state, person)}
    raise SlackError("users_not_found")


def group_json(state: State, group: UserGroup, *, users: bool, count: bool) -> Json:
    """Return a user group as Slack shows it; `users` adds its members, `count` their number."""
    shape: Json = {
        "id": group.id,
        "team_id": state.team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": 0,
        "date_update": group.updated,
        "date_delete": group.updated if group.disabled else 0,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": "USLACKBOT",
        "updated_by": "USLACKBOT",
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
    }
    if count:
        shape["user_count"] = len(group.users)
    if users:
        shape["users"] = list(group.users)
    return shape


def _paid(state: State) -> None:
    if not state.paid_plan:
        raise SlackError("plan_upgrade_required")


def usergroups_list(state: State, args: Json) -> Json:
    """Return the user groups of the workspace."""
    _paid(state)
    users, count, disabled = (flag(args, name) for name in ("include_users", "include_count", "include_disabled"))
    groups = [one for one in state.usergroups.values() if disabled or not one.disabled]
    return {"usergroups": [group_json(state, one, users=users, count=count) for one in groups]}


def usergroups_users(state: State, args: Json) -> Json:
    """Return the members of a user group."""
    _paid(state)
    group = state.usergroups.get(text(args, "usergroup"))
    if group is None or (group.disabled and not flag(args, "include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def team_info(state: State, args: Json) -> Json:
    """Return the workspace."""
    team: Json = {"id": state.team_id, "name": state.team_name, "domain": state.team_domain}
    return {"team": team | {"email_domain": "", "url": f"https://{state.team_domain}.slack.com/", "icon": {}}}


def bots_info(state: State, args: Json) -> Json:
    """Return the app as a bot."""
    app = state.app()
    if args.get("bot") not in (None, "", app.bot_id):
        raise SlackError("bot_not_found")
    bot = messages.bot_profile(state) | {"user_id": app.bot_user, "updated": 0}
    return {"bot": bot}


def auth_test(state: State, args: Json) -> Json:
    """Say whose token it is."""
    app = state.app()
    person = state.people.get(app.bot_user)
    return {
        "url": f"https://{state.team_domain}.slack.com/",
        "team": state.team_name,
        "user": person.name if person else "app",
        "team_id": state.team_id,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(state: State, args: Json) -> Json:
    """Return an address to which the app may connect for Socket Mode."""
    address = state.base_url.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={state.sockets.ticket()}&app_id={state.app().app_id}"}
