"""What a second look broke on purpose: each stays mended."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.delivery import Skip
from bot.drawings import Drawings
from bot.sweeping import Sweep, Unswept
from tests import build
from tests.bot.sending import HandClock, Room, make_workspace
from tests.workflows.desk import Desk
from workflows import aftermath, check, evidence, ledger, rechecking, reviews
from workflows.case import Done, Refused
from workflows.change import Reason
from workflows.models import changes, outbox
from workflows.outbox import find


def exceptions(desk: Desk) -> Any:
    return next(iter(evidence.records(desk.database, now=desk.now)))["exceptions"]


def test_a_requester_who_makes_an_approver_the_implementer_is_seen(desk: Desk) -> None:
    desk.declare()
    assert isinstance(desk.add(implementer="lead"), Done)
    desk.approve("cto")
    desk.deploy()
    assert exceptions(desk) == ["approver-named-implementer"]


def test_whoever_was_never_asked_may_carry_it_out(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare(implementer="lead")
    desk.add(implementer="ops")
    desk.approve("cto")
    desk.deploy()
    assert exceptions(desk) == []


def test_an_approval_does_not_cover_what_goes_live_after_its_window(desk: Desk) -> None:
    desk.declare()
    desk.approve("cto")
    desk.wait(30)
    desk.deploy()
    desk.wait(hours=3)
    desk.do("dev", aftermath.extend, desk.id, reason="it takes longer")
    desk.wait(hours=4)
    desk.deploy(what="v812")
    assert exceptions(desk) == []

    desk.wait(hours=1)
    desk.deploy(what="v813", at=desk.now - timedelta(minutes=45))
    assert exceptions(desk) == []
    desk.deploy(what="v900")
    assert exceptions(desk) == ["deployed-outside-window"]


def test_a_window_ends_with_the_review(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare()
    desk.approve("cto")
    desk.deploy()
    desk.wait(30)
    desk.close("cto")
    desk.wait(30)
    desk.deploy(what="something else", at=desk.now - timedelta(minutes=40))
    assert exceptions(desk) == []
    desk.deploy(what="something else")
    assert exceptions(desk) == ["deployed-outside-window"]


def test_what_only_the_reviewer_said_went_live_is_not_outside_the_window(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare()
    desk.approve("cto")
    desk.wait(hours=20)
    desk.close("cto")
    assert exceptions(desk) == []


def test_after_break_glass_nobody_closes_it_in_silence(desk: Desk) -> None:
    desk.declare()
    desk.wait(11).sweep()  # the fallback was asked as well
    desk.proceed("dev")
    warned = {person for person in ("cto", "lead", "rel") if "proceeding" in desk.told(person)}
    assert warned == {"cto", "lead", "rel"}
    desk.do("dev", aftermath.not_needed, desk.id)
    for person in warned:
        assert desk.told(person)[-1] == "withdrawn"
    assert desk.told("dev").count("withdrawn") == 0


def test_an_approved_one_that_was_not_needed_bothers_no_more_than_its_owner(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.declare(implementer="ops")
    desk.approve("cto")
    desk.do("dev", aftermath.not_needed, desk.id)
    assert [p for p in ("cto", "lead", "ops") if "withdrawn" in desk.told(p)] == ["cto", "ops"]


def two_of(desk: Desk, count: int) -> None:
    """Have the policy ask for so many of the approvers."""
    desk.rules = build.rules(default=build.rule(approvers=build.needs(**{build.APPROVERS: count})))


def test_when_the_policy_is_content_with_a_voice_that_is_there_the_others_are_asked_for_the_press(desk: Desk) -> None:
    two_of(desk, 2)
    desk.declare()
    desk.approve("cto")
    assert desk.recheck() == 0
    two_of(desk, 1)
    desk.wait(2)
    assert desk.recheck() == 1
    assert desk.recheck() == 0
    assert desk.status == "declared"
    assert desk.asked("lead") == ["first", "again"]
    desk.live(desk.now + timedelta(minutes=20))
    assert desk.asked("lead") == ["first", "again", "nudge"]
    assert desk.asked("rel") == ["stand-in"]
    assert isinstance(desk.approve("lead"), Done)
    assert desk.status == "approved"


class Swept:
    """The sweep of a process over the record of a desk, at the desk's time."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.clock, self.commits = desk, HandClock(desk.now), 0
        self.room = Room(desk.database, make_workspace(self.clock), self.clock, "http://127.0.0.1:9")
        self.sweep = Sweep(desk.database, self.room.worker(), lambda: desk.rules, self.clock)
        desk.database.on_commit(self._count)

    def _count(self) -> None:
        self.commits += 1

    def __call__(self) -> int:
        self.clock.at, self.commits = self.desk.now, 0
        return self.sweep()


