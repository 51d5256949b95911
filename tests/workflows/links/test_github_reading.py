"""One reading of everything a decision rests on, through the link, from the stand-in GitHub."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.playground.github.faults import Fault
from tests.playground.small_github import REPO
from tests.workflows.links.linked import Linked, linked
from workflows.change import Relation
from workflows.links import Rejected, Unavailable
from workflows.reading import CheckState, Environment, Live, Opinion, Part, Reading


@pytest.fixture
def at() -> Iterator[Linked]:
    """A link to a hub where the first commit is live."""
    with linked() as made:
        made.hub.deploy(REPO, made.tip, "production", by="bob")
        yield made


def read(at: Linked, ref: str = "main", **given: Any) -> Reading:
    return at.link.read(REPO, ref, "production", **given)


def hands(reading: Reading) -> set[tuple[str, str | None]]:
    return {(hand.relation.value, hand.login) for hand in reading.hands}


def test_everything_is_read_at_once(at: Linked) -> None:
    live = at.tip
    sha = at.lands()
    at.hub.check(REPO, sha, "unit")
    at.hub.status(REPO, sha, "ci/legacy", "failure")
    at.hub.deploy(REPO, sha, "staging", by="bob")
    at.hub.protect(REPO)

    got = read(at)

    assert (got.ref, got.sha, got.head) == ("main", sha, sha)
    assert got.live is not None
    assert (got.live.sha, got.total, got.behind) == (live, 2, False)
    assert [(one.login, one.pull) for one in got.commits] == [("ada", 1), ("bob", 1)]
    assert [(one.number, one.login, one.merged, one.base) for one in got.pulls] == [(1, "ada", True, "main")]
    assert [(one.login, one.opinion, one.sha) for one in got.reviews] == [("bob", Opinion.APPROVED, got.pulls[0].head)]
    states = {one.name: (one.state, one.source) for one in got.checks}
    assert states == {"unit": (CheckState.PASSED, "check"), "ci/legacy": (CheckState.FAILED, "status")}
    assert [(one.environment, one.state) for one in got.staging] == [("staging", "success")]
    assert got.branch is not None
    assert (got.branch.protected, got.branch.approvals, got.branch.checks) == (True, 1, ("unit",))
    assert got.target == Environment("production", gated=True, admins_bypass=False)
    assert got.paths == ("src/1.py",)
    assert got.unknown == {}


def test_the_reviewer_who_pressed_merge_has_no_hand_in_it(at: Linked) -> None:
    at.lands()
    assert hands(read(at)) == {("author", "ada"), ("committer", "ada"), ("last-pusher", "ada")}


def test_a_squash_hides_nobody_who_wrote_what_it_holds(at: Linked) -> None:
    at.hub.add_account("eve", "Eve Moss", "eve@acme.example")
    at.hub.commit(REPO, author="eve", branch="x", message="One\n\nCo-authored-by: Bob Hale <bob@acme.example>")
    at.hub.commit(REPO, author="ada", branch="x")
    at.hub.merge(REPO, at.hub.open_pull(REPO, author="ada", title="T", branch="x"), by="bob", method="squash")
    found = hands(read(at))
    assert {("author", "eve"), ("author", "ada"), ("last-pusher", "ada")} <= found
    assert ("co-author", None) in found


def test_a_commit_that_no_pull_request_brought_is_marked(at: Linked) -> None:
    at.lands()
    direct = at.hub.commit(REPO, author="bob")
    assert {one.sha: one.pull for one in read(at).commits}[direct] == 0


def test_who_pushed_last_is_whom_the_webhook_named(at: Linked) -> None:
    sha = at.hub.commit(REPO, author="ada", pusher="bob")
    assert ("last-pusher", "ada") in hands(read(at))
    assert ("last-pusher", "bob") in hands(read(at, pushers={sha: "bob"}))


@pytest.mark.parametrize(("level", "counts"), [("none", 0), ("read", 0), ("write", 1), ("maintain", 1), ("admin", 1)])
def test_only_a_review_by_somebody_who_may_write_counts(at: Linked, level: str, counts: int) -> None:
    at.lands()
    at.hub.permit(REPO, "bob", level)
    got = read(at)
    assert (len(got.reviews), got.unknown) == (counts, {})


def test_a_review_stands_on_the_commit_it_was_given_on(at: Linked) -> None:
    old = at.hub.commit(REPO, author="ada", branch="x")
    number = at.hub.open_pull(REPO, author="ada", title="T", branch="x")
    at.hub.review(REPO, number, by="bob")
    new = at.hub.commit(REPO, author="ada", branch="x")
    at.hub.merge(REPO, number, by="bob")
    got = read(at)
    assert (got.reviews[0].sha, got.pulls[0].head) == (old, new)


def test_an_open_pull_request_is_found_by_its_branch_with_slashes(at: Linked) -> None:
    sha = at.hub.commit(REPO, author="ada", branch="feature/a/b")
    at.hub.open_pull(REPO, author="ada", title="T", branch="feature/a/b")
    got = read(at, "feature/a/b")
    assert (got.sha, [one.pull for one in got.commits], got.pulls[0].merged) == (sha, [1], False)


def test_a_tag_and_a_sha_are_refs_too(at: Linked) -> None:
    sha = at.lands()
    at.hub.tag(REPO, "v1", sha)
    refs = ("v1", "refs/tags/v1", "refs/heads/main", sha, sha[:9])
    assert {at.link.resolve(REPO, ref) for ref in refs} == {sha}


def test_going_back_names_what_is_taken_away(at: Linked) -> None:
    first = at.tip
    at.hub.deploy(REPO, at.lands(), "production", by="bob")
    got = read(at, first)
    assert (got.behind, got.total, [one.sha for one in got.commits]) == (True, 0, [first])
    assert got.paths == ("src/1.py",)


def test_a_deployment_that_failed_or_runs_is_not_live(at: Linked) -> None:
    live = at.tip
    sha = at.lands()
    at.hub.deploy(REPO, sha, "production", by="bob", state="failure")
    at.hub.deploy(REPO, sha, "production", by="bob", state="in_progress")
    at.hub.deploy(REPO, sha, "production", by="bob", state=None)
    got = read(at)
    assert got.live is not None
    assert got.live.sha == live


def test_where_nothing_was_live_the_paths_are_unknown(at: Linked) -> None:
    sha = at.lands()
    got = at.link.read(REPO, "main", "eu", staging=())
    assert (got.live, [one.sha for one in got.commits], got.unknown[Part.PATHS]) == (None, [sha], "nothing-live")
    assert got.staging == ()


def test_what_a_pipeline_reported_stands_in_for_a_deployment(at: Linked) -> None:
    first = at.tip
    at.lands()
    got = at.link.read(REPO, "main", "eu", since_sha=first)
    assert (got.live, got.total, got.paths) == (Live(first), 2, ("src/1.py",))
    assert Part.PATHS not in got.unknown


def test_a_deployment_that_somebody_told_github_of_hides_nobody(at: Linked) -> None:
    first = at.tip
    middle = at.lands(author="bob", by="ada")
    at.hub.deploy(REPO, middle, "production", by="bob")  # nothing of it stands in the record
    at.lands(author="ada")
    assert {login for _, login in hands(read(at))} == {"ada"}
    got = read(at, since_sha=first)
    assert (got.live, {login for _, login in hands(got)}) == (Live(first), {"ada", "bob"})


def test_hands_carry_the_number_of_the_account(at: Linked) -> None:
    at.lands()
    ada = at.link.account_of("ADA")
    assert ada
    assert {(hand.login, hand.account) for hand in read(at).hands} == {("ada", ada)}
    assert at.link.account_of("nobody-here") is None


def test_githubs_word_is_taken_where_the_commit_of_the_record_is_gone(at: Linked) -> None:
    first = at.tip
    at.lands()
    got = read(at, since_sha="f" * 40)
    assert (got.live.sha if got.live else "", got.total, got.unknown) == (first, 2, {})


FAR = {Part.COMMITS, Part.PULLS, Part.REVIEWS, Part.PATHS}
FAULTS = [
    ("*/check-runs", {Part.CHECKS}),
    ("*/status", {Part.CHECKS}),
    ("*/reviews", {Part.REVIEWS}),
    ("*/collaborators/bob/permission", {Part.REVIEWS}),
    ("*/pulls/1/commits", {Part.PULLS}),
    ("*/commits/*/pulls", {Part.PULLS}),
    ("*/compare/*", FAR),
    ("*/environments/*", {Part.ENVIRONMENT}),
    ("*/protection", {Part.BRANCH}),
    ("*/rules/branches/*", {Part.BRANCH}),
    ("*/deployments", {*FAR, Part.STAGING}),
]


def test_what_cannot_be_read_is_unknown_and_nothing_else(at: Linked) -> None:
    at.lands()
    for n, (path, parts) in enumerate(FAULTS):
        kind, why = ("forbidden", "403") if n % 2 else ("outage", "503")
        at.hub.faults.add(Fault(kind, path=path))
        with at.anew() as link:
            got = link.read(REPO, "main", "production")
        at.hub.faults.clear()
        assert got.unknown == dict.fromkeys(parts, why), path
        assert got.branch is None or got.branch.protected is not True
    assert read(at).unknown == {}


def test_a_404_of_a_branchs_rules_is_unknown_and_only_githubs_own_word_is_unprotected(at: Linked) -> None:
    got = read(at)
    assert got.branch is not None
    assert (got.branch.protected, Part.BRANCH in got.unknown) == (False, False)
    at.hub.faults.add(Fault("missing", path="*/protection"))
    got = read(at)
    assert got.branch is not None
    assert (got.branch.protected, got.unknown[Part.BRANCH]) == (None, "404")


def test_a_ruleset_that_asks_for_a_review_is_enough(at: Linked) -> None:
    rule = {"type": "pull_request", "parameters": {"required_approving_review_count": 1}}
    at.hub.ruleset(REPO, "main", [rule])
    at.hub.faults.add(Fault("forbidden", path="*/protection"))
    got = read(at)
    assert got.branch is not None
    assert (got.branch.protected, got.branch.approvals, got.unknown) == (True, 1, {})


@pytest.mark.parametrize(
    ("repository", "ref", "why"),
    [(REPO, "nowhere", "unknown-ref"), ("acme/nothing", "main", "not-installed"), (REPO, "a..b", "not-a-ref")],
)
def test_what_is_not_there_is_rejected(at: Linked, repository: str, ref: str, why: str) -> None:
    with pytest.raises(Rejected) as no:
        at.link.read(repository, ref, "production")
    assert no.value.why == why


def test_github_down_is_unavailable(at: Linked) -> None:
    at.hub.faults.add(Fault("outage"))
    with pytest.raises(Unavailable) as no:
        read(at)
    assert no.value.why == "503"


def test_more_commits_than_a_page_holds_are_all_read(at: Linked) -> None:
    for number in range(101):
        at.hub.commit(REPO, author="ada", files={f"f{number % 5}": str(number)})
    got = read(at)
    assert (got.total, len(got.commits), got.commits[-1].sha, got.unknown) == (101, 101, got.sha, {})


def test_a_second_reading_asks_only_what_may_have_changed(at: Linked) -> None:
    for method in ("merge", "squash", "merge"):
        at.lands(method=method)
    asked = at.link.asked
    first = read(at)
    cold = at.link.asked - asked
    assert read(at) == first
    warm = at.link.asked - asked - cold
    assert (cold, warm) == (22, 15)
    paths = [call.path for call in at.hub.calls[-warm:]]
    assert not [path for path in paths if "/compare/" in path or path.endswith(("/commits", "/pulls"))]


@pytest.mark.parametrize("merged", [False, True], ids=["between two commits", "in a merged pull request"])
def test_whose_address_becomes_known_later_is_learnt_at_the_next_reading(at: Linked, merged: bool) -> None:
    """What is kept in memory must not hide an author: the address is added to an account after the first reading."""
    at.hub.deploy(REPO, at.lands(), "production", by="ada", state="success")
    branch = "feature/late" if merged else "main"
    at.hub.commit(REPO, author="ada", branch=branch, email="late@example.com", files={"late.py": "1"})
    if merged:
        at.hub.merge(REPO, at.hub.open_pull(REPO, author="bob", title="Late", branch=branch), by="bob", method="squash")
    at.hub.commit(REPO, author="ada", files={"after.py": "1"})

    assert "late-gh" not in {hand.login for hand in read(at).hands}
    at.hub.add_account("late-gh", "Late", "late@example.com")
    assert "late-gh" in {hand.login for hand in read(at).hands}


def test_two_hands_of_one_name_and_relation_are_one(at: Linked) -> None:
    at.hub.commit(REPO, author="ada")
    at.hub.commit(REPO, author="ada")
    pushed = [hand for hand in read(at).hands if hand.relation is Relation.AUTHOR]
    assert [(hand.login, hand.email) for hand in pushed] == [("ada", "ada@acme.example")]
