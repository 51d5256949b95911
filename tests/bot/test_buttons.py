"""Every button: one use case, said in a private line when the answer is no; the record holds both."""

import pytest

from bot.playground.faults import Fault
from tests.bot.house import House
from workflows import facts
from workflows.change import Action, Status


def opened(home: House, user: str, action: str) -> str:
    """Press a button on the last card; the title of the form that is open then."""
    outcome = home.ws.click(user, home.card(), action)
    assert outcome.ok, outcome
    view = home.ws.modal(user)
    return view.title if view else ""


def test_the_cto_approves_and_the_card_moves(home: House) -> None:
    case = home.declare()
    assert home.ws.click("UCTO", home.card(), Action.APPROVE).ok
    assert home.case(case.key).status is Status.APPROVED
    assert home.card().text.startswith(f"Approved: {case.key} payments")


def test_the_requester_is_refused_in_a_private_line_and_the_try_is_kept(home: House) -> None:
    case = home.declare()
    assert home.ws.click("UDEV", home.card(), Action.APPROVE).ok
    assert home.case(case.key).status is Status.DECLARED
    told = home.whispers("UDEV")[-1]
    assert told.startswith(f"You declared {case.key}, so you can't approve it.")
    assert told.endswith("Nothing changed.")
    assert "approved" not in str([a.voice for a in home.case(case.key).approvals])


def test_somebody_outside_the_group_is_refused(home: House) -> None:
    case = home.declare()
    assert home.ws.click("USRE", home.card(), Action.APPROVE).ok
    assert home.case(case.key).status is Status.DECLARED
    assert home.whispers("USRE")[-1].startswith(f"Approving {case.key} takes someone from leads.")


def test_a_guest_is_refused_by_the_use_case(home: House) -> None:
    case = home.declare()
    assert home.ws.click("UGUEST", home.card(), Action.APPROVE).ok
    assert home.case(case.key).status is Status.DECLARED
    assert home.whispers("UGUEST")[-1].startswith("Guests of this workspace can't approve changes.")


def test_a_guest_opens_no_form(home: House) -> None:
    home.declare()
    assert opened(home, "UGUEST", "details") == ""
    assert home.whispers("UGUEST")[-1].startswith("Guests of this workspace can't")


def test_a_quorum_counts_both_and_says_what_is_still_needed(home: House) -> None:
    case = home.declare("card vault")
    card = home.card()
    assert home.ws.click("UCTO", card, Action.APPROVE).ok
    assert "Still needed: 1 of security" in home.whispers("UCTO")[-1]
    assert home.ws.click("USEC", card, Action.APPROVE).ok
    assert home.case(case.key).status is Status.APPROVED


def test_a_click_that_arrives_twice_counts_once(home: House) -> None:
    case = home.declare()
    home.ws.faults.add(Fault("duplicate", times=1))
    assert home.ws.click("UCTO", home.card(), Action.APPROVE).ok
    found = home.case(case.key)
    assert found.status is Status.APPROVED
    assert [a.person for a in found.approvals].count(found.approvals[0].person) == 1


def test_a_card_from_before_a_change_is_not_what_is_approved(home: House) -> None:
    case = home.declare()
    old = home.card()
    assert opened(home, "UDEV", "details")
    view = home.ws.modal("UDEV")
    assert view is not None
    assert home.ws.click("UDEV", view, Action.ADD_DETAILS).ok
    assert home.ws.submit("UDEV", {("plan", "v"): "restart everything"}).ok
    assert home.case(case.key).revision == 2
    assert home.ws.click("UCTO", old, Action.APPROVE).ok
    assert home.case(case.key).status is Status.DECLARED
    assert "your click was not counted" in home.whispers("UCTO")[-1]
    assert home.ws.click("UCTO", home.card(), Action.APPROVE).ok
    assert home.case(case.key).status is Status.APPROVED


def test_an_approval_is_taken_back(home: House) -> None:
    case = home.declare()
    home.ws.click("UCTO", home.card(), Action.APPROVE)
    assert opened(home, "UCTO", "details") == case.key
    view = home.ws.modal("UCTO")
    assert view is not None
    assert home.ws.click("UCTO", view, Action.TAKE_BACK).ok
    assert home.case(case.key).status is Status.DECLARED
    redrawn = home.ws.modal("UCTO")
    assert redrawn is not None
    assert "take_back" not in str(redrawn.blocks)
    home.ws.close_modal("UCTO")


@pytest.mark.parametrize(
    ("user", "action", "title"),
    [
        ("UCTO", Action.REJECT, "Reject {key}"),
        ("UCTO", "details", "{key}"),
    ],
)
def test_a_button_opens_its_form(home: House, user: str, action: str, title: str) -> None:
    case = home.declare()
    assert opened(home, user, action) == title.replace("{key}", case.key)
    home.ws.close_modal(user)


def test_a_form_that_would_be_refused_does_not_open(home: House) -> None:
    case = home.declare()
    assert opened(home, "UDEV", Action.REJECT) == ""
    assert home.whispers("UDEV")[-1].startswith(f"You declared {case.key}")


def test_a_form_that_slack_does_not_take_is_said_to_have_come_too_late(home: House) -> None:
    case = home.declare()
    card = home.card()
    home.ws.faults.add(Fault("outage", method="views.open", times=1))
    assert home.ws.click("UCTO", card, Action.REJECT).ok
    assert home.ws.modal("UCTO") is None
    assert home.whispers("UCTO")[-1] == f"{case.key}: the form did not open in time."


def test_when_slack_will_not_say_who_somebody_is_nothing_is_approved(home: House) -> None:
    case = home.declare()
    card = home.card()
    with home.parts.database.write() as tx:
        facts.mark_stale(tx, "account", "ULEAD")
        facts.mark_stale(tx, "usergroup")
    home.ws.faults.add(Fault("outage", method="usergroups.users.list"))
    home.ws.faults.add(Fault("outage", method="users.info"))
    assert home.ws.click("ULEAD", card, Action.APPROVE).ok
    home.ws.faults.clear()
    assert home.case(case.key).status is Status.DECLARED
    assert home.whispers("ULEAD")[-1].startswith("I could not check whether you are in leads: Slack did not answer.")
    assert home.ws.click("ULEAD", card, Action.APPROVE).ok
    assert home.case(case.key).status is Status.APPROVED


def test_home_is_drawn_when_it_is_opened_and_its_buttons_work(home: House) -> None:
    case = home.declare()
    assert home.ws.open_home("UCTO").ok
    home.deliver()
    view = home.ws.home("UCTO")
    assert view is not None
    assert case.key in str(view.blocks)
    row = next(b for b in view.blocks if b["type"] == "actions" and case.id in str(b))
    assert home.ws.click("UCTO", view, Action.APPROVE, row["block_id"]).ok
    assert home.case(case.key).status is Status.APPROVED
