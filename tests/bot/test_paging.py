"""What goes to PagerDuty arrives, once, in order, whatever happens on the way; and what pages, ends."""

import contextlib
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from bot.blocks import home, telling, values
from bot.blocks.kit import Scene
from bot.blocks.sentence import Words
from bot.dead_letters import PLACE
from tests import build
from tests.bot.pager import SEEN, Pager, PagerDuty
from tests.bot.waiting_github import nothing
from tests.budget import BOTH
from tests.build import at
from tests.crash_points import Killed
from tests.workflows.desk import Desk
from workflows import incidents, lanes, settlements, undelivered
from workflows import outbox as outbox_of
from workflows.db import Database
from workflows.lanes import Lane
from workflows.links import Rejected, Unavailable
from workflows.models import outbox
from workflows.rows import HomeLists, Told
from workflows.ruleset import PagerDuty as Service
from workflows.ruleset import Rules

RULES: Rules = build.rules(linked=frozenset({"pagerduty"}), pagerduty=Service("PSVC1"))
KEY = "EC-2026-0001"


@pytest.fixture
def pager(database: Database) -> Pager:
    return Pager(Desk(database, rules=RULES))


@pytest.fixture
def one(sqlite_database: Database) -> Pager:
    """On SQLite only: for what no database decides."""
    return Pager(Desk(sqlite_database, rules=RULES))


def through(pager: Pager) -> None:
    """From break-glass to the review, a few minutes apart."""
    pager.desk.wait(3).proceed()
    pager.desk.wait(2).deploy()
    pager.desk.wait(2).ratify()
    pager.desk.wait(2).close("lead")


def said(*keys: str, key: str = KEY) -> list[str]:
    return [f"{key}/{one}" for one in keys]


def bare(pager: Pager, incident: str = SEEN.id) -> list[str]:
    """What an incident heard, without the name of a deployment."""
    return [
        one.partition("deployed-")[0] + "deployed" if "/deployed-" in one else one for one in pager.there.said(incident)
    ]


WHOLE = ("declared", "break-glass", "deployed", "ratified", "reviewed")


def test_an_incident_hears_of_everything_once_as_it_happens(pager: Pager) -> None:
    pager.desk.declare(incident="4711")
    pager.drain()
    assert pager.there.said() == said("declared")
    seen = pager.desk.case.incident_seen
    assert seen is not None
    assert pager.desk.case.body(seen.title) == "Checkout is down"
    pager.desk.wait(3).proceed()
    pager.drain()
    assert pager.there.open_pages() == {f"{KEY}:break-glass"}
    pager.desk.wait(2).deploy()
    pager.drain()
    pager.drain()
    (event,) = pager.there.changes
    assert event[1] == f"{KEY} payments: checkout 500s: deployed v811 WITHOUT approval (worked)"
    pager.desk.wait(2).ratify()
    pager.drain()
    assert pager.there.open_pages() == set()
    pager.desk.wait(2).close("lead")
    pager.drain()
    assert bare(pager) == said(*WHOLE)
    assert len(pager.there.changes) == 1
    assert pager.there.events == [
        ("trigger", f"countersign:{KEY}:break-glass"),
        ("resolve", f"countersign:{KEY}:break-glass"),
    ]
    assert set(pager.states().values()) == {"sent"}
    pager.desk.sound()


def test_what_happened_while_pagerduty_was_down_arrives_in_order_and_nobody_is_paged_for_what_is_over(
    pager: Pager,
) -> None:
    pager.desk.declare(incident="4711")
    pager.there.fails = [Unavailable("no-connection")] * 3
    pager.drain()
    pager.there.fails = []
    through(pager)
    pager.desk.wait(hours=1)
    pager.drain()
    assert bare(pager) == said(*WHOLE)
    assert (len(pager.there.changes), pager.there.events) == (1, [])


