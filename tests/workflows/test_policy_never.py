"""What must never happen, whatever the case, the readings and the click: properties of the policy."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests import build
from tests.build import T0, actor, needs
from workflows import policy, quorum
from workflows.case import Ask, Case, Decision, Party
from workflows.change import Action, Actor, Reason, Relation, Status, Verdict
from workflows.ruleset import Rules
from workflows.standing import Account, Roster, Standing

PEOPLE = ("ann", "bob", "cat", "dan", "eve")
GROUPS = ("a", "b", "f")
VOICES = (Action.APPROVE, Action.REJECT, Action.RATIFY, Action.OBJECT)

STATUSES = (
    *(Status.DECLARED,) * 8,
    *(Status.DEPLOYED,) * 3,
    *(Status.APPROVED, Status.REJECTED, Status.PROCEEDING, Status.DEPLOYED, Status.REVIEWED, Status.WITHDRAWN),
)

# Mostly what makes a voice count, so that each single thing against it is tried alone.
moments = st.sampled_from((*(0,) * 12, -3600, -61, -60, -1, 1, 60, 61)).map(lambda s: T0 + timedelta(seconds=s))
versions = st.sampled_from((1, 1, 1, 1, 2))
people = st.sampled_from(PEOPLE)
flags = st.booleans()
rarely = st.sampled_from((*(False,) * 15, True))


@st.composite
def accounts(draw: st.DrawFn, person: str) -> tuple[Account, ...]:
    """None to two accounts of a person, in any state."""
    ids = (build.slack(person), f"{build.slack(person)}2")[: draw(st.sampled_from((0, 1, 1, 1, 1, 2, 2)))]
    names = ("deactivated", "bot", "guest", "foreign", "stale")
    return tuple(
        build.account(person, slack=one, as_of=draw(moments), **{name: draw(rarely) for name in names}) for one in ids
    )


@st.composite
def rosters(draw: st.DrawFn, group: str) -> Roster:
    members = frozenset(draw(st.sets(people, min_size=3, max_size=5)))
    return Roster(group, members, None if draw(rarely) else draw(moments), draw(rarely))


@st.composite
def questions(draw: st.DrawFn) -> tuple[Case, Rules, Actor, int]:
    """Any case of an emergency, any readings, and anybody who clicks on any version of it."""
    status = draw(st.sampled_from(STATUSES))
    standing = Standing(
        {p: draw(accounts(p)) for p in PEOPLE},
        {g: draw(rosters(g)) for g in GROUPS if not draw(rarely)},
    )
    requester, implementer = draw(st.sampled_from(("ann", "ann", "bob"))), draw(st.sampled_from(("ann", "ann", "cat")))
    voices = tuple(
        build.approval(
            draw(people),
            revision=draw(versions),
            right=draw(st.sampled_from(GROUPS)),
            phase=draw(st.sampled_from(("before", "after"))),
            voice=draw(st.sampled_from(("approve", "ratify", "reject"))),
            taken_back_at=draw(st.sampled_from((None, None, T0))),
        )
        for _ in range(draw(st.sampled_from((0, 0, 1, 1, 2, 3))))
    )
    more = tuple(Party(p, draw(st.sampled_from(list(Relation))), T0) for p in PEOPLE if draw(rarely))
    case = build.case(
        status,
        requester=requester,
        implementer=implementer,
        revision=draw(versions),
        standing=standing,
        approvals=voices,
        parties=(*build.parties(requester, implementer), *more),
        asks=(Ask("widen", T0, (), ("f",)),) if draw(flags) else (),
        decision=draw(st.sampled_from((None, Decision("proceeding", T0, "dev", 1)))),
        drill=draw(flags),
    )
    wanted = draw(st.sampled_from((needs(a=1), needs(a=2), needs(a=1, b=1), needs(a=2, b=1))))
    rules = build.rules(
        default=build.rule(approvers=wanted, fallback=("f",), reviewers=("a",)), groups=dict.fromkeys(GROUPS, ())
    )
    person = draw(people)
    slack = f"{build.slack(person)}2" if draw(rarely) else build.slack(person)
    return case, rules, actor(person, slack_id=slack), draw(versions)


def ask(action: Action, question: tuple[Case, Rules, Actor, int]) -> Verdict:
    case, rules, who, revision = question
    return policy.may(action, case, who, rules, T0, revision=revision)


@given(questions(), st.sampled_from(VOICES))
def test_whoever_is_allowed_a_voice_has_everything_a_voice_takes(
    question: tuple[Case, Rules, Actor, int], action: Action
) -> None:
    case, rules, who, revision = question
    verdict = ask(action, question)
    if not verdict.allowed:
        assert verdict.reason is not None
        assert verdict.right is None
        return

    assert who.person not in quorum.parties(case), "a party"
    assert revision == case.revision, "a stale card"
    account = next(a for a in case.standing.accounts[who.person] if a.slack == who.slack)
    assert account.good, "a guest, a bot, somebody deactivated or from elsewhere"
    assert quorum.fresh(account.as_of, account.stale, rules, T0), "an account read too long ago"
    assert verdict.right is not None
    roster = case.standing.rosters[verdict.right]
    assert who.person in roster.members, "not in the group the voice counts for"
    assert quorum.fresh(roster.as_of, roster.stale, rules, T0), "a group read too long ago"
    assert verdict.right in quorum.groups(case, rules), "a group that the rule does not name"
    assert verdict.right != "f" or case.asks, "a fallback that nobody asked"


@given(questions(), st.sampled_from(VOICES))
def test_nobody_is_allowed_a_second_voice(question: tuple[Case, Rules, Actor, int], action: Action) -> None:
    case, _, who, _ = question
    phase = "before" if action in (Action.APPROVE, Action.REJECT) else "after"
    spoken = {(a.person, a.revision, a.phase) for a in case.approvals}

    if (who.person, case.revision, phase) in spoken:
        assert not ask(action, question).allowed


@given(questions())
def test_what_is_decided_or_under_way_is_never_approved_or_rejected(question: tuple[Case, Rules, Actor, int]) -> None:
    if question[0].status is not Status.DECLARED:
        assert not ask(Action.APPROVE, question).allowed
        assert not ask(Action.REJECT, question).allowed


@given(questions())
def test_a_yes_always_fills_a_missing_need(question: tuple[Case, Rules, Actor, int]) -> None:
    case, rules, who, _ = question
    verdict = ask(Action.APPROVE, question)
    before = sum(need.count for need in quorum.missing(case, rules))
    if not verdict.allowed or not before:
        return

    mine = build.approval(who.person, revision=case.revision, right=verdict.right)
    after = quorum.missing(replace(case, approvals=(*case.approvals, mine)), rules)
    assert sum(need.count for need in after) == before - 1


@given(questions(), st.sampled_from((Action.WRITE_REVIEW, Action.AMEND_REVIEW, Action.TAKE_OVER)))
def test_a_party_never_writes_or_takes_the_review(question: tuple[Case, Rules, Actor, int], action: Action) -> None:
    if ask(action, question).allowed:
        assert question[2].person not in quorum.parties(question[0])


@given(questions(), st.sampled_from(list(Action)))
def test_guests_bots_strangers_and_the_deactivated_do_nothing_at_all(
    question: tuple[Case, Rules, Actor, int], action: Action
) -> None:
    case, _, who, _ = question
    mine = [a for a in case.standing.accounts[who.person] if a.slack == who.slack]

    if mine and not mine[0].good:
        assert not ask(action, question).allowed


@given(questions(), st.sampled_from(list(Action)))
def test_a_drill_is_decided_like_the_real_thing(question: tuple[Case, Rules, Actor, int], action: Action) -> None:
    case, rules, who, revision = question
    real = ask(action, (replace(case, drill=False), rules, who, revision))

    assert ask(action, (replace(case, drill=True), rules, who, revision)) == real


@given(questions(), st.sampled_from(list(Action)))
def test_every_no_has_a_reason_and_asking_again_gives_the_same_answer(
    question: tuple[Case, Rules, Actor, int], action: Action
) -> None:
    verdict = ask(action, question)

    assert verdict == ask(action, question)
    assert verdict.allowed is (verdict.reason is None)
    assert isinstance(verdict.reason, Reason | None)
    barred = quorum.parties(question[0])
    assert not barred & set(verdict.who_can), "a party is named as somebody who can approve"


@given(questions())
def test_what_is_shown_to_a_person_is_what_a_fresh_reading_would_allow(
    question: tuple[Case, Rules, Actor, int],
) -> None:
    case, rules, who, _ = question
    fresh = Standing(
        {p: tuple(replace(a, as_of=T0, stale=False) for a in many) for p, many in case.standing.accounts.items()},
        {g: replace(r, as_of=T0, stale=False) for g, r in case.standing.rosters.items()},
    )
    shown = policy.actions_for(case, who, rules, T0)

    for action in shown:
        reread = replace(case, standing=fresh)
        if case.standing.accounts[who.person] and len(fresh.rosters) == len(GROUPS):
            verdict = policy.may(action, reread, who, rules, T0)
            assert verdict.allowed or verdict.reason is Reason.STANDING_UNKNOWN
