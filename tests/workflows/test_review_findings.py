"""What somebody broke on purpose once: each stays mended."""

from dataclasses import replace
from datetime import time, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from tests import build
from tests.workflows.desk import Desk
from workflows import aftermath, check, drafts, evidence, inbox, leases, ledger, persons, reviews
from workflows.case import Done, Refused
from workflows.change import Field, Judgement, Reason
from workflows.models import changes, identities, outbox, policies, texts
from workflows.reviews import FollowUpForm
from workflows.ruleset import QuietHours


def exported(desk: Desk) -> dict[str, Any]:
    return next(iter(evidence.records(desk.database, now=desk.now)))


def test_a_group_that_is_never_pinged_does_not_put_off_the_moment_at_which_the_fallback_is_asked(
    sqlite_desk: Desk,
) -> None:
    desk = sqlite_desk
    quiet = {name: replace(g, notify=name != build.APPROVERS) for name, g in desk.rules.groups.items()}
    desk.rules = replace(desk.rules, groups=quiet)
    desk.declare()
    for _ in range(12):
        desk.wait(1)
        desk.recheck()
        desk.sweep()
    assert [a.round for a in desk.case.asks] == ["first", "nudge", "widen", "stand-in"]
    assert desk.told("dev") == ["no_answer"]


def test_a_zone_that_this_machine_does_not_know_holds_up_nobody(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.rules = build.rules(default=build.rule(quiet_hours=QuietHours(time(22), time(7))))
    desk.lives("cto", "Moon/Tranquility")
    desk.declare()
    desk.approve("cto")
    desk.declare()
    desk.approve("lead")
    desk.wait(hours=10)
    assert desk.sweep() == 2
    assert desk.reminded("cto")
    assert desk.reminded("lead")


def test_a_review_owed_anew_is_told_of_anew(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare()
    desk.approve("cto")
    desk.live(desk.now + timedelta(hours=30))
    desk.take_back("cto")
    before = len(desk.reminded("lead"))
    desk.approve("lead")
    desk.live(desk.now + timedelta(minutes=1))
    assert [one["kind"] for one in desk.reminded("lead")[before:]] == ["escalation"]


def test_no_edit_afterwards_takes_an_objection_out_of_the_record(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare()
    desk.approve("cto")
    desk.deploy()
    desk.object_to("lead")
    assert isinstance(desk.add(implementer="cto"), Done)
    assert exported(desk)["decision"] == "objected"
    assert exported(desk)["exceptions"] == ["without-approval", "approver-named-implementer", "objected-afterwards"]


def test_what_was_live_before_it_was_approved_is_an_exception_whoever_says_so_and_when(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare()
    desk.wait(30)
    desk.approve("cto")
    desk.deploy(at=desk.now - timedelta(minutes=20))
    assert exported(desk)["exceptions"] == ["deployed-before-decision"]


def test_a_change_completed_with_live_since_was_not_approved_before_it_was_live(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare()
    desk.wait(5)
    desk.add(live_since=desk.now - timedelta(minutes=4))
    desk.approve("cto")
    desk.deploy()
    assert exported(desk)["approved_before_deploy"] is False
    assert exported(desk)["exceptions"] == ["deployed-before-decision"]


def test_what_was_deployed_after_it_was_withdrawn_is_an_exception(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare()
    desk.do("dev", aftermath.withdraw, desk.id)
    desk.deploy(why="we did it anyway")
    assert exported(desk)["exceptions"] == ["deployed-although-withdrawn"]


def shares_the_address_of(desk: Desk, person: str, other: str) -> None:
    """Have Slack say of somebody's account that its e-mail is now that of `other`."""
    with desk.database.write() as tx:
        persons.person_for(
            tx,
            slack=build.slack(person),
            email=build.email(other),
            name=person,
            zone=None,
            now=desk.now,
            new_id=desk.new_id,
        )


def test_two_accounts_that_came_to_share_an_address_are_one_human_who_cannot_approve_their_own(desk: Desk) -> None:
    desk.declare("dev")
    shares_the_address_of(desk, "cto", "dev")
    refused = desk.approve("cto")
    assert isinstance(refused, Refused)
    assert refused.verdict.reason is Reason.SECOND_ACCOUNT
    assert desk.status == "declared"


def test_nor_the_other_way_around(desk: Desk) -> None:
    desk.declare("cto")
    shares_the_address_of(desk, "lead", "cto")
    assert isinstance(desk.approve("lead"), Refused)
    desk.declare("lead")
    assert isinstance(desk.approve("cto"), Refused)


def test_nor_give_two_voices(desk: Desk) -> None:
    desk.rules = build.rules(default=build.rule(approvers=build.needs(**{build.APPROVERS: 2})))
    desk.declare("dev")
    shares_the_address_of(desk, "lead", "cto")
    assert isinstance(desk.approve("cto"), Done)
    refused = desk.approve("lead")
    assert isinstance(refused, Refused)
    assert refused.verdict.reason is Reason.SECOND_VOICE
    assert desk.status == "declared"


def test_nor_review_their_own(desk: Desk) -> None:
    shares_the_address_of(desk, "cto", "dev")
    desk.declare("dev")
    desk.proceed()
    desk.deploy()
    assert desk.case.review is not None
    assert desk.case.review.owner != "cto"
    refused = desk.close("cto")
    assert isinstance(refused, Refused)
    assert refused.verdict.reason is Reason.REVIEW_BY_PARTY


def promises(desk: Desk) -> list[str]:
    with desk.database.read() as tx:
        return [str(one) for one in check.promises(tx, real_now=desk.now)]


def reviewed(desk: Desk) -> None:
    """A change with every kind of text: replaced, of voices, of deployments, of the review and after it."""
    desk.declare()
    desk.add(plan="roll back to v810 first")
    desk.approve(note="fine")
    desk.deploy(known="the pool")
    follow = FollowUpForm("more alerts", "lead", "2026-12-01")
    assert isinstance(desk.close(judgement=Judgement.FINDINGS, follow_ups=(follow,)), Done)
    desk.do("cto", reviews.amend, desk.id, text="it was the other pool")


def test_no_text_goes_missing_without_a_trace(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    reviewed(desk)
    with desk.database.read() as tx:
        kept = list(tx.execute(sa.select(texts)))
    silent = []
    for row in kept:
        with desk.database.write() as tx:
            tx.execute(sa.delete(texts).where(texts.c.digest == row.digest))
        if not promises(desk):
            silent.append(row.body)
        with desk.database.write() as tx:
            tx.execute(sa.insert(texts), row._asdict())
    assert len(kept) > 10
    assert silent == []
    assert promises(desk) == []


def test_an_erased_text_is_not_missing(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    reviewed(desk)
    with desk.turn("cto") as turn:
        case = turn.hold(desk.id)
        assert case is not None
        assert case.review is not None
        ledger.erase(turn.tx, case, case.review.cause or "", kind="password", actor=turn.actor, now=turn.now)
    assert promises(desk) == []


def test_an_erased_text_leaves_no_copy_in_answers_and_drafts(desk: Desk) -> None:
    desk.declare(broken="hunter2 leaked")
    with desk.turn("dev") as turn:
        assert inbox.once(turn.tx, ["k"], turn.now) is None
        inbox.answer(turn.tx, ["k"], {"text": "hunter2 leaked"})
        given: dict[str, Any] = {"person": "dev", "body": {"broken": "hunter2 leaked"}, "now": turn.now}
        drafts.keep(turn.tx, form="declare", id="d1", **given)
        drafts.used(turn.tx, person="dev", form="declare", now=turn.now, change=None)
        drafts.keep(turn.tx, form="details_form", id="d2", change=desk.id, **given)
        case = turn.hold(desk.id)
        assert case is not None
        ledger.erase(turn.tx, case, case.texts[Field.WHY], kind="password", actor=turn.actor, now=turn.now)
    with desk.database.read() as tx:
        assert "hunter2" not in str(tx.execute(sa.text("SELECT answer FROM inbox")).all())
        assert "hunter2" not in str(tx.execute(sa.text("SELECT body FROM drafts")).all())


def test_an_account_given_to_somebody_else_is_seen(desk: Desk) -> None:
    reviewed(desk)
    assert promises(desk) == []
    with desk.database.write() as tx:
        tx.execute(sa.update(identities).where(identities.c.value == "UCTO").values(person="dev"))
    assert any("promise 3" in one and "UCTO" in one for one in promises(desk))


def test_a_policy_edited_in_place_is_seen(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    with desk.database.write() as tx:
        digest = sha256(b"version = 1").hexdigest()
        tx.execute(sa.insert(policies), {"digest": digest, "source": "version = 1", "at": desk.now, "by": None})
    assert promises(desk) == []
    with desk.database.write() as tx:
        tx.execute(sa.update(policies).values(source="version = 2"))
    assert promises(desk) == [f"promise 12: policy {digest[:7]}: is not the text that was in force"]


def test_a_review_that_nobody_will_look_at_again_is_seen(desk: Desk) -> None:
    desk.declare()
    desk.proceed()
    for after in (None, desk.now + timedelta(days=400)):
        with desk.database.write() as tx:
            tx.execute(sa.delete(outbox))
            leases.beat(tx, "worker", desk.now)
        assert promises(desk) == []
        with desk.database.write() as tx:
            due = tx.scalar(sa.select(changes.c.next_due_at))
            tx.execute(sa.update(changes).values(next_due_at=after))
        assert [one.partition(":")[0] for one in promises(desk)] == ["promise 8"]
        with desk.database.write() as tx:
            tx.execute(sa.update(changes).values(next_due_at=due))


def test_an_approver_who_turns_out_to_be_the_requester_is_seen(desk: Desk) -> None:
    desk.declare("dev")
    desk.approve("cto")
    assert promises(desk) == []
    shares_the_address_of(desk, "cto", "dev")
    assert promises(desk) == [f"promise 4: {desk.case.key}: cto approved and has the e-mail of a party"]
