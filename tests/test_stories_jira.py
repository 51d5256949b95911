"""Jira in step with a change, through the front door: one issue, whatever happens, and what is read back from it."""

from typing import Any

from bot.playground.rest_faults import Fault
from tests.world.policies import POLICY
from tests.world.story import Begin, World

pytest_plugins = ["tests.world.fixtures"]

MISSING = {"missing_rollback": "v810 again", "missing_tests": "the same build on staging"}
FOLLOW = {"followup_what_1": "add an alert", "followup_owner_1": "U0DEV", "followup_due_1": "2026-11-20"}
ANSWERS = {"cause": "a bad merge", "tests": "paid with a test card"}
MAPPED = POLICY + '\n[jira]\nlabels = ["change-control"]\nfields = { "Change risk" = "risk" }\n'


def reviewed(world: World, judgement: str) -> str:
    """A closed emergency with one follow-up, which dev has; its key."""
    key = world.approved()
    world.deployed(key)
    world.cto.presses("Write review", on=world.card(key))
    assert world.cto.submits(judgement=judgement, **ANSWERS, **MISSING, **FOLLOW).ok
    world.advance(minutes=1)
    return key


def said(world: World, key: str) -> list[str]:
    """What was commented on the issue of a change, without what follows the first comma."""
    return [text.split(",")[0] for text in world.jira.comments(key)]


def child(world: World, key: str, part: str) -> dict[str, Any]:
    """The one issue beside that of the change whose label has that part."""
    found = [one for one in world.jira.issues(key) if any(f"{key}-{part}" in name for name in one["fields"]["labels"])]
    assert len(found) == 1
    return found[0]


def read_back(world: World) -> None:
    """What the worker does each minute."""
    world.parts.jira.polls()
    world.settle()


def test_a_change_has_one_issue_that_leads_back_to_it_and_moves_with_it(begin: Begin) -> None:
    world = begin(MAPPED, jira=True)
    world.jira.hub.add_field("Change risk")
    key = world.declare()
    world.advance(minutes=1)
    issue = world.jira.issue(key)
    assert issue["fields"]["summary"] == f"{key}: checkout 500s"
    assert issue["fields"]["labels"] == [f"countersign-{key}", "change-control"]
    (link,) = issue["remote_links"]
    assert link["globalId"] == f"countersign:{key}"
    assert "/archives/C0INCIDENT/p" in link["object"]["url"]
    assert world.line(key, f"Jira {issue['key']} created.")
    world.cto.presses("Approve", on=world.card(key))
    world.deployed(key)
    world.advance(minutes=1)
    assert said(world, key) == ["Approved by cto", 'Deployed "v811" by dev']
    assert world.jira.status(key) == "In Progress"
    assert f"Jira {issue['key']}, In Progress" in world.card(key).words


def test_a_create_that_times_out_after_creating_is_still_one_issue(begin: Begin) -> None:
    world = begin(jira=True)
    world.jira.hub.faults.add(Fault("reset_after", "issue", method="POST", times=1))
    key = world.approved()
    world.advance(minutes=15)
    assert len(world.jira.issues(key)) == 1
    assert said(world, key) == ["Approved by cto"]


def test_jira_down_for_four_hours_gets_everything_within_ten_minutes_in_order_and_once(begin: Begin) -> None:
    world = begin(jira=True)
    world.jira.hub.faults.add(Fault("outage"))
    keys = [world.declare() for _ in range(2)]
    for key in keys:
        world.cto.presses("Approve", on=world.card(key))
        world.passes(minutes=1)
        world.deployed(key)
    world.advance(minutes=5)
    world.passes(hours=4)
    world.advance(minutes=5)
    assert "Jira" in world.card(keys[0]).words  # it says who does not answer
    world.jira.hub.faults.clear()
    world.advance(minutes=10)
    for key in keys:
        assert said(world, key) == ["Approved by cto", 'Deployed "v811" by dev']
        assert len(world.jira.issues(key)) == 1


