"""Models and migrations cannot drift; the guards a migrated database has are the ones the program expects."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from workflows import db, guards
from workflows.db import Database
from workflows.gate_models import metadata


def test_a_migrated_database_is_what_the_models_say(database: Database) -> None:
    with database.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_comparison_sees_a_column_of_another_type(database: Database) -> None:
    with database.read() as tx:
        other = sa.MetaData(naming_convention=metadata.naming_convention)
        for table in metadata.tables.values():
            table.to_metadata(other)
        other.tables["beats"].c.at.type = sa.Integer()
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, other) != []


def test_migrating_again_changes_nothing(database_url: str) -> None:
    db.migrate(database_url)
    opened = db.connect(database_url)
    db.refuse_without_guards(opened)
    opened.close()


def test_a_migrated_database_has_every_guard(database: Database) -> None:
    db.refuse_without_guards(database)


@pytest.mark.parametrize("table", guards.TABLES)
def test_a_dropped_guard_is_named(database: Database, table: str) -> None:
    with database.write() as tx:
        for statement in guards.removals(database.dialect, (table,)):
            tx.exec_driver_sql(statement)
    with pytest.raises(db.GuardsMissing, match=f"{table}_insert"):
        db.refuse_without_guards(database)


def test_a_guard_of_the_right_name_that_does_nothing_is_missing(database: Database) -> None:
    sqlite = [
        "DROP TRIGGER events_insert",
        "CREATE TRIGGER events_insert BEFORE INSERT ON events BEGIN SELECT 1; END",
    ]
    postgresql = [
        "CREATE OR REPLACE FUNCTION events_insert() RETURNS trigger LANGUAGE plpgsql"
        " SET search_path = public, pg_temp AS 'BEGIN RETURN NEW; END'"
    ]
    with database.write() as tx:
        for statement in sqlite if database.dialect == "sqlite" else postgresql:
            tx.exec_driver_sql(statement)
    with database.read() as tx:
        assert guards.missing(tx) == ["events_insert"]


@pytest.mark.parametrize(
    "weaken",
    [
        "ALTER TABLE events DISABLE TRIGGER events_change",
        "ALTER TABLE events ENABLE TRIGGER events_change",  # ORIGIN: a replica session goes around it
        "ALTER FUNCTION events_change() RESET search_path",
    ],
)
def test_a_weakened_guard_is_missing(postgres_url: str, weaken: str) -> None:
    database = db.connect(postgres_url)
    with database.write() as tx:
        tx.exec_driver_sql(weaken)
    with database.read() as tx:
        assert guards.missing(tx) == ["events_change"]
    database.close()


def test_guards_can_be_put_back(database: Database) -> None:
    with database.write() as tx:
        for statement in guards.removals(database.dialect):
            tx.exec_driver_sql(statement)
        for statement in guards.statements(database.dialect):
            tx.exec_driver_sql(statement)
    db.refuse_without_guards(database)


def test_a_failed_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/half.db"
    engine = sa.create_engine(url)
    with engine.begin() as tx:
        tx.exec_driver_sql("CREATE TABLE events (other TEXT)")
    with pytest.raises(sa.exc.OperationalError, match="events"):
        db.migrate(url)
    assert sa.inspect(engine).get_table_names() == ["events"]
    engine.dispose()
