"""One house for a module of listener tests; each test declares a change of its own in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import loopback
from tests.bot.house import House, house
from tests.databases import SqliteTemplates


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, sqlite_templates: SqliteTemplates) -> Iterator[House]:
    """A house on SQLite, shared by the tests of the module."""
    folder: Path = tmp_path_factory.mktemp("house")
    with house(sqlite_templates.make(folder), folder) as built:
        yield built


@pytest.fixture(scope="session", autouse=True)
def _servers() -> Iterator[None]:
    yield
    loopback.close_all()
