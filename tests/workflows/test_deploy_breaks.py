"""Ways round the deploy gate that were found by trying to break it, each held shut."""

import time
from typing import Any

import pytest

from tests.build import SHA
from workflows.change import Relation
from workflows.links import github_hands as hands
from workflows.links import github_parts as parts


def commit(message: str = "Give the pool more", account: dict[str, Any] | None = None, mail: str = "d@x.org") -> Any:
    """A commit as GitHub's lists show it, without a signature."""
    who = {"name": "D", "email": mail}
    git = {"message": message, "author": who, "committer": who}
    return {"sha": SHA, "parents": [], "author": account, "committer": account, "commit": git}


def test_a_message_of_white_space_holds_nobody_up() -> None:
    began = time.perf_counter()
    one = hands.line(commit("x\n\nCo-authored-by:" + " " * 60_000 + "\nCo-Authored-By:  Ann  < ann@x.org >"))
    assert time.perf_counter() - began < 1
    assert [h.email for h in one.hands if h.relation is Relation.CO_AUTHOR] == ["ann@x.org"]


@pytest.mark.parametrize("mail", ["noreply@github.com", "NoReply@GitHub.com"])
def test_who_writes_under_the_name_of_the_button_is_nobody_that_is_known(mail: str) -> None:
    button = {"login": "web-flow", "type": "User"}
    assert hands.line(commit(account=button, mail=mail)).anonymous
    assert hands.line(commit(mail=mail)).anonymous


def test_a_no_reply_address_that_github_gives_nobody_any_more_still_names_its_login() -> None:
    assert hands.line(commit(mail="ann-gh@users.noreply.github.com")).hands[0].login == "ann-gh"
    assert hands.line(commit(mail="7+ci[bot]@users.noreply.github.com")).hands[0].login is None


def test_a_machine_reviews_nothing() -> None:
    by = {"login": "github-actions[bot]", "type": "Bot"}
    review = {"state": "APPROVED", "user": by, "commit_id": SHA, "submitted_at": None}
    assert parts.opinions(7, [review]) == ()
    assert len(parts.opinions(7, [review | {"state": "CHANGES_REQUESTED"}])) == 1
    assert len(parts.opinions(7, [review | {"user": {"login": "ann", "type": "User"}}])) == 1
