"""Stories of deciding: who said yes, who said no, and what everybody sees of it."""

import pytest

from tests.world.policies import BY_GROUP
from tests.world.story import Begin, World, until
from workflows.change import Status

pytest_plugins = ["tests.world.fixtures"]


def test_the_cto_approves_and_everybody_sees_it(world: World) -> None:
    key = world.declare()
    world.advance(minutes=4)
    assert world.cto.presses("Approve", on=world.cto.dm("Can you approve this?")).ok

    card = world.card(key)
    assert card.header == f"✅ Emergency {key}: approved"
    assert "@cto approved" in card.words
    assert "Go ahead. Pipeline open for acme/payments until" in card.words
    assert card.labels == ["Mark deployed", "Details"]
    told = world.dev.dm("pproved by @cto", "Go ahead: roll back to v811", "Afterwards press Mark deployed.")
    assert told.labels == ["Mark deployed", "Details"]
    assert world.dev.notified[-1].startswith(f"Approved: {key} payments")
    assert "By @cto at 03:04. Review due Tue 03:00." in world.dev.notified[-1]
    assert world.lead.dm("approved by @cto", "Nothing needed from you.").labels == []
    assert "you approved" in world.cto.dm(f"{key}: you approved").words
    world.line(key, "@dev declared this; ", "@cto", "@lead", "asked.")
    world.line(key, "@cto approved.")
    world.line(key, "Pipeline open for acme/payments until")

    case = world.case(key)
    assert case.status is Status.APPROVED
    assert case.review is not None
    assert case.review.owner == world.cto.person, "the approver who decided owns the review"
    evidence = next(one for one in world.events(key) if one.kind == "approved").data["evidence"]
    assert world.cto.person in evidence["roster"]["members"]
    assert evidence["account"]["slack"] == "U0CTO"


def test_the_requester_and_the_implementer_cannot_approve_and_the_try_is_kept(world: World) -> None:
    key = world.declare(by=world.lead, implementer="U0CTO")
    card = world.card(key)
    assert "asked by lead · done by cto" in card.words, "a first post mentions only who is asked"

    world.lead.presses("Approve", on=card)
    no = world.lead.told(f"You declared {key}, so you can't approve it.", "Nothing changed.")
    assert "This try is kept in the record." in no.words
    world.cto.presses("Approve", on=card)
    world.cto.told(f"You are carrying out {key}, so you can't approve it.", "Nothing changed.")

    assert world.case(key).status is Status.DECLARED
    refused = [one for one in world.events(key) if one.kind == "refused"]
    assert [(one.person, one.data["reason"]) for one in refused] == [
        (world.lead.person, "requester"),
        (world.cto.person, "implementer"),
    ]
    assert not any("lead" in line and "can't" in line for line in world.thread(key)), "refused tries have no line"


def test_a_refusal_names_who_can_and_when_they_were_asked(world: World) -> None:
    key = world.declare()
    world.dev.presses("Approve", on=world.card(key))
    world.dev.told(f"You declared {key}, so you can't approve it.", "@cto", "@lead", "can; both were asked at 03:00.")
    world.sre.presses("Approve", on=world.card(key))
    world.sre.told(f"Approving {key} takes someone from emergency-approvers.", "@cto", "@lead", "can; both were asked")


def test_when_nobody_of_the_group_is_left_the_fallback_is_asked_at_once(world: World) -> None:
    key = world.declare(by=world.lead, implementer="U0CTO")
    card = world.card(key)
    assert card.header == f"⏳ Emergency {key}: waiting, fallback asked"
    assert "Nobody in emergency-approvers can approve this one: 2 of 2 are part of it." in card.words
    assert world.rel.notified[-1].startswith(f"Approve? {key} payments: checkout 500s")
    world.rel.presses("Approve", on=world.rel.dm("Can you approve this?"))
    assert world.card(key).header == f"✅ Emergency {key}: approved"
    asked = [one.data for one in world.events(key) if one.kind == "asked" and one.data["round"] == "fallback"]
    assert asked[0]["why"] == "emergency-approvers: 2 party, 0 away, of 2"


