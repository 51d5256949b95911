"""Times in words: with the day, in the reader's zone, across the end of summer time."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.blocks import times

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "words"),
    [
        (NOW, "Europe/Berlin", "Mon 03:15"),
        (NOW, "America/New_York", "Sun 21:15"),
        (NOW, "no/such", "Mon 02:15"),
        (NOW + timedelta(days=6), "UTC", "Sun 02:15"),
        (NOW + timedelta(days=6, minutes=1), "UTC", "29 Nov 02:16"),
        (datetime(2027, 1, 2, 2, 15, tzinfo=UTC), "UTC", "2 Jan 2027 02:15"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "Europe/Berlin", "1 Jan 00:30"),
    ],
)
def test_a_time_names_its_day(at: datetime, zone: str, words: str) -> None:
    assert times.written(at, zone, NOW) == words


def test_a_shared_time_names_its_zone_and_knows_summer_time() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert times.written(before, "Europe/Berlin", before, named=True) == "Sun 02:30 CEST"
    assert times.written(before + timedelta(hours=1), "Europe/Berlin", before, named=True) == "Sun 02:30 CET"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=0), "1 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(hours=48), "2 days"),
    ],
)
def test_a_span_has_one_unit(length: timedelta, words: str) -> None:
    assert times.span(length) == words


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (NOW + timedelta(hours=6, minutes=20), "6 h left"),
        (NOW + timedelta(minutes=40), "40 min left"),
        (NOW + timedelta(seconds=59), "now"),
        (NOW - timedelta(seconds=59), "now"),
        (NOW - timedelta(minutes=1), "1 min late"),
        (NOW - timedelta(hours=2, minutes=59), "2 h late"),
        (NOW - timedelta(days=3), "3 days late"),
    ],
)
def test_late_is_a_number(due: datetime, words: str) -> None:
    assert times.left(due, NOW) == words


def test_a_date_is_said_without_a_year() -> None:
    assert times.date_words("2026-12-01") == "1 Dec"
    assert times.date_words("soon") == "soon"
