"""The digest of a week: when it is due, what it counts, what stays out of it, and who looked at it first."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests import build
from tests.build import REPOSITORY, at
from tests.workflows.desk import Desk
from workflows import digest, facts, periods, weeks
from workflows.change import Judgement
from workflows.db import Database
from workflows.digested import Digest, Open, Seen
from workflows.models import events
from workflows.ruleset import Rules, System
from workflows.verify import SYSTEM

BERLIN = "Europe/Berlin"
RULES = build.deploy_rules(systems={"payments": System("payments", (REPOSITORY,))})
W47 = weeks.containing(at(), BERLIN)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("now", "zone", "name"),
    [
        pytest.param(utc(2026, 11, 23, 7, 59), BERLIN, "2026-W46", id="a minute before nine on Monday"),
        pytest.param(utc(2026, 11, 23, 8), BERLIN, "2026-W47", id="nine on Monday"),
        pytest.param(utc(2026, 11, 29, 22, 59), BERLIN, "2026-W47", id="until the next one, Sunday night"),
        pytest.param(utc(2026, 11, 29, 23, 30), BERLIN, "2026-W47", id="and on the next Monday before nine"),
        pytest.param(utc(2027, 1, 4, 8), BERLIN, "2026-W53", id="the week of the new year"),
        pytest.param(utc(2026, 11, 23, 8), "America/New_York", "2026-W46", id="where it is not Monday morning yet"),
        pytest.param(utc(2026, 3, 30, 7), BERLIN, "2026-W13", id="after the night in which clocks are set"),
    ],
)
def test_the_newest_week_is_due_on_monday_morning(now: datetime, zone: str, name: str) -> None:
    assert weeks.due(now, zone).name == name


def test_a_week_is_from_monday_to_monday_in_the_zone_of_the_policy() -> None:
    summer = weeks.named("2026-w13", BERLIN)
    assert summer is not None
    assert (summer.since, summer.until) == (utc(2026, 3, 22, 23), utc(2026, 3, 29, 22))
    assert (summer.first, summer.last) == (date(2026, 3, 23), date(2026, 3, 29))
    for nonsense in ("2026-W54", "2026-W00", "0000-W01", "9999-W53", "W47", "2026-W47; drop", ""):
        assert weeks.named(nonsense, BERLIN) is None


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    one = Desk(database, rules=RULES)
    yield one
    one.sound()


def of(desk: Desk, rules: Rules = RULES) -> Digest:
    with desk.database.read() as tx:
        return digest.of(tx, W47, rules, now=desk.now)


def test_the_week_is_counted_drills_apart_and_what_is_open_is_of_any_week(desk: Desk) -> None:
    approved = desk.declare().key
    desk.wait(4).approve("cto")
    desk.deploy()
    desk.wait(hours=27).close("cto")
    secret = desk.declare(confidential=True).key
    desk.proceed()
    desk.declare(drill=True)
    desk.approve("cto")
    desk.ask()
    desk.approve("rel")
    desk.wait(days=8).declare()  # of the week after
    found = of(desk)

    assert (found.deploys, found.changes, found.count, found.unapproved, found.findings) == (1, 3, 2, 1, 0)
    assert (found.drills, found.more, found.over, found.quiet) == (1, 0, True, False)
    first, second = found.emergencies
    assert (first.key, first.title, first.waited, first.unapproved) == (
        approved, "checkout 500s", timedelta(minutes=4), False,
    )  # fmt: skip
    assert (first.late, first.judgement) == (timedelta(hours=3, minutes=4), Judgement.YES)
    assert (second.key, second.title, second.confidential, second.unapproved) == (secret, None, True, True)
    assert second.reviewed_at is None
    assert second.late is not None
    assert found.open == Open(overdue=1)
    assert found.repeats == (("payments", 2),)


def test_a_quiet_week_is_quiet_and_complete_only_when_every_source_was_read(desk: Desk) -> None:
    desk.wait(days=8)
    assert (of(desk).quiet, of(desk).period.clean) == (True, False)
    with desk.database.write() as tx:
        for source in periods.sources(RULES):
            periods.read(tx, source, W47.since, W47.until)
    assert of(desk).period.clean


def test_it_is_posted_once_and_after_downtime_only_the_newest_week(desk: Desk) -> None:
    def due() -> str | None:
        with desk.database.read() as tx:
            week = digest.due(tx, RULES, now=desk.now)
            return week.name if week else None

    assert due() is None, "there is no record yet"
    desk.declare()
    assert due() is None, "the week before had no record"
    desk.wait(days=7)
    assert due() is None, "not before nine"
    desk.wait(days=21, hours=7)
    assert due() == "2026-W50"
    week = weeks.due(desk.now, BERLIN)
    with desk.database.write() as tx:
        digest.post(tx, week, now=desk.now, new_id=desk.new_id)
    assert due() is None
    assert desk.posts("digest:") == [{"week": "2026-W50"}]


def test_whoever_looks_first_stands_with_the_numbers_they_saw(desk: Desk) -> None:
    desk.declare()
    desk.proceed()
    desk.wait(days=8)
    with desk.turn("cto") as turn:
        digest.post(turn.tx, W47, now=desk.now, new_id=desk.new_id)
        assert digest.look(turn, W47) == Seen("cto", desk.now, anew=True)
    first = desk.now
    with desk.wait(5).turn("lead") as turn:
        assert digest.look(turn, W47) == Seen("cto", first)
    assert of(desk).seen == Seen("cto", first)
    assert desk.wanted("digest:2026-W47") == 2, "the post is drawn again, once"
    with desk.database.read() as tx:
        told = tx.scalars(select(events.c.person).where(events.c.kind == digest.SEEN)).all()
        assert told == ["cto"]
        assert facts.get(tx, digest.FACT, "2026-W46") is None
    (said,) = [one.data for one in desk.events(SYSTEM) if one.kind == digest.SEEN]
    assert said == {
        "week": "2026-W47", "by": "cto", "changes": 1, "deploys": 0, "emergencies": 1, "without_approval": 1,
        "findings": 0, "unexplained": 0, "complete": False,
    }  # fmt: skip
