"""Every form: filled, sent, answered after the commit; mistakes at their fields; what was typed is never lost."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from bot.playground.faults import Fault
from bot.playground.records import Outcome, View
from tests.bot.house import House
from workflows import drafts, lists
from workflows.case import Case
from workflows.change import Action, Field, Judgement, Risk, Status, Type
from workflows.change import Outcome as How
from workflows.models import texts


def fields(values: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Values by field as the stand-in takes them."""
    return {(name, "v"): value for name, value in values.items()}


def shown(home: House, user: str) -> View:
    """The modal that is open."""
    view = home.ws.modal(user)
    assert view is not None
    return view


def act(home: House, user: str, action: str, **values: Any) -> Outcome:
    """Press a button in Details, fill the form, send it."""
    assert home.ws.click(user, home.card(), "details").ok
    assert home.ws.click(user, shown(home, user), action).ok
    return home.ws.submit(user, fields(values))


def approved(home: House) -> Case:
    """A change that the CTO approved."""
    case = home.declare()
    assert home.ws.click("UCTO", home.card(), Action.APPROVE).ok
    return home.case(case.key)


def deployed(home: House) -> Case:
    """A change that went live after its approval."""
    case = approved(home)
    assert home.ws.click("UDEV", home.card(), Action.MARK_DEPLOYED).ok
    assert home.ws.submit("UDEV", fields({"what": "v811", "known": "a bad deploy"})).ok
    return home.case(case.key)


def test_three_inputs_declare_an_emergency(home: House) -> None:
    assert home.ws.command("UDEV", "CINC", "/emergency-change payments: 500s").ok
    view = shown(home, "UDEV")
    assert [b["block_id"] for b in view.blocks if b["type"] == "input"] == ["broken", "plan", "systems"]
    assert home.ws.submit("UDEV", fields({"plan": "roll back"})).ok
    case = home.newest()
    assert (case.text(Field.WHY), case.systems) == ("payments: 500s", ("payments",))
    assert (case.environment, case.risk, case.implementer) == ("production", Risk.HIGH, case.requester)
    assert home.whispers("UDEV")[-1].startswith(f"Recorded as {case.key}")


def test_more_fields_keeps_what_was_typed(home: House) -> None:
    assert home.ws.command("UDEV", "CINC", "/emergency-change down").ok
    home.ws.fill("UDEV", fields({"plan": "roll back", "systems": ["search"]}))
    assert home.ws.click("UDEV", shown(home, "UDEV"), "more_fields").ok
    given = {"type": "database", "risk": "low", "implementer": "USRE", "jira": "ops-12", "rollback": "snapshot"}
    assert home.ws.submit("UDEV", fields(given)).ok
    case = home.newest()
    assert (case.text(Field.PLAN), case.systems) == ("roll back", ("search",))
    assert (case.type, case.risk, case.jira) == (Type.DATABASE, Risk.LOW, "OPS-12")
    assert case.text(Field.ROLLBACK) == "snapshot"
    assert case.implementer != case.requester


def test_a_type_of_change_asks_what_it_needs(home: House) -> None:
    assert home.ws.command("UDEV", "CINC", "/emergency-change down").ok
    assert home.ws.click("UDEV", shown(home, "UDEV"), "more_fields").ok
    assert home.ws.click("UDEV", shown(home, "UDEV"), "v", "type", selected="access").ok
    assert "access_until" in [b["block_id"] for b in shown(home, "UDEV").blocks]
    home.ws.close_modal("UDEV")


def test_an_open_emergency_on_the_same_system_is_named(home: House) -> None:
    case = home.declare("search")
    assert home.ws.command("USRE", "CINC", "/emergency-change down").ok
    assert case.key not in str(shown(home, "USRE").blocks)
    assert home.ws.click("USRE", shown(home, "USRE"), "v", "systems", selected=["search"]).ok
    assert case.key in str(shown(home, "USRE").blocks)
    home.ws.close_modal("USRE")


def test_a_link_that_cannot_be_read_stands_at_its_field_and_is_kept(home: House) -> None:
    assert home.ws.command("UDEV", "CINC", "/emergency-change down").ok
    assert home.ws.click("UDEV", shown(home, "UDEV"), "more_fields").ok
    wrong = {"plan": "p", "systems": ["search"], "jira": "http://"}
    outcome = home.ws.submit("UDEV", fields(wrong))
    assert outcome.errors == {"jira": "That is not a link I can read. Paste the whole address, or leave it empty."}
    assert home.ws.submit("UDEV", fields({"jira": "OPS-1"})).ok


def test_a_declaration_while_slack_is_down_is_recorded(home: House) -> None:
    assert home.ws.command("UDEV", "CINC", "/emergency-change down").ok
    home.ws.faults.add(Fault("outage"))
    outcome = home.ws.submit("UDEV", fields({"plan": "p", "systems": ["search"]}))
    home.ws.faults.clear()
    assert outcome.ok
    assert home.newest().text(Field.WHY) == "down"


