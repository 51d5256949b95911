"""Every (status, action) pair of an emergency: what happens, or why not; nothing missing."""

from dataclasses import replace

import pytest

from tests import build
from tests.build import T0, actor, at
from workflows import policy
from workflows.case import Case, Decision
from workflows.change import Action, Kind, Reason, Status
from workflows.reviewed import FollowUp
from workflows.transitions import TRANSITIONS

ORDER = (
    Status.DECLARED,
    Status.APPROVED,
    Status.PROCEEDING,
    Status.REJECTED,
    Status.DEPLOYED,
    Status.REVIEWED,
    Status.WITHDRAWN,
)
# One row an action, one column a status in that order. A word is the status afterwards; "=" the same one;
# "." not now; "decided", "late" and "gone" are the reasons already-decided, too-late and too-late-to-take-back.
TABLE = """
approve        approved   decided    late       decided    late       late       decided
reject         rejected   decided    late       decided    late       late       decided
take_back      =          declared   gone       mine       gone       gone       gone
proceed        proceeding decided    late       decided    late       late       decided
mark_deployed  deployed   deployed   deployed   deployed   deployed   deployed   deployed
ratify         .          .          =          .          =          .          .
object         .          .          =          .          =          .          .
not_needed     .          withdrawn  withdrawn  .          .          .          .
later          .          =          =          .          .          .          .
withdraw       withdrawn  withdrawn  withdrawn  .          .          .          .
add_details    =          =          =          .          =          .          .
extend         .          =          =          .          =          .          .
write_review   .          reviewed   reviewed   .          reviewed   .          .
amend_review   .          .          .          .          .          =          .
hand_over      .          =          =          .          =          .          .
take_over      .          =          =          .          =          .          .
snooze         .          =          =          .          =          .          .
mark_done      .          .          .          .          =          =          .
hand_follow_up .          .          .          .          =          =          .
declare_again  .          .          .          =          =          =          =
"""
CELLS = {
    (status, Action(line.split()[0])): cell
    for line in TABLE.strip().splitlines()
    for status, cell in zip(ORDER, line.split()[1:], strict=True)
}
REASONS = {
    ".": Reason.NOT_NOW,
    "decided": Reason.ALREADY_DECIDED,
    "late": Reason.TOO_LATE,
    "gone": Reason.TOO_LATE_TO_TAKE_BACK,
    "mine": Reason.NOT_YOURS,
}
# Who may do it where anybody may: somebody who took no part for voices, the maker for what makers do.
BY = {
    Action.APPROVE: "lead",
    Action.REJECT: "lead",
    Action.TAKE_BACK: "cto",
    Action.RATIFY: "lead",
    Action.OBJECT: "lead",
    Action.WRITE_REVIEW: "cto",
    Action.AMEND_REVIEW: "cto",
    Action.HAND_OVER: "cto",
    Action.TAKE_OVER: "rel",
    Action.SNOOZE: "cto",
    Action.MARK_DONE: "cto",
    Action.HAND_FOLLOW_UP: "cto",
}


def shaped(status: Status, action: Action) -> Case:
    """A change of that status in which the action lacks nothing but a status that fits."""
    case = build.case(status)
    owned = case.review and replace(case.review, owner="cto")
    case = replace(case, review=owned, approvals=case.approvals or (build.approval("cto"),))
    if action in (Action.NOT_NEEDED, Action.WITHDRAW):
        return case
    if action in (Action.RATIFY, Action.OBJECT) and status is Status.DEPLOYED:
        return replace(case, approvals=(), decision=Decision("proceeding", at(5), "dev", 1))
    if action in (Action.MARK_DONE, Action.HAND_FOLLOW_UP) and status in (Status.DEPLOYED, Status.REVIEWED):
        done = build.review(closed_at=at(30), follow_ups=(FollowUp("f1", "0" * 64, "cto", "2026-11-20"),))
        return replace(case, earlier_reviews=(done,))
    return case


OF_DEPLOYS = {Action.EDIT, Action.ASK_AGAIN, Action.MAKE_EMERGENCY, Action.LIFT}
OF_FINDINGS = {
    *(Action.WRITE_REVIEW, Action.HAND_OVER, Action.TAKE_OVER, Action.SNOOZE),
    *(Action.AMEND_REVIEW, Action.MARK_DONE, Action.HAND_FOLLOW_UP),
}
ALIKE = {Action.APPROVE, Action.REJECT, Action.TAKE_BACK, Action.WITHDRAW, Action.MARK_DEPLOYED}


def test_the_table_has_every_pair_once() -> None:
    own = set(Action) - OF_DEPLOYS
    assert set(CELLS) == {(status, action) for status in ORDER for action in own}
    assert len(TABLE.strip().splitlines()) == len(own)


def test_an_emergency_has_the_statuses_of_the_table() -> None:
    mine = {(status, after) for (kind, status, _), after in TRANSITIONS.items() if kind is Kind.EMERGENCY}

    assert {status for pair in mine for status in pair} == set(ORDER)


@pytest.mark.parametrize(("status", "action"), CELLS, ids=lambda value: str(value.value))
def test_pair(status: Status, action: Action) -> None:
    cell, case = CELLS[status, action], shaped(status, action)

    verdict = policy.may(action, case, actor(BY.get(action, "dev")), build.rules(), T0, revision=1, ref="f1")

    assert verdict.reason is REASONS.get(cell)
    assert verdict.allowed is (cell not in REASONS)
    after = None if cell in REASONS else status if cell == "=" else Status(cell)
    assert TRANSITIONS.get((Kind.EMERGENCY, status, action)) is after


@pytest.mark.parametrize("action", Action)
def test_each_kind_has_its_own_actions(action: Action) -> None:
    """A deploy is never broken the glass of and never reviewed; a finding is reviewed and nothing else."""
    kinds = {kind for kind, _, named in TRANSITIONS if named is action}

    assert (Kind.DEPLOY in kinds) is (action in OF_DEPLOYS | ALIKE)
    assert (Kind.FINDING in kinds) is (action in OF_FINDINGS)
    assert (Kind.EMERGENCY in kinds) is (action not in OF_DEPLOYS)


@pytest.mark.parametrize("action", Action)
def test_every_action_has_a_rule(action: Action) -> None:
    verdict = policy.may(action, build.case(), actor("stranger"), build.rules(), T0)

    assert verdict.allowed is False
    assert verdict.reason is not None
    assert verdict.rule == "emergency"
