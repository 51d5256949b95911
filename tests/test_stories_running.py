"""Stories of running it: Socket Mode, the operator's word from the server, a policy that changes while it runs."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.needs import ROOT
from tests.world.policies import POLICY
from tests.world.story import Begin, World
from workflows.change import Status

pytest_plugins = ["tests.world.fixtures"]


def test_the_same_path_over_socket_mode(begin: Begin) -> None:
    world = begin(socket_mode=True)
    key = world.declare()
    assert world.card(key).header == f"⏳ Emergency {key}: waiting for approval"
    world.dev.presses("Approve", on=world.card(key))
    world.dev.told(f"You declared {key}, so you can't approve it.")
    world.cto.presses("Approve", on=world.cto.dm("Can you approve this?"))
    assert world.card(key).header == f"✅ Emergency {key}: approved"
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Mark deployed")
    refused = world.dev.submits(what="v811", outcome="ok", at=datetime(2030, 1, 1, tzinfo=UTC))
    assert refused.errors == {"at": "That time is in the future."}, "answers travel in the acknowledgement"
    assert world.dev.submits(at=world.clock.now()).ok
    assert world.case(key).status is Status.DEPLOYED
    assert key in world.cto.home.words
    assert all(one.status in (0, 200) for one in world.slack.deliveries)


def test_socket_mode_delivers_twice_and_it_counts_once(begin: Begin) -> None:
    world = begin(socket_mode=True)
    key = world.declare(systems=["ledger"])
    world.fault("lose_ack", "interaction", times=1)
    world.cto.presses("Approve", on=world.card(key))
    world.cto.presses("Approve", on=world.card(key))
    assert world.kinds(key).count("approved") == 1
    world.cto.told(f"You already approved {key}")


@pytest.mark.both_databases
def test_declared_from_the_server_while_slack_is_down(begin: Begin) -> None:
    world = begin(start=datetime.now(UTC))
    world.fault("outage")
    said = _verb(world, "declare", "--plan", "restart the gateway")
    assert said.returncode == 0, said.stderr
    assert "Recorded as EC-2026-0001".replace("2026", str(world.clock.now().year)) in said.stdout
    (key,) = world.keys()
    world.advance(minutes=1)
    assert world.cards() == []
    world.slack.faults.clear()
    world.advance(minutes=6)
    card = world.card(key)
    assert "Declared from the server by Olga Operator" in card.words
    assert "Slack was not reachable." in card.words
    world.cto.presses("Approve", on=card)
    assert world.case(key).status is Status.APPROVED
    assert world.events(key)[0].operator == "Olga Operator"


def test_break_glass_from_the_server_is_an_exception_until_ratified(begin: Begin) -> None:
    world = begin(start=datetime.now(UTC))
    world.fault("outage")
    said = _verb(world, "break-glass", "--plan", "restart the gateway", "--reason", "nobody could be reached")
    assert said.returncode == 0, said.stderr
    world.slack.faults.clear()
    world.advance(minutes=1)
    (key,) = world.keys()
    card = world.card(key)
    assert card.header == f"⚠️ Emergency {key}: proceeding WITHOUT approval"
    assert "on the word of Olga Operator at the server" in card.words
    assert "An exception until ratified." in card.words
    world.cto.dm("is going ahead on payments without approval", "nobody could be reached")
    assert world.case(key).approvals == ()
    world.cto.presses("Details", on=card)
    assert "Approve" not in world.cto.modal.labels


def test_the_operator_is_told_what_was_wrong_and_nothing_is_recorded(begin: Begin) -> None:
    world = begin(start=datetime.now(UTC))
    said = _verb(world, "declare", "--plan", " ")
    assert said.returncode == 1
    assert "--plan must not be empty." in said.stderr
    assert "Nothing was recorded." in said.stderr
    assert _verb(world, "declare", "--plan", "restart", "--risk", "huge").returncode == 2
    assert world.keys() == []


def test_the_record_is_exported_verified_and_checked_from_the_command_line(begin: Begin) -> None:
    world = begin(start=datetime.now(UTC))
    key = world.approved()
    world.deployed(key)
    lines = _run(world, "export", "--name", "ops").stdout.splitlines()
    (record,) = [json.loads(line) for line in lines]
    assert record["key"] == key
    assert record["decision"] == "approved"
    assert record["approved_before_deploy"] is True
    assert record["requester"] == "dev@example.com"
    assert [one["person"] for one in record["approvals"]] == ["cto@example.com"]
    assert [one.kind for one in world.notes()].count("viewed") == 1, "that it was taken away is on record"
    assert _run(world, "verify").returncode == 0
    assert _run(world, "check").returncode == 0


def test_the_policy_changes_breaks_and_comes_back_without_a_restart(world: World) -> None:
    def write(text: str) -> None:
        world.policy.write_text(text)
        world.reload_policy()

    key = world.declare()
    assert "Needs 1 of emergency-approvers." in world.card(key).words
    world.advance(minutes=1)
    write(POLICY.replace('group = "emergency-approvers", count = 1', 'group = "emergency-approvers", count = 2'))
    new = world.declare(systems=["web"])
    assert "Needs 2 of emergency-approvers." in world.card(new).words
    assert [one.kind for one in world.notes()].count("policy") >= 2, "every policy ever in force is stored"

    write("version = 1\n[workspace\n")
    assert world.parts.policy.broken is not None
    assert "policy file" in world.cto.home.words
    assert "has a mistake" in world.cto.home_as_it_is.words
    world.cto.presses("Approve", on=world.card(new))
    world.cto.told("Counted for", "Still needed: 1 of emergency-approvers.")

    write(POLICY)
    assert world.parts.policy.broken is None
    assert "has a mistake" not in world.cto.home.words
    last = world.approved(systems=["web"])
    assert world.case(last).status is Status.APPROVED


def _verb(world: World, verb: str, *more: str) -> "subprocess.CompletedProcess[str]":
    who = (
        "--name",
        "Olga Operator",
        "--email",
        "sre@example.com",
        "--broken",
        "gateway is down",
        "--system",
        "payments",
    )
    return _run(world, verb, *who, *more)


def _run(world: World, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    mine = {"DATABASE_URL": world.settings.database_url, "POLICY_FILE": str(world.policy), "PYTHONPATH": str(ROOT)}
    folder = Path(world.policy).parent
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, cwd=folder, env=kept | mine, capture_output=True, text=True, timeout=30, check=False)
