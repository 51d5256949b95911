"""Two acts at the same moment: one rule of who was first, no doubles, no error for anybody innocent."""

import random

import pytest

from tests.budget import LONG
from tests.workflows.clashing import CLASHES, both_decided, ready
from workflows import check
from workflows.db import Database

PAIRS = 50 if LONG else 2  # `make clashes` tries as many as it is told
CERTAIN = 4


@pytest.mark.parametrize("name", CLASHES)
def test_clash(database: Database, name: str) -> None:
    rules, clash = CLASHES[name]
    desk, chance = ready(database, rules), random.Random(name)

    assert [wrong for _ in range(PAIRS) for wrong in clash(desk, chance)] == []
    with database.read() as tx:
        assert check.promises(tx, real_now=desk.now) == []


def test_two_who_neither_lock_nor_compare_are_caught(database: Database) -> None:
    """The race is there to be lost: planted, it is seen."""
    desk, chance = ready(database), random.Random(1)

    assert sum(both_decided(desk, chance) for _ in range(CERTAIN)) > 0
