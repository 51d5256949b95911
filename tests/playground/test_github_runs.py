"""Pipelines that wait for a protection rule: what lets them go on, and what ends them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from github import GithubException

from bot.playground.github.faults import Fault
from tests.playground.small_github import REPO, Stage, stage


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    """One server for all; each test starts runs of its own."""
    with stage(answers=True) as one:
        yield one


@pytest.fixture
def made(served: Stage) -> Iterator[Stage]:
    """The served hub without anybody's faults."""
    yield served
    served.hub.faults.clear()


def say(
    made: Stage, run: int, comment: str = "Approved by Bob", state: str | None = None, where: str = "production"
) -> int:
    """Give the App's word on a run, and return the HTTP status."""
    body: dict[str, Any] = {"environment_name": where, "comment": comment}
    path = f"/repos/{REPO}/actions/runs/{run}/deployment_protection_rule"
    try:
        made.client().requester.requestJsonAndCheck("POST", path, input=body | ({"state": state} if state else {}))
    except GithubException as refused:
        return refused.status
    return 204


def events(made: Stage, since: int) -> list[str]:
    """Return the webhooks since there were `since`."""
    return [one.event for one in made.hub.deliveries[since:]]


def test_a_run_waits_and_goes_on_when_it_may(made: Stage) -> None:
    hub, repo, before = made.hub, made.repository(), len(made.hub.deliveries)
    run = hub.run(REPO, "main", by="ada")
    assert hub.run_state(REPO, run) == "waiting"
    assert events(made, before) == ["workflow_run", "deployment", "deployment_protection_rule"]
    assert run in [one.id for one in repo.get_workflow_runs(status="waiting")]
    seen = repo.get_workflow_run(run)
    assert (seen.status, seen.actor.login, seen.event) == ("waiting", "ada", "push")
    assert seen.raw_data["conclusion"] is None
    assert seen.head_sha == repo.get_branch("main").commit.sha
    pending = repo.requester.requestJsonAndCheck("GET", f"/repos/{REPO}/actions/runs/{run}/pending_deployments")[1]
    assert [one["environment"]["name"] for one in pending] == ["production"]
    before = len(hub.deliveries)
    assert say(made, run, state="approved") == 204
    assert hub.run_state(REPO, run) == "completed:success"
    assert events(made, before) == ["workflow_run", "deployment_status", "deployment_status", "workflow_run"]
    (deployment,) = [one for one in repo.get_deployments(environment="production") if one.sha == seen.head_sha][:1]
    assert [one.state for one in deployment.get_statuses()] == ["success", "in_progress"]
    history = repo.requester.requestJsonAndCheck("GET", f"/repos/{REPO}/actions/runs/{run}/approvals")[1]
    assert [(one["state"], one["user"]["login"]) for one in history] == [("approved", "countersign[bot]")]
    assert say(made, run, state="approved") == 422


def test_ten_reports_and_no_more(made: Stage) -> None:
    run = made.hub.run(REPO, "main", by="ada")
    assert [say(made, run, f"Waits for {number}") for number in range(11)] == [204] * 10 + [422]
    assert made.hub.reports(REPO, run) == [f"Waits for {number}" for number in range(10)]
    assert say(made, run, state="rejected") == 204
    assert made.hub.run_state(REPO, run) == "completed:failure"
    assert [one["state"] for one in made.hub.approvals(REPO, run)] == ["rejected"]


@pytest.mark.parametrize(
    ("comment", "state", "where", "status"),
    [
        ("", "perhaps", "production", 422),
        ("x" * 1025, "approved", "production", 422),
        ("", "approved", "nowhere", 404),
        ("", "approved", "staging", 422),
    ],
    ids=["no such verdict", "too long", "no such environment", "another environment"],
)
def test_words_that_are_refused(made: Stage, comment: str, state: str, where: str, status: int) -> None:
    made.hub.environment(REPO, "staging", custom_rule=False)
    run = made.hub.run(REPO, "main", by="ada")
    asked = len(made.violations)
    assert say(made, run, comment, state, where) == status
    del made.violations[asked:]  # some of these the description forbids as well
    assert made.hub.run_state(REPO, run) == "waiting"


