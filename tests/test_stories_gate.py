"""Pipelines that wait, through the front door: let through by an emergency, lost, cancelled, and lied about."""

import time

from tests.world.github import REPO
from tests.world.policies import DEPLOYS
from tests.world.story import Begin

pytest_plugins = ["tests.world.fixtures"]


def test_a_break_glass_opens_the_pipelines_of_its_systems_within_five_seconds(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub = world.github.hub
    run = hub.run(REPO, world.github.head, by="sre-gh", outcome=None)
    other = hub.run("acme/web", "main", by="sre-gh", outcome=None)
    world.github.arrives()
    world.tick()
    assert (hub.run_state(REPO, run), hub.run_state("acme/web", other)) == ("waiting", "waiting")
    assert hub.reports(REPO, run)[-1].startswith("Not yet: DR-")

    key = world.declare()
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Proceed without approval")
    clicked = time.perf_counter()
    world.dev.submits(reason="money is being lost")
    world.settle()
    took = time.perf_counter() - clicked

    assert took < 5
    assert (hub.run_state(REPO, run), hub.run_state("acme/web", other)) == ("in_progress", "waiting")
    assert f"emergency {key}" in str(hub.approvals(REPO, run))
    assert world.line(key, world.github.head[:7], "went through on this emergency")
    status, _ = hub.commit_statuses(REPO, world.github.head)["countersign/production"]
    assert status == "success"

    world.advance(hours=4, minutes=1)
    assert world.line(key, "Pipeline closed for", REPO)
    late = hub.run(REPO, world.github.old, by="sre-gh")
    world.github.arrives()
    world.tick()
    assert hub.run_state(REPO, late) == "waiting"


def test_a_lost_webhook_is_made_up_for_and_a_run_that_was_cancelled_gets_no_verdict(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub = world.github.hub
    hub.lose_webhooks()
    run = hub.run(REPO, world.github.head, by="sre-gh")
    world.settle()
    assert world.keys() == []
    world.tick()
    (key,) = world.keys()
    assert "waiting for approval" in world.card(key, "deploys").header

    hub.cancel(REPO, run)
    world.tick()
    world.rel.presses("Approve", on=world.card(key, "deploys"))
    world.tick()
    assert (hub.run_state(REPO, run), hub.approvals(REPO, run)) == ("cancelled", [])


def test_what_a_payload_says_makes_nobody_ask_another_host_or_for_another_run(begin: Begin) -> None:
    """Every socket but loopback is closed to tests: a request to a foreign host would be a fault in the log."""
    world = begin(DEPLOYS, github=True)
    hub = world.github.hub
    asked = len(hub.calls)
    away = "https://evil.example/repos/acme/payments/actions/runs/1/deployment_protection_rule"
    around = {
        "action": "requested",
        "environment": "production",
        "deployment_callback_url": away,
        "sender": {"login": "dev-gh"},
    }
    for more in (
        {"repository": {"full_name": REPO}, "installation": {"id": 666}},
        {"repository": {"full_name": REPO, "url": "https://evil.example"}, "installation": {"id": 4711}},
        {"repository": {"full_name": "evil.example/../x"}, "installation": {"id": 4711}},
    ):
        hub.deliver("deployment_protection_rule", around | more)
    world.github.arrives()
    world.settle()
    assert world.keys() == []
    assert [one.status for one in hub.deliveries[-3:]] == [200, 200, 200]  # heard, and nothing taken up
    assert all("evil" not in str(call) for call in hub.calls[asked:])
