"""Who may do what, and why not: decision tables, one sentence a row."""

from dataclasses import replace
from typing import Any

import pytest

from tests import build
from tests.build import APPROVERS, FALLBACK, T0, actor, at, needs
from workflows import policy
from workflows.case import Ask, Case, Decision
from workflows.change import Action, Actor, Field, Item, Reason, Relation, Role, Status
from workflows.standing import Account, Standing

WIDENED = Ask("widen", at(10), (), (FALLBACK,))
OLD = at(-2)


def may_approve(case: Case, who: Actor | str = "cto", **given: Any) -> Reason | str | None:
    """The group the voice counts for, or why it does not."""
    rules = given.pop("rules", build.rules())
    who = actor(who) if isinstance(who, str) else who
    verdict = policy.may_approve(case, who, rules, T0, revision=given.pop("revision", 1))
    return verdict.right if verdict.allowed else verdict.reason


def known(person: str, **flags: Any) -> Standing:
    """Good readings of everybody, but this person's only account is as told."""
    return build.standing(accounts={person: (build.account(person, **flags),)})


@pytest.mark.parametrize(
    ("who", "given_", "answer"),
    [
        pytest.param("cto", {}, APPROVERS, id="a member of the group may approve"),
        pytest.param("dev", {}, Reason.REQUESTER, id="whoever declared it may not"),
        pytest.param("ops", {"implementer": "ops"}, Reason.IMPLEMENTER, id="whoever carries it out may not"),
        pytest.param("cto", {"requester": "cto"}, Reason.REQUESTER, id="not even a member who declared it"),
        pytest.param("cto", {"implementer": "cto"}, Reason.IMPLEMENTER, id="not even a member who carries it out"),
        pytest.param("lead", {"implementer": "ops"}, APPROVERS, id="somebody else carrying it out bars nobody else"),
        pytest.param("stranger", {}, Reason.NOT_IN_GROUP, id="nobody outside the group may"),
        pytest.param("rel", {}, Reason.NOT_IN_GROUP, id="the fallback may not before it was asked"),
        pytest.param("rel", {"asks": (WIDENED,)}, FALLBACK, id="the fallback may once it was asked"),
        pytest.param(
            "rel",
            {"asks": (replace(WIDENED, round="nudge"),)},
            Reason.NOT_IN_GROUP,
            id="asking the same people again gives the fallback no voice",
        ),
        pytest.param("cto", {"standing": known("cto", guest=True)}, Reason.GUEST, id="no guest"),
        pytest.param("cto", {"standing": known("cto", bot=True)}, Reason.DEACTIVATED, id="no bot"),
        pytest.param("cto", {"standing": known("cto", deactivated=True)}, Reason.DEACTIVATED, id="no former employee"),
        pytest.param("cto", {"standing": known("cto", foreign=True)}, Reason.OTHER_ORGANISATION, id="no other company"),
        pytest.param("cto", {"standing": known("cto", stale=True)}, Reason.STANDING_UNKNOWN, id="no stale account"),
        pytest.param("cto", {"standing": known("cto", as_of=OLD)}, Reason.STANDING_UNKNOWN, id="no old reading"),
        pytest.param("cto", {"standing": Standing()}, Reason.STANDING_UNKNOWN, id="nothing read is no"),
        pytest.param(
            "cto",
            {"standing": build.standing(as_of=OLD, accounts={"cto": (build.account("cto"),)})},
            Reason.STANDING_UNKNOWN,
            id="a young account in an old roster is no",
        ),
        pytest.param(
            "stranger",
            {"standing": build.standing(rosters={APPROVERS: build.roster(stale=True)})},
            Reason.STANDING_UNKNOWN,
            id="nobody is told they are outside a group that could not be read",
        ),
        pytest.param("cto", {"approvals": (build.approval("cto"),)}, Reason.SECOND_VOICE, id="one person, one voice"),
        pytest.param(
            "cto",
            {"approvals": (build.approval("cto", taken_back_at=at(6)),)},
            Reason.TOOK_BACK,
            id="a voice taken back is spent",
        ),
        pytest.param(
            "cto", {"revision": 2, "approvals": (build.approval("cto"),)}, Reason.STALE_REVISION, id="an old card"
        ),
    ],
)
def test_approve(who: str, given_: dict[str, Any], answer: Reason | str) -> None:
    assert may_approve(build.case(**given_), who) == answer


