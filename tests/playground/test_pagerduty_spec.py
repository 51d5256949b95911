"""The checker itself: what PagerDuty's description does not allow is found."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.playground.traffic import Exchange
from tests.needs import require
from tests.playground.pagerduty_spec import answer_violations, checked, request_violations
from tests.playground.small_pagerduty import small_hub

NOTES = "/incidents/Q1/notes"
OPENED = {"type": "incident", "title": "T", "service": {"id": "P1", "type": "service_reference"}}
PAYLOAD = {"summary": "S", "source": "s", "severity": "critical"}
EVENT = {"routing_key": "r", "event_action": "trigger", "payload": PAYLOAD}


def exchange(
    method: str, path: str, query: str = "", body: object = None, answer: object = None, sender: str = "a@b.example"
) -> Exchange:
    """Return a request as the server shows it."""
    pairs = tuple((key, value) for key, _, value in (one.partition("=") for one in query.split("&") if one))
    sent = b"" if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", "authorization": "Token token=x"}
    headers |= {"from": sender} if sender else {}
    return Exchange(method, path, pairs, headers, sent, 200, json.dumps(answer).encode(), True)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (exchange("GET", "/nothing"), "Path not found"),
        (exchange("DELETE", "/incidents"), "Operation delete not found"),
        (exchange("GET", "/oncalls", "limit=many"), "limit"),
        (replace(exchange("GET", "/oncalls"), headers={}), "Security not found"),
        (exchange("GET", "/oncalls", "colour=red"), "no query parameter is called colour"),
        (exchange("GET", "/oncalls", "schedule_ids=P1"), "no query parameter is called schedule_ids"),
        (exchange("POST", NOTES, body={"note": {"content": "x"}}, sender=""), "Missing required header"),
        (exchange("POST", NOTES, body={"note": {}}), "'content' is a required property"),
        (exchange("POST", NOTES, body={"note": {"content": "x", "colour": 1}}), "is called note.colour"),
        (exchange("POST", "/incidents", body={"incident": OPENED | {"urgency": "huge"}}), "'huge' is not one of"),
        (
            exchange("POST", "/incidents", body={"incident": OPENED | {"body": {"details": "x"}}}),
            "'type' is a required",
        ),
        (exchange("POST", "/v2/enqueue", body={"event_action": "trigger"}), "'routing_key' is a required property"),
        (exchange("POST", "/v2/enqueue", body=EVENT | {"event_action": "wave"}), "'wave' is not one of"),
        (
            exchange("POST", "/v2/enqueue", body=EVENT | {"payload": PAYLOAD | {"colour": 1}}),
            "is called payload.colour",
        ),
        (exchange("POST", "/v2/change/enqueue", body={"routing_key": "r"}), "'payload' is a required property"),
    ],
)
def test_what_pagerduty_does_not_describe(asked: Exchange, said: str) -> None:
    (found,) = request_violations(asked, require("specs"))
    assert said in found


@pytest.mark.parametrize(
    "asked",
    [
        exchange("GET", "/oncalls", "schedule_ids[]=P1&schedule_ids[]=P2&include[]=users&since=2026-03-02T09:00:00Z"),
        exchange("GET", "/incidents", "statuses[]=triggered&sort_by=created_at:desc&date_range=all&limit=25"),
        exchange("POST", NOTES, body={"note": {"content": "x"}}),
        exchange("POST", "/incidents", body={"incident": OPENED | {"body": {"type": "incident_body", "details": "x"}}}),
        exchange("POST", "/v2/enqueue", body=EVENT),
    ],
)
def test_what_pagerduty_describes(asked: Exchange) -> None:
    assert request_violations(asked, require("specs")) == []


def test_an_answer_that_pagerduty_would_not_give() -> None:
    folder = require("specs")
    assert answer_violations(exchange("GET", NOTES, answer={"notes": []}), folder) == []
    found = answer_violations(exchange("GET", NOTES, answer={"notes": [{"id": 1, "content": "x"}]}), folder)
    assert any("1 is not of type 'string'" in one for one in found)
    whole = {"user": {"id": "P1", "type": "team", "name": "Ada", "email": "a@b.example"}}
    assert answer_violations(exchange("GET", "/oncalls", answer={"oncalls": [whole]}), folder) != []


def test_the_list_fills_while_requests_come() -> None:
    hub = small_hub()
    found = checked(hub)
    hub.world.traffic.answered(exchange("GET", "/abilities", answer={"abilities": []}))
    assert found == []
    hub.world.traffic.answered(exchange("GET", "/nowhere"))
    assert len(found) == 1