def test_an_incident_that_is_named_later_gets_the_whole_story(one: Pager) -> None:
    one.desk.declare()
    one.desk.wait(1).approve()
    one.drain()
    assert one.there.written == []
    one.desk.add(incident="Q1ABC")
    one.drain()
    assert one.there.said() == said("declared", "approved")
    other = replace(SEEN, id="Q2DEF", number=4712)
    one.there.incidents[other.id] = other
    one.desk.add(incident="4712")
    one.drain()
    assert (one.there.said("Q2DEF"), one.there.said()) == (said("declared", "approved"),) * 2


def test_an_undecided_emergency_pages_from_widen_until_it_is_decided(pager: Pager) -> None:
    pager.desk.declare()
    pager.desk.live(at(9))
    pager.drain()
    assert pager.there.open_pages() == set()
    pager.desk.live(at(11))
    pager.drain()
    assert pager.there.open_pages() == {f"{KEY}:undecided"}
    pager.desk.approve()
    pager.drain()
    assert pager.there.open_pages() == set()
    pager.desk.take_back()
    pager.desk.live(at(40))
    pager.drain()
    assert pager.there.open_pages() == {f"{KEY}:undecided"}
    pager.desk.withdraw()
    pager.drain()
    assert pager.there.open_pages() == set()


def test_one_page_ends_and_another_begins_in_one_go(one: Pager) -> None:
    one.desk.declare()
    one.desk.live(at(11))
    one.drain()
    one.desk.proceed()
    one.drain()
    assert one.there.open_pages() == {f"{KEY}:break-glass"}


def test_a_review_pages_from_its_deadline_until_it_is_closed(one: Pager) -> None:
    one.desk.declare()
    one.desk.approve()
    one.desk.wait(5).deploy()
    one.desk.live(at(hours=47))
    one.drain()
    assert one.there.events == []
    one.desk.live(at(hours=48, minutes=1))
    one.drain()
    assert one.there.open_pages() == {f"{KEY}:review"}
    assert "the review is" in one.there.summaries[f"countersign:{KEY}:review"]
    one.desk.close("lead")
    one.drain()
    assert one.there.open_pages() == set()


@pytest.mark.parametrize("arrives", [True, False], ids=["it arrived", "it did not"])
def test_a_note_without_an_answer_is_looked_for_before_it_is_sent_again(pager: Pager, arrives: bool) -> None:
    pager.desk.declare(incident="4711")
    pager.drain()
    pager.desk.wait(1).approve()
    pager.there.fails, pager.there.arrives = [Unavailable("timeout")], arrives
    pager.drain()
    pager.desk.wait(10)
    pager.drain()
    assert pager.there.said() == said("declared", "approved")


@pytest.mark.parametrize("arrives", [True, False], ids=["it was opened", "it was not"])
def test_opening_an_incident_without_an_answer_opens_one(pager: Pager, arrives: bool) -> None:
    pager.there.incidents.clear()
    pager.there.fails, pager.there.arrives = [Unavailable("timeout")], arrives
    pager.desk.declare(open_incident=True)
    pager.drain()
    pager.desk.wait(10)
    pager.drain()
    (opened,) = pager.there.incidents.values()
    assert (opened.title, opened.service_id) == (f"{KEY} payments: checkout 500s", "PSVC1")
    assert pager.there.said(opened.id) == said("declared")
    case = pager.desk.case
    assert case.incident_seen is not None
    assert (case.incident, case.incident_seen.opened) == (str(opened.number), True)


@pytest.mark.parametrize("why", ["no service in the policy", "one was named", "it is over"])
def test_no_incident_is_opened(one: Pager, why: str) -> None:
    if why == "no service in the policy":
        one.desk.rules = build.rules(linked=RULES.linked)
    one.desk.declare(open_incident=True, incident="4711" if why == "one was named" else "")
    if why == "it is over":
        one.desk.reject()
    one.drain()
    assert list(one.there.incidents) == [SEEN.id]


