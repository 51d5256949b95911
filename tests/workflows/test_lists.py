"""What people find in lists: what waits for them, what they owe, what is open, and nothing they may not read."""

from datetime import timedelta
from typing import Any

import pytest

from tests import build
from tests.build import at
from tests.workflows.desk import Desk
from workflows import aftermath, lists, reviews
from workflows.change import Judgement, Kind, Status
from workflows.reviews import FollowUpForm
from workflows.rows import DebtKind, HomeLists, Recent


def home(desk: Desk, who: str) -> HomeLists:
    with desk.database.read() as tx:
        return lists.home(tx, build.actor(who), desk.now, desk.rules)


def recent(desk: Desk, who: str = "dev", *, days: int = 30, kind: Kind | None = None) -> Recent:
    with desk.database.read() as tx:
        return lists.recent(tx, build.actor(who), desk.rules, now=desk.now, days=days, kind=kind)


def live(desk: Desk, **given: Any) -> str:
    case = desk.declare(**given)
    desk.approve("cto")
    desk.deploy()
    return case.key


def test_a_newcomer_finds_nothing(desk: Desk) -> None:
    assert home(desk, "stranger").empty
    assert recent(desk) == Recent(days=30)


def test_what_waits_is_shown_to_whoever_can_still_decide(desk: Desk) -> None:
    keys = [desk.declare(implementer="lead").key, desk.wait(1).declare().key]

    assert [row.key for row in home(desk, "cto").waiting] == keys
    assert [row.key for row in home(desk, "lead").waiting] == keys[1:]
    assert home(desk, "rel").waiting == ()
    assert [row.key for row in home(desk, "dev").mine] == keys
    desk.approve("cto")
    assert [row.key for row in home(desk, "cto").waiting] == keys[:1]
    assert home(desk, "lead").waiting == ()


def test_what_is_owed_stands_with_its_owner_by_due_time(desk: Desk) -> None:
    first, second = live(desk), live(desk.wait(60))
    assert [(d.key, d.mine, d.live) for d in home(desk, "cto").owed] == [(first, True, True), (second, True, True)]
    assert home(desk, "lead").owed == ()

    desk.do("cto", reviews.hand_over, desk.id, to="lead")
    assert [d.key for d in home(desk, "cto").owed] == [first]
    assert [d.key for d in home(desk, "lead").owed] == [second]


def test_an_open_follow_up_is_owed_until_it_is_done(desk: Desk) -> None:
    live(desk)
    follow = FollowUpForm("raise the pool size", "ops", "2026-11-20")
    desk.close("cto", judgement=Judgement.NO, follow_ups=(follow,))
    (owed,) = home(desk, "ops").owed

    assert (owed.kind, owed.what, owed.due.date().isoformat()) == (
        DebtKind.FOLLOW_UP,
        "raise the pool size",
        "2026-11-20",
    )
    desk.do("ops", reviews.mark_done, desk.id, ref=owed.ref)
    assert home(desk, "ops").owed == ()


def test_what_is_overdue_is_shown_to_whoever_may_take_it_over(desk: Desk) -> None:
    key = live(desk)
    desk.wait(hours=24)
    assert home(desk, "lead").overdue == ()

    desk.wait(1)
    assert [(d.key, d.mine) for d in home(desk, "lead").overdue] == [(key, False)]
    assert home(desk, "cto").overdue == (), "the owner has it under what is owed"
    assert home(desk, "dev").overdue == ()
    with desk.database.read() as tx:
        assert [row.key for row in lists.overdue_reviews(tx, ("payments",), desk.now)] == [key]
        assert lists.overdue_reviews(tx, ("web",), desk.now) == ()
        assert lists.overdue_reviews(tx, (), desk.now) == ()


def test_a_closed_change_leaves_every_list_but_the_last(desk: Desk) -> None:
    key = live(desk)
    desk.close("cto")

    assert home(desk, "dev").mine == ()
    assert home(desk, "cto").owed == ()
    assert [row.key for row in home(desk, "stranger").closed] == [key]


