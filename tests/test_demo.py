"""The demo in a real browser: declare, approve, move the clock, review, let a pipeline go; on a desktop and a phone.

`PICTURES=docs/pictures` writes the pictures of the README.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.demo import Demo, running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

expect.set_options(timeout=15_000)
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo of its own."""
    with running(tmp_path) as made:
        yield made


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """The demo's page on a desktop; whatever it logs as an error fails the test."""
    with browser.new_context(viewport=DESKTOP, timezone_id="Europe/Berlin") as context:  # type: ignore[arg-type]
        opened = context.new_page()
        faults: list[str] = []
        opened.on("pageerror", lambda fault: faults.append(str(fault)))
        opened.on(
            "console", lambda line: faults.append(f"{line.text} {line.location}") if line.type == "error" else None
        )
        opened.goto(demo.url)
        yield opened
        assert faults == []


def picture(page: Page, name: str) -> None:
    """Keep a picture, when pictures are asked for."""
    if folder := os.environ.get("PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def become(page: Page, person: str) -> None:
    page.get_by_test_id(f"person-{person}").click()


def message(page: Page, text: str) -> Locator:
    """The newest message in the open conversation that holds this text."""
    return page.get_by_test_id("message").filter(has_text=text).last


def press(where: Locator, action: str) -> None:
    where.locator(f'[data-action-id="{action}"]').first.click()


def field(page: Page, name: str) -> Locator:
    return page.get_by_test_id("modal").locator(f'[data-block-id="{name}"]').locator("textarea, input").first


def approved(page: Page) -> None:
    """Let the CTO approve the card of the open channel."""
    become(page, "U0CTO")
    waiting = message(page, "waiting for approval")
    picture(page, "card")
    press(waiting, "approve")
    page.get_by_test_id("confirm-ok").click()
    expect(message(page, ": approved")).to_be_visible()


def deployed(page: Page) -> None:
    """Mark the approved change of the open channel as deployed."""
    press(message(page, ": approved"), "mark_deployed")
    field(page, "what").fill("v811")
    page.get_by_test_id("modal").get_by_text("Yes", exact=True).click()
    field(page, "known").fill("The new retry loop never gave up")
    page.get_by_test_id("modal-submit").click()
    expect(message(page, ": deployed")).to_be_visible()


def reviewed(page: Page) -> None:
    """Fill in and send the review that is open."""
    expect(page.get_by_test_id("modal")).to_be_visible()
    expect(field(page, "cause")).to_have_value("The new retry loop never gave up")
    page.get_by_test_id("modal").get_by_text("Yes", exact=True).click()
    field(page, "tests").fill("Ran the checkout suite against production")
    field(page, "missing_tests").fill("Unit tests of the retry loop before the rollback")
    field(page, "missing_rollback").fill("Roll forward to v812 again")
    picture(page, "review")
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).to_have_count(0)


def test_a_newcomer_declares_with_three_inputs_and_two_clicks_and_follows_it_to_the_closed_review(
    page: Page,
) -> None:
    page.get_by_test_id("composer").fill("/emergency-change checkout 500s in payments")
    page.get_by_test_id("send").click()  # first click
    expect(page.get_by_test_id("modal")).to_be_visible()
    expect(field(page, "broken")).to_have_value("checkout 500s in payments")
    field(page, "plan").fill("Roll back to v811 and watch the error rate")
    picture(page, "declare")
    page.get_by_test_id("modal-submit").click()  # second click
    expect(message(page, "waiting for approval")).to_be_visible()
    expect(message(page, "Recorded as")).to_be_visible()

    press(message(page, "waiting for approval"), "approve")
    page.get_by_test_id("confirm-ok").click()
    expect(message(page, "You declared EC-")).to_be_visible()

    approved(page)
    become(page, "U0DEV")
    deployed(page)

    page.get_by_test_id("clock-1d").click()
    become(page, "U0CTO")
    page.get_by_test_id("dm-UBOT").click()
    reminder = message(page, "needs your review: it was due")  # earlier ones shrink to a line while it comes
    expect(reminder).to_be_visible()
    picture(page, "reminder")
    press(reminder, "write_review")
    reviewed(page)
    page.get_by_test_id("channel-incidents").click()
    expect(message(page, ": closed")).to_be_visible()


