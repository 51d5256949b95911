"""Keys are gap-free and never made twice, also by two processes that give up half of what they begin."""

import multiprocessing
import random
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from tests.workflows.records import NOW, people
from workflows import db, ledger, verifying
from workflows.change import Actor, Kind
from workflows.models import changes

EACH = 40


class GivenUp(Exception):
    """The use case failed after it had its number."""


def declare_many(url: str, role: db.Role, seed: int, ready: Any, keys: Any) -> None:
    """Run in a process of its own: declare `EACH` changes, giving up about a third of the tries."""
    luck = random.Random(seed)
    database = db.connect(url, role=role)
    ready.wait(30)
    made: list[str] = []
    while len(made) < EACH:
        try:
            with database.write() as tx:
                case = ledger.declare(
                    tx,
                    kind=Kind.EMERGENCY,
                    drill=False,
                    data={"implementer": "dev"},
                    actor=Actor("dev"),
                    now=NOW,
                    new_id=lambda: f"{seed}-{luck.getrandbits(64):x}",
                )
                if luck.random() < 0.3:
                    raise GivenUp
        except GivenUp:
            continue
        made.append(case.key)
    database.close()
    keys.put(made)


@pytest.mark.timeout(120)
def test_two_processes_never_make_the_same_key_and_leave_no_gap(database_url: str) -> None:
    database = db.connect(database_url)
    with database.write() as tx:
        people(tx, "dev")
    database.close()
    context = multiprocessing.get_context("spawn")
    ready, keys = context.Barrier(2), context.Queue()
    roles: tuple[db.Role, db.Role] = ("server", "cli")
    workers = [
        context.Process(target=declare_many, args=(database_url, role, seed, ready, keys))
        for seed, role in enumerate(roles)
    ]
    for worker in workers:
        worker.start()
    made = keys.get(timeout=90) + keys.get(timeout=90)
    for worker in workers:
        worker.join(10)
    assert sorted(made) == [f"EC-2026-{n:04d}" for n in range(1, 2 * EACH + 1)]
    assert verifying.database(database_url).ok


def naive(database: db.Database, started: threading.Barrier, made: list[int]) -> None:
    """Read the highest number, then write the next: what everybody writes first."""
    with database.read() as tx:
        highest = tx.scalar(sa.select(sa.func.max(changes.c.number))) or 0
    started.wait(10)
    made.append(highest + 1)


def test_highest_plus_one_makes_a_key_twice(database: db.Database) -> None:
    started, made = threading.Barrier(2), list[int]()
    threads = [threading.Thread(target=naive, args=(database, started, made)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1, 1]
