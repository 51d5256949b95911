"""Whose CI logs are kept and when, and that it stands in the record; what was not to be had is an exception."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests import build
from tests.build import REPOSITORY, SHA, at
from tests.workflows.desk import Desk
from workflows import ci_logs, dossier_deploy, evidence
from workflows.case import Case, Done
from workflows.change import Found, Kind, Outcome, Status
from workflows.db import Database
from workflows.gated import CiLog, Sighting

LOG = CiLog(REPOSITORY, SHA, 812, 1, at(), sha256="ab" * 32, size=4711)
LIVE = build.deployment(repository="Acme/Payments", sha=SHA)
APPROVED = build.deploy(Status.APPROVED)
SEEN = Sighting(Found.NO_BASIS, at(), "github", REPOSITORY, SHA)
MINE = ((REPOSITORY, SHA),)


@pytest.mark.parametrize(
    ("case", "named", "ended"),
    [
        pytest.param(build.deploy(), (), False, id="a deploy that waits"),
        pytest.param(APPROVED, MINE, False, id="an approved one"),
        pytest.param(build.deploy(Status.REJECTED), (), False, id="a rejected one"),
        pytest.param(replace(APPROVED, unlinked=True), (), False, id="asked for without a GitHub"),
        pytest.param(replace(APPROVED, deployments=(LIVE,)), MINE, True, id="live: once, in small letters"),
        pytest.param(build.case(Status.APPROVED), (), False, id="an emergency"),
        pytest.param(build.case(Status.DEPLOYED), (), True, id="an emergency of which no commit is known"),
        pytest.param(
            build.case(Status.APPROVED, deployments=(replace(LIVE, outcome=Outcome.STARTED),)), MINE, False,
            id="an emergency that is on its way",
        ),
        pytest.param(build.case(Status.DEPLOYED, deployments=(LIVE,)), MINE, True, id="an emergency that is live"),
        pytest.param(build.case(Status.DEPLOYED, deployments=(LIVE,), drill=True), (), True, id="practice"),
        pytest.param(
            build.case(Status.FOUND, kind=Kind.FINDING, sighting=SEEN, repository=REPOSITORY, sha=SHA), MINE, True,
            id="a finding",
        ),
    ],
)  # fmt: skip
def test_whose_logs_are_kept(case: Case, named: tuple[tuple[str, str], ...], ended: bool) -> None:
    assert ci_logs.commits(case) == named
    assert ci_logs.ended(case) is ended


def test_a_deployment_is_another_occasion_and_its_runs_are_waited_for_a_day() -> None:
    live = replace(APPROVED, deployments=(replace(LIVE, recorded_at=at()),))
    assert ci_logs.occasion(APPROVED) != ci_logs.occasion(live)
    assert ci_logs.occasion(live) == ci_logs.occasion(replace(live, logs=(LOG,), version=99))
    waits = [ci_logs.pause(live, at(hours=hours)) for hours in (0, 1, 24, 25)]
    assert waits == [timedelta(minutes=1), timedelta(hours=1), timedelta(hours=1), None]


def test_what_was_kept_stands_in_the_record_once_and_what_was_not_is_an_exception(database: Database) -> None:
    desk = Desk(database, rules=build.deploy_rules())
    desk.ask()
    desk.approve("rel")
    gone = CiLog(REPOSITORY, SHA, 813, 1, at(), why="gone")
    with desk.turn("") as turn:
        for one in (LOG, gone, replace(LOG, sha256="cd" * 32)):
            assert isinstance(ci_logs.keep(turn, desk.id, one), Done)
    assert desk.kinds()[-2:] == ["logs_kept", "logs_missing"]
    assert [(one.run, one.sha256, one.why) for one in desk.case.logs] == [(812, "ab" * 32, ""), (813, None, "gone")]
    (record,) = evidence.records(database)
    assert [(one["run"], one["sha256"], one["bytes"], one["missing"]) for one in record["deploy"]["logs"]] == [
        (812, "ab" * 32, 4711, None), (813, None, 0, "gone"),
    ]  # fmt: skip
    assert "ci-logs-missing" in record["exceptions"]
    assert "ci-logs-missing" not in dossier_deploy.exceptions(replace(desk.case, logs=(LOG,)))
    assert desk.replayed() == desk.case
    desk.sound()
