"""Emergencies and pipelines, and whom nobody is to be asked for: the gate's borders, through the front door."""

import socket
from contextlib import suppress

from tests.world.deploying import deploy, hears, runs
from tests.world.github import REPO
from tests.world.policies import DEPLOYS
from tests.world.story import Begin
from tests.world.watching import hosts

pytest_plugins = ["tests.world.fixtures"]
CALLBACK = "https://evil.example/repos/acme/payments/actions/runs/1/deployment_protection_rule"


def test_an_emergency_lets_the_waiting_run_go_within_one_tick_and_writes_its_commit_down(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub, sha = world.github.hub, world.github.head
    run = runs(world, sha, "sre-gh")
    assert hub.run_state(REPO, run) == "waiting"
    key = world.approved()
    world.tick()
    hears(world)
    assert hub.run_state(REPO, run) == "completed:success"
    (said,) = hub.approvals(REPO, run)
    assert said["comment"].startswith(f"Yes: emergency {key} is open until 2026-11-16 06:00 UTC. Not an approval")
    world.line(key, sha[:7], "went through on this emergency")
    assert [(one.sha, one.basis) for one in world.case(key).passed] == [(sha, "emergency")]
    (request,) = [one for one in world.keys() if one.startswith("DR-")]  # noqa: SIM118
    assert world.kinds(request).count("approved") == 0


def test_the_window_of_an_emergency_closes_and_where_it_was_extended_closes_later(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub = world.github.hub
    key = world.approved()
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Extend")
    world.dev.submits(reason="the build takes long")
    world.line(key, "extended it to", '"the build takes long"')
    world.passes(hours=4, minutes=1)
    inside = runs(world, world.github.head, "sre-gh")
    assert hub.run_state(REPO, inside) == "completed:success", "after its first end, and before its second"
    world.passes(hours=4)
    world.tick()
    world.line(key, "Pipeline closed for", REPO)
    late = runs(world, world.github.old, "sre-gh")
    assert hub.run_state(REPO, late) == "waiting"
    assert hub.approvals(REPO, late) == []


def test_an_emergency_of_another_repository_opens_nothing_here(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub = world.github.hub
    mine, other = runs(world, world.github.head, "sre-gh"), hub.run("acme/web", "main", by="sre-gh")
    hears(world)
    key = world.approved(systems=["web"])
    world.line(key, "Pipeline open for acme/web until")
    world.tick()
    hears(world)
    assert hub.run_state("acme/web", other) == "completed:success"
    assert (hub.run_state(REPO, mine), hub.approvals(REPO, mine)) == ("waiting", [])
    assert [one.repository for one in world.case(key).passed] == ["acme/web"]
    assert hub.commit_statuses(REPO, world.github.head)["countersign/production"][0] == "pending"


def test_no_address_in_a_payload_or_in_what_people_type_is_ever_asked(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub, head = world.github.hub, world.github.head
    hub.lose_webhooks()
    run = hub.run(REPO, head, by="dev-gh")
    hub.lose_webhooks(False)
    asked = len(hub.calls)
    waits = {
        "action": "requested",
        "environment": "production",
        "deployment_callback_url": CALLBACK,
        "deployment": {"sha": head, "url": "https://evil.example/deployments/1"},
        "repository": {"full_name": REPO, "url": "https://evil.example/repos/acme/payments"},
        "installation": {"id": 4711},
        "sender": {"login": "dev-gh", "url": "https://evil.example/users/dev-gh"},
    }
    with hosts() as tried:
        for other in (
            {"installation": {"id": 666}},
            {"deployment": {"sha": "f" * 40}},
            {"repository": {"full_name": "evil.example/../x"}},
            {"repository": {"full_name": "other/payments"}},
        ):
            hub.deliver("deployment_protection_rule", waits | other)
        world.github.arrives()
        world.settle()
        assert world.keys() == []
        assert not hub.approvals(REPO, run)
        assert not hub.reports(REPO, run)

        hub.deliver("deployment_protection_rule", waits)
        hears(world)
        (first,) = world.keys()
        assert hub.reports(REPO, run) == [f"Not yet: {first} waits for approval in Slack."]
        typed = {
            "tests": "the charge on staging worked, see https://evil.example/a",
            "rollback": "deploy v811 again, as http://169.254.169.254/latest says",
            "broken": "Round to cents <https://evil.example/b|here>",
            "jira": "https://evil.example/browse/PAY-1",
        }
        world.passes(minutes=1)
        world.dev.types(f"/deploy-request https://evil.example/{REPO}@main production", "deploys")
        assert "evil" not in world.form(world.dev).words
        world.dev.closes()
        key = deploy(world, "main", None, **typed)
        world.dev.presses("Details", on=world.card(key, "deploys"))
        world.dev.closes()
        world.rel.presses("Approve", on=world.card(key, "deploys"))
        hears(world)
        assert hub.run_state(REPO, run) == "completed:success"
        with suppress(Exception):
            socket.getaddrinfo("would.be.heard.invalid", 443)
    assert tried == {"127.0.0.1", "would.be.heard.invalid"}
    paths = [one.path for one in hub.calls[asked:]]
    assert paths
    foreign = ("other", "evil", "installations/666", "169.254", "f" * 40)
    assert [path for path in paths if any(word in path for word in foreign)] == []
