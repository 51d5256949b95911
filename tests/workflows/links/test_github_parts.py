"""GitHub's answers → parts of a reading, as tables: what counts as passed, as a review, as protected, as a hand."""

from typing import Any

import pytest

from workflows.change import Relation
from workflows.links.github_hands import Line, distinct, last_pusher, line, of_merge
from workflows.links.github_parts import branch, checks, chosen, environment, opinions, paths
from workflows.reading import CheckState, Hand, Opinion

SHA = "a" * 40
SITE = {"name": "GitHub", "email": "noreply@github.com"}
WEB_FLOW = {"login": "web-flow", "type": "User"}


def run(name: str = "unit", conclusion: str | None = "success", id: int = 1, app: int = 1) -> dict[str, Any]:
    return {
        "id": id,
        "name": name,
        "app": {"id": app},
        "status": "in_progress" if conclusion is None else "completed",
        "conclusion": conclusion,
        "completed_at": "2026-03-02T09:00:00Z",
    }


def status(context: str, state: str) -> dict[str, Any]:
    return {"context": context, "state": state, "updated_at": "2026-03-02T09:00:00Z"}


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [
        ("success", CheckState.PASSED),
        ("neutral", CheckState.PASSED),
        ("skipped", CheckState.PASSED),
        (None, CheckState.RUNNING),
        ("failure", CheckState.FAILED),
        ("cancelled", CheckState.FAILED),
        ("timed_out", CheckState.FAILED),
        ("action_required", CheckState.FAILED),
        ("stale", CheckState.FAILED),
        ("something new", CheckState.FAILED),
    ],
)
def test_a_check_passed_only_when_github_says_so(conclusion: str | None, state: CheckState) -> None:
    assert [one.state for one in checks([run(conclusion=conclusion)], [])] == [state]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("success", CheckState.PASSED),
        ("pending", CheckState.RUNNING),
        ("failure", CheckState.FAILED),
        ("error", CheckState.FAILED),
    ],
)
def test_a_legacy_status_counts_as_well(said: str, state: CheckState) -> None:
    assert [(one.state, one.source) for one in checks([], [status("ci", said)])] == [(state, "status")]


def test_the_latest_run_of_a_name_counts() -> None:
    assert [c.state for c in checks([run(conclusion="failure"), run(id=2)], [])] == [CheckState.PASSED]


def test_of_two_sources_under_one_name_the_worst_stands_last() -> None:
    found = checks([run(app=1, conclusion="failure"), run(app=2, id=2)], [status("unit", "success")])
    assert {one.name: one.state for one in found} == {"unit": CheckState.FAILED}


def review(login: str, state: str, sha: str = SHA) -> dict[str, Any]:
    user = {"login": login} if login else None
    return {"user": user, "state": state, "commit_id": sha, "submitted_at": "2026-03-02T09:00:00Z"}


@pytest.mark.parametrize(
    ("states", "opinion"),
    [
        (["APPROVED"], Opinion.APPROVED),
        (["APPROVED", "COMMENTED"], Opinion.APPROVED),
        (["COMMENTED", "APPROVED"], Opinion.APPROVED),
        (["APPROVED", "CHANGES_REQUESTED"], Opinion.CHANGES),
        (["CHANGES_REQUESTED", "APPROVED"], Opinion.APPROVED),
        (["APPROVED", "DISMISSED"], Opinion.DISMISSED),
        (["COMMENTED"], Opinion.COMMENTED),
        (["APPROVED", "PENDING"], Opinion.APPROVED),
    ],
)
def test_the_last_word_of_a_reviewer_counts(states: list[str], opinion: Opinion) -> None:
    assert [one.opinion for one in opinions(7, [review("bob", state) for state in states])] == [opinion]


def test_a_review_by_an_account_that_is_gone_is_nobodys() -> None:
    assert opinions(7, [review("", "APPROVED")]) == ()


CLASSIC = {
    "enforce_admins": {"enabled": True},
    "required_pull_request_reviews": {"required_approving_review_count": 2},
    "required_status_checks": {"contexts": ["unit"]},
}
RULE = {"type": "pull_request", "parameters": {"required_approving_review_count": 1}}


@pytest.mark.parametrize(
    ("rules", "classic", "protected", "approvals"),
    [
        ([], {}, False, 0),
        ([], CLASSIC, True, 2),
        ([RULE], {}, True, 1),
        ([RULE], CLASSIC, True, 2),
        ([RULE], None, True, 1),
        (None, CLASSIC, True, 2),
        ([], None, None, None),
        (None, {}, None, None),
        (None, None, None, None),
        ([{"type": "deletion"}], {}, False, 0),
    ],
    ids=[
        *("nothing", "classic", "ruleset", "both", "ruleset, classic unread", "classic, ruleset unread"),
        *("no ruleset, classic unread", "no classic, rulesets unread", "nothing read", "a rule about something else"),
    ],
)
def test_unprotected_is_only_what_was_wholly_read(
    rules: list[Any] | None, classic: dict[str, Any] | None, protected: bool | None, approvals: int | None
) -> None:
    found = branch("main", rules, classic)
    assert (found.protected, found.approvals) == (protected, approvals)


def test_only_our_own_enabled_rule_gates_an_environment() -> None:
    def rules(app: int, enabled: bool = True) -> list[dict[str, Any]]:
        return [{"enabled": enabled, "app": {"id": app, "client_id": "Iv1.abc"}}]

    found = {"can_admins_bypass": False}
    assert environment("production", found, rules(12345), "12345").gated is True
    assert environment("production", found, rules(12345), "Iv1.abc").gated is True
    assert environment("production", found, rules(9), "12345").gated is False
    assert environment("production", found, rules(12345, enabled=False), "12345").gated is False
    assert environment("production", {}, [], "12345").admins_bypass is None


