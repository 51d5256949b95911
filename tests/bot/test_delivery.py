"""A row of the outbox becomes what people see in Slack: first choice, last choice, once."""

from collections.abc import Iterator

import pytest

from tests.bot.sending import Room, room
from workflows.db import Database


@pytest.fixture
def here(database: Database) -> Iterator[Room]:
    with room(database) as made:
        yield made


def test_a_card_is_posted_once_and_then_updated(here: Room) -> None:
    case, worker = here.declare(), here.worker()
    assert worker.drain() == 1
    assert here.texts("CINC") == [f"{case.key} is declared at 1."]
    here.advance(case.id)
    here.advance(case.id)
    assert worker.drain() == 1
    assert here.texts("CINC") == [f"{case.key} is declared at 3."]
    assert worker.drain() == 0
    row = here.card_row(case)
    assert (row.state, row.wanted, row.sent) == ("sent", 3, 3)
