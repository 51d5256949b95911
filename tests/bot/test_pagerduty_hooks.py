"""The door for PagerDuty: only what was signed, each delivery once, and nothing in it believed but where to look."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.incident_polls import IncidentPolls
from bot.incident_reading import IncidentReader
from bot.pagerduty_hooks import Hint, PagerDutyHooks
from tests import build
from tests.bot.sending import HandClock
from tests.needs import require
from tests.workflows.desk import Desk
from workflows import incidents
from workflows.db import Database
from workflows.links import Rejected, Unavailable
from workflows.models import inbox
from workflows.peered import Entry, SeenIncident

SECRET = "hush"
SEEN = SeenIncident("PGR0VU2", 4711, "Checkout down", "payments", "PSVC", "high", "triggered", "https://pd.example/1")


@dataclass
class Peer:
    """As much of the link as is asked; `fails`: what it raises next."""

    seen: SeenIncident = SEEN
    entries: list[Entry] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    slow: threading.Event | None = None
    can_read: bool = True
    endless: bool = False

    def incident(self, name: str) -> SeenIncident:
        """What it says of the incident."""
        self.asked.append(name)
        if self.slow is not None:
            self.slow.wait(5)
        if self.fails:
            raise self.fails.pop()
        return self.seen

    def said(self, incident_id: str, since: datetime) -> tuple[Entry, ...]:
        """Its log."""
        if self.endless:
            raise Unavailable("pages-missing")
        return tuple(one for one in self.entries if one.at >= since)

    def happens(self, what: str, at: datetime, **given: Any) -> None:
        """Somebody does something with it."""
        status = {"resolved": "resolved", "reopened": "triggered"}.get(what, self.seen.status)
        self.seen = replace(self.seen, status=status)
        self.entries.append(Entry(f"R{len(self.entries)}", at, what, "Jane", **given))


@dataclass
class Door:
    """The door on a desk with one emergency that names #4711."""

    desk: Desk
    peer: Peer
    hooks: PagerDutyHooks
    client: TestClient
    around: Any

    def post(self, raw: bytes | None = None, *, id: str = "w-1", event: str = "E1", **headers: str) -> int:
        """Post as PagerDuty does; the status."""
        raw = raw if raw is not None else body(event=event)
        signature = "v1=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        given = {"x-webhook-id": id, "x-pagerduty-signature": signature, "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/pagerduty/webhook", content=raw, headers=given).status_code

    def told(self) -> list[str]:
        """What was shown of it so far."""
        return [one.data["what"] for one in self.desk.events() if one.kind == "incident_told"]


def away() -> Any:
    """A database that is not there."""
    raise OperationalError("SELECT 1", {}, Exception("no connection"))


def body(*, event: str = "E1", kind: str = "incident.acknowledged", **data: Any) -> bytes:
    """A V3 delivery about #4711 unless `data` says otherwise."""
    about = {"id": "PGR0VU2", "type": "incident", "number": 4711, "status": "resolved"} | data
    return json.dumps({"event": {"id": event, "event_type": kind, "data": about}}).encode()


@contextmanager
def opened(desk: Desk, peer: Peer | None, **given: Any) -> Iterator[tuple[PagerDutyHooks, TestClient, Any]]:
    policy = SimpleNamespace(rules=desk.rules, writable=True)
    around: Any = SimpleNamespace(
        db=desk.database, policy=policy, clock=HandClock(desk.now), new_id=desk.new_id, salt=desk.salt
    )
    hooks = PagerDutyHooks(IncidentReader(desk=around, link=lambda: peer), f"old, {SECRET}", **given)
    try:
        with TestClient(Starlette(routes=hooks.routes())) as client:
            yield hooks, client, around
    finally:
        hooks.close()


@pytest.fixture
def door(sqlite_database: Database) -> Iterator[Door]:
    desk, peer = Desk(sqlite_database, rules=replace(build.rules(), linked=frozenset({"pagerduty"}))), Peer()
    desk.declare(incident="4711")
    desk.wait(1)
    peer.happens("acknowledged", desk.now)
    with opened(desk, peer) as (hooks, client, around):
        around.clock.at = desk.now
        yield Door(desk, peer, hooks, client, around)


def test_a_delivery_is_one_look_however_often_it_comes_and_by_whatever_id(door: Door) -> None:
    assert [door.post() for _ in range(20)] == [200] * 20
    assert door.post(id="another") == 200  # the same signed event under an id that nobody signed
    assert (door.peer.asked, door.told()) == (["PGR0VU2"], ["acknowledged"])
    with door.desk.database.read() as tx:
        kept = {row.key: row.keep for row in tx.execute(select(inbox))}
    assert kept == {"pagerduty:w-1": True, "pagerduty-event:E1": True}
    assert door.desk.lines().count("incident_told") == 1


def test_nothing_in_a_payload_is_believed_but_where_to_look(door: Door) -> None:
    assert door.post(body(status="resolved", title="ha", urgency="low", self="https://evil.example")) == 200
    seen = door.desk.case.incident_seen
    assert seen is not None
    assert (seen.status, seen.urgency, door.desk.case.body(seen.title)) == ("triggered", "high", "Checkout down")


