"""Readings: in parallel, once, within the deadline, written before the decision; what fails leaves the old to age."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.playground.faults import Fault
from bot.readings import Unreadable, Workspace, account_value
from tests.bot.house import House, house
from workflows import facts

HOME = Workspace("T1", "")
GRID = Workspace("T1", "E1")
GOOD = {
    "id": "U1",
    "team_id": "T1",
    "deleted": False,
    "is_bot": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
    "real_name": "Dana",
    "tz": "Europe/Berlin",
    "profile": {"email": "Dana@Example.com", "display_name": "dana"},
}


@pytest.fixture
def home(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """A house in which nothing was read yet."""
    with house(sqlite_url, tmp_path) as built:
        yield built


def fact(home: House, kind: str, subject: str) -> facts.Fact | None:
    """The fact as it is stored."""
    with home.parts.database.read() as tx:
        return facts.get(tx, kind, subject)


def calls(home: House, method: str) -> int:
    """How often Slack was asked."""
    return sum(1 for call in home.ws.calls if call.method == method)


def test_an_account_is_read_with_what_counts() -> None:
    assert account_value(GOOD, HOME) == {
        "slack": "U1",
        "name": "dana",
        "email": "dana@example.com",
        "confirmed": True,
        "zone": "Europe/Berlin",
        "deactivated": False,
        "bot": False,
        "guest": False,
        "foreign": False,
    }


@pytest.mark.parametrize("absent", ["id", "deleted", "is_bot", "is_restricted", "is_ultra_restricted", "team_id"])
def test_an_account_that_lacks_a_flag_is_not_read(absent: str) -> None:
    with pytest.raises(Unreadable):
        account_value({name: value for name, value in GOOD.items() if name != absent}, HOME)


def test_a_deleted_account_omits_most_flags_and_is_read() -> None:
    assert account_value({"id": "U1", "deleted": True}, HOME)["deactivated"]


@pytest.mark.parametrize(
    ("fields", "where", "foreign"),
    [
        ({"team_id": "T2"}, HOME, True),
        ({"is_stranger": True}, HOME, True),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, GRID, False),
        ({"team_id": "T1", "enterprise_user": {"enterprise_id": "E2"}}, GRID, True),
        ({"team_id": "T2"}, GRID, True),
    ],
    ids=["another team", "a stranger", "the same organisation", "another organisation", "no organisation"],
)
def test_an_account_of_elsewhere_is_foreign(fields: dict[str, Any], where: Workspace, foreign: bool) -> None:
    assert account_value({**GOOD, **fields}, where)["foreign"] is foreign


def test_everything_is_read_at_once_and_not_again_while_it_is_young(home: House) -> None:
    home.parts.readings.fresh(["UDEV"], ["leads", "security"])
    with home.parts.database.read() as tx:
        found = facts.standing(tx, home.parts.policy.rules, now=home.clock.now())
    names = {person.slack for many in found.accounts.values() for person in many}
    assert names == {"UCTO", "ULEAD", "USEC"}
    assert found.rosters["leads"].as_of is not None
    assert found.rosters["security"].as_of is not None
    before = len(home.ws.calls)
    home.parts.readings.fresh(["UDEV"], ["leads", "security"])
    assert len(home.ws.calls) == before
    home.clock.advance(timedelta(seconds=61))
    home.parts.readings.fresh(["UDEV"], ["leads"])
    assert sorted(call.method for call in home.ws.calls[before:]) == ["usergroups.users.list", "users.info"]


def test_many_who_ask_at_once_ask_slack_once(home: House) -> None:
    home.parts.readings.fresh(["UDEV"])
    home.clock.advance(timedelta(seconds=61))
    home.ws.faults.add(Fault("delay", method="users.info", seconds=0.9))
    before = calls(home, "users.info")
    threads = [threading.Thread(target=home.parts.readings.fresh, args=(["UDEV"],)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert calls(home, "users.info") == before + 1


def test_a_slow_slack_is_not_waited_for(home: House) -> None:
    home.parts.readings.fresh(["UDEV"])
    old = fact(home, "account", "UDEV")
    home.clock.advance(timedelta(seconds=61))
    home.ws.faults.add(Fault("delay", method="*", seconds=1.5))
    began = time.perf_counter()
    home.parts.readings.fresh(["UDEV"], ["leads"], deadline=0.3)
    assert time.perf_counter() - began < 1.0
    assert fact(home, "account", "UDEV") == old


def test_a_rate_limit_is_honoured_without_asking_again(home: House) -> None:
    home.parts.readings.fresh(["UDEV"], ["leads"])
    home.clock.advance(timedelta(seconds=61))
    old = fact(home, "usergroup", "@oncall-leads")
    home.ws.faults.add(Fault("rate_limited", method="usergroups.users.list", retry_after=30))
    before = calls(home, "usergroups.users.list")
    for _ in range(3):
        home.parts.readings.fresh([], ["leads"])
    assert calls(home, "usergroups.users.list") == before + 1
    found = fact(home, "usergroup", "@oncall-leads")
    assert old is not None
    assert found is not None
    assert (found.value, found.as_of, found.error) == (old.value, old.as_of, "ratelimited")


def test_a_group_that_changed_is_stale_at_once_and_read_again(home: House) -> None:
    home.parts.readings.fresh([], ["leads"])
    home.ws.set_usergroup("S0LEADS", ["USRE"])
    for _ in range(100):
        found = fact(home, "usergroup", "@oncall-leads")
        if found is not None and found.value == ["USRE"]:
            break
        time.sleep(0.02)
    assert found is not None
    assert (found.value, found.stale) == (["USRE"], False)


def test_a_group_that_changed_decides_nothing_while_it_cannot_be_read(home: House) -> None:
    home.parts.readings.fresh([], ["leads"])
    home.ws.faults.add(Fault("outage"))
    home.parts.readings.changed("usergroup", "S0LEADS")
    home.parts.readings.fresh([], ["leads"])
    found = fact(home, "usergroup", "@oncall-leads")
    assert found is not None
    assert (found.value, found.stale) == (["ULEAD"], True)


def test_an_account_that_was_deactivated_is_known_at_once(home: House) -> None:
    home.parts.readings.fresh(["USRE"])
    home.ws.deactivate("USRE")
    for _ in range(100):
        found = fact(home, "account", "USRE")
        if found is not None and found.value["deactivated"]:
            break
        time.sleep(0.02)
    assert found is not None
    assert found.value["deactivated"]


def test_the_tick_reads_what_is_oldest_and_no_more_than_it_may(home: House) -> None:
    assert home.parts.readings.refresh(limit=3) == 3
    for _ in range(5):
        home.parts.readings.refresh(limit=5)
    assert home.parts.readings.refresh() == 0
    home.clock.advance(timedelta(minutes=11))
    assert home.parts.readings.refresh() > 0


def test_an_account_without_us_in_it_is_no_workspace_to_wait_for(home: House) -> None:
    home.ws.faults.add(Fault("outage", method="auth.test"))
    assert home.parts.readings.workspace(deadline=0.5) is None
    home.ws.faults.clear()
    found = home.parts.readings.workspace()
    assert found is not None
    assert found.team == "T0PLAYGRND"
