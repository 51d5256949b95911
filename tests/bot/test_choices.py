"""Open incidents in a form: within two seconds, or what was typed; and a plain field while PagerDuty is silent."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from bot.choices import Incidents
from tests.bot.sending import HandClock
from workflows import peer_state
from workflows.db import Database
from workflows.lanes import Lane
from workflows.links import Rejected, Unavailable
from workflows.peer_state import Health
from workflows.peered import SeenIncident

TITLE = "Checkout answers 500 for one in three people who pay by card, since the deploy at 02:50"
OPEN = (
    SeenIncident("PGR0VU2", 4711, TITLE, "payments-api", "P1", "high", "triggered", ""),
    SeenIncident("PXYZ", 47, "Search is slow", "search", "P2", "low", "acknowledged", ""),
)


@dataclass
class Peer:
    """As much of the link as is asked."""

    fails: Exception | None = None
    asked: int = 0
    answers: threading.Event = field(default_factory=threading.Event)
    can_read: bool = True

    def open_incidents(self) -> tuple[SeenIncident, ...]:
        """What is open; not before it `answers`."""
        self.asked += 1
        self.answers.wait(5)
        if self.fails:
            raise self.fails
        return OPEN


@dataclass
class Desk:
    """What forms ask, of whom, and when."""

    peer: Peer
    clock: HandClock
    choices: Incidents
    database: Database

    def values(self, query: str, deadline: float = 1.0) -> list[str]:
        """The values offered."""
        return [value for _, value in self.choices.options(query, deadline=deadline)]

    @property
    def offered(self) -> bool:
        """Whether a form would have a list now."""
        with self.database.read() as tx:
            return self.choices.offered(tx)


@pytest.fixture
def desk(sqlite_database: Database) -> Iterator[Desk]:
    peer, clock = Peer(), HandClock()
    peer.answers.set()
    choices = Incidents(link=lambda: peer, clock=clock)
    yield Desk(peer, clock, choices, sqlite_database)
    peer.answers.set()
    choices.close()


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", ["4711", "47"]),
        ("47", ["4711", "47"]),
        ("#4711", ["4711"]),
        ("CHECKOUT", ["4711"]),
        ("search", ["47"]),
        ("low", ["47"]),
        ("pgr0", ["4711", "pgr0"]),
        ("nobody", []),
        ("4712", ["4712"]),
        ("https://acme.pagerduty.com/incidents/PABC123?utm=1", ["PABC123"]),
        ("https://acme.pagerduty.com/incidents/", []),
        ("4711; drop", []),
    ],
)
def test_what_fits_is_offered_and_what_was_typed_is_taken(desk: Desk, query: str, values: list[str]) -> None:
    assert desk.values(query) == values


def test_an_option_shows_number_title_service_and_urgency_as_long_as_slack_allows(desk: Desk) -> None:
    label = desk.choices.options("4711", deadline=1)[0][0]
    assert label.startswith("#4711 Checkout answers 500 for one")
    assert label.endswith("… · payments-api, high")
    assert len(label) <= 75
    typed = desk.choices.options("https://acme.pagerduty.com/incidents/PABC123/" + "x" * 60, deadline=1)
    assert all(len(one) <= 75 for one, _ in typed)
    assert desk.choices.options("4712", deadline=1) == [("Use what I typed: 4712", "4712")]


def test_somebody_who_types_asks_pagerduty_once_in_ten_seconds(desk: Desk) -> None:
    for query in ("c", "ch", "che"):
        desk.values(query)
    assert desk.peer.asked == 1
    desk.clock.pass_(seconds=11)
    desk.values("chec")
    assert desk.peer.asked == 2


@pytest.mark.parametrize("fault", [Unavailable("503"), Rejected("revoked", 401)])
def test_while_pagerduty_says_nothing_the_typed_number_is_taken_and_forms_have_a_plain_field(
    desk: Desk, fault: Exception
) -> None:
    assert desk.offered
    desk.peer.fails = fault
    assert (desk.values("4711"), desk.values("")) == (["4711"], [])
    assert not desk.offered
    desk.clock.pass_(seconds=61)
    assert desk.offered


def test_a_slow_pagerduty_holds_nobody_and_its_answer_serves_the_next_letter(desk: Desk) -> None:
    desk.peer.answers.clear()
    assert desk.values("4711", deadline=0.01) == ["4711"]
    assert desk.values("check", deadline=0.01) == []
    assert desk.peer.asked == 1
    under_way = desk.choices.held.asking
    assert under_way is not None
    desk.peer.answers.set()
    under_way.result(5)
    assert desk.values("check", deadline=0.01) == ["4711"]
    assert (desk.offered, desk.peer.asked) == (True, 1)


@pytest.mark.parametrize("health", [Health.SILENT, Health.LOST])
def test_what_deliveries_know_of_pagerduty_forms_know_as_well(desk: Desk, health: Health) -> None:
    now = desk.clock.now()
    with desk.database.write() as tx:
        peer_state.turn(
            tx, Lane.PAGERDUTY, health, why="503", since=now, now=now, escalations="#escalations", new_id=lambda: "n1"
        )
    assert not desk.offered


def test_without_a_token_there_is_no_list(desk: Desk) -> None:
    desk.peer.can_read = False
    assert (desk.offered, desk.values(""), desk.peer.asked) == (False, [], 0)
    nowhere = Incidents(link=lambda: None, clock=desk.clock)
    with desk.database.read() as tx:
        assert not nowhere.offered(tx)
