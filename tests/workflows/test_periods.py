"""Whether a period is complete: stretches that touch are one, a gap is named, and "0 unexplained" is never a guess."""

from dataclasses import replace
from datetime import datetime

import pytest

from tests import build
from tests.build import NEXT_SHA, REPOSITORY, T0, at
from tests.workflows.desk import Desk
from tests.workflows.test_sightings import committed, deployed, see
from workflows import periods
from workflows.completeness import Gap, Period, unread
from workflows.ruleset import System

RULES = build.deploy_rules(systems={"payments": System("payments", (REPOSITORY,))})
DEPLOYMENTS, COMMITS = f"deployments:{REPOSITORY}", f"commits:{REPOSITORY}"
Stretch = tuple[float, float]


def read(desk: Desk, source: str, *stretches: Stretch) -> None:
    with desk.database.write() as tx:
        for since, until in stretches:
            periods.read(tx, source, at(since), at(until))


def period(desk: Desk, since: datetime = T0, until: datetime | None = None) -> Period:
    with desk.database.read() as tx:
        return periods.unexplained(tx, since, until or at(60), RULES)


def gaps(desk: Desk, since: float = 0, until: float = 60) -> list[Stretch]:
    """The gaps of the first source, in minutes."""
    found = [gap for gap in period(desk, at(since), at(until)).gaps if gap.source == DEPLOYMENTS]
    return [((g.since - T0).total_seconds() / 60, (g.until - T0).total_seconds() / 60) for g in found]


@pytest.mark.parametrize(
    ("stretches", "left"),
    [
        pytest.param([(0, 60)], [], id="all of it"),
        pytest.param([(-10, 70)], [], id="more than all of it"),
        pytest.param([(0, 20), (20, 60)], [], id="one after the other"),
        pytest.param([(30, 60), (0, 30)], [], id="the other way round"),
        pytest.param([(0, 40), (20, 60)], [], id="overlapping"),
        pytest.param([(0, 20), (40, 60), (10, 50)], [], id="a stretch that joins two"),
        pytest.param([(0, 20), (40, 60)], [(20, 40)], id="a gap between"),
        pytest.param([(10, 60)], [(0, 10)], id="begun late"),
        pytest.param([(0, 54)], [(54, 60)], id="ended early"),
        pytest.param([(0, 56)], [], id="read four minutes ago"),
        pytest.param([(70, 80)], [(0, 60)], id="only later"),
        pytest.param([], [(0, 60)], id="never"),
    ],
)
def test_where_nobody_looked(sqlite_desk: Desk, stretches: list[Stretch], left: list[Stretch]) -> None:
    read(sqlite_desk, DEPLOYMENTS, *stretches)
    assert gaps(sqlite_desk) == left


def test_a_short_period_that_was_not_read_is_not_forgiven(sqlite_desk: Desk) -> None:
    assert gaps(sqlite_desk, 0, 3) == [(0, 3)]


def test_zero_unexplained_is_said_only_when_every_source_was_read(desk: Desk) -> None:
    read(desk, DEPLOYMENTS, (0, 60))
    half = period(desk)
    assert (half.count, half.clean, half.gaps) == (0, False, (Gap(COMMITS, T0, at(60)),))
    assert half.as_of is None
    read(desk, COMMITS, (0, 58))
    whole = period(desk)
    assert (whole.count, whole.clean, whole.gaps, whole.as_of) == (0, True, (), at(58))


def test_the_list_is_of_what_happened_then_and_nobody_explained(desk: Desk) -> None:
    desk.rules = RULES
    read(desk, DEPLOYMENTS, (0, 60))
    read(desk, COMMITS, (0, 60))
    desk.wait(60)
    see(
        desk,
        deployed(),
        deployed(source="ci", external="2", at=at(11)),
        deployed(external="3", sha=NEXT_SHA, at=at(90)),
    )
    see(desk, committed("c" * 40, pulls=None, at=at(20)))
    found = period(desk)
    assert [(one.key, one.at) for one in found.list] == [("FD-2026-0001", at(10)), (None, at(20))]
    assert (found.count, found.explained, found.clean) == (2, 0, False)

    see(desk, committed("c" * 40, at=at(20)))
    desk.id = desk.id_of("FD-2026-0001")
    owner = desk.case.review.owner if desk.case.review else None
    desk.close(owner or "", missing={})
    after = period(desk)
    assert ([one.key for one in after.list], after.explained) == (["FD-2026-0003"], 1)


def test_a_policy_without_repositories_has_no_source_and_is_never_clean(sqlite_desk: Desk) -> None:
    nothing = replace(RULES, systems={})
    with sqlite_desk.database.read() as tx:
        assert periods.unexplained(tx, T0, at(60), nothing).clean is False


def test_gaps_of_several_sources_are_told_as_stretches() -> None:
    gaps = [Gap("b", at(30), at(40)), Gap("a", at(0), at(10)), Gap("b", at(5), at(20)), Gap("c", at(20), at(25))]
    assert unread(gaps) == ((at(0), at(25)), (at(30), at(40)))