def test_an_incident_that_is_not_there_is_said_once_and_tried_again(pager: Pager) -> None:
    pager.desk.declare(incident="9999")
    for _ in range(4):
        pager.drain()
        pager.desk.wait(11)
    trouble = pager.desk.case.incident_seen
    assert trouble is not None
    assert (trouble.trouble, pager.desk.kinds().count("incident_trouble")) == ("gone", 1)
    pager.there.incidents["Q9"] = replace(SEEN, id="Q9", number=9999)
    pager.drain()
    pager.drain()
    assert pager.there.said("Q9") == said("declared")
    seen = pager.desk.case.incident_seen
    assert seen is not None
    assert (seen.trouble, seen.number) == (None, 9999)


def test_what_pagerduty_goes_on_refusing_is_left_a_day_after_the_change_closed(one: Pager) -> None:
    one.desk.declare(incident="9999")
    one.desk.reject()
    one.drain()
    assert one.states()["incident"] == "open"
    one.desk.wait(days=2)
    one.drain()
    assert one.states()["incident"] == "sent"


def test_a_note_that_may_not_be_written_leaves_no_event_however_often_it_is_tried(one: Pager) -> None:
    one.desk.declare(incident="4711")
    one.drain()
    one.desk.approve()
    events = len(one.desk.events())
    for _ in range(5):
        one.there.fails = [Rejected("no-permission", 403)]
        one.drain()
        one.desk.wait(11)
    assert len(one.desk.events()) == events
    one.drain()
    assert one.there.said() == said("declared", "approved")


@pytest.mark.parametrize(
    ("lacks", "notes", "pages", "read"),
    [("can_read", 0, 1, False), ("can_write", 0, 1, True), ("can_page", 1, 0, True)],
)
def test_what_is_linked_in_part_does_its_part(one: Pager, lacks: str, notes: int, pages: int, read: bool) -> None:
    setattr(one.there, lacks, False)
    if lacks == "can_read":
        one.there.can_write = False
    one.desk.declare(incident="4711")
    one.drain()
    one.desk.proceed()
    one.drain()
    assert (bool(one.there.written), bool(one.there.events)) == (bool(notes), bool(pages))
    assert bool(one.desk.case.incident_seen) is read
    assert set(one.states().values()) == {"sent"}


def test_practice_is_nobody_elses_business(one: Pager) -> None:
    one.desk.declare(incident="4711", drill=True)
    one.desk.proceed()
    one.drain()
    assert (one.there.written, one.there.events, one.states()) == ([], [], {})


def test_a_page_that_was_opened_without_an_answer_is_ended_when_its_reason_is_gone_by_then(one: Pager) -> None:
    one.desk.declare()
    one.drain()
    one.desk.proceed()
    one.there.fails, one.there.arrives = [Unavailable("timeout")], True
    one.drain()
    assert one.there.open_pages() == {f"{KEY}:break-glass"}
    one.desk.wait(1).deploy()
    one.desk.wait(1).ratify()
    one.drain()
    assert one.there.open_pages() == set()


# Messages that were given up


def give_up(pager: Pager, place: str) -> str:
    """A message to that place is a dead letter from now on; the id of its row."""
    with pager.desk.database.write() as tx:
        row = tx.scalar(outbox.select().with_only_columns(outbox.c.id).where(outbox.c.place.startswith(place)).limit(1))
        tx.execute(outbox.update().where(outbox.c.id == row).values(state="dead"))
    return str(row)


def test_a_message_that_was_given_up_pages_until_it_is_sent_again(pager: Pager) -> None:
    assert lanes.of(PLACE) is Lane.PAGES
    pager.desk.declare()
    pager.drain()
    pager.letters()
    assert pager.there.events == []
    row = give_up(pager, "ask:")
    for _ in range(2):
        pager.letters()
        pager.drain()
    assert pager.there.events == [("trigger", f"countersign:{KEY}:dead-letter:{row}")]
    with pager.desk.database.write() as tx:
        settlements.revive(tx, row, real=pager.desk.now)
    for _ in range(2):
        pager.letters()
        pager.drain()
    assert pager.there.open_pages() == set()
    assert len(pager.there.events) == 2


