"""The way back: to what was live under an approval, without one; never forward again to what failed."""

from datetime import datetime
from typing import Any

import pytest

from tests import build
from tests.build import LIVE_SHA, NEXT_SHA, SHA, at, deployment
from tests.workflows.desk import Desk
from workflows import deploys, rollbacks
from workflows.case import Case, Deployment, Done, Refused
from workflows.change import Basis, Kind, Mistakes, Outcome, Reason, Status
from workflows.db import Database
from workflows.gate import Says, Why
from workflows.gated import Rollback
from workflows.ruleset import Freeze

OK, FAILED, ROLLED_BACK, STARTED = Outcome.OK, Outcome.FAILED, Outcome.ROLLED_BACK, Outcome.STARTED


def ran(sha: str, day: float, outcome: Outcome = OK, basis: str = "approved") -> Deployment:
    return deployment(sha=sha, repository=build.REPOSITORY, at=at(days=day), outcome=outcome, basis=basis)


def case(*deployments: Deployment, **given: Any) -> Case:
    values: dict[str, Any] = {"key": f"DR-2026-{len(deployments):04d}"}
    return build.deploy(Status.DEPLOYED, deployments=deployments, **(values | given))


def back(away_from: str, day: float, **given: Any) -> Case:
    """A way back that was taken."""
    gone = Rollback("DR-2026-0001", at(days=day), away_from)
    return build.deploy(Status.PROCEEDING, rollback=gone, declared_at=at(days=day), **given)


@pytest.mark.parametrize(
    ("history", "sha", "expected"),
    [
        ([case(ran("a", 1)), case(ran("b", 2))], "a", ("b", 2)),
        ([case(ran("a", 1)), case(ran("b", 2)), case(ran("c", 3))], "a", ("c", 2)),
        ([case(ran("a", 1)), case(ran("b", 2, FAILED))], "a", ("b", 2)),
        ([case(ran("a", 1)), case(ran("b", 2, STARTED))], "a", ("b", 2)),
        ([case(ran("a", 1))], "a", None),
        ([case(ran("a", 1)), case(ran("b", 2))], "b", None),
        ([case(ran("a", 1)), case(ran("b", 2))], "never", None),
        ([case(ran("a", 1, basis="none")), case(ran("b", 2))], "a", None),
        ([case(ran("a", 1, basis="rejected")), case(ran("b", 2))], "a", None),
        ([case(ran("a", 1, FAILED)), case(ran("b", 2))], "a", None),
        ([case(ran("a", 1), ran("a", 2, ROLLED_BACK)), case(ran("b", 3))], "a", None),
        ([case(ran("a", 1)), case(ran("b", 2)), back("b", 3), case(ran("a", 4, basis="rollback"))], "b", None),
        ([case(ran("a", -40)), case(ran("b", 2))], "a", ("b", 2)),
        ([case(ran("a", -60)), case(ran("b", -40))], "a", None),
        ([case(ran("a", 1), environment="elsewhere"), case(ran("b", 2))], "a", None),
    ],
    ids=[
        "what was live before",
        "what was live two before: until the next one came",
        "when the next one failed",
        "when the next one has begun",
        "what is live and works",
        "the newest",
        "what never was",
        "what went around the gate",
        "what was live although rejected",
        "what failed itself",
        "what was marked as rolled back",
        "what somebody went back from",
        "live until lately, however long ago it came",
        "what was left too long ago",
        "without a rule any more",
    ],
)
def test_which_commits_may_go_back(history: list[Case], sha: str, expected: tuple[str, float] | None) -> None:
    found = rollbacks.way_back(history, sha, build.deploy_rules(), at(days=5))
    assert (found and (found.away_from, found.live_at)) == (expected and (expected[0], at(days=expected[1])))


@pytest.fixture
def desk(database: Database) -> Desk:
    """Two approved deploys went live, a day apart: first the one of `LIVE_SHA`, then that of `SHA`."""
    desk = Desk(database, rules=build.deploy_rules())
    for sha in (LIVE_SHA, SHA):
        desk.ask(ref=sha, reading=build.reading(sha, ref=sha))
        desk.approve("rel")
        desk.wait(5).run(sha)
        assert isinstance(desk.wait(5).deploy("dev"), Done)
        desk.wait(days=1)
    return desk