def test_declared_where_we_are_not_the_person_is_told_where_the_card_is(home: House) -> None:
    assert home.ws.command("UDEV", "CRANDOM", "/emergency-change down").ok
    assert home.ws.submit("UDEV", fields({"plan": "p", "systems": ["search"]})).ok
    case = home.newest()
    assert case.channel is None
    assert "I am not in this channel" in home.told("UDEV")[-1]


def test_a_form_that_did_not_open_is_offered_again_with_the_words(home: House) -> None:
    home.ws.faults.add(Fault("outage", method="views.open", times=1))
    assert home.ws.command("USRE", "CINC", "/emergency-change the words I typed").ok
    assert home.ws.modal("USRE") is None
    assert home.whispers("USRE")[-1] == "The form did not open in time."
    line = [m for m in home.ws.messages("CINC", "USRE") if m.ephemeral_for == "USRE"][-1]
    assert home.ws.click("USRE", line, Action.DECLARE_AGAIN).ok
    assert "the words I typed" in str(shown(home, "USRE").blocks)
    assert home.ws.submit("USRE", fields({"plan": "p", "systems": ["search"]})).ok
    person = home.newest().requester
    with home.parts.database.read() as tx:
        assert drafts.latest(tx, person=person, form="declare", now=home.clock.now()) is None


def test_a_rejection_needs_a_reason_and_is_final(home: House) -> None:
    case = home.declare()
    assert home.ws.click("UCTO", home.card(), Action.REJECT).ok
    assert home.ws.submit("UCTO", fields({"reason": "  \n"})).errors == {
        "reason": "Give a reason; dev has to work with it."
    } or home.ws.modal("UCTO")
    assert home.ws.submit("UCTO", fields({"reason": "too risky"})).ok
    assert home.case(case.key).status is Status.REJECTED


def test_after_a_no_the_next_one_begins_with_what_was_written(home: House) -> None:
    case = home.declare(words="cart is empty")
    home.ws.click("UCTO", home.card(), Action.REJECT)
    home.ws.submit("UCTO", fields({"reason": "too risky"}))
    assert home.ws.click("UDEV", home.card(), Action.DECLARE_AGAIN).ok
    assert "cart is empty" in str(shown(home, "UDEV").blocks)
    assert home.ws.submit("UDEV", fields({"plan": "another plan"})).ok
    assert home.newest().origin_key == case.key
    assert home.case(case.key).follow_on == (home.newest().key,)


def test_somebody_who_was_too_slow_reads_so_in_the_form(home: House) -> None:
    case = home.declare()
    assert home.ws.click("ULEAD", home.card(), Action.REJECT).ok
    assert home.ws.click("UCTO", home.card(), Action.APPROVE).ok
    outcome = home.ws.submit("ULEAD", fields({"reason": "no"}))
    assert outcome.errors["reason"].startswith("Already approved by @cto")
    assert home.case(case.key).status is Status.APPROVED
    home.ws.close_modal("ULEAD")


def test_going_ahead_without_approval(home: House) -> None:
    case = home.declare()
    assert act(home, "UDEV", Action.PROCEED, reason="customers cannot pay").ok
    found = home.case(case.key)
    assert found.status is Status.PROCEEDING
    assert found.decision is not None
    assert found.body(found.decision.reason) == "customers cannot pay"
    assert home.ws.modal("UDEV") is None


def test_withdrawing_asks_whether_production_was_touched(home: House) -> None:
    case = home.declare()
    assert act(home, "UDEV", Action.WITHDRAW, touched="no", note="it healed").ok
    assert home.case(case.key).status is Status.WITHDRAWN


def test_a_touched_production_turns_the_withdrawal_into_a_deployment(home: House) -> None:
    case = home.declare()
    assert act(home, "UDEV", Action.WITHDRAW, touched="yes").ok
    assert shown(home, "UDEV").title == "Mark deployed"
    assert home.ws.submit("UDEV", fields({"what": "v811", "why": "it burned"})).ok
    found = home.case(case.key)
    assert found.status is Status.DEPLOYED
    assert found.deployments[0].basis == "proceeding"


def test_what_went_live_is_recorded(home: House) -> None:
    found = deployed(home)
    last = found.deployments[-1]
    assert (found.status, found.body(last.what), last.outcome) == (Status.DEPLOYED, "v811", How.OK)
    assert found.body(last.known) == "a bad deploy"


def test_the_details_form_completes_the_record_without_voiding_the_approval(home: House) -> None:
    case = approved(home)
    assert act(home, "UDEV", Action.ADD_DETAILS, rollback="back to v812", tests="ran on staging").ok
    found = home.case(case.key)
    assert (found.status, found.text(Field.ROLLBACK)) == (Status.APPROVED, "back to v812")


REVIEW = {
    "cause": "an empty cart was not expected",
    "judgement": "yes-with-findings",
    "tests": "smoke tests ran green",
    "missing_tests": "ran on staging first",
    "missing_rollback": "back to v812",
}
FOLLOW_UP = {"followup_what_1": "test empty carts", "followup_owner_1": "UDEV", "followup_due_1": "2099-01-01"}