@pytest.mark.parametrize("place", ["pagerduty:incident", "thread:"])
def test_of_what_was_for_pagerduty_itself_nobody_is_paged(one: Pager, place: str) -> None:
    one.desk.declare(incident="4711")
    one.desk.approve()
    give_up(one, place)
    one.letters()
    one.drain()
    assert one.there.events == []


def test_that_pagerduty_was_not_told_is_said_of_pagerduty(one: Pager) -> None:
    """Its place is no person's, and is named as people name it."""
    one.desk.declare(incident="4711")
    with one.desk.database.write() as tx:
        row = outbox_of.find(tx, f"render:{one.desk.id}:pagerduty:incident")
        assert row is not None
        given: dict[str, Any] = {"now": one.desk.now, "real": one.desk.now, "new_id": one.desk.new_id}
        assert undelivered.give_up(tx, row, error="poison", escalations="#e", **given)
    (told,) = [one_ for one_ in one.desk.posts("channel:#e") if one_["what"] == "undelivered"]
    assert told["facts"] == {"to": "pagerduty"}
    assert values.addressee("pagerduty") == Words("PagerDuty")
    scene = Scene(people={}, rules=one.desk.rules, now=one.desk.now, zone="Europe/Berlin")
    drawn = telling.told(Told.UNDELIVERED, one.desk.case, scene, told["facts"])
    assert drawn.text.startswith("PagerDuty was not told of EC-2026-0001. Whoever runs this")
    assert "Please tell them" not in f"{drawn} {telling.lost(scene, 'jira')}"
    with one.desk.database.read() as tx:
        lost = undelivered.lost(tx)
    assert f"{one.desk.case.key} to PagerDuty." in str(home.home(HomeLists(lost=lost), scene, person="dev"))


# Killed anywhere


class Cut:
    """Kills at one of the moments; counts them all."""

    def __init__(self, at_: int) -> None:
        self.at, self.count = at_, 0

    def __call__(self, name: str) -> None:
        """One moment; while something is read nothing is half done."""
        if name.endswith("reading"):
            return
        self.count += 1
        if self.count - 1 == self.at:
            raise Killed


@pytest.mark.both_databases
def test_killed_anywhere_nothing_is_lost_and_nothing_is_there_twice_but_a_change_event(one: Pager) -> None:
    """Some moments (more in CI) between the steps of a story that PagerDuty hears of at once, one after the other."""
    for point in range(0, 400, 3 if BOTH else 8):
        one.there = PagerDuty(incidents={})
        key = one.desk.declare(open_incident=True).key
        one.desk.wait(12).sweep()
        one.drain()
        one.desk.wait(3).proceed()
        one.desk.wait(2).deploy()
        one.desk.wait(2).ratify()
        cut = Cut(point)
        one.moment = one.there.moment = cut
        with contextlib.suppress(Killed):
            one.drain()
        one.moment = one.there.moment = nothing
        one.desk.wait(2)
        one.drain()
        (incident,) = one.there.incidents
        assert bare(one, incident) == said(*WHOLE[:-1], key=key), f"killed at {point}"
        assert one.there.open_pages() == set(), f"killed at {point}"
        assert set(Counter(one.there.changes).values()) <= {1, 2}, f"killed at {point}"
        assert len(set(one.there.changes)) == 1, f"killed at {point}"
        if cut.count <= point:
            break
    else:
        raise AssertionError("the story has more moments than this test kills at")
    assert point > 30


def test_an_incident_is_learnt_only_while_the_change_names_it(one: Pager) -> None:
    """Renamed while PagerDuty was asked: what is read of the old one is not kept, and it hears nothing."""
    one.desk.declare(incident="4711")
    moments = iter([lambda: one.desk.add(incident="4712")])

    def rename(name: str) -> None:
        if name == "asked":
            next(moments, lambda: None)()

    one.there.moment = rename
    one.drain()
    assert one.desk.case.incident == "4712"
    assert one.there.said() == []
    one.there.incidents["Q2"] = replace(SEEN, id="Q2", number=4712)
    one.desk.wait(11)
    one.drain()
    assert one.there.said("Q2") == said("declared")
    assert incidents.names(one.desk.case, one.there.incidents["Q2"])