def test_the_job_that_fails_and_the_job_that_takes_its_time(made: Stage) -> None:
    hub = made.hub
    failing = hub.run(REPO, "main", by="ada", outcome="failure")
    assert say(made, failing, state="approved") == 204
    assert hub.run_state(REPO, failing) == "completed:failure"
    slow = hub.run(REPO, "main", by="ada", outcome=None)
    with pytest.raises(ValueError, match="is waiting"):
        hub.finish(REPO, slow)
    assert say(made, slow, state="approved") == 204
    assert hub.run_state(REPO, slow) == "in_progress"
    hub.finish(REPO, slow)
    assert hub.run_state(REPO, slow) == "completed:success"


def test_without_a_rule_nothing_waits(made: Stage) -> None:
    made.hub.environment(REPO, "staging", custom_rule=False)
    run = made.hub.run(REPO, "main", environment="staging", by="ada")
    assert made.hub.run_state(REPO, run) == "completed:success"
    assert say(made, run, state="approved", where="staging") == 422


def test_the_race_in_which_there_is_nothing_to_approve_yet(made: Stage) -> None:
    run = made.hub.run(REPO, "main", by="ada")
    made.hub.faults.add(Fault("nothing_to_approve", times=2))
    assert made.repository().get_workflow_run(run).status == "waiting"
    assert [say(made, run, state="approved") for _ in range(3)] == [422, 422, 204]
    assert made.hub.run_state(REPO, run) == "completed:success"


def test_an_administrator_goes_past_it_where_that_is_allowed(made: Stage) -> None:
    hub = made.hub
    run = hub.run(REPO, "main", by="ada")
    with pytest.raises(PermissionError):
        hub.admin_bypass(REPO, run, "bob")
    hub.environment(REPO, "production", can_admins_bypass=True)
    hub.admin_bypass(REPO, run, "bob")
    hub.environment(REPO, "production")
    assert hub.run_state(REPO, run) == "completed:success"
    history = made.repository().requester.requestJsonAndCheck("GET", f"/repos/{REPO}/actions/runs/{run}/approvals")[1]
    assert [(one["state"], one["user"]["login"]) for one in history] == [("approved", "bob")]


def test_a_cancelled_run_takes_no_verdict(made: Stage) -> None:
    run = made.hub.run(REPO, "main", by="ada")
    made.hub.cancel(REPO, run)
    assert made.hub.run_state(REPO, run) == "cancelled"
    assert made.repository().get_workflow_run(run).conclusion == "cancelled"
    assert say(made, run, state="approved") == 422
    with pytest.raises(ValueError, match="has ended"):
        made.hub.cancel(REPO, run)


def test_after_thirty_days_it_fails(made: Stage) -> None:
    run = made.hub.run(REPO, "main", by="ada")
    made.clocks.pass_by(timedelta(days=30))
    assert made.hub.run_state(REPO, run) == "waiting"
    made.clocks.pass_by(timedelta(seconds=1))
    assert made.repository().get_workflow_run(run).conclusion == "failure"


def test_a_push_can_come_just_before_the_verdict(made: Stage) -> None:
    run = made.hub.run(REPO, "main", by="ada")
    came: list[str] = []

    def push(method: str, path: str) -> None:
        if path.endswith("/deployment_protection_rule") and not came:
            came.append(made.hub.commit(REPO, author="bob"))

    made.hub.before_request(push)
    assert say(made, run, state="approved") == 204
    assert made.repository().get_branch("main").commit.sha == came[0]
    assert made.repository().get_workflow_run(run).head_sha != came[0]


def test_runs_are_found_by_time(made: Stage) -> None:
    repo = made.repository()
    made.clocks.pass_by(timedelta(days=1))
    run = made.hub.run(REPO, "main", by="bob")
    day = made.clocks.now.strftime("%Y-%m-%d")
    later = (made.clocks.now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for created in (day, f">={day}", f"{day}..*", f"2020-01-01..{later}", f"<={later}"):
        assert run in [one.id for one in repo.get_workflow_runs(created=created)]
    for created in (f">={later}", "2020-01-01", "*..2020-01-01", f"<={day}T00:00:00Z"):
        assert run not in [one.id for one in repo.get_workflow_runs(created=created)]
