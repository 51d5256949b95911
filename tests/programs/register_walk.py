"""Every page of the register that reads the database, asked for through the real application in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import sqlalchemy as sa

from bot.register.asking import mark
from tests.bot.register.doorway import Browser, Doorway, doorway
from tests.build import T0
from tests.programs.register_clocks import TIMES, Cost, cost
from tests.programs.register_filling import SYSTEMS
from workflows import digest, weeks
from workflows.models import changes, policies
from workflows.register import Place

AGAIN = timedelta(seconds=61)
"""After this long the same page is another view, which is written down before the page is sent."""
LAST = "changes: last page"
FIRST = "changes: first page"
DRAWN = ("sample of 25 of 90 days", "sample of 25 of all")
"""Each key of the period is hashed for these, and every change of it looked at."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The register over a filled database, right after its last change, and an auditor who is in."""

    doors: Doorway
    browser: Browser
    first: datetime
    last: datetime


@contextmanager
def scene(url: str, folder: Path) -> Iterator[Scene]:
    """Open it; policy and stand-in Slack are made in the folder."""
    with doorway(url, folder) as doors:
        with doors.parts.database.read() as tx:
            last = tx.scalar(sa.select(sa.func.max(changes.c.declared_at))) or T0
        doors.clock.advance(max(timedelta(), last + timedelta(days=1) - doors.clock.now()))
        browser = doors.browser()
        assert browser.invited(doors.invite()[1]).status_code == 303
        with browser.client:
            yield Scene(doors, browser, T0 - timedelta(days=1), last)


def address(at: Scene, path: str, since: datetime, **more: str) -> str:
    """A page with a period from `since` to the last change."""
    period = {"since": f"{since:%Y-%m-%d}", "until": f"{at.last:%Y-%m-%d}"}
    return f"/register{path}?{urlencode(period | more)}"


def pages(at: Scene) -> dict[str, str]:
    """Name → address of each."""
    whole, year, quarter = at.first, at.last - timedelta(days=365), at.last - timedelta(days=90)
    end = mark(Place(False, at.first, "0"))
    lists = {
        FIRST: {},
        LAST: {"before": end},
        "a page in the middle": {"after": mark(Place(False, at.first + (at.last - at.first) / 2, "c"))},
        "one kind": {"kind": "deploy"},
        "emergencies": {"kind": "emergency"},
        "findings (none)": {"kind": "finding"},
        "one system": {"system": SYSTEMS[7]},
        "no such system": {"system": "nothing"},
        "one approver": {"person": "cto3"},
        "one engineer": {"person": "dev7"},
        "nobody's": {"person": "nobody"},
        "approved": {"verdict": "approved"},
        "rejected": {"verdict": "rejected"},
        "ratified (none)": {"verdict": "ratified"},
        "nobody decided": {"verdict": "none"},
        "exceptions": {"exceptions": "1"},
        "exceptions of a system": {"exceptions": "1", "system": SYSTEMS[7]},
        "rejected of an engineer": {"verdict": "rejected", "person": "dev7"},
        "rejected emergencies of a system": {"kind": "emergency", "verdict": "rejected", "system": SYSTEMS[0]},
        "approved, with exceptions": {"verdict": "approved", "exceptions": "1"},
        "deploys with exceptions": {"kind": "deploy", "exceptions": "1"},
        "nobody decided, of an approver": {"verdict": "none", "person": "cto3"},
        "of a system and an engineer": {"system": SYSTEMS[7], "person": "dev7"},
        "exceptions of a system and an engineer": {"exceptions": "1", "system": SYSTEMS[7], "person": "dev7"},
        "exceptions of an approver, rejected": {"exceptions": "1", "verdict": "rejected", "person": "cto3"},
    }
    found = {
        name if name.startswith("changes") else f"changes: {name}": address(at, "/changes", whole, **given)
        for name, given in lists.items()
    }
    found |= {
        "changes of 90 days": address(at, "/changes", quarter),
        "changes: exceptions of a year": address(at, "/changes", year, exceptions="1"),
        "overview of 90 days": address(at, "/", quarter),
        "overview of a year": address(at, "/", year),
        "overview of all": address(at, "/", whole),
        "emergencies of all": address(at, "/emergencies", whole),
        "findings of all": address(at, "/findings", whole),
        "completeness of 90 days": address(at, "/completeness", quarter),
        "completeness of a year": address(at, "/completeness", year),
        "completeness of all": address(at, "/completeness", whole),
        "export form of all": address(at, "/export", whole),
        "sampler, empty": address(at, "/sample", whole),
        DRAWN[0]: address(at, "/sample", quarter, seed="4711", size="25"),
        DRAWN[1]: address(at, "/sample", whole, seed="4711", size="25"),
        "policies": "/register/policy",
        "procedure at a date": f"/register/policy?on={at.first + (at.last - at.first) / 2:%Y-%m-%d}",
    }
    return found | _single(at)


def _single(at: Scene) -> dict[str, str]:
    with at.doors.parts.database.read() as tx:
        newest = sa.select(changes.c.key).order_by(changes.c.declared_at.desc()).limit(1)
        many = sa.select(changes.c.key).order_by(changes.c.version.desc(), changes.c.key).limit(1)
        text = sa.select(policies.c.digest).order_by(policies.c.at.desc()).limit(1)
        found = {
            "the newest change": f"/register/changes/{tx.scalar(newest)}",
            "the change with the most events": f"/register/changes/{tx.scalar(many)}",
            "one policy": f"/register/policy/{quote(str(tx.scalar(text)))}",
        }
    return found


def walk(at: Scene) -> Iterator[tuple[str, Cost]]:
    """What each page costs, with the view of it that is written down."""
    for name, path in pages(at).items():
        times = 2 if name in DRAWN else TIMES
        yield name, cost(at.doors.parts.database, lambda path=path: _get(at, path), times)  # type: ignore[misc]
    week = weeks.before(at.last - timedelta(days=30), "Europe/Berlin")
    yield "digest of a week", cost(at.doors.parts.database, lambda: _digest(at, week))


def _get(at: Scene, path: str) -> None:
    at.doors.clock.advance(AGAIN)
    answer = at.browser.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"


def _digest(at: Scene, week: weeks.Week) -> None:
    parts = at.doors.parts
    with parts.database.read() as tx:
        digest.of(tx, week, parts.policy.rules, now=at.doors.clock.now())
