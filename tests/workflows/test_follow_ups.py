"""A follow-up in other hands, on both databases: who may give it, who may have it, who is told."""

import pytest
from sqlalchemy import insert

from tests import build
from tests.build import T0
from tests.workflows.desk import Desk, Result
from workflows import announce, check, follow_ups, ledger, lists, policy, reviews
from workflows.case import Done, Refused
from workflows.change import Action, Judgement, Mistakes, Reason, Status
from workflows.models import identities, persons
from workflows.reviewed import FollowUp
from workflows.reviews import FollowUpForm


def live(desk: Desk) -> None:
    desk.declare()
    desk.approve("cto")
    desk.deploy()


def reviewed(desk: Desk) -> FollowUp:
    """A review that cto closed with one follow-up, of dev's."""
    live(desk)
    follow = FollowUpForm("alert on the pool", "dev", "2026-11-20")
    assert isinstance(desk.close("cto", judgement=Judgement.FINDINGS, follow_ups=(follow,)), Done)
    return now(desk)


def now(desk: Desk, n: int = 0) -> FollowUp:
    """The follow-up as it is stored."""
    reviews_ = [one for one in (*desk.case.earlier_reviews, desk.case.review) if one and one.follow_ups]
    return reviews_[0].follow_ups[n]


def hand(desk: Desk, who: str, to: str, *, ref: str = "", note: str = "") -> Result:
    return desk.do(who, follow_ups.hand_over, desk.id, ref=ref or now(desk).id, to=to, note=note)


def text(desk: Desk, digest: str) -> str | None:
    with desk.database.read() as tx:
        return ledger.with_texts(tx, desk.case, {digest}).body(digest)


def owed(desk: Desk, person: str) -> list[str]:
    """The follow-ups that somebody's App Home lists."""
    with desk.database.read() as tx:
        found = lists.home(tx, build.actor(person), desk.now, desk.rules).owed
    return [one.ref for one in found if one.ref]


def test_the_owner_hands_it_over_and_it_is_theirs_alone(desk: Desk) -> None:
    follow = reviewed(desk)
    before = desk.case.version

    assert isinstance(hand(desk, "dev", "ops", note="you know the pool"), Done)

    after = now(desk)
    assert (after.owner, after.earlier, after.due, after.done_at) == ("ops", ("dev",), follow.due, None)
    assert desk.case.version == before + 1
    assert desk.events()[-1].person == "dev"
    data = desk.events()[-1].data
    assert (data["ref"], data["to"]) == (follow.id, "ops")
    assert text(desk, data["note"]) == "you know the pool", "kept beside the chain"
    assert desk.replayed() == desk.case
    assert (owed(desk, "dev"), owed(desk, "ops")) == ([], [follow.id])
    refused = desk.do("dev", reviews.mark_done, desk.id, ref=follow.id)
    assert isinstance(refused, Refused)
    assert refused.verdict.reason is Reason.NOT_YOURS
    assert isinstance(desk.do("ops", reviews.mark_done, desk.id, ref=follow.id), Done)
    with desk.database.read() as tx:
        assert list(check.promises(tx, real_now=desk.now)) == []


def test_the_new_owner_is_told_and_both_homes_are_drawn_anew(desk: Desk) -> None:
    follow = reviewed(desk)
    for who in ("dev", "ops"):
        desk.do(who, announce.home, [who])
    before = [desk.wanted(f"home:{who}") for who in ("dev", "ops")]
    assert isinstance(hand(desk, "dev", "ops", note="you know the pool"), Done)
    assert desk.lines()[-1] == "follow_up_handed"
    told = desk.posts("dm:ops", "told")[-1]
    assert told["what"] == "follow_up_handed"
    facts = told["facts"]
    assert (facts["by"], facts["ref"], facts["due"]) == ("dev", follow.id, follow.due)
    assert facts["what_digest"] == follow.what
    assert text(desk, facts["note_digest"]) == "you know the pool"
    assert desk.told("dev")[-1] == "follow_up", "whoever acts is not told what they just did"
    assert [desk.wanted(f"home:{who}") for who in ("dev", "ops")] == [drawn + 1 for drawn in before]


def test_a_reviewer_may_hand_over_what_is_somebody_elses_who_is_told(desk: Desk) -> None:
    reviewed(desk)
    assert isinstance(hand(desk, "lead", "ops"), Done)
    assert desk.told("dev")[-1] == "follow_up_moved"
    assert desk.posts("dm:dev", "told")[-1]["facts"]["to"] == "ops"
    assert desk.told("ops")[-1] == "follow_up_handed"


def test_a_reviewer_who_takes_it_is_not_told_so(desk: Desk) -> None:
    reviewed(desk)
    assert isinstance(hand(desk, "lead", "lead"), Done)
    assert now(desk).owner == "lead"
    assert desk.told("lead") == []
    assert desk.told("dev")[-1] == "follow_up_moved"


