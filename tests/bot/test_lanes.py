"""A peer that is down delays neither another nor Slack, is asked in growing pauses, and catches up on its return."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import peer_drawing
from bot.delivery import Beyond, Sending
from bot.outcomes import Attempt
from bot.pacing import LONGEST, Heard, Pacing, Trying, growing, heard
from bot.pacing import Room as Free
from bot.peer_sends import asked, posted
from bot.slack_errors import SendFailed
from tests.bot.sending import Room, room
from tests.bot.test_worker import until
from tests.build import rules
from tests.workflows.records import NOW, new_id
from workflows import following, lanes, peer_state
from workflows.backoff import Trouble
from workflows.claims import Scope
from workflows.db import Database
from workflows.lanes import SENDERS, Lane
from workflows.links import Rejected, Unavailable
from workflows.models import events
from workflows.models import outbox as table
from workflows.peer_state import Health
from workflows.peered import Peer

PLACES = {
    "pagerduty:incident": "incident",
    "pagerduty:change_events": "change_events",
    "pagerduty:alerts": "alerts",
    "jira:issue": "issue",
}


@dataclass
class Service:
    """A peer as a delivery sees it: what it was told, how often it was asked, and what is wrong with it."""

    wrong: Exception | None = None
    asked: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)

    def beyond(self, attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        """Bring a place up to date as the real ones do: a look, then a send."""
        row = attempt.row
        asked(lambda: self.answer(row.place))
        if row.remote is None:
            posted(sending, lambda: self.told.append((row.place, row.change or "")))
        return {"said": True}

    def answer(self, place: str) -> None:
        """An answer, or what is wrong."""
        self.asked.append(place)
        if self.wrong is not None:
            raise self.wrong

    def table(self) -> dict[str, Beyond]:
        """The templates of every peer."""
        return dict.fromkeys(PLACES.values(), self.beyond)


@pytest.fixture
def here(database: Database) -> Iterator[Room]:
    with room(database) as made:
        yield made


def follow(here: Room, changes: int = 1, places: Mapping[str, str] = PLACES) -> None:
    """Changes that are kept in step with peers; their cards are in Slack already."""
    for _ in range(changes):
        case = here.declare(card=False)
        with here.db.write() as tx:
            for place, template in places.items():
                here.render(tx, place, template, change=case.id, version=case.version)


def states(here: Room) -> dict[Peer, Health]:
    with here.db.read() as tx:
        return {peer: state.health for peer, state in peer_state.of(tx).items()}


def noted(here: Room) -> list[str]:
    """What the chain of the system says of peers."""
    with here.db.read() as tx:
        found = select(events.c.kind).where(events.c.kind.in_((peer_state.LOST, peer_state.BACK)))
        return list(tx.scalars(found.order_by(events.c.seq)))


def test_each_place_has_its_lane() -> None:
    followed = {following.place(peer, one) for peer, templates in following.OF.items() for one in templates}
    assert {place: lanes.of(place) for place in followed} == {
        "pagerduty:incident": Lane.PAGERDUTY,
        "pagerduty:change_events": Lane.PAGES,
        "pagerduty:alerts": Lane.PAGES,
        "jira:issue": Lane.JIRA,
        "github:ci_logs": Lane.LOGS,
    }
    assert [lanes.of(one) for one in ("gate:1", "status:a/b@c:d")] == [Lane.GITHUB] * 2
    assert {lanes.of(one) for one in ("card:#jira:", "dm:u", "thread:#gate:", "home:jira")} == {Lane.SLACK}


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        pytest.param(None, Heard.ANSWER, id="it went well"),
        pytest.param(SendFailed(Trouble.TRANSIENT, "timeout"), Heard.SILENCE, id="a time-out"),
        pytest.param(SendFailed(Trouble.AMBIGUOUS, "503"), Heard.SILENCE, id="an answer of a proxy"),
        pytest.param(SendFailed(Trouble.RATE_LIMITED, "rate-limited"), Heard.LIMIT, id="too many requests"),
        pytest.param(SendFailed(Trouble.LOST_AUTHORITY, "401 revoked"), Heard.REVOKED, id="a token that is revoked"),
        pytest.param(SendFailed(Trouble.LOST_AUTHORITY, "403 no"), Heard.ANSWER, id="one thing that we may not do"),
        pytest.param(SendFailed(Trouble.REFUSED, "404 gone"), Heard.ANSWER, id="a no about this change"),
        pytest.param(SendFailed(Trouble.TRANSIENT, "not waiting yet"), Heard.NOTHING, id="our own reason to wait"),
        pytest.param(SendFailed(Trouble.RATE_LIMITED, "another process decides"), Heard.NOTHING, id="our own reason"),
        pytest.param(SendFailed(Trouble.POISON, "poison: KeyError"), Heard.NOTHING, id="our own fault"),
    ],
)
def test_what_a_try_tells_of_the_peer(failed: SendFailed | None, told: Heard) -> None:
    assert heard(Lane.JIRA, failed, asked=True) is told
    assert heard(Lane.SLACK, failed, asked=True) is Heard.NOTHING


def test_a_row_that_had_nothing_to_say_tells_nothing() -> None:
    assert heard(Lane.JIRA, None, asked=False) is Heard.NOTHING


def test_the_pauses_of_a_lane_grow_to_a_minute() -> None:
    assert [growing(n).total_seconds() for n in (1, 2, 3, 4, 5, 6, 7, 999)] == [2, 4, 8, 16, 32, 60, 60, 60]
    assert growing(1, timedelta(seconds=30)) == timedelta(seconds=30)
    assert growing(1, timedelta(hours=2)) == LONGEST


@pytest.mark.parametrize(
    ("full", "scope"),
    [
        pytest.param((), Scope(), id="all have room"),
        pytest.param((Lane.JIRA,), Scope(("jira:",)), id="one is full"),
        pytest.param(
            (Lane.PAGES, Lane.GITHUB),
            Scope(("pagerduty:change_events", "pagerduty:alerts", "gate:", "status:")),
            id="two are",
        ),
        pytest.param(tuple(set(Lane) - {Lane.JIRA}), Scope(("jira:",), others=False), id="one is left"),
        pytest.param(tuple(Lane), None, id="there is no room"),
    ],
)
def test_what_may_be_claimed_while_lanes_are_full(full: tuple[Lane, ...], scope: Scope | None) -> None:
    assert Free({lane: 0 if lane in full else SENDERS[lane] for lane in Lane}).scope == scope


def test_a_lane_in_trouble_lets_one_through_after_each_pause_and_all_after_an_answer() -> None:
    pacing, second = Pacing(), timedelta(seconds=1)

    def free(after: int, *busy: str) -> int:
        return pacing.room(busy, NOW + after * second).free[Lane.GITHUB]

    def said(what: Heard, after: int, wait: timedelta = timedelta()) -> Any:
        return pacing.after(Lane.GITHUB, what, wait=wait, real=NOW + after * second)

    assert (free(0), free(0, "gate:1"), free(0, "gate:1", "status:a", "gate:2")) == (2, 1, 0)
    assert not said(Heard.SILENCE, 0).sure
    assert (free(1), free(2), free(2, "gate:1")) == (0, 1, 0)
    hushed = said(Heard.SILENCE, 2)
    assert (hushed.sure, hushed.since, free(5), free(6)) == (True, NOW, 0, 1)
    said(Heard.NOTHING, 6)
    assert free(6) == 1
    assert said(Heard.ANSWER, 6).over
    assert free(6) == 2
    assert not said(Heard.ANSWER, 7).over
    said(Heard.LIMIT, 7, 30 * second)
    assert (free(36), free(37)) == (0, 2)
    said(Heard.REVOKED, 40)
    assert (free(99), free(100)) == (0, 1)
    assert said(Heard.ANSWER, 100).over


@pytest.mark.parametrize("what", [Heard.SILENCE, Heard.LIMIT, Heard.REVOKED])
def test_a_clock_that_is_set_back_does_not_lengthen_a_pause(what: Heard) -> None:
    pacing, wait = Pacing(), timedelta(seconds=30)
    pacing.after(Lane.JIRA, what, wait=wait, real=NOW)
    earlier = NOW - timedelta(hours=3)
    assert pacing.room((), NOW).free[Lane.JIRA] == 0
    assert pacing.room((), earlier).free[Lane.JIRA] == 1
    assert pacing.after(Lane.JIRA, Heard.LIMIT, wait=wait, real=earlier).pause == wait


def test_a_peer_that_hangs_delays_neither_another_nor_slack(here: Room) -> None:
    let_go, good = threading.Event(), Service()

    def hangs(attempt: Attempt, sending: Sending) -> None:
        let_go.wait(20)

    worker = here.worker(beyond={**good.table(), "issue": hangs, "incident": hangs})
    follow(here, 6)
    worker.start()
    try:
        until(lambda: len(good.told) == 12, 10)  # the pages and change events, by a key of their own
        case = here.declare()
        assert until(lambda: f"{case.key} is declared at 1." in here.texts("CINC")) < 1
    finally:
        let_go.set()
        worker.stop()


@pytest.mark.dealt
def test_twenty_changes_are_in_step_within_ten_minutes_of_the_return(here: Room) -> None:
    """A lane asks once a minute, no row waits longer, and the first answer lets all go: a minute, and the sends."""
    service = Service(Unavailable("timeout", 3600))
    worker = here.worker(beyond=service.table())
    follow(here, 20)
    for _ in range(4 * 30):
        worker.drain()
        here.clock.pass_(minutes=2)
    assert len(service.asked) <= 3 * 4 * 30
    assert states(here) == {Peer.PAGERDUTY: Health.SILENT, Peer.JIRA: Health.SILENT}
    with here.db.read() as tx:
        assert peer_state.of(tx)[Peer.JIRA].since == NOW
        rows = tx.execute(select(table).where(table.c.change.is_not(None))).all()
    assert {row.state for row in rows} == {"open"}
    assert max(sum(json.loads(row.payload).get("_tries", {}).values()) for row in rows) <= 1
    service.wrong = None
    back = here.clock.real()
    for _ in range(7):
        here.clock.pass_(seconds=10)
        worker.drain()
    assert here.clock.real() - back < timedelta(minutes=10)
    expected = sorted((place, change) for change in here.changes for place in PLACES)
    assert sorted(service.told) == expected
    assert states(here) == {Peer.PAGERDUTY: Health.OK, Peer.JIRA: Health.OK}
    assert (noted(here), here.texts("CESC")) == ([], [])


@pytest.mark.both_databases
def test_a_revoked_token_stops_the_lane_and_is_told_once_by_two_workers(here: Room) -> None:
    service = Service(Rejected("revoked", 401))
    one, two = (here.worker(holder=name, beyond=service.table()) for name in ("one", "two"))
    follow(here, 3, {"jira:issue": "issue"})
    minutes = 30
    for _ in range(minutes):
        one.drain()
        two.drain()
        here.clock.pass_(minutes=1)
    assert len(service.asked) <= 2 * minutes
    assert states(here) == {Peer.JIRA: Health.LOST}
    assert (noted(here), here.texts("CESC")) == (["peer_lost"], ["jira: peer_lost"])
    with here.db.read() as tx:
        rows = tx.execute(select(table).where(table.c.template == "issue")).all()
    assert {(row.state, row.attempts) for row in rows} == {("open", 0)}
    service.wrong = Unavailable("timeout")  # silent, and not known to be mended
    here.clock.pass_(minutes=1)
    one.drain()
    assert states(here) == {Peer.JIRA: Health.LOST}
    service.wrong = None
    for _ in range(3):
        here.clock.pass_(minutes=1)
        one.drain()
        two.drain()
    assert sorted(change for _, change in service.told) == sorted(here.changes)
    assert states(here) == {Peer.JIRA: Health.OK}
    assert noted(here) == ["peer_lost", "peer_back"]
    assert here.texts("CESC") == ["jira: peer_lost", "jira: peer_back"]


def test_a_lost_token_of_pagerduty_does_not_stop_its_pages(here: Room) -> None:
    service, good = Service(Rejected("revoked", 401)), Service()
    worker = here.worker(beyond={**good.table(), "incident": service.beyond})
    follow(here, 2)
    worker.drain()
    assert len(good.told) == 6
    assert states(here) == {Peer.PAGERDUTY: Health.LOST, Peer.JIRA: Health.OK}


def test_the_return_lets_go_only_what_waited_for_the_peer(here: Room) -> None:
    service, own = Service(Unavailable("timeout")), SendFailed(Trouble.TRANSIENT, "not found yet", timedelta(hours=1))
    mine: list[str] = []

    def looks(attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        if attempt.row.change == here.changes[0]:
            mine.append("looked")
            raise own
        return service.beyond(attempt, sending)

    worker = here.worker(beyond={"issue": looks})
    follow(here, 4, {"jira:issue": "issue"})
    for _ in range(6):
        worker.drain()
        here.clock.pass_(seconds=61)
    worker.drain()
    service.wrong = None
    here.clock.pass_(seconds=60)  # whoever failed last is not due by itself yet
    worker.drain()
    assert sorted(change for _, change in service.told) == sorted(here.changes[1:])
    assert mine == ["looked"]


def test_a_row_that_always_fails_holds_nothing_up_and_spends_its_tries(here: Room) -> None:
    service, failures = Service(), list[int]()

    def sick(attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        if attempt.row.change == here.changes[0]:
            failures.append(1)
            raise SendFailed(Trouble.TRANSIENT, "timeout")
        return service.beyond(attempt, sending)

    worker = here.worker(beyond={"issue": sick})
    for n in range(5):
        follow(here, 1, {"jira:issue": "issue"})
        here.clock.pass_(minutes=6)
        worker.drain()
        here.clock.pass_(seconds=2)
        worker.drain()
        assert len(service.told) == n
    assert here.row(f"render:{here.changes[0]}:jira:issue").payload["_tries"] == {"transient": 5}
    assert len(failures) == 5
    assert states(here) == {Peer.JIRA: Health.OK}


def test_a_row_that_met_silence_lets_another_one_be_asked_about_first() -> None:
    hiccup, hushed = Trying(Heard.SILENCE, 1, NOW, timedelta(seconds=2)), Trying(Heard.SILENCE, 6, NOW, LONGEST)
    assert hiccup.own(timedelta(minutes=5)) == timedelta(minutes=5)
    assert hiccup.own(timedelta()) > hiccup.pause
    assert LONGEST < hushed.own(timedelta(minutes=5)) < LONGEST + timedelta(seconds=2)


@pytest.mark.parametrize(
    ("lane", "variable"),
    [
        (Lane.PAGERDUTY, "PAGERDUTY_TOKEN"),
        (Lane.PAGES, "PAGERDUTY_ROUTING_KEY"),
        (Lane.JIRA, "JIRA_TOKEN"),
    ],
)
def test_the_escalations_channel_reads_what_is_wrong_that_nothing_is_lost_and_what_to_do(
    database: Database, lane: Lane, variable: str
) -> None:
    with room(database) as here:
        here_rules = rules()
        for health in (Health.LOST, Health.OK):
            with here.db.write() as tx:
                now = here.clock.now()
                peer_state.turn(
                    tx, lane, health, why="401", since=now, now=now, escalations="#escalations", new_id=new_id
                )
        draw = peer_drawing.draws(lambda: here_rules, here.clock.now)[peer_state.TEMPLATE]
        with here.db.read() as tx:
            found = tx.scalars(select(table.c.key).where(table.c.template == peer_state.TEMPLATE).order_by(table.c.seq))
            lost, back = (draw(tx, here.row(key)) for key in found.all())
    assert "Nothing is lost." in lost.text
    assert variable in str(lost.blocks)
    assert "doctor" in str(lost.blocks)
    assert "answers again" in back.text