@pytest.fixture
def swept(desk: Desk) -> Swept:
    return Swept(desk)


def poison(desk: Desk, change: str) -> None:
    """Make a change unreadable, as by a fault of a version of ours."""
    with desk.database.write() as tx:
        tx.execute(sa.update(changes).where(changes.c.id == change).values(state="{}"))


def due_at(desk: Desk, change: str) -> Any:
    with desk.database.read() as tx:
        return tx.scalar(sa.select(changes.c.next_due_at).where(changes.c.id == change))


def test_one_bad_change_stops_no_deadline_of_others_and_is_tried_again_later(swept: Swept) -> None:
    desk = swept.desk
    due = [desk.declare().id, desk.declare().id, desk.declare().id]
    for change in due:
        desk.id = change
        desk.approve("cto")
    poison(desk, due[0])
    with pytest.raises(Unswept, match=due[0]):
        swept()
    assert {c for one in desk.reminded("cto") for c in one["changes"]} >= set(due[1:])
    assert due_at(desk, due[0]) == desk.now + timedelta(minutes=5)
    desk.wait(4)
    assert swept() == 0
    desk.wait(1)
    with pytest.raises(Unswept):
        swept()


def test_a_change_that_cannot_be_looked_at_again_stops_neither_the_others_nor_the_sweep(swept: Swept) -> None:
    desk = swept.desk
    desk.become("cto", deactivated=True)
    desk.become("lead", deactivated=True)
    desk.become("rel", deactivated=True)
    bad, waits = desk.declare().id, desk.declare().id
    desk.become("cto", deactivated=False)
    poison(desk, bad)
    with desk.turn(""):
        pass  # readings of now
    with pytest.raises(Unswept, match=bad):
        swept()
    assert desk.asked("cto") == ["again"]
    assert desk.case_of(waits).asks[-1].people == ("cto",)
    desk.wait(4.5)
    assert swept() == 0
    desk.wait(1)
    with pytest.raises(Unswept, match=bad):
        swept()
    assert [a.round for a in desk.case_of(waits).asks][-1] == "nudge"


def test_one_message_for_all_that_is_owed_while_nothing_is_wrong(swept: Swept) -> None:
    desk = swept.desk
    for _ in range(3):
        desk.declare()
        desk.approve("cto")
    assert swept() == 3
    assert [len(one["changes"]) for one in desk.reminded("cto")] == [3]


def test_looking_again_at_many_writes_nothing_where_nobody_is_overlooked(swept: Swept) -> None:
    desk = swept.desk
    for _ in range(60):
        desk.declare()
    desk.wait(1)
    newest = desk.declare().id
    with desk.database.read() as tx:
        found = rechecking.waiting(tx, now=desk.now)
    assert (len(found), found[0]) == (50, newest)
    desk.wait(1)
    assert swept() == 0
    assert swept.commits == 0


