"""Webhooks: signed, in order, once, and as GitHub's official description says."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.playground.github.hub import Hub
from tests.playground.github_spec import webhook_violations
from tests.playground.small_github import REPO, SECRET, Clocks, Ear, listening, small_hub


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Somebody who listens."""
    with listening() as one:
        yield one


def kinds(hub: Hub) -> list[str]:
    """Return event and action of every delivery."""
    found = []
    for one in hub.deliveries:
        action = json.loads(one.body).get("action")
        found.append(one.event if action is None else f"{one.event}.{action}")
    return found


def test_they_arrive_signed_and_in_order(ear: Ear) -> None:
    hub = small_hub(webhook_url=ear.url)
    sha = hub.commit(REPO, author="ada")
    hub.check(REPO, sha, "unit")
    hub.run(REPO, sha, by="ada")
    assert hub.settle()
    heard = [headers["x-github-event"] for headers, _ in ear.heard]
    run = ["workflow_run", "deployment", "deployment_protection_rule"]
    assert heard == ["push", "push", "check_run", "check_run", *run]
    for (headers, body), delivery in zip(ear.heard, hub.deliveries, strict=True):
        proof = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert (headers["x-hub-signature-256"], headers["x-github-delivery"]) == (proof, delivery.id)
        assert (delivery.body, delivery.status, delivery.times) == (body, 202, 1)


def test_what_is_lost_is_not_sent_but_can_be_sent_again(ear: Ear) -> None:
    hub = small_hub(webhook_url=ear.url)
    hub.settle()
    ear.heard.clear()
    hub.lose_webhooks()
    run = hub.run(REPO, "main", by="ada")
    hub.lose_webhooks(False)
    assert hub.settle()
    assert (ear.heard, hub.run_state(REPO, run)) == ([], "waiting")
    lost = hub.deliveries[-1]
    assert (lost.event, lost.status) == ("deployment_protection_rule", 0)
    hub.redeliver(lost.id, times=3)
    assert hub.settle()
    assert [headers["x-github-delivery"] for headers, _ in ear.heard] == [lost.id] * 3
    with pytest.raises(LookupError):
        hub.redeliver("none")


def test_a_refused_one_is_not_tried_again(ear: Ear) -> None:
    hub = small_hub(webhook_url=ear.url)
    hub.settle()
    ear.heard.clear()
    ear.status = 500
    hub.commit(REPO, author="ada")
    assert hub.settle()
    assert (len(ear.heard), hub.deliveries[-1].status) == (1, 500)


def test_an_app_that_is_not_there_and_one_without_an_address() -> None:
    hub = small_hub(webhook_url="http://127.0.0.1:9/github/webhook")
    assert hub.settle()
    assert [one.status for one in hub.deliveries] == [0]
    silent = small_hub()
    assert silent.settle()
    assert [(one.event, one.times) for one in silent.deliveries] == [("push", 0)]


def test_nothing_is_told_of_repositories_without_the_app(ear: Ear) -> None:
    hub = small_hub(webhook_url=ear.url)
    hub.add_repository("rival/secrets")
    before = len(hub.deliveries)
    hub.commit("rival/secrets", author="bob")
    hub.run("rival/secrets", "main", by="bob")
    assert len(hub.deliveries) == before


def test_any_payload_can_be_sent_signed(ear: Ear) -> None:
    hub = small_hub(webhook_url=ear.url)
    hub.settle()
    ear.heard.clear()
    made = hub.deliver("deployment_protection_rule", {"action": "requested", "deployment_callback_url": "http://evil"})
    assert hub.settle()
    ((headers, body),) = ear.heard
    assert headers["x-github-delivery"] == made
    assert json.loads(body)["deployment_callback_url"] == "http://evil"


def test_every_kind_is_as_described() -> None:
    clocks = Clocks()
    hub = small_hub(clocks)
    hub.commit(REPO, author="Eve <eve@elsewhere.example>", pusher="ada", branch="fees", files={"README.md": None})
    pull = hub.open_pull(REPO, author="ada", title="Fees", branch="fees")
    sha = hub.commit(REPO, author="ada", branch="fees", co_authors=["Bob Hale <bob@acme.example>"])
    review = hub.review(REPO, pull, by="bob")
    hub.dismiss_review(REPO, pull, review, by="bob")
    hub.check(REPO, sha, "unit")
    hub.status(REPO, sha, "legacy", "error")
    waiting = hub.run(REPO, "fees", by="ada")
    hub.merge(REPO, pull, by="bob", method="squash")
    hub.tag(REPO, "v1", "main")
    hub.deploy(REPO, "main", "staging", by="ada")
    hub.environment(REPO, "production", can_admins_bypass=True)
    hub.admin_bypass(REPO, waiting, "bob")
    hub.cancel(REPO, hub.run(REPO, "main", by="ada"))
    late = hub.run(REPO, "main", by="ada")
    clocks.pass_by(timedelta(days=31))
    assert hub.run_state(REPO, late) == "completed:failure"
    assert set(kinds(hub)) == {
        "push",
        *("pull_request.opened", "pull_request.synchronize", "pull_request.closed"),
        *("pull_request_review.submitted", "pull_request_review.dismissed"),
        *("check_run.created", "check_run.completed", "status"),
        *("workflow_run.requested", "workflow_run.in_progress", "workflow_run.completed"),
        *("deployment.created", "deployment_status.created", "deployment_protection_rule.requested"),
    }
    assert webhook_violations(hub.deliveries) == []


def test_what_stops_being_live_is_not_told() -> None:
    hub = small_hub()
    hub.environment(REPO, "staging", custom_rule=False)
    for _ in range(2):
        hub.run(REPO, "main", environment="staging", by="ada")
    statuses = [one for one in hub.deliveries if one.event == "deployment_status"]
    states = [json.loads(one.body)["deployment_status"]["state"] for one in statuses]
    assert states == ["in_progress", "success"] * 2
    first = next(iter(hub.world.repository(REPO).deployments.values()))
    assert [one.state for one in first.statuses] == ["in_progress", "success", "inactive"]


def test_a_forced_push_says_so() -> None:
    hub = small_hub()
    begin = hub.commit(REPO, author="ada", branch="fees")
    hub.commit(REPO, author="ada", branch="fees")
    hub.branch(REPO, "fees", begin, by="ada")
    assert [json.loads(one.body)["forced"] for one in hub.deliveries[-2:]] == [False, True]


def test_the_gates_question_names_everything() -> None:
    hub = small_hub()
    hub.base_url = "http://127.0.0.1:9/"
    sha = hub.commit(REPO, author="ada", branch="fees")
    pull = hub.open_pull(REPO, author="ada", title="Fees", branch="fees")
    run = hub.run(REPO, "fees", by="bob", event="workflow_dispatch")
    asked = json.loads(hub.deliveries[-1].body)
    where = f"http://127.0.0.1:9/repos/{REPO}/actions/runs/{run}/deployment_protection_rule"
    assert (asked["deployment_callback_url"], asked["environment"]) == (where, "production")
    assert (asked["event"], asked["sender"]["login"]) == ("workflow_dispatch", "bob")
    assert (asked["deployment"]["sha"], asked["deployment"]["ref"]) == (sha, "fees")
    assert asked["deployment"]["creator"]["login"] == "github-actions[bot]"
    assert [one["number"] for one in asked["pull_requests"]] == [pull]
    assert asked["installation"]["id"] == 4711
