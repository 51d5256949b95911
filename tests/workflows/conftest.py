"""A desk with a fresh database on it, on SQLite and on PostgreSQL."""

import pytest

from tests.workflows.desk import Desk
from workflows.db import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    """Six people, the default policy, nothing declared yet."""
    return Desk(database)


@pytest.fixture
def sqlite_desk(sqlite_database: Database) -> Desk:
    """The same on SQLite only: for tables of many rows about what no database decides."""
    return Desk(sqlite_database)
