"""Fixtures for both databases, and one line for each thing of the machine that tests had to do without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.databases import PostgresServer, SqliteTemplates, start_postgres
from tests.needs import require

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from workflows.db import Database

QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


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


@pytest.fixture
def sqlite_url(sqlite_templates: SqliteTemplates, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite database in `tmp_path`."""
    return sqlite_templates.make(tmp_path)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    name, url = postgres_server.make()
    yield url
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database: each test runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database, open; each test runs on SQLite and on PostgreSQL."""
    from workflows import db

    opened = db.connect(database_url)
    yield opened
    opened.close()


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
