"""Who is on call is read from PagerDuty into facts, beside what Slack is asked, and never at its cost."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.keys import new_id
from bot.oncall_readings import OnCalls
from bot.playground.rest_faults import Fault
from bot.standing import Readings
from tests.bot.house import POLICY, House, house
from tests.playground import small_pagerduty
from tests.playground.small_pagerduty import SCHEDULE, SERVICE, Stage
from tests.world.story import until
from workflows import facts, oncall
from workflows.standing import Roster

ROTA = POLICY.replace(
    "[groups.security]",
    f'[groups.rota]\npagerduty_schedules = ["{SCHEDULE}"]\npagerduty_services = ["{SERVICE}"]\n[groups.security]',
)
SOURCES = (f"schedule:{SCHEDULE}", f"service:{SERVICE}")


@dataclass
class Place:
    """A house whose readings ask a stand-in PagerDuty."""

    home: House
    stage: Stage
    readings: Readings

    def fact(self, subject: str = SOURCES[0]) -> facts.Fact:
        """What is kept of one rota."""
        with self.home.parts.database.read() as tx:
            found = facts.get(tx, oncall.KIND, subject)
        assert found is not None
        return found

    def kept(self) -> dict[str, facts.Fact]:
        """What is kept of both rotas."""
        with self.home.parts.database.read() as tx:
            return facts.some(tx, oncall.KIND, SOURCES)

    def roster(self) -> Roster:
        """Who is in the group as it stands."""
        with self.home.parts.database.read() as tx:
            return facts.standing(tx, self.home.parts.policy.rules, now=self.home.clock.now()).rosters["rota"]

    def asked(self, path: str = "/oncalls") -> int:
        """How often PagerDuty was asked."""
        return sum(1 for call in self.stage.hub.calls if call.path.startswith(path))

    def fail(self, kind: str, **given: float) -> None:
        """Let PagerDuty fail so from now on."""
        self.stage.hub.faults.add(Fault(kind, **given))  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[small_pagerduty.Place]:
    """A server of its own for each test, and the link to it: a reading that one test gave up asks nobody else's."""
    with small_pagerduty.place() as made:
        yield made


@pytest.fixture
def place(server: small_pagerduty.Place, sqlite_url: str, tmp_path: Path) -> Iterator[Place]:
    """The lead is on call by the schedule for good; bob, whom Slack does not know, only at the second level.

    Nothing was read yet.
    """
    with small_pagerduty.stage(server) as stage, house(sqlite_url, tmp_path, policy=ROTA) as home:
        stage.hub.add_user("PLEAD", "Lee Lead", "Lead@Example.com")
        stage.hub.on_call(SCHEDULE, "PLEAD", policy=small_pagerduty.POLICY)
        readings = _readings(home, stage.link)
        yield Place(home, stage, readings)
        readings.close()


def _readings(home: House, link: OnCalls | None) -> Readings:
    desk = home.parts.desk
    return Readings(desk.db, home.clock, desk.slack, lambda: home.parts.policy.rules, new_id, lambda: link)


def test_who_is_on_call_is_read_with_whom_slack_knows_and_not_again_while_it_is_young(place: Place) -> None:
    place.readings.fresh([], ["rota"])
    assert [(one["user"], one["email"], one["level"]) for one in place.fact().value] == [
        ("PLEAD", "lead@example.com", 1)
    ]
    assert {one["user"] for one in place.fact(SOURCES[1]).value} == {"PLEAD", "PBOB"}
    found = place.roster()
    assert found.as_of is not None
    assert (len(found.members), found.unlinked) == (1, ())

    before = place.asked()
    place.readings.fresh([], ["rota"])
    assert place.asked() == before
    place.home.clock.advance(timedelta(seconds=61))
    place.readings.fresh([], ["leads"])
    assert place.asked() == before, "a group that names no rota asks PagerDuty nothing"
    place.readings.fresh([], ["rota"])
    assert place.asked() == before + 2


def test_the_tick_reads_at_half_the_age_that_may_decide(place: Place) -> None:
    place.readings.refresh()
    before = place.asked()
    place.home.clock.advance(timedelta(seconds=29))
    place.readings.refresh()
    assert place.asked() == before
    place.home.clock.advance(timedelta(seconds=2))
    place.readings.refresh()
    assert place.asked() == before + 2


def test_many_who_ask_at_once_ask_pagerduty_once(place: Place) -> None:
    answering = threading.Event()

    def hold(method: str, path: str) -> None:
        answering.wait(4)

    place.stage.hub.before_request(hold)
    before = place.asked()
    threads = [
        threading.Thread(target=place.readings.fresh, args=([], ["rota"]), kwargs={"deadline": 0.1}) for _ in range(6)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    answering.set()
    until(lambda: len(place.kept()) == 2)
    assert place.asked() == before + 2


def test_a_slow_pagerduty_is_not_waited_for_and_holds_up_nothing_of_slacks(place: Place) -> None:
    place.fail("delay", seconds=0.8)
    began = time.perf_counter()
    place.readings.fresh(["UDEV"], ["rota", "leads"], deadline=0.4)
    assert time.perf_counter() - began < 0.75
    with place.home.parts.database.read() as tx:
        known = facts.some(tx, "account", ["UDEV", "ULEAD"])
    assert set(known) == {"UDEV", "ULEAD"}
    assert place.roster().as_of is None


def test_a_pagerduty_that_says_no_leaves_the_old_reading_to_age(place: Place) -> None:
    place.readings.fresh([], ["rota"])
    old = place.fact()
    place.home.clock.advance(timedelta(seconds=61))
    place.fail("revoked")
    place.readings.fresh([], ["rota"])
    assert (place.fact().value, place.fact().as_of, place.fact().error) == (old.value, old.as_of, "revoked")


def test_a_rate_limit_is_honoured_without_asking_again(place: Place) -> None:
    place.readings.fresh([], ["rota"])
    place.home.clock.advance(timedelta(seconds=61))
    place.fail("rate_limited", retry_after=30)
    place.readings.fresh([], ["rota"])
    before = place.asked("/")
    place.readings.fresh([], ["rota"])
    assert place.asked("/") == before


def test_where_pagerduty_is_not_linked_nobody_is_on_call_and_the_log_says_so_once(place: Place) -> None:
    unlinked = _readings(place.home, None)
    with capture_logs() as said:
        unlinked.fresh([], ["rota"])
        place.home.clock.advance(timedelta(seconds=61))
        unlinked.fresh([], ["rota"])
    unlinked.close()
    found = place.roster()
    assert (sorted(found.members), found.as_of is not None) == ([], True)
    told = [one["said"] for one in said if one["event"] == "policy"]
    assert len(told) == 1
    assert told[0].startswith("rota: the policy names PagerDuty, which is not linked")