def test_an_incident_and_a_ticket_follow_a_change_without_a_reload(page: Page) -> None:
    page.get_by_test_id("composer").fill("/emergency-change checkout 500s in payments")
    page.get_by_test_id("send").click()
    field(page, "plan").fill("Roll back to v811 and watch the error rate")
    page.get_by_test_id("modal").get_by_role("button", name="More fields").click()
    field(page, "incident").click()
    page.get_by_role("option", name="Checkout answers 500s").click()
    page.get_by_test_id("modal-submit").click()
    page.get_by_test_id("fold-pagerduty").click()
    notes = page.get_by_test_id("incident-1001").locator(".remark")
    expect(notes.first).to_contain_text("dev declared it")
    page.get_by_test_id("fold-jira").click()
    issue = page.get_by_test_id("issue-OPS-1")
    expect(issue.locator(".chip-of")).to_have_text("To Do")

    approved(page)
    expect(issue.locator(".chip-of")).to_have_text("In Progress")
    expect(issue.locator(".remark").first).to_contain_text("Approved by cto")
    become(page, "U0DEV")
    deployed(page)
    expect(issue.locator(".remark").first).to_contain_text("by dev")
    picture(page, "ticket")
    page.get_by_test_id("fold-pagerduty").click()
    expect(notes.first).to_contain_text("dev marked v811 deployed")
    expect(page.get_by_test_id("pagerduty")).to_contain_text("Change events")

    become(page, "U0CTO")
    press(message(page, ": deployed"), "write_review")
    reviewed(page)
    expect(notes.first).to_contain_text("cto closed the review")
    page.get_by_test_id("fold-jira").click()
    expect(issue.locator(".chip-of")).to_have_text("Done")
    expect(issue.locator(".remark").first).to_contain_text("Reviewed by cto")


def test_the_pipeline_waits_for_a_click_and_then_moves(page: Page) -> None:
    page.get_by_test_id("deed-run").click()
    run = page.get_by_test_id("run-1")
    expect(run).to_contain_text("waiting for Countersign")
    page.get_by_test_id("see-card").click()
    card = message(page, "waiting for approval")
    expect(card).to_contain_text("Needs 1 of release-managers")
    press(card, "approve")
    page.get_by_test_id("confirm-ok").click()
    expect(message(page, "Only you see this")).to_be_visible()
    expect(run).to_contain_text("waiting for Countersign")

    become(page, "U0REL")
    picture(page, "pipeline")
    press(card, "approve")
    page.get_by_test_id("confirm-ok").click()
    expect(run).to_contain_text("deployed")
    expect(page.get_by_test_id("pipeline")).to_contain_text("up to date")
    expect(message(page, ": deployed")).to_be_visible()


def test_an_approver_decides_on_a_phone(browser: Browser, demo: Demo) -> None:
    demo.workspace.command("U0DEV", "C0INCIDENT", "/emergency-change checkout 500s in payments")
    demo.workspace.fill("U0DEV", {("plan", "v"): "Roll back to v811 and watch the error rate"})
    assert demo.workspace.submit("U0DEV").ok
    with browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{demo.url}/#as=U0CTO")
        page.get_by_test_id("bar-chans").click()
        page.get_by_test_id("dm-UBOT").click()
        asked = message(page, "Can you approve this?")
        expect(asked).to_be_visible()
        expect(page.get_by_test_id("channel-incidents")).to_be_hidden()
        page.wait_for_timeout(400)  # the sheet slides away
        picture(page, "phone")
        press(asked, "approve")
        page.get_by_test_id("confirm-ok").click()
        expect(message(page, "you approved at")).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0


def on_call(demo: Demo) -> str:
    """Whom the pretend PagerDuty names."""
    return str(demo.workspace.outside["pagerduty"].shown("U0DEV")["on_call"]["name"])


def test_the_demo_continues_where_it_was_left(tmp_path: Path) -> None:
    with running(tmp_path) as demo:
        demo.workspace.command("U0DEV", "C0INCIDENT", "/emergency-change checkout 500s in payments")
        demo.workspace.fill("U0DEV", {("plan", "v"): "Roll back to v811"})
        assert demo.workspace.submit("U0DEV").ok
        assert demo.workspace.on_advance is not None
        assert on_call(demo) == "Lena Brandt"
        demo.workspace.on_advance("1d")
        assert on_call(demo) == "Carla Reyes"
        before = demo.clock.now()
        assert demo.pipeline.act("U0DEV", {"deed": "push", "repo": "acme/web"}).ok
        assert demo.workspace.outside["pagerduty"].act("U0DEV", {"deed": "open"}).ok
        head = demo.pipeline.shown("U0DEV")["repositories"][0]["head"]["sha"]
    with running(tmp_path) as demo:
        assert demo.clock.now() >= before
        assert demo.pipeline.shown("U0DEV")["repositories"][0]["head"]["sha"] == head
        assert demo.workspace.outside["pagerduty"].shown("U0DEV")["open"] == 2
        assert on_call(demo) == "Carla Reyes"
        said = demo.workspace.command("U0CTO", "C0INCIDENT", "/change EC-2026-0001")
        assert said.ok
        texts = [message.text for message in demo.workspace.messages("C0INCIDENT")]
        assert any("EC-" in (text or "") for text in texts)
