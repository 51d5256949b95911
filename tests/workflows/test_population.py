"""Whether every number went to a change that is there: told from counts, and by each number's own event."""

from collections.abc import Callable

import sqlalchemy as sa

from tests.build import T0
from tests.workflows.desk import Desk
from workflows import guards, ledger, population
from workflows.db import Database
from workflows.models import changes, counters, events

Edit = Callable[[sa.Connection, list[str]], object]
FIRST, SECOND = "EC-2026-0001", "EC-2026-0002"


def _swapped(tx: sa.Connection, ids: list[str]) -> None:
    """Each of both changes with the key and the number of the other."""
    for id, key, number in ((ids[0], "x", 9), (ids[1], FIRST, 1), (ids[0], SECOND, 2)):
        tx.execute(sa.update(changes).where(changes.c.id == id).values(key=key, number=number))


def _elsewhere(tx: sa.Connection, ids: list[str]) -> None:
    tx.execute(sa.update(changes).where(changes.c.id == ids[1]).values(key="EC-2026-0007", number=7))


def _twice(tx: sa.Connection, ids: list[str]) -> None:
    ledger.note(tx, "numbered", {"key": FIRST, "subject": ids[0]}, actor=None, now=T0)


def _again(tx: sa.Connection, ids: list[str]) -> None:
    ledger.note(tx, "numbered", {"key": FIRST, "subject": ids[1]}, actor=None, now=T0)


def _spaced(tx: sa.Connection, ids: list[str]) -> None:
    """The same said in other bytes than we write."""
    at = sa.and_(events.c.kind == "numbered", events.c.seq == 1)
    body = bytes(tx.scalar(sa.select(events.c.body).where(at)))  # type: ignore[arg-type]
    tx.execute(sa.update(events).where(at).values(body=body.replace(b":", b": ")))


# The name of what is done to two changes → how, whether the counts tell of no gap, and which keys are strange.
EDITS: dict[str, tuple[Edit, bool, list[str]]] = {
    "nothing": (lambda tx, ids: None, True, []),
    "a counter that is ahead": (lambda tx, ids: tx.execute(sa.update(counters).values(last=3)), False, []),
    "a change of another number": (_elsewhere, False, [SECOND, "EC-2026-0007"]),
    "two changes, each with the other's key": (_swapped, True, [FIRST, SECOND]),
    "a number that was given to another change too": (_again, False, [FIRST]),
    "a number that was given to the same change again": (_twice, False, []),
    "other bytes": (_spaced, True, []),
}


def test_numbers_and_the_changes_that_they_went_to(database: Database) -> None:
    desk = Desk(database)
    ids = [desk.declare().id, desk.declare("ops", broken="search is down").id]
    with database.write() as tx:
        for statement in guards.removals(tx.dialect.name):
            tx.exec_driver_sql(statement)
        for name, (edit, whole, strange) in EDITS.items():
            tried = tx.begin_nested()
            edit(tx, ids)
            assert population.gapless(tx) is whole, name
            series = [{"series": "EC-2026", "last": 2, "missing": []}]
            assert population.numbering(tx) == {"series": series, "strange": strange}, name
            tried.rollback()


def test_a_number_that_was_never_noted_is_missing(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    desk.declare()
    with sqlite_database.write() as tx:
        ledger.note(tx, "numbered", {"key": "EC-2026-0004", "subject": "x"}, actor=None, now=T0)
        assert population.numbering(tx) == {
            "series": [{"series": "EC-2026", "last": 4, "missing": [2, 3]}],
            "strange": ["EC-2026-0004"],
        }
