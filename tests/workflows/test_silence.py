"""GitHub silent for long: what is shown is drawn anew once, when it becomes too old to decide on."""

import pytest

from tests import build
from tests.workflows.desk import Desk
from workflows import learning


@pytest.fixture
def desk(sqlite_desk: Desk) -> Desk:
    sqlite_desk.rules = build.deploy_rules()
    return sqlite_desk


def test_the_card_is_drawn_anew_when_silence_begins_and_when_the_reading_is_too_old(desk: Desk) -> None:
    desk.ask()
    place = "card:#deploys"
    drawn = desk.wanted(place)

    def silent(minutes: float) -> bool:
        """Whether a try that fails that much later has the card drawn anew."""
        nonlocal drawn
        desk.wait(minutes).do("", learning.silent, desk.case.id, "timeout")
        before, drawn = drawn, desk.wanted(place)
        return drawn > before

    assert silent(1)  # it is silent from now on
    assert not silent(8)  # read nine minutes ago
    assert silent(2)  # read eleven minutes ago: nobody can approve by it any more
    assert not silent(1)
