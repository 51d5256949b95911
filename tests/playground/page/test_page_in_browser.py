"""The page in a real browser, on the stand-in and a real bolt app."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import axe
from tests.budget import BOTH
from tests.playground.page.conftest import OpenPage
from tests.playground.page.form_app import card
from tests.playground.small_bot import Stage

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
LEGIBLE = (HERE / "legible.js").read_text()
"""Answers the words whose contrast is below 4.5."""
SMALL_TARGETS = (HERE / "targets.js").read_text()
"""Answers the controls smaller than 44 by 44 pixels."""
LOOKS = [(scheme, width) for width in (1280, 360) for scheme in ("light", "dark")]
SOME = LOOKS if BOTH else LOOKS[1:3]
"""Colours depend on the scheme, and what fits on the width: a dark wide one and a light narrow one show either."""


def test_one_declares_another_approves(made: Stage, open_page: OpenPage) -> None:
    page = open_page("UDEV")
    page.get_by_test_id("composer").fill("/declare checkout is down")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("modal")).to_be_visible()
    expect(page.locator("[data-block-id=why]").locator("input")).to_have_value("checkout is down")
    page.locator("textarea[data-block-id=plan]").fill("roll back")
    page.locator("input[data-block-id=systems]").click()
    page.get_by_role("option", name="payments").click()
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).to_have_count(0)
    expect(page.get_by_text("Emergency EC-1: waiting")).to_be_visible()

    page.get_by_test_id("person-UCTO").click()
    approve = page.get_by_test_id("message").get_by_role("button", name="Approve")
    approve.click()
    page.get_by_test_id("confirm-cancel").click()
    approve.click()
    expect(page.get_by_test_id("confirm")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Emergency EC-1: waiting")).to_be_visible()
    approve.click()
    page.get_by_test_id("confirm-ok").click()
    expect(page.get_by_text("Emergency EC-1: approved")).to_be_visible()
    private = page.get_by_test_id("message").filter(has_text="Counted.")
    expect(private).to_contain_text("Only you see this")
    assert made.heard.count("approve") == 1, "only a confirmed click is sent"

    page.get_by_test_id("person-UDEV").click()
    expect(page.get_by_text("Emergency EC-1: approved")).to_be_visible()
    expect(page.get_by_text("Counted.")).to_have_count(0)


def test_what_was_typed_survives_an_update_of_the_form_and_is_sent(made: Stage, open_page: OpenPage) -> None:
    page = open_page("UDEV")
    page.get_by_test_id("shortcuts").click()
    page.keyboard.press("Escape")
    page.get_by_test_id("composer").fill("/declare x")
    page.keyboard.press("Enter")
    expect(page.locator("input[data-block-id=why]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("roll back v811")
    page.keyboard.press("Tab")
    page.keyboard.type("led")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_text("ledger")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More fields").click()
    expect(page.get_by_text("Already live since")).to_be_visible()
    expect(page.locator("textarea[data-block-id=plan]")).to_have_value("roll back v811")
    expect(page.locator(".chip")).to_have_text("ledger")
    page.get_by_label("low").check()
    page.locator("input[data-block-id=live]").fill("2026-11-16T02:30")
    page.locator("input[data-block-id=incident]").fill("4712")
    page.get_by_role("option", name="#4712").click()
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).to_have_count(0)
    dispatched, values = made.heard[0], made.heard[-1]
    assert [one["value"] for one in dispatched["selected_options"]] == ["ledger"]
    assert values["plan"]["v"]["value"] == "roll back v811"
    assert values["risk"]["v"]["selected_option"]["value"] == "low"
    assert values["incident"]["v"]["selected_option"]["value"] == "#4712 search"
    assert values["live"]["v"]["selected_date_time"] == 1794792600, "02:30 in Berlin is 01:30 UTC"


def test_errors_stand_at_their_field_and_escape_closes_one_thing_at_a_time(open_page: OpenPage) -> None:
    page = open_page("UDEV")
    page.get_by_test_id("composer").fill("/declare x")
    page.keyboard.press("Enter")
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("field-error").first).to_have_text("Please complete this required field.")
    plan = page.locator("textarea[data-block-id=plan]")
    expect(plan).to_be_focused()
    plan.fill("tbd")
    page.locator("input[data-block-id=systems]").click()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(page.get_by_test_id("modal")).to_be_visible()
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("field-error")).to_have_text("Say what you will do.")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("modal")).to_have_count(0)
    expect(page.get_by_test_id("composer")).to_be_focused()


def test_hostile_text_stays_text(made: Stage, open_page: OpenPage) -> None:
    evil = "<img src=x onerror=document.title='gone'> <javascript:alert(1)|click me> *&lt;b&gt;bold&lt;/b&gt;*"
    made.client.chat_postMessage(channel="CINC", text=evil)
    linked = {"type": "rich_text_section", "elements": [{"type": "link", "url": "javascript:alert(1)", "text": "evil"}]}
    blocks = [{"type": "rich_text", "elements": [linked]}]
    made.client.chat_postMessage(channel="CINC", text="evil", blocks=blocks)
    page = open_page("UDEV")
    message = page.get_by_test_id("message")
    expect(message).to_have_count(2)
    expect(message.first).to_contain_text("<b>bold</b>")
    expect(message.locator("img, a")).to_have_count(0)
    expect(page).to_have_title("Demo: pretend Slack")


def test_times_are_those_of_the_person(made: Stage, open_page: OpenPage) -> None:
    made.client.chat_postMessage(channel="CINC", text="card", blocks=card("waiting"))
    page = open_page("UDEV")
    expect(page.get_by_test_id("clock")).to_have_text("Mon 04:02")
    expect(page.get_by_text("Due tomorrow at 04:42")).to_be_visible()
    page.get_by_test_id("person-ULEAD").click()
    expect(page.get_by_test_id("clock")).to_have_text("Sun 22:02")
    expect(page.get_by_text("Due tomorrow at 22:42")).to_be_visible()


def test_a_notification_opens_its_conversation_and_slack_says_its_own_errors(made: Stage, open_page: OpenPage) -> None:
    page = open_page("UDEV")
    page.get_by_test_id("home-tab").click()
    expect(page.get_by_test_id("home-view")).to_contain_text("Waiting for me (0)")
    made.client.chat_postMessage(channel="UDEV", text="Approve? " + "long " * 40)
    toast = page.get_by_test_id("toast")
    expect(toast).to_contain_text("Approve? long")
    words = toast.locator(".toast-text span").inner_text()
    assert len(words) == 101, "a phone shows a hundred characters, then an ellipsis"
    toast.locator(".toast-open").click()
    expect(page.get_by_test_id("message")).to_contain_text("Approve? long")
    page.get_by_test_id("channel-incidents").click()
    page.get_by_test_id("composer").fill("/unknown thing")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("error-line")).to_contain_text("/unknown is not a valid command.")


@pytest.mark.parametrize(("scheme", "width"), SOME)
def test_every_word_can_be_read_and_every_target_hit(made: Stage, open_page: OpenPage, scheme: str, width: int) -> None:
    made.client.chat_postMessage(channel="CINC", text="card", blocks=card("waiting"))
    made.client.chat_postEphemeral(channel="CINC", user="UDEV", text="Private, <@UDEV> and <@UCTO>: `code` <!here>")
    page = open_page("UDEV", width=width, scheme=scheme)
    expect(page.get_by_test_id("message")).to_have_count(2)
    page.get_by_test_id("composer").fill("/declare x")
    sheets = ["you", "chans", "outside", "clock"] if width < 640 else []
    assert axe.faults(page) == []
    assert page.evaluate(LEGIBLE) == []
    for sheet in sheets:
        page.get_by_test_id(f"bar-{sheet}").click()
        page.wait_for_timeout(300)
        assert page.evaluate(LEGIBLE) == []
        assert page.evaluate(SMALL_TARGETS) == []
        page.get_by_test_id(f"bar-{sheet}").click()
    page.get_by_test_id("send").click()
    page.get_by_role("button", name="More fields").click()
    expect(page.get_by_text("Already live since")).to_be_visible()
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("field-error")).to_have_count(2)
    page.wait_for_timeout(300)
    assert page.evaluate(LEGIBLE) == []
    if sheets:
        assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