@pytest.mark.parametrize("who", ["ops", "stranger"], ids=["the owner of another one", "a stranger"])
def test_nobody_else_hands_it_over(desk: Desk, who: str) -> None:
    live(desk)
    both = (
        FollowUpForm("alert on the pool", "dev", "2026-11-20"),
        FollowUpForm("test the rollback", "ops", "2026-11-20"),
    )
    desk.close("cto", judgement=Judgement.NO, follow_ups=both)
    found = hand(desk, who, "rel")
    assert isinstance(found, Refused)
    assert found.verdict.reason is Reason.NOT_YOURS
    assert (desk.kinds()[-1], now(desk).owner) == ("refused", "dev")
    done = desk.do(who, reviews.mark_done, desk.id, ref=now(desk).id)
    assert isinstance(done, Refused), "nor ticks it off"
    assert isinstance(hand(desk, "ops", "rel", ref=now(desk, 1).id), Done), "their own they do"


@pytest.mark.parametrize("flag", ["guest", "deactivated", "bot", "foreign"])
def test_who_cannot_have_it(desk: Desk, flag: str) -> None:
    reviewed(desk)
    desk.become("ops", **{flag: True})
    version = desk.case.version
    assert hand(desk, "dev", "ops") == Mistakes({"to": "no-account"})
    assert (desk.case.version, now(desk).owner) == (version, "dev")


def test_an_account_that_was_never_read_cannot_have_it(desk: Desk) -> None:
    reviewed(desk)
    with desk.database.write() as tx:
        tx.execute(insert(persons), {"id": "new", "name": "new", "created_at": T0})
        tx.execute(insert(identities), {"kind": "slack", "value": "UNEW", "person": "new", "verified_at": T0})
    assert hand(desk, "dev", "new") == Mistakes({"to": "unread"})


@pytest.mark.parametrize(("to", "mistake"), [("", "empty"), ("dev", "has-it")])
def test_it_takes_somebody_else(desk: Desk, to: str, mistake: str) -> None:
    reviewed(desk)
    assert hand(desk, "dev", to) == Mistakes({"to": mistake})


def test_what_is_done_is_not_handed_over(desk: Desk) -> None:
    follow = reviewed(desk)
    desk.do("dev", reviews.mark_done, desk.id, ref=follow.id)
    found = hand(desk, "dev", "ops")
    assert isinstance(found, Refused)
    assert (found.verdict.reason, found.verdict.facts["follow_up"]) == (Reason.NOT_NOW, "done")


@pytest.mark.parametrize("ref", ["nothing", "id00001"])
def test_what_is_no_follow_up_is_not_handed_over(desk: Desk, ref: str) -> None:
    reviewed(desk)
    found = hand(desk, "cto", "ops", ref=ref)
    assert isinstance(found, Refused)
    assert found.verdict.reason is Reason.NOT_NOW


def test_an_unknown_change_has_none(desk: Desk) -> None:
    found = desk.do("dev", follow_ups.hand_over, "nothing", ref="f1", to="ops")
    assert isinstance(found, Refused)
    assert found.verdict.reason is Reason.UNKNOWN_CHANGE


def test_one_of_an_earlier_review_is_handed_over_too(desk: Desk) -> None:
    follow = reviewed(desk)
    desk.wait(5)
    desk.deploy()
    assert desk.case.earlier_reviews
    assert isinstance(hand(desk, "dev", "ops"), Done)
    assert (now(desk).id, now(desk).owner) == (follow.id, "ops")
    assert owed(desk, "ops") == [follow.id]


def test_the_day_reminds_whoever_has_it_then(desk: Desk) -> None:
    reviewed(desk)
    hand(desk, "dev", "ops")
    hand(desk, "ops", "rel")
    assert now(desk).earlier == ("dev", "ops")
    before = {one: len(desk.reminded(one)) for one in ("dev", "ops", "rel")}
    desk.live(desk.now.replace(day=21))
    after = {one: len(desk.reminded(one)) - before[one] for one in before}
    assert after == {"dev": 0, "ops": 0, "rel": 1}
    assert desk.reminded("rel")[-1]["kind"] == "follow_up"


def test_a_reminder_that_was_sent_is_drawn_anew_when_it_is_handed_on(desk: Desk) -> None:
    reviewed(desk)
    desk.live(desk.now.replace(day=20, hour=12))
    assert [one["kind"] for one in desk.reminded("dev")][-1] == "follow_up"
    newest = f"debts:dev:{len(desk.reminded('dev'))}"
    before = desk.wanted(newest)
    assert isinstance(hand(desk, "dev", "ops"), Done)
    assert desk.wanted(newest) == before + 1


def test_what_may_be_done_is_shown_of_the_follow_up_that_is_meant() -> None:
    first = FollowUp("f1", "0" * 64, "dev", "2026-11-20")
    done = FollowUp("f2", "1" * 64, "dev", "2026-11-20", T0, "dev")
    review = build.review(closed_at=T0, follow_ups=(first, done))
    case = build.case(Status.REVIEWED, review=review)

    def offered(who: str, ref: str) -> set[Action]:
        shown = policy.actions_for(case, build.actor(who), build.rules(), T0, ref=ref)
        return {Action.MARK_DONE, Action.HAND_FOLLOW_UP} & set(shown)

    assert offered("dev", "f1") == offered("lead", "f1") == {Action.MARK_DONE, Action.HAND_FOLLOW_UP}
    assert offered("ops", "f1") == offered("dev", "f2") == offered("lead", "") == set()
