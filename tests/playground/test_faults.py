"""Faults on the Web API, and response URLs that run out."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.webhook import WebhookClient

from bot.playground.faults import Fault
from bot.playground.payloads import response_url
from bot.playground.records import ResponseUrl
from tests.playground.small_bot import TOKEN, Stage, stage


@pytest.fixture
def made() -> Iterator[Stage]:
    """A served workspace."""
    with stage() as one:
        yield one


def texts(made: Stage, user: str | None = None) -> list[str]:
    """What stands in the incidents channel."""
    return [one.text for one in made.ws.messages("CINC", user)]


def test_rate_limits(made: Stage) -> None:
    made.ws.faults.add(Fault("rate_limited", "chat.postMessage", times=1, retry_after=7))
    with pytest.raises(SlackApiError) as caught:
        made.client.chat_postMessage(channel="CINC", text="a")
    answer = caught.value.response
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "7")
    assert made.client.auth_test()["ok"]
    made.client.chat_postMessage(channel="CINC", text="b")
    assert texts(made) == ["b"]
    made.ws.faults.add(Fault("rate_limited", times=1, retry_after=0))
    patient = WebClient(TOKEN, base_url=made.client.base_url, retry_handlers=[RateLimitErrorRetryHandler()])
    assert patient.chat_postMessage(channel="CINC", text="c")["ok"]
    assert [one.error for one in made.ws.calls] == ["rate_limited", None, None, "rate_limited", None]


def test_an_outage_lasts_until_it_is_cleared(made: Stage) -> None:
    made.ws.faults.add(Fault("outage"))
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            made.client.chat_postMessage(channel="CINC", text="a")
        assert caught.value.response.status_code == 503
    made.ws.faults.clear()
    assert made.client.chat_postMessage(channel="CINC", text="b")["ok"]
    assert texts(made) == ["b"]


def test_a_delay(made: Stage) -> None:
    made.ws.faults.add(Fault("delay", "auth.test", times=1, seconds=0.3))
    began = time.monotonic()
    made.client.auth_test()
    assert time.monotonic() - began >= 0.3
    began = time.monotonic()
    made.client.auth_test()
    assert time.monotonic() - began < 0.3


@pytest.mark.parametrize(("kind", "left"), [("reset_before", []), ("reset_after", ["a"])])
def test_a_cut_connection_hides_whether_it_was_done(made: Stage, kind: str, left: list[str]) -> None:
    made.ws.faults.add(Fault(kind, "chat.postMessage", times=1))
    with pytest.raises((ConnectionResetError, urllib.error.URLError)):
        made.client.chat_postMessage(channel="CINC", text="a")
    assert texts(made) == left
    made.client.chat_postMessage(channel="CINC", text="b")
    assert texts(made) == [*left, "b"]


def test_a_fault_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="no fault is called 'gremlin'"):
        Fault("gremlin")


def test_a_response_url_takes_five_answers_in_half_an_hour(made: Stage) -> None:
    ws = made.ws

    def new(**fields: Any) -> WebhookClient:
        return WebhookClient(response_url(ws.state, ResponseUrl("CINC", "UDEV", ws.state.real(), **fields)))

    url = new()
    sent = [url.send(text=str(number)).status_code for number in range(6)]
    assert sent == [200] * 5 + [404]
    assert json.loads(url.send(text="x").body)["error"] == "used_url"
    assert (texts(made), texts(made, "UDEV")) == ([], ["0", "1", "2", "3", "4"])
    public = new()
    assert public.send(text="all", response_type="in_channel").status_code == 200
    assert texts(made) == ["all"]
    assert new().send(text="x", blocks=[{"type": "banner"}]).status_code == 400
    made.clock.ahead = 1801.0
    assert json.loads(public.send(text="late").body)["error"] == "expired_url"


def test_a_response_url_replaces_and_deletes_where_it_came_from(made: Stage) -> None:
    ws = made.ws
    ts = made.client.chat_postMessage(channel="CINC", text="card", blocks=[{"type": "divider"}])["ts"]
    url = WebhookClient(response_url(ws.state, ResponseUrl("CINC", "UDEV", ws.state.real(), ts)))
    url.send(text="done", replace_original=True)
    (message,) = ws.messages("CINC")
    assert (message.text, message.blocks, message.ts) == ("done", [], ts)
    url.send(delete_original=True)
    assert ws.messages("CINC") == []


def test_a_response_url_wants_json(made: Stage) -> None:
    address = response_url(made.ws.state, ResponseUrl("CINC", "UDEV", made.ws.state.real()))
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(address, b"nonsense"))
    with caught.value:
        assert caught.value.code == 400