@pytest.mark.both_databases
def test_two_approvers_press_at_the_same_moment(world: World) -> None:
    key = world.declare()
    slack, card = world.slack, world.card(key)
    both = world.at_once(
        lambda: slack.click("U0CTO", card.what, "approve"), lambda: slack.click("U0LEAD", card.what, "approve")
    )
    assert [one.ok for one in both] == [True, True], "nobody innocent sees an error"
    assert world.kinds(key).count("approved") == 1
    second = world.lead if world.case(key).approvals[0].person == world.cto.person else world.cto
    first = world.cto if second is world.lead else world.lead
    second.told(f"Already approved by @{first.name} at 03:00. Nothing changed.")
    assert world.card(key).header == f"✅ Emergency {key}: approved"


@pytest.mark.both_databases
def test_two_of_a_quorum_of_two_at_the_same_moment(world: World) -> None:
    key = world.declare(systems=["ledger"])
    slack, card = world.slack, world.card(key)
    assert "Needs 2 of emergency-approvers." in card.words
    world.at_once(
        lambda: slack.click("U0CTO", card.what, "approve"), lambda: slack.click("U0LEAD", card.what, "approve")
    )
    assert world.kinds(key).count("approved") == 2
    assert world.card(key).header == f"✅ Emergency {key}: approved"
    assert {one.person for one in world.case(key).approvals} == {world.cto.person, world.lead.person}


def test_one_of_two_is_counted_and_the_same_person_counts_once(world: World) -> None:
    key = world.declare(systems=["ledger"])
    world.advance(minutes=2)
    world.cto.presses("Approve", on=world.card(key))
    assert world.card(key).header == f"⏳ Emergency {key}: waiting for approval"
    assert "Said yes: @cto" in world.card(key).words
    assert "Still needed: 1 of emergency-approvers." in world.card(key).words
    assert world.cto.told(f"Counted for {key}. Still needed: 1 of emergency-approvers.").labels == ["Take back"]
    world.line(key, "@cto approved; still needed: 1 of emergency-approvers.")

    world.cto.presses("Approve", on=world.card(key))
    world.cto.told(f"You already approved {key} at 03:02; one person counts once.", "@lead can", "Nothing changed.")
    assert world.case(key).status is Status.DECLARED
    world.lead.presses("Approve", on=world.card(key))
    assert world.card(key).header == f"✅ Emergency {key}: approved"
    assert "@cto, @lead" in world.card(key).words or "@cto and @lead" in world.card(key).words


def test_one_no_is_final_and_says_why(world: World) -> None:
    key = world.declare()
    world.cto.presses("Reject", on=world.card(key))
    assert world.cto.modal.title == f"Reject {key}"
    assert world.cto.submits(reason="v811 has the same bug").ok
    card = world.card(key)
    assert card.header == f"🚫 Emergency {key}: rejected"
    assert "@cto said no" in card.words
    assert '"v811 has the same bug". Do not deploy this. A new plan needs a new emergency.' in card.words
    assert card.labels == ["Declare again", "Details"]
    told = world.dev.dm(f'@cto said no to {key}: "v811 has the same bug". Change the plan and declare again')
    assert told.labels == ["Declare again", "Details"]
    world.line(key, '@cto rejected: "v811 has the same bug".')

    assert world.case(key).status is Status.REJECTED


def test_a_stale_card_cannot_undo_a_no(world: World) -> None:
    key = world.declare()
    before = world.card(key)
    world.cto.presses("Reject", on=before)
    world.cto.submits(reason="v811 has the same bug")
    world.lead.presses("Approve", on=before)
    world.lead.told("Already rejected by @cto at 03:00. Nothing changed.")
    assert world.case(key).status is Status.REJECTED


