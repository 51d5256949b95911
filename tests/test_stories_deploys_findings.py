"""What went round the gate although somebody had asked, through the front door: found, told, and answered for."""

from tests.world.deploying import approved, findings, hears, runs
from tests.world.github import REPO
from tests.world.policies import DEPLOYS
from tests.world.story import Begin

pytest_plugins = ["tests.world.fixtures"]


def test_the_same_commit_again_long_after_its_approval_is_found_though_the_hook_was_lost(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub, sha = world.github.hub, world.github.head
    key = approved(world)
    runs(world, sha)
    assert world.card(key, "deploys").header == f"🚀 Deploy {key}: deployed"
    world.passes(hours=9)
    world.tick()
    assert findings(world) == []
    hub.lose_webhooks()
    hub.deploy(REPO, sha, "production", by="sre-gh", state="success")
    world.settle()
    assert findings(world) == []
    world.passes(minutes=1)
    world.tick()
    (found,) = findings(world)
    card = world.card(found, "deploys")
    assert card.header == f"🔎 Finding {found}: deployed outside its approval"
    assert f"by sre-gh outside the time that {key} allowed." in card.words
    assert card.labels == ["Write review", "Details"]


def test_a_merge_that_nobody_reviewed_is_found_and_answered_for(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    world.tick()
    world.github.change("dev", "Quick fix", reviewer=None)
    hears(world)
    world.passes(minutes=2)
    world.tick()
    (found,) = findings(world)
    card = world.card(found, "deploys")
    assert card.header == f"🔎 Finding {found}: merged without a review"
    assert "reached main Mon 03:00 CET by dev-gh without a review of its last commit" in card.words
    case = world.case(found)
    assert case.review is not None
    owner = next(one for one in (world.cto, world.lead, world.rel) if one.dms)
    assert owner.person == case.review.owner
    owner.presses("Write review", on=owner.dm(f"{found} needs your review by Tue 03:00"))
    assert owner.modal.fields["cause"] == "What was it, and why this way?"
    assert owner.submits(
        cause="the only reviewer was asleep, bills were wrong",
        deployed="a typo in one template",
        judgement="yes",
        tests="the bills of tonight",
        followup_what_1="ask a second reviewer",
        followup_owner_1=world.dev.id,
        followup_due_1="2026-12-01",
    ).ok
    card = world.card(found, "deploys")
    assert card.header == f"🔒 Finding {found}: closed"
    assert "on time, after 2 min. Verdict: appropriate. 1 follow-up, 1 open." in card.words


def test_another_commit_than_the_approved_one_is_found(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    world.tick()
    key = approved(world)
    world.github.hub.deploy(REPO, world.github.old, "production", by="sre-gh", state="success")
    hears(world)
    (found,) = findings(world)
    card = world.card(found, "deploys")
    assert card.header == f"🔎 Finding {found}: another commit was deployed"
    assert f"deployed another commit than the one in {key}" in card.words
    assert world.card(key, "deploys").header == f"✅ Deploy {key}: approved for {world.github.head[:7]}"
