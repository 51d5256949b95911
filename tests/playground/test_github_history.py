"""What people do with code: commits and whose they are, merges, reviews; all without a server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.playground.github.history import changed_by, merge_base, only_in, reachable
from bot.playground.github.hub import Hub
from bot.playground.github.records import Commit, Pull, Repository
from tests.playground.small_github import REPO, small_hub


@pytest.fixture
def hub() -> Hub:
    """A small hub."""
    return small_hub()


def repository(hub: Hub) -> Repository:
    """Return what the hub remembers of the repository."""
    return hub.world.repository(REPO)


def commit(hub: Hub, ref: str) -> Commit:
    """Return a commit by SHA or branch."""
    return hub.world.commit(repository(hub), ref)


def pull(hub: Hub, number: int) -> Pull:
    """Return a pull request."""
    return hub.world.pull(REPO, number)


def test_branches_part_and_have_one_fork(hub: Hub) -> None:
    fork = commit(hub, "main").sha
    left = hub.commit(REPO, author="ada", branch="left")
    more = hub.commit(REPO, author="ada", branch="left")
    right = hub.commit(REPO, author="bob")
    repo = repository(hub)
    assert merge_base(repo, right, more) == fork
    assert only_in(repo, right, more) == [left, more]
    assert only_in(repo, more, right) == [right]
    hub.open_pull(REPO, author="ada", title="Left", branch="left")
    merged = hub.merge(REPO, 1, by="bob")
    assert commit(hub, merged).parents == (right, more)
    assert merge_base(repo, merged, more) == more
    assert only_in(repo, right, merged) == [left, more, merged]


def test_no_two_commits_are_the_same(hub: Hub) -> None:
    hub.branch(REPO, "other", "main")
    same = {"author": "ada", "message": "x"}
    assert hub.commit(REPO, **same, files={}) != hub.commit(REPO, **same, files={}, branch="other")


def test_many_hands_at_once(hub: Hub) -> None:
    def work(who: str) -> list[str]:
        return [hub.commit(REPO, author=who) for _ in range(25)]

    with ThreadPoolExecutor(4) as pool:
        made = [sha for shas in pool.map(work, ("ada", "bob") * 2) for sha in shas]
    repo = repository(hub)
    assert len(set(made)) == 100
    assert set(made) < set(reachable(repo, commit(hub, "main").sha))
    assert len(hub.deliveries) == 101


def test_files_are_added_changed_and_removed(hub: Hub) -> None:
    hub.commit(REPO, author="ada", files={"README.md": None, "src/app.py": "print(2)\n", "main.tf": "a\nb\n"})
    found = {one.path: (one.status, one.added, one.deleted) for one in changed_by(repository(hub), commit(hub, "main"))}
    assert found == {"README.md": ("removed", 0, 1), "src/app.py": ("modified", 1, 1), "main.tf": ("added", 2, 0)}


@pytest.mark.parametrize(
    ("email", "owner"),
    [("ada@acme.example", "ada"), ("ADA@acme.example", "ada"), ("eve@elsewhere.example", None)],
    ids=["verified", "in capitals", "nobody's"],
)
def test_whose_a_commit_is(hub: Hub, email: str, owner: str | None) -> None:
    hub.commit(REPO, author="bob", email=email)
    found = hub.world.owner_of(commit(hub, "main").author.email)
    assert (found and found.login) == owner


def test_the_address_github_gives_is_somebodys(hub: Hub) -> None:
    number = hub.world.account("bob").id
    found = hub.world.owner_of(f"{number}+bob@users.noreply.github.com")
    assert found is not None
    assert found.login == "bob"


def test_a_squash_keeps_who_else_wrote(hub: Hub) -> None:
    hub.commit(REPO, author="ada", branch="fees")
    hub.commit(REPO, author="bob", branch="fees", co_authors=["Eve Elm <eve@elsewhere.example>"])
    number = hub.open_pull(REPO, author="ada", title="Fees", branch="fees")
    sha = hub.merge(REPO, number, by="bob", method="squash")
    made = commit(hub, sha)
    assert (made.author.email, made.committer.email, len(made.parents)) == ("ada@acme.example", "noreply@github.com", 1)
    assert made.message.splitlines() == [
        "Fees (#1)",
        "",
        "Co-authored-by: Bob Hale <bob@acme.example>",
        "Co-authored-by: Eve Elm <eve@elsewhere.example>",
    ]
    assert made.files["app.py"] == commit(hub, "fees").files["app.py"]


def test_a_push_moves_the_pull_request_and_may_dismiss(hub: Hub) -> None:
    hub.protect(REPO, dismiss_stale=True)
    first = hub.commit(REPO, author="ada", branch="fees")
    number = hub.open_pull(REPO, author="ada", title="Fees", branch="fees")
    hub.review(REPO, number, by="bob")
    second = hub.commit(REPO, author="ada", branch="fees")
    given = pull(hub, number)
    assert (given.head_sha, given.base_sha) == (second, commit(hub, "main").sha)
    assert [(one.state, one.sha) for one in given.reviews] == [("DISMISSED", first)]


def test_a_review_may_stand_on_an_old_commit(hub: Hub) -> None:
    first = hub.commit(REPO, author="ada", branch="fees")
    number = hub.open_pull(REPO, author="ada", title="Fees", branch="fees")
    hub.commit(REPO, author="ada", branch="fees")
    hub.review(REPO, number, by="bob", sha=first)
    assert [(one.state, one.sha) for one in pull(hub, number).reviews] == [("APPROVED", first)]


def test_what_github_does_not_let_people_do(hub: Hub) -> None:
    hub.branch(REPO, "empty", "main")
    with pytest.raises(ValueError, match="no commits between"):
        hub.open_pull(REPO, author="ada", title="Empty", branch="empty")
    hub.commit(REPO, author="ada", branch="fees")
    number = hub.open_pull(REPO, author="ada", title="Fees", branch="fees")
    with pytest.raises(ValueError, match="their own"):
        hub.review(REPO, number, by="ada")
    hub.merge(REPO, number, by="ada")
    with pytest.raises(ValueError, match="is closed"):
        hub.merge(REPO, number, by="ada")
    for broken in (
        lambda: hub.commit(REPO, author="nobody"),
        lambda: hub.commit(REPO, author="Eve <eve@elsewhere.example>"),
        lambda: hub.commit("acme/nothing", author="ada"),
        lambda: hub.open_pull(REPO, author="ada", title="x", branch="nowhere"),
        lambda: hub.deploy(REPO, "0" * 40, "production", by="ada"),
    ):
        with pytest.raises(LookupError):
            broken()


def test_another_target_and_closing(hub: Hub) -> None:
    hub.branch(REPO, "release", "main")
    hub.commit(REPO, author="ada", branch="fees")
    number = hub.open_pull(REPO, author="ada", title="Fees", branch="fees")
    hub.retarget(REPO, number, "release", by="ada")
    assert (pull(hub, number).base, hub.deliveries[-1].event) == ("release", "pull_request")
    hub.close_pull(REPO, number, by="ada")
    assert (pull(hub, number).state, pull(hub, number).merged) == ("closed", None)
