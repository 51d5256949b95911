"""Socket Mode takes the same path as HTTP, comes back after Slack was away, and answers before it hangs up."""

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.playground.faults import Fault
from tests.bot.house import House, command, house
from tests.conftest import migrate
from workflows.change import Action, Status


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that Slack reaches by socket only."""
    folder: Path = tmp_path_factory.mktemp("socket")
    url = f"sqlite:///{folder}/countersign.db"
    migrate(url)
    with house(url, folder, socket=True) as built:
        wait_until(lambda: built.ws.state.sockets.connected())
        yield built


def wait_until(holds: Any, seconds: float = 10.0) -> None:
    """Wait for something to hold."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never held"
        time.sleep(0.02)


def links(linked: House) -> int:
    """How often a link was asked for."""
    return sum(1 for call in linked.ws.calls if call.method == "apps.connections.open")


def test_a_change_is_declared_and_approved_over_the_socket(linked: House) -> None:
    case = linked.declare()
    assert linked.ws.click("UCTO", linked.card(), Action.APPROVE).ok
    assert linked.case(case.key).status is Status.APPROVED


def test_an_answer_travels_back_over_the_socket(linked: House) -> None:
    assert linked.ws.command("UDEV", "CINC", "/change help").ack_body["response_type"] == "ephemeral"
    assert linked.ws.command("UDEV", "CINC", "/emergency-change down").ok
    outcome = linked.ws.submit("UDEV", {("plan", "v"): " \n", ("systems", "v"): ["search"]})
    assert outcome.errors == {"plan": "Say what you will do."}
    linked.ws.close_modal("UDEV")


def test_an_envelope_that_arrives_twice_counts_once(linked: House) -> None:
    case = linked.declare()
    linked.ws.faults.add(Fault("duplicate", times=1))
    assert linked.ws.click("UCTO", linked.card(), Action.APPROVE).ok
    assert len(linked.case(case.key).approvals) == 1


def test_without_a_signing_secret_nobody_gets_in_over_http(linked: House) -> None:
    raw, now = command("help"), str(int(linked.clock.real().timestamp()))
    empty = "v0=" + hmac.new(b"", b"v0:" + now.encode() + b":" + raw, hashlib.sha256).hexdigest()
    assert linked.post(raw, x_slack_request_timestamp=now, x_slack_signature=empty)[0] == 401


def test_the_link_comes_back_when_slack_closes_it(linked: House) -> None:
    before = links(linked)
    linked.ws.refresh_sockets()
    wait_until(lambda: links(linked) > before and linked.ws.state.sockets.connected())
    # What Slack sends on the old link while it is given up is lost, and the person is told so by Slack.
    patience, linked.ws.state.ack_timeout = linked.ws.state.ack_timeout, 0.5
    wait_until(lambda: linked.ws.command("UDEV", "CINC", "/change help").ok)
    linked.ws.state.ack_timeout = patience


def test_with_slack_down_at_the_start_the_link_is_made_later(sqlite_url: str, tmp_path: Path) -> None:
    with house(sqlite_url, tmp_path, socket=True, down=True) as built:
        assert not built.ws.state.sockets.connected()
        assert built.web.url
        built.ws.faults.clear()
        wait_until(lambda: built.ws.state.sockets.connected())
        assert built.ws.command("UDEV", "CINC", "/change help").ok


def test_the_click_in_progress_is_answered_before_the_link_is_closed(sqlite_url: str, tmp_path: Path) -> None:
    outcome = SimpleNamespace(ok=None)
    with house(sqlite_url, tmp_path, socket=True) as built:
        wait_until(lambda: built.ws.state.sockets.connected())
        case = built.declare()
        card = built.card()
        built.clock.advance(built.parts.policy.rules.standing_max_age * 2)
        built.ws.faults.add(Fault("delay", method="users.info", seconds=0.8))

        def click() -> None:
            outcome.ok = built.ws.click("UCTO", card, Action.APPROVE).ok

        thread = threading.Thread(target=click)
        thread.start()
        time.sleep(0.3)
        built.web.close()
        thread.join(10)
    assert outcome.ok
    assert case.key