def test_declare_again_is_prefilled_and_linked(world: World) -> None:
    key = world.declare(rollback="redeploy v812")
    world.cto.presses("Reject", on=world.card(key))
    world.cto.submits(reason="v811 has the same bug")
    world.dev.presses("Declare again", on=world.dev.dm("@cto said no"))
    form = world.dev.modal
    assert f"From {key}; the two will be linked." in form.words
    assert form.value("broken") == "checkout 500s"
    assert form.value("plan") == "roll back to v811"
    assert form.value("systems") == ["payments"]
    world.dev.submits(plan="roll back to v810")
    card = world.card("EC-2026-0002")
    assert card.header == "⏳ Emergency EC-2026-0002: waiting for approval"
    assert world.case("EC-2026-0002").origin_key == key
    assert "EC-2026-0002" in world.line(key)
    assert key in card.words


def test_take_back_makes_it_wait_again_for_a_second_voice(world: World) -> None:
    key = world.approved()
    world.advance(minutes=3)
    world.cto.presses("Take back", on=world.cto.dm(f"{key}: you approved"))
    card = world.card(key)
    assert card.header == f"⏳ Emergency {key}: waiting for approval"
    world.dev.dm("@cto took the approval back", f"{key} is waiting again; stop if you have not started.")
    world.line(key, "@cto took the approval back; it is waiting again.")

    world.cto.presses("Approve", on=card)
    no = world.cto.told(f"You took your approval of {key} back at 03:03, so someone else has to decide now: @lead.")
    assert "Nothing changed." in no.words
    world.lead.presses("Approve", on=card)
    assert world.card(key).header == f"✅ Emergency {key}: approved"
    assert "@lead approved" in world.card(key).words


def test_an_approval_cannot_be_taken_back_once_it_is_live(world: World) -> None:
    key = world.approved()
    mine = world.cto.dm(f"{key}: you approved")
    world.deployed(key)
    world.cto.presses("Take back", on=mine)
    world.cto.told(f"{key} went live at 03:00, so your approval can't be taken back.", channel=world.slack.dm("U0CTO"))
    assert world.case(key).status is Status.DEPLOYED


def test_the_approver_left_the_group_between_the_card_and_the_click(begin: Begin) -> None:
    world = begin(BY_GROUP)
    key = world.declare()
    card = world.card(key)
    assert "Asked Mon 03:00 CET @oncall-leads\n" in card.words
    assert card.words.count("@") == 1, "a first post mentions the group that was asked, once"
    world.slack.set_usergroup("S0LEADS", ["U0LEAD"])
    world.cto.presses("Approve", on=card)
    world.cto.told(f"Approving {key} takes someone from emergency-approvers. @lead can;", "Nothing changed.")
    assert world.case(key).status is Status.DECLARED
    world.lead.presses("Approve", on=card)
    assert world.case(key).status is Status.APPROVED


def test_the_approver_left_the_group_and_slack_told_nobody(begin: Begin) -> None:
    world = begin(BY_GROUP)
    key = world.declare()
    world.slack.state.usergroups["S0LEADS"].users = ["U0LEAD"]
    world.passes(seconds=61)
    world.cto.presses("Approve", on=world.card(key))
    world.cto.told(f"Approving {key} takes someone from emergency-approvers.")
    assert world.case(key).status is Status.DECLARED


def test_user_groups_are_rate_limited_at_the_click(begin: Begin) -> None:
    world = begin(BY_GROUP)
    key = world.declare()
    world.passes(seconds=61)
    fault = world.fault("rate_limited", "usergroups.users.list", times=1, retry_after=30)
    world.cto.presses("Approve", on=world.card(key))
    until(lambda: fault() == 0)
    no = world.cto.told("I could not check whether you are in emergency-approvers: Slack did not answer.")
    assert "Nothing was approved; try again in a minute." in no.words
    assert world.case(key).status is Status.DECLARED
    assert world.kinds(key)[-1] == "refused"

    world.advance(minutes=1)
    world.cto.presses("Approve", on=world.card(key))
    assert world.card(key).header == f"✅ Emergency {key}: approved"
