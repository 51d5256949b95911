"""Slack: the token and what it may do, the team, the channels of the policy, and whether every group resolves."""

from collections.abc import Iterator
from typing import Any

import yaml
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import manifest, readings
from bot.addressbook import ID
from bot.checkups.finding import Finding, Patient, bad, note
from bot.checkups.of_record import skew
from bot.readings import Unreadable
from workflows.ruleset import Group, Rules

AREA = "Slack"
LOOKING_UP = {"channels:history", "groups:history", "im:history"}
"""Without these a message whose sending was cut off may come twice."""
MOST_PAGES = 20


def slack(patient: Patient) -> Iterator[Finding]:
    """The token first; with a bad one nothing else can be asked."""
    if not patient.settings.slack_bot_token:
        return
    try:
        answer = patient.slack.auth_test()
    except SlackApiError as refused:
        why = refused.response.get("error")
        yield bad(AREA, "bot token", f"Slack says {why}", "Reinstall the app and set its new SLACK_BOT_TOKEN.")
        return
    except (OSError, ValueError) as fault:
        yield bad(AREA, "address", f"no answer ({type(fault).__name__})", "Let this machine reach SLACK_API_URL.")
        return
    team = answer.get("team") or answer.get("team_id")
    yield Finding(AREA, "bot token", f"good, of the team {team}")
    yield from _scopes(_header(answer, "x-oauth-scopes"))
    yield from _app_token(patient)
    yield from skew(patient, _header(answer, "date"), "Slack's clock")
    if patient.rules is not None:
        yield from _enterprise(patient.rules, answer)
        yield from _channels(patient.slack, patient.rules)
        yield from _groups(patient.slack, patient.rules)


def _header(answer: Any, name: str) -> str:
    found = next((value for key, value in answer.headers.items() if key.lower() == name), "")
    return str(found[0] if isinstance(found, list) else found)


def _scopes(text: str) -> Iterator[Finding]:
    wanted = set(yaml.safe_load(manifest.source())["oauth_config"]["scopes"]["bot"])
    given = {one.strip() for one in text.split(",") if one.strip()}
    gone, more = wanted - given, given - wanted
    mend = "Update the app from `manifest`, and reinstall it."
    if gone - LOOKING_UP:
        yield bad(AREA, "scopes", f"missing: {', '.join(sorted(gone))}", mend)
    elif gone:
        found = f"missing: {', '.join(sorted(gone))}; a message whose sending is cut off may come twice"
        yield note(AREA, "scopes", found, mend)
    else:
        yield Finding(AREA, "scopes", "all that the manifest names")
    if more:
        yield note(AREA, "scopes", f"more than needed: {', '.join(sorted(more))}", "Take them away and reinstall.")


def _app_token(patient: Patient) -> Iterator[Finding]:
    token = patient.settings.slack_app_token
    if not token:
        return
    client = WebClient(token, base_url=patient.settings.slack_api_url, timeout=5, retry_handlers=[])
    try:
        client.apps_connections_open(app_token=token)
    except SlackApiError as refused:
        why = refused.response.get("error")
        yield bad(AREA, "app token", f"Slack says {why}", "Make an app-level token with connections:write.")
    except (OSError, ValueError) as fault:
        yield bad(AREA, "app token", f"no answer ({type(fault).__name__})", "Try again.")
    else:
        yield Finding(AREA, "app token", "Socket Mode can connect")


def _enterprise(rules: Rules, answer: Any) -> Iterator[Finding]:
    there = answer.get("enterprise_id")
    if rules.enterprise and there != rules.enterprise:
        found = f"the policy names {rules.enterprise}, the app is in {there or 'no organisation'}"
        yield bad(AREA, "organisation", found, "Correct [workspace] enterprise in the policy.")


def _channels(client: WebClient, rules: Rules) -> Iterator[Finding]:
    try:
        known = _listed(client)
    except SlackApiError as refused:
        yield bad(AREA, "channels", f"Slack says {refused.response.get('error')}", "See the scopes.")
        return
    uses = {"incidents": rules.incidents, "deploys": rules.deploys, "escalations": rules.escalations}
    for use, named in uses.items():
        bare = named.removeprefix("#").lower()
        found = next((one for one in known if named == one["id"] or bare == str(one.get("name", "")).lower()), None)
        if found is None:
            where = "" if ID.fullmatch(named) else ", or it is private and the bot is not in it"
            mend = f"Make the channel, invite the bot, or name another as [channels] {use}."
            yield bad(AREA, f"channel {named}", f"not there{where}", mend)
        elif found.get("is_archived"):
            yield bad(AREA, f"channel {named}", "archived", f"Name another as [channels] {use}.")
        elif not found.get("is_member"):
            yield bad(AREA, f"channel {named}", "the bot is not in it", f"/invite the bot into {named}.")
        else:
            yield Finding(AREA, f"channel {named}", f"joined, for {use}")


def _listed(client: WebClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        kinds = "public_channel,private_channel"
        page = client.conversations_list(types=kinds, limit=1000, exclude_archived=False, cursor=cursor or None)
        found += page.get("channels") or []
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return found


def _groups(client: WebClient, rules: Rules) -> Iterator[Finding]:
    try:
        home = readings.workspace(client)
        handles = readings.handles(client) if any(g.usergroup for g in rules.groups.values()) else {}
    except Unreadable as no:
        yield bad(AREA, "groups", f"Slack says {no.error}", "User groups need a paid plan and usergroups:read.")
        return
    for group in rules.groups.values():
        yield from _group(client, group, home, handles)


def _group(client: WebClient, group: Group, home: readings.Workspace, handles: Any) -> Iterator[Finding]:
    missing: list[str] = []
    people = 0
    try:
        for user in group.users:
            known = readings.by_email(client, user, home) if "@" in user else readings.account(client, user, home)
            flags = ("deactivated", "bot", "guest", "foreign")
            if known is None or any(known.get(flag) for flag in flags):
                missing.append(user)
            people += 1
        if group.usergroup:
            id_ = handles.get(group.usergroup) if group.usergroup.startswith("@") else group.usergroup
            if id_ is None:
                missing.append(group.usergroup)
            else:
                people += len(readings.members(client, id_))
    except Unreadable as no:
        yield bad(AREA, f"group {group.name}", f"Slack says {no.error}", "Try again; see the scopes.")
        return
    if missing:
        found = f"nobody in this workspace who may decide: {', '.join(missing)}"
        yield bad(AREA, f"group {group.name}", found, "Correct the policy, or the accounts.")
    else:
        yield Finding(AREA, f"group {group.name}", f"{people} {'person' if people == 1 else 'people'} in Slack")
