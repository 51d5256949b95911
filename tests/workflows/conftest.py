"""A desk with a fresh database on it, on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.workflows.desk import Desk
from workflows.db import Database, connect


@pytest.fixture
def desk(database: Database) -> Desk:
    """Six people, the default policy, nothing declared yet."""
    return Desk(database)


@pytest.fixture
def sqlite_desk(sqlite_url: str) -> Iterator[Desk]:
    """The same on SQLite only: for tables of many rows about what no database decides."""
    database = connect(sqlite_url)
    yield Desk(database)
    database.close()
