"""Who gets which row, when, and who may settle it; on both databases."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.workflows.records import NOW, new_id
from workflows import claims, outbox, settlements
from workflows.db import Database
from workflows.models import outbox as table
from workflows.outbox import Row

LEASE = timedelta(seconds=60)


def put(db: Database, key: str, *, place: str = "dm:a", change: str | None = "c", **more: Any) -> bool:
    with db.write() as tx:
        return outbox.notice(
            tx, key=key, change=change, place=place, template="t", payload={}, now=NOW, new_id=new_id, **more
        )


def draw(db: Database, place: str = "card:c", change: str | None = "c", version: int = 1, **more: Any) -> None:
    with db.write() as tx:
        outbox.render(
            tx, change=change, place=place, template="t", payload=more, version=version, now=NOW, new_id=new_id
        )


def take(db: Database, *, after: float = 0, limit: int = 10, **more: Any) -> list[Row]:
    """Claim, so many seconds later."""
    at = NOW + timedelta(seconds=after)
    with db.write() as tx:
        return claims.claim(tx, now=more.pop("now", at), real=at, lease=LEASE, limit=limit, **more)


def keys(rows: list[Row]) -> list[str]:
    return [row.key for row in rows]


def sent(db: Database, row: Row, version: int = 1) -> bool:
    with db.write() as tx:
        return settlements.succeeded(tx, row, remote={"ts": "1"}, version=version, real=NOW)


def wait(db: Database, row: Row, seconds: float, **more: Any) -> bool:
    with db.write() as tx:
        values: dict[str, Any] = {"error": "e", "counted": True, "unsettled": False} | more
        return settlements.again(tx, row, at=NOW + timedelta(seconds=seconds), **values)


def bury(db: Database, row: Row) -> bool:
    with db.write() as tx:
        return settlements.given_up(tx, row, error="e", real=NOW)


def stored(db: Database, key: str) -> Any:
    with db.read() as tx:
        return tx.execute(select(table).where(table.c.key == key)).one()


def test_a_key_is_put_once(database: Database) -> None:
    assert put(database, "k")
    assert not put(database, "k", place="dm:b")
    assert len(take(database)) == 1


def test_notices_of_one_change_to_one_place_go_in_order_and_others_do_not_wait(database: Database) -> None:
    put(database, "1")
    put(database, "2")
    put(database, "other change", change="d", place="dm:b")
    put(database, "other place", place="dm:c")
    rows = take(database)
    assert keys(rows) == ["1", "other change", "other place"]
    assert take(database) == []
    sent(database, rows[0])
    assert keys(take(database)) == ["2"]


def test_a_row_that_backs_off_holds_those_behind_it_until_it_is_given_up(database: Database) -> None:
    put(database, "1")
    put(database, "2")
    wait(database, take(database)[0], 30)
    assert take(database, after=29) == []
    (row,) = take(database, after=30)
    assert (row.key, row.attempts) == ("1", 1)
    bury(database, row)
    assert keys(take(database, after=31)) == ["2"]


def test_notices_of_no_change_keep_their_order_too(database: Database) -> None:
    put(database, "1", change=None)
    put(database, "2", change=None)
    wait(database, take(database)[0], 30)
    assert take(database, after=1) == []


def test_a_lease_ends_and_so_does_the_right_to_settle(database: Database) -> None:
    put(database, "1")
    (late,) = take(database)
    assert take(database, after=59) == []
    (row,) = take(database, after=60)
    assert (row.epoch, late.epoch) == (2, 1)
    with database.write() as tx:
        assert not settlements.mark(tx, late, real=NOW, lease=LEASE)
    assert not sent(database, late)
    assert not wait(database, late, 1)
    assert not bury(database, late)
    assert sent(database, row)


def test_a_mark_holds_the_row_longer_and_stays_until_it_is_settled(database: Database) -> None:
    put(database, "1")
    (row,) = take(database)
    with database.write() as tx:
        assert settlements.mark(tx, row, real=NOW + timedelta(seconds=50), lease=LEASE)
    assert take(database, after=109) == []
    (found,) = take(database, after=110)
    assert found.first_try_at == NOW + timedelta(seconds=50)
    wait(database, found, 120, unsettled=True)
    (again,) = take(database, after=120)
    with database.write() as tx:
        settlements.mark(tx, again, real=NOW + timedelta(seconds=120), lease=LEASE)
    assert stored(database, "1").first_try_at == NOW + timedelta(seconds=50)
    wait(database, again, 130)
    assert stored(database, "1").first_try_at is None


def test_a_notice_waits_for_the_row_it_comes_after(database: Database) -> None:
    draw(database)
    put(database, "line", place="thread:c", after="render:c:card:c")
    (card,) = take(database)
    assert take(database) == []
    sent(database, card)
    assert keys(take(database)) == ["line"]


def test_a_card_that_is_due_again_holds_no_line(database: Database) -> None:
    draw(database)
    sent(database, take(database)[0])
    draw(database, version=2)
    put(database, "line", place="thread:c", after="render:c:card:c")
    assert keys(take(database)) == ["render:c:card:c", "line"]


def test_a_line_does_not_wait_for_a_dead_card(database: Database) -> None:
    draw(database)
    put(database, "line", place="thread:c", after="render:c:card:c")
    bury(database, take(database)[0])
    assert keys(take(database)) == ["line"]


def test_renders_of_one_place_are_one_row_that_never_goes_back(database: Database) -> None:
    draw(database, version=3)
    draw(database, version=2)
    (row,) = take(database)
    assert row.wanted == 3
    with database.write() as tx:
        outbox.bump(tx, "c", 5)
    sent(database, row, version=3)
    (row,) = take(database)
    assert (row.wanted, row.sent, row.remote) == (5, 3, {"ts": "1"})
    sent(database, row, version=5)
    assert take(database) == []
    with database.write() as tx:
        outbox.bump(tx, "c", 5)
        outbox.bump(tx, "d", 6)
    assert take(database) == []


def test_a_place_of_no_change_is_drawn_as_often_as_it_is_wanted(database: Database) -> None:
    draw(database, "home:a", None)
    draw(database, "home:a", None)
    (row,) = take(database)
    assert row.wanted == 2
    draw(database, "home:a", None)
    sent(database, row, version=2)
    assert take(database)[0].wanted == 3


def test_a_dead_render_sleeps_through_events_and_wakes_when_it_is_wanted_again(database: Database) -> None:
    draw(database)
    wait(database, take(database)[0], 0)
    bury(database, take(database)[0])
    with database.write() as tx:
        outbox.bump(tx, "c", 2)
    assert take(database) == []
    draw(database, version=3)
    assert take(database)[0].attempts == 0


def test_a_dead_letter_is_revived_at_its_first_address(database: Database) -> None:
    put(database, "1")
    (row,) = take(database)
    wait(database, row, 0, payload={"text": "x", "_rung": 2, "_plain": True, "_tries": {"poison": 8}})
    (row,) = take(database)
    bury(database, row)
    with database.write() as tx:
        assert settlements.revive(tx, row.id, real=NOW)
        assert not settlements.revive(tx, row.id, real=NOW)
    (row,) = take(database)
    assert (row.payload, row.attempts, row.state) == ({"text": "x"}, 0, "open")


def test_what_is_held_is_due_by_the_time_of_people_and_backoff_by_that_of_machines(database: Database) -> None:
    put(database, "1", not_before=NOW + timedelta(hours=4))
    assert take(database) == []
    (row,) = take(database, now=NOW + timedelta(hours=4))
    wait(database, row, 30)
    assert take(database, now=NOW + timedelta(days=2)) == []
    assert keys(take(database, after=30)) == ["1"]


def test_one_row_per_place_and_none_of_a_busy_one(database: Database) -> None:
    for change in "abcd":
        put(database, change, change=change, place=f"card:{change in 'ab'}")
    assert keys(take(database, limit=4)) == ["a", "c"]
    assert keys(take(database, busy=["card:True"])) == ["d"]
    with database.read() as tx:
        assert claims.is_due(tx, now=NOW, real=NOW)
        assert not claims.is_due(tx, now=NOW, real=NOW, busy=["card:True", "card:False"])


def test_an_idle_place_is_not_due(database: Database) -> None:
    with database.read() as tx:
        assert not claims.is_due(tx, now=NOW, real=NOW)


def claim_naively(db: Database, barrier: threading.Barrier) -> list[Row]:
    """What must not be done: look, and then take in another statement, with nothing held in between."""
    with db.read() as tx:
        found = [row_.id for row_ in tx.execute(select(table).where(table.c.state == "open"))]
    barrier.wait()
    rows = []
    for id_ in found:
        with db.write() as tx:
            tx.execute(update(table).where(table.c.id == id_).values(epoch=table.c.epoch + 1))
            row = outbox.one(tx, table.c.id == id_)
            assert row is not None
            rows.append(row)
    return rows


def claim_well(db: Database, barrier: threading.Barrier) -> list[Row]:
    barrier.wait()
    rows: list[Row] = []
    while _is_due(db):  # what another claimer holds just now is skipped
        rows += take(db, limit=5)
    return rows


def _is_due(db: Database) -> bool:
    with db.read() as tx:
        return claims.is_due(tx, now=NOW, real=NOW)


@pytest.mark.parametrize(("way", "doubled"), [(claim_well, False), (claim_naively, True)])
def test_two_claimers_at_once_never_share_a_row(
    database: Database, way: Callable[[Database, threading.Barrier], list[Row]], doubled: bool
) -> None:
    for n in range(30):
        put(database, str(n), place=f"dm:{n}")
    barrier, taken = threading.Barrier(3), list[str]()
    claimers = [threading.Thread(target=lambda: taken.extend(keys(way(database, barrier)))) for _ in range(3)]
    for claimer in claimers:
        claimer.start()
    for claimer in claimers:
        claimer.join(20)
    assert set(taken) == {str(n) for n in range(30)}
    assert (len(taken) > 30) is doubled


def test_only_places_of_the_scope_are_claimed_and_only_as_many_as_fit(database: Database) -> None:
    places = ("dm:a", "jira:issue", "jira_x:issue", "gate:1", "gate:2", "gate:3")
    for place in places:
        draw(database, place, place)
    for scope, due in (
        (claims.Scope(("jira:", "gate:")), ["dm:a", "jira_x:issue"]),
        (claims.Scope(("jira:", "gate:"), others=False), ["jira:issue", "gate:1", "gate:2", "gate:3"]),
        (claims.Scope((), others=False), []),
    ):
        with database.read() as tx:
            assert claims.is_due(tx, now=NOW, real=NOW, scope=scope) is bool(due)
        with database.write() as tx:
            rows = claims.claim(tx, now=NOW, real=NOW, lease=timedelta(), limit=10, scope=scope)
        assert [row.place for row in rows] == due
    asked: list[str] = []

    def fits(place: str) -> bool:
        asked.append(place)
        return not place.startswith("gate:") or place == "gate:1"

    assert [row.place for row in take(database, after=1, fits=fits)] == list(places[:4])
    assert asked == list(places)


def test_what_failed_at_a_peer_comes_round_after_what_did_not_and_slack_keeps_its_order(database: Database) -> None:
    for change in ("c1", "c2", "c3", "c4"):
        draw(database, "jira:issue", change)
        draw(database, f"card:{change}", change)
    order: list[str | None] = []
    for second in range(6):
        (row,) = take(database, after=second, limit=1, scope=claims.Scope(("jira:",), others=False))
        order.append(row.change)
        wait(database, row, second + 0.5)
    assert order == ["c1", "c2", "c3", "c4", "c1", "c2"]
    (card,) = take(database, after=9, limit=1, scope=claims.Scope(("jira:",)))
    wait(database, card, 9)
    assert [row.change for row in take(database, after=10, scope=claims.Scope(("jira:",)))] == ["c1", "c2", "c3", "c4"]