def test_a_review_finds_the_notes_and_closes_with_its_follow_ups(home: House) -> None:
    case = deployed(home)
    assert home.ws.click("UCTO", home.card(), Action.WRITE_REVIEW).ok
    assert "a bad deploy" in str(shown(home, "UCTO").blocks)
    assert home.ws.submit("UCTO", fields(REVIEW)).errors == {
        "followup_what_1": 'Findings and "No" need at least one follow-up.'
    }
    assert home.ws.submit("UCTO", fields(FOLLOW_UP)).ok
    found = home.case(case.key)
    assert found.review is not None
    assert (found.status, found.review.judgement) == (Status.REVIEWED, Judgement.FINDINGS)
    assert [f.owner for f in found.review.follow_ups] == [case.requester]
    assert home.whispers("UCTO")[-1].startswith(f"Closed {case.key}, on time")


def test_an_unfinished_review_is_there_the_next_time(home: House) -> None:
    deployed(home)
    assert home.ws.click("UCTO", home.card(), Action.WRITE_REVIEW).ok
    assert not home.ws.submit("UCTO", fields(REVIEW)).ok
    home.ws.close_modal("UCTO")
    assert home.ws.click("UCTO", home.card(), Action.WRITE_REVIEW).ok
    assert "an empty cart was not expected" in str(shown(home, "UCTO").blocks)
    home.ws.close_modal("UCTO")


def test_more_fields_adds_a_follow_up(home: House) -> None:
    deployed(home)
    assert home.ws.click("UCTO", home.card(), Action.WRITE_REVIEW).ok
    assert home.ws.click("UCTO", shown(home, "UCTO"), "more_fields").ok
    assert "followup_what_2" in [b["block_id"] for b in shown(home, "UCTO").blocks]
    home.ws.close_modal("UCTO")


def test_a_review_is_handed_over_put_off_and_added_to(home: House) -> None:
    case = deployed(home)
    assert act(home, "UCTO", Action.SNOOZE, choice="1h").ok
    found = home.case(case.key)
    assert found.review is not None
    assert found.review.snoozes == 1
    lead = next(p for p in home.case(case.key).asks[0].people if p != found.review.owner)
    assert act(home, "UCTO", Action.HAND_OVER, to=lead, note="please").ok
    found = home.case(case.key)
    assert found.review is not None
    assert found.review.owner == lead
    done = REVIEW | {"judgement": "yes"}
    assert act(home, "ULEAD", Action.WRITE_REVIEW, **done).ok
    assert act(home, "ULEAD", Action.AMEND_REVIEW, text="also the cache").ok
    found = home.case(case.key)
    assert found.review is not None
    assert [found.body(a.text) for a in found.review.amendments] == ["also the cache"]


def test_a_window_is_extended_once(home: House) -> None:
    case = approved(home)
    assert act(home, "UDEV", Action.EXTEND, reason="still rolling out").ok
    assert home.case(case.key).extended


def test_a_message_is_linked_with_its_text(home: House) -> None:
    case = home.declare()
    message = home.ws.post("USRE", "CINC", "the database says <no> & stops")
    assert home.ws.message_shortcut("UDEV", "link_to_change", "CINC", message.ts).ok
    offered = home.ws.options("UDEV", "v", "change", case.key)
    assert [one["value"] for one in offered] == [case.key]
    assert home.ws.submit("UDEV", fields({"change": case.key})).ok
    with home.parts.database.read() as tx:
        kept = tx.execute(sa.select(texts.c.body)).scalars().all()
    assert "the database says <no> & stops" in kept
    assert home.whispers("UDEV")[-1] == f"Linked to {case.key}."


def test_a_form_without_the_record_says_so_and_stays_open(home: House) -> None:
    assert home.ws.command("UDEV", "CINC", "/emergency-change down").ok
    with home.parts.database.write() as tx:
        tx.execute(sa.text("ALTER TABLE events RENAME TO gone"))
    outcome = home.ws.submit("UDEV", fields({"plan": "p", "systems": ["search"]}))
    with home.parts.database.write() as tx:
        tx.execute(sa.text("ALTER TABLE gone RENAME TO events"))
    assert outcome.errors, outcome
    assert outcome.errors["broken"].startswith("I could not save that, so nothing happened.")
    assert home.ws.modal("UDEV") is not None
    assert home.ws.submit("UDEV").ok
    assert home.newest().text(Field.WHY) == "down"


@pytest.mark.parametrize("user", ["UGUEST"])
def test_a_guest_declares_nothing(home: House, user: str) -> None:
    with home.parts.database.read() as tx:
        before = lists.newest_key(tx)  # none, when this test comes first
    outcome = home.ws.command(user, "CINC", "/emergency-change down")
    assert outcome.ack_body["text"].startswith("Guests of this workspace can't declare changes.")
    assert home.ws.modal(user) is None
    with home.parts.database.read() as tx:
        assert lists.newest_key(tx) == before
