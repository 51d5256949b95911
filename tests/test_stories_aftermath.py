"""Stories of what went live without waiting, or although somebody said no; and of what never did."""

from datetime import timedelta

from tests.world.story import World
from workflows.change import Status

pytest_plugins = ["tests.world.fixtures"]


def test_break_glass_is_told_to_everybody_and_never_looks_like_an_approval(world: World) -> None:
    key = world.declare()
    world.advance(minutes=14)
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Proceed without approval")
    form = world.dev.modal
    assert form.title == "Proceed without it"
    assert 'the record shows "without approval" for good' in form.words
    assert "a review is due Tue 03:00" in form.words
    assert world.dev.submits(reason="customers cannot pay").ok

    card = world.card(key)
    assert card.header == f"⚠️ Emergency {key}: proceeding WITHOUT approval"
    assert "Proceeding WITHOUT approval since" in card.words
    assert '@dev decided. Reason: "customers cannot pay".' in card.words
    assert card.labels == ["Mark deployed", "Details"]
    world.line(key, 'proceeds WITHOUT approval: "customers cannot pay".')
    broadcast = [one.text for one in world.messages() if "WITHOUT approval" in one.text]
    assert broadcast, "the line is also shown in the channel"
    for approver in (world.cto, world.lead):
        told = approver.dm("is going ahead on payments without approval since 03:14", "customers cannot pay")
        assert told.labels == ["Details"]
        assert "WITHOUT approval since 03:14" in approver.notified[-1]

    case = world.case(key)
    assert case.status is Status.PROCEEDING
    assert case.approvals == ()
    assert case.review is not None


def test_after_break_glass_nobody_can_approve_any_more(world: World) -> None:
    key = world.declare()
    before = world.card(key)
    world.dev.presses("Details", on=before)
    world.dev.presses("Proceed without approval")
    world.dev.submits(reason="customers cannot pay")
    world.cto.presses("Approve", on=before)
    world.cto.told(f"{key} is proceeding since 03:00, so it can't be approved any more.", "Nothing changed.")
    assert world.kinds(key).count("proceeding") == 1


def test_already_live_then_ratified(world: World) -> None:
    live = world.clock.now() - timedelta(minutes=20)
    key = world.declare(live_since=live, reference="v811")
    card = world.card(key)
    assert card.header == f"🚀 Emergency {key}: deployed"
    assert "Live since" in card.words
    assert "before it was declared" in card.words
    assert "Without approval" in card.words
    assert "Approve" not in card.labels
    case = world.case(key)
    assert case.review is not None
    assert case.review.start == live, "the clock started when it went live"

    told = world.cto.dm(f"Look afterwards: {key} payments went live without approval")
    assert told.labels[:2] == ["Ratify", "Object"]
    world.cto.presses("Ratify", on=told)
    assert "Without approval; ratified afterwards by @cto" in world.card(key).words
    world.line(key, "@cto ratified afterwards.")
    assert world.case(key).approvals[-1].voice == "ratify"
    decision = world.case(key).decision
    assert decision is None or decision.kind != "approved"


def test_marked_deployed_before_anybody_answered_asks_why_and_an_approver_objects(world: World) -> None:
    key = world.declare()
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Mark deployed")
    assert "This counts as going ahead without approval." in world.dev.modal.words
    assert world.dev.modal.fields["why"] == "Why before approval?"
    assert world.dev.submits(what="v811", outcome="ok", why="the checkout was down").ok
    assert world.card(key).header == f"🚀 Emergency {key}: deployed"
    assert "Without approval." in world.card(key).words
    assert {"proceeding", "deployed"} <= set(world.kinds(key))

    world.lead.presses("Details", on=world.card(key))
    assert {"Ratify", "Object"} <= set(world.lead.modal.labels)
    world.lead.presses("Object")
    world.lead.submits(reason="a restart was enough")
    assert "Without approval; objected to by @lead" in world.card(key).words
    world.line(key, '@lead objects: "a restart was enough".')
    world.dev.dm("@lead objects to", "a restart was enough")


def test_rejected_and_deployed_although(world: World) -> None:
    key = world.declare()
    world.cto.presses("Reject", on=world.card(key))
    world.cto.submits(reason="v811 has the same bug")
    assert world.case(key).closed_at is not None
    world.advance(minutes=20)
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Mark deployed")
    assert world.dev.modal.fields["why"] == "Why although it was rejected?"
    world.dev.submits(what="v811", outcome="ok", why="it was the only way")

    card = world.card(key)
    assert card.header == f"🚀 Emergency {key}: deployed although rejected"
    assert "@cto said no" in card.words
    assert "@dev recorded a deployment" in card.words
    assert 'Reason: "it was the only way".' in card.words
    world.line(key, "although it was rejected", '"it was the only way".')
    case = world.case(key)
    assert case.closed_at is None
    assert case.review is not None, "a review is owed from any deployment"
    assert case.deployments[0].basis == "rejected"


