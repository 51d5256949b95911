"""Killed between any two steps, a message arrives, and where Slack can be asked it arrives once."""

from dataclasses import replace
from typing import Any

import pytest

from bot.delivery import Delivery
from tests.bot.sending import room
from tests.crash_points import STEPS, Count, Killer, count, put, run_until_done
from workflows.db import Database


@pytest.mark.both_databases
@pytest.mark.parametrize("step", STEPS)
def test_nothing_is_lost_and_nothing_stands_there_twice(database: Database, step: str) -> None:
    with room(database) as here:
        wanted, killer = put(here, 2), Killer(step, 8)
        run_until_done(here, lambda: here.worker(step=killer))
        assert len(killer.which) == 8
        assert count(here, wanted) == Count([], [])


@pytest.mark.parametrize("step", STEPS)
def test_an_update_that_was_cut_off_is_done_again(database: Database, step: str) -> None:
    with room(database) as here:
        case = here.declare()
        here.worker().drain()
        here.advance(case.id)
        killer = Killer(step, 2)
        run_until_done(here, lambda: here.worker(step=killer))
        assert here.texts("CINC") == [f"{case.key} is declared at 2."]


@pytest.mark.both_databases
@pytest.mark.parametrize("step", STEPS)
def test_a_private_line_comes_at_most_twice_under_one_id(database: Database, step: str) -> None:
    with room(database) as here:
        here.notify("pst", "private:CINC:cto")
        killer = Killer(step, 1)
        run_until_done(here, lambda: here.worker(step=killer))
        assert here.texts("CINC", "UCTO") == ["pst."] * (2 if step == "sent" else 1)


def test_a_sender_that_does_not_look_first_is_caught_here(database: Database) -> None:
    """The planted fault: the mark is forgotten, so what was sent before the kill is sent again."""
    with room(database) as here:
        wanted, killer = put(here, 2), Killer("sent", 4)

        def blind() -> Any:
            worker = here.worker(step=killer)
            worker._delivery = Blind(worker._delivery)  # type: ignore[assignment]
            return worker

        run_until_done(here, blind)
        assert count(here, wanted) == Count([], wanted[4:5])


class Blind:
    """Delivers every row as if it had never been tried."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery, self.outcomes = delivery, delivery.outcomes

    def deliver(self, row: Any) -> None:
        """Forget, and deliver."""
        self._delivery.deliver(replace(row, first_try_at=None))
