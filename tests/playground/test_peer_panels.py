"""The PagerDuty and Jira panels of the demo's page: what they show, what people do there, what is kept."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.playground.jira.hub import Hub as JiraHub
from bot.playground.jira.records import RemoteLink
from bot.playground.jira_panel import JiraPanel
from bot.playground.outside import Keeper, Kept
from bot.playground.pagerduty.events_v2 import enqueue
from bot.playground.pagerduty.hub import Hub as PagerDutyHub
from bot.playground.pagerduty_panel import PagerDutyPanel
from bot.playground.records import Json, Outcome

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MEMBERS = {"U0DEV": "PDEV", "U0LEAD": "PLEAD"}


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        """Begin on a Monday."""
        self.at = NOW

    def now(self) -> datetime:
        """The time."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pagerduty(clock: Clock) -> PagerDutyPanel:
    """Lena is on call for an hour yet, then Carla; one incident is open."""
    hub = PagerDutyHub(clock.now)
    for id, name in (("PDEV", "Dana Novak"), ("PLEAD", "Lena Brandt"), ("PCTO", "Carla Reyes")):
        hub.add_user(id, name, f"{id}@example.com")
    hub.add_service("PPAY", "payments", "PPOLICY")
    hub.add_service("PWEB", "web", "PPOLICY")
    hub.add_schedule("PSCHED", "Leads")
    hub.on_call("PSCHED", "PLEAD", NOW - HOUR, NOW + HOUR)
    hub.on_call("PSCHED", "PCTO", NOW + HOUR, None)
    hub.incident("Checkout answers 500s", "PPAY")
    return PagerDutyPanel(hub, MEMBERS, lambda: None)


@pytest.fixture
def jira(clock: Clock) -> JiraPanel:
    """A project with the issue of a change and a follow-up of it."""
    hub = JiraHub(clock.now)
    hub.add_user("Dana Novak", "dev@example.com")
    hub.add_project("OPS", "Operations")
    for label in ("countersign-EC-2026-0001", "countersign-EC-2026-0001-4f2a91bc"):
        hub.add_issue("OPS", f"About {label}", by="Dana Novak", labels=[label])
    first, second = hub.world.issues.values()
    first.links, second.links = [second.id], [first.id]
    return JiraPanel(hub, {"U0DEV": "dev@example.com"}, lambda: None)


def incident(panel: PagerDutyPanel, place: int = 0) -> Json:
    """One of the incidents shown."""
    found: Json = panel.shown("U0DEV")["incidents"][place]
    return found


def test_it_says_who_is_on_call_until_when_and_who_is_next(pagerduty: PagerDutyPanel, clock: Clock) -> None:
    shown = pagerduty.shown("U0DEV")["on_call"]
    assert shown == {"name": "Lena Brandt", "until": "2026-11-23T10:00:00Z", "next": "Carla Reyes"}
    clock.at += HOUR
    assert pagerduty.shown("U0DEV")["on_call"] == {"name": "Carla Reyes", "until": None, "next": None}
    clock.at -= 3 * HOUR
    assert pagerduty.shown("U0DEV")["on_call"] is None


def test_an_incident_is_taken_spoken_about_and_resolved(pagerduty: PagerDutyPanel) -> None:
    one = incident(pagerduty)
    assert (one["number"], one["status"], one["assigned"]) == (1001, "triggered", ["Lena Brandt"])
    for deed in ("acknowledge", "annotate", "annotate", "resolve"):
        assert pagerduty.act("U0DEV", {"deed": deed, "incident": one["id"]}).ok
    after = incident(pagerduty)
    assert (after["status"], pagerduty.shown("U0DEV")["open"]) == ("resolved", 0)
    assert [each["by"] for each in after["notes"]] == ["Dana Novak"] * 2
    assert len({each["text"] for each in after["notes"]}) == 2, "nobody says the same twice in a row"
    pagerduty.act("U0LEAD", {"deed": "open"})
    pagerduty.act("U0LEAD", {"deed": "open"})
    shown = pagerduty.shown("U0DEV")
    assert [each["status"] for each in shown["incidents"]] == ["triggered", "triggered", "resolved"]
    assert len({each["title"] for each in shown["incidents"]}) == 3


def test_the_mark_by_which_a_note_is_found_again_is_not_shown(pagerduty: PagerDutyPanel) -> None:
    pagerduty.hub.annotate(incident(pagerduty)["id"], "cto approved it. [EC-2026-0001/approved]", by="PDEV")
    note = incident(pagerduty)["notes"][0]
    assert (note["text"], note["key"]) == ("cto approved it.", "EC-2026-0001")


def test_a_page_is_no_incident_of_its_own(pagerduty: PagerDutyPanel) -> None:
    pagerduty.hub.integrate("K" * 32, "PPAY")
    payload = {"summary": "Nobody decides", "severity": "critical", "source": "countersign"}
    body = {"routing_key": "K" * 32, "dedup_key": "countersign:EC-2026-0001:undecided", "payload": payload}
    for action, paging in (("trigger", 1), ("resolve", 0)):
        from_events(pagerduty.hub, {**body, "event_action": action})
        shown = pagerduty.shown("U0DEV")
        assert (len(shown["incidents"]), shown["open"], shown["paging"]) == (1, 1, paging)
        assert [(one["text"], one["open"]) for one in shown["alerts"]] == [("Nobody decides", paging == 1)]


