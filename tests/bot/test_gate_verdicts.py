"""The verdict on a waiting run: for the commit that was approved, once, whatever happens on the way."""

from collections.abc import Callable

import pytest

from tests import build
from tests.bot.waiting_github import GitHub, Pipeline
from tests.budget import spread
from tests.build import NEXT_SHA, SHA, at
from tests.crash_points import Killed
from tests.workflows.desk import Desk
from workflows.change import Basis
from workflows.check import promises
from workflows.db import Database
from workflows.links import Rejected, Unavailable
from workflows.runs import State


@pytest.fixture
def pipe(database: Database) -> Pipeline:
    return Pipeline(Desk(database, rules=build.deploy_rules()), GitHub())


@pytest.fixture
def one(sqlite_database: Database) -> Pipeline:
    """On SQLite only: for many points of what no database decides."""
    return Pipeline(Desk(sqlite_database, rules=build.deploy_rules()), GitHub())


def asked(pipe: Pipeline) -> str:
    """A request of dev's for main, and a run that waits for it; the id of the run's row."""
    pipe.desk.ask()
    return pipe.waits()


def verdicts(pipe: Pipeline, run: int = 812) -> list[str]:
    """What the run was told in the end."""
    return [state for state, _ in pipe.github.there[run].verdicts]


def test_a_run_waits_is_told_why_and_goes_once_it_is_approved(pipe: Pipeline) -> None:
    run = asked(pipe)
    pipe.drain()
    pipe.drain()
    assert pipe.github.there[812].reports == ["Not yet: DR-2026-0001 waits for approval in Slack."]
    assert pipe.github.statuses == [(SHA, "countersign/production", "pending")]
    pipe.desk.wait(2).approve("rel")
    pipe.drain()
    assert pipe.github.there[812].verdicts == [
        ("approved", "Yes: approved as DR-2026-0001, until 2026-11-16 10:02 UTC.")
    ]
    assert pipe.state(run).state == State.APPROVED
    assert [(one.sha, one.by) for one in pipe.desk.case.passed] == [(SHA, "run 812")]
    assert pipe.github.statuses[-1] == (SHA, "countersign/production", "success")


def test_whoever_starts_the_run_anew_has_no_voice_on_it(one: Pipeline) -> None:
    """Also when it was started anew after it was seen, and the hook that would tell of it got lost."""
    asked(one)
    one.drain()
    one.github.there[812].login = build.login("rel")
    one.desk.wait(2).approve("rel")
    one.drain()
    assert (verdicts(one), one.desk.status, one.desk.case.changed) == ([], "requested", ("author-learnt",))
    one.desk.wait(2).approve("lead")
    one.drain()
    assert verdicts(one) == ["approved"]
    one.desk.sound()


@pytest.mark.parametrize("act", ["reject", "supersede", "push"])
def test_what_no_waiting_brings_back_is_refused_in_words(pipe: Pipeline, act: str) -> None:
    run = asked(pipe)
    if act == "reject":
        pipe.desk.reject("rel")
    elif act == "supersede":
        pipe.desk.ask(ref="other", reading=None, sha=NEXT_SHA)
    else:
        pipe.desk.read(sha=NEXT_SHA)
    pipe.drain()
    words = {
        "reject": "No: DR-2026-0001 was rejected.",
        "supersede": "No: a newer request took the place of DR-2026-0001.",
        "push": "No: DR-2026-0001 is for 9f8e7d6 by now, not for 1a2b3c4. Run the pipeline on that commit.",
    }[act]
    assert pipe.github.there[812].verdicts == [("rejected", words)]
    assert pipe.state(run).state == State.REJECTED
    assert [state for sha, _, state in pipe.github.statuses if sha == SHA][-1] == "failure"


def test_an_emergency_lets_a_run_of_another_request_through_and_says_on_what(pipe: Pipeline) -> None:
    asked(pipe)
    pipe.drain()
    pipe.desk.declare()
    pipe.desk.proceed()
    pipe.drain()
    assert verdicts(pipe) == ["approved"]
    assert "emergency EC-2026-0001" in pipe.github.there[812].verdicts[0][1]
    assert [(one.sha, one.basis) for one in pipe.desk.case.passed] == [(SHA, Basis.EMERGENCY)]
    assert pipe.github.statuses[-1][2] == "success"
    pipe.desk.wait(hours=5)
    pipe.desk.sweep()
    pipe.drain()
    assert pipe.github.statuses[-1][2] == "pending"


@pytest.mark.parametrize(
    ("status", "conclusion", "state"),
    [("completed", "cancelled", State.CANCELLED), ("in_progress", None, State.ELSEWHERE), ("", None, State.GONE)],
)
def test_a_run_that_ended_at_github_is_noticed_and_gets_no_verdict(
    pipe: Pipeline, status: str, conclusion: str | None, state: State
) -> None:
    run = asked(pipe)
    pipe.drain()
    there = pipe.github.there[812]
    there.status, there.conclusion, there.environments = status, conclusion, ()
    if state is State.GONE:
        del pipe.github.there[812]
    pipe.desk.wait(5).approve("rel")
    pipe.drain()
    assert (pipe.state(run).state, there.verdicts, pipe.desk.case.passed) == (state, [], ())


