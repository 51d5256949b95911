"""Real PyGithub reads the stand-in GitHub, and what it is told is as GitHub's official description says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from github import GithubException, UnknownObjectException

from bot.playground.github.asking import Ask
from bot.playground.github.refusal import GitHubError
from tests.needs import require
from tests.playground.small_github import REPO, Stage, stage


@pytest.fixture(scope="module")
def made() -> Iterator[Stage]:
    """A repository with a merged, an open and a squashed pull request; its answers are checked too."""
    require("specs")
    with stage(answers=True) as one:
        hub = one.hub
        hub.commit(
            REPO, author="ada", branch="feature/limits", message="Add limits", files={"src/limits.py": "x = 1\n"}
        )
        first = hub.open_pull(REPO, author="ada", title="Limits", branch="feature/limits")
        hub.review(REPO, first, by="bob")
        one.clocks.pass_by(timedelta(hours=1))
        hub.merge(REPO, first, by="bob")
        hub.commit(REPO, author="Eve <eve@elsewhere.example>", pusher="bob", branch="fees", message="Fees")
        hub.commit(REPO, author="ada", branch="fees", co_authors=["Bob Hale <bob@acme.example>"], message="More")
        hub.open_pull(REPO, author="bob", title="Fees", branch="fees")
        hub.tag(REPO, "v1", "main")
        yield one


def test_a_pull_request_and_what_is_around_it(made: Stage) -> None:
    repo = made.repository()
    pull = repo.get_pull(1)
    assert (pull.merged, pull.merged_by.login, pull.user.login, pull.base.ref) == (True, "bob", "ada", "main")
    assert [one.filename for one in pull.get_files()] == ["src/limits.py"]
    assert [one.commit.message for one in pull.get_commits()] == ["Add limits"]
    (review,) = pull.get_reviews()
    assert (review.user.login, review.state, review.commit_id) == ("bob", "APPROVED", pull.head.sha)
    assert [one.number for one in repo.get_pulls(state="open")] == [2]
    assert [one.number for one in repo.get_pulls(state="all", sort="updated", direction="desc")] == [2, 1]
    with pytest.raises(UnknownObjectException):
        repo.get_pull(9)


def test_commits_and_who_they_belong_to(made: Stage) -> None:
    repo = made.repository()
    merge, limits, begin = repo.get_commits()
    assert [one.commit.message.splitlines()[0] for one in (limits, begin)] == ["Add limits", "Begin"]
    assert (merge.author.login, merge.committer.login) == ("bob", "web-flow")
    assert [one.sha for one in merge.parents] == [begin.sha, limits.sha]
    assert [one.sha for one in repo.get_commits(since=merge.commit.committer.date)] == [merge.sha]
    more, fees = list(repo.get_commits(sha="fees"))[:2]
    assert fees.raw_data["author"] is None
    assert more.commit.message.endswith("\n\nCo-authored-by: Bob Hale <bob@acme.example>")
    assert [one.number for one in limits.get_pulls()] == [1]
    assert [one.number for one in more.get_pulls()] == [2]
    assert [one.number for one in begin.get_pulls()] == []
    with pytest.raises(GithubException) as caught:
        repo.get_commit("0" * 40)
    assert caught.value.status == 422


def test_a_commit_that_landed_belongs_to_what_was_merged(made: Stage) -> None:
    hub, name = made.hub, "acme/tools"
    hub.add_repository(name)
    hub.branch(name, "release", hub.commit(name, author="ada"))
    sha = hub.commit(name, author="ada", branch="fix")
    first = hub.open_pull(name, author="ada", title="Fix", branch="fix")
    second = hub.open_pull(name, author="ada", title="Fix the release", branch="fix", base="release")
    commit = made.repository(name).get_commit(sha)
    assert [one.number for one in commit.get_pulls()] == [first, second]
    hub.merge(name, first, by="bob")
    assert [one.number for one in commit.get_pulls()] == [first]


def test_comparisons_branches_tags_and_files(made: Stage) -> None:
    repo = made.repository()
    ahead = repo.compare("v1", "fees")
    assert (ahead.status, ahead.ahead_by, ahead.behind_by) == ("ahead", 2, 0)
    assert [one.filename for one in ahead.files] == ["app.py"]
    back = repo.compare("fees", "main")
    assert (back.status, back.behind_by, back.merge_base_commit.sha) == (
        "behind",
        2,
        repo.get_branch("main").commit.sha,
    )
    split = repo.compare("feature/limits", "fees")
    assert (split.status, split.ahead_by) == ("ahead", 3)
    assert repo.get_git_ref("tags/v1").object.sha == repo.get_git_ref("heads/main").object.sha
    one, listing = repo.get_contents("src/limits.py", ref="main"), repo.get_contents("")
    assert not isinstance(one, list)
    assert one.decoded_content == b"x = 1\n"
    assert isinstance(listing, list)
    assert {each.path: each.type for each in listing} == {"README.md": "file", "src": "dir"}
    with pytest.raises(UnknownObjectException):
        repo.compare("main", "nowhere")


def test_checks_and_statuses(made: Stage) -> None:
    hub, repo = made.hub, made.repository()
    sha = repo.get_branch("main").commit.sha
    assert repo.get_commit(sha).get_combined_status().state == "pending"
    hub.check(REPO, sha, "unit", None)
    hub.check(REPO, sha, "lint", "failure")
    commit = repo.get_commit(sha)
    assert {one.name: (one.status, one.conclusion) for one in commit.get_check_runs()} == {
        "unit": ("in_progress", None),
        "lint": ("completed", "failure"),
    }
    hub.check(REPO, sha, "unit")
    hub.check(REPO, sha, "lint")
    assert {one.name: one.conclusion for one in commit.get_check_runs()} == {"unit": "success", "lint": "success"}
    assert commit.get_check_runs(filter="all").totalCount == 3
    hub.status(REPO, sha, "legacy", "failure")
    assert commit.get_combined_status().state == "failure"
    hub.status(REPO, sha, "legacy")
    repo.get_commit(sha).create_status("pending", "http://127.0.0.1/x", "Waits for one", "countersign/production")
    assert commit.get_combined_status().state == "pending"
    assert next(one.creator.login for one in commit.get_statuses()) == "countersign[bot]"
    assert hub.commit_statuses(REPO, sha) == {
        "legacy": ("success", None),
        "countersign/production": ("pending", "Waits for one"),
    }
    with pytest.raises(GithubException) as caught:
        repo.get_commit("0" * 40).create_status("success")
    assert caught.value.status == 422


def test_branch_rules(made: Stage) -> None:
    hub, repo = made.hub, made.repository()
    with pytest.raises(GithubException) as caught:
        repo.get_branch("main").get_protection()
    assert (caught.value.status, caught.value.data["message"]) == (404, "Branch not protected")
    hub.protect(REPO, approvals=2, checks=["unit"], admins=False)
    rules = repo.get_branch("main").get_protection()
    assert (rules.required_pull_request_reviews.required_approving_review_count, rules.enforce_admins) == (2, False)
    assert rules.required_status_checks.contexts == ["unit"]
    hub.protect(REPO, approvals=None, checks=[])
    ask = repo.requester.requestJsonAndCheck
    raw = ask("GET", f"/repos/{REPO}/branches/main/protection")[1]
    assert "required_pull_request_reviews" not in raw
    assert ask("GET", f"/repos/{REPO}/rules/branches/main")[1] == []
    number = hub.ruleset(REPO, "main", ["pull_request", "required_status_checks", "non_fast_forward"])
    rules_now = ask("GET", f"/repos/{REPO}/rules/branches/main")[1]
    assert [one["type"] for one in rules_now] == ["pull_request", "required_status_checks", "non_fast_forward"]
    assert [one["id"] for one in ask("GET", f"/repos/{REPO}/rulesets")[1]] == [number]
    hub.unprotect(REPO)
    assert not repo.get_branch("main").protected


def test_deployments_environments_people_and_limits(made: Stage) -> None:
    hub, repo = made.hub, made.repository()
    sha = repo.get_branch("main").commit.sha
    first = hub.deploy(REPO, sha, "staging", by="ada", url="http://127.0.0.1/staging")
    second = hub.deploy(REPO, sha, "staging", by="ada")
    assert [one.id for one in repo.get_deployments(environment="staging", sha=sha)] == [second, first]
    assert [one.state for one in repo.get_deployment(first).get_statuses()] == ["inactive", "success"]
    mine = repo.create_deployment("main", environment="qa", auto_merge=False, required_contexts=[])
    mine.create_status("in_progress", target_url="http://127.0.0.1/log")
    assert [(one.state, one.creator.login) for one in mine.get_statuses()] == [("in_progress", "countersign[bot]")]
    assert {one.name for one in repo.get_environments()} >= {"production", "staging", "qa"}
    assert repo.get_environment("production").name == "production"
    rules = repo.requester.requestJsonAndCheck(
        "GET", f"/repos/{REPO}/environments/production/deployment_protection_rules"
    )[1]
    assert [one["app"]["slug"] for one in rules["custom_deployment_protection_rules"]] == ["countersign"]
    client = made.client()
    assert (client.get_user("ada").email, client.get_user("bob").email) == ("ada@acme.example", None)
    assert client.get_rate_limit().rate.limit == 5000
    hub.permit(REPO, "bob", "admin")
    assert [repo.get_collaborator_permission(one) for one in ("ada", "bob")] == ["write", "admin"]
    assert made.integration().get_repo_installation("acme", "payments").id == 4711


def test_lists_come_in_pages(made: Stage) -> None:
    hub, repo = made.hub, made.repository()
    sha = hub.commit(REPO, author="ada", branch="paged")
    for number in range(35):
        hub.status(REPO, sha, f"context {number}")
    before = len(hub.calls)
    assert len(list(repo.get_commit(sha).get_statuses())) == 35
    assert [one.path.rpartition("/")[2] for one in hub.calls[before:]] == [sha] * 3
    headers, page = repo.requester.requestJsonAndCheck(
        "GET", f"/repos/{REPO}/commits/{sha}/statuses", parameters={"per_page": 10, "page": 2}
    )
    assert [one["context"] for one in page] == [f"context {number}" for number in range(24, 14, -1)]
    for relation, to in {"prev": 1, "first": 1, "next": 3, "last": 4}.items():
        assert re.search(f'[?&]page={to}[^>]*>; rel="{relation}"', headers["link"])


@pytest.mark.parametrize(
    ("query", "page"),
    [({}, (1, 30)), ({"per_page": "500", "page": "2"}, (2, 100)), ({"per_page": "0", "page": "0"}, (1, 30))],
    ids=["unasked", "too many", "none"],
)
def test_how_long_a_page_is(query: dict[str, str], page: tuple[int, int]) -> None:
    assert Ask({}, query, {}).paging() == page
    with pytest.raises(GitHubError):
        Ask({}, {"page": "last"}, {}).paging()