def from_events(hub: PagerDutyHub, body: Json) -> None:
    """Send an event as the events API takes it."""
    enqueue(hub.world, body)


def test_an_issue_shows_its_comments_newest_first_and_what_stands_beneath_it(jira: JiraPanel) -> None:
    jira.hub.comment("OPS-1", "Approved by cto. [EC-2026-0001/approved]", by="Dana Novak")
    jira.hub.comment("OPS-1", "Deployed.", by="Dana Novak")
    (one,) = jira.shown("U0DEV")["issues"]
    assert [each["text"] for each in one["comments"]] == ["Deployed.", "Approved by cto."]
    assert (one["key"], one["change"], [each["key"] for each in one["children"]]) == (
        "OPS-1",
        "EC-2026-0001",
        ["OPS-2"],
    )
    assert (one["status"], one["to"]) == ("To Do", ["In Progress", "Done"])


def test_a_link_to_a_card_says_where_the_card_is(jira: JiraPanel) -> None:
    card = "https://playground.slack.com/archives/C0INC/p1795415643629966"
    jira.hub.world.issue("OPS-1").remote_links = [
        RemoteLink(1, "countersign:EC-2026-0001", card, "the record"),
        RemoteLink(2, None, "https://example.com/wiki", "a page"),
    ]
    first, second = jira.shown("U0DEV")["issues"][0]["links"]
    assert (first["channel"], first["ts"]) == ("C0INC", "1795415643.629966")
    assert "channel" not in second


def test_an_issue_is_moved_and_deleted(jira: JiraPanel) -> None:
    assert jira.act("U0DEV", {"deed": "move", "issue": "OPS-2", "status": "Done"}).ok
    assert (jira.shown("U0DEV")["open"], jira.hub.issue("OPS-2")["fields"]["status"]["name"]) == (1, "Done")
    assert jira.act("U0DEV", {"deed": "delete", "issue": "OPS-1"}).ok
    shown = jira.shown("U0DEV")
    assert [one["key"] for one in shown["issues"]] == ["OPS-2"], "a follow-up whose issue is gone stands by itself"


@pytest.mark.parametrize(
    ("panel", "user", "body", "words"),
    [
        ("pagerduty", "U0GUEST", {"deed": "open"}, "You have no PagerDuty account here. Become somebody else."),
        ("pagerduty", "U0DEV", {"deed": "dance"}, "unknown_deed"),
        ("pagerduty", "U0DEV", {"deed": "resolve", "incident": "Q9"}, "PagerDuty has no such incident any more."),
        ("jira", "U0GUEST", {"deed": "delete"}, "You have no Jira account here. Become somebody else."),
        ("jira", "U0DEV", {"deed": "dance"}, "unknown_deed"),
        (
            "jira",
            "U0DEV",
            {"deed": "move", "issue": "OPS-1", "status": "Blocked"},
            "Jira does not do this: no such issue, or no such status.",
        ),
    ],
)
def test_what_cannot_be_done_is_said(panel: str, user: str, body: Json, words: str, request: Any) -> None:
    assert request.getfixturevalue(panel).act(user, body) == Outcome(False, error=words)


@pytest.mark.parametrize("name", ["pagerduty", "jira"])
def test_it_is_down_and_answers_again(name: str, request: Any) -> None:
    panel = request.getfixturevalue(name)
    panel.switch(f"{name}_down", True)
    panel.switch(f"{name}_down", True)
    assert ([one.kind for one in panel.hub.faults.active()], panel.shown("U0DEV")["faults"]) == (
        ["outage"],
        [f"{name}_down"],
    )
    panel.switch(f"{name}_down", False)
    assert (panel.hub.faults.active(), panel.shown("U0DEV")["faults"]) == ([], [])
    with pytest.raises(LookupError):
        panel.switch("rain", True)


def test_what_people_did_is_told_and_kept(pagerduty: PagerDutyPanel, jira: JiraPanel, tmp_path: Path) -> None:
    told: list[int] = []
    kept: dict[Path, Kept] = {tmp_path / "pagerduty.json": pagerduty.hub, tmp_path / "jira.json": jira.hub}
    keeper = Keeper(kept, lambda: told.append(1))
    pagerduty.act("U0DEV", {"deed": "open"})
    until = time.monotonic() + 5
    while not told and time.monotonic() < until:
        time.sleep(0.02)
    assert told
    jira.act("U0DEV", {"deed": "delete", "issue": "OPS-2"})
    keeper.close()
    again = PagerDutyHub(lambda: NOW)
    again.load(tmp_path / "pagerduty.json")
    assert len(again.incidents) == 2
    issues = JiraHub(lambda: NOW)
    issues.load(tmp_path / "jira.json")
    assert issues.issues() == ["OPS-1"]
