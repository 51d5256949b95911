"""The auditor's register in a real browser: an invitation, a filter, a change, a sample, a pack; for everybody."""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests import axe, packs
from tests.bot.register.doorway import Doorway, doorway
from tests.bot.register.shelf import Shelf
from tests.budget import BOTH
from tests.build import T0
from tests.databases import SqliteTemplates
from tests.loopback import served
from workflows import policies
from workflows.models import changes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 800}
LOOKS: tuple[tuple[Any, Any], ...] = tuple((size, scheme) for size in (DESKTOP, PHONE) for scheme in ("light", "dark"))
WIDE = "() => document.documentElement.scrollWidth > window.innerWidth + 1 ? ['scrolls sideways'] : []"
SMALL = """() => [...document.querySelectorAll('button, .button, nav li a, input:not([type=checkbox], [type=hidden])')]
  .filter((e) => e.getClientRects().length && e.getBoundingClientRect().height < 43)
  .map((e) => `too small: ${e.outerHTML.slice(0, 80)}`)"""
CUT = """() => [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .filter((e) => !e.closest('.skip, svg')).map((e) => `cut off on paper: ${e.outerHTML.slice(0, 80)}`).slice(0, 3)"""
"""What axe-core does not ask: a page no wider than the screen or a sheet of A4, and room for a finger."""


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


@dataclass
class Served:
    """A register that a browser can come to: `base` is its address, `keys` those of its changes."""

    doors: Doorway
    base: str
    keys: tuple[str, ...]


@contextmanager
def register(templates: SqliteTemplates, folder: Path, fill: Callable[[Doorway], object]) -> Iterator[Served]:
    with doorway(templates.make(folder), folder, public_url="") as doors, served(doors.app) as base:
        fill(doors)
        with doors.parts.database.read() as tx:
            keys = tx.scalars(select(changes.c.key).order_by(changes.c.key)).all()
        yield Served(doors, base, tuple(keys))


@pytest.fixture(scope="module")
def shelf(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With a few emergencies."""
    with register(sqlite_templates, tmp_path_factory.mktemp("register"), Shelf) as made:
        yield made


@pytest.fixture
def mixed(sqlite_templates: SqliteTemplates, tmp_path: Path) -> Iterator[Served]:
    """With a change of every kind, in a signed log."""
    with register(sqlite_templates, tmp_path, lambda doors: packs.seal(packs.fill(doors.parts.database))) as made:
        yield made


@contextmanager
def inside(browser: "Browser", there: Served, **more: Any) -> Iterator[Visitor]:
    """Somebody who used an invitation."""
    _, token = there.doors.invite()
    with browser.new_context(**({"viewport": DESKTOP} | more)) as context:
        visitor = Visitor(context.new_page(), there.base)
        visitor.go("")
        visitor.page.get_by_label("Invitation").fill(token)
        visitor.page.get_by_role("button", name="Use your invitation").click()
        visitor.page.get_by_role("heading", name="Overview").wait_for()
        yield visitor


def test_an_auditor_finds_a_change_draws_a_sample_and_takes_the_pack(
    browser: "Browser", shelf: Served, tmp_path: Path
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
            page.get_by_role("button", name="Download pack (zip)").click()
        packed = tmp_path / "pack.zip"
        coming.value.save_as(packed)
        assert "verify.py" in zipfile.ZipFile(packed).namelist()
        assert visitor.complaints == []


def pages(there: Served) -> tuple[str, ...]:
    """The address of each page below /register/, from the way in to a refusal; in a sample the more different ones."""
    with there.doors.parts.database.read() as tx:
        policy = policies.in_force(tx)
    period = f"since={T0:%Y-%m-%d}&until={T0 + timedelta(days=10):%Y-%m-%d}"
    lists = (
        f"{name}?seed=4711&{period}" for name in ("", "changes", "emergencies", "sample", "completeness", "export")
    )
    kinds = {key.partition("-")[0]: key for key in reversed(there.keys)}
    some = [f"changes/{key}" for key in (there.keys if BOTH else (kinds["DR"], kinds["EC"], kinds["FD"]))]
    more = (f"findings?{period}", "sample", "policy?on=2020-01-01", "changes?kind=x") if BOTH else ()
    return ("signin", *lists, "policy", f"policy/{policy}", "sessions", "nothing", *some, *more)


def judged(page: "Page", nth: int) -> list[str]:
    """What is wrong with the page that is open, on paper, and in each size and colour.

    As a sample, every second page is looked at wide and light, the others narrow and dark.
    """
    found = []
    for size, scheme in LOOKS if BOTH else LOOKS[::3][nth % 2 :][:1]:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        faults = [*axe.faults(page), *page.evaluate(WIDE), *page.evaluate(SMALL)]
        found += [f"{size['width']} px, {scheme}: {one}" for one in faults]
    page.set_viewport_size({"width": 718, "height": 1000})
    page.emulate_media(media="print", color_scheme="light")
    found += page.evaluate(CUT)
    page.emulate_media(media="screen")
    return found


def test_every_page_can_be_used_by_everybody(browser: "Browser", mixed: Served, tmp_path: Path) -> None:
    with inside(browser, mixed) as visitor:
        page, wrong = visitor.page, {}
        for nth, path in enumerate(pages(mixed)):
            visitor.go(path)
            wrong[path] = judged(page, nth)
        wrong["elsewhere"] = [one for one in visitor.complaints if "the server responded with a status of 4" not in one]
        visitor.complaints.clear()
        packed = page.request.get(f"{mixed.base}/register/sample/pack?seed=1&since={T0:%Y-%m-%d}").body()
        with zipfile.ZipFile(io.BytesIO(packed)) as pack:
            pack.extract("index.html", tmp_path)
        page.goto(f"file://{tmp_path}/index.html")
        wrong["index.html"] = [*judged(page, 1), *visitor.complaints[1:]]
    assert {path: faults for path, faults in wrong.items() if faults} == {}


def test_nothing_needs_a_script_or_a_mouse(browser: "Browser", shelf: Served) -> None:
    with inside(browser, shelf, java_script_enabled=False) as visitor:
        page = visitor.page
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Skip to the page"
        visitor.go("changes")
        page.get_by_label("Person").fill("Cto")
        page.keyboard.press("Enter")
        page.get_by_text("1 of 3 in the period.").wait_for()
