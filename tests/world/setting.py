"""Where stories happen: a workspace with six people, four channels and a user group, and the app installed in it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot import manifest
from bot.demo_slack import PEOPLE
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from bot.settings import Settings
from tests.world.servers import Servers

CHANNELS = {"C0INCIDENT": "incidents", "C0DEPLOYS": "deploys", "C0ESCALATE": "escalations", "C0GENERAL": "general"}
WITHOUT_BOT = "general"
LEADS = "S0LEADS"
SECRET = "story-secret"


def settings(
    servers: Servers, database_url: str, policy: Path, *, socket_mode: bool, more: Mapping[str, str]
) -> Settings:
    """The environment of the bot, with `more` of it; with `socket_mode` it opens the connection itself."""
    return Settings(
        slack_bot_token="xoxb-story",
        slack_signing_secret=SECRET,
        slack_app_token="xapp-story" if socket_mode else "",
        slack_api_url=f"{servers.slack_url}/api/",
        database_url=database_url,
        policy_file=str(policy),
        **dict(more),  # type: ignore[arg-type]
    )


def furnish(slack: Workspace, servers: Servers, used: Settings) -> None:
    """Bring in people, channels and the app, and put the workspace behind the server."""
    for id, name, real_name, role in PEOPLE:
        email, guest = f"{name}@example.com", name == "guest"
        slack.add_person(id, name, real_name, email, "Europe/Berlin", role=role, is_restricted=guest)
    made = _manifest()
    url = None if used.slack_app_token else f"{servers.bot_url}/slack/events"
    slack.install(
        bot_token=used.slack_bot_token,
        signing_secret=used.slack_signing_secret,
        app_token=used.slack_app_token,
        scopes=made["oauth_config"]["scopes"]["bot"],
        request_url=url,
        manifest=made,
    )
    for id, name in CHANNELS.items():
        slack.add_channel(id, name, [one[0] for one in PEOPLE], bot_member=name != WITHOUT_BOT)
    slack.add_usergroup(LEADS, "oncall-leads", "On-call leads", ["U0CTO", "U0LEAD"])
    app = build_playground(slack)
    app.state.transports = servers.slack.state.transports
    app.state.on_address(servers.slack_url)
    servers.slack.app = app


@cache
def _manifest() -> Any:
    return yaml.safe_load(manifest.source())
