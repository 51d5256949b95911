"""What another policy would have decided: the same clicks, in their order, by what was known then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests import build
from tests.build import FALLBACK, RELEASERS, SECURITY, SHA, at, email, login, needs
from workflows import fold, freezes, replaying
from workflows.case import Case
from workflows.change import Basis, Reason, Relation
from workflows.event import Event
from workflows.gated import Lifted
from workflows.reading import Check, CheckState
from workflows.replaying import Book, Different, Was
from workflows.ruleset import Condition, Freeze, Group, Need, Requirement, Rules

BOOK = Book(
    {email(one): one for one in build.PEOPLE},
    {build.slack(one): one for one in build.PEOPLE},
    {one: login(one) for one in build.PEOPLE},
)
LIVE = build.deploy_rules()
Click = tuple[str, str, datetime, dict[str, Any]]


def yes(person: str = "rel", minutes: float = 5, *, right: str = RELEASERS, final: bool = True) -> Click:
    proof = {
        "rule": "deploy[1]",
        "roster": {"group": right, "members": ["lead", "rel"] if right == RELEASERS else ["cto"]},
        "reading": {"as_of": at(minutes - 1).isoformat()},
        "login": login(person),
    }
    return "approved", person, at(minutes), {"right": right, "final": final, "evidence": proof}


def no(person: str = "rel", minutes: float = 5) -> Click:
    return "rejected", person, at(minutes), {"right": RELEASERS, "evidence": {"rule": "deploy[1]"}}


def refused(reason: Reason, person: str = "cto", minutes: float = 4, action: str = "approve") -> Click:
    return "refused", person, at(minutes), {"action": action, "reason": reason.value}


def taken_back(person: str = "rel", minutes: float = 6) -> Click:
    return "took_back", person, at(minutes), {}


def passed(minutes: float = 10) -> Click:
    told = {"repository": build.REPOSITORY, "environment": "production", "sha": SHA, "by": "run 812"}
    return "let_through", "", at(minutes), {**told, "basis": Basis.APPROVED.value}


def steps(case: Case, *clicks: Click) -> list[tuple[Case | None, Event, Case]]:
    """The case, and what these clicks made of it."""
    found: list[tuple[Case | None, Event, Case]] = []
    for kind, person, when, data in clicks:
        event = Event(case.id, case.version + 1, when, kind, person or None, None, {"revision": case.revision, **data})
        after = fold.apply(case, event)
        found.append((case, event, after))
        case = after
    return found


def compared(other: Rules, *clicks: Click, case: Case | None = None, **given: Any) -> tuple[Different, ...]:
    return replaying.compare(steps(case or build.deploy(), *clicks), other, BOOK, **given).different


def only(found: Sequence[Different]) -> Different:
    (one,) = found
    return one


@pytest.mark.parametrize(
    "clicks",
    [
        pytest.param((yes(),), id="approved"),
        pytest.param((no(),), id="rejected"),
        pytest.param((refused(Reason.NOT_IN_GROUP), yes()), id="somebody else was refused first"),
        pytest.param((yes(), taken_back(), yes("lead", 8)), id="taken back and given by another"),
        pytest.param((yes(), passed()), id="approved and live"),
        pytest.param((yes(), taken_back()), id="taken back, and nobody else came"),
    ],
)
def test_the_same_policy_decides_the_same(clicks: tuple[Click, ...]) -> None:
    assert compared(LIVE, *clicks) == ()


def test_one_more_voice_is_missing() -> None:
    other = build.deploy_rules(build.deploy_rule(approvers=needs(**{RELEASERS: 1, SECURITY: 1})))
    one = only(compared(other, yes()))

    assert (one.key, one.then.was, one.then.at, one.then.rule) == ("DR-2026-0001", Was.APPROVED, at(5), "deploy[1]")
    assert (one.would.was, one.would.rule, one.would.lacking) == (Was.UNDECIDED, "deploy[1]", (Need(SECURITY),))


def test_somebody_who_is_in_no_group_of_it() -> None:
    other = build.deploy_rules(build.deploy_rule(approvers=(Need(SECURITY),)))
    one = only(compared(other, yes()))

    assert one.would.no is not None
    assert (one.would.was, one.would.no.reason, one.would.person) == (Was.UNDECIDED, Reason.NOT_IN_GROUP, "rel")
    assert only(compared(other, no())).would.was is Was.UNDECIDED, "a no of theirs would not have counted either"


def test_no_rule_is_for_it() -> None:
    one = only(compared(build.deploy_rules(build.deploy_rule(environments=("staging",))), yes()))

    assert one.would.no is not None
    assert (one.would.no.reason, one.would.rule) == (Reason.NO_RULE, "deploy[0]")


@pytest.mark.parametrize(
    ("require", "facts"),
    [
        (Requirement(Condition.LINKED_ISSUE), {"condition": "linked-issue", "state": "no", "jira": ""}),
        (
            Requirement(Condition.CHECKS_PASS, ("e2e",)),
            {"condition": "checks-pass", "state": "unknown", "absent": "e2e", "passed": "0"},
        ),
    ],
    ids=str,
)
def test_a_condition_that_did_not_hold_then(require: Requirement, facts: dict[str, str]) -> None:
    one = only(compared(build.deploy_rules(build.deploy_rule(require=(require,))), yes()))

    assert one.would.no is not None
    assert one.would.no.reason is Reason.CONDITION_MISSING
    assert dict(one.would.no.facts) == facts


def test_a_condition_is_judged_by_what_github_said_at_the_click() -> None:
    other = build.deploy_rules(build.deploy_rule(require=(Requirement(Condition.CHECKS_PASS),)))
    red = build.deploy(reading=build.reading(checks=(Check("unit", CheckState.FAILED),)))

    assert compared(other, yes()) == ()
    assert only(compared(other, yes(), case=red)).would.was is Was.UNDECIDED


def frozen(**given: Any) -> Rules:
    return build.deploy_rules(freezes=(Freeze("release", **{"since": at(0), "until": at(60), **given}),))


def test_a_freeze_at_the_click() -> None:
    one = only(compared(frozen(), yes()))

    assert one.would.no is not None
    assert one.would.no.reason is Reason.FROZEN


def test_a_freeze_that_was_lifted_is_lifted_there_too() -> None:
    (now,) = freezes.current(frozen(), "production", at(5))
    lifted = build.deploy(lifted=(Lifted(now.id, "rel", at(4), "0" * 64),))

    assert compared(frozen(), yes(), case=lifted) == ()


def test_a_freeze_when_the_pipeline_asked() -> None:
    one = only(compared(frozen(since=at(8)), yes(), passed(10)))

    assert one.would.no is not None
    assert (one.would.was, one.would.at, one.would.no.reason) == (Was.HELD, at(10), Reason.FROZEN)


def test_an_approval_that_would_have_ended_before_the_pipeline_asked() -> None:
    brief = build.deploy_rules(build.deploy_rule(valid_for=timedelta(minutes=30)))
    one = only(compared(brief, yes(), passed(35)))

    assert one.would.no is not None
    assert (one.would.was, one.would.no.reason) == (Was.HELD, Reason.TOO_LATE)
    assert dict(one.would.no.facts) == {"at": at(35).isoformat()}
    assert compared(brief, yes(), passed(34)) == ()


def test_a_refusal_that_would_have_been_a_yes() -> None:
    other = build.deploy_rules(build.deploy_rule(approvers=(Need(SECURITY),)))
    one = only(compared(other, refused(Reason.NOT_IN_GROUP)))

    assert (one.then.was, one.would.was, one.would.at) == (Was.UNDECIDED, Was.APPROVED, at(4))


def test_a_refused_no_would_have_been_final() -> None:
    other = build.deploy_rules(build.deploy_rule(approvers=(Need(SECURITY),)))
    one = only(compared(other, refused(Reason.NOT_IN_GROUP, action="reject")))

    assert (one.then.was, one.would.was) == (Was.UNDECIDED, Was.REJECTED)


@pytest.mark.parametrize(
    "reason", [Reason.AUTHOR, Reason.GUEST, Reason.STANDING_UNKNOWN, Reason.STALE_REVISION, Reason.EVIDENCE_UNKNOWN]
)
def test_a_refusal_that_no_policy_changes_is_none(reason: Reason) -> None:
    other = build.deploy_rules(build.deploy_rule(approvers=(Need(SECURITY),)))

    assert replaying.compare(steps(build.deploy(), refused(reason)), other, BOOK).decided == 0


def test_fewer_voices_would_have_been_enough_for_what_was_never_decided() -> None:
    one = only(compared(LIVE, yes(final=False)))

    assert (one.then.was, one.would.was) == (Was.UNDECIDED, Was.APPROVED)


def test_who_made_it_stays_barred_under_any_policy() -> None:
    other = build.deploy_rules(build.deploy_rule(approvers=(Need(SECURITY),)))
    case = build.deploy(parties=build.parties(cto=Relation.AUTHOR))

    assert compared(other, refused(Reason.NOT_IN_GROUP), case=case) == ()


def test_a_group_whose_members_were_not_kept_cannot_be_told() -> None:
    """A Slack user group is as it was at the click where the click kept it, and else it is not known."""
    group = Group(RELEASERS, usergroup="@releasers")
    same = replace(LIVE, groups={**LIVE.groups, RELEASERS: group})
    duty = replace(LIVE.deploy[0], approvers=(Need("duty"),))
    other = replace(LIVE, groups={**LIVE.groups, "duty": Group("duty", usergroup="@duty")}, deploy=(duty,))
    one = only(compared(other, yes()))

    assert compared(same, yes()) == ()
    assert one.would.no is not None
    assert (one.would.was, dict(one.would.no.facts)["group"]) == (Was.UNKNOWN, "duty")


def test_each_version_of_a_change_is_its_own_decision() -> None:
    told = steps(build.deploy(), yes(), ("voided", "", at(20), {"changed": ["commits"]}), yes("lead", 30))
    found = replaying.compare(told, build.deploy_rules(build.deploy_rule(approvers=needs(**{RELEASERS: 2}))), BOOK)

    assert [(one.revision, one.then.at) for one in found.different] == [(1, at(5)), (2, at(30))]
    assert found.decided == 2


def test_since_a_day_only_what_was_decided_then() -> None:
    other = build.deploy_rules(build.deploy_rule(approvers=(Need(SECURITY),)))

    assert replaying.compare(steps(build.deploy(), yes()), other, BOOK, since=at(6)).decided == 0
    assert len(compared(other, yes(), since=at(5))) == 1


def test_an_emergency_is_replayed_by_its_own_rules() -> None:
    told = yes("cto", right="emergency-approvers")
    told[3]["evidence"]["roster"] = {"group": "emergency-approvers", "members": ["cto", "lead"]}
    two = build.rules(default=build.rule(approvers=needs(**{"emergency-approvers": 2})))
    one = only(compared(two, told, case=build.case()))

    assert (one.key, one.would.lacking) == ("EC-2026-0001", (Need("emergency-approvers"),))
    assert compared(build.rules(), told, case=build.case()) == ()
    assert compared(two, told, case=build.case(drill=True)) == ()
    assert compared(build.rules(default=build.rule(approvers=(Need(FALLBACK),))), told, case=build.case())