def test_a_new_version_takes_a_new_voice_of_the_same_person() -> None:
    case = build.case(revision=2, approvals=(build.approval("cto"),))

    assert may_approve(case, revision=2) == APPROVERS


@pytest.mark.parametrize("relation", [Relation.AUTHOR, Relation.CO_AUTHOR, Relation.COMMITTER, Relation.LAST_PUSHER])
def test_whoever_wrote_part_of_it_may_not_approve(relation: Relation) -> None:
    assert may_approve(build.case(parties=build.parties(cto=relation))) is Reason.AUTHOR


def test_whoever_runs_the_pipeline_may_not_approve() -> None:
    assert may_approve(build.case(parties=build.parties(cto=Relation.RUNNER))) is Reason.RUNS_PIPELINE


def test_a_second_account_of_the_requester_is_told_apart() -> None:
    members = {APPROVERS: ("dev", "cto")}
    two = {"dev": (build.account("dev"), build.account("dev", slack="UDEV2"))}
    case = build.case(standing=build.standing(members, accounts=two))

    assert may_approve(case, actor("dev", slack_id="UDEV2")) is Reason.SECOND_ACCOUNT
    assert may_approve(case, actor("dev")) is Reason.REQUESTER


def test_a_voice_is_judged_by_the_account_it_came_through() -> None:
    two = {"cto": (build.account("cto", guest=True), build.account("cto", slack="UCTO2"))}
    case = build.case(standing=build.standing(accounts=two))

    assert may_approve(case, actor("cto")) is Reason.GUEST
    assert may_approve(case, actor("cto", slack_id="UCTO2")) == APPROVERS
    assert may_approve(case, actor("cto", slack_id="UCTO3")) is Reason.STANDING_UNKNOWN


def test_a_stale_group_never_lends_its_name_to_a_voice() -> None:
    """In a (read long ago) and in b (just read): the voice counts for b, or not at all."""
    groups = {"a": ("cto", "lead"), "b": ("cto", "rel")}
    old = build.standing(groups, rosters={"a": build.roster("a", ("cto", "lead"), as_of=OLD)})
    rules = build.rules(default=build.rule(approvers=needs(a=1, b=1), fallback=(), reviewers=("a",)), groups=groups)

    assert may_approve(build.case(standing=old), rules=rules) == "b"
    filled = build.case(standing=old, approvals=(build.approval("rel", right="b"),))
    assert may_approve(filled, rules=rules) is Reason.STANDING_UNKNOWN


def test_a_yes_of_a_group_that_is_complete_is_sent_to_the_one_that_is_not() -> None:
    groups = {"a": ("cto", "lead"), "b": ("rel",)}
    rules = build.rules(default=build.rule(approvers=needs(a=1, b=1), fallback=(), reviewers=("a",)), groups=groups)
    case = build.case(standing=build.standing(groups), approvals=(build.approval("cto", right="a"),))

    verdict = policy.may_approve(case, actor("lead"), rules, T0, revision=1)

    assert (verdict.reason, verdict.facts["group"], verdict.who_can) == (Reason.NOT_IN_GROUP, "b", ("rel",))
    assert policy.may(Action.REJECT, case, actor("lead"), rules, T0, revision=1).allowed


@pytest.mark.parametrize(
    ("status", "reason", "facts"),
    [
        pytest.param(Status.APPROVED, Reason.ALREADY_DECIDED, {"decision": "approved", "by": "cto"}, id="approved"),
        pytest.param(Status.REJECTED, Reason.ALREADY_DECIDED, {"decision": "rejected", "by": "cto"}, id="rejected"),
        pytest.param(Status.WITHDRAWN, Reason.ALREADY_DECIDED, {"decision": "withdrawn", "by": "dev"}, id="withdrawn"),
        pytest.param(Status.PROCEEDING, Reason.TOO_LATE, {}, id="going ahead"),
        pytest.param(Status.DEPLOYED, Reason.TOO_LATE, {}, id="live"),
        pytest.param(Status.REVIEWED, Reason.TOO_LATE, {}, id="closed"),
    ],
)
def test_a_late_approve_is_told_who_was_first(status: Status, reason: Reason, facts: dict[str, str]) -> None:
    verdict = policy.may_approve(build.case(status), actor("lead"), build.rules(), T0, revision=1)

    assert verdict.reason is reason
    assert facts.items() <= dict(verdict.facts).items()


