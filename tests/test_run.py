"""`python -m bot run` as an operator starts it, driven by a stand-in for Slack that is not ours, both ways in."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.needs import ROOT
from tests.other_slack import SECRET, OtherSlack

pytestmark = pytest.mark.timeout(90)
Deliver = Callable[[str, dict[str, Any]], Any]
WHO = {"team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"}, "api_app_id": "A1", "trigger_id": "1.2.3"}


@pytest.fixture
def slack() -> Iterator[OtherSlack]:
    other = OtherSlack()
    yield other
    other.close()


@contextmanager
def run(folder: Path, slack: OtherSlack, *, until_ready: bool = True, **more: str) -> Iterator[str]:
    """The bot in a process of its own; yields its address. Only what it cannot do without is set."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | {
        "SLACK_BOT_TOKEN": "xoxb-other",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack.api,
        "POLICY_FILE": str(ROOT / "workflows" / "policy.toml"),
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"], cwd=folder, env=environment | more, stderr=log, stdout=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _until(url, process, (200,) if until_ready else (200, 503))
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)
        log.close()
    assert code in (0, -signal.SIGTERM), (folder / "log").read_text()[-2000:]


def _until(url: str, process: "subprocess.Popen[bytes]", answers: tuple[int, ...]) -> None:
    for _ in range(400):
        assert process.poll() is None, "the bot ended by itself"
        try:
            if _status(f"{url}/readyz") in answers:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("the bot never became ready")


def _status(url: str) -> int:
    try:
        with urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except HTTPError as refused:
        return refused.code


def follow(slack: OtherSlack, command: Deliver, interact: Deliver) -> None:
    """Declare, be refused, approve: what both ways in have to do alike."""
    command("U1", {"command": "/emergency-change", "text": "payload of payments fails", "channel_id": "C1INC"})
    view = json.loads(json.dumps(slack.wait("views.open")["view"]))
    view = json.loads(view) if isinstance(view, str) else view
    assert view["callback_id"] == "declare"
    values = {
        "broken": {"v": {"type": "plain_text_input", "value": "payload of payments fails"}},
        "plan": {"v": {"type": "plain_text_input", "value": "roll back to v811"}},
        "systems": {
            "v": {
                "type": "multi_static_select",
                "selected_options": [{"value": "payments", "text": {"text": "payments"}}],
            }
        },
    }
    shown = {**view, "id": "V1", "hash": "1.a", "root_view_id": "V1", "state": {"values": values}}
    interact("U1", {"type": "view_submission", "view": shown})
    card = slack.wait("chat.postMessage", holding="waiting for approval")
    button = next(b for block in card["blocks"] if block["type"] == "actions" for b in block["elements"])
    assert button["action_id"] == "approve"
    click = {
        "type": "block_actions",
        "container": {"type": "message", "channel_id": "C1INC", "message_ts": "1.2"},
        "channel": {"id": "C1INC"},
        "message": {"ts": "1.2"},
        "actions": [{"type": "button", "action_id": "approve", "block_id": "b", "value": button["value"]}],
    }
    before = len(slack.calls)
    interact("U1", click)
    slack.wait("chat.postEphemeral", holding="You declared", after=before)
    interact("U2", click)
    began = time.monotonic()
    slack.wait("chat.update", holding="approved", after=before)
    assert time.monotonic() - began < 5


def test_over_http_with_nothing_but_a_token_a_secret_an_address_and_a_policy(tmp_path: Path, slack: OtherSlack) -> None:
    with run(tmp_path, slack) as url:
        assert _status(f"{url}/healthz") == 200
        assert _status(f"{url}/slack/events") == 405

        def command(user: str, given: dict[str, Any]) -> None:
            fields = {"team_id": "T1", "user_id": user, "trigger_id": "1.2.3", "api_app_id": "A1", **given}
            status, _ = slack.deliver(f"{url}/slack/events", fields)
            assert status == 200

        def interact(user: str, given: dict[str, Any]) -> None:
            payload = {**WHO, "user": {"id": user, "team_id": "T1"}, **given}
            status, body = slack.deliver(f"{url}/slack/events", {"payload": json.dumps(payload)})
            assert status == 200
            assert not (body or {}).get("errors")

        follow(slack, command, interact)


def test_over_socket_mode(tmp_path: Path, slack: OtherSlack) -> None:
    with run(tmp_path, slack, SLACK_APP_TOKEN="xapp-other"):

        def command(user: str, given: dict[str, Any]) -> None:
            slack.push(
                "slash_commands",
                {"team_id": "T1", "user_id": user, "trigger_id": "1.2.3", "api_app_id": "A1", **given},
            )

        def interact(user: str, given: dict[str, Any]) -> None:
            slack.push("interactive", {**WHO, "user": {"id": user, "team_id": "T1"}, **given})

        follow(slack, command, interact)


def test_without_a_policy_it_says_how_to_get_one(tmp_path: Path) -> None:
    environment = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "x", "PATH": os.environ["PATH"]}
    said = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 2
    assert "policy init" in said.stderr
    assert not (tmp_path / "countersign.db").exists()


def test_without_a_token_it_names_the_variable(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 2
    assert "SLACK_BOT_TOKEN" in said.stderr
