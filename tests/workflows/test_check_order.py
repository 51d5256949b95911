"""An event that is written after a checkpoint and says that it was before it is told; so is another time of one."""

import sqlalchemy as sa

from tests.workflows.records import NOW
from tests.workflows.test_checkpoints import LATER, noted, sealed
from workflows import check_order, guards, ledger
from workflows.db import Database
from workflows.log_models import checkpoints


def found(database: Database) -> list[str]:
    with database.read() as tx:
        return [f"{one.subject}: {one.what}" for one in check_order.dated_back(tx)]


def test_what_is_dated_back_is_told(database: Database) -> None:
    noted(database, 3)
    assert found(database) == []
    assert sealed(database)
    with database.write() as tx:
        ledger.note(tx, "view", {}, actor=None, now=LATER)
    assert sealed(database, now=LATER)
    assert found(database) == []
    noted(database, 1)
    assert NOW < LATER
    assert sealed(database)
    assert [one.partition(" says")[0] for one in found(database)] == ["system: event 5"]
    with database.write() as tx:
        for statement in guards.removals(database.dialect):
            tx.exec_driver_sql(statement)
        tx.execute(sa.update(checkpoints).where(checkpoints.c.size == 4).values(at=NOW))
        tx.execute(sa.delete(checkpoints).where(checkpoints.c.size == 3))
    assert found(database)[0] == "checkpoint 4: its time is not the one that was signed"
    assert len(found(database)) == 2