def test_a_withdrawn_approval_is_told_as_withdrawn() -> None:
    case = replace(build.case(Status.APPROVED), status=Status.WITHDRAWN, withdrawn_by="dev", closed_at=at(30))

    verdict = policy.may_approve(case, actor("lead"), build.rules(), T0, revision=1)

    assert (verdict.facts["decision"], verdict.facts["by"]) == ("withdrawn", "dev")
    assert verdict.facts["at"] == at(30).isoformat()


def test_a_refusal_names_who_can_and_under_which_rule() -> None:
    rules = build.rules(build.rule(index=1, systems=("payments",)))

    verdict = policy.may_approve(build.case(), actor("dev"), rules, T0, revision=1)

    assert (verdict.who_can, verdict.rule) == (("cto", "lead"), "emergency.rule[1]")


@pytest.mark.parametrize(
    ("action", "who", "status", "allowed"),
    [
        pytest.param(Action.PROCEED, "dev", Status.DECLARED, True, id="the requester may proceed"),
        pytest.param(Action.PROCEED, "ops", Status.DECLARED, True, id="the implementer may proceed"),
        pytest.param(Action.PROCEED, "cto", Status.DECLARED, False, id="an approver does not break the glass"),
        pytest.param(Action.PROCEED, "stranger", Status.DECLARED, False, id="a stranger does not"),
        pytest.param(Action.WITHDRAW, "cto", Status.DECLARED, True, id="any approver may withdraw"),
        pytest.param(Action.WITHDRAW, "rel", Status.DECLARED, False, id="no fallback before it was asked"),
        pytest.param(Action.WITHDRAW, "stranger", Status.DECLARED, False, id="no stranger withdraws"),
        pytest.param(Action.MARK_DEPLOYED, "ops", Status.REJECTED, True, id="the implementer marks, although rejected"),
        pytest.param(Action.MARK_DEPLOYED, "rel", Status.REVIEWED, True, id="a reviewer may mark a late deployment"),
        pytest.param(Action.MARK_DEPLOYED, "stranger", Status.APPROVED, False, id="a stranger marks nothing"),
        pytest.param(Action.NOT_NEEDED, "dev", Status.APPROVED, True, id="the requester says it was not needed"),
        pytest.param(Action.NOT_NEEDED, "cto", Status.APPROVED, True, id="so does the owner of the review"),
        pytest.param(Action.NOT_NEEDED, "lead", Status.APPROVED, False, id="but no other approver"),
        pytest.param(Action.LATER, "ops", Status.APPROVED, True, id="the implementer is asked, and says later"),
        pytest.param(Action.LATER, "cto", Status.APPROVED, False, id="nobody else says later"),
        pytest.param(Action.EXTEND, "dev", Status.DEPLOYED, True, id="the requester may extend, also once live"),
        pytest.param(Action.EXTEND, "cto", Status.APPROVED, False, id="an approver does not extend"),
        pytest.param(Action.ADD_DETAILS, "ops", Status.DEPLOYED, True, id="the implementer completes the record"),
        pytest.param(Action.ADD_DETAILS, "cto", Status.DECLARED, False, id="an approver does not rewrite the plan"),
        pytest.param(Action.DECLARE_AGAIN, "stranger", Status.REJECTED, True, id="anybody may declare again"),
        pytest.param(Action.WRITE_REVIEW, "lead", Status.DEPLOYED, True, id="any reviewer writes the review"),
        pytest.param(Action.WRITE_REVIEW, "rel", Status.APPROVED, True, id="also before anything is live"),
        pytest.param(Action.WRITE_REVIEW, "dev", Status.DEPLOYED, False, id="never the requester"),
        pytest.param(Action.WRITE_REVIEW, "ops", Status.DEPLOYED, False, id="never the implementer"),
        pytest.param(Action.WRITE_REVIEW, "stranger", Status.DEPLOYED, False, id="never somebody outside"),
        pytest.param(Action.TAKE_OVER, "rel", Status.DEPLOYED, True, id="any reviewer takes it over"),
        pytest.param(Action.TAKE_OVER, "cto", Status.DEPLOYED, False, id="the owner has it already"),
        pytest.param(Action.TAKE_OVER, "dev", Status.DEPLOYED, False, id="no party takes it over"),
        pytest.param(Action.HAND_OVER, "cto", Status.DEPLOYED, True, id="the owner hands it over"),
        pytest.param(Action.HAND_OVER, "rel", Status.DEPLOYED, False, id="nobody hands over what is not theirs"),
        pytest.param(Action.SNOOZE, "rel", Status.DEPLOYED, False, id="nobody snoozes what is not theirs"),
        pytest.param(Action.AMEND_REVIEW, "lead", Status.REVIEWED, True, id="a reviewer adds to a closed review"),
        pytest.param(Action.AMEND_REVIEW, "dev", Status.REVIEWED, False, id="a party does not"),
    ],
)
def test_who(action: Action, who: str, status: Status, allowed: bool) -> None:
    case = build.case(status, implementer="ops")

    assert policy.may(action, case, actor(who), build.rules(), T0, revision=1).allowed is allowed


