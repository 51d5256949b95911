"""What Jira reads, and what people read of Jira: whole sentences, and nothing of what is confidential."""

from dataclasses import replace
from typing import Any

import pytest

from bot.blocks import issue_words, render, ticket_words
from bot.blocks.kit import Scene
from tests import build
from tests.build import at
from workflows import ticketing
from workflows.case import Case, Decision, Deployment, Review
from workflows.change import Field, Judgement, Outcome, Status, Type
from workflows.peered import Category, Issue
from workflows.reviewed import FollowUp
from workflows.ruleset import JIRA_SOURCES

NAMES = {"dev": "Dana Dev", "cto": "Chris Cto", "lead": "Lee Lead"}
TYPED = {
    "t": "checkout 500s",
    "w": "checkout 500s\nsince noon",
    "p": "roll back to v811",
    "r": "the old pool",
    "b": "v811 and a bit",
    "c": "a bad merge",
    "f": "add an alert",
}
FOLLOW = FollowUp("f1234567890", "f", "cto", "2026-12-01")
REVIEW = Review(
    "lead", at(0), at(0), at(hours=24), at(hours=48), closed_at=at(60), by="lead", judgement=Judgement.NO, cause="c",
    follow_ups=(FOLLOW,),
)  # fmt: skip


def case(**given: Any) -> Case:
    """An emergency that dev declared, with words of its own."""
    texts = {Field.TITLE: "t", Field.WHY: "w", Field.PLAN: "p"}
    made = build.case(texts=texts, bodies=TYPED, key="EC-2026-0042")
    return replace(made, **given)


WENT = case(
    decision=Decision("approved", at(2), "cto", 1),
    deployments=(Deployment("b", at(5), Outcome.OK, "dev", at(6), "approved"),),
    review=REVIEW,
    status=Status.REVIEWED,
    closed_at=at(60),
)


def said(of: Case) -> list[str]:
    """Everything commented, without the markers."""
    return [ticket_words.comment(of, one, NAMES).rpartition(" [")[0] for one in ticketing.comments(of)]


def test_a_whole_history() -> None:
    assert said(WENT) == [
        "Emergency change EC-2026-0042, by Dana Dev, 2026-11-16 02:00 UTC: checkout 500s. Risk: high.",
        "Approved by Chris Cto, 2026-11-16 02:02 UTC.",
        'Deployed "v811 and a bit" by Dana Dev, 2026-11-16 02:05 UTC: worked.',
        "Reviewed by Lee Lead, 2026-11-16 03:00 UTC: not appropriate, on time, after 1 h. Cause: a bad merge",
    ]


def test_marks_that_hide_or_reorder_are_shown() -> None:
    hidden = case(bodies={**TYPED, "w": "down\u202e\ntoday", "t": "\u2066500s"})
    text = ticket_words.body(hidden, {"dev": "Dana\u202eveD"}, None)
    assert "down[U+202E]\ntoday" in text
    assert "Dana[U+202E]veD" in text
    assert "\u202e" not in text
    assert ticket_words.summary(hidden).endswith("[U+2066]500s")


def test_every_comment_ends_with_its_marker() -> None:
    texts = [ticket_words.comment(WENT, one, NAMES) for one in ticketing.comments(WENT)]
    assert texts[-1].endswith(" [EC-2026-0042/reviewed-1]")
    assert all(text.endswith("]") and "[EC-2026-0042/" in text for text in texts)


WITHOUT = {
    "going ahead": (
        {"decision": Decision("proceeding", at(2), "dev", 1, "r")},
        'Dana Dev goes ahead WITHOUT approval, 2026-11-16 02:02 UTC: "the old pool".',
    ),
    "rejected": (
        {"decision": Decision("rejected", at(2), "cto", 1, "r")},
        'Rejected by Chris Cto, 2026-11-16 02:02 UTC: "the old pool".',
    ),
    "rejected, words erased": (
        {"decision": Decision("rejected", at(2), "cto", 1, "gone")},
        'Rejected by Chris Cto, 2026-11-16 02:02 UTC: "[text removed]".',
    ),
    "changed": (
        {"revision": 2, "changed_at": at(3), "changed": ("plan",)},
        "Changed 2026-11-16 02:03 UTC: the plan. It needs approval again.",
    ),
    "somebody whom nobody knows": (
        {"status": Status.WITHDRAWN, "closed_at": at(9), "withdrawn_by": "x9"},
        "Withdrawn by somebody, 2026-11-16 02:09 UTC.",
    ),
}


