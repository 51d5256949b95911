"""The demo's register: where it is served, and the pretend Slack as the one who says who people are."""

import socket
from dataclasses import replace
from urllib.parse import urlsplit

from bot import keys
from bot.playground.sign_in import SignIn
from bot.playground.workspace import Workspace
from bot.settings import Settings

ADMITTED = """
[register]
readers = ["dev@example.com", "sre@example.com"]
auditors = ["lead@example.com"]
admins = ["cto@example.com"]
contact = "Carla Reyes, CTO"
"""


def prepared(settings: Settings, workspace: Workspace) -> Settings:
    """The settings with an address of the bot's own, and an app that people can sign in to."""
    address = f"http://127.0.0.1:{_free()}"
    made = SignIn(keys.new_id(), keys.new_id(), (f"{address}/register/signin/slack/back",))
    workspace.state.sign_in = made
    return replace(
        settings,
        public_url=address,
        session_secret=keys.salt().hex(),
        slack_client_id=made.client_id,
        slack_client_secret=made.client_secret,
    )


def port(settings: Settings) -> int:
    """The port of the address."""
    return urlsplit(settings.public_url).port or 0


def _free() -> int:
    """A port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        found: int = probe.getsockname()[1]
        return found
