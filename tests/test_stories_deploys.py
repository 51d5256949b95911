"""Deploys through the front door: Slack, GitHub and the bot, each over its real protocol."""

from tests.world.deploying import approved, deploy, findings, hears, runs
from tests.world.github import REPO
from tests.world.policies import DEPLOYS, FROZEN
from tests.world.story import Begin

pytest_plugins = ["tests.world.fixtures"]


def test_approved_and_released(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub, sha = world.github.hub, world.github.head[:7]
    key = deploy(world)
    run = runs(world, world.github.head)
    card = world.card(key, "deploys")
    assert card.header == f"⏳ Deploy {key}: waiting for approval"
    assert card.labels == ["Approve", "Reject", "Details"]
    assert "Checks 1 passed · review ok · staging ok" in card.words
    assert f"Pipeline run #{run} is waiting; it goes when this is approved." in card.words
    assert hub.run_state(REPO, run) == "waiting"
    assert hub.reports(REPO, run) == [f"Not yet: {key} waits for approval in Slack."]

    world.passes(minutes=2)
    asked = world.rel.dm("Can you approve this?", "What changes: Round to cents", "If it goes wrong: deploy v811 again")
    world.rel.presses("Approve", on=asked)
    hears(world)
    assert hub.run_state(REPO, run) == "completed:success"
    assert [one["comment"] for one in hub.approvals(REPO, run)] == [
        f"Yes: approved as {key}, until 2026-11-16 10:02 UTC."
    ]
    card = world.card(key, "deploys")
    assert card.header == f"🚀 Deploy {key}: deployed"
    assert f"{sha} live since" in card.words
    assert card.labels == ["Details"]
    world.line(key, "rel approved.", channel="deploys")
    world.line(key, f"{sha} is live, deployed by dev.", channel="deploys")
    assert world.rel.dm(f"{key}: {sha} live since", "Nothing needed from you.").labels == []
    assert findings(world) == []


def test_a_push_after_the_approval_makes_it_void_and_the_old_commit_does_not_go(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    hub, old = world.github.hub, world.github.head
    key = approved(world)
    assert hub.commit_statuses(REPO, old)["countersign/production"][0] == "success"
    world.passes(minutes=5)
    _, new = world.github.change("sre", "Log less")
    hears(world)

    card = world.card(key, "deploys")
    assert card.header == f"↻ Deploy {key}: waiting again: it changed"
    assert "Changed since @rel approved" in card.words
    assert "2 new commits" in card.words
    assert "Needs approval again. See the difference." in card.words
    assert card.text.startswith(f"Approve again? {key} payments changed after the yes: 2 new commits")
    world.rel.dm("It changed; can you approve it as it is now?", "2 new commits")
    world.dev.dm("changed after @rel said yes: 2 new commits. It needs approval again.")
    world.line(key, "Changed since rel said yes: 2 new commits; approval is needed again.", channel="deploys")

    no = f"No: {key} is for {new[:7]} by now, not for {old[:7]}. Run the pipeline on that commit."
    assert hub.commit_statuses(REPO, old)["countersign/production"] == ("failure", no)
    late = runs(world, old)
    assert hub.run_state(REPO, late) == "completed:failure"
    assert [(one["state"], one["comment"]) for one in hub.approvals(REPO, late)] == [("rejected", no)]

    world.rel.presses("Approve", on=world.card(key, "deploys"))
    good = runs(world, new)
    assert hub.run_state(REPO, good) == "completed:success"
    assert world.card(key, "deploys").header == f"🚀 Deploy {key}: deployed"
    assert world.kinds(key).count("approved") == 2


def test_a_newer_request_takes_the_place_of_one_that_waits(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    first = deploy(world)
    old = world.card(first, "deploys")
    world.passes(minutes=1)
    second = deploy(world, world.github.head[:12], broken="Round to cents, and say so")

    card = world.card(first, "deploys")
    assert card.header == f"⏭ Deploy {first}: replaced"
    assert f"Replaced by {second}" in card.words
    assert "Decide there." in card.words
    assert card.labels == ["Details"]
    assert f"Replaces {first}." in world.card(second, "deploys").words
    assert world.rel.dm(f"{first}: replaced by {second}. Nothing needed from you.").labels == []

    world.rel.presses("Approve", on=old)
    world.rel.told(f"{second} replaced {first}", "Decide there. Nothing changed.", channel="deploys")
    world.rel.presses("Approve", on=world.card(second, "deploys"))
    assert world.card(second, "deploys").header == f"✅ Deploy {second}: approved for {world.github.head[:7]}"


def test_an_approval_that_nobody_used_expires_and_is_asked_for_again_with_one_click(begin: Begin) -> None:
    world = begin(DEPLOYS, github=True)
    key = approved(world)
    world.advance(hours=8, minutes=1)
    card = world.card(key, "deploys")
    assert card.header == f"⌛ Deploy {key}: expired"
    assert "Approval ended Mon 11:00 CET, 8 h after it was given; nothing was deployed." in card.words
    assert card.labels == ["Ask again", "Details"]
    no = f"No: the approval of {key} has expired. Ask again in Slack: one click on its card."
    assert world.github.hub.commit_statuses(REPO, world.github.head)["countersign/production"] == (
        "failure",
        no,
    )

    assert world.dev.dm("ended at 11:00, 8 h after it was given.").labels == ["Ask again", "Details"]
    world.dev.presses("Ask again", on=world.card(key, "deploys"))
    assert world.card(key, "deploys").header == f"⏳ Deploy {key}: waiting for approval"
    world.line(key, "dev asked for it again.", channel="deploys")
    assert world.rel.notified[-1].startswith(f"Approve? {key} acme/payments {world.github.head[:7]} to production")
    world.rel.presses("Approve", on=world.rel.dm("Can you approve this?"))
    assert "Pipeline open until Mon 19:01 CET." in world.card(key, "deploys").words


def test_a_freeze_holds_it_until_somebody_lifts_it_for_a_reason(begin: Begin) -> None:
    world = begin(FROZEN, github=True)
    hub = world.github.hub
    run = runs(world, world.github.head)
    (key,) = world.keys()
    card = world.card(key, "deploys")
    assert card.header == f"❄️ Deploy {key}: waiting for the freeze to end"
    held = "Production is frozen until Mon 08:00 CET: month end. emergency-approvers can lift it with a reason."
    assert held in card.words
    assert world.rel.dms == [], "nobody is asked for what nobody can give"
    world.rel.presses("Approve", on=card)
    world.rel.told(
        "Production is frozen until Mon 08:00: month end.",
        "emergency-approvers can lift it for this request, with a reason. Nothing changed.",
        channel="deploys",
    )

    world.cto.presses("Approve", on=card)
    assert world.cto.modal.fields == {"reason": "Why now, despite the freeze?"}
    world.cto.submits(reason="salaries are wrong")
    world.line(key, 'cto lifted the freeze for this request: "salaries are wrong".', channel="deploys")
    assert "@cto lifted the freeze for it" in world.card(key, "deploys").words
    assert world.kinds(key).count("approved") == 0, "a release manager still has to say yes"
    world.tick()
    assert hub.run_state(REPO, run) == "waiting"
    world.rel.presses("Approve", on=world.rel.dm("Can you approve this?"))
    hears(world)
    assert hub.run_state(REPO, run) == "completed:success"


def test_a_freeze_that_begins_after_the_approval_holds_the_run_and_thaws_by_itself(begin: Begin) -> None:
    later = FROZEN.replace("mon 02:00 - mon 08:00", "mon 03:30 - mon 04:00")
    world = begin(later, github=True)
    hub = world.github.hub
    key = approved(world)
    assert "A freeze begins Mon 03:30 CET and holds it from then on." in world.card(key, "deploys").words
    world.advance(minutes=31)
    run = runs(world, world.github.head)
    assert hub.run_state(REPO, run) == "waiting"
    assert hub.reports(REPO, run) == [
        f"Not yet: {key} is approved, but production is frozen until 2026-11-16 03:00 UTC: month end."
    ]
    assert world.card(key, "deploys").header == f"❄️ Deploy {key}: approved, held by a freeze"
    world.advance(minutes=29)
    hears(world)
    assert hub.run_state(REPO, run) == "completed:success"
    assert world.card(key, "deploys").header == f"🚀 Deploy {key}: deployed"
    assert world.kinds(key).count("approved") == 1


def test_back_to_what_was_live_in_a_freeze_with_one_click_and_forward_only_with_a_new_yes(begin: Begin) -> None:
    world = begin(FROZEN.replace("mon 02:00 - mon 08:00", "mon 03:40 - mon 08:00"), github=True)
    hub, good = world.github.hub, world.github.head
    first = approved(world)
    runs(world, good)
    world.passes(minutes=30)
    _, bad = world.github.change("sre", "Log less")
    hears(world)
    second = approved(world)
    runs(world, bad)
    world.passes(minutes=15)

    world.sre.types(f"/deploy-request {REPO}@{good} production", "deploys")
    form = world.form(world.sre)
    assert f"approved as {first}. It can go back without approval, also in a freeze." in form.words
    assert f"Going forward to {bad[:7]} again needs a new approval." in form.words
    assert form.fields == {"reason": "Why?"}
    world.sre.submits(reason="bills are wrong")
    (third,) = set(world.keys()) - {first, second}
    assert world.card(third, "deploys").header == f"↩️ Deploy {third}: going back"
    back = world.card(third, "deploys").words.replace("@sre", "sre")  # a mention, once the card was drawn again
    assert 'by sre: "bills are wrong". No approval needed for this way back' in back
    world.rel.dm("@sre took acme/payments → production back", "bills are wrong", "No approval was needed")
    run = runs(world, good, by="sre-gh")
    comments = [one["comment"] for one in hub.approvals(REPO, run)]
    assert comments == [f"Yes: {third} goes back to a commit that was live before. Not an approval."]
    assert hub.run_state(REPO, run) == "completed:success"
    assert world.card(third, "deploys").header == f"↩️ Deploy {third}: rolled back"
    assert "It went through in a freeze." in world.card(third, "deploys").words
    assert world.card(second, "deploys").header == f"↩️ Deploy {second}: rolled back"
    assert world.kinds(third).count("approved") == 0

    world.passes(minutes=15)
    again = runs(world, bad, by="sre-gh")
    assert hub.run_state(REPO, again) == "waiting"
    fourth = world.keys()[-1]
    assert world.card(fourth, "deploys").header == f"❄️ Deploy {fourth}: waiting for the freeze to end"
    assert findings(world) == []
