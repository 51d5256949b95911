"""A delivery has one effect and one answer, on both databases."""

import threading
from datetime import UTC, datetime, timedelta

from workflows import inbox
from workflows.db import Database
from workflows.inbox import Stored

REAL = datetime(2026, 11, 20, 3, 2, tzinfo=UTC)


def test_the_second_time_a_delivery_gets_the_first_answer(database: Database) -> None:
    with database.write() as tx:
        assert inbox.once(tx, ["a"], REAL) is None
        inbox.answer(tx, ["a"], {"text": "ü"})
    with database.write() as tx:
        assert inbox.once(tx, ["a"], REAL) == Stored({"text": "ü"})


def test_a_form_sent_again_in_another_delivery_gets_the_first_answer_and_keeps_it(database: Database) -> None:
    with database.write() as tx:
        assert inbox.once(tx, ["first", "view:1"], REAL) is None
        inbox.answer(tx, ["first", "view:1"], "done")
    with database.write() as tx:
        assert inbox.once(tx, ["second", "view:1"], REAL) == Stored("done")
    with database.write() as tx:
        assert inbox.once(tx, ["second"], REAL) == Stored("done")


def test_a_form_that_went_back_may_come_again(database: Database) -> None:
    with database.write() as tx:
        assert inbox.once(tx, ["first", "view:1"], REAL) is None
        inbox.release(tx, ["view:1"])
    with database.write() as tx:
        assert inbox.once(tx, ["second", "view:1"], REAL) is None
        assert inbox.once(tx, ["first"], REAL) == Stored(None)


def test_what_was_rolled_back_was_never_taken(database: Database) -> None:
    try:
        with database.write() as tx:
            inbox.once(tx, ["a"], REAL)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    with database.write() as tx:
        assert inbox.once(tx, ["a"], REAL) is None


def test_of_the_same_delivery_in_many_threads_exactly_one_is_new(database: Database) -> None:
    barrier = threading.Barrier(6)
    found: list[Stored | None] = []

    def take() -> None:
        barrier.wait(10)
        with database.write() as tx:
            stored = inbox.once(tx, ["a", "view:1"], REAL)
            if stored is None:
                inbox.answer(tx, ["a", "view:1"], "done")
        found.append(stored)

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found.count(None) == 1
    assert found.count(Stored("done")) == 5


def test_after_a_day_slacks_deliveries_are_forgotten_and_others_kept(database: Database) -> None:
    with database.write() as tx:
        inbox.once(tx, ["old"], REAL - timedelta(hours=25))
        inbox.once(tx, ["kept"], REAL - timedelta(days=400), keep=True)
        inbox.once(tx, ["young"], REAL - timedelta(hours=23))
        assert inbox.sweep(tx, REAL) == 1
        assert inbox.once(tx, ["kept"], REAL) is not None
        assert inbox.once(tx, ["young"], REAL) is not None
        assert inbox.once(tx, ["old"], REAL) is None