def test_a_required_field_is_said_on_the_card_and_the_change_goes_on(begin: Begin) -> None:
    world = begin(jira=True)
    world.jira.hub.add_field("Team")
    world.jira.hub.require_field("OPS", "Task", "Team")
    key = world.approved()
    world.advance(minutes=1)
    assert "only with the field Team filled in" in world.card(key).words
    world.dev.presses("Details", on=world.card(key))
    assert "Map it under [jira] in the policy" in world.dev.modal.words
    world.jira.hub.world.project("OPS").required.clear()
    world.advance(minutes=11)
    assert "field Team" not in world.card(key).words
    assert said(world, key) == ["Approved by cto"]


def test_a_moved_issue_is_followed_and_a_deleted_one_told(begin: Begin) -> None:
    world = begin(jira=True)
    key = world.declare()
    world.advance(minutes=1)
    was = world.jira.issue(key)["key"]
    now = world.jira.hub.move(was, "PLAT")
    read_back(world)
    assert world.line(key, f"Jira {was} moved to {now}.")
    assert f"Jira {now}, To Do" in world.card(key).words
    world.jira.hub.delete(now)
    read_back(world)
    assert f"Jira has no {now} any more" in world.card(key).words


def test_a_project_that_lets_us_in_no_more_is_said_on_the_card_and_caught_up_with(begin: Begin) -> None:
    world = begin(jira=True)
    key = world.declare()
    world.advance(minutes=1)
    issue = world.jira.issue(key)["key"]
    world.jira.hub.remove_permission("OPS")
    read_back(world)
    assert f"Jira lets me do nothing with {issue}. Whoever runs Jira can let" in world.card(key).words
    world.cto.presses("Approve", on=world.card(key))
    world.deployed(key)
    world.advance(minutes=5)
    world.jira.hub.give_permission("OPS")
    world.advance(minutes=11)
    assert said(world, key) == ["Approved by cto", 'Deployed "v811" by dev']
    assert "Jira lets me do nothing" not in world.card(key).words


def test_follow_ups_become_issues_and_what_is_done_there_is_no_longer_owed_here(begin: Begin) -> None:
    world = begin(jira=True)
    key = reviewed(world, "yes-with-findings")
    follow = world.case(key).review.follow_ups[0]  # type: ignore[union-attr]
    issue = child(world, key, follow.id[:8])
    assert (issue["fields"]["summary"], issue["fields"]["duedate"]) == (
        f"Follow-up of {key}: add an alert",
        "2026-11-20",
    )
    assert issue["fields"]["assignee"]["displayName"] == "Dev"
    assert len(issue["fields"]["issuelinks"]) == 1
    assert f"Jira {issue['key']}, To Do" in world.dev.home.words
    world.jira.hub.set_status(issue["key"], "Done")
    read_back(world)
    assert "add an alert" not in world.dev.home_as_it_is.words
    assert world.line(key, f'Jira {issue["key"]} is done, and with it the follow-up "add an alert".')
    assert "1 follow-up, all done." in world.card(key).words
    world.passes(days=4, hours=9)
    world.tick()
    assert not [one for one in world.dev.dms if "Due today" in one.words]


def test_a_no_is_an_exception_until_it_is_put_right(begin: Begin) -> None:
    world = begin(jira=True)
    key = reviewed(world, "no")
    issue = child(world, key, "remediation")
    assert issue["fields"]["issuetype"]["name"] == "Bug"
    other = world.declare(broken="search is slow")
    assert f"{key} on payments is still to be put right: {issue['key']}, To Do." in world.card(other).words
    assert f"To be put right: {issue['key']}, To Do." in world.card(key).words
    assert "To be put right" in world.cto.home.words
    world.jira.hub.set_status(issue["key"], "Done")
    read_back(world)
    world.tick()
    assert "put right" not in world.card(key).words
    assert "To be put right" not in world.cto.home.words
    assert world.line(key, f"Jira {issue['key']} is done: what the review found is put right.")


def test_a_confidential_change_tells_jira_its_key_risk_and_people_only(begin: Begin) -> None:
    world = begin(jira=True)
    key = world.declare(confidential=["yes"])
    world.cto.presses("Approve", on=world.card(key))
    world.advance(minutes=1)
    everything = str(world.jira.hub.state()["issues"])
    assert f"{key}: confidential change" in everything
    for secret in ("checkout", "payments", "v811", "production"):
        assert secret not in everything
    assert said(world, key) == ["Approved by cto"]
