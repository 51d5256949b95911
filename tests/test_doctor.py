"""The doctor: nothing to say of a good installation, and each planted fault found, named, with what to do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot import doctor
from bot.checkups.finding import Finding, Grade
from bot.clock import SystemClock
from tests.world.policies import DEPLOYS
from tests.world.story import Begin, World
from workflows import guards, leases
from workflows.models import outbox

pytest_plugins = ["tests.world.fixtures"]

REPO = "acme/payments"


@pytest.fixture
def good(begin: Begin) -> World:
    """A story whose installation is in order: Slack's clock is the wall's, so the story begins now."""
    world = begin(DEPLOYS.replace('repositories = ["acme/web"]', ""), wall(), github=True)
    world.tick()
    return world


def wall() -> datetime:
    return SystemClock().real()


def wrong(world: World, **other: str) -> list[Finding]:
    """What is to be mended, with these settings instead of the story's."""
    given = replace(world.settings, **other)
    return [one for one in doctor.findings(given, world.clock) if one.grade is Grade.BAD]


def test_of_a_good_installation_it_reports_nothing_wrong(good: World) -> None:
    found = list(doctor.findings(good.settings, good.clock))
    assert [one for one in found if one.grade is Grade.BAD] == []
    assert {"environment", "policy", "database", "Slack", "GitHub", "worker", "outbox"} <= {one.area for one in found}


Plant = Callable[[World], dict[str, str]]


def _channel_archived(world: World) -> dict[str, str]:
    world.slack.archive("C0DEPLOYS")
    return {}


def _not_in_channel(world: World) -> dict[str, str]:
    world.slack.remove_bot("C0ESCALATE")
    return {}


def _approver_gone(world: World) -> dict[str, str]:
    world.slack.deactivate("U0CTO")
    return {}


def _not_protected(world: World) -> dict[str, str]:
    world.github.hub.protect(REPO, "main", approvals=None)
    return {}


def _bypass(world: World) -> dict[str, str]:
    world.github.hub.environment(REPO, "production", can_admins_bypass=True)
    return {}


def _no_rule(world: World) -> dict[str, str]:
    world.github.hub.environment(REPO, "production", custom_rule=False)
    return {}


def _worker_gone(world: World) -> dict[str, str]:
    with world.parts.database.write() as tx:
        tx.execute(sa.text("DELETE FROM beats WHERE name = 'worker-real'"))
        leases.beat(tx, "worker-real", world.clock.real() - timedelta(minutes=9))
    return {}


def _given_up(world: World) -> dict[str, str]:
    world.declare()
    with world.parts.database.write() as tx:
        tx.execute(sa.update(outbox).where(outbox.c.template == "card").values(state="dead", last_error="is_archived"))
    return {}


def _no_guard(world: World) -> dict[str, str]:
    with world.parts.database.write() as tx:
        if tx.dialect.name == "sqlite":
            tx.execute(sa.text("DROP TRIGGER events_update"))
        else:
            tx.execute(sa.text("ALTER TABLE events DISABLE TRIGGER events_update"))
    return {}


def put_right(world: World) -> None:
    """Undo what a plant did to the record: it is checked at the end of each story."""
    with world.parts.database.write() as tx:
        for statement in guards.statements(tx.dialect.name):
            tx.execute(sa.text(statement))
        tx.execute(sa.update(outbox).where(outbox.c.state == "dead").values(state="open"))
        leases.beat(tx, "worker-real", world.clock.real())


def _policy_broken(world: World) -> dict[str, str]:
    return {"policy_file": _file(world, "broken.toml", "version = 1\n")}


def _names_on_call(world: World) -> dict[str, str]:
    text = world.policy.read_text().replace(
        'users = ["rel@example.com"]', 'users = ["rel@example.com"]\npagerduty_schedules = ["PABC123"]'
    )
    return {"policy_file": _file(world, "oncall.toml", text)}


def _nobody(world: World) -> dict[str, str]:
    return {"policy_file": _file(world, "nobody.toml", world.policy.read_text().replace("rel@", "nobody@"))}


def _file(world: World, name: str, text: str) -> str:
    file = world.policy.parent / name
    file.write_text(text)
    return str(file)


FAULTS: dict[str, tuple[Plant, str, str]] = {
    "no-token": (lambda w: {"slack_bot_token": ""}, "SLACK_BOT_TOKEN", "not set"),
    "revoked": (lambda w: {"slack_bot_token": "xoxb-other"}, "bot token", "invalid_auth"),
    "no-way-in": (lambda w: {"slack_signing_secret": ""}, "how Slack reaches us", "neither"),
    "half-github": (lambda w: {"github_private_key": ""}, "GITHUB_PRIVATE_KEY", "not set"),
    "foreign-key": (lambda w: {"github_private_key": "nonsense"}, "App", "can't be read"),
    "archived": (_channel_archived, "channel #deploys", "archived"),
    "not-joined": (_not_in_channel, "channel #escalations", "not in it"),
    "deactivated": (_approver_gone, "group emergency-approvers", "cto@example.com"),
    "nobody": (_nobody, "group release-managers", "nobody@example.com"),
    "policy": (_policy_broken, "broken.toml", "workspace"),
    "on-call": (_names_on_call, "groups", "not linked"),
    "no-review": (_not_protected, f"{REPO} main", "merges without a review"),
    "bypass": (_bypass, f"{REPO} environment production", "without us"),
    "no-rule": (_no_rule, f"{REPO} environment production", "not on it"),
    "worker": (_worker_gone, "sign of life", "540 s ago"),
    "given-up": (_given_up, "given up", "is_archived"),
    "guard": (_no_guard, "guards", "missing or altered"),
    "no-database": (lambda w: {"database_url": "sqlite:////nowhere/at/all.db"}, "DATABASE_URL", "does not answer"),
    "http": (lambda w: {"public_url": "http://bot.example.com"}, "PUBLIC_URL", "not https"),
    "no-key": (lambda w: {"signing_key_file": "/nowhere/at/all.key"}, "/nowhere/at/all.key", "can't be read"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_planted_fault_is_found_and_comes_with_what_to_do(name: str, good: World) -> None:
    plant, checked, said = FAULTS[name]
    other = plant(good)
    found = wrong(good, **other)
    assert [one for one in found if one.checked == checked and said in one.found], [doctor.line(one) for one in found]
    assert all(one.mend for one in found)
    put_right(good)
