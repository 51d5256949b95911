"""The stand-in PagerDuty: what people do there, what it refuses, and that it goes on where it ended."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot.playground.pagerduty.hub import Hub
from bot.playground.pagerduty.server import build_pagerduty
from bot.playground.rest_faults import Fault
from tests.playground.pagerduty_spec import checked
from tests.playground.small_pagerduty import BEGIN, HOUR, ROUTING_KEY, SCHEDULE, SENDER, SERVICE, TOKEN, Now, small_hub


@dataclasses.dataclass
class Api:
    """Requests to a hub, as the official description would have them."""

    hub: Hub
    now: Now
    client: TestClient

    def __call__(self, method: str, path: str, body: Any = None, token: str = TOKEN, **query: Any) -> Any:
        """Ask, and return status and answer."""
        headers = {"authorization": f"Token token={token}", "from": SENDER}
        said = self.client.request(method, path, json=body, params=query, headers=headers)
        return said.status_code, said.json() if said.content else None


@pytest.fixture
def api() -> Iterator[Api]:
    """A small hub without a server; what it answers is as it is described."""
    now = Now()
    hub = small_hub(now)
    found = checked(hub, answers=True, needed=False)
    with TestClient(build_pagerduty(hub), base_url="https://api.pagerduty.com") as client:
        yield Api(hub, now, client)
    assert found == [], "\n".join(found)


def event(key: str = "k", action: str = "trigger", routing_key: str = ROUTING_KEY, **payload: Any) -> dict[str, Any]:
    """Return an event as it is sent."""
    filled = {"summary": "Disk full", "severity": "critical", "source": "db1"} | payload
    return {"routing_key": routing_key, "event_action": action, "dedup_key": key, "payload": filled}


@pytest.mark.parametrize(
    "path",
    [
        "/users",
        "/users/PADA",
        "/schedules",
        f"/schedules/{SCHEDULE}",
        "/escalation_policies",
        "/escalation_policies/PPOLICY",
        "/services",
        f"/services/{SERVICE}",
        "/abilities",
        "/oncalls",
        "/incidents",
        "/incidents/1001",
        "/incidents/1001/notes",
        "/incidents/1001/log_entries",
        "/webhook_subscriptions",
    ],
)
def test_every_answer_is_as_it_is_described(api: Api, path: str) -> None:
    id = api.hub.incident("Checkout", SERVICE, responders=["PBOB"])
    api.hub.acknowledge(id, "PADA")
    api.hub.annotate(id, "Looking", "PADA")
    api.hub.install("http://127.0.0.1:9/pagerduty/webhook", ["s"])
    assert api("GET", path)[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "/incidents/9", None, 404, "Not Found"),
        ("GET", "/schedules/PNONE", None, 404, "Not Found"),
        ("GET", "/users/me", None, 400, "Invalid Input Provided"),
        ("POST", "/incidents/1001/notes", {"note": {"content": " "}}, 400, "Invalid Input Provided"),
        ("PUT", "/incidents/1001", {"incident": {"type": "incident", "status": "triggered"}}, 400, "Invalid"),
    ],
)
def test_what_it_refuses(api: Api, method: str, path: str, body: Any, status: int, said: str) -> None:
    api.hub.incident("Checkout", SERVICE)
    answered, text = api(method, path, body)
    assert answered == status
    assert text["error"]["message"].startswith(said)


def test_a_token_that_is_none(api: Api) -> None:
    assert api("GET", "/abilities", token="none")[0] == 401
    api.hub.revoke_token(TOKEN)
    assert api("GET", "/abilities")[0] == 401


def test_a_status_is_put_once(api: Api) -> None:
    id = api.hub.incident("Checkout", SERVICE)
    over = {"incident": {"type": "incident", "status": "resolved"}}
    status, said = api("PUT", f"/incidents/{id}", over)
    assert (status, said["incident"]["status"], said["incident"]["assignments"]) == (200, "resolved", [])
    assert api("PUT", f"/incidents/{id}", over)[1]["error"]["errors"] == ["Incident Already Resolved"]


def test_incidents_are_listed_by_status_key_and_age(api: Api) -> None:
    old = api.hub.incident("Old", SERVICE)
    api.now.pass_by(timedelta(days=31))
    new = api.hub.incident("New", SERVICE)
    api.hub.resolve(new, "PADA")

    def ids(**query: Any) -> list[str]:
        return [one["id"] for one in api("GET", "/incidents", **query)[1]["incidents"]]

    assert ids() == [new]
    assert ids(date_range="all") == [old, new]
    assert ids(date_range="all", sort_by="created_at:desc", limit=1) == [new]
    assert ids(**{"date_range": "all", "statuses[]": ["triggered", "acknowledged"]}) == [old]
    assert ids(incident_key=new.lower()) == [new]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (event(routing_key="x"), "Invalid routing key"),
        (event(summary=""), "'payload.summary' is missing or blank"),
        (event(summary="S" * 1025), "Length of 'payload.summary' is more than 1024 characters"),
        (
            event(severity="bad"),
            "'payload.severity' is invalid (must be one of the following: critical, warning, error or info)",
        ),
        (event(source=""), "'payload.source' is missing or blank"),
        (event(key="k" * 256), "'dedup_key' is missing or too long"),
        (event() | {"links": [{"href": "http://localhost/x"}]}, "'links.href' is not a valid URL"),
        (event(action="wave"), "'event_action' is invalid"),
        ({"routing_key": ROUTING_KEY, "event_action": "resolve"}, "'dedup_key' is missing or too long"),
    ],
)
def test_events_that_are_invalid(broken: dict[str, Any], why: str) -> None:
    hub = small_hub()
    with TestClient(build_pagerduty(hub)) as client:
        said = client.post("/v2/enqueue", json=broken)
    assert (said.status_code, said.json()["errors"], hub.alerts) == (400, [why], [])


def test_an_alert_is_an_incident_and_both_end_together(api: Api) -> None:
    for _ in range(2):
        assert api("POST", "/v2/enqueue", event())[0] == 202
    (made,) = api.hub.incidents
    assert (made.title, made.urgency, made.key, api.hub.alerts[0].times) == ("Disk full", "high", "k", 2)
    api.hub.resolve(made.id, "PADA")
    assert api.hub.alerts[0].status == "resolved"
    api("POST", "/v2/enqueue", event(severity="info"))
    api("POST", "/v2/enqueue", {"routing_key": ROUTING_KEY, "event_action": "resolve", "dedup_key": "k"})
    assert [(one.status, one.urgency) for one in api.hub.incidents] == [("resolved", "high"), ("resolved", "low")]


def test_escalation_goes_to_the_next_level(api: Api) -> None:
    id = api.hub.incident("Checkout", SERVICE)
    assert api.hub.seen_incident(id).assigned == ["PADA"]
    api.hub.escalate(id, "PADA")
    assert api.hub.seen_incident(id).assigned == ["PBOB"]
    api.hub.off_call("PBOB")
    api.hub.escalate(id, "PBOB")
    assert api.hub.seen_incident(id).assigned == ["PBOB"]  # nobody is above


def test_whoever_stands_in_does_so_in_the_middle(api: Api) -> None:
    api.hub.override(SCHEDULE, "PBOB", BEGIN, BEGIN + HOUR / 2)
    since, until = (at.isoformat() for at in (BEGIN - HOUR, BEGIN + HOUR))
    answer = api("GET", "/oncalls", **{"since": since, "until": until, "schedule_ids[]": SCHEDULE})[1]["oncalls"]
    assert [(one["user"]["id"], one["start"][11:16], one["end"][11:16]) for one in answer] == [
        ("PADA", "08:00", "09:00"),
        ("PBOB", "09:00", "09:30"),
        ("PADA", "09:30", "10:00"),
    ]


def test_there_is_no_such_fault() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Fault("nonsense")


def test_everything_is_there_again(tmp_path: Path) -> None:
    hub = small_hub()
    id = hub.incident("Checkout", SERVICE, responders=["PBOB"])
    hub.annotate(id, "Looking", "PADA")
    hub.override(SCHEDULE, "PBOB", BEGIN, BEGIN + HOUR)
    with TestClient(build_pagerduty(hub)) as client:
        client.post("/v2/enqueue", json=event())
        change = {"payload": {"summary": "v812 is live"}, "routing_key": ROUTING_KEY}
        assert client.post("/v2/change/enqueue", json=change).status_code == 202
    path, again = tmp_path / "pagerduty.json", Hub(lambda: BEGIN)
    hub.save(path)
    again.load(path)
    assert {**again.state(), "changes": 0} == {**hub.state(), "changes": 0, "deliveries": []}
    assert again.notes(id) == ["Looking"]
    later = again.incident("Later", SERVICE)
    assert later not in [one.id for one in hub.incidents]
    assert again.seen_incident(later).number == 1003
    path.write_text(json.dumps({"version": 0}))
    with pytest.raises(ValueError, match="another version"):
        again.load(path)
    again.load(tmp_path / "absent.json")
