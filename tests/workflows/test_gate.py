"""Whether the pipeline may go: promise 6. Yes on exactly three bases, named; for exactly that commit; unknown is no."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import build
from tests.build import NEXT_SHA, RELEASERS, REPOSITORY, SECURITY, SHA, T0, at, needs
from workflows import binding, freezes, gate, quorum
from workflows.case import Approval, Case, Decision, Party
from workflows.change import Basis, Relation, Status
from workflows.gate import Answer, Says, Why
from workflows.gated import Lifted, Rollback
from workflows.reading import Commit
from workflows.ruleset import DeployRule, Freeze, Rules, System

RULES = build.deploy_rules()
NOW = at(30)
TWO = build.deploy_rules(build.deploy_rule(approvers=needs(**{RELEASERS: 1, SECURITY: 1})))
FROZEN = build.deploy_rules(freezes=(Freeze("release", since=T0, until=at(hours=9), override=RELEASERS),))
BACK = Rollback("DR-2026-0000", at(days=-3), NEXT_SHA)


def ask(*cases: Case, rules: Rules = RULES, now: datetime = NOW, **given_: str) -> Answer:
    where = {"repository": REPOSITORY, "sha": SHA, "environment": "production"} | given_
    return gate.answer(cases, rules=rules, now=now, **where)


def bare(answer: Answer) -> tuple[Says, Basis | Why | None]:
    return answer.says, answer.basis or answer.why


def approved(**given_: Any) -> Case:
    return build.deploy(Status.APPROVED, **given_)


def emergency(status: Status = Status.APPROVED, **given_: Any) -> Case:
    return build.case(status, **given_)


def back(**given_: Any) -> Case:
    decided = {"rollback": BACK, "decision": Decision("rollback", at(5), "dev", 1), "status": Status.PROCEEDING}
    return replace(build.deploy(), **{**decided, **given_})


YES, WAIT, NO = Says.YES, Says.WAIT, Says.NO


@pytest.mark.parametrize(
    ("case", "given_", "answer"),
    [
        pytest.param(approved(), {}, (YES, Basis.APPROVED), id="approved, for exactly this commit"),
        pytest.param(approved(), {"sha": NEXT_SHA}, (NO, Why.NOT_ASKED), id="approved, but for another commit"),
        pytest.param(approved(), {"sha": SHA[:7]}, (NO, Why.NOT_ASKED), id="a short commit is none"),
        pytest.param(approved(), {"sha": ""}, (NO, Why.NOT_ASKED), id="no commit is none"),
        pytest.param(approved(), {"environment": "staging"}, (NO, Why.NOT_ASKED), id="for another environment"),
        pytest.param(approved(), {"environment": "Production"}, (YES, Basis.APPROVED), id="environment, other letters"),
        pytest.param(approved(), {"repository": "acme/web"}, (NO, Why.NOT_ASKED), id="for another repository"),
        pytest.param(
            approved(), {"repository": "ACME/Payments"}, (YES, Basis.APPROVED), id="repository, other letters"
        ),
        pytest.param(approved(), {"now": at(5, hours=8)}, (NO, Why.EXPIRED), id="to the second it ends"),
        pytest.param(
            approved(), {"now": at(5, hours=8) - timedelta(seconds=1)}, (YES, Basis.APPROVED), id="not before that"
        ),
        pytest.param(approved(valid_until=None), {}, (NO, Why.EXPIRED), id="an end that nobody set is over"),
        pytest.param(approved(), {"rules": FROZEN}, (WAIT, Why.FROZEN), id="a freeze that began later holds it"),
        pytest.param(approved(), {"rules": FROZEN, "now": at(hours=7)}, (WAIT, Why.FROZEN), id="until the freeze ends"),
        pytest.param(approved(), {"rules": TWO}, (WAIT, Why.CHANGED), id="the policy asks for another group by now"),
        pytest.param(
            approved(),
            {"rules": build.deploy_rules(build.deploy_rule(environments=("x",)))},
            (NO, Why.NO_RULE),
            id="no rule",
        ),
        pytest.param(approved(texts={}), {}, (YES, Basis.APPROVED), id="bound to what it says"),
        pytest.param(replace(approved(), texts={}), {}, (WAIT, Why.CHANGED), id="its texts were edited since"),
        pytest.param(replace(approved(), revision=2), {}, (WAIT, Why.CHANGED), id="it is another revision by now"),
        pytest.param(replace(approved(), approvals=()), {}, (WAIT, Why.CHANGED), id="nobody's voice stands"),
        pytest.param(
            replace(approved(), approvals=(build.approval("rel", right=RELEASERS),)),
            {},
            (WAIT, Why.CHANGED),
            id="unbound",
        ),
        pytest.param(
            approved(parties=build.parties(rel=Relation.AUTHOR)), {}, (WAIT, Why.CHANGED), id="its approver made it"
        ),
        pytest.param(
            approved(standing=replace(build.standing(), same={"rel": "dev"})),
            {},
            (WAIT, Why.CHANGED),
            id="or is who did",
        ),
        pytest.param(approved(policy=TWO), {"rules": TWO}, (WAIT, Why.CHANGED), id="one of two voices is not enough"),
        pytest.param(build.deploy(), {}, (WAIT, Why.UNDECIDED), id="nobody decided yet"),
        pytest.param(build.deploy(), {"rules": FROZEN}, (WAIT, Why.FROZEN), id="nobody decided, and a freeze holds it"),
        pytest.param(
            build.deploy(Status.REJECTED), {"rules": FROZEN}, (NO, Why.REJECTED), id="a freeze changes no verdict"
        ),
        pytest.param(build.deploy(Status.REJECTED), {}, (NO, Why.REJECTED), id="rejected"),
        pytest.param(build.deploy(Status.EXPIRED), {}, (NO, Why.EXPIRED), id="expired"),
        pytest.param(build.deploy(Status.SUPERSEDED), {}, (NO, Why.SUPERSEDED), id="replaced"),
        pytest.param(build.deploy(Status.WITHDRAWN), {}, (NO, Why.WITHDRAWN), id="withdrawn"),
        pytest.param(build.deploy(Status.DEPLOYED), {}, (NO, Why.DONE), id="live already"),
        pytest.param(replace(approved(), drill=True), {}, (NO, Why.NOT_ASKED), id="practice opens nothing"),
        pytest.param(back(), {}, (YES, Basis.ROLLBACK), id="a way back"),
        pytest.param(back(), {"rules": FROZEN}, (YES, Basis.ROLLBACK), id="also in a freeze"),
        pytest.param(back(), {"sha": NEXT_SHA}, (NO, Why.NOT_ASKED), id="back to that commit and no other"),
        pytest.param(back(closed_at=at(20)), {}, (NO, Why.DONE), id="it went back already"),
        pytest.param(back(status=Status.WITHDRAWN), {}, (NO, Why.WITHDRAWN), id="the way back was withdrawn"),
        pytest.param(emergency(), {}, (YES, Basis.EMERGENCY), id="an approved emergency"),
        pytest.param(emergency(), {"sha": NEXT_SHA}, (YES, Basis.EMERGENCY), id="any commit"),
        pytest.param(emergency(), {"rules": FROZEN}, (YES, Basis.EMERGENCY), id="in a freeze too"),
        pytest.param(emergency(Status.PROCEEDING), {}, (YES, Basis.EMERGENCY), id="one that goes ahead without"),
        pytest.param(emergency(Status.DEPLOYED), {}, (YES, Basis.EMERGENCY), id="also after its first deployment"),
        pytest.param(emergency(), {"repository": "acme/web"}, (NO, Why.NOT_ASKED), id="not for another system"),
        pytest.param(emergency(), {"repository": "Acme/PAYMENTS"}, (YES, Basis.EMERGENCY), id="repository letters"),
        pytest.param(emergency(), {"environment": "staging"}, (NO, Why.NOT_ASKED), id="not for another environment"),
        pytest.param(emergency(), {"now": at(5, hours=4)}, (NO, Why.NOT_ASKED), id="not when its window is over"),
        pytest.param(emergency(window_until=None), {}, (NO, Why.NOT_ASKED), id="not without a window"),
        pytest.param(emergency(Status.DECLARED), {}, (NO, Why.NOT_ASKED), id="not while undecided"),
        pytest.param(emergency(Status.REJECTED), {}, (NO, Why.NOT_ASKED), id="not when rejected"),
        pytest.param(
            emergency(Status.DECLARED, window_until=at(hours=4)),
            {},
            (NO, Why.NOT_ASKED),
            id="not undecided with a window",
        ),
        pytest.param(emergency(drill=True), {}, (NO, Why.NOT_ASKED), id="a drill opens nothing"),
        pytest.param(replace(emergency(), status=Status.WITHDRAWN), {}, (NO, Why.NOT_ASKED), id="not when withdrawn"),
    ],
)
def test_an_answer(case: Case, given_: dict[str, Any], answer: tuple[Says, Basis | Why]) -> None:
    assert bare(ask(case, **given_)) == answer


def test_what_nobody_approved_does_not_stand() -> None:
    """Not even under a policy that names nobody, and so misses no voice."""
    none = build.deploy_rules(build.deploy_rule(environments=("staging",)))

    assert gate.stands(approved(), RULES)
    assert not gate.stands(build.deploy(), none)


def test_nobody_asked() -> None:
    assert ask() == gate.NOT_ASKED


def test_a_freeze_says_until_when_and_why() -> None:
    answer = ask(approved(), rules=FROZEN)

    assert (answer.until, answer.facts) == (at(hours=9), {"reason": "release"})


def test_a_lifted_freeze_does_not_hold() -> None:
    (frozen,) = freezes.current(FROZEN, "production", NOW)
    case = approved(lifted=(Lifted(frozen.id, "rel", at(10), "0" * 64, frozen.until),))

    assert bare(ask(case, rules=FROZEN)) == (YES, Basis.APPROVED)


def test_a_commit_that_was_asked_for_before_a_push_is_told_so() -> None:
    read = build.reading(NEXT_SHA, commits=(Commit(SHA, "t"), Commit(NEXT_SHA, "t")))
    moved = build.deploy(sha=NEXT_SHA, reading=read)

    assert bare(ask(moved)) == (NO, Why.OTHER_COMMIT)


def test_the_best_answer_is_given_and_approved_comes_before_emergency() -> None:
    waiting, yes, night = build.deploy(id="d2"), approved(), emergency()

    assert bare(ask(waiting, yes, night)) == (YES, Basis.APPROVED)
    assert bare(ask(night, waiting)) == (YES, Basis.EMERGENCY)
    assert bare(ask(build.deploy(Status.REJECTED), waiting)) == (WAIT, Why.UNDECIDED)
    assert bare(ask(night, back(id="d3"))) == (YES, Basis.ROLLBACK)


# --- promise 6, for cases that nobody thought of ---

rarely = st.sampled_from((False, False, False, True))
moments = st.sampled_from((None, -60, 29, 30, 31, 600)).map(lambda m: None if m is None else at(m))
STATUSES = (Status.APPROVED, Status.APPROVED, Status.APPROVED, *Status)
PERIOD = Freeze("f", since=at(-10), until=at(60), override=RELEASERS)
policies = st.builds(
    lambda rule, frozen: build.deploy_rules(
        rule, freezes=(PERIOD,) if frozen else (), systems={"payments": System("payments", (REPOSITORY,))}
    ),
    st.sampled_from(
        (
            build.deploy_rule(),
            build.deploy_rule(approvers=needs(**{RELEASERS: 1, SECURITY: 1})),
            build.deploy_rule(environments=("staging",)),
        )
    ),
    rarely,
)


@st.composite
def voices(draw: st.DrawFn, case: Case, rules: Rules) -> tuple[Approval, ...]:
    """None to three voices, most of them good ones."""
    exact = binding.digest(case, rules)
    return tuple(
        build.approval(
            who,
            right=draw(st.sampled_from((RELEASERS, RELEASERS, SECURITY))),
            revision=draw(st.sampled_from((1, 1, 1, 2))),
            digest=draw(st.sampled_from((exact, exact, exact, "0" * 64, None))),
            voice=draw(st.sampled_from(("approve", "approve", "approve", "reject"))),
            taken_back_at=at(9) if draw(rarely) and draw(rarely) else None,
        )
        for who in draw(st.sets(st.sampled_from(("rel", "cto", "lead")), min_size=0, max_size=3))
    )


@st.composite
def deploys(draw: st.DrawFn, rules: Rules) -> Case:
    case = build.deploy(
        sha=draw(st.sampled_from((SHA, SHA, SHA, NEXT_SHA, None))),
        repository=draw(st.sampled_from((REPOSITORY, REPOSITORY, REPOSITORY, "acme/web", None))),
        environment=draw(st.sampled_from(("production", "production", "production", "staging"))),
        parties=(*build.parties(), *(Party(p, Relation.AUTHOR, T0) for p in ("rel", "cto") if draw(rarely))),
    )
    freeze = freezes.current(rules, case.environment, NOW)
    return replace(
        case,
        approvals=draw(voices(case, rules)),
        status=draw(st.sampled_from(STATUSES)),
        decision=Decision("approved", at(5), "rel", 1),
        valid_until=draw(moments),
        closed_at=at(20) if draw(rarely) else None,
        drill=draw(rarely),
        rollback=BACK if draw(rarely) else None,
        lifted=tuple(Lifted(one.id, "rel", T0, "0" * 64) for one in freeze if draw(rarely)),
    )


emergencies = st.builds(
    lambda status, until, kind, systems, drill, where: replace(
        build.case(Status.APPROVED),
        status=status,
        window_until=until,
        decision=Decision(kind, at(5), "cto", 1) if kind else None,
        systems=systems,
        drill=drill,
        environment=where,
    ),
    st.sampled_from(STATUSES),
    moments,
    st.sampled_from((None, "approved", "approved", "proceeding", "rejected")),
    st.sampled_from((("payments",), ("payments",), ("web",), ())),
    rarely,
    st.sampled_from(("production", "production", "staging")),
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[tuple[Case, ...], Rules]:
    rules = draw(policies)
    one = st.one_of(deploys(rules), deploys(rules), emergencies)
    many: Sequence[Case] = draw(st.lists(one, min_size=1, max_size=2))
    return tuple(replace(case, id=f"c{n}") for n, case in enumerate(many)), rules


def basis(case: Case, rules: Rules) -> Basis | None:
    """Promise 6 in its own words, written a second time: on which basis this change lets `SHA` into production."""
    if case.drill or case.environment != "production" or case.status is Status.WITHDRAWN:
        return None
    if case.key.startswith("EC"):
        decided = case.decision is not None and case.decision.kind in ("approved", "proceeding")
        inside = case.window_until is not None and case.window_until > NOW
        return Basis.EMERGENCY if decided and inside and "payments" in case.systems else None
    if case.repository != REPOSITORY or case.sha != SHA:
        return None
    if case.rollback:
        return Basis.ROLLBACK if case.closed_at is None else None
    rule: DeployRule = rules.deploy[0]
    standing = [
        a for a in case.approvals if a.voice == "approve" and a.revision == case.revision and a.taken_back_at is None
    ]
    made = {party.person for party in case.parties}
    exact = all(a.digest == binding.digest(case, rules) and a.person not in made for a in standing)
    counted = all(sum(a.right == need.group for a in standing) >= need.count for need in rule.approvers)
    held = bool(rules.freezes) and not case.lifted
    unexpired = case.valid_until is not None and case.valid_until > NOW
    ready = "production" in rule.environments and exact and counted and unexpired and not held
    return Basis.APPROVED if ready and case.status is Status.APPROVED else None


@given(questions())
def test_yes_is_said_on_exactly_three_bases_and_each_is_named(question: tuple[tuple[Case, ...], Rules]) -> None:
    cases, rules = question
    answer = ask(*cases, rules=rules)
    found = {case.id: basis(case, rules) for case in cases}

    if answer.says is Says.YES:
        assert answer.change is not None
        assert answer.basis is not None
        assert answer.basis is found[answer.change]
        assert answer.why is None
    else:
        assert not any(found.values())
        assert answer.basis is None
        assert answer.why is not None


@given(questions())
def test_what_is_not_an_approval_never_counts_as_one(question: tuple[tuple[Case, ...], Rules]) -> None:
    cases, rules = question
    answer = ask(*cases, rules=rules)
    if answer.basis is not Basis.APPROVED:
        return
    (case,) = (one for one in cases if one.id == answer.change)

    assert not quorum.missing(case, rules)
    assert case.rollback is None
    assert {a.person for a in quorum.voices(case)}.isdisjoint(quorum.parties(case))
