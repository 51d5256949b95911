"""What a deploy rests on, through the front door: GitHub silent, hooks lost or repeated, and what is not there."""

from bot.playground.github.faults import Fault
from tests.world.deploying import deploy, hears, runs
from tests.world.github import REPO
from tests.world.policies import DEPLOYS
from tests.world.story import Begin

pytest_plugins = ["tests.world.fixtures"]


def test_whoever_starts_a_run_is_known_by_the_address_that_github_verified(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    world.dev.types("/change whoami", "deploys")
    world.dev.told("GitHub not known", channel="deploys")
    runs(world, world.github.head)
    (key,) = world.keys()
    assert world.case(key).requester == world.dev.person
    world.line(key, "dev asked for this deploy; rel asked.", channel="deploys")
    assert "dev-gh" not in world.card(key, "deploys").words


def test_github_down_for_four_hours_loses_no_request_and_nobody_can_approve_before_it_is_back(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub = world.github.hub
    hub.faults.add(Fault("outage"))
    key = deploy(world)
    card = world.card(key, "deploys")
    assert card.header == f"⏳ Deploy {key}: waiting for GitHub"
    assert "GitHub has not answered since Mon 03:00 CET. The request is recorded." in card.words
    assert "Checks unknown · review unknown · staging unknown · branch rules unknown" in card.words
    assert card.labels == ["Details"]
    for hours in (2, 2):
        world.passes(hours=hours)
        world.tick()
    world.rel.presses("Details", on=card)
    assert "Approve" not in world.rel.modal.labels
    assert "GitHub silent since 03:00" in world.rel.modal.words
    assert "GitHub: not linked" not in world.rel.modal.words
    assert world.rel.dms == []

    hub.faults.clear()
    world.passes(minutes=1)
    world.tick()
    world.line(key, "GitHub answers again; it was silent since Mon 03:00 CET.", channel="deploys")
    world.line(key, "Asked rel; only their answer is missing.", channel="deploys")
    assert f"{world.github.head[:7]} (main) · 2 commits" in world.card(key, "deploys").words
    world.rel.presses("Approve", on=world.rel.dm("Can you approve this?"))
    run = runs(world, world.github.head)
    assert hub.run_state(REPO, run) == "completed:success"


def test_while_github_is_silent_an_old_card_approves_nothing(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    key = deploy(world)
    card = world.card(key, "deploys")
    world.github.hub.faults.add(Fault("outage"))
    world.passes(minutes=11)
    world.tick()
    world.rel.presses("Approve", on=card)
    world.rel.told(
        "GitHub has not answered since 03:00, so I can't show you what you would approve.",
        "Nothing was approved; this card updates by itself.",
        channel="deploys",
    )
    assert world.kinds(key).count("approved") == 0
    assert world.card(key, "deploys").header == f"⏳ Deploy {key}: waiting for GitHub"
    world.github.hub.faults.clear()
    world.passes(minutes=1)
    world.tick()
    world.rel.presses("Approve", on=world.card(key, "deploys"))
    assert world.card(key, "deploys").header == f"✅ Deploy {key}: approved for {world.github.head[:7]}"


def test_a_hook_that_comes_a_hundred_times_is_one_request(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub = world.github.hub
    run = hub.run(REPO, world.github.head, by="dev-gh")
    (first,) = [one.id for one in hub.deliveries if one.event == "deployment_protection_rule"]
    hub.redeliver(first, times=100)
    hears(world)
    (key,) = world.keys()
    assert len(world.cards("deploys")) == 1
    assert len(world.rel.dms) == 1
    assert hub.reports(REPO, run) == [f"Not yet: {key} waits for approval in Slack."]
    world.rel.presses("Approve", on=world.card(key, "deploys"))
    hears(world)
    hub.redeliver(first)
    hears(world)
    assert [one["state"] for one in hub.approvals(REPO, run)] == ["approved"]
    assert world.keys() == [key]


def test_what_was_not_on_staging_waits_and_approvers_are_asked_when_it_was(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    _, sha = world.github.change("dev", "Faster", staging=False)
    key = deploy(world)
    card = world.card(key, "deploys")
    assert card.header == f"⏳ Deploy {key}: waiting for staging"
    assert "Not yet: this commit has not been deployed to staging; approvers are asked when that holds." in card.words
    assert "Checks 1 passed · review ok · staging not passed · branch rules ok" in card.words
    assert card.labels == ["Details"]
    assert world.rel.dms == []
    world.github.hub.deploy(REPO, sha, "staging", by="sre-gh", state="success")
    hears(world)
    world.rel.presses("Approve", on=world.rel.dm("Can you approve this?", "staging ok"))
    assert world.card(key, "deploys").header == f"✅ Deploy {key}: approved for {sha[:7]}"


def test_a_red_status_of_the_old_kind_beside_green_checks_holds_it(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub, sha = world.github.hub, world.github.head
    key = deploy(world)
    old = world.card(key, "deploys")
    hub.status(REPO, sha, "jenkins", "failure")
    hears(world)
    card = world.card(key, "deploys")
    assert card.header == f"⏳ Deploy {key}: waiting for checks"
    assert "Not yet: jenkins did not pass; nobody can approve before that." in card.words
    world.rel.presses("Approve", on=old)
    no = world.rel.told(f"{key} can't be approved yet: jenkins did not pass.", channel="deploys")
    assert "You will be asked again when that holds. Nothing changed." in no.words
    hub.status(REPO, sha, "jenkins", "success")
    hears(world)
    assert "Checks 2 passed" in world.card(key, "deploys").words
    world.rel.presses("Approve", on=world.card(key, "deploys"))
    assert world.card(key, "deploys").header == f"✅ Deploy {key}: approved for {sha[:7]}"


def test_a_review_of_an_older_commit_is_no_review(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    number, sha = world.github.change("dev", "Faster", after_review="One more thing")
    world.github.arrives()
    key = deploy(world)
    card = world.card(key, "deploys")
    assert card.header == f"⏳ Deploy {key}: waiting for a review"
    assert f"Not yet: #{number} was approved on" in card.words
    assert "not on its last commit; approvers are asked when that holds." in card.words
    assert "review not passed" in card.words
    assert world.rel.dms == []
    run = runs(world, sha)
    assert world.github.hub.run_state(REPO, run) == "waiting"
