"""Runs the migrations in one transaction; on PostgreSQL one process at a time, never waiting long for a lock.

The address comes from `workflows.db.migrate`, or from `alembic -x url=…`.
"""

import sqlalchemy as sa
from alembic import context

from workflows import db, engines
from workflows.register_models import metadata

ADVISORY_LOCK = 0x636F756E  # "coun": any two migrations of this program exclude each other

COUNTED = ("listed", "exceptions", "involved", "touched", "sightings")


def run() -> None:
    url = db.parse(context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True)["url"])
    sqlite = url.get_backend_name() == "sqlite"
    engine = engines.sqlite_engine(url, "migration") if sqlite else engines.postgresql_engine(url, pooled=False)
    with engine.connect() as connection, connection.begin():
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '60s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
            connection.exec_driver_sql("SET LOCAL statement_timeout = '10min'")
        context.configure(
            connection=connection,
            target_metadata=metadata,
            transactional_ddl=True,
            compare_type=True,
            render_as_batch=sqlite,
        )
        before = context.get_context().get_current_heads()
        context.run_migrations()
        anew = context.get_context().get_current_heads() != before
    if anew and not sqlite:
        _sweep(engine)
    engine.dispose()


def _sweep(engine: sa.Engine) -> None:
    """Vacuum the tables that lists are counted from: rows that were written anew are else counted one by one.

    What another process is at work on is left to PostgreSQL's own vacuum, and so is what takes too long.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        there = set(sa.inspect(connection).get_table_names())
        tables = ", ".join(name for name in COUNTED if name in there)
        connection.exec_driver_sql("SET statement_timeout = '10min'")
        try:
            connection.exec_driver_sql(f"VACUUM (ANALYZE, SKIP_LOCKED) {tables}" if tables else "SELECT 1")
        except sa.exc.OperationalError:
            return


run()
