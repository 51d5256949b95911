"""The doors of the register, walked through from outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.register.doorway import Doorway, cookie, doorway


@pytest.fixture
def doors(database_url: str, tmp_path: Path) -> Iterator[Doorway]:
    """The register on both databases."""
    with doorway(database_url, tmp_path) as made:
        yield made


def test_somebody_of_ours_signs_in_with_slack_and_every_view_is_recorded(doors: Doorway) -> None:
    browser = doors.browser()
    sent = browser.get("/register/")
    assert (sent.status_code, sent.headers["location"]) == (303, "/register/signin")
    back = browser.sign_in("UDEV")
    assert (back.status_code, back.headers["location"]) == (303, "/register/"), back.text
    line = cookie(back, "__Host-countersign").lower()
    assert all(word in line for word in ("secure", "httponly", "samesite=lax", "path=/")) and "domain" not in line
    page = browser.get("/register/")
    assert page.status_code == 200 and "Viewed as reader until" in page.text
    browser.get("/register/")
    (told,) = doors.told("viewed")
    assert told[1] is not None and told[2] == {"what": "overview", "role": "reader"}
