"""What counts as read is the least of what is kept and what was noted; pure, so that many ways can be tried."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import at
from workflows import stretches
from workflows.stretches import Span

DAY = 24 * 60
Minutes = tuple[float, float]


def spans(*some: Minutes) -> tuple[Span, ...]:
    return tuple((at(since), at(until)) for since, until in some)


@pytest.mark.parametrize(
    ("kept", "noted", "counted"),
    [
        pytest.param([(0, 60)], [(0, 60)], [(0, 60)], id="all was noted"),
        pytest.param([(0, 60)], [(0, 10)], [(0, 60)], id="grown since"),
        pytest.param([(0, 9 * DAY)], [(0, 10)], [(0, 10 + DAY)], id="grown by more than a day"),
        pytest.param([(-60, 60)], [(0, 60)], [(0, 60)], id="begun earlier"),
        pytest.param([(0, 60)], [(0, 10), (40, 60)], [(0, 10), (40, 60)], id="a gap that was closed"),
        pytest.param([(0, 10), (40, 60)], [(0, 60)], [(0, 10), (40, 60)], id="a gap that was made"),
        pytest.param([(0, 10), (20, 60)], [(0, 10)], [(0, 10)], id="another after the newest"),
        pytest.param([(0, 10)], [(0, 60)], [(0, 10)], id="cut off"),
        pytest.param([(0, 60)], [], [], id="never noted"),
        pytest.param([], [(0, 60)], [], id="not kept"),
    ],
)
def test_the_least_of_both_counts(kept: list[Minutes], noted: list[Minutes], counted: list[Minutes]) -> None:
    assert stretches.counted(spans(*kept), spans(*noted)) == spans(*counted)


@pytest.mark.parametrize(
    ("kept", "noted", "beyond", "lost"),
    [
        pytest.param([(0, DAY)], [(0, 0)], [], [], id="a day grown"),
        pytest.param([(0, DAY + 1)], [(0, 0)], [(0, DAY + 1)], [], id="more than a day grown"),
        pytest.param([(-1, 60)], [(0, 60)], [(-1, 60)], [], id="begun earlier"),
        pytest.param([(0, 60)], [(0, 10), (40, 60)], [(0, 60)], [], id="a gap that was closed"),
        pytest.param([(0, 11), (40, 60)], [(0, 10), (40, 60)], [(0, 11)], [], id="an old one that grew"),
        pytest.param([(0, 10), (11, 12)], [(0, 10)], [(11, 12)], [], id="one that nobody noted"),
        pytest.param([(0, 60)], [], [(0, 60)], [], id="never noted"),
        pytest.param([(0, 10)], [(0, 60)], [], [(0, 60)], id="cut off"),
        pytest.param([(0, 10), (20, 60)], [(0, 60)], [], [(0, 60)], id="a gap that was made"),
        pytest.param([], [(0, 60)], [], [(0, 60)], id="not kept"),
    ],
)
def test_what_an_edit_looks_like(
    kept: list[Minutes], noted: list[Minutes], beyond: list[Minutes], lost: list[Minutes]
) -> None:
    assert stretches.beyond(spans(*kept), spans(*noted)) == spans(*beyond)
    assert stretches.lost(spans(*kept), spans(*noted)) == spans(*lost)


@pytest.mark.parametrize(
    ("read", "noted", "due"),
    [
        pytest.param([(0, 0)], [], True, id="new"),
        pytest.param([(0, DAY - 1)], [(0, 0)], False, id="grown by less than a day"),
        pytest.param([(0, DAY)], [(0, 0)], True, id="grown by a day"),
        pytest.param([(-1, 1)], [(0, 0)], True, id="earlier"),
        pytest.param([(0, 10), (12, 12)], [(0, 5)], True, id="a gap begins"),
        pytest.param([(0, 30)], [(0, 10), (20, 30)], True, id="a gap is closed"),
        pytest.param([(0, 10), (20, 40)], [(0, 10), (20, 30)], False, id="the newest grows"),
    ],
)
def test_when_it_is_noted(read: list[Minutes], noted: list[Minutes], due: bool) -> None:
    assert stretches.due(spans(*read), spans(*noted)) is due


@pytest.mark.parametrize(
    ("read", "gaps"),
    [
        pytest.param([(0, 60)], [], id="to the edges"),
        pytest.param([(-5, 0), (60, 70)], [(0, 60)], id="up to the edges from outside"),
        pytest.param([(0, 0), (60, 60)], [(0, 60)], id="a look at each edge"),
        pytest.param([(30, 30)], [(0, 30), (30, 60)], id="a look in the middle"),
        pytest.param([(10, 20), (20, 50)], [(0, 10), (50, 60)], id="both ends"),
        pytest.param([], [(0, 60)], id="nothing"),
    ],
)
def test_where_nobody_looked(read: list[Minutes], gaps: list[Minutes]) -> None:
    assert stretches.gaps(spans(*read), at(0), at(60)) == spans(*gaps)


def test_a_stretch_is_cut_to_the_period() -> None:
    some = spans((-10, 10), (20, 30), (50, 90), (90, 95))
    assert stretches.within(some, at(0), at(60)) == spans((0, 10), (20, 30), (50, 60))


def _read(noted: Sequence[Span], kept: Sequence[Span], one: Span) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """One reading as it is kept and noted."""
    after = stretches.joined([*stretches.counted(kept, noted), one])
    return (after if stretches.due(after, noted) else tuple(noted)), stretches.joined([*kept, one])


HOURS = st.tuples(st.integers(0, 400), st.integers(0, 40))


@given(st.lists(HOURS, max_size=12))
def test_an_honest_table_counts_whole_and_is_never_an_edit(many: list[tuple[int, int]]) -> None:
    noted: tuple[Span, ...] = ()
    kept: tuple[Span, ...] = ()
    for since, hours in many:
        noted, kept = _read(noted, kept, (at(hours=since), at(hours=since + hours)))
        assert stretches.counted(kept, noted) == kept
        assert (stretches.beyond(kept, noted), stretches.lost(kept, noted)) == ((), ())
