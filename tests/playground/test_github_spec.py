"""The checker itself: what GitHub's description does not allow is found."""

from __future__ import annotations

import json

import pytest

from bot.playground.github.traffic import Delivery
from bot.playground.traffic import Exchange
from tests.needs import require
from tests.playground.github_spec import answer_violations, checked, request_violations, webhook_violations
from tests.playground.small_github import REPO, small_hub

BASE = "/repos/acme/payments"
RULE = f"{BASE}/actions/runs/1/deployment_protection_rule"


def exchange(method: str, path: str, query: str = "", body: object = None, answer: object = None) -> Exchange:
    """Return a request as the server shows it."""
    pairs = tuple((key, value) for key, _, value in (one.partition("=") for one in query.split("&") if one))
    sent = b"" if body is None else json.dumps(body).encode()
    kind = {"content-type": "application/json"}
    return Exchange(method, path, pairs, kind, sent, 200, json.dumps(answer).encode(), True)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (exchange("GET", f"{BASE}/nothing"), "Path not found"),
        (exchange("DELETE", "/app"), "Operation delete not found"),
        (exchange("GET", f"{BASE}/commits", "per_page=many"), "per_page"),
        (exchange("GET", f"{BASE}/commits", "colour=red"), "no query parameter is called colour"),
        (exchange("POST", f"{BASE}/statuses/abc"), "Missing required request body"),
        (exchange("POST", f"{BASE}/statuses/abc", body={"state": "great"}), "'great' is not one of"),
        (exchange("POST", f"{BASE}/statuses/abc", body={"state": "success", "colour": 1}), "no field of the body"),
        (exchange("POST", RULE, body={"comment": "x"}), "is not valid under any of the given schemas"),
    ],
    ids=["path", "method", "query", "unknown query", "no body", "body", "unknown field", "neither verdict nor report"],
)
def test_what_github_does_not_describe(asked: Exchange, said: str) -> None:
    (found,) = request_violations(asked, require("specs"))
    assert said in found


@pytest.mark.parametrize(
    "asked",
    [
        exchange("GET", f"{BASE}/commits", "per_page=100&sha=main"),
        exchange("GET", f"{BASE}/branches/feature/x/protection"),
        exchange("GET", f"{BASE}/git/ref/heads/feature/x"),
        exchange("GET", f"{BASE}/actions/runs", "status=waiting&created=>=2026-01-01"),
        exchange("POST", RULE, body={"environment_name": "production", "comment": "Waits for one"}),
        exchange("POST", RULE, body={"environment_name": "production", "state": "approved"}),
    ],
    ids=["list", "branch with a slash", "ref", "dates", "report", "verdict"],
)
def test_what_github_describes(asked: Exchange) -> None:
    assert request_violations(asked, require("specs")) == []


def test_an_answer_that_github_would_not_give() -> None:
    folder = require("specs")
    assert answer_violations(exchange("GET", f"{BASE}/commits", answer=[]), folder) == []
    found = answer_violations(exchange("GET", f"{BASE}/commits", answer=[{"sha": 1}]), folder)
    assert any("'node_id' is a required property" in one for one in found)


def test_a_webhook_that_github_would_not_send() -> None:
    odd = Delivery("1", "push", b'{"ref": 1}')
    unknown = Delivery("2", "sunrise", b"{}")
    found = webhook_violations([odd, unknown])
    assert "webhook-push $.ref: 1 is not of type 'string'" in found
    assert found[-1] == "webhook-sunrise is not described"


def test_the_list_fills_while_requests_come() -> None:
    hub = small_hub()
    found = checked(hub)
    hub.world.traffic.answered(exchange("GET", f"/repos/{REPO}"))
    assert found == []
    hub.world.traffic.answered(exchange("GET", "/nowhere"))
    assert len(found) == 1
