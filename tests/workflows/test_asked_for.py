"""What was to be read goes by the policies in force, each while it was: what is named no more stays asked for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tests.build import T0, at
from workflows import coverage, periods, policies, population
from workflows.completeness import Period
from workflows.db import Database
from workflows.rules import parse
from workflows.ruleset import Rules

OLD, NEW, KEPT = "acme/old", "acme/new", "acme/kept"
SAMPLES = [Path(policies.__file__).with_name("policy.toml")]
Reading = tuple[str, float, float]


def rules(*repositories: str, deploy: str = KEPT, version: int = 1) -> Rules:
    names = ", ".join(f'"{one}"' for one in repositories)
    return parse(
        f"""version = {version}
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "#incidents"
deploys = "#deploys"
[groups.leads]
users = ["cto@example.com"]
[systems.Payments]
repositories = [{names}]
[emergency]
approvers = [{{ group = "leads" }}]
[[deploy]]
repositories = ["{deploy}"]
environments = ["production"]
approvers = [{{ group = "leads" }}]
""".encode(),
        "policy.toml",
    )


BEFORE, AFTER = rules("Acme/Kept", OLD), rules(KEPT, deploy="Acme/New", version=2)


class Office:
    """A database in which policies are taken and repositories read, both sources of each."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def take(self, one: Rules, minutes: float) -> None:
        with self.database.write() as tx:
            policies.take(tx, one, actor=None, now=at(minutes))

    def read(self, *some: Reading) -> None:
        for name, since, until in some:
            for source in coverage.sources((name,)):
                with self.database.write() as tx:
                    periods.read(tx, source, at(since), at(until))

    def period(self, since: float, until: float, now: Rules = AFTER) -> Period:
        with self.database.read() as tx:
            return periods.unexplained(tx, at(since), at(until), now)


@pytest.fixture
def office(sqlite_database: Database) -> Office:
    """`BEFORE` is in force from T0, and `AFTER` from an hour later on."""
    made = Office(sqlite_database)
    made.take(BEFORE, 0)
    made.take(AFTER, 60)
    return made


def asked(period: Period) -> dict[str, tuple[float, float]]:
    """Repository → the minutes for which its commits were asked for."""
    return {one.source.partition(":")[2]: (minutes(one.since), minutes(one.until)) for one in period.asked[1::2]}


def minutes(at_: datetime) -> float:
    return (at_ - T0).total_seconds() / 60


def gaps(period: Period) -> list[Reading]:
    """The gaps of the deployments, by repository and minutes."""
    some = [one for one in period.gaps if one.source.startswith("deployments:")]
    return [(one.source.partition(":")[2], minutes(one.since), minutes(one.until)) for one in some]


def test_each_repository_is_asked_for_while_a_policy_names_it(office: Office) -> None:
    assert asked(office.period(10, 110)) == {KEPT: (10, 110), OLD: (10, 60), NEW: (60, 110)}
    assert asked(office.period(10, 60)) == {KEPT: (10, 60), OLD: (10, 60)}
    assert asked(office.period(60, 110)) == {KEPT: (60, 110), NEW: (60, 110)}


@pytest.mark.parametrize(
    ("read", "left"),
    [
        pytest.param([(KEPT, 0, 120), (OLD, 0, 60), (NEW, 60, 120)], [], id="each for its part"),
        pytest.param([(KEPT, 0, 120), (OLD, 0, 57), (NEW, 64, 120)], [], id="minutes at the change"),
        pytest.param([(KEPT, 0, 120), (NEW, 60, 120)], [(OLD, 10, 60)], id="the removed one was never read"),
        pytest.param([(KEPT, 0, 120), (OLD, 0, 50), (NEW, 60, 120)], [(OLD, 50, 60)], id="nor to its end"),
        pytest.param([(KEPT, 0, 120), (OLD, 20, 60), (NEW, 60, 120)], [(OLD, 10, 20)], id="nor from the beginning"),
        pytest.param([(KEPT, 0, 120), (OLD, 0, 60), (NEW, 70, 120)], [(NEW, 60, 70)], id="the new one late"),
        pytest.param([(KEPT, 13, 120), (OLD, 0, 60), (NEW, 60, 120)], [(KEPT, 10, 13)], id="no excuse at the begin"),
        pytest.param(
            [(KEPT, 0, 58), (KEPT, 62, 120), (OLD, 0, 60), (NEW, 60, 120)], [(KEPT, 58, 62)], id="no excuse between"
        ),
    ],
)
def test_each_is_read_for_its_part(office: Office, read: list[Reading], left: list[Reading]) -> None:
    office.read(*read)
    found = office.period(10, 120)
    assert (gaps(found), found.clean) == (left, not left)


def test_a_repository_that_the_policy_names_no_more_stays_in_the_quarter_before(office: Office) -> None:
    office.read((KEPT, 0, 120), (NEW, 60, 120))
    assert office.period(0, 60).sources == (*coverage.sources((KEPT,)), *coverage.sources((OLD,)))
    assert office.period(0, 60).clean is False
    assert office.period(60, 120).clean is True


