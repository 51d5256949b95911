"""The kinds of columns that the tables of the record are made of."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from workflows.moments import Moment

# The hidden rowid of SQLite is a unique key that INSERT OR REPLACE can aim at: the guarded tables have none.
GUARDED: dict[str, Any] = {"sqlite_with_rowid": False, "sqlite_strict": True}


def text(name: str, *args: sa.ForeignKey, pk: bool = False, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, *args, primary_key=pk, nullable=null)


def number(name: str, *, pk: bool = False, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, primary_key=pk, nullable=null, autoincrement=False)


def big(name: str, *, null: bool = False) -> "sa.Column[int]":
    """A number that another system chose; PostgreSQL's integers end at 2 thousand million."""
    return sa.Column(name, sa.BigInteger, nullable=null, autoincrement=False)


def at(name: str, *, pk: bool = False, null: bool = False) -> "sa.Column[datetime]":
    return sa.Column(name, Moment, primary_key=pk, nullable=null)


def flag(name: str) -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean, nullable=False)


def change(*, pk: bool = False) -> "sa.Column[str]":
    return text("change", sa.ForeignKey("changes.id"), pk=pk)