@pytest.mark.parametrize("made", ["requester", "implementer"])
@pytest.mark.parametrize(
    ("action", "status"),
    [
        (Action.WRITE_REVIEW, Status.DEPLOYED),
        (Action.TAKE_OVER, Status.APPROVED),
        (Action.AMEND_REVIEW, Status.REVIEWED),
    ],
)
def test_a_reviewer_who_made_the_change_does_not_review_it(action: Action, status: Status, made: str) -> None:
    case = build.case(status, **{made: "rel"})

    assert policy.may(action, case, actor("rel"), build.rules(), T0).reason is Reason.REVIEW_BY_PARTY
    owned = case.review and replace(case.review, owner="rel")
    if action is not Action.TAKE_OVER:
        mine = policy.may(action, replace(case, review=owned), actor("rel"), build.rules(), T0)
        assert mine.reason is Reason.REVIEW_BY_PARTY


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        pytest.param({}, None, id="open and not yet extended"),
        pytest.param({"extended": True}, Reason.NOT_NOW, id="once is all"),
        pytest.param({"window_until": T0}, Reason.NOT_NOW, id="a window that has ended is not extended"),
        pytest.param({"window_until": None}, Reason.NOT_NOW, id="a drill has no window"),
    ],
)
def test_extend(given_: dict[str, Any], reason: Reason | None) -> None:
    verdict = policy.may(Action.EXTEND, build.case(Status.APPROVED, **given_), actor("dev"), build.rules(), T0)

    assert verdict.reason is reason


@pytest.mark.parametrize(
    ("review", "reason"),
    [
        pytest.param({"snoozes": 2}, None, id="a third time"),
        pytest.param({"snoozes": 3}, Reason.SNOOZE_SPENT, id="not a fourth"),
        pytest.param({"deadline": T0}, Reason.SNOOZE_SPENT, id="not once the deadline is there"),
        pytest.param({"closed_at": T0}, Reason.NOT_NOW, id="not when it is closed"),
    ],
)
def test_snooze(review: dict[str, Any], reason: Reason | None) -> None:
    case = build.case(Status.DEPLOYED, review=build.review(owner="cto", **review))

    assert policy.may(Action.SNOOZE, case, actor("cto"), build.rules(), T0).reason is reason


@pytest.mark.parametrize("action", [Action.WITHDRAW, Action.NOT_NEEDED])
def test_nothing_that_was_deployed_is_withdrawn(action: Action) -> None:
    case = replace(build.case(Status.APPROVED), deployments=(build.deployment(),))

    assert policy.may(action, case, actor("dev"), build.rules(), T0).reason is Reason.NOT_NOW


def test_an_approval_is_taken_back_by_its_own_person_before_anything_is_live() -> None:
    case, rules = build.case(Status.APPROVED), build.rules()

    assert policy.may(Action.TAKE_BACK, case, actor("cto"), rules, T0).allowed
    assert policy.may(Action.TAKE_BACK, case, actor("lead"), rules, T0).reason is Reason.NOT_YOURS
    live = replace(case, deployments=(build.deployment(),))
    assert policy.may(Action.TAKE_BACK, live, actor("cto"), rules, T0).reason is Reason.TOO_LATE_TO_TAKE_BACK


