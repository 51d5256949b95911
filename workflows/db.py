"""The one way to write and the one way to read, on SQLite and on PostgreSQL.

SQLite: exactly one connection writes, behind a fair lock, and only it checkpoints the write-ahead log (two
that do can corrupt the file before SQLite 3.51.3); everyone else opens the file read-only.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from workflows import guards, written
from workflows.engines import fold_log, postgresql_engine, sqlite_engine
from workflows.fifo import FifoLock
from workflows.written import Written

Role = Literal["server", "cli"]
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


class GuardsMissing(RuntimeError):
    """The database lacks guards (triggers) that keep the record append-only; the message names them."""


class NestedTransaction(RuntimeError):
    """A transaction was opened inside `write()`: pass the outer `tx` on instead."""


class TransactionLost(RuntimeError):
    """The database ended the transaction by itself (disk full, I/O error): nothing of it may be acked."""


class Database:
    """An open database; safe to use from many threads. `dialect` is "sqlite" or "postgresql"."""

    def __init__(self, writer: sa.Engine, reader: sa.Engine) -> None:
        self.dialect = writer.dialect.name
        self._writer = writer
        self._reader = reader
        self._lock = FifoLock()
        self._only: sa.Connection | None = None
        self._mine = threading.local()
        self._callbacks: list[Callable[[], None]] = []
        self._listeners: list[Callable[[Sequence[Written]], None]] = []

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction: committed when the block ends, rolled back when it raises.

        No network inside. Raises NestedTransaction inside another `write()` of this thread, TransactionLost
        when the database gave the transaction up. After the commit the callbacks of `on_commit` run.
        """
        self._refuse_nesting("write")
        self._mine.writing = True
        try:
            with self._one_writer() if self.dialect == "sqlite" else self._writer.begin() as tx:
                tx.info[written.INFO] = told = list[Written]()
                yield tx
        finally:
            self._mine.writing = False
        for callback in tuple(self._callbacks):
            callback()
        for listener in tuple(self._listeners) if told else ():
            listener(told)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent, query-only view. Short: fetch pages of at most 500 rows whole.

        Raises NestedTransaction inside `write()`: read through its `tx`, which sees what it wrote.
        """
        self._refuse_nesting("read")
        with self._reader.connect() as tx:
            try:
                yield tx
            except BaseException:
                # What was not read to its end keeps SQLite's view open, and whoever came next would be shown the past.
                if self.dialect == "sqlite":
                    tx.invalidate()
                raise

    def fold_log(self) -> bool:
        """Move SQLite's log into the file and empty it: what was erased survives in neither. False: not this time.

        Waits a fifth of a second for readers; there is always a next time. On PostgreSQL there is nothing to do.
        """
        if self.dialect != "sqlite":
            return True
        self._refuse_nesting("fold_log")
        with self._lock:
            if self._only is None:
                self._only = self._writer.connect()
            return fold_log(self._only)

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Have `callback` called in the writing thread after each commit of `write()`; it must be quick."""
        self._callbacks.append(callback)

    def on_events(self, listener: Callable[[Sequence[Written]], None]) -> None:
        """Have `listener` called in the writing thread with the events of each commit that wrote any; it is quick."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Close every connection; the last one out checkpoints SQLite's log."""
        self._reader.dispose()
        with self._lock:
            self._drop()
        self._writer.dispose()

    def _refuse_nesting(self, what: str) -> None:
        if getattr(self._mine, "writing", False):
            raise NestedTransaction(f"{what}() inside write(): pass the outer tx on instead")

    @contextmanager
    def _one_writer(self) -> Iterator[sa.Connection]:
        with self._lock:
            if self._only is None:
                self._only = self._writer.connect()
            tx = self._only
            try:
                with tx.begin():
                    yield tx
                    if not getattr(tx.connection.dbapi_connection, "in_transaction", False):
                        raise TransactionLost("SQLite ended the transaction by itself; nothing was committed")
            except (sa.exc.DBAPIError, TransactionLost):
                self._drop()
                raise

    def _drop(self) -> None:
        if self._only is not None:
            self._only.invalidate()
            self._only.close()
            self._only = None


def connect(url: str, role: Role = "server") -> Database:
    """Open a database by URL: `sqlite:///path`, `postgres://…`, `postgresql://…`, `postgresql+psycopg://…`.

    `role` "cli" is a process beside the server: its writes wait for the server's, and never checkpoint.
    Raises ValueError for anything else, also for SQLite in memory, which readers could not share.
    """
    target = parse(url)
    if target.get_backend_name() == "sqlite":
        return Database(sqlite_engine(target, role), sqlite_engine(target, "reader"))
    engine = postgresql_engine(target, pooled=True)
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Database(engine, reading)


def parse(url: str) -> sa.URL:
    """Return the URL with the driver that is installed. Raises ValueError, without repeating a password."""
    try:
        target = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise ValueError("DATABASE_URL is not a database address") from None
    if target.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return target.set(drivername="postgresql+psycopg")
    if target.drivername == "sqlite" and target.database not in (None, "", ":memory:"):
        return target
    shown = target.render_as_string(hide_password=True)
    raise ValueError(f"{shown}: want sqlite:///path/to/file or postgresql://user@host/name")


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest tables and guards; safe to run twice, and twice at once."""
    from alembic import command
    from alembic.config import Config

    target = parse(url)
    if target.get_backend_name() == "sqlite":
        # Readable by its owner alone; the files that SQLite puts beside it follow.
        Path(str(target.database)).touch(mode=0o600, exist_ok=True)
    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")


def refuse_without_guards(database: Database) -> None:
    """Raise GuardsMissing, naming them, unless every guard is in place and unaltered, and no other trigger is there."""
    with database.read() as tx:
        gone, foreign = guards.missing(tx), guards.foreign(tx)
    if gone:
        raise GuardsMissing(f"guards missing or altered: {', '.join(gone)}. Run `migrate`, and `verify` the record.")
    if foreign:
        raise GuardsMissing(f"not ours, and may change what is written: {', '.join(foreign)}. Remove, and `verify`.")
