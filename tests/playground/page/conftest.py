"""A real browser on the page of a served workspace with a small app in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.playground.page.form_app import listeners
from tests.playground.small_bot import Stage, stage

OpenPage = Callable[..., Page]


@pytest.fixture
def made() -> Iterator[Stage]:
    """A served workspace with the app of `form_app`."""
    with stage(listeners, manifest=MANIFEST) as made:
        yield made


@pytest.fixture
def open_page(browser: Browser, made: Stage) -> Iterator[OpenPage]:
    """Open the page as a person: `open_page("UDEV", width=360, scheme="dark")`; a script error fails the test."""
    pages: list[Page] = []
    errors: list[str] = []

    def open_as(user: str, at: str = "CINC", *, width: int = 1280, scheme: str = "light") -> Page:
        size = {"width": width, "height": 800}
        context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(f"{made.url}/#as={user}&at={at}")
        page.get_by_test_id("clock").filter(has_text=":").wait_for()
        pages.append(page)
        return page

    yield open_as
    for page in pages:
        page.context.close()
    assert errors == []


MANIFEST = {
    "display_information": {"name": "Tester"},
    "features": {
        "slash_commands": [{"command": "/declare", "description": "Declare", "usage_hint": "what is broken"}],
        "shortcuts": [{"name": "Declare it", "type": "global", "callback_id": "declare", "description": "Declare"}],
    },
    "settings": {"event_subscriptions": {"bot_events": ["app_home_opened"]}},
}
