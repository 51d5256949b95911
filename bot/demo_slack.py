"""The demo's Slack: six people, four channels, and the app installed with the scopes of its manifest."""

import yaml

from bot import manifest
from bot.playground.workspace import Workspace
from bot.settings import Settings

SHARED = ("C0INCIDENT", "C0DEPLOYS", "C0ESCALATE", "C0GENERAL")
PEOPLE = (
    ("U0DEV", "dev", "Dana Novak", "engineer"),
    ("U0SRE", "sre", "Sam Okafor", "SRE"),
    ("U0LEAD", "lead", "Lena Brandt", "lead, may approve on call"),
    ("U0CTO", "cto", "Carla Reyes", "CTO, may approve"),
    ("U0REL", "rel", "Ravi Patel", "release manager, stands in"),
    ("U0GUEST", "guest", "Gil Moreau", "guest, may not"),
)


def people(workspace: Workspace) -> None:
    """Let the people and the channels be there; those that are stay as they are."""
    for slack, name, real_name, role in PEOPLE:
        workspace.add_person(
            slack, name, real_name, f"{name}@example.com", "Europe/Berlin", role=role, is_restricted=name == "guest"
        )
    everybody = [slack for slack, *_ in PEOPLE]
    for channel, name in zip(SHARED, ("incidents", "deploys", "escalations", "general"), strict=True):
        workspace.add_channel(channel, name, everybody, bot_member=name != "general")


def install(workspace: Workspace, settings: Settings, address: str | None) -> None:
    """Install the app; what happens is told to `address`, or to nobody."""
    made = yaml.safe_load(manifest.source())
    workspace.install(
        bot_token=settings.slack_bot_token,
        signing_secret=settings.slack_signing_secret,
        scopes=made["oauth_config"]["scopes"]["bot"],
        request_url=address,
        manifest=made,
    )
