"""GitHub is read for what is open, once at a time; silence loses nothing and voids nothing, a push is seen at once."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zlib import crc32

import pytest
from sqlalchemy import insert

from bot.github_readings import GitHubReadings
from tests import build
from tests.build import NEXT_SHA, SHA, at
from tests.playground.small_github import REPO
from tests.workflows.desk import Desk
from tests.workflows.links.linked import linked
from workflows import db, facts, persons
from workflows.case import Done
from workflows.change import Reason, Relation, Status
from workflows.db import Database
from workflows.gate_models import sightings
from workflows.links import Rejected, Unavailable
from workflows.models import facts as facts_table
from workflows.models import identities
from workflows.reading import Part, Reading
from workflows.ruleset import Condition, Requirement


@dataclass
class Standin:
    """A link that says what the test wants; `asked`: what it was asked, in order."""

    says: Callable[[], Reading] = build.reading
    asked: list[dict[str, Any]] = field(default_factory=list)
    logins: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, int | None] = field(default_factory=dict)
    closed: bool = False

    def read(
        self,
        repository: str,
        ref: str,
        environment: str,
        *,
        staging: tuple[str, ...],
        since_sha: str | None,
        pushers: Mapping[str, str] | None,
    ) -> Reading:
        given = {"staging": staging, "since_sha": since_sha, "pushers": pushers}
        self.asked.append({"repository": repository, "ref": ref, "environment": environment, **given})
        return self.says()

    def login_of(self, email: str, repository: str) -> str | None:
        self.asked.append({"email": email, "repository": repository})
        return self.logins.get(email)

    def email_of(self, login: str) -> str | None:
        self.asked.append({"login": login})
        return self.emails.get(login)

    def account_of(self, login: str) -> int | None:
        return self.accounts.get(login, crc32(login.encode()))

    def close(self) -> None:
        self.closed = True


@dataclass
class DeskClock:
    """Both times are the desk's."""

    desk: Desk

    def now(self) -> datetime:
        return self.desk.now

    def real(self) -> datetime:
        return self.desk.now


@dataclass
class House:
    """A desk, and the reader of GitHub on it."""

    desk: Desk
    link: Standin
    github: GitHubReadings

    def fact(self) -> facts.Fact:
        with self.desk.database.read() as tx:
            found = facts.get(tx, "github", self.desk.id)
        assert found is not None
        return found

    def settled(self) -> None:
        """Wait until nothing is being read any more."""
        self.github.fresh([self.desk.id], deadline=10)
        while self.github._under_way:
            threading.Event().wait(0.005)


def house(desk: Desk) -> Iterator[House]:
    link = Standin()
    made = House(
        desk,
        link,
        GitHubReadings(desk.database, DeskClock(desk), lambda: link, lambda: desk.rules, desk.new_id, desk.salt),
    )
    yield made
    made.github.close()


@pytest.fixture
def home(database: Database) -> Iterator[House]:
    """Both databases; everybody's login stands in the policy."""
    yield from house(Desk(database, rules=build.deploy_rules()))


@pytest.fixture
def small(sqlite_url: str) -> Iterator[House]:
    """One database, for what is about threads and questions."""
    database = db.connect(sqlite_url)
    yield from house(Desk(database, rules=build.deploy_rules()))
    database.close()


@pytest.fixture
def strangers(database: Database) -> Iterator[House]:
    """Nobody's login stands in the policy."""
    yield from house(Desk(database, rules=build.deploy_rules(people_github={})))


def silence() -> Reading:
    raise Unavailable("timeout")


def test_a_request_asked_in_silence_is_read_later_and_then_not_again_while_it_is_young(home: House) -> None:
    home.desk.ask(reading=None)
    assert home.desk.case.reading is None
    home.github.fresh([home.desk.id], deadline=10)
    assert home.desk.case.reading is not None
    assert (home.desk.case.sha, home.fact().as_of, home.fact().error) == (SHA, home.desk.now, None)
    home.github.fresh([home.desk.id], deadline=10)
    assert len(home.link.asked) == 1
    home.desk.wait(2)
    home.github.fresh([home.desk.id], deadline=10)
    assert len(home.link.asked) == 2
    assert home.desk.kinds().count("read") == 1


