"""Whatever stands in an address or a form, from whomever: an answer below 500, in words, and no script in it.

A seed names each run; `TESTS=long` tries two thousand.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest

from bot.register.pages import PAGES
from tests.bot.register.doorway import Browser, doorway
from tests.bot.register.shelf import Shelf
from tests.bot.register.test_pages import HOSTILE
from tests.budget import LONG
from tests.databases import SqliteTemplates

USERS = {"reader": "UDEV", "admin": "ULEAD"}
TRIES = 2000 if LONG else 60
DOORS = ("/signin", "/signin/slack", "/signin/slack/back", "/invitation", "/signout", "/static/{name}", "/{key}", "/no")
FIELDS = (
    *("since", "until", "kind", "kinds", "verdict", "after", "before", "person", "system", "size", "seed", "on"),
    *("exceptions", "next", "state", "code", "error", "csrf", "token", "end", "key", "before[]", ""),
)
GOOD = (
    "2026-11-01",
    "2026-11-30",
    "deploy",
    "emergency",
    "approved",
    "25",
    "4711",
    "1",
    "mine",
    "csv",
    "xlsx",
    "jsonl",
)
PLACES = ("o~2026-11-20T09:39:00+00:00~x", "e~0001-01-01T00:00:00+23:59~x", "o~9999-12-31T23:59:59-23:59~x", "o~~", "~")
ODD = (
    *HOSTILE,
    *(
        "9" * 3900,
        "٣" * 4,
        "２０２６-11-01",
        "2026-W47-1",
        "20261101",
        "+2026-1-1",
        "1e9",
        "0x10",
        "NaN",
        "-0",
        " 1 ",
        "1_0",
    ),
    *(
        "%",
        "_",
        "\\",
        "'",
        '"',
        "`",
        "{{7*7}}",
        "${x}",
        "../../etc/passwd",
        "..\\..\\x",
        "\u202e",
        "\ufeff",
        "\u2028",
        "\ud83d",
    ),
    *(
        "a\r\nSet-Cookie: x=y",
        "null",
        "[]",
        "{}",
        "EC-2026-0001 OR 1=1",
        "EC-2026-0001",
        "ec-2026-0001",
        "\x1b[2J",
        "=1+1",
    ),
)


@dataclass
class Crowd:
    """An auditor, a reader, an admin, and nobody; who was signed out comes back in."""

    shelf: Shelf
    browsers: dict[str, Browser] = field(default_factory=dict)

    def one(self, rng: random.Random) -> Browser:
        """Anybody."""
        self.shelf.doors.clock.advance(timedelta(seconds=1))  # or it would be too many pages in a minute
        who = rng.choice(("auditor", "reader", "admin", "nobody"))
        browser = self.browsers.setdefault(who, self.shelf.doors.browser())
        if who != "nobody" and browser.get("/register/policy").status_code != 200:
            self.shelf.doors.clock.advance(timedelta(minutes=1))  # the tries of the last minute are over
            browser = self.browsers[who] = self.shelf.doors.browser()
            came = self._invited(browser) if who == "auditor" else browser.sign_in(USERS[who])
            assert came.status_code == 303
        return browser

    def _invited(self, browser: Browser) -> Any:
        return browser.invited(self.shelf.doors.invite()[1])


@pytest.fixture(scope="module")
def crowd(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """Everybody, at one register with a record in it."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    with doorway(sqlite_templates.make(folder), folder) as doors:
        yield Crowd(Shelf(doors))


def written(rng: random.Random, text: str) -> str:
    """As it stands in an address: escaped well, too often, not at all, or not as UTF-8."""
    raw = text.encode("utf-8", "surrogatepass")
    tries = (
        quote_from_bytes(raw, safe=""),
        quote_from_bytes(raw, safe="/"),
        quote(quote_from_bytes(raw, safe=""), safe=""),
        quote_from_bytes(raw + rng.randbytes(2), safe=""),
        "".join(one for one in text if one.isalnum() and one.isascii()),
    )
    return rng.choice(tries)


def value(rng: random.Random) -> str:
    """Something to ask with: good, odd, or made of both."""
    one = rng.choice(rng.choice((GOOD, ODD, ODD, PLACES)))
    return one if rng.random() < 0.8 else one[: rng.randrange(8)] + rng.choice(ODD)[:200]


def address(rng: random.Random) -> str:
    """Any route with anything in it."""
    path = rng.choice([*(page.path for page in PAGES), *DOORS])
    for name in ("key", "digest", "form", "name"):
        path = path.replace(f"{{{name}}}", written(rng, value(rng)) or "x")
    asked = "&".join(f"{rng.choice(FIELDS)}={written(rng, value(rng))}" for _ in range(rng.randrange(5)))
    return f"/register{path}?{asked}"


@pytest.mark.timeout(600)
def test_nothing_that_anybody_sends_is_a_fault_of_ours(crowd: Crowd) -> None:
    seed = random.randrange(10**9)
    rng = random.Random(seed)
    for n in range(TRIES):
        browser, at = crowd.one(rng), address(rng)
        method = rng.choices(("GET", "HEAD", "POST", "DELETE"), (8, 1, 3, 1))[0]
        form = {rng.choice(FIELDS): written(rng, value(rng)) for _ in range(3)} if method == "POST" else None
        if form and rng.random() < 0.5 and browser is not crowd.browsers.get("nobody"):
            form |= {"csrf": browser.token("/register/signin" if "/invitation" in at else "/register/policy")}
        answer = browser.client.request(method, at, data=form, headers={"cookie": ""} if n % 50 == 49 else None)
        assert answer.status_code < 500, (seed, n, method, at, form)
        if answer.headers.get("content-type", "").startswith("text/html"):  # a file to keep says what was typed
            assert "<script" not in answer.text, (seed, n, method, at)
        assert "Traceback" not in answer.text, (seed, n, method, at)
