"""SQLAlchemy engines with the settings that keep a commit durable and a transaction what it says it is."""

import sqlite3
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.pool import NullPool, QueuePool

Use = Literal["server", "cli", "reader", "migration"]
SQLITE_WAIT = 10.0  # seconds a writer waits for a writer of another process
POSTGRESQL_OPTIONS = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
POOL = 16
COUNTED = {"preserve_rowcount": True}  # else psycopg's count of an INSERT ... ON CONFLICT DO NOTHING reads -1


def sqlite_engine(url: sa.URL, use: Use) -> sa.Engine:
    """Return an engine on a SQLite file: WAL, FULL, foreign keys; "reader" can only query."""
    # Only a migration makes the file: a wrong path is an error, not a new and empty record.
    mode = {"reader": "ro", "migration": "rwc"}.get(use, "rw")
    path = f"file:{_quoted(str(url.database))}?mode={mode}"

    def open_file() -> sqlite3.Connection:
        # isolation_level None: the driver begins nothing by itself; `_begin` below does.
        connection = sqlite3.connect(
            path,
            uri=True,
            timeout=SQLITE_WAIT,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        for pragma in _pragmas(use):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = sa.create_engine(
        "sqlite+pysqlite://",
        creator=open_file,
        execution_options=COUNTED,
        hide_parameters=True,  # a fault goes into the log, what people typed does not
        **(
            {"poolclass": QueuePool, "pool_size": POOL, "max_overflow": 0}
            if use == "reader"
            else {"poolclass": NullPool}
        ),
    )
    begin = "BEGIN" if use == "reader" else "BEGIN IMMEDIATE"
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def fold_log(connection: sa.Connection) -> bool:
    """Checkpoint by TRUNCATE on the connection that writes, outside of a transaction; False: a reader is in the way."""
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA busy_timeout=200")
    try:
        return bool(driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
    except sqlite3.OperationalError:
        return False
    finally:
        driver.execute(f"PRAGMA busy_timeout={int(SQLITE_WAIT * 1000)}")


def postgresql_engine(url: sa.URL, *, pooled: bool) -> sa.Engine:
    """Return an engine on PostgreSQL: pooled for the program, a connection at a time for migrations."""
    arguments: dict[str, Any] = {} if "options" in url.query else {"options": POSTGRESQL_OPTIONS}
    if not pooled:
        return sa.create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)
    return sa.create_engine(
        url,
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        execution_options=COUNTED,
        hide_parameters=True,
        connect_args=arguments,
    )


def _pragmas(use: Use) -> list[str]:
    common = ["foreign_keys=ON", "recursive_triggers=ON", "trusted_schema=OFF"]
    if use == "reader":
        return [*common, "query_only=ON"]
    writing = [*common, "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"]
    return [*writing, "wal_autocheckpoint=0"] if use == "cli" else writing


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
