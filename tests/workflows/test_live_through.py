"""A commit that somebody asked for goes live under an emergency: the request says so, and people close it."""

from dataclasses import replace

from tests import build
from tests.build import NEXT_SHA, REPOSITORY, SHA
from tests.workflows.desk import Desk
from workflows import readiness, sightings
from workflows.change import Actor, Outcome, Status
from workflows.reckoning import Seen, Sort


def test_a_request_whose_commit_is_live_through_an_emergency_says_so_once(desk: Desk) -> None:
    desk.rules = build.deploy_rules(build.deploy_rule())
    desk.ask()
    request = desk.id
    desk.declare()
    emergency = desk.case.key
    desk.proceed()
    desk.wait(10)
    for sha, name, outcome in ((NEXT_SHA, "1", Outcome.OK), (SHA, "2", Outcome.FAILED)):
        _report(desk, sha, name, outcome)
        assert readiness.live_through(desk.case_of(request)) is None
    for name in ("3", "4"):
        _report(desk, SHA, name, Outcome.OK)

    case = desk.case_of(request)
    assert (case.status, readiness.live_through(case)) == (Status.REQUESTED, emergency)
    desk.id = request
    assert desk.lines().count("live_through") == 1
    desk.sound()


def _report(desk: Desk, sha: str, name: str, outcome: Outcome) -> None:
    given = {"repository": REPOSITORY, "sha": sha, "environment": "production", "at": desk.now, "outcome": outcome}
    seen = Seen(source="ci", external=name, sort=Sort.DEPLOYMENT, login="dev-gh", **given)  # type: ignore[arg-type]
    with desk.turn("") as turn:
        sightings.report(replace(turn, actor=Actor("")), seen)
