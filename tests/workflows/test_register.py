"""The register's lists: pages that fit together, filters that narrow, counts that agree, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tests.build import T0, at, rules
from tests.workflows.desk import Desk
from tests.workflows.records import NOW, approve, declared, people
from tests.workflows.test_upgrading import back_to
from workflows import (
    check,
    db,
    departures,
    evidence,
    ledger,
    listing,
    pack_exceptions,
    register,
    register_days,
    register_overview,
)
from workflows.change import Actor, Kind
from workflows.db import Database
from workflows.gate_models import sightings
from workflows.register import Filter
from workflows.register_models import exceptions, involved, listed, touched

PERIOD = Filter(since=NOW - timedelta(days=1), until=NOW + timedelta(days=1), now=NOW + timedelta(hours=1))


TABLES = ("listed", "exceptions", "involved", "touched")


@pytest.fixture
def seven(database: Database) -> Database:
    """Seven emergencies a minute apart, two of them in one moment; the third is on web; a drill among them."""
    with database.write() as tx:
        people(tx, "dev", "ops", "cto", "lead")
        for n in range(7):
            more = {"systems": ["web"]} if n == 2 else {}
            case = declared(tx, at=NOW + timedelta(minutes=min(n, 5)), data=more)
            if n in (1, 4):
                approve(tx, case, at=NOW + timedelta(minutes=10))
        declared(tx, drill=True)
    return database


def keys(tx: sa.Connection, ids: tuple[str, ...]) -> list[str]:
    cases = [ledger.case(tx, one) for one in ids]
    return [case.key[-1] for case in cases if case]


def walk(tx: sa.Connection, only: Filter, limit: int) -> Iterator[register.Page]:
    after = None
    while True:
        page = register.page(tx, only, after=after, limit=limit)
        yield page
        after = page.older
        if after is None:
            return


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
def test_pages_hold_every_change_once_newest_first_in_both_directions(seven: Database, limit: int) -> None:
    with seven.read() as tx:
        pages = list(walk(tx, PERIOD, limit))
        assert [key for page in pages for key in keys(tx, page.emergencies)] in (list("7654321"), list("6754321"))
        assert pages[0].newer is None
        for page, one_older in pairwise(pages):
            back = register.page(tx, PERIOD, before=one_older.newer, limit=limit)
            assert (back.emergencies, back.others) == (page.emergencies, page.others)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "7654321"),
        ({"system": "web"}, "3"),
        ({"verdict": "approved"}, "52"),
        ({"verdict": "none", "system": "payments"}, "7641"),
        ({"person": "cto"}, "52"),
        ({"person": "dev"}, "7654321"),
        ({"person": "lead"}, ""),
        ({"kind": Kind.DEPLOY}, ""),
        ({"kind": Kind.EMERGENCY, "until": NOW + timedelta(minutes=1)}, "1"),
        ({"excepted": True}, ""),
        ({"system": "web", "person": "dev", "verdict": "none"}, "3"),
        ({"system": "payments", "person": "cto", "kind": Kind.EMERGENCY}, "52"),
    ],
)
def test_a_filter_narrows_the_list_its_number_and_its_export_alike(
    seven: Database, given: dict[str, Any], wanted: str
) -> None:
    only = replace(PERIOD, **given)
    with seven.read() as tx:
        assert sorted(keys(tx, register.page(tx, only).emergencies)) == sorted(wanted)
        assert register.count(tx, only) == len(wanted)
        assert sorted(keys(tx, tuple(change for _, change in register.ids(tx, only, None)))) == sorted(wanted)


def test_drills_are_counted_apart_and_never_listed(seven: Database) -> None:
    with seven.read() as tx:
        assert [register.count(tx, replace(PERIOD, drills=drills)) for drills in (False, True)] == [7, 1]
        assert register.count(tx, replace(PERIOD, drills=True, verdict="none")) == 1


def test_what_is_listed_is_what_the_record_says(desk: Desk) -> None:
    """Through a break-glass, a late review and time that passes: the filter and the export record agree."""
    desk.declare()
    desk.approve("cto")
    with desk.database.read() as tx:
        assert check.promises(tx, real_now=desk.now) == []
    for hours in (1, 30, 60):
        now = T0 + timedelta(hours=hours)
        only = Filter(since=T0 - timedelta(days=1), until=at(days=9), now=now, excepted=True)
        (record,) = evidence.records(desk.database, now=now)
        with desk.database.read() as tx:
            wanted = sorted({one.code for one in pack_exceptions.of(record)})
            assert register.count(tx, only) == bool(wanted)
            found = register_overview.overview(tx, only, desk.rules)
            assert (list(found.codes), found.excepted) == (wanted, bool(wanted))


def test_the_overview_counts_what_there_is(seven: Database) -> None:
    with seven.read() as tx:
        found = register_overview.overview(tx, PERIOD, rules())
    assert (found.population, found.share, found.counts["drill"]) == (7, 1.0, 1)
    assert sum(sum(week.counts.values()) for week in found.weeks) == 7
    assert [(label, n.get("emergency", 0)) for label, n in found.waits if n] == [("15 min", 2)]
    assert found.log.size == 0
    assert found.log.fault is None


@pytest.mark.parametrize("revision", ["0005", "0007", "0008"])
def test_an_upgrade_lists_what_was_there_before(database_url: str, revision: str) -> None:
    first = db.connect(database_url)
    with first.write() as tx:
        people(tx, "dev", "ops", "cto")
        case = approve(tx, declared(tx))
        late = {"what": "v811", "at": (NOW + timedelta(days=2)).isoformat(), "outcome": "ok", "basis": "rejected"}
        ledger.advance(tx, case, "deployed", late, actor=Actor("ops"), now=NOW)
        written = rows(tx)
    first.close()
    back_to(revision, database_url)
    db.migrate(database_url)
    again = db.connect(database_url)
    with again.read() as tx:
        assert rows(tx) == written
    again.close()


def rows(tx: sa.Connection) -> list[Any]:
    found = [
        tx.execute(sa.select(one).order_by(*one.primary_key)).all() for one in (listed, exceptions, involved, touched)
    ]
    assert all(found)
    return found


@pytest.mark.parametrize(
    "damage",
    [
        sa.update(listed).values(verdict="approved"),
        sa.delete(listed),
        sa.delete(involved),
        sa.update(touched).values(drill=True),
        sa.insert(exceptions).from_select(
            ["change", "declared_at", "drill", "code"],
            sa.select(listed.c.change, listed.c.declared_at, listed.c.drill, sa.literal("review-late")),
        ),
        sa.update(listed).values(pace=3),
        sa.update(listed).values(traits="earnest deploy none - - "),
        sa.update(involved).values(mark="0" * 16),
    ],
)
def test_a_list_that_is_not_what_the_events_say_is_found(sqlite_desk: Desk, damage: Any) -> None:
    sqlite_desk.declare()
    with sqlite_desk.database.write() as tx:
        tx.execute(damage)
    with sqlite_desk.database.read() as tx:
        said = {bad.what for bad in check.promises(tx, real_now=sqlite_desk.now)}
    assert said & {f"the table {name} is not what its events say" for name in TABLES}


@pytest.mark.parametrize("codes", [(), ("review-late",), ("break-glass", "review-late")])
@pytest.mark.parametrize(("pace", "review"), [(None, None), (0, "late")])
def test_traits_are_read_as_they_were_written(codes: tuple[str, ...], pace: int | None, review: str | None) -> None:
    for drill in (True, False):
        one = listing.Traits(drill, "deploy", "none", pace, review, codes)
        assert listing.traits(str(one)) == one
        assert listing.mark(str(one)) != listing.mark(str(replace(one, drill=not drill)))


def test_weeks_begin_on_mondays_of_the_zone_and_are_few() -> None:
    spans = register_overview.spans(at(days=2), at(days=16), "Europe/Berlin")
    assert (spans[0][0], spans[-1][1]) == (at(days=2), at(days=16))
    assert [f"{end.astimezone(ZoneInfo('Europe/Berlin')):%a %H:%M}" for _, end in spans[:-1]] == ["Mon 00:00"] * 2
    assert len(register_overview.spans(at(), at(days=4000), "UTC")) <= register_overview.BARS


def test_a_code_that_only_time_brings_about_is_in_no_projection(sqlite_desk: Desk) -> None:
    case = sqlite_desk.declare()
    assert departures.lasting(case, (), ()) & listing.TIMELY == frozenset()


def test_days_are_those_of_the_zone_and_count_what_a_source_showed(database: Database) -> None:
    """In Berlin the day has 25 hours when summer time ends; what nothing explains is no match."""
    end = datetime(2026, 10, 24, 22, tzinfo=UTC)
    shown = [("deployment", 0, "approved"), ("deployment", 24, "found"), ("deployment", 25, None), ("commit", 24, None)]
    with database.write() as tx:
        for n, (kind, hours, explained) in enumerate(shown):
            row = {"id": f"s{n}", "source": "a", "external": f"{n}", "kind": kind, "repository": "a/b", "sha": "c"}
            at_ = end + timedelta(hours=hours)
            tx.execute(sa.insert(sightings), {**row, "at": at_, "seen_at": at_, "explained": explained})
    with database.read() as tx:
        found = register_days.days(tx, end - timedelta(days=1), end + timedelta(days=3), "Europe/Berlin")
        weeks = register_days.days(tx, end - timedelta(days=200), end + timedelta(days=3), "Europe/Berlin")
    assert [(f"{one.day}", one.deployments, one.matched, one.commits) for one in found] == [
        ("2026-10-26", 1, 0, 0),
        ("2026-10-25", 2, 1, 1),
    ]
    assert [(f"{one.day}", f"{one.last}", one.deployments, one.matched, one.commits) for one in weeks] == [
        ("2026-10-26", "2026-10-27", 1, 0, 0),
        ("2026-10-19", "2026-10-25", 2, 1, 1),
    ]
