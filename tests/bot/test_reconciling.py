"""The reconciler against a GitHub of plain values: what it sees, what it misses, and what it says of the gap."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import insert, select

from bot.reconciling import Reconciler
from bot.webhooks import Hook
from tests import build
from tests.build import NEXT_SHA, REPOSITORY, SHA, T0, at
from tests.workflows.desk import Desk
from workflows import periods
from workflows.change import Found, Relation, Status
from workflows.completeness import Period
from workflows.db import connect
from workflows.gate_models import runs, sightings
from workflows.links import Rejected, Unavailable
from workflows.links.github_runs import Deployed, Landed, Reviewed, Run
from workflows.models import changes
from workflows.reading import Hand, Opined, Opinion, Pull
from workflows.ruleset import System

RULES = build.deploy_rules(systems={"payments": System("payments", (REPOSITORY,))})
BASE = "0" * 39 + "1"
PULL = Pull(7, login="ops-gh", merged=True, base="main")


@dataclass
class Link:
    """GitHub as far as the reconciler asks it: values that a test puts there."""

    now: datetime = T0
    branch: list[Landed] = field(default_factory=list)
    made: list[Deployed] = field(default_factory=list)
    pulls: dict[str, tuple[Pull, ...]] = field(default_factory=dict)
    opinions: dict[int, tuple[Opined, ...]] = field(default_factory=dict)
    said: dict[int, tuple[Reviewed, ...]] = field(default_factory=dict)
    started: dict[int, Run] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    silent: bool = False
    forgotten: bool = False

    def default_branch(self, repository: str) -> str:
        if self.silent:
            raise Unavailable("timeout")
        return "main"

    def resolve(self, repository: str, ref: str) -> str:
        assert ref == "refs/heads/main"
        return self.branch[-1].sha if self.branch else BASE

    def commits(
        self, repository: str, branch: str, since: datetime | None = None, *, after: str | None = None
    ) -> tuple[Landed, ...]:
        shas = [BASE, *(one.sha for one in self.branch)]
        if after is not None:
            if self.forgotten:
                raise Rejected("Not Found", 404)
            return tuple(self.branch[shas.index(after) :])
        return tuple(one for one in self.branch if since is None or one.at >= since)

    def pulls_of(self, repository: str, sha: str) -> tuple[Pull, ...]:
        return self.pulls.get(sha, ())

    def reviews(self, repository: str, pull: int) -> tuple[Opined, ...]:
        return self.opinions.get(pull, ())

    def deployments(self, repository: str, environments: Collection[str], since: datetime) -> tuple[Deployed, ...]:
        if self.silent:
            raise Unavailable("timeout")
        return tuple(one for one in self.made if one.environment in environments and one.at >= since)

    def run(self, repository: str, run: int) -> Run:
        if run not in self.started:
            raise Rejected("Not Found", 404)
        return self.started[run]

    def email_of(self, login: str) -> str | None:
        self.looked_up.append(login)
        return self.addresses.get(login)

    def approvals(self, repository: str, run: int) -> tuple[Reviewed, ...]:
        return self.said.get(run, ())


@dataclass
class Clock:
    desk: Desk

    def now(self) -> datetime:
        return self.desk.now

    def real(self) -> datetime:
        return self.desk.now


class House:
    """A desk whose worker reads that GitHub."""

    def __init__(self, desk: Desk) -> None:
        desk.rules = RULES
        self.desk, self.link = desk, Link()
        clock = cast(Any, Clock(desk))
        self.reconciler = Reconciler(
            desk.database, clock, lambda: desk.rules, desk.new_id, desk.salt, lambda: cast(Any, self.link)
        )

    def tick(self, minutes: float = 0) -> int:
        self.desk.wait(minutes)
        return self.reconciler()

    def push(self, sha: str, *pulls: Pull, **given: Any) -> None:
        """A commit of ops comes onto main now."""
        values: dict[str, Any] = {"author": "ops-gh", "committer": "ops-gh", "site": False, "at": self.desk.now}
        self.link.branch.append(Landed(sha, (), **(values | given)))
        self.link.pulls[sha] = pulls

    def deploy(self, number: int = 1, **given: Any) -> None:
        """A deployment to production by an App, begun and ended now."""
        now = self.desk.now
        values: dict[str, Any] = {
            "environment": "production", "sha": SHA, "ref": "main", "login": "github-actions[bot]", "bot": True,
            "at": now, "state": "success", "state_at": now, "succeeded": True, "began": now,
        }  # fmt: skip
        self.link.made = [one for one in self.link.made if one.id != number]
        self.link.made.append(Deployed(number, **(values | given)))

    def found(self) -> list[Found]:
        with self.desk.database.read() as tx:
            ids = tx.scalars(select(changes.c.id).where(changes.c.kind == "finding").order_by(changes.c.key)).all()
        cases = [self.desk.case_of(one) for one in ids]
        return [case.sighting.what for case in cases if case.sighting]

    def period(self, until: datetime) -> Period:
        with self.desk.database.read() as tx:
            return periods.unexplained(tx, T0, until, RULES)


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    database = connect(sqlite_url)
    yield House(Desk(database))
    database.close()


def test_what_was_there_before_the_first_look_is_no_finding(house: House) -> None:
    house.push(SHA)
    house.deploy()
    house.desk.wait(10)
    assert house.tick() == 2
    assert house.tick(2) == 2
    assert house.found() == []


def test_a_direct_push_is_found_by_the_poller_once_and_not_before_github_can_know(house: House) -> None:
    house.tick()
    house.desk.wait(1)
    house.push(SHA)
    house.tick()
    assert house.found() == []
    assert house.period(at(1)).as_of == T0  # what is not settled is not read
    house.tick(1)
    house.tick(1)
    assert house.found() == [Found.DIRECT_PUSH]
    assert house.period(at(3)).as_of == at(3)


def test_a_commit_that_is_dated_back_is_found_all_the_same(house: House) -> None:
    house.tick()
    house.push(SHA, at=at(days=-300))
    house.tick(1)
    assert house.found() == [Found.DIRECT_PUSH]


def test_a_branch_that_was_rewritten_is_read_by_dates(house: House) -> None:
    house.tick()
    house.push(SHA, at=at(1))
    house.link.forgotten = True
    house.tick(5)
    assert house.found() == [Found.DIRECT_PUSH]


def test_a_reviewed_merge_is_none_and_an_unreviewed_one_is(house: House) -> None:
    house.tick()
    house.push(SHA, replace(PULL, head=SHA))
    house.push(NEXT_SHA, replace(PULL, number=8, head=NEXT_SHA))
    house.link.opinions[7] = (Opined(7, "lead-gh", Opinion.APPROVED, SHA),)
    house.tick(1)
    assert house.found() == [Found.UNREVIEWED_MERGE]


def test_a_co_author_reviews_nothing(house: House) -> None:
    house.tick()
    house.push(SHA, replace(PULL, head=SHA), hands=(Hand(Relation.CO_AUTHOR, SHA, "lead-gh"),))
    house.link.opinions[7] = (Opined(7, "lead-gh", Opinion.APPROVED, SHA),)
    house.tick(1)
    assert house.found() == [Found.UNREVIEWED_MERGE]


def test_a_deployment_that_waits_has_not_reached_production(house: House) -> None:
    house.tick()
    waiting = {"state": "waiting", "succeeded": False, "began": None}
    house.deploy(1, **waiting)
    house.tick(1)
    assert house.found() == []
    begun = at(60)
    house.tick(70)
    house.deploy(1, at=at(0), began=begun, state_at=begun)  # made long before the last look
    house.tick(1)
    assert house.found() == [Found.NO_BASIS]


def test_a_run_that_was_refused_never_began(house: House) -> None:
    house.tick()
    house.deploy(1, state="failure", succeeded=False, began=None)
    house.tick(1)
    assert house.found() == []


@pytest.mark.parametrize(
    ("state", "said", "found"),
    [
        pytest.param("waiting", (Reviewed(("production",), "approved", "cto-gh", False),), Found.BYPASSED, id="admin"),
        pytest.param("waiting", (), Found.APPROVED_ELSEWHERE, id="went on without us"),
        pytest.param("approved", (), Found.NO_BASIS, id="we let it through"),
        pytest.param(None, (), Found.NO_BASIS, id="a run we never knew"),
        pytest.param(
            "waiting",
            (Reviewed(("production",), "approved", "us[bot]", True),),
            Found.NO_BASIS,
            id="our word, just given",
        ),
    ],
)
def test_how_a_run_went_past_us(house: House, state: str | None, said: tuple[Reviewed, ...], found: Found) -> None:
    house.tick()
    house.link.started[812] = Run(812, SHA, "completed", "success", (), "dev-gh", "ops-gh", 1)
    house.link.said[812] = said
    if state:
        row = {"id": "r1", "repository": REPOSITORY, "run": 812, "environment": "production", "sha": SHA}
        row |= {"state": state, "seen_at": house.desk.now, "reports": 0}
        with house.desk.database.write() as tx:
            tx.execute(insert(runs), row)
    house.deploy(1, url="https://github.test/acme/payments/actions/runs/812")
    house.tick(1)
    assert house.found() == [found]
    case = house.desk.case_of(house.desk.id_of("FD-2026-0001"))
    people = {p.person for p in case.parties}
    assert people == ({"cto", "ops"} if found is Found.BYPASSED else {"ops"})


def test_a_run_of_another_commit_is_not_believed(house: House) -> None:
    house.tick()
    house.link.started[812] = Run(812, NEXT_SHA, "completed", "success", (), "dev-gh", "ops-gh", 1)
    house.deploy(1, url="https://github.test/acme/payments/actions/runs/812")
    house.tick(1)
    case = house.desk.case_of(house.desk.id_of("FD-2026-0001"))
    assert case.sighting is not None
    assert case.sighting.login == "github-actions[bot]"


def test_a_login_that_nobody_named_is_known_by_its_verified_address(house: House) -> None:
    house.tick()
    house.link.addresses["the-lead"] = "lead@example.com"
    house.push(SHA, at=at(-9), author="the-lead", committer="the-lead")
    house.tick(1)
    case = house.desk.case_of(house.desk.id_of("FD-2026-0001"))
    assert {p.person for p in case.parties} == {"lead"}
    assert case.review is not None
    assert case.review.owner != "lead"
    house.push(NEXT_SHA, at=at(-9), author="the-lead", committer="the-lead")
    house.tick(1)
    assert house.link.looked_up == ["the-lead"]


def test_silence_leaves_a_gap_until_all_of_it_was_read(house: House) -> None:
    house.tick()
    house.tick(1)
    house.link.silent = True
    house.deploy(1, began=at(60), at=at(60), state_at=at(60))
    assert house.tick(240) == 0
    quiet = house.period(house.desk.now)
    assert (quiet.clean, quiet.count) == (False, 0)
    assert [(g.source, g.since, g.until) for g in quiet.gaps] == [
        (f"{what}:{REPOSITORY}", at(1), at(241)) for what in ("deployments", "commits")
    ]

    house.link.silent = False
    house.tick(1)
    heard = house.period(house.desk.now)
    assert (heard.gaps, heard.count, house.found()) == ((), 1, [Found.NO_BASIS])


def test_without_a_github_nothing_is_read_and_nothing_is_clean(house: House) -> None:
    alone = replace(house.reconciler, link=None)
    assert alone() == 0
    assert house.period(at(10)).clean is False
    assert alone.pushed(hook("push", ref="refs/heads/main")) is None


def hook(event: str, **body: Any) -> Hook:
    """A delivery of the repository."""
    about = {"full_name": "Acme/Payments", "default_branch": "main"}
    return Hook(event, "d1", {"repository": about, **body})


def deliver(house: House, given: Hook) -> None:
    work = house.reconciler.table()[given.event](given)
    if work is not None:
        with house.desk.turn("") as turn:
            work(turn)


def test_a_delivery_and_the_poller_give_one_finding(house: House) -> None:
    house.tick()
    house.deploy(1)
    house.push(SHA, at=at(-5))
    for _ in range(20):
        deliver(house, hook("deployment_status"))
        deliver(house, hook("push", ref="refs/heads/main", before=BASE))
    house.tick(1)
    assert sorted(house.found()) == [Found.DIRECT_PUSH, Found.NO_BASIS]
    with house.desk.database.read() as tx:
        assert len(tx.execute(select(sightings.c.id)).all()) == 2


def test_a_push_may_come_before_the_first_look(house: House) -> None:
    house.desk.wait(5)
    house.push(SHA, at=at(0))
    deliver(house, hook("push", ref="refs/heads/main", before=BASE))
    assert house.found() == [Found.DIRECT_PUSH]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(hook("push", ref="refs/heads/next"), id="another branch"),
        pytest.param(Hook("push", "d", {"repository": {"full_name": "acme/blog"}}), id="another repository"),
        pytest.param(Hook("push", "d", {"repository": []}), id="of another shape"),
    ],
)
def test_deliveries_that_are_about_nothing_here(house: House, given: Hook) -> None:
    assert house.reconciler.pushed(given) is None


def test_the_owner_is_reminded_and_only_a_review_closes_it(house: House) -> None:
    house.tick()
    house.deploy(1)
    house.tick(1)
    desk = house.desk
    desk.id = desk.id_of("FD-2026-0001")
    owner = desk.case.review.owner if desk.case.review else ""
    assert owner
    desk.live(at(hours=30))
    assert [post["kind"] for post in desk.reminded(owner)][-1] in ("escalation", "reminder")
    assert house.period(desk.now).count == 1
    said = desk.close(owner, missing={})
    assert desk.status == Status.REVIEWED.value, said
    assert (house.period(desk.now).count, house.period(desk.now).explained) == (0, 1)
    assert desk.now - T0 > timedelta(hours=24)
