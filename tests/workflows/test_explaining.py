"""An explanation lets a person predict the verdict: it never says more or less than what decides."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import build
from tests.build import FALLBACK, RELEASERS, SECURITY, SHA, T0, at, login, needs
from workflows import explaining, gate, policy
from workflows.case import Ask, Case, Decision, Party
from workflows.change import Actor, Basis, Kind, Reason, Relation, Status
from workflows.conditions import State
from workflows.explanation import Barred, Explanation, Lack, Match
from workflows.gate import Says
from workflows.gated import Lifted, Rollback
from workflows.reading import Check, CheckState, Part, Read
from workflows.ruleset import Condition, DeployRule, EmergencyRule, Freeze, Need, Requirement, Rules
from workflows.standing import Standing

TWO = build.deploy_rule(approvers=needs(**{RELEASERS: 1, SECURITY: 1}), fallback=("emergency-approvers",))
CHECKS = Requirement(Condition.CHECKS_PASS)
FREEZE = Freeze("release", since=at(-10), until=at(60), override=RELEASERS)


def explain(case: Case, rules: Rules | None = None, now: Any = T0, **given_: Any) -> Explanation:
    return explaining.explain(case, rules or build.deploy_rules(), now, **given_)


def lacks(found: Explanation) -> list[Lack]:
    return [one.what for one in found.missing]


def test_what_a_request_needs_who_gave_it_and_who_still_can() -> None:
    rules = build.deploy_rules(TWO)
    voiced = build.deploy(Status.APPROVED, policy=rules)
    case = replace(voiced, status=Status.REQUESTED, decision=None, valid_until=None)
    found = explain(case, rules, at(6))
    release, security = found.needs

    assert (found.rule, found.matches) == ("deploy[1]", (Match("environments", "production"),))
    assert (release.group, release.lacking, [(g.person, g.at, g.counts) for g in release.given]) == (
        RELEASERS,
        0,
        [("rel", at(5), True)],
    )
    assert (security.group, security.lacking, security.able) == (SECURITY, 1, ("cto",))
    assert found.could == ("cto",)
    assert found.ready
    assert not found.allowed
    assert [(one.what, dict(one.facts)) for one in found.missing] == [
        (Lack.VOICE, {"group": SECURITY, "count": "1"}),
    ]


def test_who_is_barred_by_which_relation_and_commit() -> None:
    parties = (
        *build.parties("dev", "ops"),
        Party("dev", Relation.AUTHOR, T0, SHA),
        Party("rel", Relation.LAST_PUSHER, T0, SHA),
    )
    found = explain(build.deploy(parties=parties))

    assert found.barred == (
        Barred("dev", Relation.REQUESTER),
        Barred("ops", Relation.IMPLEMENTER),
        Barred("dev", Relation.AUTHOR, SHA),
        Barred("rel", Relation.LAST_PUSHER, SHA),
    )
    assert found.could == ("lead",)


@pytest.mark.parametrize(
    ("given_", "barred"),
    [
        pytest.param(
            {"logins": {"lead": "lead-gh"}}, Barred("rel", reason=Reason.GITHUB_UNKNOWN), id="no GitHub login"
        ),
        pytest.param(
            {"accounts": {"rel": (build.account("rel", guest=True),)}}, Barred("rel", reason=Reason.GUEST), id="a guest"
        ),
        pytest.param({"accounts": {"rel": ()}}, Barred("rel", reason=Reason.STANDING_UNKNOWN), id="an unread account"),
        pytest.param({"same": {"rel": "dev"}}, Barred("rel", reason=Reason.SECOND_ACCOUNT), id="a second account"),
    ],
)
def test_who_of_the_group_cannot_and_why(given_: dict[str, Any], barred: Barred) -> None:
    standing = build.deploy().standing
    parts = {name: {**getattr(standing, name), **value} for name, value in given_.items() if name != "logins"}
    case = build.deploy(standing=replace(standing, **{**given_, **parts}))
    found = explain(case)

    assert barred in found.barred
    assert found.could == ("lead",)


def test_who_lacks_a_login_is_told_also_while_a_freeze_holds_it() -> None:
    case = build.deploy(standing=replace(build.deploy().standing, logins={"lead": "lead-gh"}))
    found = explain(case, build.deploy_rules(freezes=(FREEZE,)))

    assert Barred("rel", reason=Reason.GITHUB_UNKNOWN) in found.barred
    assert found.could == ("lead",)


def test_a_good_account_beside_a_bad_one_can() -> None:
    two = (build.account("rel", guest=True), build.account("rel", slack="UREL2"))
    case = build.deploy(standing=replace(build.deploy().standing, accounts={"rel": two}))

    assert explain(case).could == ("rel",)


@pytest.mark.parametrize(
    ("case", "rules", "now", "lack"),
    [
        pytest.param({}, build.deploy_rule(environments=("staging",)), T0, [Lack.RULE], id="no rule is for it"),
        pytest.param({"reading": None, "read": Read()}, None, T0, [Lack.VOICE, Lack.EVIDENCE], id="never read"),
        pytest.param({}, None, at(11), [Lack.VOICE, Lack.EVIDENCE], id="read too long ago"),
        pytest.param(
            {"reading": build.reading(checks=(Check("unit", CheckState.FAILED),))},
            build.deploy_rule(require=(CHECKS,)),
            T0,
            [Lack.VOICE, Lack.CONDITION],
            id="a check failed",
        ),
        pytest.param(
            {"unlinked": True, "reading": None},
            build.deploy_rule(require=(CHECKS,)),
            T0,
            [Lack.VOICE, Lack.CONDITION],
            id="GitHub is not linked",
        ),
    ],
)
def test_what_an_undecided_request_lacks(case: dict[str, Any], rules: DeployRule | None, now: Any, lack: Any) -> None:
    found = explain(build.deploy(**case), build.deploy_rules(*([rules] if rules else [])), now)

    assert lacks(found) == lack
    assert found.ready is (lack == [Lack.VOICE])


def test_each_condition_stands_with_its_evidence_and_when_it_was_read() -> None:
    rules = build.deploy_rules(build.deploy_rule(require=(CHECKS, Requirement(Condition.STAGING_FIRST))))
    read = build.reading(unknown={Part.STAGING: "403"})
    found = explain(build.deploy(reading=read, read=Read(at(-2), at(-1), "403")), rules)
    checks, staging = found.conditions

    assert (checks.state, dict(checks.facts), checks.as_of) == (State.YES, {"passed": "2"}, at(-2))
    assert (staging.state, dict(staging.facts)) == (State.UNKNOWN, {"unread": "staging", "why": "403"})
    assert (found.read_at, found.silent_since) == (at(-2), at(-1))


def test_a_freeze_says_until_when_and_who_can_lift_it() -> None:
    rules = build.deploy_rules(freezes=(FREEZE,))
    found = explain(build.deploy(), rules)
    assert found.frozen is not None
    assert [(m.what, dict(m.facts)) for m in found.missing][1:] == [
        (Lack.FREEZE, {"reason": "release", "until": at(60).isoformat(), "override": RELEASERS})
    ]
    assert found.could == ("rel", "lead") or set(found.could) == {"rel", "lead"}, "their voices count all the same"
    lift = Lifted(found.frozen.id, "rel", T0, "0" * 64, at(60))
    lifted = explain(build.deploy(lifted=(lift,)), rules)

    assert (lifted.frozen, lifted.lifted, lacks(lifted)) == (None, (lift,), [Lack.VOICE])


def test_when_the_next_freeze_begins_is_told_before_it_does() -> None:
    soon = Freeze("release", since=at(90), until=at(600))

    assert explain(build.deploy(), build.deploy_rules(freezes=(soon,))).next_freeze == at(90)


@pytest.mark.parametrize(
    ("case", "now", "lack"),
    [
        pytest.param(build.deploy(Status.APPROVED), at(6), [], id="approved"),
        pytest.param(replace(build.deploy(Status.APPROVED), texts={}), at(6), [Lack.DIGEST], id="edited since"),
        pytest.param(build.deploy(Status.APPROVED), at(5, hours=8), [Lack.EXPIRED], id="expired"),
        pytest.param(build.deploy(Status.REJECTED), at(6), [Lack.ENDED], id="rejected"),
        pytest.param(build.deploy(Status.SUPERSEDED), at(40), [Lack.ENDED], id="replaced"),
        pytest.param(build.deploy(Status.WITHDRAWN), at(70), [Lack.ENDED], id="withdrawn"),
        pytest.param(build.deploy(Status.DEPLOYED), at(20), [Lack.ENDED], id="live"),
        pytest.param(build.case(), T0, [Lack.VOICE], id="an emergency that waits"),
        pytest.param(build.case(Status.APPROVED), at(6), [], id="an emergency in its window"),
        pytest.param(build.case(Status.APPROVED), at(5, hours=4), [Lack.WINDOW], id="an emergency after it"),
        pytest.param(build.case(Status.PROCEEDING), at(6), [], id="one that goes ahead without"),
        pytest.param(build.case(Status.APPROVED, drill=True), at(6), [Lack.DRILL, Lack.WINDOW], id="practice"),
        pytest.param(build.case(Status.REJECTED), at(6), [Lack.ENDED], id="a rejected emergency"),
    ],
)
def test_what_a_decided_change_lacks(case: Case, now: Any, lack: list[Lack]) -> None:
    found = explain(case, now=now)

    assert lacks(found) == lack
    assert found.allowed is (lack == [])
    assert found.ready is (lack == [Lack.VOICE]), "what is decided takes no Approve"


def test_a_voice_for_something_else_is_there_and_does_not_count() -> None:
    edited = replace(build.deploy(Status.APPROVED), texts={})
    party = build.deploy(Status.APPROVED, parties=build.parties(rel=Relation.AUTHOR))

    for case in (edited, party):
        assert [one.counts for one in explain(case).needs[0].given] == [False]
    assert [one.counts for one in explain(build.deploy(Status.APPROVED)).needs[0].given] == [True]


def test_an_emergency_is_explained_by_its_own_rule() -> None:
    special = EmergencyRule(1, (Need("emergency-approvers", 2),), systems=("payments",), risks=("high",))
    found = explaining.explain(build.case(), build.rules(special), T0)

    assert (found.rule, found.matches) == ("emergency.rule[1]", (Match("systems", "payments"), Match("risks", "high")))
    assert (found.needs[0].lacking, found.could, found.conditions) == (2, ("cto", "lead"), ())


def test_paths_say_which_file_matched_or_that_nobody_knows() -> None:
    rules = build.deploy_rules(build.deploy_rule(environments=(), paths=("*.tf",)))
    known = build.deploy(reading=build.reading(paths=("README.md", "eu/main.tf")))

    assert explain(known, rules).matches == (Match("paths", "eu/main.tf"),)
    assert explain(build.deploy(reading=None), rules).matches == (Match("paths", "", unknown=True),)


def test_a_fallback_is_named_and_its_voice_shown_apart() -> None:
    rules = build.deploy_rules(build.deploy_rule(approvers=(Need(SECURITY),), fallback=(FALLBACK,)))
    waiting = build.deploy(standing=replace(build.deploy().standing, rosters={}))
    (need,) = explain(waiting, rules).needs
    assert need.unread
    asked = build.deploy(asks=(Ask("fallback", at(1), ("rel",), (FALLBACK,)),))
    voiced = replace(asked, approvals=(build.approval("rel", right=FALLBACK),))

    assert set(explain(asked, rules).needs[0].able) == {"cto", "rel", "lead"}
    assert [one.person for one in explain(voiced, rules).stand_ins] == ["rel"]
    assert explain(voiced, rules).needs[0].lacking == 0


def test_an_emergency_that_opens_the_pipeline_is_the_basis_of_a_request_that_waits() -> None:
    night = build.case(Status.APPROVED)
    found = explain(build.deploy(), now=at(6), others=(night,))

    assert found.allowed
    assert found.answer is not None
    assert (found.answer.basis, found.answer.key) == (Basis.EMERGENCY, night.key)


# --- a person could predict the verdict ---

some = st.sampled_from((False, False, False, True))
people = ("dev", "ops", "cto", "lead", "rel", "stranger")
rules_ = st.builds(
    lambda approvers, require, frozen, env: build.deploy_rules(
        build.deploy_rule(approvers=approvers, require=require, environments=(env,), fallback=("emergency-approvers",)),
        freezes=(FREEZE,) if frozen else (),
    ),
    st.sampled_from((needs(**{RELEASERS: 1}), needs(**{RELEASERS: 2}), needs(**{RELEASERS: 1, SECURITY: 1}))),
    st.sampled_from(((), (), (CHECKS,), (Requirement(Condition.LINKED_ISSUE),))),
    some,
    st.sampled_from(("production", "production", "production", "staging")),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Case, Rules]:
    """A deploy in any state, with readings of people that are all fresh."""
    rules = draw(rules_)
    status = draw(st.sampled_from((Status.REQUESTED, Status.REQUESTED, Status.APPROVED, *Status)))
    plain = build.deploy(
        parties=(*build.parties(), *(Party(p, Relation.AUTHOR, T0, SHA) for p in people if draw(some) and draw(some))),
        jira=draw(st.sampled_from((None, "OPS-1"))),
        reading=draw(st.sampled_from((None, *(build.reading(),) * 3, build.reading(checks=())))),
        read=draw(st.sampled_from((Read(), *(Read(T0),) * 4, Read(at(-11))))),
        unlinked=draw(some) and draw(some),
        standing=draw(standings()),
        asks=(Ask("widen", at(1), (), ("emergency-approvers",)),) if draw(some) else (),
    )
    known = build.deploy(Status.APPROVED, policy=rules) if draw(some) else plain
    voices = tuple(
        build.approval(p, right=right, digest=known.approvals[0].digest if known.approvals else None)
        for p, right in draw(st.sets(st.sampled_from((("rel", RELEASERS), ("lead", RELEASERS), ("cto", SECURITY)))))
    )
    case = replace(
        plain,
        status=status,
        approvals=voices,
        decision=Decision("approved", at(5), "rel", 1) if status is not Status.REQUESTED else None,
        valid_until=draw(st.sampled_from((None, at(-1), at(60)))),
        rollback=Rollback("DR-1", T0) if draw(some) and draw(some) else None,
    )
    return case, rules


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    flags = st.sampled_from(({}, {}, {}, {"guest": True}, {"deactivated": True}))
    accounts = {p: (build.account(p, **draw(flags)),) for p in people if not (draw(some) and draw(some))}
    whole = build.deploy().standing
    logins = {p: login(p) for p in people if not draw(some)}
    same = {"rel": "dev"} if draw(some) and draw(some) else {}
    return replace(whole, accounts=accounts, logins=logins, same=same)


@given(cases())
def test_whoever_could_approve_and_nobody_else_is_let(question: tuple[Case, Rules]) -> None:
    case, rules = question
    found = explain(case, rules)

    for person in people:
        verdicts = [
            policy.may_approve(case, Actor(person, one.slack), rules, T0)
            for one in case.standing.accounts.get(person, ())
        ]
        allowed = any(one.allowed for one in verdicts)
        assert allowed is (found.ready and person in found.could), (person, verdicts)


@given(cases(), st.sampled_from((0, 30, 61, 600)))
def test_the_verdict_is_that_of_the_gate_and_never_without_what_is_missing(
    question: tuple[Case, Rules], minutes: int
) -> None:
    case, rules = question
    now = at(minutes)
    found = explain(case, rules, now)
    answer = gate.answer(
        (case,),
        repository=case.repository or "",
        sha=case.sha or "",
        environment=case.environment,
        rules=rules,
        now=now,
    )

    assert found.answer == answer
    assert found.allowed is (answer.says is Says.YES)
    assert found.allowed is (not found.missing)


@given(cases())
def test_nobody_who_is_barred_could(question: tuple[Case, Rules]) -> None:
    found = explain(*question)

    assert {one.person for one in found.barred}.isdisjoint(found.could)
    assert {p for need in found.needs for p in need.able} <= set(found.could)


def test_old_readings_of_people_still_say_who_could_but_old_readings_of_github_hold_it_up() -> None:
    later = T0 + timedelta(minutes=11)

    assert explain(build.deploy(), now=later).could
    assert not explain(build.deploy(), now=later).ready
    assert explain(build.deploy()).kind is Kind.DEPLOY