def test_a_renamed_file_changes_both_paths() -> None:
    assert paths([{"filename": "b.tf", "previous_filename": "a.tf"}, {"filename": "b.tf"}]) == ("b.tf", "a.tf")


def test_the_pull_request_of_a_commit_is_the_one_merged_into_the_default_branch() -> None:
    def one(number: int, base: str, merged: bool = True) -> dict[str, Any]:
        return {
            "number": number,
            "base": {"ref": base},
            "merged_at": "t" if merged else None,
            "state": "closed" if merged else "open",
        }

    assert chosen([one(1, "develop"), one(2, "main")], "main") == one(2, "main")
    assert chosen([one(3, "main", merged=False), one(1, "develop")], "main") == one(1, "develop")
    assert chosen([], "main") is None


def commit(message: str = "Fix", *, verified: bool = False, parents: int = 1, **given: Any) -> dict[str, Any]:
    made = {
        "sha": SHA,
        "author": {"login": "ada", "type": "User"},
        "committer": {"login": "ada", "type": "User"},
        "parents": [{"sha": "b" * 40}] * parents,
    } | {key: value for key, value in given.items() if key in ("author", "committer")}
    git = {
        "message": message,
        "author": given.get("by", {"name": "Ada", "email": "Ada@acme.example"}),
        "committer": given.get("through", {"name": "Ada", "email": "ada@acme.example"}),
        "verification": {"verified": verified},
    }
    return made | {"commit": git}


def hands(one: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [(hand.relation.value, hand.login, hand.email) for hand in line(one).hands]


ADA = [("author", "ada", "ada@acme.example"), ("committer", "ada", "ada@acme.example")]
BOT = {"login": "renovate[bot]", "type": "Bot"}
BOT_MAIL = {"name": "r", "email": "1+renovate[bot]@users.noreply.github.com"}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (commit(), ADA),
        (commit(author=None), [("author", None, "ada@acme.example"), ADA[1]]),
        (commit(committer=WEB_FLOW, through=SITE), ADA[:1]),
        (commit(author=BOT, by=BOT_MAIL), ADA[1:]),
        (
            commit("Fix\n\nco-authored-by: Bob Hale <Bob@acme.example>"),
            [ADA[0], ("co-author", None, "bob@acme.example"), ADA[1]],
        ),
        (
            commit(
                "Fix\n\nCo-authored-by: Bob <7+bob@users.noreply.github.com>\n"
                "Co-Authored-By: r <9+r[bot]@users.noreply.github.com>"
            ),
            [ADA[0], ("co-author", "bob", "7+bob@users.noreply.github.com"), ADA[1]],
        ),
        (commit("Mention co-authored-by: Bob <bob@acme.example> inside"), ADA),
    ],
    ids=[
        *("author and committer", "an address of no account", "merged on the site", "a bot"),
        *("a trailer", "trailers with GitHub's own addresses", "no trailer"),
    ],
)
def test_whose_hands_a_commit_went_through(made: dict[str, Any], expected: list[Any]) -> None:
    assert hands(made) == expected


def test_an_author_who_cannot_be_told_is_noticed() -> None:
    nobody = commit(author=None, by={"name": "x", "email": ""})
    assert line(nobody).anonymous
    assert not line(commit()).anonymous
    assert not line(commit(author=BOT, by=BOT_MAIL)).anonymous


def test_only_githubs_own_signature_makes_a_merge_its_own() -> None:
    given: dict[str, Any] = {"committer": WEB_FLOW, "through": SITE, "parents": 2}
    assert line(commit(verified=True, **given)).by_site
    assert not line(commit(verified=False, **given)).by_site
    assert not line(commit(verified=True, parents=2)).by_site


def test_who_pressed_the_button_wrote_nothing_but_a_squash_has_its_author() -> None:
    given: dict[str, Any] = {"committer": WEB_FLOW, "through": SITE, "verified": True}
    assert of_merge(line(commit(parents=2, **given))) == ()
    assert [hand.relation for hand in of_merge(line(commit(**given)))] == [Relation.AUTHOR]


def test_the_last_pusher_is_whom_a_webhook_named_else_the_committer() -> None:
    one = line(commit())
    assert last_pusher(one, {}) == Hand(Relation.LAST_PUSHER, SHA, "ada", "ada@acme.example", "Ada")
    assert last_pusher(one, {SHA: "bob"}) == Hand(Relation.LAST_PUSHER, SHA, "bob")
    assert last_pusher(one, {SHA: "renovate[bot]"}) is None
    assert last_pusher(Line(SHA, (), "", None, ()), {}) is None


def test_each_person_stands_once_in_a_relation_and_an_address_gets_its_login() -> None:
    found = distinct(
        [
            Hand(Relation.CO_AUTHOR, "1", None, "bob@acme.example"),
            Hand(Relation.AUTHOR, "1", "Ada"),
            Hand(Relation.AUTHOR, "2", "ada", "ada@acme.example"),
            Hand(Relation.COMMITTER, "3", "bob", "bob@acme.example"),
        ]
    )
    assert [(h.relation.value, h.sha, h.login, h.email) for h in found] == [
        ("co-author", "1", "bob", "bob@acme.example"),
        ("author", "1", "Ada", "ada@acme.example"),
        ("committer", "3", "bob", "bob@acme.example"),
    ]
