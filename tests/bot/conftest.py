"""One house for a module of listener tests; each test declares a change of its own in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import loopback
from tests.bot.house import House, house
from tests.conftest import migrate


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house on SQLite, shared by the tests of the module."""
    folder: Path = tmp_path_factory.mktemp("house")
    url = f"sqlite:///{folder}/countersign.db"
    migrate(url)
    with house(url, folder) as built:
        yield built


@pytest.fixture(scope="session", autouse=True)
def _servers() -> Iterator[None]:
    yield
    loopback.close_all()
