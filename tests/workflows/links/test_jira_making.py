"""Which fields an issue is made with, by the names people know them by, and which field is to blame when it is not."""

from datetime import date
from typing import Any

import pytest

from bot.playground.rest_faults import Fault
from tests.playground.small_jira import PROJECT, Site
from workflows.links import Rejected, Unavailable
from workflows.links.jira import Jira

pytest_plugins = ["tests.playground.jira_fixtures"]


@pytest.fixture
def at(small_jira: Site) -> Site:
    """A small Jira."""
    return small_jira


def make(link: Jira, **given: Any) -> dict[str, Any]:
    """What is asked for, over what every issue has."""
    usual = {"issue_type": "Task", "summary": "EC-2026-0042: x", "body": "x", "labels": ("countersign-EC-2026-0042",)}
    return {"key": link.create(**(usual | given)).key}


def no(link: Jira, **given: Any) -> str:
    with pytest.raises(Rejected) as raised:
        make(link, **given)
    return raised.value.why


CUSTOM: list[tuple[str, dict[str, Any], str | tuple[str, ...], Any]] = [
    ("a line", {}, "one\n  two", "one two"),
    ("a long line", {}, "x" * 300, "x" * 255),
    ("several in a line", {}, ("payments", "web"), "payments, web"),
    ("a choice", {"kind": "option", "custom": "select", "options": ("high",)}, "high", {"value": "high"}),
    (
        "choices",
        {"kind": "array", "items": "option", "custom": "multiselect", "options": ("payments", "web")},
        ("payments", "web"),
        [{"value": "payments"}, {"value": "web"}],
    ),
    ("labels", {"kind": "array", "items": "string", "custom": "labels"}, ("pay ments",), ["pay-ments"]),
    ("a number", {"kind": "number", "custom": "float"}, "7.5", 7.5),
    ("a day", {"kind": "date", "custom": "datepicker"}, "2026-03-02T09:00:00Z", "2026-03-02"),
    ("a moment", {"kind": "datetime", "custom": "datetime"}, "2026-03-02T09:00:00Z", "2026-03-02T09:00:00.000+0000"),
]


@pytest.mark.parametrize(("kind", "given", "expected"), [one[1:] for one in CUSTOM], ids=[one[0] for one in CUSTOM])
def test_a_custom_field_gets_its_shape(at: Site, kind: dict[str, Any], given: Any, expected: Any) -> None:
    id = at.hub.add_field("Our field", **kind)
    link = at.link()
    assert at.hub.issue(make(link, fields={"our FIELD": given})["key"])["fields"][id] == expected
    assert at.paths().count("GET /field") == 1


def test_a_long_text_is_a_document_and_a_person_an_account(at: Site) -> None:
    story = at.hub.add_field("Story", custom="textarea")
    owner = at.hub.add_field("Owner", "user", custom="userpicker")
    found = make(at.link(), fields={"Story": "one\n\ntwo", "Environment": "production", "Owner": "ada@acme.example"})
    fields = at.hub.issue(found["key"])["fields"]
    assert [fields[story]["type"], fields["environment"]["type"], len(fields[story]["content"])] == ["doc", "doc", 2]
    assert fields[owner] == {"accountId": at.hub.world.user("Ada Byron").account}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ({"kind": "number", "custom": "float"}, "many"),
        ({"kind": "date", "custom": "datepicker"}, "soon"),
        ({"kind": "user", "custom": "userpicker"}, "nobody@acme.example"),
        ({"kind": "option", "custom": "select", "options": ("high",)}, "low"),
    ],
    ids=["a number", "a day", "a person", "a choice"],
)
def test_what_a_field_does_not_take_is_said_by_its_name(at: Site, kind: dict[str, Any], given: str) -> None:
    at.hub.add_field("Our field", **kind)
    assert no(at.link(), fields={"Our field": given}) == "field: Our field"
    assert at.hub.issues() == []


