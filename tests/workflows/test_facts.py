"""What Slack said, with the time of the reading: who is in a group, and by a reading of what age."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from workflows import facts, persons
from workflows.db import Database
from workflows.rules import parse
from workflows.ruleset import Rules
from workflows.standing import Roster

NOW = datetime(2026, 11, 20, 3, 2, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=5)
GROUPS = """[groups.named]
users = ["cto@example.com", "USEC"]
[groups.slack]
usergroup = "@leads"
[groups.both]
users = ["cto@example.com"]
usergroup = "@leads"
"""


def rules() -> Rules:
    """A policy with a group by name, one by user group, and one by both."""
    text = f'version = 1\n[workspace]\nzone = "UTC"\n[channels]\nincidents = "#i"\n{GROUPS}'
    return parse(f'{text}[emergency]\napprovers = [{{ group = "named", count = 1 }}]\n'.encode(), "policy.toml")


def account(tx: Connection, slack: str, *, at: datetime = NOW, email: str | None = None, **flags: Any) -> str:
    """Slack describes an account; the person behind it."""
    person = persons.person_for(tx, slack=slack, email=email, name=slack, zone=None, now=at, new_id=lambda: f"p{slack}")
    value = {"person": person.id, "email": email, "name": slack, "zone": None, **flags}
    facts.put(tx, "account", slack, value, as_of=at)
    return person.id


def all_read(tx: Connection, *, accounts: datetime = NOW, group: datetime = NOW) -> None:
    """Everything was read: UCTO by address, USEC by id, ULEAD in the user group."""
    facts.put(tx, "email", "cto@example.com", "UCTO", as_of=EARLIER)
    account(tx, "UCTO", email="cto@example.com", at=accounts)
    account(tx, "USEC", at=accounts)
    account(tx, "ULEAD", at=accounts)
    facts.put(tx, "usergroup", "@leads", ["ULEAD"], as_of=group)


def rosters(tx: Connection, *people: str) -> dict[str, Roster]:
    """The rosters, `people` being those who matter."""
    return dict(facts.standing(tx, rules(), people, now=NOW).rosters)


def test_groups_hold_the_persons_of_addresses_of_ids_and_of_user_groups(database: Database) -> None:
    with database.write() as tx:
        all_read(tx)
        found = rosters(tx)
    assert found["named"].members == {"pUCTO", "pUSEC"}
    assert found["slack"].members == {"pULEAD"}
    assert found["both"].members == {"pUCTO", "pULEAD"}
    assert all(roster.as_of == NOW for roster in found.values())


def test_what_was_never_read_is_not_known(database: Database) -> None:
    with database.write() as tx:
        found = rosters(tx)
    assert all(roster.as_of is None and not roster.members for roster in found.values())


def test_a_roster_is_as_old_as_its_oldest_part(database: Database) -> None:
    with database.write() as tx:
        all_read(tx, group=EARLIER)
        found = rosters(tx)
    assert found["named"].as_of == NOW
    assert found["both"].as_of == found["slack"].as_of == EARLIER


def test_being_named_is_as_old_as_the_account_of_whoever_acts(database: Database) -> None:
    with database.write() as tx:
        all_read(tx, accounts=EARLIER)
        assert rosters(tx, "pUCTO")["named"].as_of == EARLIER
        account(tx, "UCTO", email="cto@example.com", at=NOW)
        assert rosters(tx, "pUCTO")["named"].as_of == NOW


def test_a_user_group_marked_stale_decides_nothing_until_it_is_read_again(database: Database) -> None:
    with database.write() as tx:
        all_read(tx)
        facts.mark_stale(tx, "usergroup", "@leads")
        assert rosters(tx)["slack"].stale
        assert not rosters(tx)["named"].stale
        facts.put(tx, "usergroup", "@leads", ["ULEAD"], as_of=NOW)
        assert not rosters(tx)["slack"].stale


def test_somebody_whose_address_is_another_one_now_is_not_who_the_policy_names(database: Database) -> None:
    with database.write() as tx:
        all_read(tx)
        account(tx, "UCTO", email="new@example.com")
        assert "pUCTO" not in rosters(tx)["named"].members


def test_an_address_that_is_nobodys_is_named_as_such(database: Database) -> None:
    with database.write() as tx:
        all_read(tx)
        facts.put(tx, "email", "cto@example.com", None, as_of=NOW)
        found = rosters(tx)["named"]
    assert found.unlinked == ("cto@example.com",)
    assert found.as_of == NOW


def test_a_member_who_was_never_asked_about_leaves_the_roster_unknown(database: Database) -> None:
    with database.write() as tx:
        all_read(tx)
        facts.put(tx, "usergroup", "@leads", ["ULEAD", "UNEW"], as_of=NOW)
        assert rosters(tx)["slack"].as_of is None
        facts.failed(tx, "account", "UNEW", "user without flags", at=NOW)
        found = rosters(tx)["slack"]
    assert found.as_of == NOW
    assert found.members == {"pULEAD"}
    assert found.unlinked == ("UNEW",)


def test_a_younger_reading_is_never_replaced_by_an_older_one(database: Database) -> None:
    with database.write() as tx:
        facts.put(tx, "usergroup", "@leads", ["UNEW"], as_of=NOW)
        facts.put(tx, "usergroup", "@leads", ["UOLD"], as_of=NOW - timedelta(seconds=30))
        found = facts.get(tx, "usergroup", "@leads")
    assert found is not None
    assert (found.value, found.as_of) == (["UNEW"], NOW)


def test_a_reading_that_failed_leaves_the_old_one_to_age(database: Database) -> None:
    with database.write() as tx:
        facts.put(tx, "usergroup", "@leads", ["ULEAD"], as_of=EARLIER)
        facts.failed(tx, "usergroup", "@leads", "ratelimited", at=NOW)
        found = facts.get(tx, "usergroup", "@leads")
    assert found is not None
    assert (found.value, found.as_of, found.error) == (["ULEAD"], EARLIER, "ratelimited")


@pytest.mark.parametrize("flag", ["deactivated", "bot", "guest", "foreign"])
def test_every_flag_makes_an_account_that_may_not_act(database: Database, flag: str) -> None:
    with database.write() as tx:
        flags: dict[str, Any] = {flag: True}
        person = account(tx, "UCTO", **flags)
        found = facts.standing(tx, rules(), [person], now=NOW).accounts[person]
    assert [one.good for one in found] == [False]


def test_an_account_that_is_gone_is_deactivated(database: Database) -> None:
    with database.write() as tx:
        person = account(tx, "UCTO")
        facts.put(tx, "account", "UCTO", None, as_of=NOW)
        found = facts.get(tx, "account", "UCTO")
    assert found is not None
    assert facts.account("UCTO", person, found).deactivated
