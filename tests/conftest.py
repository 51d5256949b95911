"""Fixtures for both databases, and one line for each thing of the machine that tests had to do without."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import settings

from tests.budget import LONG, dealt
from tests.databases import PostgresServer, SqliteTemplates, memory, start_postgres
from tests.needs import require

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.lending import Lender
    from workflows.db import Database

QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


def pytest_configure() -> None:
    """How much is tried; and faults are logged in plain words: a framed traceback takes a second to draw."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])
    settings.register_profile("sample", max_examples=30, deadline=None)  # a deadline only measures the machine
    settings.register_profile("long", max_examples=1000, deadline=None)
    settings.load_profile("long" if LONG else "sample")


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never at what is there for good: one look over all of it takes half a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(250_000, 10, 50)


def migrate(url: str) -> None:
    """Migrate as the product does; loaded on first use, so that tests of pure modules do not pay for it."""
    from workflows import db

    db.migrate(url)


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplates:
    """The migrated SQLite file of this worker."""
    return SqliteTemplates(tmp_path_factory.mktemp("sqlite"), migrate)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this worker, stopped at the end of its session."""
    server = start_postgres(migrate)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_folder() -> Iterator[Path]:
    """The folder in memory of this worker's SQLite database."""
    with TemporaryDirectory(prefix="countersign-", dir=memory()) as folder:
        yield Path(folder)


@pytest.fixture
def sqlite_url(sqlite_templates: SqliteTemplates, sqlite_folder: Path) -> str:
    """The URL of a fresh, migrated SQLite database, always at the same path."""
    return sqlite_templates.make(sqlite_folder)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a migrated, empty PostgreSQL database."""
    name, url = postgres_server.make()
    yield url
    postgres_server.drop(name)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let each test run on SQLite and on PostgreSQL, but for what `tests.budget` says is dealt to one of them."""
    if "database_url" in metafunc.fixturenames:
        marks = {mark.name for mark in metafunc.definition.iter_markers()}
        above = "desk" in metafunc.fixturenames or metafunc.module.__name__.startswith("tests.bot.")
        both = "both_databases" in marks or not (above or "dealt" in marks)
        metafunc.parametrize("database_url", dealt(metafunc.definition.name, both=both), indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database of each kind that the test was dealt."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def lender() -> Iterator[Lender]:
    """Lends databases to the tests of this worker."""
    from tests.lending import Lender

    made = Lender()
    yield made
    made.close()


@pytest.fixture
def database(lender: Lender, database_url: str) -> Iterator[Database]:
    """A fresh, migrated database, open."""
    with lender.lend(database_url) as opened:
        yield opened


@pytest.fixture
def sqlite_database(lender: Lender, sqlite_url: str) -> Iterator[Database]:
    """The same on SQLite only."""
    with lender.lend(sqlite_url) as opened:
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once, in one line each, what the machine lacked and how many tests that cost."""
    needs: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        if "needs " in reason:
            line = reason.partition("needs ")[2]
            needs[line] = needs.get(line, 0) + 1
    for line, tests in sorted(needs.items()):
        terminalreporter.write_line(f"{tests} tests skipped, they need {line}", yellow=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium; one for all tests of a worker, since Playwright's blocking interface allows no second."""
    from playwright.sync_api import sync_playwright

    program = require("browser")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield chromium
        chromium.close()