@pytest.mark.parametrize(
    ("action", "decision", "who", "reason"),
    [
        pytest.param(Action.RATIFY, "proceeding", "cto", None, id="an approver ratifies what went around"),
        pytest.param(Action.RATIFY, None, "cto", None, id="or what was live before it was declared"),
        pytest.param(Action.RATIFY, "rejected", "cto", None, id="or what was deployed although rejected"),
        pytest.param(Action.RATIFY, "approved", "lead", Reason.NOT_NOW, id="what was approved needs no ratifying"),
        pytest.param(Action.OBJECT, "approved", "lead", None, id="but can be objected to"),
        pytest.param(Action.RATIFY, "proceeding", "dev", Reason.REQUESTER, id="the requester ratifies nothing"),
        pytest.param(Action.OBJECT, "proceeding", "stranger", Reason.NOT_IN_GROUP, id="a stranger objects to nothing"),
    ],
)
def test_afterwards(action: Action, decision: str | None, who: str, reason: Reason | None) -> None:
    made = Decision(decision, at(5), "dev", 1) if decision else None
    case = build.case(Status.DEPLOYED, decision=made, approvals=())

    assert policy.may(action, case, actor(who), build.rules(), T0).reason is reason


def test_the_result_afterwards_is_final() -> None:
    case = build.case(Status.PROCEEDING, afterwards=Decision("objected", at(30), "cto", 1))

    verdict = policy.may(Action.RATIFY, case, actor("lead"), build.rules(), T0)

    assert (verdict.reason, verdict.facts["decision"]) == (Reason.ALREADY_DECIDED, "objected")


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        pytest.param(None, None, id="an account that could not be read may declare: a record comes first"),
        pytest.param(build.account("dev"), None, id="everybody here may declare"),
        pytest.param(build.account("dev", stale=True), None, id="by a reading of any age"),
        pytest.param(build.account("dev", guest=True), Reason.GUEST, id="no guest"),
        pytest.param(build.account("dev", foreign=True), Reason.OTHER_ORGANISATION, id="no other company"),
        pytest.param(build.account("dev", bot=True), Reason.DEACTIVATED, id="no bot"),
        pytest.param(build.account("dev", deactivated=True), Reason.DEACTIVATED, id="no former employee"),
    ],
)
def test_declare(account: Account | None, reason: Reason | None) -> None:
    verdict = policy.may_declare(account)

    assert (verdict.allowed, verdict.reason) == (reason is None, reason)


@pytest.mark.parametrize(
    ("who", "status", "role"),
    [
        pytest.param("cto", Status.DECLARED, Role.APPROVER, id="may approve"),
        pytest.param("cto", Status.APPROVED, Role.APPROVED, id="approved it"),
        pytest.param("dev", Status.DECLARED, Role.REQUESTER, id="declared it"),
        pytest.param("ops", Status.DECLARED, Role.IMPLEMENTER, id="carries it out"),
        pytest.param("lead", Status.PROCEEDING, Role.OWNER, id="owns the review"),
        pytest.param("cto", Status.PROCEEDING, Role.RATIFIER, id="may ratify"),
        pytest.param("rel", Status.DEPLOYED, Role.REVIEWER, id="may review"),
        pytest.param("stranger", Status.DECLARED, Role.READER, id="reads"),
    ],
)
def test_role(who: str, status: Status, role: Role) -> None:
    assert policy.role(build.case(status, implementer="ops"), actor(who), build.rules(), T0) is role


def test_details_shows_by_readings_of_any_age_what_the_click_then_decides() -> None:
    case = build.case(standing=build.standing(as_of=at(days=-3)))

    assert policy.actions_for(case, actor("cto"), build.rules(), T0)[:2] == (Action.APPROVE, Action.REJECT)
    assert may_approve(case) is Reason.STANDING_UNKNOWN


@pytest.mark.parametrize(
    ("who", "reads"),
    [("dev", True), ("ops", True), ("cto", True), ("rel", True), ("stranger", False)],
)
def test_a_confidential_change_is_read_by_parties_approvers_and_reviewers(who: str, reads: bool) -> None:
    case = build.case(confidential=True, implementer="ops")

    assert policy.may_read(case, actor(who), build.rules()) is reads
    assert policy.may_read(replace(case, confidential=False), actor(who), build.rules())


def test_presets_count_and_flagged_placeholders_do_not() -> None:
    case = build.case()

    assert len(policy.documented(case)) == 5
    flagged = replace(case, flagged=(Field.PLAN,))
    assert policy.documented(flagged) == policy.documented(case) - {Item.PLAN}
    whole = replace(case, texts={**case.texts, Field.TESTS: "4" * 64, Field.ROLLBACK: "5" * 64})
    assert policy.documented(whole) == frozenset(Item)


def test_a_drill_is_decided_like_any_other() -> None:
    assert may_approve(build.case(drill=True)) == may_approve(build.case()) == APPROVERS
