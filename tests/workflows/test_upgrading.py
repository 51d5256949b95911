"""A database of the version before, with rows in it, is upgraded: nothing is lost, and the guards still refuse."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tests.workflows.records import NOW, declared, people
from workflows import check, db, guards, ledger, verifying
from workflows.db import MIGRATIONS, Database
from workflows.gate_models import metadata
from workflows.models import changes, events

GATE = ("tokens", "reads", "sightings", "runs", "leaves", "checkpoints")


def back_to(version: str, url: str) -> None:
    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.downgrade(config, version)


def rows(database: Database) -> dict[str, int]:
    with database.read() as tx:
        known = set(sa.inspect(tx).get_table_names())
        tables = [table for table in metadata.sorted_tables if table.name in known]
        return {one.name: tx.scalar(sa.select(sa.func.count()).select_from(one)) or 0 for one in tables}


@pytest.fixture
def upgraded(database_url: str) -> tuple[Database, dict[str, int]]:
    """A change and what is beside it, brought back to 0001 and up again; with the rows that there were at 0001."""
    first = db.connect(database_url)
    with first.write() as tx:
        people(tx, "dev", "ops")
        declared(tx)
    first.close()
    back_to("0001", database_url)
    old = db.connect(database_url)
    before = rows(old)
    old.close()
    assert not set(GATE) & set(before)
    db.migrate(database_url)
    return db.connect(database_url), before


def test_rows_stay_and_guards_refuse_after_an_upgrade(upgraded: tuple[Database, dict[str, int]]) -> None:
    database, before = upgraded
    try:
        after = rows(database)
        assert (before["changes"], before["events"]) == (1, 2)
        assert {name: after[name] for name in before} == before
        assert [after[name] for name in GATE] == [0] * len(GATE)
        db.refuse_without_guards(database)
        for table in (name for name in guards.RECORD if before[name]):  # a guard of rows needs some to refuse
            with pytest.raises(sa.exc.DBAPIError, match=table), database.write() as tx:
                tx.exec_driver_sql(f"DELETE FROM {table}")
        with database.read() as tx:
            assert verifying.database(tx).ok
            assert check.promises(tx, real_now=NOW) == []
        _goes_on(database, NOW)
    finally:
        database.close()


def _goes_on(database: Database, now: datetime) -> None:
    with database.write() as tx:
        case = ledger.case(tx, tx.scalars(sa.select(changes.c.id)).one())
        assert case is not None
        ledger.advance(tx, case, "extended", {"until": now.isoformat()}, actor=None, now=now)
    with database.read() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(events).where(events.c.subject == case.id)) == 2
