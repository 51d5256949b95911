"""How long a failed delivery waits, and when it is given up."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.backoff import TRIES, Trouble, backoff, given_up

CAPS = [(1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (1000, 300)]


@pytest.mark.parametrize(("attempt", "seconds"), CAPS)
def test_the_wait_doubles_up_to_five_minutes(attempt: int, seconds: int) -> None:
    assert backoff(attempt, 1.0) == timedelta(seconds=seconds)


def test_cosmetics_wait_up_to_half_an_hour() -> None:
    assert backoff(1000, 1.0, cosmetic=True) == timedelta(minutes=30)


@given(st.integers(0, 10**6), st.floats(0, 1, exclude_max=True))
def test_the_wait_is_spread_over_everything_below_its_ceiling(attempt: int, rand: float) -> None:
    assert timedelta() <= backoff(attempt, rand) <= timedelta(minutes=5)
    assert abs(backoff(attempt, rand) - rand * backoff(attempt, 1.0)) <= timedelta(microseconds=1)


@pytest.mark.parametrize("trouble", [Trouble.TRANSIENT, Trouble.AMBIGUOUS])
def test_a_day_of_outage_never_gives_a_row_up(trouble: Trouble) -> None:
    expected = sum((backoff(n, 0.5) for n in range(1, TRIES[trouble])), timedelta())
    assert timedelta(hours=26) < expected < timedelta(hours=36)
    assert not given_up(trouble, TRIES[trouble] - 1)
    assert given_up(trouble, TRIES[trouble])


@pytest.mark.parametrize("trouble", [Trouble.RATE_LIMITED, Trouble.LOST_AUTHORITY])
def test_a_rate_limit_or_a_refused_token_never_gives_a_row_up(trouble: Trouble) -> None:
    assert not given_up(trouble, 10**6)
