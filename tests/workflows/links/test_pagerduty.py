"""What the link reads from PagerDuty and tells it, through the real client over https."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.playground.small_pagerduty import BEGIN, HOUR, POLICY, SCHEDULE, SERVICE, TOKEN, Place, Stage, place, stage
from workflows.links import Rejected
from workflows.links.pagerduty_wire import PAGE
from workflows.peered import OnCall

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def served() -> Iterator[Place]:
    """A server for all tests of this module."""
    with place() as made:
        yield made


@pytest.fixture
def at(served: Place) -> Iterator[Stage]:
    """A small PagerDuty."""
    with stage(served, answers=True) as made:
        yield made


def people(at: Stage, when: datetime = BEGIN, until: datetime | None = None, **by: list[str]) -> list[tuple[str, int]]:
    """Return who is on call by schedules, policies or services, and at which level."""
    found = at.link.oncalls(**by, since=when, until=until or when)
    return sorted((one.user, one.level) for one in found)


def test_who_is_on_call_is_told_with_mail_level_and_times(at: Stage) -> None:
    (ada,) = at.link.oncalls(schedules=[SCHEDULE], since=BEGIN, until=BEGIN)
    times = {"start": BEGIN - HOUR, "end": BEGIN + HOUR}
    assert ada == OnCall("PADA", "Ada Byron", "ada@acme.example", 1, **times, schedule=SCHEDULE, policy=POLICY)
    _, bob = sorted(at.link.oncalls(policies=[POLICY], since=BEGIN, until=BEGIN), key=lambda one: one.level)
    assert bob == OnCall("PBOB", "Bob Hale", "bob@acme.example", 2, None, None, None, POLICY)


def test_whoever_is_on_call_for_what_was_not_asked_is_not_let_in(at: Stage, served: Place) -> None:
    inner: Any = served.switch.app

    async def all_of_it(scope: Any, receive: Any, send: Any) -> None:
        query = re.sub(rb"(schedule|escalation_policy)_ids%5B%5D=[^&]*&?", b"", scope.get("query_string", b""))
        await inner({**scope, "query_string": query}, receive, send)

    served.switch.app = all_of_it
    assert people(at, schedules=[SCHEDULE]) == [("PADA", 1)]
    assert people(at, schedules=["PNIGHTS"]) == []
    assert people(at, policies=["PELSEWHERE"]) == []


def test_a_service_stands_for_its_escalation_policy(at: Stage) -> None:
    both = [("PADA", 1), ("PBOB", 2)]
    assert people(at, services=[SERVICE]) == people(at, policies=[POLICY]) == both
    assert people(at, services=[SERVICE], schedules=[SCHEDULE]) == both  # nobody twice


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (BEGIN - HOUR, BEGIN - HOUR, ["PADA"]),
        (BEGIN + HOUR - MINUTE, BEGIN + HOUR - MINUTE, ["PADA"]),
        (BEGIN + HOUR, BEGIN + HOUR, []),
        (BEGIN - HOUR - MINUTE, BEGIN - HOUR - MINUTE, []),
        (BEGIN - 3 * HOUR, BEGIN - HOUR, ["PADA"]),
        (BEGIN + HOUR, BEGIN + 2 * HOUR, []),
    ],
    ids=["as it begins", "before it ends", "as it ends", "before it begins", "it begins within", "it ended before"],
)
def test_a_shift_counts_from_its_first_moment_until_its_last(
    at: Stage, since: datetime, until: datetime, expected: list[str]
) -> None:
    assert [user for user, _ in people(at, since, until, schedules=[SCHEDULE])] == expected


def test_whoever_stands_in_is_on_call_and_the_other_is_not(at: Stage) -> None:
    at.hub.override(SCHEDULE, "PBOB", BEGIN, BEGIN + 10 * MINUTE)
    assert people(at, BEGIN, schedules=[SCHEDULE]) == [("PBOB", 1)]
    assert people(at, BEGIN + 10 * MINUTE, schedules=[SCHEDULE]) == [("PADA", 1)]
    assert people(at, BEGIN - MINUTE, schedules=[SCHEDULE]) == [("PADA", 1)]


def test_somebody_who_left_the_account_has_no_mail(at: Stage) -> None:
    at.hub.remove_user("PADA")
    (gone,) = at.link.oncalls(schedules=[SCHEDULE], since=BEGIN, until=BEGIN)
    assert (gone.user, gone.email) == ("PADA", None)


def test_all_pages_are_read(at: Stage) -> None:
    for _ in range(PAGE + 1):
        at.hub.on_call(None, "PBOB", BEGIN, BEGIN + HOUR, level=3, policy="PWIDE")
    at.hub.world.shifts[-1].user = "PADA"  # the last of them
    assert people(at, policies=["PWIDE"])[0] == ("PADA", 3)
    assert at.asked() == [("GET", "/oncalls")] * 2


def test_who_asks_of_nothing_asks_nobody(at: Stage) -> None:
    assert at.link.oncalls(since=BEGIN, until=BEGIN) == ()
    for kind in ("schedules", "policies", "services"):
        with pytest.raises(Rejected, match="gone"):
            at.link.oncalls(**{kind: ["P1/x"]}, since=BEGIN, until=BEGIN)
    assert at.asked() == []


def test_an_incident_is_found_by_id_and_by_number(at: Stage) -> None:
    id = at.hub.incident("Checkout answers 500s", SERVICE, "low", responders=["PBOB"])
    seen = at.link.incident(id)
    assert at.link.incident(str(seen.number)) == seen
    assert (seen.id, seen.title, seen.service, seen.service_id) == (id, "Checkout answers 500s", "Payments", SERVICE)
    assert (seen.urgency, seen.status, seen.responders) == ("low", "triggered", ("Ada Byron", "Bob Hale"))
    assert seen.url == f"https://acme.pagerduty.com/incidents/{id}"
    at.hub.resolve(id, "PADA")
    assert (at.link.incident(id).status, at.link.incident(id).responders) == ("resolved", ("Bob Hale",))


def test_an_incident_that_is_gone(at: Stage) -> None:
    id = at.hub.incident("Checkout", SERVICE)
    at.hub.delete_incident(id)
    for name in (id, "4711", "../users/me", "Q1/notes", "", "Q" * 40):
        with pytest.raises(Rejected) as no:
            at.link.incident(name)
        assert (no.value.why, no.value.status) == ("gone", 404)
    assert len(at.asked()) == 2  # only what can be an id is asked for


def test_open_incidents_newest_first_without_our_own_pages(at: Stage) -> None:
    first, second, over = (at.hub.incident(title, SERVICE) for title in ("one", "two", "three"))
    at.hub.resolve(over, "PADA")
    at.hub.acknowledge(first, "PADA")
    page = {"summary": "Undecided", "severity": "critical", "source": "countersign", "link": "", "details": {}}
    at.link.alert(key="countersign:EC-2026-0042:undecided", at=BEGIN, **page)  # type: ignore[arg-type]
    ours = at.link.open(service=SERVICE, title="Ours", details="", key="countersign:EC-2026-0042")
    assert [one.id for one in at.link.open_incidents()] == [ours.id, second, first]
    assert [one.id for one in at.link.open_incidents(limit=2)] == [ours.id, second]


def test_one_incident_is_open_under_a_key(at: Stage) -> None:
    given = {"service": SERVICE, "title": "Checkout", "details": "EC-2026-0042", "key": "countersign:EC-2026-0042"}
    assert at.link.by_key(given["key"]) is None
    made = at.link.open(**given)
    assert at.link.open(**given) == at.link.by_key(given["key"]) == made
    assert (at.hub.incidents[0].details, made.urgency, len(at.hub.incidents)) == ("EC-2026-0042", "high", 1)
    at.hub.resolve(made.id, "PADA")
    at.now.pass_by(timedelta(days=60))
    found = at.link.by_key(given["key"])
    assert found is not None
    assert (found.id, found.status) == (made.id, "resolved")
    again = at.link.open(**given, urgency="low")
    assert (again.id != made.id, again.urgency, at.link.by_key(given["key"])) == (True, "low", again)


def test_what_cannot_be_opened_is_said(at: Stage) -> None:
    given = {"title": "Checkout", "details": "", "key": "countersign:EC-2026-0042"}
    at.hub.resolve(at.link.open(service=SERVICE, **given).id, "PADA")
    with pytest.raises(Rejected) as no:  # the one that is resolved is not taken for it
        at.link.open(service="PNONE", **given)
    assert (no.value.why, no.value.status) == ("Service could not be found", 400)
    at.hub.allow_token(TOKEN, read_only=True)
    before = len(at.asked())
    with pytest.raises(Rejected, match="no-permission"):
        at.link.open(service=SERVICE, **given)
    assert len(at.asked()) == before + 1


def test_notes_are_written_in_the_name_of_the_sender(at: Stage) -> None:
    id = at.hub.incident("Checkout", SERVICE)
    at.hub.annotate(id, "Looking", "PADA")
    at.link.note(id, "Approved [EC-2026-0042/approved]")
    assert [one.user for one in at.hub.seen_incident(id).notes] == ["PADA", "PBOT"]


@pytest.mark.parametrize("user", [None, "PBOT"], ids=["a token of the account", "a token of a user"])
def test_a_note_of_somebody_else_is_none_of_ours_whatever_its_mark(at: Stage, user: str | None) -> None:
    id, token = at.hub.incident("Checkout", SERVICE), f"token-of-{user}"
    at.hub.allow_token(token, user)
    link = at.another(token)
    at.hub.annotate(id, "Never mind [EC-2026-0042/approved]", "PADA")
    assert link.notes(id) == ()
    link.note(id, "Approved [EC-2026-0042/approved]")
    assert link.notes(id) == ("Approved [EC-2026-0042/approved]",)
    link.close()


def test_a_sender_who_is_no_user_can_write_nothing(at: Stage) -> None:
    id, link = at.hub.incident("Checkout", SERVICE), at.another(sender="nobody@acme.example")
    with pytest.raises(Rejected, match="Requester User Not Found"):
        link.note(id, "Approved")
    link.close()
    assert at.hub.notes(id) == []


def test_what_happened_to_an_incident_in_order(at: Stage) -> None:
    id = at.hub.incident("Checkout", SERVICE)
    acts = (at.hub.acknowledge, at.hub.escalate, lambda id, by: at.hub.annotate(id, "Rolling back", by), at.hub.resolve)
    for act in acts:
        at.now.pass_by(MINUTE)
        act(id, "PADA")
    told = at.link.said(id, BEGIN)
    assert [one.what for one in told] == ["triggered", "acknowledged", "escalated", "annotated", "resolved"]
    assert [one.at for one in told] == [BEGIN + n * MINUTE for n in range(5)]
    assert [one.by for one in told] == ["Payments", *["Ada Byron"] * 4]
    assert [one.note for one in told] == [None, None, None, "Rolling back", None]
    assert at.link.said(id, BEGIN + 3 * MINUTE) == told[3:]


def test_a_page_goes_out_once_and_ends(at: Stage) -> None:
    key, link = "countersign:EC-2026-0042:break-glass", "https://countersign.acme.example/EC-2026-0042"
    given = {"summary": "S" * 2000, "severity": "critical", "source": "countersign", "details": {"key": "EC-2026-0042"}}
    for _ in range(2):
        at.link.alert(key=key, link=link, at=BEGIN, **given)  # type: ignore[arg-type]
    (made,) = at.hub.alerts
    assert (made.key, made.status, made.times, made.summary) == (key, "triggered", 2, "S" * 1024)
    assert (made.links[0]["href"], made.details) == (link, {"key": "EC-2026-0042"})
    for _ in range(2):
        at.link.resolve(key=key)
    assert [one.status for one in at.hub.alerts] == [one.status for one in at.hub.incidents] == ["resolved"]


def test_a_change_event_carries_only_links_that_pagerduty_takes(at: Stage) -> None:
    links = [("https://countersign.acme.example/x", "The change"), ("http://localhost:3000/x", "Here")]
    told = {"summary": "payments: v811 → v812", "source": "countersign", "details": {"id": "EC-2026-0042/1"}}
    at.link.change_event(at=BEGIN, links=links, **told)  # type: ignore[arg-type]
    at.link.change_event(at=BEGIN, **told)  # type: ignore[arg-type]
    first, second = at.hub.change_events
    assert (first.summary, first.source, first.at) == (told["summary"], "countersign", "2026-03-02T09:00:00.000Z")
    assert (first.links, first.details) == ([{"href": links[0][0], "text": "The change"}], {"id": "EC-2026-0042/1"})
    assert second.links == []


def test_what_doctor_asks(at: Stage) -> None:
    link = at.link
    assert (link.whose(), link.can_read, link.can_write, link.can_page) == (None, True, True, True)
    at.hub.allow_token("ada's", "PADA")
    own = at.another("ada's", "", "")
    assert (own.whose(), own.can_read, own.can_write, own.can_page) == ("Ada@acme.example", True, False, False)
    own.close()
    strange = at.another("none")
    with pytest.raises(Rejected, match="revoked"):
        strange.whose()
    strange.close()
    assert (link.user_by_email("ADA@acme.example"), link.user_by_email("da@acme.example")) == (True, False)
    assert (link.schedule(SCHEDULE), link.policy(POLICY), link.service(SERVICE)) == (
        "Leads",
        "Payments escalation",
        "Payments",
    )
    assert "urgencies" in link.abilities()
    for ask in (link.schedule, link.policy, link.service):
        with pytest.raises(Rejected, match="gone"):
            ask("PNONE")