def test_a_required_field_is_said_by_its_name_until_it_is_filled_in(at: Site) -> None:
    at.hub.add_field("Team", "option", custom="select", options=("payments",))
    at.hub.require_field(PROJECT, "Task", "Team")
    link = at.link()
    assert [no(link), no(link, fields={"Team": ""})] == ["field: Team", "field: Team"]
    assert make(link, fields={"Team": "payments"}) == {"key": "OPS-1"}


def test_a_field_that_nobody_has_is_said_and_looked_for_again_later(at: Site) -> None:
    link = at.link()
    assert [no(link, fields={"Teem": "x"}), no(link, fields={"Teem": "x"})] == ["field: Teem", "field: Teem"]
    assert at.paths() == ["GET /field"]  # once a minute at most
    at.hub.add_field("Teem")
    link._fields._read = (link._fields._read[0] - 61, link._fields._read[1])
    assert make(link, fields={"Teem": "x"}) == {"key": "OPS-1"}


def test_of_two_fields_with_one_name_the_one_on_the_screen_is_meant(at: Site) -> None:
    hidden, shown = at.hub.add_field("Team"), at.hub.add_field("Team")
    at.hub.hide_field(PROJECT, hidden)
    link = at.link()
    assert at.hub.issue(make(link, fields={"Team": "x"})["key"])["fields"][shown] == "x"
    at.hub.hide_field(PROJECT, shown)
    assert no(link, fields={"Team": "x"}) == "field: Team"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"issue_type": "Story"}, "no-issue-type"),
        ({"components": ("mobile",)}, "field: Components"),
        ({"labels": ("two words",)}, "field: Labels"),
        ({"summary": ""}, "field: Summary"),
    ],
)
def test_what_the_project_does_not_take_is_said(at: Site, given: dict[str, Any], why: str) -> None:
    assert no(at.link(), **given) == why


@pytest.mark.parametrize(
    ("permission", "given", "why"),
    [
        ("CREATE_ISSUES", {}, "no-permission"),
        ("BROWSE_PROJECTS", {}, "no-project"),
        ("SCHEDULE_ISSUES", {"due": date(2026, 3, 9)}, "field: Due date"),
    ],
)
def test_what_we_may_not_do_in_the_project_is_said(at: Site, permission: str, given: Any, why: str) -> None:
    at.hub.remove_permission(PROJECT, permission)
    assert no(at.link(), **given) == why


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("ada@acme.example", "Ada Byron"),
        ("ADA@acme.example", "Ada Byron"),
        ("bob@acme.example", "Bob Hale"),  # Jira shows nobody this address, and finds him by it
        ("ada@acme.exam", None),
        ("gone@acme.example", None),
        ("nobody@acme.example", None),
    ],
)
def test_an_owner_is_whom_jira_knows_by_the_address(at: Site, email: str, name: str | None) -> None:
    at.hub.add_user("Gone Girl", "gone@acme.example", active=False)
    found = at.hub.issue(make(at.link(), assignee=email, due=date(2026, 3, 9))["key"])["fields"]
    assert (found["assignee"] or {}).get("displayName") == name
    assert found["duedate"] == "2026-03-09"


def test_an_owner_whom_the_project_does_not_take_is_left_out(at: Site) -> None:
    at.hub.remove_permission(PROJECT, "ASSIGN_ISSUES")
    assert at.hub.issue(make(at.link(), assignee="ada@acme.example")["key"])["fields"]["assignee"] is None
    assert at.hub.issues() == ["OPS-1"]


@pytest.mark.parametrize(("kind", "expected"), [("forbidden", None), ("revoked", "revoked"), ("outage", "503")])
def test_who_may_not_look_for_people_names_no_owner(at: Site, kind: str, expected: str | None) -> None:
    at.hub.faults.add(Fault(kind, "/user/search"))
    why = None
    try:
        make(at.link(), assignee="ada@acme.example")
    except (Rejected, Unavailable) as error:
        why = error.why
    assert (why, len(at.hub.issues())) == (expected, 0 if expected else 1)


def test_a_summary_is_one_line_that_jira_takes(at: Site) -> None:
    title = at.hub.issue(make(at.link(), summary="one\ntwo " + "x" * 300)["key"])["fields"]["summary"]
    assert (title[:8], len(title), title[-1]) == ("one two ", 254, "…")