def test_four_hours_of_silence_lose_nothing_and_void_nothing(home: House) -> None:
    home.desk.ask()
    home.desk.approve("rel")
    home.link.says = silence
    for _ in range(4):
        home.desk.wait(60)
        assert home.github.refresh() == 1
    assert (home.desk.status, home.fact().as_of, home.fact().error) == ("approved", at(0), "timeout")
    home.link.says = build.reading
    home.desk.wait(1)
    home.github.refresh()
    assert (home.desk.status, home.fact().as_of, home.fact().error) == ("approved", home.desk.now, None)
    home.desk.sound()


def test_a_push_that_github_tells_of_voids_at_once(home: House) -> None:
    home.desk.ask()
    home.desk.approve("rel")
    home.link.says = lambda: build.reading(NEXT_SHA)
    home.github.changed("Acme/Payments")
    home.settled()
    assert (home.desk.case.sha, home.desk.case.status, home.fact().stale) == (NEXT_SHA, Status.REQUESTED, False)
    home.desk.sound()


def test_nothing_rests_on_what_github_says_is_another_now(home: House) -> None:
    home.desk.ask()
    home.link.says = silence
    home.github.changed("acme/payments")
    home.settled()
    assert (home.fact().stale, home.fact().error) == (True, "timeout")
    no: Any = home.desk.approve("rel")
    assert no.verdict.reason is Reason.EVIDENCE_UNKNOWN


def test_what_is_said_of_another_commit_or_repository_is_not_ours(small: House) -> None:
    small.desk.ask()
    small.github.changed("acme/payments", NEXT_SHA)
    small.github.changed("acme/other")
    assert (small.link.asked, small.fact().stale) == ([], False)
    small.github.changed("acme/payments", SHA)
    small.settled()
    assert len(small.link.asked) == 1


def test_a_hiccup_in_one_part_voids_nothing_but_a_push_seen_in_it_does(home: House) -> None:
    home.desk.ask()
    home.desk.approve("rel")
    home.link.says = lambda: build.reading(unknown={Part.PATHS: "timeout"}, paths=())
    home.desk.wait(2)
    home.github.refresh()
    assert (home.desk.status, home.fact().error) == ("approved", "timeout")
    home.link.says = lambda: build.reading(NEXT_SHA, unknown={Part.PATHS: "timeout"}, paths=())
    home.desk.wait(2)
    home.github.refresh()
    assert home.desk.status == "requested"


def test_what_github_will_not_say_is_learnt_for_what_it_is(small: House) -> None:
    small.desk.ask(reading=None)
    small.link.says = lambda: build.reading(unknown={Part.BRANCH: "403"}, branch=None)
    assert small.github.refresh() == 0
    small.desk.wait(0, seconds=10)
    assert small.github.refresh() == 1
    assert small.desk.case.reading is not None
    assert small.desk.case.reading.unknown == {Part.BRANCH: "403"}


def test_many_who_ask_at_once_ask_github_once(small: House) -> None:
    small.desk.ask(reading=None)
    go = threading.Event()

    def slowly() -> Reading:
        assert go.wait(10)
        return build.reading()

    small.link.says = slowly
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(small.github.fresh, [small.desk.id], deadline=10) for _ in range(8)]
        while not small.link.asked:
            threading.Event().wait(0.005)
        go.set()
        for one in asked:
            one.result(10)
    assert len(small.link.asked) == 1