def roll_back(desk: Desk, who: str = "dev", **given: Any) -> Any:
    form = {"repository": build.REPOSITORY, "sha": LIVE_SHA, "environment": "production", "reason": "checkout 500s"}
    done = desk.do(who, deploys.roll_back, **(form | given))
    desk.id = done.case.id if isinstance(done, Done) else desk.id
    return done


def test_back_with_one_click_and_a_reason_also_in_a_freeze(desk: Desk) -> None:
    desk.rules = build.deploy_rules(freezes=(Freeze("quarter end", ("production",), since=at(-60), override=None),))
    assert desk.gate(LIVE_SHA).why is Why.DONE
    done = roll_back(desk)

    assert isinstance(done, Done), done
    case = desk.case
    assert (case.kind, case.status, case.key) == (Kind.DEPLOY, Status.PROCEEDING, "DR-2026-0003")
    assert case.rollback is not None
    assert (case.rollback.of, case.rollback.away_from) == ("DR-2026-0001", SHA)
    assert case.decision is not None
    assert (case.decision.kind, case.body(case.decision.reason)) == ("rollback", "checkout 500s")
    assert (case.approvals, case.asks, desk.asked("rel")) == ((), (), ["first", "first"])
    assert [desk.told(one)[-1] for one in ("rel", "lead")] == ["rolled_back", "rolled_back"]
    (line,) = [post for post in desk.posts("thread:") if post["line"] == "rolled_back"]
    assert line["broadcast"] is True
    assert len(desk.events()[0].data["frozen"]) == 1  # marked: it went back in a freeze

    assert desk.run(LIVE_SHA).basis is Basis.ROLLBACK
    assert desk.run(SHA).says is Says.NO
    assert isinstance(desk.wait(1).deploy("dev"), Done)
    (live,) = desk.case.deployments
    assert (live.basis, desk.case.closed_at) == ("rollback", desk.now)
    assert desk.gate(LIVE_SHA).why is Why.DONE
    desk.sound()


def test_what_waits_for_the_commit_that_is_left_waits_no_more(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.rules = build.deploy_rules()
    for sha in (LIVE_SHA, SHA):
        desk.ask(ref=sha, reading=build.reading(sha, ref=sha))
        desk.approve("rel")
        desk.wait(5).run(sha)
        assert isinstance(desk.wait(5).deploy("dev"), Done)
        desk.wait(days=1)
    desk.ask(ref=SHA, reading=build.reading(SHA, ref=SHA))
    waiting = desk.id
    done = roll_back(desk)

    assert isinstance(done, Done)
    assert done.case.replaces == ("DR-2026-0003",)
    desk.id = waiting
    assert (desk.case.status, desk.case.superseded_by) == (Status.SUPERSEDED, "DR-2026-0004")
    desk.sound()


def test_it_is_never_an_approval_and_nobody_can_give_one(desk: Desk) -> None:
    roll_back(desk)
    answer = desk.approve("rel")
    assert isinstance(answer, Refused)
    assert answer.verdict.reason is Reason.TOO_LATE
    assert desk.case.approvals == ()


def test_forward_again_to_what_failed_takes_a_new_approval(desk: Desk) -> None:
    roll_back(desk)
    desk.run(LIVE_SHA)
    desk.wait(1).deploy("dev")

    assert roll_back(desk, sha=SHA) == Mistakes({"sha": "no-way-back"})
    assert desk.gate(SHA).says is Says.NO
    desk.ask(ref=SHA, reading=build.reading(SHA, ref=SHA))
    assert desk.gate(SHA).why is Why.UNDECIDED
    desk.approve("rel")
    assert desk.gate(SHA).basis is Basis.APPROVED
    desk.sound()


def test_without_a_reason_or_a_way_back_nothing_is_recorded(sqlite_desk: Desk) -> None:
    sqlite_desk.rules = build.deploy_rules()
    assert roll_back(sqlite_desk, reason=" ") == Mistakes({"reason": "empty-roll-back"})
    assert roll_back(sqlite_desk, sha=NEXT_SHA) == Mistakes({"sha": "no-way-back"})
    assert sqlite_desk.known_keys() == []


def test_a_way_back_that_is_not_taken_ends(desk: Desk) -> None:
    roll_back(desk)
    began: datetime = desk.now
    desk.live(began + (at(hours=9) - at()))
    assert (desk.status, desk.gate(LIVE_SHA).says) == ("expired", Says.NO)
    desk.sound()
