"""What is made of PagerDuty's answers."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from workflows.links import pagerduty_parts as parts
from workflows.peered import OnCall

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOME = "127.0.0.1"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, True),
        (AT, None, True),
        (AT + HOUR, None, True),
        (AT + HOUR + timedelta(seconds=1), None, False),
        (None, AT, False),
        (None, AT + timedelta(seconds=1), True),
    ],
    ids=["for good", "as it begins", "begins as it ends", "begins after", "ended as it begins", "ends within"],
)
def test_who_is_on_call_within_an_hour(start: datetime | None, end: datetime | None, expected: bool) -> None:
    one = OnCall("PADA", "Ada", None, 1, start, end, None, "PPOLICY")
    assert parts.overlaps(one, AT, AT + HOUR) is expected


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https://countersign.acme.example/x", True),
        ("http://10.0.0.7:3000/x", True),
        ("http://localhost:3000/x", False),
        ("https://countersign/x", False),
        ("https://countersign./x", False),
        ("javascript:alert(1.0)", False),
        ("/register/EC-2026-0042", False),
        ("", False),
    ],
)
def test_a_link_needs_a_host_with_a_dot(href: str, kept: bool) -> None:
    assert parts.links([(href, "x")]) == ([{"href": href, "text": "x"}] if kept else [])


@pytest.mark.parametrize(
    "value",
    [
        *(None, 7, "", "http://acme.pagerduty.com/x", "javascript:alert(1)", "//evil.example", "https://[x"),
        *("https://evil.example/acme.pagerduty.com", "https://acme.pagerduty.com@evil.example/", "https://"),
        *("https://evilpagerduty.com/x", "https://acme.pagerduty.com.evil.example/x"),
    ],
)
def test_what_is_no_address_of_pagerduty_is_not_shown_as_a_link(value: object) -> None:
    assert parts.address(value, HOME) == ""


@pytest.mark.parametrize("value", ["https://acme.pagerduty.com/incidents/Q1", "https://127.0.0.1:3031/incidents/Q1"])
def test_what_is_pagerdutys_own_address_is_shown(value: str) -> None:
    assert parts.address(value, HOME) == value


def test_times_are_read_with_their_offset_and_written_in_utc() -> None:
    assert parts.moment("2026-03-02T04:00:00-05:00") == parts.moment("2026-03-02T09:00:00Z") == AT
    assert parts.moment("2026-03-02T09:00:00") == AT
    assert parts.moment(None) is None
    assert parts.stamp(AT.astimezone(timezone(HOUR))) == "2026-03-02T09:00:00.000Z"
    with pytest.raises(ValueError, match="yesterday"):
        parts.moment("yesterday")


def person(name: str, kind: str = "user_reference") -> dict[str, str]:
    return {"id": f"P{name}", "type": kind, "summary": name}


def told(**more: Any) -> dict[str, Any]:
    service = {"id": "PPAYMENTS", "type": "service_reference", "summary": "Payments"}
    kept = {"id": "Q1", "incident_number": 1, "title": "T", "status": "triggered", "urgency": "high"}
    return {**kept, "service": service, **more}


def test_responders_are_people_who_did_not_decline_each_once() -> None:
    asked = [("joined", "Bob"), ("pending", "Cy"), ("declined", "Dee"), ("user_cancelled", "Eve")]
    seen = parts.incident(
        told(
            assignments=[{"assignee": person("Ada")}, {"assignee": person("Bob")}],
            acknowledgements=[{"acknowledger": person("Payments", "service_reference")}],
            incidents_responders=[{"state": state, "user": person(name)} for state, name in asked],
        ),
        HOME,
    )
    assert seen.responders == ("Ada", "Bob", "Cy")


def test_what_is_left_out_of_an_incident_is_empty() -> None:
    seen = parts.incident(told(title=None, service={"id": "PPAYMENTS"}), HOME)
    assert (seen.title, seen.service, seen.url, seen.responders) == ("", "PPAYMENTS", "", ())


def test_what_can_not_be_kept_is_not_read() -> None:
    seen = parts.incident(told(title="a\ud800b\0", status="x" * 999, service={"id": "P", "summary": "\udfff!"}), HOME)
    assert (seen.title, seen.status, seen.service) == ("ab", "x" * 255, "!")
    user = {"id": "P", "name": "A\ud800da"}
    shift = {"user": user, "escalation_level": 1, "escalation_policy": {"id": "P"}}
    assert parts.on_call(shift).name == "Ada"
    assert parts.on_call(shift | {"user": user | {"email": "\u212aim@acme.example"}}).email is None  # small: kim@


def entry(kind: str, at: str, **more: Any) -> dict[str, Any]:
    return {"id": f"R{kind}{at}", "type": f"{kind}_log_entry", "created_at": f"2026-03-02T09:{at}:00Z", **more}


def test_of_the_log_what_matters_is_told_and_the_first_assignment_is_not() -> None:
    log = [
        entry("assign", "05"),
        entry("notify", "01"),
        entry("assign", "00"),
        entry("trigger", "00", agent=None, channel=None),
        entry("resolve", "09", channel={"type": "note", "summary": "no note"}),
        entry("annotate", "07", channel={"type": "note", "summary": "Rolling back"}, agent=person("Ada")),
        entry("something_new", "08"),
    ]
    found = parts.entries(log)
    assert [one.what for one in found] == ["triggered", "reassigned", "annotated", "resolved"]
    assert [(one.by, one.note) for one in found[2:]] == [("Ada", "Rolling back"), (None, None)]