def test_a_payload_cannot_make_one_incident_speak_for_another(door: Door) -> None:
    door.peer.seen = replace(SEEN, id="POTHER", number=12)
    assert door.post(body(id="POTHER")) == 200  # and it says that its number is 4711
    door.peer.fails.append(Rejected("gone", 404))
    assert door.post(body(id="PGONE", event="E2"), id="w-2") == 200
    assert (door.desk.case.incident_seen, door.told()) == (None, [])


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (None, {"x_pagerduty_signature": "v1=" + "0" * 64}, 401),
        (None, {"x_pagerduty_signature": ""}, 401),
        (b" " * 1_048_577, {}, 413),
        (b"", {}, 202),
        (b"[]", {}, 202),
        (b"\xff", {}, 202),
        (b'{"event": 5}', {}, 202),
        (b'{"event": {"event_type": "incident.resolved", "data": {"id": ["x"]}}}', {}, 202),
        (b"[" * 100_000, {}, 202),
        (body(kind="pagey.ping"), {}, 202),
        (body(kind="service.updated"), {}, 202),
        (body(id="../../users"), {}, 202),
        (body(id="PNOBODY", number=1), {}, 202),
        (body(number="4711"), {}, 202),
    ],
)
def test_what_is_not_signed_or_not_for_us_does_nothing_and_what_is_signed_is_no_4xx(
    door: Door, raw: bytes | None, headers: dict[str, str], status: int
) -> None:
    assert door.post(raw, **headers) == status
    assert (door.peer.asked, door.told()) == ([], [])


def test_pagerdutys_own_example_is_read_and_points_to_its_incident() -> None:
    given = json.loads((require("specs") / "signature-vectors.json").read_text("utf-8"))["pagerduty"]
    hint = Hint.read(json.loads(given["body"]), "d-1")
    assert (hint.event, hint.incident, hint.number) == ("incident.priority_updated", "PGR0VU2", "2")
    assert hint.keys == ("pagerduty:d-1", "pagerduty-event:01BWDWL3NYY7LUFPZCC28QUCMK")


def test_a_note_points_to_the_incident_that_it_is_about() -> None:
    about = {"incident": {"id": "PGR0VU2"}, "id": "PNOTE", "type": "incident_note"}
    event = {"id": "E1", "event_type": "incident.annotated", "data": about}
    assert Hint.read({"event": event}, "").incident == "PGR0VU2"
    assert Hint.read({"event": event}, "").keys == ("pagerduty-event:E1",)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Unavailable("timeout"), 503),
        (Rejected("revoked", 401), 202),
        (Rejected("400 odd", 400), 202),
    ],
)
def test_what_could_not_be_looked_at_is_not_remembered(door: Door, fault: Exception, status: int) -> None:
    door.peer.fails.append(fault)
    assert (door.post(), door.told()) == (status, [])
    assert (door.post(), door.told()) == (200, ["acknowledged"])


def test_when_unwell_it_is_to_come_again(door: Door) -> None:
    door.around.policy.writable = False
    assert door.post() == 503
    door.around.policy.writable = True
    door.hooks.under_way.update(Future() for _ in range(200))
    assert door.post() == 503
    door.hooks.under_way.clear()
    whole = door.around.db
    for part in ("read", "write"):
        door.around.db = SimpleNamespace(**{"read": whole.read, "write": whole.write, part: away})
        assert door.post() == 503
    door.around.db = whole
    assert (door.post(), door.told()) == (200, ["acknowledged"])


def test_a_slow_pagerduty_is_answered_in_time_and_its_word_is_kept_when_it_comes(door: Door) -> None:
    door.peer.slow = threading.Event()
    hurried = replace(door.hooks, patience=0.05)
    with TestClient(Starlette(routes=hurried.routes())) as client:
        door.client = client
        assert (door.post(), door.told()) == (503, [])
        (looking,) = door.hooks.under_way
        door.peer.slow.set()
        assert looking.result(5)[0] == 200
    assert door.told() == ["acknowledged"]


@pytest.mark.parametrize(("status", "why"), [(404, "gone"), (403, "no-permission")])
def test_what_cannot_be_read_is_said_on_the_change_that_asked_for_it(door: Door, status: int, why: str) -> None:
    assert door.post(body(id="PGR0VU2")) == 200
    door.peer.fails.append(Rejected(why, status))
    assert door.post(event="E2", id="w-2") == 200
    seen = door.desk.case.incident_seen
    assert seen is not None
    assert seen.trouble == why


def test_the_clock_reads_what_no_webhook_told_and_stops_at_the_first_silence(door: Door) -> None:
    polls = IncidentPolls(reader=door.hooks.reader, most=1)
    door.desk.declare(incident="PSECOND")
    door.peer.fails.append(Unavailable("timeout"))
    assert (polls(), door.peer.asked) == (0, ["4711"])
    door.peer.asked.clear()
    assert polls() == 1
    for _ in range(3):
        polls()
    assert door.peer.asked == ["4711", "PGR0VU2", "PSECOND", "PGR0VU2"]  # it has its id by now; then the oldest look


