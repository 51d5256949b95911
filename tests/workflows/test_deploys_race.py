"""Two acts on deploys at the same moment: never an approval for something else, never two that stand."""

import random

import pytest

from tests.budget import LONG
from tests.workflows.clashing import ready
from tests.workflows.clashing_deploys import DEPLOY_CLASHES
from workflows.db import Database

PAIRS = 50 if LONG else 2


@pytest.mark.parametrize("name", DEPLOY_CLASHES)
def test_clash(database: Database, name: str) -> None:
    rules, clash = DEPLOY_CLASHES[name]
    desk, chance = ready(database, rules), random.Random(name)

    assert [wrong for _ in range(PAIRS) for wrong in clash(desk, chance)] == []
    desk.sound()
