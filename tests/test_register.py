"""The auditor's register in a real browser: in by an invitation, a filter, a change, a sample, a pack; for everybody.

What axe-core would find serious is asked here by hand: names of fields, headings, captions, contrast, room on a phone.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.bot.register.doorway import doorway
from tests.bot.register.shelf import Shelf
from tests.databases import SqliteTemplates
from tests.loopback import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATHS = ("", "changes", "emergencies", "sample?seed=4711", "completeness", "policy", "export")
FAULTS = """() => {
  const found = [], seen = (e) => e.getClientRects().length > 0;
  const named = (e) => e.labels?.length || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby');
  for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (!named(e)) found.push(`no label: ${e.outerHTML}`);
  for (const e of document.querySelectorAll('table'))
    if (!e.caption?.textContent.trim()) found.push('a table without a caption');
  for (const e of document.querySelectorAll('svg'))
    if (e.getAttribute('role') !== 'img' || !document.getElementById(e.getAttribute('aria-labelledby').split(' ')[0]))
      found.push('a picture without a name');
  for (const e of document.querySelectorAll('a, button'))
    if (seen(e) && !e.textContent.trim() && !e.getAttribute('aria-label')) found.push(`no name: ${e.outerHTML}`);
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`twice: #${id}`);
  let level = 0;
  for (const e of document.querySelectorAll('h1, h2, h3, h4')) {
    const next = Number(e.tagName[1]);
    if (next > level + 1) found.push(`h${level} is followed by h${next}: ${e.textContent}`);
    level = next;
  }
  if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
  if (document.querySelectorAll('main').length !== 1) found.push('no main');
  if (!document.documentElement.lang) found.push('no language');
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const paper = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const one = rgb(getComputedStyle(at).backgroundColor);
      if (one.length === 3 || one[3] > 0) return one.slice(0, 3);
    }
    return [255, 255, 255];
  };
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !seen(e) || e.closest('svg title, svg desc, option') || e.matches('title, desc')) continue;
    const style = getComputedStyle(e), ink = rgb(e.closest('svg') ? style.fill : style.color).slice(0, 3);
    const [a, b] = [light(ink), light(paper(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(1)}: ${e.textContent.trim().slice(0, 40)}`);
  }
  if (document.documentElement.scrollWidth > window.innerWidth + 1) found.push('scrolls sideways');
  for (const e of document.querySelectorAll('button, .button, nav a, input:not([type=checkbox]):not([type=hidden])'))
    if (seen(e) && e.getBoundingClientRect().height < 43) found.push(`too small: ${e.outerHTML.slice(0, 80)}`);
  return found;
}"""


class Visitor:
    """A browser in the register, and what it complained of."""

    def __init__(self, page: "Page", base: str) -> None:
        self.page, self.base = page, base
        self.complaints: list[str] = []
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.on("request", lambda one: None if one.url.startswith((base, "data:")) else self.complaints.append(one.url))

    def go(self, path: str) -> None:
        self.page.goto(f"{self.base}/register/{path}")

    def faults(self) -> list[str]:
        return [*self.page.evaluate(FAULTS), *self.complaints]


@pytest.fixture(scope="module")
def shelf(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shelf, str]]:
    folder: Path = tmp_path_factory.mktemp("register")
    with doorway(sqlite_templates.make(folder), folder, public_url="") as doors, served(doors.app) as base:
        yield Shelf(doors), base


@contextmanager
def inside(browser: "Browser", shelf: tuple[Shelf, str], **more: Any) -> Iterator[Visitor]:
    """Somebody who used an invitation."""
    _, token = shelf[0].doors.invite()
    with browser.new_context(**({"viewport": DESKTOP} | more)) as context:
        visitor = Visitor(context.new_page(), shelf[1])
        visitor.go("")
        visitor.page.get_by_label("Invitation").fill(token)
        visitor.page.get_by_role("button", name="Use your invitation").click()
        visitor.page.get_by_role("heading", name="Overview").wait_for()
        yield visitor


def test_an_auditor_finds_a_change_draws_a_sample_and_takes_the_pack(
    browser: "Browser", shelf: tuple[Shelf, str], tmp_path: Path
) -> None:
    with inside(browser, shelf) as visitor:
        page = visitor.page
        page.get_by_role("link", name="Changes", exact=True).click()
        page.get_by_label("Verdict").select_option("approved")
        page.get_by_role("button", name="Apply").click()
        page.get_by_text("1 of 3 in the period.").wait_for()
        page.get_by_role("link", name="EC-", exact=False).first.click()
        page.get_by_role("heading", name="Seven checks").wait_for()
        assert "alert(1)" in page.locator("h1").inner_text()
        page.get_by_role("link", name="Sample", exact=True).click()
        page.get_by_label("Size").fill("2")
        page.get_by_label("Seed").fill("7")
        page.get_by_role("button", name="Draw").click()
        with page.expect_download() as coming:
            page.get_by_role("link", name="Download pack (zip)").click()
        packed = tmp_path / "pack.zip"
        coming.value.save_as(packed)
        assert "verify.py" in zipfile.ZipFile(packed).namelist()
        assert visitor.complaints == []


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")]
)
def test_every_page_can_be_used_by_everybody(
    browser: "Browser", shelf: tuple[Shelf, str], viewport: Any, scheme: Any
) -> None:
    with inside(browser, shelf, viewport=viewport, color_scheme=scheme) as visitor:
        found = {}
        for path in (*PATHS, f"changes/{shelf[0].approved.key}", f"changes/{shelf[0].removed.key}"):
            visitor.go(path)
            found[path] = visitor.faults()
        assert {path: faults for path, faults in found.items() if faults} == {}


def test_nothing_needs_a_script_or_a_mouse(browser: "Browser", shelf: tuple[Shelf, str]) -> None:
    with inside(browser, shelf, java_script_enabled=False) as visitor:
        page = visitor.page
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Skip to the page"
        visitor.go("changes")
        page.get_by_label("Person").fill("Cto")
        page.keyboard.press("Enter")
        page.get_by_text("1 of 3 in the period.").wait_for()
