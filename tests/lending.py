"""Databases lent to one test after another: the engines, and what they have compiled, outlive the test."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from tests.emptying import LENT
from workflows.db import Database, connect


class Lender:
    """Opens each URL once, as `workflows.db.connect` does; what is lent has nothing of the test before."""

    def __init__(self) -> None:
        self._engines: dict[str, tuple[sa.Engine, sa.Engine]] = {}

    @contextmanager
    def lend(self, url: str) -> Iterator[Database]:
        """A Database on `url` for one test. Only idle PostgreSQL connections stay open after it."""
        database = self.opened(url)
        try:
            yield database
        finally:  # an example that Hypothesis gives up ends here too
            if database.dialect == "sqlite":
                database.close()

    def opened(self, url: str) -> Database:
        """A Database on `url` that whoever asks closes."""
        if url not in self._engines:
            target = sa.make_url(url)
            if target.get_backend_name() == "postgresql":
                target = target.update_query_dict({"application_name": LENT})
            opened = connect(target.render_as_string(hide_password=False))
            self._engines[url] = opened._writer, opened._reader
        database = Database(*self._engines[url])
        if database.dialect == "sqlite":
            database.close()  # a thread of the test before may have opened the file that stood here
        return database

    def close(self) -> None:
        """Close what is still open."""
        for engines in self._engines.values():
            Database(*engines).close()