@pytest.mark.parametrize(("given", "told"), WITHOUT.values(), ids=WITHOUT.keys())
def test_what_is_commented(given: dict[str, Any], told: str) -> None:
    assert said(case(**given))[-1] == told


def test_a_confidential_change_gives_key_status_risk_and_people_only() -> None:
    of = replace(WENT, confidential=True, environment="vault", systems=("ledger",), type=Type.PATCH)
    texts = [ticket_words.summary(of), ticket_words.body(of, NAMES, None), *said(of)]
    texts += [ticket_words.child_summary(of, one) for one in (FOLLOW, None)]
    texts += [ticket_words.child_body(of, one, NAMES, None) for one in (FOLLOW, None)]
    texts += [ticket_words.value(of, source, NAMES) for source in JIRA_SOURCES]
    everything = "\n".join(texts).casefold()
    for secret in (*TYPED.values(), "vault", "ledger", "vulnerability", "v811"):
        assert secret.casefold() not in everything
    assert "Approved by Chris Cto" in "\n".join(texts)


def test_every_source_fills_a_field() -> None:
    assert {source: ticket_words.value(WENT, source, NAMES) for source in JIRA_SOURCES} == {
        "key": "EC-2026-0042",
        "kind": "emergency",
        "type": "Code or configuration",
        "title": "checkout 500s",
        "justification": "checkout 500s\nsince noon",
        "systems": "payments",
        "environment": "production",
        "risk": "high",
        "plan": "roll back to v811",
        "rollback": "",
        "tests": "",
        "requester": "Dana Dev",
        "implementer": "Dana Dev",
        "approvers": "",
        "review-due": "2026-11-17",
    }


SCENE = Scene(people={}, rules=build.rules(), now=at(0), zone="Europe/Berlin")
ISSUE = Issue("10001", "OPS-12", "https://j.example/browse/OPS-12", "In Progress", Category.DOING, at(0))
TROUBLES = {
    "gone": "Jira has no OPS-12 any more, or hides it from me. Restore it there, or name another with Add details.",
    "no-permission": "Jira lets me do nothing with OPS-12. Whoever runs Jira can let my account in again.",
    "field: Team": "Jira takes OPS-12 only with the field Team filled in. Map it under [jira] in the policy, or have it"
    " made optional.",
    "follow-up field: Team": "Jira takes the issue of a follow-up only with the field Team filled in. Map it under"
    " [jira] in the policy, or have it made optional.",
    "remediation no-issue-type": "Jira's project has no such issue type. Whoever keeps the policy can mend [jira]"
    " there.",
    "no-transition: doing": "Jira's workflow has no step that takes OPS-12 to in progress from where it is; move it"
    " by hand.",
    "500 <oops>": "Jira refuses what I tell it of OPS-12 (500 <oops>); it is tried again every 10 minutes.",
}


@pytest.mark.parametrize(("why", "told"), TROUBLES.items(), ids=TROUBLES.keys())
def test_what_is_wrong_is_said_with_what_to_do(why: str, told: str) -> None:
    of = case(jira="OPS-12", issue=replace(ISSUE, trouble=why))
    assert render.plain(issue_words.trouble(of), SCENE) == told


def test_an_issue_stands_on_the_card_with_its_status() -> None:
    assert render.plain(issue_words.brief(case(jira="OPS-12")), SCENE) == "Jira OPS-12"
    assert render.plain(issue_words.brief(case(jira="OPS-12", issue=ISSUE)), SCENE) == "Jira OPS-12, In Progress"