def test_what_changes_while_it_is_read_is_read_again(home: House) -> None:
    home.desk.ask()
    first = threading.Event()

    def pushed_meanwhile() -> Reading:
        if first.is_set():
            return build.reading(NEXT_SHA)
        first.set()
        home.github.changed("acme/payments")
        return build.reading()

    home.link.says = pushed_meanwhile
    home.desk.wait(2)
    home.github.fresh([home.desk.id], deadline=10)
    for _ in range(1000):
        if home.desk.case.sha == NEXT_SHA:
            break
        threading.Event().wait(0.01)
    assert (home.desk.case.sha, home.fact().stale, len(home.link.asked)) == (NEXT_SHA, False, 2)


def test_a_slow_github_is_not_waited_for(small: House) -> None:
    small.desk.ask(reading=None)
    go = threading.Event()

    def slowly() -> Reading:
        go.wait(10)
        return build.reading()

    small.link.says = slowly
    small.github.fresh([small.desk.id], deadline=0.05)
    assert small.desk.case.reading is None
    go.set()
    small.settled()
    assert small.desk.case.reading is not None


def test_each_open_request_is_read_each_minute_and_stale_ones_first(home: House) -> None:
    ids = []
    for name in ("web", "search", "payments"):
        ids.append(home.desk.ask(repository=f"acme/{name}", reading=build.reading(repository=f"acme/{name}")).id)
        home.desk.wait(0, seconds=1)
    home.link.says = silence
    assert home.github.refresh() == 0
    with home.desk.database.write() as tx:
        facts.mark_stale(tx, "github", ids[2])
    home.desk.wait(2)
    home.github.refresh(limit=1)
    assert [one["repository"] for one in home.link.asked] == ["acme/payments"]
    home.desk.wait(2)
    home.desk.withdraw()
    assert home.github.refresh() == 2
    assert {one["repository"] for one in home.link.asked[1:]} == {"acme/web", "acme/search"}


def test_a_reading_knows_what_was_pushed_reported_and_counts_as_staging(small: House) -> None:
    asks = Requirement(Condition.STAGING_FIRST, ("preprod",))
    small.desk.rules = build.deploy_rules(build.deploy_rule(require=(asks,)))
    small.github.pushed("Acme/Payments", SHA, "ops-gh")
    small.github.pushed("acme/payments", SHA, "lead-gh")  # made a branch of it
    row = {"source": "api", "kind": "deployment", "repository": "acme/payments", "environment": "production"}
    with small.desk.database.write() as tx:
        # The last but one is whoever's word: nothing in the record explains it.
        for n, (outcome, why) in enumerate(
            (("ok", "before"), ("ok", "approved"), ("ok", "found"), ("failed", "approved"))
        ):
            row |= {"id": f"s{n}", "external": f"{n}", "sha": f"{n}" * 40, "outcome": outcome, "explained": why}
            tx.execute(insert(sightings), row | {"at": at(n), "seen_at": at(n)})
    small.github.read("acme/payments", "main", "production")
    asked = small.link.asked[0]
    assert asked["staging"] == ("staging", "preprod")
    assert asked["since_sha"] == "1" * 40
    assert (asked["pushers"].get(SHA), asked["pushers"].get(NEXT_SHA)) == ("ops-gh", None)


def test_an_approver_is_known_on_github_by_the_verified_address(strangers: House) -> None:
    strangers.link.logins = {build.email("rel"): "Rel-On-GitHub"}
    strangers.github.refresh()
    with strangers.desk.database.read() as tx:
        assert facts.standing(tx, strangers.desk.rules, now=strangers.desk.now).logins == {"rel": "rel-on-github"}
    asked = len(strangers.link.asked)
    strangers.github.refresh()
    assert len(strangers.link.asked) == asked  # nothing was known of the others, and they are asked about in an hour