def test_what_nobody_touched_for_a_day_is_looked_at_no_more(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    old, touched = desk.declare().id, desk.declare().id
    desk.wait(hours=23)
    desk.id = touched
    desk.add(plan="roll back to v810")
    desk.wait(hours=2)
    with desk.database.read() as tx:
        assert rechecking.waiting(tx, now=desk.now) == (touched,)
    assert old != touched


def gone_ahead(desk: Desk) -> Any:
    """Live without approval; who owns its review."""
    desk.declare()
    desk.proceed()
    desk.deploy()
    return owner(desk)


def owner(desk: Desk) -> Any:
    assert desk.case.review is not None
    return desk.case.review.owner


def promises(desk: Desk) -> list[str]:
    with desk.database.read() as tx:
        return [str(one) for one in check.promises(tx, real_now=desk.now)]


def channel(desk: Desk) -> list[str]:
    """What the escalations channel heard, in order."""
    return [f"{one['kind']}{' nobody' if one.get('nobody') else ''}" for one in desk.posts("channel:#escalations")]


def test_an_owner_who_is_made_the_implementer_owns_it_no_longer_and_the_next_is_told(desk: Desk) -> None:
    assert gone_ahead(desk) == "cto"
    desk.wait(1).sweep()
    desk.add(implementer="cto")
    assert owner(desk) == "lead"
    assert desk.told("lead")[-1] == "review_yours"
    assert desk.events()[-1].kind == "review_owed"
    assert desk.events()[-1].data["owner"] == "lead"
    assert desk.replayed() == desk.case
    assert promises(desk) == []


def test_an_owner_whose_account_is_closed_is_followed_by_somebody_who_is_reminded(desk: Desk) -> None:
    assert gone_ahead(desk) == "cto"
    desk.wait(1).sweep()
    desk.become("cto", deactivated=True)
    drawn = desk.wanted("debts:cto:1")
    desk.live(desk.now + timedelta(hours=21))
    assert owner(desk) == "lead"
    assert [one["kind"] for one in desk.reminded("lead")] == ["reminder"]
    assert "review_yours" not in desk.told("lead")
    assert len(desk.reminded("cto")) == 1
    assert desk.wanted("debts:cto:1") > drawn


def nobody_is_left(desk: Desk) -> None:
    gone_ahead(desk)
    for person in ("lead", "cto", "rel"):
        desk.wait(1).sweep()
        assert isinstance(desk.add(implementer=person), Done)


def test_a_review_that_nobody_may_write_is_nobodys_and_the_channel_hears_of_it_until_somebody_may(desk: Desk) -> None:
    nobody_is_left(desk)
    assert owner(desk) is None
    assert desk.replayed() == desk.case
    assert promises(desk) == []
    before = {p: len(desk.reminded(p)) for p in ("cto", "lead", "rel")}
    events = len(desk.events())
    desk.live(build.at(days=5, minutes=5))
    kinds = ["escalation", "last_call", "deadline", "daily", "daily", "daily"]
    assert channel(desk) == [f"{kind} nobody" for kind in kinds]
    assert {p: len(desk.reminded(p)) for p in before} == before
    assert len(desk.events()) - events < 15

    desk.rules = build.rules(groups={**build.MEMBERS, build.FALLBACK: ("rel", "ops")})
    desk.live(build.at(days=6, minutes=5))
    assert owner(desk) == "ops"
    assert [one["kind"] for one in desk.reminded("ops")] == ["daily"]
    assert len(channel(desk)) == 6
    assert isinstance(desk.close("ops"), Done)


def test_the_channel_reads_whose_turn_it_is_unless_somebody_has_it_by_then(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    nobody_is_left(desk)
    desk.live(build.at(hours=25))
    draw = Drawings(lambda: desk.rules, lambda: desk.now, lambda: None).table()["escalation"]

    def drawn() -> Any:
        with desk.database.read() as tx:
            key = tx.scalar(sa.select(outbox.c.key).where(outbox.c.template == "escalation"))
            row = find(tx, str(key))
            assert row is not None
            return draw(tx, row)

    assert drawn().text.startswith(f"Nobody may review {desk.case.key} payments, due ")
    assert "Whoever keeps the policy can add a reviewer" in drawn().text
    desk.rules = build.rules(groups={**build.MEMBERS, build.FALLBACK: ("rel", "ops")})
    desk.do("ops", reviews.take_over, desk.id)
    assert drawn() == Skip("somebody has it by now")


def test_the_last_of_the_reviewers_to_leave_leaves_it_to_nobody(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    gone_ahead(desk)
    for person in ("cto", "lead", "rel"):
        desk.become(person, deactivated=True)
    desk.live(build.at(hours=25))
    assert owner(desk) is None
    assert channel(desk) == ["escalation nobody"]


def test_after_a_downtime_the_channel_hears_the_strongest_only(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    nobody_is_left(desk)
    desk.wait(hours=24 * 5).sweep()
    assert channel(desk) == ["daily nobody"]


def test_while_somebody_owns_it_the_channel_hears_of_the_deadline_as_ever(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    gone_ahead(desk)
    desk.live(build.at(days=4))
    assert channel(desk) == ["deadline"]


def test_an_open_review_whose_owner_is_a_party_is_seen(desk: Desk) -> None:
    gone_ahead(desk)
    with desk.turn("dev") as turn:
        case = ledger.case(turn.tx, desk.id)
        assert case is not None
        ledger.advance(turn.tx, case, "detailed", {"implementer": "cto"}, actor=turn.actor, now=turn.now)
    assert promises(desk) == [f"promise 4: {desk.case.key}: cto owns the open review and is a party"]
    refused = desk.close("cto")
    assert isinstance(refused, Refused)
    assert refused.verdict.reason is Reason.REVIEW_BY_PARTY
