"""The one endpoint: whatever is sent to it is answered 200, 400, 401, 413; never a 500; a replay answers the same."""

import http.client
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bot.house import SECRET, House, command, house, payload
from tests.bot.test_incoming import JSONS, KINDS, NAMES
from tests.conftest import migrate
from workflows.models import changes, events


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for the whole module."""
    folder: Path = tmp_path_factory.mktemp("web")
    url = f"sqlite:///{folder}/countersign.db"
    migrate(url)
    with house(url, folder) as built:
        yield built


def count(home: House, table: sa.Table) -> int:
    """How many rows the table has."""
    with home.parts.database.read() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_what_slack_signed_lately_is_answered(home: House) -> None:
    status, body = home.signed(command("help"))
    assert status == 200
    assert json.loads(body)["response_type"] == "ephemeral"


def test_the_word_payload_in_a_command_is_answered_too(home: House) -> None:
    status, body = home.signed(command("payload service down"))
    assert status == 200
    assert "payload" in json.loads(body)["text"]


@pytest.mark.parametrize("seconds", [-301, 61], ids=["late", "future"])
def test_what_was_signed_at_another_time_is_not_let_in(home: House, seconds: int) -> None:
    status, _ = home.signed(command("help"), at=home.clock.real() + timedelta(seconds=seconds))
    assert status == 401


@pytest.mark.parametrize("at", ["9" * 5000, "x", "-5", "1e9"], ids=["5000 digits", "letter", "minus", "float"])
def test_an_odd_timestamp_is_not_let_in(home: House, at: str) -> None:
    status, _ = home.signed(command("help"), at=at)
    assert status == 401


def test_what_nobody_signed_is_not_let_in(home: House) -> None:
    assert home.post(command("help"))[0] == 401
    now = str(int(home.clock.real().timestamp()))
    odd = {"x_slack_request_timestamp": now, "x_slack_signature": "v0=\xfc"}
    assert home.post(command("help"), **odd)[0] == 401


def test_more_than_a_megabyte_is_not_read(home: House) -> None:
    assert home.signed(b"payload=" + b"x" * 1_048_577)[0] == 413


def test_nor_is_it_when_its_length_is_not_announced(home: House) -> None:
    host = home.web.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    chunks = (b"x" * 65_536 for _ in range(17))
    try:
        connection.request("POST", "/slack/events", chunks, encode_chunked=True)
        assert connection.getresponse().status == 413
    finally:
        connection.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"payload=",
        b"payload=%7B",
        b"payload=5",
        b"payload=" + b"%5B" * 100_000,
        b"payload=%7B%22a%22%3A" + b"%5B" * 100_000,
        b"\xff\xff",
        b"[1]",
        b"x" * 1000,
        payload(type="block_actions", actions=[]),
        payload(type="block_actions", actions=5),
        payload(type="block_actions", actions=[{"action_id": 5}]),
        payload(type="view_submission", view={"id": "V1"}),
        payload(type="view_submission", view=5),
        payload(type="block_actions", user=None, actions=[{"action_id": "approve"}]),
        payload(type="event_callback", event={"type": 5}),
        payload(type=5),
        urlencode({"command": "/change"}).encode(),
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_a_malformed_body_is_a_400_even_when_it_is_signed(home: House, raw: bytes) -> None:
    assert home.signed(raw)[0] == 400


@pytest.mark.parametrize(
    "raw",
    [
        payload(type="something_new"),
        payload(type="event_callback", event={"type": "reaction_added", "user": "UDEV"}),
        payload(type="event_callback", event={"type": "app_home_opened", "user": "UDEV", "tab": "messages"}),
        payload(type="event_callback", event={"type": "workflow_step_execute", "user": "UDEV"}),
        payload(type="event_callback", event={"type": "function_executed", "function": None}),
        payload(type="event_callback", event={"type": "message", "channel_type": "im", "message": {}}),
        payload(type="view_submission", view={"id": "V1", "callback_id": "x", "type": "workflow_step"}),
        payload(type="block_actions", actions=[{"action_id": "from_the_past", "value": "x"}]),
        payload(type="block_actions", actions=[{"action_id": "approve", "value": "nothing:1"}]),
        payload(type="block_actions", actions=[{"action_id": "details", "value": "\0:-1"}], trigger_id="1"),
        payload(type="view_submission", view={"id": "V1", "callback_id": "from_the_past"}),
        payload(type="view_closed", view={"id": "V1", "callback_id": "declare"}),
        payload(type="block_suggestion", action_id="v", block_id="unknown", value="x"),
        payload(type="shortcut", callback_id="unknown", trigger_id="1"),
        payload(type="interactive_message", callback_id="x", actions=[]),
        b"ssl_check=1&token=x",
    ],
    ids=lambda raw: repr(raw[-60:]),
)
def test_what_we_do_not_know_is_taken_and_does_nothing(home: House, raw: bytes) -> None:
    before = count(home, changes)
    assert home.signed(raw)[0] == 200
    assert count(home, changes) == before


PART = st.dictionaries(
    st.sampled_from(["id", "type", "callback_id", "action_id", "value", "state", "values", "private_metadata", "tab"]),
    JSONS | st.just({"values": {"broken": {"v": {"value": "x"}}}}),
    max_size=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(NAMES, JSONS | PART | st.lists(PART, max_size=2), max_size=8),
    KINDS,
    st.sampled_from(["declare", "review", "details", "approve", "reject", "app_home_opened", "v", "link_to_change"]),
)
def test_no_body_whatever_gets_an_exception_out_of_the_door(
    home: House, body: dict[str, Any], kind: str, name: str
) -> None:
    whole = {"team_id": "T0PLAYGRND", **body, "type": kind, "user": {"id": "UDEV"}}
    for part in ("view", "event"):
        if isinstance(whole.get(part), dict):
            whole[part] = {"id": "V0", "callback_id": name, "type": name} | whole[part]
    whole.setdefault("actions", [{"action_id": name, "value": "x:1"}])
    assert home.signed(json.dumps(whole).encode(), content_type="application/json")[0] in (200, 400)


def test_a_challenge_is_answered_once_it_is_signed(home: House) -> None:
    raw = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    status, body = home.signed(raw, content_type="application/json")
    assert (status, json.loads(body)) == (200, {"challenge": "abc"})


def declared(view: str, **values: Any) -> bytes:
    """A submitted declaration."""
    texts = {"broken": "checkout 500s", "plan": "roll back"} | values
    state: dict[str, Any] = {name: {"v": {"type": "plain_text_input", "value": text}} for name, text in texts.items()}
    state["systems"] = {"v": {"type": "multi_static_select", "selected_options": [{"value": "payments"}]}}
    shown = {"id": view, "callback_id": "declare", "type": "modal", "state": {"values": state}}
    return payload(type="view_submission", view=shown)


def test_the_same_bytes_again_answer_the_same_and_do_nothing(home: House) -> None:
    raw, at = declared("VREPLAY"), home.clock.real()
    first = home.signed(raw, at=at)
    recorded = count(home, events)
    assert first[0] == 200
    assert home.signed(raw, at=at) == first
    assert count(home, events) == recorded


def test_submit_pressed_again_after_a_lost_ack_records_once(home: House) -> None:
    before = count(home, changes)
    first = home.signed(declared("VAGAIN"), at=home.clock.real() - timedelta(seconds=9))
    second = home.signed(declared("VAGAIN"))
    assert first == second
    assert first[0] == 200
    assert count(home, changes) == before + 1


def test_a_form_with_a_mistake_may_be_sent_again(home: House) -> None:
    before = count(home, changes)
    status, body = home.signed(declared("VWRONG", plan=" "))
    assert status == 200
    assert json.loads(body) == {"response_action": "errors", "errors": {"plan": "Say what you will do."}}
    assert count(home, changes) == before
    assert home.signed(declared("VWRONG"))[0] == 200
    assert count(home, changes) == before + 1


def test_it_is_alive_and_says_what_keeps_it_from_being_ready(home: House) -> None:
    # No worker runs in this house, and readiness says so.
    assert home.signed(command("help"))[0] == 200
    host = home.web.url
    assert _get(host, "/healthz") == (200, "ok\n")
    status, body = _get(host, "/readyz")
    told = json.loads(body)
    assert status == 503
    assert told["database"] == "ok"
    assert told["worker"] == "no worker has run yet"


def _get(host: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(host.removeprefix("http://"), timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def test_nothing_that_was_sent_stands_in_the_log(home: House, capfd: pytest.CaptureFixture[str]) -> None:
    home.post(command("help secret-words"))
    home.signed(payload(type="block_actions", actions=[{"action_id": "x", "value": "secret-words"}]))
    told = "".join(capfd.readouterr())
    assert "secret-words" not in told
    assert SECRET not in told