def test_an_author_behind_githubs_own_address_is_the_same_human_as_in_slack(strangers: House) -> None:
    with strangers.desk.database.write() as tx:
        for who in ("dev", "rel", "lead"):
            value = {"kind": "github", "value": f"{who}-gh", "person": who, "verified_at": at()}
            if who != "rel":
                tx.execute(insert(identities), value)
    hidden = build.hand("rel", email="7+rel-gh@users.noreply.github.com")
    strangers.link.emails = {"rel-gh": build.email("rel")}
    strangers.link.says = lambda: build.reading(hands=(build.hand("dev"), hidden))
    strangers.desk.ask(reading=None)
    strangers.github.fresh([strangers.desk.id], deadline=10)
    parties = {(p.person, p.relation) for p in strangers.desk.case.parties}
    assert ("rel", Relation.AUTHOR) in parties
    no: Any = strangers.desk.approve("rel")
    assert no.verdict.reason is Reason.AUTHOR
    with strangers.desk.database.read() as tx:
        assert len(persons.by_id(tx, ["rel"])) == 1
        assert tx.execute(facts_table.select().where(facts_table.c.kind == "github-profile")).all()


def test_a_login_that_nobody_has_any_more_is_left_out_until_it_is_somebodys_again(small: House) -> None:
    desk, link = small.desk, small.link

    def known() -> bool:
        desk.wait(61)
        small.github.refresh()
        with desk.database.read() as tx:
            return "rel" in facts.standing(tx, desk.rules, now=desk.now).logins

    assert known()
    link.accounts = {"rel-gh": None}
    assert not known()
    link.accounts = {"rel-gh": 1}  # taken by somebody else
    assert not known()
    link.accounts = {}
    assert known()


def test_people_who_are_known_are_not_asked_about(small: House) -> None:
    small.desk.ask()
    small.desk.wait(2)
    small.github.refresh()
    assert [set(one) & {"login", "email"} for one in small.link.asked] == [set()]


def test_without_a_github_nothing_is_asked(small: House) -> None:
    desk = small.desk
    desk.ask(reading=None, unlinked=True)
    github = GitHubReadings(desk.database, DeskClock(desk), None, lambda: desk.rules, desk.new_id, desk.salt)
    assert not github.linked
    assert github.read("acme/payments", "main", "production") is None
    assert github.refresh() == 0
    github.fresh([desk.id])
    github.changed("acme/payments")
    github.close()
    small.github.fresh([desk.id], deadline=10)  # configured since then: it was asked without, and stays so
    assert ("read" in desk.kinds(), small.link.asked) == (False, [])


def test_a_form_is_told_what_is_not_there_and_waits_for_no_silence(small: House) -> None:
    small.link.says = silence
    assert small.github.read("acme/payments", "main", "production") is None

    def nowhere() -> Reading:
        raise Rejected("unknown-ref", 404)

    small.link.says = nowhere
    with pytest.raises(Rejected):
        small.github.read("acme/payments", "nowhere", "production")
    small.link.says = lambda: replace(build.reading(), unknown={Part.CHECKS: "503"})
    assert small.github.read("acme/payments", "main", "production") is not None
    small.github.close()
    assert small.link.closed


def test_the_real_link_reads_what_the_record_keeps(sqlite_url: str) -> None:
    database = db.connect(sqlite_url)
    desk = Desk(database, rules=build.deploy_rules())
    with linked() as there:
        github = GitHubReadings(
            desk.database, DeskClock(desk), lambda: there.link, lambda: desk.rules, desk.new_id, desk.salt
        )
        there.hub.deploy(REPO, there.tip, "production", by="bob")
        there.lands()
        asked = desk.ask(reading=github.read(REPO, "main", "production"))
        assert asked.reading is not None
        assert ([one.pull for one in asked.reading.commits], asked.reading.unknown) == ([1, 1], {})
        assert isinstance(desk.approve("rel"), Done)
        desk.wait(2)
        github.fresh([desk.id], deadline=10)
        assert (desk.status, desk.kinds().count("read")) == ("approved", 1)
        pushed = there.hub.commit(REPO, author="bob")
        github.changed(REPO)
        github.fresh([desk.id], deadline=10)
        assert (desk.case.sha, desk.status) == (pushed, "requested")
        github.close()
    desk.sound()
    database.close()
