"""A login is renamed or taken by somebody else; the account's number tells who that is."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tests import build
from tests.build import at
from tests.workflows.desk import Desk
from workflows import facts, logins, persons, reading_json
from workflows.change import Reason, Relation
from workflows.db import Database
from workflows.links.github_hands import distinct, line
from workflows.models import identities
from workflows.noreply import numbered
from workflows.reading import Hand

REL, ELSE = 4711, 9000
Find = Callable[..., str]


@pytest.fixture
def desk(database: Database) -> Desk:
    """Whose policy gives rel the login rel-gh, of which GitHub said once that account 4711 has it."""
    made = Desk(database, rules=build.deploy_rules())
    with database.write() as tx:
        persons.hold(tx, "rel", login="rel-gh", account=REL, now=at())
    return made


def find(desk: Desk, login: str, account: int | None = None, email: str | None = None) -> str:
    given: dict[str, Any] = {"rules": desk.rules, "now": desk.now, "new_id": desk.new_id}
    with desk.database.write() as tx:
        return persons.for_login(tx, login=login, account=account, email=email, name=login, **given).id


def told(desk: Desk, login: str, account: int | None) -> dict[str, str]:
    """The known logins once GitHub said which account has this one."""
    with desk.database.write() as tx:
        facts.put(tx, logins.ACCOUNT, login, account, as_of=desk.now, now=desk.now)
        return dict(facts.standing(tx, desk.rules, now=desk.now).logins)


def test_an_account_is_the_same_human_under_every_login(desk: Desk) -> None:
    assert find(desk, "rel-new", REL) == "rel"
    assert find(desk, "rel-new") == "rel"  # a hook tells the login alone
    assert find(desk, "", email=f"{REL}+rel-2019@users.noreply.github.com") == "rel"
    stranger = find(desk, "rel-gh", ELSE)
    assert stranger not in ("dev", "ops", "cto", "lead", "rel", "stranger")
    assert find(desk, "rel-gh", ELSE) == find(desk, "else-gh", ELSE) == stranger
    assert find(desk, "rel-gh") == find(desk, "rel-gh", REL) == "rel"


def test_whoever_renames_their_account_does_not_approve_their_own_commit(desk: Desk) -> None:
    hands = (build.hand("dev"), Hand(Relation.AUTHOR, build.SHA, "rel-new", account=REL))
    desk.ask(reading=build.reading(hands=hands))
    no: Any = desk.approve("rel")
    assert no.verdict.reason is Reason.AUTHOR


def test_a_login_that_is_another_accounts_by_now_is_no_known_login(desk: Desk) -> None:
    assert told(desk, "rel-gh", REL)["rel"] == "rel-gh"
    for account in (None, ELSE):
        desk.wait(1)
        assert "rel" not in told(desk, "rel-gh", account)
    desk.ask()
    no: Any = desk.approve("rel")
    assert no.verdict.reason is Reason.GITHUB_UNKNOWN
    desk.wait(1)
    assert told(desk, "rel-gh", REL)["rel"] == "rel-gh"


def test_an_account_seen_before_its_login_was_the_approvers_is_the_approver(desk: Desk) -> None:
    stranger = find(desk, "lead-old", 5)
    with desk.database.write() as tx:
        persons.hold(tx, "lead", login="lead-gh", account=5, now=desk.now)
        assert facts.standing(tx, desk.rules, ["lead"], now=desk.now).same[stranger] == "lead"


def test_an_address_alone_claims_no_account(desk: Desk) -> None:
    find(desk, "zed", email="77+zed@users.noreply.github.com")
    find(desk, "mallory", email=f"{REL}+mallory@users.noreply.github.com")
    with desk.database.read() as tx:
        known = set(tx.scalars(sa.select(identities.c.value).where(identities.c.kind.in_((logins.NUMBER, "github")))))
    assert known & {"77", "mallory"} == set()


def test_commits_tell_the_number_and_pushers_get_it() -> None:
    git = {"name": "Ada", "email": "ada@acme.example", "date": "2026-01-01T00:00:00Z"}
    commit = {"sha": "1", "parents": [], "author": {"login": "ada", "id": 7}, "committer": {"login": "ada", "id": 7}}
    one = line(commit | {"commit": {"message": "x", "author": git, "committer": git}})
    assert {hand.account for hand in one.hands} == {7}
    pushed = Hand(Relation.LAST_PUSHER, "1", "ada")
    assert [hand.account for hand in distinct([*one.hands, pushed])] == [7, 7, 7]


def test_two_who_claim_one_login_are_two() -> None:
    own = Hand(Relation.AUTHOR, "1", "rel-gh", "9000+rel-gh@users.noreply.github.com", account=ELSE)
    claimed = Hand(Relation.AUTHOR, "2", "rel-gh", f"{REL}+rel-gh@users.noreply.github.com")
    assert distinct([own, claimed, own]) == (own, claimed)
    assert (numbered(claimed.email), numbered("rel-gh@users.noreply.github.com"), numbered(None)) == (REL, None, None)


def test_readings_from_before_are_readable() -> None:
    old = reading_json.to_json(build.reading())
    assert all("account" not in hand for hand in old["hands"])
    assert reading_json.from_json(old).hands[0].account is None
    new = build.reading(hands=(Hand(Relation.AUTHOR, build.SHA, "ada", account=7),))
    assert reading_json.from_json(reading_json.to_json(new)).hands[0].account == 7
