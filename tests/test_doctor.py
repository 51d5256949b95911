"""The doctor: nothing to say of a good installation, and each planted fault found, named, with what to do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import doctor
from bot.checkups.finding import Finding, Grade
from bot.clock import SystemClock
from tests.budget import sampled
from tests.world import jira, pagerduty
from tests.world.policies import DEPLOYS, POLICY
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
    given = replace(world.settings, **other)  # type: ignore[arg-type]
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
            tx.execute(sa.text("ALTER TABLE events DISABLE TRIGGER events_change"))
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
    "no-key": (lambda w: {"signing_key_file": "/nowhere/at/all.key"}, "/nowhere/at/all.key", "cannot be read"),
}


@pytest.mark.parametrize("name", sampled(FAULTS))
def test_each_planted_fault_is_found_and_comes_with_what_to_do(name: str, good: World) -> None:
    plant, checked, said = FAULTS[name]
    other = plant(good)
    found = wrong(good, **other)
    assert [one for one in found if one.checked == checked and said in one.found], [doctor.line(one) for one in found]
    assert all(one.mend for one in found)
    put_right(good)


LINKED = f"""
[pagerduty]
service = "{pagerduty.SERVICE}"

[jira]
fields = {{ "Change risk" = "risk" }}
"""
ROTA = (POLICY + LINKED).replace(
    'users = ["rel@example.com"]', f'users = ["rel@example.com"]\npagerduty_schedules = ["{pagerduty.SCHEDULE}"]'
)


@pytest.fixture
def linked(begin: Begin) -> World:
    """A story with a PagerDuty and a Jira, both in order."""
    world = begin(ROTA, wall(), pagerduty=True, jira=True)
    world.jira.hub.add_field("Change risk")
    world.tick()
    return world


def test_of_a_good_pagerduty_and_jira_it_reports_nothing_wrong(linked: World) -> None:
    found = list(doctor.findings(linked.settings, linked.clock))
    assert [doctor.line(one) for one in found if one.grade is Grade.BAD] == []
    said = {f"{one.area}: {one.checked}": one.found for one in found}
    assert said["PagerDuty: PAGERDUTY_FROM"] == "a user there"
    assert said["PagerDuty: schedule of release-managers"] == f"On-call leads ({pagerduty.SCHEDULE})"
    assert said["PagerDuty: service for incidents"] == f"Payments ({pagerduty.SERVICE})"
    assert said["Jira: token"] == "good, of Countersign"
    assert said["Jira: token's last day"] == "Jira tells nobody"
    assert said["Jira: issue type Bug"] == "there, nothing missing"


def _done(act: Callable[[World], object]) -> Plant:
    def plant(world: World) -> dict[str, str]:
        act(world)
        return {}

    return plant


def _forbidden(world: World) -> dict[str, str]:
    world.jira.hub.remove_permission(jira.PROJECT, "EDIT_ISSUES")
    return {}


def _required(world: World) -> dict[str, str]:
    world.jira.hub.add_field("Team")
    for name in ("Team", "Change risk"):
        world.jira.hub.require_field(jira.PROJECT, "Task", name)
    return {}


def _ends(days: int) -> Plant:
    return lambda world: {"jira_token_expires": str(world.clock.real().date() + timedelta(days=days))}


def _of_policy(was: str, now: str) -> Plant:
    return lambda world: {"policy_file": _file(world, "other.toml", world.policy.read_text().replace(was, now))}


def _open_key(world: World) -> dict[str, str]:
    file = _file(world, "open.key", "PRIVATE+KEY+")
    return {"signing_key_file": file}


def _wrong_key(world: World) -> dict[str, str]:
    file = _file(world, "wrong.key", "-----BEGIN NOTHING-----")
    Path(file).chmod(0o600)
    return {"signing_key_file": file}


AT_PEERS: dict[str, tuple[Plant, str, str]] = {
    "pagerduty-revoked": (_done(lambda w: w.pagerduty.hub.revoke_token(pagerduty.TOKEN)), "token", "401 revoked"),
    "pagerduty-nobody": (
        lambda w: {"pagerduty_from": "gone@example.com"},
        "PAGERDUTY_FROM",
        "gone@example.com is nobody there",
    ),
    "pagerduty-half": (lambda w: {"pagerduty_from": ""}, "PAGERDUTY_FROM", "not set, and PAGERDUTY_TOKEN is"),
    "schedule-gone": (_of_policy(pagerduty.SCHEDULE, "PGONE"), "schedule of release-managers", "PGONE: there is none"),
    "service-gone": (_of_policy(pagerduty.SERVICE, "PAWAY"), "service for incidents", "PAWAY: there is none"),
    "pagerduty-silent": (
        lambda w: {"pagerduty_api_url": "https://127.0.0.1:9"},
        "address",
        "does not answer (no-connection)",
    ),
    "jira-revoked": (_done(lambda w: w.jira.hub.revoke_token(jira.TOKEN)), "token", "401 revoked"),
    "jira-half": (lambda w: {"jira_project": ""}, "JIRA_PROJECT", "not set, and JIRA_URL is"),
    "project-gone": (lambda w: {"jira_project": "GONE"}, "project GONE", "there is none, or the token may not see it"),
    "no-permission": (_forbidden, "permissions", "missing: EDIT_ISSUES"),
    "no-issue-type": (_of_policy("[jira]", '[jira]\nissue_type = "Story"'), "issue type Story", "there are Task, Bug"),
    "required-field": (_required, "issue type Task", "asks for Team"),
    "token-ends": (_ends(6), "token's last day", "in 6 days"),
    "token-over": (_ends(-2), "token's last day", "is over"),
    "no-date": (lambda w: {"jira_token_expires": "soon"}, "token's last day", "'soon' is no date"),
    "open-key": (_open_key, "open.key", "can be read by others"),
    "wrong-key": (_wrong_key, "wrong.key", "is no private key"),
}


@pytest.mark.parametrize("name", sampled(AT_PEERS))
def test_each_fault_at_a_peer_is_found_and_comes_with_what_to_do(name: str, linked: World) -> None:
    plant, checked, said = AT_PEERS[name]
    found = [one for one in wrong(linked, **plant(linked)) if one.checked != "in force"]
    assert [one for one in found if one.checked.endswith(checked) and said in one.found], [*map(doctor.line, found)]
    assert all(one.mend for one in found)
    assert len(found) == 1, [*map(doctor.line, found)]


def test_what_is_not_set_up_is_a_note_and_no_fault(linked: World) -> None:
    silent = replace(linked.settings, pagerduty_routing_key="", pagerduty_webhook_secret="")
    found = list(doctor.findings(silent, linked.clock))
    assert [one for one in found if one.grade is Grade.BAD] == []
    notes = {one.checked: one.found for one in found if one.grade is Grade.NOTE}
    assert "nobody is paged" in notes["PAGERDUTY_ROUTING_KEY"]
    assert "a minute late" in notes["PAGERDUTY_WEBHOOK_SECRET"]
