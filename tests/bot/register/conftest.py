"""One register for tests that leave nothing behind but sessions and events."""

from collections.abc import Iterator

import pytest

from tests.bot.register.doorway import Doorway, doorway
from tests.databases import SqliteTemplates


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, sqlite_templates: SqliteTemplates) -> Iterator[Doorway]:
    """On SQLite, for a module."""
    folder = tmp_path_factory.mktemp("register")
    with doorway(sqlite_templates.make(folder), folder) as made:
        yield made
