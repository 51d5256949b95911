"""What goes wrong between the app and the stand-in GitHub, as PyGithub meets it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests
from github import GithubException, RateLimitExceededException, UnknownObjectException

from bot.playground.github.faults import Fault
from tests.playground.small_github import REPO, Stage, stage

BRANCH = f"/repos/{REPO}/branches/main"


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    """One server for all."""
    with stage(checks=False) as one:
        yield one


@pytest.fixture
def made(served: Stage) -> Iterator[Stage]:
    """The served hub; faults end with the test."""
    served.repository()
    yield served
    served.hub.faults.clear()


def ask(made: Stage, path: str = BRANCH) -> int:
    """Ask and return the HTTP status; 0 when the connection was cut."""
    try:
        made.client().requester.requestJsonAndCheck("GET", path)
    except GithubException as refused:
        return refused.status
    except requests.ConnectionError:
        return 0
    return 200


def test_an_outage_lasts_until_it_is_cleared(made: Stage) -> None:
    made.hub.faults.add(Fault("outage"))
    assert [ask(made), ask(made)] == [503, 503]
    made.hub.faults.clear()
    assert ask(made) == 200


@pytest.mark.parametrize(
    ("path", "hit", "spared"),
    [
        (BRANCH, BRANCH, f"/repos/{REPO}"),
        ("/repos/acme", BRANCH, "/users/ada"),
        ("*/branches/*", BRANCH, f"/repos/{REPO}/commits"),
    ],
    ids=["a path", "a beginning", "a pattern"],
)
def test_a_fault_is_where_it_is_put(made: Stage, path: str, hit: str, spared: str) -> None:
    made.hub.faults.add(Fault("outage", path))
    assert (ask(made, hit), ask(made, spared)) == (503, 200)


@pytest.mark.parametrize(
    ("kind", "error"), [("forbidden", GithubException), ("missing", UnknownObjectException)], ids=["403", "404"]
)
def test_what_the_app_may_not_see(made: Stage, kind: str, error: type[GithubException]) -> None:
    made.hub.protect(REPO)
    repo = made.repository()
    branch = repo.get_branch("main")
    made.hub.faults.add(Fault(kind, "*/protection", times=1))
    with pytest.raises(error) as caught:
        branch.get_protection()
    assert caught.value.status == {"forbidden": 403, "missing": 404}[kind]
    assert branch.get_protection().enforce_admins


def test_a_rate_limit_says_when_it_ends(made: Stage) -> None:
    made.hub.faults.add(Fault("rate_limited", times=1, retry_after=7))
    with pytest.raises(RateLimitExceededException) as caught:
        made.client().get_user("ada")
    headers = caught.value.headers or {}
    assert (caught.value.status, headers["retry-after"], headers["x-ratelimit-remaining"]) == (403, "7", "0")
    assert 0 < int(headers["x-ratelimit-reset"]) - time.time() <= 7
    assert ask(made) == 200


def test_a_delay(made: Stage) -> None:
    made.hub.faults.add(Fault("delay", BRANCH, times=1, seconds=0.1))
    began = time.monotonic()
    assert ask(made) == 200
    assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize(("kind", "done"), [("reset_before", 0), ("reset_after", 1)])
def test_a_cut_connection_hides_whether_it_was_done(made: Stage, kind: str, done: int) -> None:
    sha = made.repository().get_branch("main").commit.sha
    before = len(made.hub.world.repository(REPO).statuses)
    made.hub.faults.add(Fault(kind, times=1, method="POST"))
    commit = made.repository().get_commit(sha)
    with pytest.raises(requests.ConnectionError):
        commit.create_status("success")
    assert len(made.hub.world.repository(REPO).statuses) - before == done
    assert (made.hub.calls[-1].method, made.hub.calls[-1].status) == ("POST", 0)


def test_a_fault_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="'sunspots'"):
        Fault("sunspots")


def test_every_request_is_kept(made: Stage) -> None:
    before = len(made.hub.calls)
    ask(made, f"{BRANCH}?per_page=1")
    ask(made, "/repos/acme/nothing")
    kept = [(one.method, one.path, one.status) for one in made.hub.calls[before:]]
    assert kept == [("GET", BRANCH, 200), ("GET", "/repos/acme/nothing", 404)]
