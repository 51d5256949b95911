"""Runs the migrations in one transaction; on PostgreSQL one process at a time, never waiting long for a lock.

The address comes from `workflows.db.migrate`, or from `alembic -x url=…`.
"""

from alembic import context

from workflows import db, engines
from workflows.register_models import metadata

ADVISORY_LOCK = 0x636F756E  # "coun": any two migrations of this program exclude each other


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
        context.run_migrations()
    engine.dispose()


run()
