"""Webhooks of the stand-in PagerDuty: signed with every secret, dropped on 4xx, the same again under the same id."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from bot.playground.pagerduty.hub import Hub
from bot.playground.pagerduty.webhooks import Delivery, sign
from tests.needs import require
from tests.playground.pagerduty_spec import webhook_violations
from tests.playground.small_github import Ear, listening
from tests.playground.small_pagerduty import SERVICE, small_hub


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Somebody who listens."""
    with listening() as one:
        yield one


def heard(ear: Ear) -> list[str]:
    """Return the kinds of what arrived."""
    return [json.loads(body)["event"]["event_type"] for _, body in ear.heard]


def installed(ear: Ear, *secrets: str) -> Hub:
    """Return a small hub that sends to somebody."""
    hub = small_hub()
    hub.install(ear.url, secrets or ("old",))
    return hub


def test_they_arrive_in_order_as_they_are_described(ear: Ear) -> None:
    hub = installed(ear)
    id = hub.incident("Checkout", SERVICE)
    hub.acknowledge(id, "PADA")
    hub.annotate(id, "Rolling back", "PADA")
    hub.escalate(id, "PADA")
    hub.resolve(id, "PADA")
    hub.reopen(id, "PADA")
    assert hub.settle()
    kinds = ["triggered", "acknowledged", "annotated", "escalated", "resolved", "reopened"]
    assert heard(ear) == [f"incident.{kind}" for kind in kinds]
    assert webhook_violations(hub.deliveries) == []
    note = json.loads(ear.heard[2][1])["event"]["data"]
    assert (note["content"], note["incident"]["id"], note["type"]) == ("Rolling back", id, "incident_note")


def test_during_rotation_each_secret_signs(ear: Ear) -> None:
    hub = installed(ear, "old", "new")
    hub.incident("Checkout", SERVICE)
    assert hub.settle()
    ((headers, body),) = ear.heard
    proofs = ["v1=" + hmac.new(one, body, hashlib.sha256).hexdigest() for one in (b"old", b"new")]
    assert headers["x-pagerduty-signature"] == ",".join(proofs)
    assert headers["x-webhook-id"] == hub.deliveries[0].id


def test_the_official_signature() -> None:
    vector = json.loads((require("specs") / "signature-vectors.json").read_text())["pagerduty"]
    assert sign((vector["secret"],), vector["body"].encode()) == vector["signature"]


def test_what_is_unwell_is_asked_again_and_what_is_lost_is_not(ear: Ear) -> None:
    hub = installed(ear)
    ear.status = 503
    hub.incident("Checkout", SERVICE)
    assert hub.settle()
    hub.lose_webhooks()
    hub.incident("Search", SERVICE)
    hub.lose_webhooks(False)
    ear.status = 200
    for _ in range(2):
        hub.retry()
        assert hub.settle()
    assert [(one.times, one.status) for one in hub.deliveries] == [(2, 200), (0, 0)]
    hub.redeliver(hub.deliveries[1].id, times=2)
    assert hub.settle()
    ids = [headers["x-webhook-id"] for headers, _ in ear.heard]
    assert ids == [hub.deliveries[0].id] * 2 + [hub.deliveries[1].id] * 2


def test_three_refusals_disable_a_subscription_until_it_is_made_anew(ear: Ear) -> None:
    hub = installed(ear)
    ear.status = 401
    for n in range(4):
        hub.incident(f"Checkout {n}", SERVICE)
        assert hub.settle()
    assert len(ear.heard) == 3
    ear.status = 200
    hub.install(ear.url, ["new"])
    hub.incident("Search", SERVICE)
    assert hub.settle()
    assert (len(ear.heard), len(hub.world.subscriptions)) == (4, 1)


def test_a_delivery_that_never_was() -> None:
    with pytest.raises(LookupError, match="nonsense"):
        small_hub().redeliver("nonsense")


def test_a_webhook_that_pagerduty_would_not_send(ear: Ear) -> None:
    hub = installed(ear)
    hub.incident("Checkout", SERVICE)
    assert hub.settle()
    body = json.loads(hub.deliveries[0].body)
    del body["event"]["agent"]
    body["event"]["data"] |= {"number": "1", "colour": "red"}
    found = webhook_violations([Delivery("1", "incident.triggered", json.dumps(body).encode(), "P1")])
    name = "incident.triggered"
    assert found == [
        f"{name}: agent is missing",
        f"{name} data: colour is not described",
        f"{name} data: number is str",
    ]