def test_a_run_that_is_another_commit_than_we_knew_gets_no_verdict(pipe: Pipeline) -> None:
    run = asked(pipe)
    pipe.github.there[812].sha = NEXT_SHA
    pipe.desk.approve("rel")
    pipe.drain()
    assert (pipe.state(run).state, verdicts(pipe), pipe.desk.case.passed) == (State.GONE, [], ())


def test_a_run_that_does_not_wait_yet_is_tried_again(pipe: Pipeline) -> None:
    asked(pipe)
    pipe.desk.approve("rel")
    there = pipe.github.there[812]
    there.environments, there.status = (), "queued"
    pipe.drain(2)
    assert verdicts(pipe) == []
    there.environments, there.status = ("production",), "waiting"
    pipe.desk.wait(0.1)
    pipe.drain()
    assert verdicts(pipe) == ["approved"]


@pytest.mark.parametrize("arrives", [True, False], ids=["it arrived", "it did not"])
@pytest.mark.parametrize("later", ["nothing", "a push"])
def test_a_verdict_without_an_answer_is_looked_for_before_it_is_given_again(
    pipe: Pipeline, arrives: bool, later: str
) -> None:
    run = asked(pipe)
    pipe.desk.approve("rel")
    pipe.github.fails, pipe.github.arrives = [Unavailable("timeout")], arrives
    pipe.drain(2)
    pipe.desk.wait(1)
    if later == "a push":
        pipe.desk.read(sha=NEXT_SHA)
    pipe.drain()
    assert verdicts(pipe) == ["approved"]
    assert pipe.state(run).state == State.APPROVED
    assert len(pipe.desk.case.passed) == 1


def test_a_report_that_github_refuses_ends_nothing(pipe: Pipeline) -> None:
    run = asked(pipe)

    pipe.github.full = True
    pipe.drain()
    assert pipe.state(run).state == State.WAITING
    pipe.desk.approve("rel")
    pipe.drain()
    assert verdicts(pipe) == ["approved"]


def test_a_verdict_that_github_does_not_allow_is_tried_until_it_does(pipe: Pipeline) -> None:
    run = asked(pipe)
    pipe.desk.approve("rel")
    pipe.github.fails = [Rejected("Resource not accessible by integration", 403) for _ in range(12)]
    for _ in range(13):
        pipe.drain(4)
        pipe.desk.wait(1.1)
    assert (pipe.github.fails, verdicts(pipe), pipe.state(run).state) == ([], ["approved"], State.APPROVED)


class Push:
    """Something that happens at one of the moments between the approval and the verdict; counts them all."""

    def __init__(self, at_: int, act: Callable[[], None]) -> None:
        self.at, self.act, self.names = at_, act, list[str]()
        self.busy = False

    def __call__(self, name: str) -> None:
        """One moment."""
        if self.busy:
            return
        self.names.append(name)
        if len(self.names) - 1 == self.at:
            self.busy = True
            self.act()
            self.busy = False


POINTS = 24


@pytest.mark.parametrize("point", spread(range(POINTS)))
def test_wherever_a_push_arrives_a_verdict_yes_is_for_the_commit_that_was_approved(one: Pipeline, point: int) -> None:
    """DESIGN, promise 6: the request moves to the next commit, whose run waits too; nobody approved that one."""
    asked(one)
    one.drain()
    one.desk.wait(1).approve("rel")

    def pushed() -> None:
        one.desk.read(sha=NEXT_SHA)
        one.waits(900, NEXT_SHA)
        one.desk.approve("rel")

    push = Push(point, pushed)
    one.moment = one.github.moment = push
    for _ in range(6):
        one.drain()
        one.desk.wait(2)
    assert len(push.names) > POINTS, "the verdict came by fewer steps than this test pushes into"
    passed = [each.sha for each in one.desk.case.passed]
    moved = (["rejected"], ["approved"], [NEXT_SHA])
    assert (verdicts(one), verdicts(one, 900), passed) in (moved, (["approved"], [], [SHA]))
    assert point > 0 or passed == [NEXT_SHA]
    assert point < POINTS - 1 or passed == [SHA]
    with one.desk.database.read() as tx:
        assert promises(tx, real_now=one.desk.now) == []


@pytest.mark.parametrize("point", spread(range(0, POINTS, 2)))
def test_killed_anywhere_the_verdict_is_given_once(one: Pipeline, point: int) -> None:
    run = asked(one)
    one.drain()
    one.desk.wait(1).approve("rel")

    def killed() -> None:
        raise Killed

    push = Push(point, killed)
    one.moment = one.github.moment = push
    for _ in range(4):
        try:
            one.drain()
        except Killed:
            push.busy = False
        one.desk.wait(2)
    assert verdicts(one) == ["approved"]
    assert one.state(run).state == State.APPROVED
    assert len(one.desk.case.passed) == 1
    assert one.desk.now > at(2)
