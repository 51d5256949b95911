"""The app: it starts without Slack, serves only its own workspace, and says so when the record cannot be written."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import commands, shortcuts
from bot import home as events
from bot.app import build_app
from tests.bot.house import POLICY, House, house, payload
from tests.needs import ROOT
from workflows.change import Action, Status


@pytest.fixture
def fresh(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """A house of its own."""
    with house(sqlite_url, tmp_path) as built:
        yield built


def test_it_is_built_and_takes_deliveries_with_slack_down(sqlite_url: str, tmp_path: Path) -> None:
    with house(sqlite_url, tmp_path, down=True) as built:
        before = len(built.ws.calls)
        build_app(built.parts.desk)
        assert len(built.ws.calls) == before
        outcome = built.ws.command("UDEV", "CINC", "/change help")
        assert outcome.ok
        assert outcome.elapsed_ms < 3000


def test_the_environment_of_bolt_makes_it_no_other_app(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "x")
    build_app(home.parts.desk)


def clicked(team: str, **more: Any) -> bytes:
    """A click on Details by somebody of this team."""
    user = {"id": "USRE", "team_id": team}
    action = {"action_id": "details", "block_id": "b", "value": "x:1"}
    return payload(type="block_actions", user=user, team={"id": team}, actions=[action], trigger_id="1", **more)


def test_people_of_another_workspace_are_refused_in_words(fresh: House) -> None:
    case = fresh.declare()
    raw = clicked("T0OTHER", channel={"id": "CINC"})
    assert fresh.signed(raw)[0] == 200
    assert fresh.whispers("USRE")[-1].startswith("Your account belongs to another organisation")
    assert fresh.case(case.key).status is Status.DECLARED


def test_members_of_our_organisation_are_not_foreign(sqlite_url: str, tmp_path: Path) -> None:
    grid = POLICY.replace('zone = "Europe/Berlin"', 'zone = "Europe/Berlin"\nenterprise = "E0ORG"')
    with house(sqlite_url, tmp_path, policy=grid) as built:
        for enterprise, told in (("E0ORG", "I don't know that change."), ("E0OTHER", "Your account belongs")):
            raw = clicked("T0OTHER", channel={"id": "CINC"}, enterprise={"id": enterprise})
            assert built.signed(raw)[0] == 200
            assert built.whispers("USRE")[-1].startswith(told)


def test_while_another_process_decides_by_another_policy_nothing_is_recorded(fresh: House) -> None:
    case = fresh.declare()
    card = fresh.card()
    fresh.parts.policy.writable = False
    outcome = fresh.ws.click("UCTO", card, Action.APPROVE)
    assert (outcome.ok, outcome.status) == (False, 500)
    told = fresh.ws.command("UDEV", "CINC", f"/change {case.key}").ack_body["text"]
    assert told.startswith(f"Approve? {case.key}")
    fresh.parts.settle_policy()
    assert fresh.ws.click("UCTO", card, Action.APPROVE).ok
    assert fresh.case(case.key).status is Status.APPROVED


def test_a_fault_at_an_event_has_slack_send_it_again(fresh: House) -> None:
    fresh.parts.policy.writable = False
    event = {"type": "app_home_opened", "user": "UDEV", "tab": "home"}
    raw = json.dumps({"type": "event_callback", "event_id": "Ev1", "team_id": "T0PLAYGRND", "event": event}).encode()
    assert fresh.signed(raw, content_type="application/json")[0] == 503
    fresh.parts.settle_policy()
    assert fresh.signed(raw, content_type="application/json")[0] == 200


def test_the_manifest_names_exactly_what_is_listened_to() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    features = manifest["features"]
    assert {one["command"] for one in features["slash_commands"]} == set(commands.COMMANDS)
    assert {one["callback_id"] for one in features["shortcuts"]} == set(shortcuts.SHORTCUTS)
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == set(events.EVENTS)
