"""The panels of the systems outside, in a real browser: one is open, all can be read, what comes is shown at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.playground.jira.hub import Hub as JiraHub
from bot.playground.jira.records import RemoteLink
from bot.playground.jira_panel import JiraPanel
from bot.playground.outside import Keeper
from bot.playground.pagerduty.hub import Hub as PagerDutyHub
from bot.playground.pagerduty_panel import PagerDutyPanel
from tests.playground.page.conftest import OpenPage
from tests.playground.page.test_page_in_browser import LEGIBLE, SMALL_TARGETS
from tests.playground.small_bot import Stage

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=document.title='gone'> **bold**"


@pytest.fixture
def hubs(made: Stage, tmp_path: Path) -> Iterator[tuple[PagerDutyHub, JiraHub]]:
    """A PagerDuty with an incident and a Jira with an issue, both with hostile words, in panels of the page."""
    pagerduty, jira = PagerDutyHub(made.clock.now), JiraHub(made.clock.now)
    pagerduty.add_user("PDEV", "Dana Novak", "dev@example.com")
    pagerduty.add_service("PPAY", "payments", "PPOLICY")
    pagerduty.add_service("PWEB", "web", "PPOLICY")
    pagerduty.on_call(None, "PDEV", None, made.clock.now() + timedelta(hours=8))
    pagerduty.annotate(pagerduty.incident(EVIL, "PPAY"), EVIL, by="PDEV")
    jira.add_user("Dana Novak", "dev@example.com")
    jira.add_project("OPS", "Operations")
    jira.add_issue("OPS", EVIL, by="Dana Novak", labels=["countersign-EC-2026-0001"])
    jira.comment("OPS-1", EVIL, by="Dana Novak")
    told = made.ws.state.changed
    made.ws.outside["pagerduty"] = PagerDutyPanel(pagerduty, {"UDEV": "PDEV"}, told)
    made.ws.outside["jira"] = JiraPanel(jira, {"UDEV": "dev@example.com"}, told)
    keeper = Keeper({tmp_path / "pagerduty.json": pagerduty, tmp_path / "jira.json": jira}, told)
    yield pagerduty, jira
    keeper.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_one_panel_is_open_and_every_word_and_target_is_good(
    hubs: tuple[PagerDutyHub, JiraHub], open_page: OpenPage, scheme: str, width: int
) -> None:
    page = open_page("UDEV", width=width, scheme=scheme)
    if width < 640:
        page.get_by_test_id("bar-outside").click()
    for name in ("pagerduty", "jira", "faults"):
        page.get_by_test_id(f"fold-{name}").click()
        expect(page.locator(".fold-body")).to_have_count(1)
        expect(page.get_by_test_id(name).locator(".fold-body")).to_be_visible()
        page.wait_for_timeout(250)
        assert page.evaluate(LEGIBLE) == []
        if width < 640:
            assert page.evaluate(SMALL_TARGETS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".fold img").count() == 0
    expect(page).to_have_title("Demo: pretend Slack")


def test_deeds_by_keyboard_and_what_comes_while_a_panel_is_closed(
    made: Stage, hubs: tuple[PagerDutyHub, JiraHub], open_page: OpenPage
) -> None:
    pagerduty, jira = hubs
    ts = made.client.chat_postMessage(channel="CINC", text="The card")["ts"]
    card = f"https://playground.slack.com/archives/CINC/p{ts.replace('.', '')}"
    jira.world.issue("OPS-1").remote_links.append(RemoteLink(1, None, card, "the record"))
    link = f"<{pagerduty.world.site_url}/incidents/{pagerduty.incidents[0].id}|#1001>"
    made.client.chat_postMessage(channel="UDEV", text=f"About {link}")
    page = open_page("UDEV", made.ws.dm("UDEV"))
    by = page.get_by_test_id
    by("message").get_by_role("link", name="#1001").click()
    expect(by("incident-1001")).to_contain_text("triggered")
    assert len(page.context.pages) == 1, "a link to an incident opens the panel, no page of its own"

    by("acknowledge-1001").focus()
    page.keyboard.press("Enter")
    expect(by("incident-1001")).to_contain_text("acknowledged")
    expect(by("pagerduty-said")).to_have_text("#1001 is acknowledged.")
    expect(by("fold-jira").locator(".news")).to_have_count(0)
    jira.comment("OPS-1", "Deployed v811.", by="Dana Novak")
    expect(by("fold-jira").locator(".news")).to_be_visible()

    by("fold-jira").focus()
    page.keyboard.press("Enter")
    expect(by("fold-jira")).to_be_focused()
    expect(by("pagerduty").locator(".fold-body")).to_have_count(0)
    expect(by("issue-OPS-1").locator(".remark").first).to_contain_text("Deployed v811.")
    by("move-OPS-1").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(by("issue-OPS-1").locator(".chip-of")).to_have_text("Done")
    by("back-OPS-1").click()
    expect(by("message")).to_contain_text("The card")

    by("fault-jira_down").click()
    expect(by("fold-jira")).to_contain_text("down")
    by("fold-faults").click()
    expect(by("fault-jira_down")).to_have_attribute("aria-checked", "true")
    expect(by("fold-faults").locator(".badge")).to_have_count(1)