def test_long_lists_are_cut_and_counted(sqlite_desk: Desk) -> None:
    for _ in range(12):
        sqlite_desk.declare()

    found = home(sqlite_desk, "cto")
    assert (len(found.waiting), dict(found.more)) == (10, {"waiting": 2})


def test_the_title_of_a_confidential_change_is_for_those_it_is_for(desk: Desk) -> None:
    desk.declare(confidential=True)

    assert [row.title for row in home(desk, "cto").waiting] == ["checkout 500s"]
    assert [row.title for row in recent(desk, "dev").rows] == ["checkout 500s"]
    assert [row.title for row in recent(desk, "stranger").rows] == [None]
    with desk.database.read() as tx:
        assert [row.title for row in lists.open_on(tx, ("payments",))] == [None]
        assert [row.title for row in lists.pick(tx, "")] == [None]


def test_recent_counts_drills_apart_and_what_went_without_approval(desk: Desk) -> None:
    live(desk)
    desk.declare()
    desk.proceed()
    desk.declare(live_since=at(-10))
    desk.declare(drill=True)
    desk.declare()
    desk.approve()
    desk.do("dev", aftermath.not_needed, desk.id)
    desk.deploy(why="it went out all the same")
    page = recent(desk, kind=Kind.EMERGENCY)

    assert (page.emergencies, page.unapproved, page.drills, page.more) == (4, 3, 1, 0)
    assert not any(row.drill for row in page.rows)
    assert recent(desk, kind=Kind.DEPLOY).rows == ()


def test_recent_is_a_span_of_days(desk: Desk) -> None:
    desk.declare()
    desk.wait(days=8)

    assert recent(desk, days=7).rows == ()
    assert len(recent(desk, days=9).rows) == 1


def test_what_is_open_on_a_system(desk: Desk) -> None:
    keys = [desk.declare(systems=systems).key for systems in (("payments",), ("web", "payments"), ("web",))]
    desk.declare(drill=True)
    desk.id = desk.id_of(keys[0])
    desk.reject()
    with desk.database.read() as tx:
        assert [row.key for row in lists.open_on(tx, ("payments",))] == [keys[1]]
        assert {row.key for row in lists.open_on(tx, ("payments", "web"))} == set(keys[1:])
        assert lists.open_on(tx, ()) == ()


def test_a_key_is_found_however_it_is_typed_and_the_nearest_is_offered(desk: Desk) -> None:
    keys = [desk.declare().key for _ in range(2)]
    with desk.database.read() as tx:
        found = lists.by_key(tx, " ec-2026-0001 ")
        assert found is not None
        assert found.key == keys[0]
        assert lists.by_key(tx, "EC-2026-0009") is None
        assert lists.nearest_key(tx, "ec-2062-0001") == keys[0]
        assert lists.nearest_key(tx, "hello") is None


def test_the_newest_key_and_what_may_be_picked(desk: Desk) -> None:
    keys = [desk.declare().key, desk.wait(1).declare(systems=("web",)).key]
    desk.reject()
    with desk.database.read() as tx:
        assert lists.newest_key(tx) == keys[1]
        assert [row.key for row in lists.pick(tx, "")] == keys, "open ones first"
        assert [row.key for row in lists.pick(tx, "0002")] == keys[1:]
        assert [row.key for row in lists.pick(tx, "Pay")] == keys[:1]


@pytest.mark.parametrize("limit", [1, 2])
def test_a_pick_is_as_long_as_wanted(sqlite_desk: Desk, limit: int) -> None:
    for _ in range(3):
        sqlite_desk.declare()
    with sqlite_desk.database.read() as tx:
        assert len(lists.pick(tx, "", limit=limit)) == limit


def test_a_row_tells_the_review_and_its_verdict(desk: Desk) -> None:
    live(desk)
    desk.close("cto")
    (row,) = recent(desk).rows

    assert (row.status, row.owner, row.judgement) == (Status.REVIEWED, "cto", "yes")
    assert row.due is not None
    assert row.due - row.at == timedelta(hours=24)