@pytest.mark.parametrize("no", [Rejected("refused", 400), Unavailable("unreadable")], ids=["refused", "unreadable"])
def test_what_is_wrong_with_one_incident_keeps_nobody_from_reading_the_others(door: Door, no: Exception) -> None:
    door.desk.declare(incident="PSECOND")
    door.peer.fails.append(no)
    IncidentPolls(reader=door.hooks.reader)()
    assert door.peer.asked == ["4711", "PSECOND"]


def test_an_incident_with_an_endless_log_tells_its_status(door: Door) -> None:
    door.peer.endless = True
    door.peer.happens("resolved", door.desk.now)
    assert door.post() == 200
    door.peer.happens("reopened", door.desk.now)
    assert door.post(event="E2", id="w-2") == 200
    door.peer.happens("resolved", door.desk.now)
    assert (door.post(event="E3", id="w-3"), door.told()) == (200, ["resolved"])


def test_an_incident_is_followed_until_a_week_after_its_change_was_closed(door: Door) -> None:
    polls = IncidentPolls(reader=door.hooks.reader)
    assert polls() == 1
    door.desk.reject()
    for days, reads in ((6, 1), (2, 0)):
        door.around.clock.pass_(days=days)
        door.peer.asked.clear()
        polls()
        assert len(door.peer.asked) == reads


def test_without_a_token_nothing_is_looked_at(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database)
    for peer in (None, Peer(can_read=False)):
        with opened(desk, peer) as (hooks, _, _):
            assert hooks.take(Hint(("pagerduty:1",), "incident.resolved", "PGR0VU2", ""))[0] == 202
            assert IncidentPolls(reader=hooks.reader)() == 0


# What is shown, and who is asked.


def asked(door: Door) -> int:
    return len(door.desk.posts("dm:dev:still_needed"))


def test_a_resolution_asks_once_and_history_from_before_is_nobodys_news(door: Door) -> None:
    declared, peer = door.desk.case.declared_at, door.peer
    peer.entries.insert(0, Entry("OLD", declared - timedelta(minutes=1), "escalated", "Jane"))
    peer.entries.insert(0, Entry("OLDER", declared - timedelta(minutes=1), "resolved", "Jane"))
    assert (door.post(), door.told(), asked(door)) == (200, ["acknowledged"], 0)
    door.desk.wait(1)
    peer.happens("resolved", door.desk.now)
    assert (door.post(event="E2", id="w-2"), asked(door)) == (200, 1)
    peer.happens("reopened", door.desk.now + timedelta(seconds=1))
    peer.happens("resolved", door.desk.now + timedelta(seconds=2))
    assert (door.post(event="E3", id="w-3"), asked(door)) == (200, 1)
    assert door.told() == ["acknowledged", "resolved", "reopened", "resolved"]


def test_a_resolution_that_the_log_has_not_yet_is_seen_by_the_status_and_told_once(door: Door) -> None:
    assert door.post() == 200
    door.peer.seen = replace(door.peer.seen, status="resolved")
    assert (door.post(event="E2", id="w-2"), asked(door)) == (200, 1)
    door.peer.happens("resolved", door.desk.now)
    assert (door.post(event="E3", id="w-3"), asked(door)) == (200, 1)
    assert door.told() == ["acknowledged", "resolved"]


def test_a_resolution_that_a_delivery_read_first_is_asked_about_all_the_same(door: Door) -> None:
    door.peer.happens("resolved", door.desk.now)
    door.desk.do("dev", incidents.learn, door.desk.id, door.peer.seen)
    assert asked(door) == 0
    assert (IncidentPolls(reader=door.hooks.reader)(), asked(door)) == (1, 1)


def test_nobody_is_asked_about_what_is_decided(door: Door) -> None:
    door.desk.approve()
    door.peer.happens("resolved", door.desk.now)
    assert (door.post(), asked(door)) == (200, 0)
    assert door.told() == ["acknowledged", "resolved"]


def test_our_own_notes_and_the_reassignment_of_an_escalation_are_not_told(door: Door) -> None:
    at = door.desk.now
    door.peer.happens("annotated", at, note="Approved by cto. [EC-2026-0001/approved-1]")
    door.peer.happens("annotated", at, note="Look at [EC-2026-0001/approved-1] please")
    door.peer.happens("escalated", at)
    door.peer.happens("reassigned", at)
    door.peer.happens("reassigned", at + timedelta(seconds=5))
    door.peer.happens("responder_added", at)
    assert door.post() == 200
    assert door.told() == ["acknowledged", "annotated", "escalated", "reassigned"]


def test_no_word_of_an_incident_stands_in_an_event(door: Door) -> None:
    door.peer.happens("annotated", door.desk.now, note="The password is hunter2")
    assert door.post() == 200
    assert not any(word in str(one.data) for one in door.desk.events() for word in ("hunter2", "Jane", "Checkout down"))
    door.desk.sound()


def test_a_drill_is_nobodys_business(door: Door) -> None:
    door.desk.declare(incident="4712", drill=True)
    assert door.post(body(id="4712", number=4712)) == 202
    assert door.peer.asked == []
