"""The gate asked on both databases: three bases, each written once on the change that lets it through."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests import build
from tests.build import NEXT_SHA, REPOSITORY, SHA, at
from tests.workflows.desk import Desk
from workflows import evidence, gates, runs
from workflows.case import Done, Refused
from workflows.change import Basis, Status
from workflows.check import promises
from workflows.db import Database
from workflows.gate import Answer, Says, Why
from workflows.gate_models import runs as table
from workflows.models import outbox
from workflows.ruleset import Freeze
from workflows.runs import Seen, State


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, rules=build.deploy_rules())


def asked(desk: Desk, sha: str = SHA, *, repository: str = REPOSITORY, by: str = "ci") -> Answer:
    with desk.turn("") as turn:
        return gates.ask(turn, repository=repository, sha=sha, environment="production", by=by)


def seen(desk: Desk, run: int = 812, sha: str = SHA, login: str = "dev-gh", repository: str = REPOSITORY) -> str:
    with desk.turn("") as turn:
        what = Seen(repository=repository, run=run, environment="production", sha=sha, login=login)
        return runs.seen(turn, what, build.reading(sha, ref=sha, repository=repository))


def row(desk: Desk, run_id: str) -> runs.Run:
    with desk.database.read() as tx:
        found = runs.get(tx, run_id)
    assert found is not None
    return found


def sent(desk: Desk) -> None:
    """As if everything that waits for GitHub had been brought up to date."""
    with desk.database.write() as tx:
        tx.execute(outbox.update().values(sent=outbox.c.wanted, state="sent"))


def due(desk: Desk) -> set[str]:
    """The places at GitHub that are to be brought up to date."""
    mine = select(outbox.c.place).where(
        outbox.c.wanted > outbox.c.sent, outbox.c.template.in_(("verdict", "commit_status"))
    )
    with desk.database.read() as tx:
        return {place.partition(":")[0] for place in tx.scalars(mine.where(outbox.c.state == "open"))}


def kept(desk: Desk) -> None:
    with desk.database.read() as tx:
        assert promises(tx, real_now=desk.now) == []


def test_an_approved_commit_is_let_through_and_written_once_for_each_who_asks(desk: Desk) -> None:
    desk.ask()
    assert (asked(desk).why, asked(desk, NEXT_SHA).why) == (Why.UNDECIDED, Why.NOT_ASKED)
    assert desk.kinds().count("let_through") == 0
    desk.wait(1).approve("rel")

    answers = [asked(desk), asked(desk), asked(desk, repository="ACME/Payments"), asked(desk, by="run 812")]

    assert [(one.says, one.basis, one.key) for one in answers] == [(Says.YES, Basis.APPROVED, desk.case.key)] * 4
    assert [(one.by, one.basis) for one in desk.case.passed] == [("ci", "approved"), ("run 812", "approved")]
    assert asked(desk, repository="acme/web").why is Why.NOT_ASKED
    kept(desk)


def test_an_emergency_opens_for_its_repositories_only_and_carries_every_commit(desk: Desk) -> None:
    desk.declare()
    assert asked(desk).why is Why.NOT_ASKED
    desk.proceed()

    answer = asked(desk)
    assert (answer.says, answer.basis, answer.key) == (Says.YES, Basis.EMERGENCY, desk.case.key)
    assert asked(desk, repository="acme/web").says is Says.NO
    asked(desk, NEXT_SHA)
    assert [one.sha for one in desk.case.passed] == [SHA, NEXT_SHA]
    assert (desk.status, desk.lines().count("passed")) == ("deployed", 2)
    assert desk.case.review is not None

    desk.wait(hours=4)
    assert asked(desk, "5" * 40).says is Says.NO
    desk.sweep()
    assert desk.lines().count("gate_closed") == 1
    kept(desk)


def test_what_passes_a_freeze_is_marked(desk: Desk) -> None:
    desk.declare()
    desk.proceed()
    asked(desk)
    desk.rules = replace(desk.rules, freezes=(Freeze("month end", since=at(-60), until=at(300)),))
    asked(desk, NEXT_SHA)
    assert [bool(one.freeze) for one in desk.case.passed] == [False, True]
    assert [bool(post["facts"].get("freeze")) for post in desk.posts("thread:") if post["line"] == "passed"] == [
        False,
        True,
    ]
    (told,) = evidence.records(desk.database)
    assert [one["in_freeze"] for one in told["deploy"]["let_through"]] == [False, True]
    assert "passed-in-freeze" in told["exceptions"]
    kept(desk)


def test_a_commit_that_was_approved_is_not_written_on_an_emergency_that_is_open(desk: Desk) -> None:
    desk.ask()
    desk.approve("rel")
    deploy = desk.id
    desk.declare()
    desk.proceed()
    assert asked(desk).basis is Basis.APPROVED
    assert (desk.case.passed, len(desk.case_of(deploy).passed)) == ((), 1)


def test_a_run_asks_by_itself_once_and_whoever_started_it_cannot_approve(desk: Desk) -> None:
    run = seen(desk, login="rel-gh")
    assert seen(desk, login="rel-gh") == run
    assert desk.known_keys() == ["DR-2026-0001"]
    desk.id = row(desk, run).change or ""
    case = desk.case
    assert (case.sha, case.ref, case.requester) == (SHA, SHA, "rel")
    assert ("rel", "runner") in {(p.person, p.relation) for p in case.parties}
    assert (desk.asked("rel"), desk.asked("lead")) == ([], ["first"])
    assert isinstance(desk.approve("rel"), Refused)
    assert isinstance(desk.approve("lead"), Done)
    assert asked(desk).says is Says.YES
    kept(desk)


def test_a_run_finds_the_request_for_its_commit_and_voids_the_voice_of_its_starter(desk: Desk) -> None:
    desk.ask()
    desk.approve("rel")
    run = seen(desk, login="rel-gh")
    assert row(desk, run).change == desk.id
    assert desk.known_keys() == ["DR-2026-0001"]
    assert (desk.case.status, desk.case.revision) == (Status.REQUESTED, 2)
    assert asked(desk).why is Why.UNDECIDED
    kept(desk)


def test_every_version_of_its_request_has_a_waiting_run_looked_at(desk: Desk) -> None:
    desk.ask()
    seen(desk)
    sent(desk)
    assert due(desk) == set()
    desk.wait(1).approve("rel")
    assert due(desk) == {"gate", "status"}


def test_an_emergency_has_runs_of_other_requests_looked_at_and_those_of_other_systems_not(desk: Desk) -> None:
    desk.ask()
    seen(desk)
    sent(desk)
    desk.declare(systems=("web",))
    desk.proceed()
    assert due(desk) == set()
    desk.declare()
    desk.proceed()
    assert due(desk) == {"gate", "status"}
    # What was asked for by another change is not lost when the request itself moves on.
    sent(desk)
    desk.id = desk.id_of("DR-2026-0001")
    desk.wait(1).approve("rel")
    assert due(desk) == {"gate", "status"}


def test_a_request_made_later_takes_the_runs_that_wait_for_its_commit(desk: Desk) -> None:
    desk.declare()
    desk.proceed()
    run = seen(desk)
    assert row(desk, run).change is None
    desk.ask()
    assert row(desk, run).change == desk.id


def test_an_older_run_takes_no_newer_requests_place(desk: Desk) -> None:
    newer = seen(desk, 900, NEXT_SHA)
    older = seen(desk, 812, SHA)
    assert row(desk, older).change == row(desk, newer).change
    assert desk.known_keys() == ["DR-2026-0001"]


def test_a_run_that_is_started_again_waits_again(desk: Desk) -> None:
    run = seen(desk)
    waited = row(desk, run)
    with desk.turn("") as turn:
        runs.ended(turn, waited, State.REJECTED)
    sent(desk)
    assert seen(desk) == run
    assert (row(desk, run).state, due(desk)) == (State.WAITING, {"gate"})
    with desk.database.read() as tx:
        assert len(tx.execute(select(table.c.id)).all()) == 1


def test_a_freeze_that_began_later_holds_an_approval_and_time_ends_it(desk: Desk) -> None:
    desk.ask()
    desk.approve("rel")
    frozen = Freeze("release week", ("production",), since=at(10), until=at(60))
    desk.rules = build.deploy_rules(freezes=(frozen,))
    assert asked(desk.wait(9)).says is Says.YES
    answer = asked(desk.wait(2), by="another")
    assert (answer.says, answer.why, answer.until) == (Says.WAIT, Why.FROZEN, at(60))
    assert asked(desk.wait(50), by="another").says is Says.YES
    expired = asked(desk.wait(hours=8), by="a third")
    assert (expired.says, expired.why) == (Says.NO, Why.EXPIRED)


def test_who_has_no_account_in_slack_can_still_start_a_run(desk: Desk) -> None:
    run = seen(desk, login="dependabot[bot]")
    assert row(desk, run).change is not None
    kept(desk)