def test_until_when_all_was_read_forgets_what_is_no_longer_asked_for(office: Office) -> None:
    office.read((KEPT, 0, 118), (OLD, 0, 58), (NEW, 60, 119))
    assert office.period(10, 120).as_of == at(118)


def test_a_policy_that_came_back_is_asked_for_twice(office: Office) -> None:
    office.take(BEFORE, 100)
    office.read((KEPT, 0, 120), (OLD, 0, 60), (NEW, 60, 100), (OLD, 100, 120))
    found = office.period(0, 120, BEFORE)
    assert [(minutes(a.since), minutes(a.until)) for a in found.asked if a.source == f"commits:{OLD}"] == [
        (0, 60), (100, 120),
    ]  # fmt: skip
    assert found.clean is True


def test_before_the_first_policy_its_sources_are_asked_for(office: Office) -> None:
    office.read((KEPT, 0, 120), (OLD, 0, 60), (NEW, 60, 120))
    assert gaps(office.period(-30, 120)) == [(KEPT, -30, 0), (OLD, -30, 0)]
    assert gaps(office.period(-30, 0)) == [(KEPT, -30, 0), (NEW, -30, 0)]  # none at all: the one in force now asks


def test_a_policy_whose_text_was_edited_proves_nothing(office: Office) -> None:
    office.read((KEPT, 0, 120), (NEW, 60, 120))
    with office.database.write() as tx:
        changed = BEFORE.source.replace(f', "{OLD}"', "")
        tx.execute(sa.text("UPDATE policies SET source = :s WHERE digest = :d"), {"s": changed, "d": BEFORE.digest})
    found = office.period(0, 120)
    assert [(one.source, minutes(one.until)) for one in found.gaps] == [(f"policy:{BEFORE.digest[:7]}", 60)]
    assert found.clean is False


def test_without_a_policy_on_record_the_rules_in_force_ask(database: Database) -> None:
    office = Office(database)
    office.read((KEPT, 0, 60), (NEW, 0, 60))
    assert office.period(0, 60).clean is True
    assert asked(office.period(0, 60)) == {KEPT: (0, 60), NEW: (0, 60)}


def test_an_old_end_is_not_forgiven_once_others_were_read_later(office: Office) -> None:
    office.read((KEPT, 0, 57), (OLD, 0, 60))
    assert gaps(office.period(10, 60)) == []
    office.read((NEW, 60, 70))
    assert gaps(office.period(10, 60)) == []  # NEW is not of that period
    office.read((OLD, 60, 70))
    assert gaps(office.period(10, 60)) == [(KEPT, 57, 60)]


def test_a_day_of_25_hours_is_read_for_all_of_them(sqlite_database: Database) -> None:
    """In Berlin it is half past two twice that night; a policy was taken the second time."""
    berlin = ZoneInfo("Europe/Berlin")
    day, next_day = datetime(2026, 10, 25, tzinfo=berlin), datetime(2026, 10, 26, tzinfo=berlin)
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1))
    with sqlite_database.write() as tx:
        policies.take(tx, BEFORE, actor=None, now=day)
        policies.take(tx, AFTER, actor=None, now=second)
        for name, since, until in ((KEPT, day, first), (KEPT, second, next_day), (OLD, day, second)):
            for source in coverage.sources((name,)):
                periods.read(tx, source, since.astimezone(UTC), until.astimezone(UTC))
        for source in coverage.sources((NEW,)):
            periods.read(tx, source, second.astimezone(UTC), next_day.astimezone(UTC))
        found = periods.unexplained(tx, day, next_day, AFTER)
        last = periods.unexplained(tx, first, second, AFTER)
    assert {(gap.source, gap.until - gap.since) for gap in found.gaps} == {
        (source, timedelta(hours=1)) for source in coverage.sources((KEPT,))
    }
    assert [(gap.source, gap.since, gap.until) for gap in last.gaps] == [
        (gap.source, gap.since, gap.until) for gap in found.gaps
    ]
    assert sum((one.until - one.since for one in found.asked if one.source == f"commits:{KEPT}"), timedelta()) == (
        timedelta(hours=25)
    )


def test_a_pack_says_what_was_asked_for_and_what_was_noted(office: Office) -> None:
    office.read((KEPT, -5, 120), (OLD, 0, 60), (NEW, 60, 120))
    told = population.complete(office.period(50, 120), {"series": [], "strange": []})
    assert [(one["source"], one["since"][11:16], one["until"][11:16]) for one in told["asked"][::2]] == [
        (f"deployments:{KEPT}", "02:50", "04:00"), (f"deployments:{OLD}", "02:50", "03:00"),
        (f"deployments:{NEW}", "03:00", "04:00"),
    ]  # fmt: skip
    assert told["read"] == told["asked"]
    assert told["clean"] is True


WINDOWS = parse(b"\xef\xbb\xbf" + BEFORE.source.replace("\n", "\r\n").encode(), "policy.toml")


@pytest.mark.parametrize("one", [BEFORE, AFTER, WINDOWS, *(parse(path.read_bytes(), path.name) for path in SAMPLES)])
def test_the_text_alone_names_what_the_rules_name(one: Rules) -> None:
    assert coverage.named(one.source, one.digest) == coverage.catalogue(one)