def test_one_hour_later_the_implementer_is_asked_whether_it_is_live(world: World) -> None:
    key = world.approved()
    world.advance(minutes=61)
    asked = world.dev.dm(key, "Did it go live?")
    assert asked.labels == ["Mark deployed", "Not needed", "Later"]
    world.dev.presses("Later", on=asked)
    assert any("05:01" in one.words or "05:01" in one.text for one in [*world.dev.dms, *world.dev.private()])
    world.advance(minutes=59)
    assert len([one for one in world.dev.notified if one.startswith(f"Is {key} live?")]) == 1
    world.advance(minutes=2)
    assert len([one for one in world.dev.notified if one.startswith(f"Is {key} live?")]) == 2

    world.dev.presses("Not needed", on=world.dev.dm(key, "Did it go live?"))
    card = world.card(key)
    assert card.header == f"⚪ Emergency {key}: closed, nothing deployed"
    assert "nothing was deployed" in card.words
    assert "Approval by @cto stays on record." in card.words
    assert card.labels == ["Details"]
    world.advance(hours=72)
    assert world.case(key).status is Status.WITHDRAWN
    assert not any("needs your review by" in one.words for one in world.cto.dms), "no review is owed any more"


def test_a_failed_deployment_goes_on_in_a_follow_on(world: World) -> None:
    key = world.approved()
    world.deployed(key, outcome="failed", known="the cache is cold")
    card = world.card(key)
    assert card.header == f"❌ Emergency {key}: deployed, did not work"
    assert "the cache is cold" in card.words
    assert card.labels == ["Declare again", "Write review", "Details"]
    world.dev.presses("Declare again", on=card)
    form = world.dev.modal
    assert f"From {key}; the two will be linked." in form.words
    assert form.value("broken") == "checkout 500s"
    assert form.value("plan") is None, "a plan that failed is not the next plan"
    assert form.value("systems") == ["payments"]
    world.dev.submits(plan="warm the cache first")
    assert world.case("EC-2026-0002").origin_key == key
    assert f"From {key}." in world.card("EC-2026-0002").words
    assert "EC-2026-0002" in world.line(key)


def test_rolled_back_after_it_was_live(world: World) -> None:
    key = world.approved()
    world.deployed(key)
    assert world.card(key).header == f"🚀 Emergency {key}: deployed"
    assert "Approved by @cto." in world.card(key).words
    world.advance(minutes=10)
    world.deployed(key, outcome="rolled-back")
    card = world.card(key)
    assert card.header == f"↩️ Emergency {key}: rolled back"
    assert "2 deployments in Details." in card.words
    world.dev.presses("Details", on=card)
    assert world.dev.modal.words.count("v811") >= 2
    assert len(world.case(key).deployments) == 2


def test_a_time_in_the_future_or_before_the_emergency_stands_at_the_field(world: World) -> None:
    key = world.approved()
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Mark deployed")
    now = world.clock.now()
    assert not world.dev.submits(what="v811", outcome="ok", at=now + timedelta(hours=1)).ok
    assert world.dev.modal.errors == {"at": "That time is in the future."}
    assert not world.dev.submits(at=now - timedelta(hours=1)).ok
    assert "That is before the emergency began" in world.dev.modal.errors["at"]
    assert world.dev.submits(at=now).ok
    assert world.case(key).status is Status.DEPLOYED


def test_withdrawn_because_nothing_was_touched(world: World) -> None:
    key = world.declare()
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Withdraw")
    assert world.dev.submits(touched="no", note="it healed by itself").ok
    card = world.card(key)
    assert card.header == f"⚪ Emergency {key}: withdrawn"
    assert "@dev withdrew it" in card.words
    assert "nothing was deployed" in card.words
    assert card.labels == ["Details"]
    assert "withdr" in world.cto.dm(key).words, "who was asked sees that nothing is needed"
    assert "Approve" not in world.cto.dm(key).labels


def test_withdraw_with_production_touched_becomes_mark_deployed(world: World) -> None:
    key = world.approved()
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Withdraw")
    world.dev.submits(touched="yes")
    assert world.dev.modal.title == "Mark deployed"
    world.dev.submits(what="half of v811", outcome="failed")
    assert world.case(key).status is Status.DEPLOYED
    assert world.card(key).header == f"❌ Emergency {key}: deployed, did not work"


def test_withdrawn_as_a_duplicate_of_another(world: World) -> None:
    first = world.declare()
    second = world.declare(by=world.sre)
    assert f"Also open on payments: {first}" in world.card(second).words
    world.sre.presses("Details", on=world.card(second))
    world.sre.presses("Withdraw")
    assert any(first in one for one in world.sre.searches("duplicate_of", "EC"))
    assert not any(second in one for one in world.sre.searches("duplicate_of", "EC")), "never itself"
    world.sre.submits(touched="no", duplicate_of=first)
    assert f"duplicate of {first}" in world.card(second).words
    assert world.case(second).duplicate_of == first


def test_the_pipeline_is_kept_open_once_more(world: World) -> None:
    key = world.approved()
    until = world.case(key).window_until
    assert until is not None
    world.dev.presses("Details", on=world.card(key))
    world.dev.presses("Extend")
    assert "07:00" in world.dev.modal.words
    assert "11:00" in world.dev.modal.words
    world.dev.submits(reason="the build takes long")
    assert world.case(key).window_until == until + timedelta(hours=4)
    world.line(key, "extended it to", '"the build takes long"')
    world.dev.presses("Details", on=world.card(key))
    assert "Extend" not in world.dev.modal.labels, "once"
