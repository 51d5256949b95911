"""One human, however many accounts, also when they are seen for the first time twice at once."""

import threading

import pytest
import sqlalchemy as sa

from tests.workflows.policies import policy
from tests.workflows.records import NOW, new_id
from workflows import persons
from workflows.change import Person
from workflows.db import Database
from workflows.models import identities
from workflows.models import persons as table


def seen(tx: sa.Connection, slack: str, email: str | None = None, name: str = "Dev", zone: str | None = None) -> Person:
    return persons.person_for(tx, slack=slack, email=email, name=name, zone=zone, now=NOW, new_id=new_id)


def test_the_same_account_is_the_same_person(database: Database) -> None:
    with database.write() as tx:
        one = seen(tx, "U1", "dev@example.com", zone="Europe/Berlin")
        assert seen(tx, "U1", "dev@example.com", zone="Europe/Berlin") == one
        assert one == Person(one.id, "Dev", "U1", "dev@example.com", "Europe/Berlin")


def test_a_second_account_with_the_same_e_mail_is_the_same_person(database: Database) -> None:
    with database.write() as tx:
        one, two = seen(tx, "U1", "Dev@Example.com"), seen(tx, "U2", "dev@example.com ")
        assert (two.id, two.slack) == (one.id, "U2")
        assert persons.by_slack(tx, ["U1", "U2", "U3"]) == {"U1": one.id, "U2": one.id}
        assert persons.by_email(tx, ["DEV@example.com", "no@example.com"]) == {"dev@example.com": one.id}
        assert persons.by_id(tx, [one.id, "nobody"]) == {one.id: one}


def test_without_e_mail_nobody_is_joined(database: Database) -> None:
    with database.write() as tx:
        assert seen(tx, "U1").id != seen(tx, "U2").id


def test_name_and_zone_follow_and_are_not_forgotten(database: Database) -> None:
    with database.write() as tx:
        seen(tx, "U1", "dev@example.com", "Dev", "Europe/Berlin")
        moved = seen(tx, "U1", None, "Dev Eloper", "Asia/Tokyo")
        assert (moved.name, moved.zone, moved.email) == ("Dev Eloper", "Asia/Tokyo", "dev@example.com")
        assert seen(tx, "U1", None, "", None) == moved


def test_an_account_is_never_moved_to_another_person(database: Database) -> None:
    with database.write() as tx:
        first, second = seen(tx, "U1"), seen(tx, "U2", "dev@example.com")
        later = seen(tx, "U1", "dev@example.com")
        assert (later.id, later.email) == (first.id, second.email)
        assert persons.by_email(tx, ["dev@example.com"]) == {"dev@example.com": second.id}


def test_a_new_address_of_a_known_account_finds_its_person(database: Database) -> None:
    with database.write() as tx:
        one = seen(tx, "U1", "old@example.com")
        seen(tx, "U1", "new@example.com")
        assert seen(tx, "U2", "new@example.com").id == one.id
        assert seen(tx, "U3", "old@example.com").id == one.id


def test_an_operator_is_known_by_the_e_mail_and_found_again_in_slack(database: Database) -> None:
    def operator(tx: sa.Connection, email: str | None) -> Person:
        return persons.for_operator(tx, name="root", email=email, now=NOW, new_id=new_id)

    with database.write() as tx:
        one = operator(tx, "Ops@example.com")
        assert operator(tx, "ops@example.com") == one == Person(one.id, "root", None, "ops@example.com")
        assert seen(tx, "U1", "ops@example.com").id == one.id
        assert operator(tx, None).id != operator(tx, None).id


def test_names_that_no_database_can_hold(database: Database) -> None:
    with database.write() as tx:
        assert seen(tx, "U1", None, "\x00D\ud800ev\x00").name == "Dev"
        assert seen(tx, "U2", None, "\x00").name == "U2"


@pytest.mark.parametrize("email", [None, "dev@example.com"])
def test_first_seen_twice_at_once(database: Database, email: str | None) -> None:
    together, found = threading.Barrier(6), list[str]()

    def see(slack: str) -> None:
        together.wait(10)
        with database.write() as tx:
            found.append(seen(tx, slack, email).id)

    accounts = ["U1"] * 6 if email is None else ["U1", "U2", "U3"] * 2
    threads = [threading.Thread(target=see, args=(slack,)) for slack in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 6
    assert len(set(found)) == 1
    with database.read() as tx:
        assert tx.scalars(sa.select(table.c.id)).all() == [found[0]]
        assert set(tx.scalars(sa.select(identities.c.person))) == {found[0]}


def test_whom_the_policy_names_is_one_person_whether_seen_at_github_or_in_slack_first(database: Database) -> None:
    rules = policy(rules='\n[people."ann@example.com"]\ngithub = "Ann-GH"\n')
    with database.write() as tx:
        known = {"email": None, "name": "Ann", "rules": rules, "now": NOW, "new_id": new_id}
        at_github = persons.for_login(tx, login="ann-gh", **known)  # type: ignore[arg-type]
        assert persons.for_login(tx, login="ANN-gh", **known).id == at_github.id  # type: ignore[arg-type]
        stranger = seen(tx, "U8", "else@example.com")
        assert seen(tx, "U9", "Ann@example.com").id == at_github.id != stranger.id
        renamed = persons.for_login(tx, login="else-gh", **known)  # type: ignore[arg-type]
        assert renamed.id not in (at_github.id, stranger.id)


def test_an_e_mail_of_the_policy_takes_nobody_over(database: Database) -> None:
    rules = policy(rules='\n[people."ann@example.com"]\ngithub = "ann-gh"\n')
    with database.write() as tx:
        theirs = seen(tx, "U1", "ann@example.com")
        known = {"name": "x", "rules": rules, "now": NOW, "new_id": new_id}
        assert persons.for_login(tx, login="ann-gh", email="eve@example.com", **known).id == theirs.id  # type: ignore[arg-type]
        eve = persons.for_login(tx, login="eve-gh", email="eve@example.com", **known)  # type: ignore[arg-type]
        assert eve.id != theirs.id
