"""Two clicks at the same moment: one decides, the other sees it; on both databases, with a naive one planted."""

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.workflows.records import NOW, approve, declared, people
from workflows import ledger, verifying
from workflows.change import Action, Actor, Reason, Status, Verdict
from workflows.db import Database
from workflows.models import approvals, changes, events

PAIRS = 40
Click = Callable[[Database, str, str, threading.Barrier], bool]


def careful(database: Database, change: str, person: str, together: threading.Barrier) -> bool:
    """Lock, read, decide, advance: what every use case does. Returns whether this click decided."""
    together.wait(10)
    with database.write() as tx:
        assert ledger.lock(tx, change)
        case = ledger.case(tx, change)
        assert case
        if case.status is not Status.DECLARED:
            no = Verdict(False, Reason.ALREADY_DECIDED)
            ledger.refuse(tx, case, action=Action.APPROVE, verdict=no, actor=Actor(person), now=NOW)
            return False
        approve(tx, case, person)
        return True


def forgetful(database: Database, change: str, person: str, together: threading.Barrier) -> bool:
    """As `careful`, without the lock and on a case read before: the ledger must not let it through."""
    with database.read() as tx:
        case = ledger.case(tx, change)
    assert case
    together.wait(10)
    try:
        with database.write() as tx:
            approve(tx, case, person)
    except ledger.Stale:
        return False
    return True


def naive(database: Database, change: str, person: str, together: threading.Barrier) -> bool:
    """Select, decide, update, past the ledger."""
    with database.read() as tx:
        status = tx.scalar(sa.select(changes.c.status).where(changes.c.id == change))
    together.wait(10)
    if status != "declared":
        return False
    with database.write() as tx:
        tx.execute(sa.update(changes).where(changes.c.id == change).values(status="approved"))
    return True


def pair(database: Database, change: str, click: Click) -> int:
    """Let cto and lead click at once; return how many of them decided."""
    together, decided = threading.Barrier(2), list[bool]()

    def press(person: str) -> None:
        decided.append(click(database, change, person, together))

    threads = [threading.Thread(target=press, args=(person,)) for person in ("cto", "lead")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(decided) == 2
    return sum(decided)


def declare(database: Database, n: int) -> list[str]:
    with database.write() as tx:
        people(tx, "dev", "ops", "cto", "lead")
        return [declared(tx).id for _ in range(n)]


@pytest.mark.parametrize("click", [careful, forgetful])
def test_exactly_one_decides(database: Database, click: Click) -> None:
    pairs = declare(database, PAIRS)
    assert [pair(database, change, click) for change in pairs] == [1] * PAIRS
    with database.read() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(approvals)) == PAIRS
        refused = tx.scalar(sa.select(sa.func.count()).where(events.c.kind == "refused"))
        assert refused == (PAIRS if click is careful else 0)
        assert verifying.database(tx).ok


def test_select_decide_update_decides_twice(database: Database) -> None:
    assert [pair(database, change, naive) for change in declare(database, 3)] == [2, 2, 2]


def test_the_first_notes_of_a_subject_at_once(database: Database) -> None:
    together = threading.Barrier(8)

    def write() -> None:
        together.wait(10)
        with database.write() as tx:
            ledger.note(tx, "policy", {}, actor=None, now=NOW)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with database.read() as tx:
        assert tx.scalar(sa.select(sa.func.max(events.c.seq))) == 8
        assert verifying.database(tx).ok
