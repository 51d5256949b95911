"""A person's night and their morning, also in the two nights a year that are longer or shorter."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.quiet import asleep_until, held_until
from workflows.ruleset import QuietHours

NIGHT = QuietHours(time(22), time(7))
BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "end"),
    [
        pytest.param("2026-11-16 20:59", BERLIN, None, id="a minute before the night"),
        pytest.param("2026-11-16 21:00", BERLIN, "2026-11-17 06:00", id="the night begins, and ends tomorrow"),
        pytest.param("2026-11-16 22:59", BERLIN, "2026-11-17 06:00", id="just before midnight"),
        pytest.param("2026-11-16 23:00", BERLIN, "2026-11-17 06:00", id="at midnight it ends today"),
        pytest.param("2026-11-17 05:59", BERLIN, "2026-11-17 06:00", id="a minute before the morning"),
        pytest.param("2026-11-17 06:00", BERLIN, None, id="the morning is no night"),
        pytest.param("2026-11-17 05:59", NEW_YORK, "2026-11-17 12:00", id="elsewhere it is still night"),
        pytest.param("2026-03-28 22:00", BERLIN, "2026-03-29 05:00", id="Berlin loses an hour: seven is earlier"),
        pytest.param("2026-10-24 21:00", BERLIN, "2026-10-25 06:00", id="Berlin gains an hour: seven is later"),
        pytest.param("2026-03-08 03:00", NEW_YORK, "2026-03-08 11:00", id="New York loses an hour"),
        pytest.param("2026-11-01 02:00", NEW_YORK, "2026-11-01 12:00", id="New York gains an hour"),
        pytest.param("2026-11-16 23:00", "Nowhere/At_All", "2026-11-17 07:00", id="an unknown zone is UTC"),
    ],
)
def test_the_night(now: str, zone: str, end: str | None) -> None:
    assert held_until(utc(now), zone, NIGHT) == (utc(end) if end else None)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        pytest.param("2026-11-16 12:59", None, id="before the nap"),
        pytest.param("2026-11-16 13:00", "2026-11-16 14:30", id="in it"),
        pytest.param("2026-11-16 14:30", None, id="after it"),
    ],
)
def test_quiet_hours_within_one_day(now: str, end: str | None) -> None:
    nap = QuietHours(time(13), time(14, 30))

    assert held_until(utc(now), "UTC", nap) == (utc(end) if end else None)


@pytest.mark.parametrize("quiet", [None, QuietHours(time(7), time(7))])
def test_without_quiet_hours_nothing_is_held(quiet: QuietHours | None) -> None:
    assert held_until(utc("2026-11-16 23:00"), BERLIN, quiet) is None


@pytest.mark.parametrize(
    ("now", "end"),
    [
        pytest.param("2026-10-25 00:00", "2026-10-25 00:30", id="half past two comes once in summer time"),
        pytest.param("2026-10-25 01:10", "2026-10-25 01:30", id="and once more in winter time"),
        pytest.param("2026-03-29 00:40", "2026-03-29 01:30", id="in spring it does not come at all"),
    ],
)
def test_a_night_that_ends_in_the_hour_that_is_doubled_or_missing(now: str, end: str) -> None:
    assert held_until(utc(now), BERLIN, QuietHours(time(22), time(2, 30))) == utc(end)


clocks = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))
moments = st.builds(lambda m: utc("2026-01-01 00:00") + timedelta(minutes=m), st.integers(0, 365 * 24 * 60))
changing = st.sampled_from(
    [utc(day) for day in ("2026-03-29 00:00", "2026-10-25 00:00", "2026-03-08 06:00", "2026-11-01 05:00")]
)
near = st.builds(lambda at, m: at + timedelta(minutes=m), changing, st.integers(-180, 180))


@given(st.one_of(moments, near), st.sampled_from((BERLIN, NEW_YORK, LORD_HOWE)), clocks, clocks)
def test_what_is_held_is_held_to_a_moment_to_come_at_which_it_is_day(
    now: datetime, zone: str, start: time, end: time
) -> None:
    quiet = QuietHours(start, end)
    until = held_until(now, zone, quiet)
    if until is None:
        return

    assert now < until <= now + timedelta(hours=26)
    assert until.utcoffset() == timedelta(0)
    assert held_until(until, zone, quiet) is None


@pytest.mark.parametrize(
    ("choice", "now", "zone", "until"),
    [
        pytest.param("1h", "2026-11-16 02:10", BERLIN, "2026-11-16 03:10", id="an hour"),
        pytest.param("4h", "2026-11-16 02:10", BERLIN, "2026-11-16 06:10", id="four hours"),
        pytest.param("morning", "2026-11-16 02:10", BERLIN, "2026-11-16 06:00", id="seven this morning"),
        pytest.param("morning", "2026-11-16 06:00", BERLIN, "2026-11-17 06:00", id="at seven it is tomorrow's"),
        pytest.param("morning", "2026-11-16 14:00", BERLIN, "2026-11-17 06:00", id="in the afternoon tomorrow's"),
        pytest.param("morning", "2026-11-16 02:10", NEW_YORK, "2026-11-16 12:00", id="one's own morning"),
        pytest.param("morning", "2026-03-28 12:00", BERLIN, "2026-03-29 05:00", id="after the short night"),
        pytest.param("morning", "2026-10-24 12:00", BERLIN, "2026-10-25 06:00", id="after the long one"),
    ],
)
def test_a_snooze_ends(choice: str, now: str, zone: str, until: str) -> None:
    assert asleep_until(choice, utc(now), zone) == utc(until)


def test_an_unknown_choice_is_none() -> None:
    assert asleep_until("2h", utc("2026-11-16 02:10"), BERLIN) is None
