"""When an environment is frozen: on the clock of the policy's zone, over the end of a week, when clocks change.

November 2026: Berlin is at +1, so Friday 16:00 there is 15:00 UTC. Clocks go back on 25 October, forward on 28 March.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import build
from workflows import freezes
from workflows.gated import Lifted, Rollback
from workflows.ruleset import Freeze, Rules

WEEKEND = Freeze("weekend", every="fri 16:00 - mon 08:00", override="release-managers")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def of(*many: Freeze, zone: str = "Europe/Berlin") -> Rules:
    return build.deploy_rules(freezes=many, zone=zone)


def weekly(every: str, zone: str = "Europe/Berlin") -> Rules:
    return of(Freeze("r", every=every), zone=zone)


def frozen(rules: Rules, when: str, environment: str = "production") -> bool:
    return bool(freezes.current(rules, environment, utc(when)))


@pytest.mark.parametrize(
    ("every", "zone", "when", "answer"),
    [
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2026-11-20T14:59:59", False, id="a second before"),
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2026-11-20T15:00", True, id="from its first second"),
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2026-11-22T12:00", True, id="on Sunday"),
        pytest.param(
            "fri 16:00 - mon 08:00", "Europe/Berlin", "2026-11-23T06:59:59", True, id="over the end of the week"
        ),
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2026-11-23T07:00", False, id="not in its last second"),
        pytest.param("fri 16:00 - mon 08:00", "UTC", "2026-11-20T15:30", False, id="in UTC an hour later"),
        pytest.param("fri 16:00 - mon 08:00", "America/New_York", "2026-11-20T20:59", False, id="in New York later"),
        pytest.param("fri 16:00 - mon 08:00", "America/New_York", "2026-11-20T21:00", True, id="in New York at 21 UTC"),
        pytest.param(
            "fri 16:00 - mon 08:00", "Asia/Kathmandu", "2026-11-20T10:15", True, id="a zone of a quarter hour"
        ),
        pytest.param("fri 16:00 - mon 08:00", "Nowhere/None", "2026-11-20T16:00", True, id="an unknown zone is UTC"),
        pytest.param("tue 09:00 - tue 17:00", "UTC", "2026-11-17T12:00", True, id="within one day"),
        pytest.param("tue 09:00 - tue 17:00", "UTC", "2026-11-18T12:00", False, id="not on the next day"),
        pytest.param("tue 17:00 - tue 09:00", "UTC", "2026-11-18T12:00", True, id="all but one working day"),
        pytest.param("tue 17:00 - tue 09:00", "UTC", "2026-11-17T12:00", False, id="that working day itself"),
        pytest.param("sun 22:00 - mon 02:00", "UTC", "2026-11-15T23:00", True, id="from Sunday into Monday"),
        pytest.param("sun 22:00 - mon 02:00", "UTC", "2026-11-16T01:00", True, id="on the Monday of the next week"),
        pytest.param("sun 22:00 - mon 02:00", "UTC", "2026-11-16T03:00", False, id="and then over"),
        pytest.param("mon 00:00 - sun 23:59", "UTC", "2026-11-22T23:59:30", False, id="the one free minute"),
        # Spring: 2027-03-28, 02:00 becomes 03:00 in Berlin. Autumn: 2026-10-25, 03:00 becomes 02:00.
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2027-03-26T15:00", True, id="spring: begins at +1"),
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2027-03-29T05:59", True, id="spring: ends at +2"),
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2027-03-29T06:00", False, id="spring: an hour shorter"),
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2026-10-23T13:59", False, id="autumn: not before 14"),
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2026-10-23T14:00", True, id="autumn: begins at +2"),
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2026-10-26T06:59", True, id="autumn: an hour longer"),
        pytest.param("fri 16:00 - mon 08:00", "Europe/Berlin", "2026-10-26T07:00", False, id="autumn: ends at +1"),
        pytest.param("sun 02:30 - sun 05:00", "Europe/Berlin", "2027-03-28T00:29", False, id="the hour that is not"),
        pytest.param("sun 02:30 - sun 05:00", "Europe/Berlin", "2027-03-28T01:00", True, id="begins in it: early"),
        pytest.param("sun 01:00 - sun 02:30", "Europe/Berlin", "2027-03-28T01:29", True, id="ends in it: late"),
        pytest.param("sun 01:00 - sun 02:30", "Europe/Berlin", "2027-03-28T01:30", False, id="and is over"),
        pytest.param("sun 02:30 - sun 05:00", "Europe/Berlin", "2026-10-25T00:30", True, id="the first of two 02:30"),
        pytest.param(
            "sun 01:00 - sun 02:30", "Europe/Berlin", "2026-10-25T00:45", True, id="until the second half past two"
        ),
        pytest.param("sun 01:00 - sun 02:30", "Europe/Berlin", "2026-10-25T01:15", True, id="a doubled end ends late"),
        pytest.param("sun 01:00 - sun 02:30", "Europe/Berlin", "2026-10-25T01:30", False, id="and then it is over"),
    ],
)
def test_a_weekly_freeze(every: str, zone: str, when: str, answer: bool) -> None:
    assert frozen(weekly(every, zone), when) is answer


def test_a_freeze_is_of_its_environments() -> None:
    rules = of(Freeze("r", ("production",), every="fri 16:00 - mon 08:00"))

    assert frozen(rules, "2026-11-21T12:00")
    assert not frozen(rules, "2026-11-21T12:00", "staging")
    assert frozen(of(WEEKEND), "2026-11-21T12:00", "anything")


@pytest.mark.parametrize(
    ("since", "until", "when", "answer"),
    [
        ("2026-12-18T15:00", "2027-01-04T07:00", "2026-12-18T14:59", False),
        ("2026-12-18T15:00", "2027-01-04T07:00", "2026-12-18T15:00", True),
        ("2026-12-18T15:00", "2027-01-04T07:00", "2027-01-04T06:59", True),
        ("2026-12-18T15:00", "2027-01-04T07:00", "2027-01-04T07:00", False),
        ("2026-12-18T15:00", None, "2030-01-01T00:00", True),
        (None, "2027-01-04T07:00", "2020-01-01T00:00", True),
    ],
)
def test_an_absolute_freeze(since: str | None, until: str | None, when: str, answer: bool) -> None:
    rules = of(Freeze("year's end", since=utc(since) if since else None, until=utc(until) if until else None))

    assert frozen(rules, when) is answer


def test_of_several_the_one_that_ends_last_holds() -> None:
    long = Freeze("year's end", since=utc("2026-12-18T15:00"), until=utc("2027-01-04T07:00"))
    endless = Freeze("incident", since=utc("2026-12-18T15:00"))
    now = utc("2026-12-19T12:00")

    assert [one.reason for one in freezes.current(of(WEEKEND, endless, long), "production", now)] == [
        "incident",
        "year's end",
        "weekend",
    ]
    assert [one.until for one in freezes.current(of(WEEKEND), "production", now)] == [utc("2026-12-21T07:00")]


def test_a_lift_is_for_one_occurrence_of_one_freeze() -> None:
    rules, first = of(WEEKEND), utc("2026-11-21T12:00")
    case = build.deploy()
    held = freezes.holds(case, rules, first)
    assert held is not None
    lifted = build.deploy(lifted=(Lifted(held.id, "rel", first, "0" * 64, held.until),))

    assert freezes.holds(lifted, rules, first) is None
    assert freezes.holds(lifted, rules, first + timedelta(days=1)) is None
    assert freezes.holds(lifted, rules, first + timedelta(days=7)) is not None, "the next weekend is another one"
    other = Freeze("release", since=first - timedelta(hours=1), until=first + timedelta(days=9))
    still = freezes.holds(lifted, of(WEEKEND, other), first)
    assert still is not None
    assert still.reason == "release", "another freeze of the same hour is not lifted with it"


def test_what_goes_back_is_never_held() -> None:
    back = build.deploy(rollback=Rollback("DR-2026-0000", utc("2026-11-01T12:00")))

    assert freezes.holds(back, of(WEEKEND), utc("2026-11-21T12:00")) is None


@pytest.mark.parametrize(
    ("rules", "when", "start"),
    [
        pytest.param(of(WEEKEND), "2026-11-18T12:00", "2026-11-20T15:00", id="this week's"),
        pytest.param(of(WEEKEND), "2026-11-21T12:00", "2026-11-27T15:00", id="inside one: the next week's"),
        pytest.param(of(WEEKEND), "2026-10-22T12:00", "2026-10-23T14:00", id="before the clocks go back"),
        pytest.param(of(WEEKEND), "2026-10-26T12:00", "2026-10-30T15:00", id="after the clocks went back"),
        pytest.param(
            of(WEEKEND, Freeze("r", since=utc("2026-11-19T00:00"))),
            "2026-11-18T12:00",
            "2026-11-19T00:00",
            id="the earlier of two",
        ),
        pytest.param(of(Freeze("r", since=utc("2026-11-01T00:00"))), "2026-11-18T12:00", None, id="it began already"),
        pytest.param(of(Freeze("r", until=utc("2027-01-01T00:00"))), "2026-11-18T12:00", None, id="no beginning"),
        pytest.param(of(), "2026-11-18T12:00", None, id="no freeze at all"),
    ],
)
def test_when_the_next_one_begins(rules: Rules, when: str, start: str | None) -> None:
    assert freezes.next_start(rules, "production", utc(when)) == (utc(start) if start else None)


minutes = st.integers(0, 7 * 1440 - 1)


def written(at: int) -> str:
    return f"{freezes.DAYS[at // 1440]} {at % 1440 // 60:02}:{at % 60:02}"


@given(minutes, minutes, st.integers(0, 60 * 24 * 400))
def test_a_week_is_either_frozen_or_not_and_its_opposite_is_the_other(a: int, b: int, later: int) -> None:
    """In a zone whose clocks never change; a span and the span between its ends share no moment and leave none."""
    now = build.T0 + timedelta(minutes=later)
    if a == b:
        return
    there = bool(freezes.current(weekly(f"{written(a)} - {written(b)}", "UTC"), "production", now))
    opposite = bool(freezes.current(weekly(f"{written(b)} - {written(a)}", "UTC"), "production", now))

    assert there is not opposite


@given(minutes, minutes, st.integers(0, 60 * 24 * 400), st.sampled_from(("Europe/Berlin", "America/New_York", "UTC")))
def test_a_freeze_that_holds_now_has_begun_and_has_not_ended(a: int, b: int, later: int, zone: str) -> None:
    now = build.T0 + timedelta(minutes=later)
    if a == b:
        return
    rules = weekly(f"{written(a)} - {written(b)}", zone)
    for one in freezes.current(rules, "production", now):
        assert one.since is not None
        assert one.until is not None
        assert one.since <= now < one.until
        assert not freezes.current(rules, "production", one.until)
    start = freezes.next_start(rules, "production", now)
    assert start is not None
    assert now < start <= now + timedelta(days=8)
