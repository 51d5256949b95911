"""What sources show, on both databases: written on the change that allowed it, or found, and only once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from tests import build
from tests.build import NEXT_SHA, REPOSITORY, SHA, T0, at
from tests.workflows.desk import Desk
from workflows import binding, check, ledger, periods, sightings
from workflows.case import Case
from workflows.change import Actor, Found, Kind, Outcome, Relation, Status
from workflows.gate_models import sightings as table
from workflows.models import changes, policies
from workflows.reading import Opined, Opinion, Pull
from workflows.reckoning import Explained, Seen, Sort
from workflows.sightings import Reported

RULES = build.deploy_rules()
STARTED, OK, FAILED = Outcome.STARTED, Outcome.OK, Outcome.FAILED


def deployed(**given: Any) -> Seen:
    """GitHub shows that ops deployed the commit to production, ten minutes after T0, and that it worked."""
    values: dict[str, Any] = {
        "source": "github",
        "external": "deployment:1",
        "sort": Sort.DEPLOYMENT,
        "repository": "Acme/payments",
        "sha": SHA,
        "at": at(10),
        "environment": "production",
        "outcome": OK,
        "login": "ops-gh",
    }
    return Seen(**(values | given))


def committed(sha: str = SHA, *pulls: Pull, **given: Any) -> Seen:
    """GitHub shows a commit of ops on main, by these pull requests."""
    values: dict[str, Any] = {
        "external": sha,
        "sort": Sort.COMMIT,
        "sha": sha,
        "environment": None,
        "outcome": None,
        "branch": "main",
        "pulls": pulls,
        "reviews": (),
        "hands": ((Relation.AUTHOR, "lead-gh"),),
    }
    return deployed(**(values | given))


def see(desk: Desk, *seen: Seen) -> list[Reported]:
    with desk.turn("") as turn:
        return sightings.report_all(replace(turn, actor=Actor("")), seen)


def reading_since(desk: Desk, *sources: str) -> None:
    """Have the sources been looked at since T0."""
    with desk.database.write() as tx:
        for source in sources or periods.sources(desk.rules):
            periods.read(tx, source, T0, T0)


def asked(desk: Desk, sha: str = SHA, **given: Any) -> Case:
    """A deploy of the commit asked for by dev."""
    data: dict[str, Any] = {"implementer": "dev", "repository": REPOSITORY, "sha": sha, "ref": "main"}
    data |= {"systems": ["payments"], "posted": desk.rules.deploys, "risk": "medium"}
    with desk.turn("dev") as turn:
        case = ledger.declare(
            turn.tx,
            kind=Kind.DEPLOY,
            drill=False,
            data=data | given,
            actor=turn.actor,
            now=turn.now,
            new_id=turn.new_id,
        )
    desk.id = case.id
    return case


def approved(desk: Desk, sha: str = SHA, **given: Any) -> Case:
    """A deploy of the commit approved by rel now, for eight hours."""
    case = asked(desk, sha, **given)
    with desk.turn("rel") as turn:
        until = (turn.now + timedelta(hours=8)).isoformat()
        data = {"revision": 1, "right": build.RELEASERS, "final": True, "valid_until": until}
        data["digest"] = binding.digest(case, desk.rules)
        return ledger.advance(turn.tx, case, "approved", data, actor=turn.actor, now=turn.now)


def findings(desk: Desk) -> Sequence[Case]:
    with desk.database.read() as tx:
        ids = tx.scalars(select(changes.c.id).where(changes.c.kind == "finding").order_by(changes.c.key)).all()
    return [desk.case_of(one) for one in ids]


@pytest.fixture
def house(desk: Desk) -> Desk:
    """The desk with deploy rules and logins, its sources read since T0, ten minutes after it."""
    desk.rules = RULES
    reading_since(desk)
    return desk.wait(10)


def test_an_approved_deployment_closes_its_deploy(desk: Desk) -> None:
    desk.rules = RULES
    reading_since(desk)
    approved(desk)
    desk.wait(10)
    said = see(desk, deployed(outcome=STARTED))
    assert [(one.explained, one.key) for one in said] == [(Explained.APPROVED, "DR-2026-0001")]
    assert (desk.status, desk.case.closed_at) == ("approved", None)

    see(desk, deployed(at=at(12), outcome=OK, url="https://pay.example.com"))
    case = desk.case
    assert (case.status, case.closed_at) == (Status.DEPLOYED, desk.now)
    (one,) = case.deployments
    assert (one.outcome, one.basis, one.external, one.by) == (OK, "approved", "github:deployment:1", "ops")
    assert desk.lines() == ["reported", "reported"]
    assert desk.replayed() == case
    assert findings(desk) == []


def test_nobody_asked_so_somebody_answers(house: Desk) -> None:
    (said,) = see(house, deployed())
    (case,) = findings(house)
    assert (said.explained, said.key, case.key) == (Explained.FOUND, "FD-2026-0001", "FD-2026-0001")
    assert case.sighting is not None
    assert (case.sighting.what, case.sighting.by, case.status) == (Found.NO_BASIS, "ops", Status.FOUND)
    assert case.systems == ("payments",)
    assert case.review is not None
    assert case.review.owner in ("cto", "lead", "rel")
    assert (case.review.start, case.review.due) == (at(10), at(10, hours=24))
    assert house.posts("card:#deploys")
    assert house.replayed(case.id) == case

    house.sweep()
    assert [post["changes"] for post in house.reminded(case.review.owner)] == [[case.id]]
    with house.database.read() as tx:
        assert check.promises(tx, real_now=house.now) == []


@pytest.mark.parametrize("ways", [[1] * 100, [1, 3, 1]])
def test_the_same_again_is_one_finding(house: Desk, ways: list[int]) -> None:
    for many in ways:
        see(house, *[deployed()] * many)
    assert len(findings(house)) == 1
    assert len(house.posts("card:#deploys")) == 1


def test_two_sources_of_one_deployment_are_one_finding(house: Desk) -> None:
    see(house, deployed())
    (said,) = see(house, deployed(source="ci", external="77", repository=REPOSITORY, environment="Production"))
    assert (said.key, said.fresh) == ("FD-2026-0001", True)
    assert len(findings(house)) == 1
    see(house, deployed(external="deployment:2", sha=NEXT_SHA))
    assert len(findings(house)) == 2


def test_whoever_did_it_does_not_answer_for_it(house: Desk) -> None:
    see(house, committed(login="cto-gh"))
    (case,) = findings(house)
    assert case.review is not None
    assert {p.person for p in case.parties} == {"cto", "lead"}
    assert case.review.owner == "rel"


def test_what_is_older_than_our_first_look_is_no_finding(house: Desk) -> None:
    said = see(house, deployed(at=at(-5)), committed(at=at(-5)))
    assert [one.explained for one in said] == [Explained.BEFORE] * 2
    assert findings(house) == []


def test_a_delivery_may_be_the_first_look(desk: Desk) -> None:
    desk.rules = RULES
    desk.wait(10)
    said = see(desk, deployed(at=at(8)), deployed(external="deployment:2"))
    assert [one.explained for one in said] == [Explained.BEFORE, Explained.FOUND]
    with desk.database.read() as tx:
        assert periods.first_read(tx, "deployments:acme/payments") == at(10)


def test_an_emergencys_deployment_is_written_on_it(desk: Desk) -> None:
    desk.rules = RULES
    reading_since(desk)
    desk.declare()
    desk.proceed()
    desk.wait(10)
    (said,) = see(desk, deployed(sha=NEXT_SHA))
    assert (said.explained, said.change) == (Explained.EMERGENCY, desk.id)
    (one,) = desk.case.deployments
    assert (one.sha, one.basis, one.outcome) == (NEXT_SHA, "proceeding", OK)
    assert desk.status == "deployed"
    assert findings(desk) == []


def test_an_approval_that_ended_since_explained_it_then(desk: Desk) -> None:
    desk.rules = RULES
    reading_since(desk)
    case = approved(desk)
    desk.wait(20)
    with desk.turn("dev") as turn:
        held = turn.hold(case.id)
        assert held is not None
        turn.advance(held, "withdrawn")
    desk.wait(10)
    assert [one.explained for one in see(desk, deployed())] == [Explained.APPROVED]


def test_it_failed_and_the_change_says_so(desk: Desk) -> None:
    desk.rules = RULES
    reading_since(desk)
    approved(desk)
    see(desk.wait(10), deployed(outcome=STARTED), deployed(outcome=FAILED))
    assert [d.outcome for d in desk.case.deployments] == [FAILED]
    assert desk.case.closed_at == desk.now
    see(desk, deployed(outcome=STARTED))
    assert [d.outcome for d in desk.case.deployments] == [FAILED]


def test_a_rollback_is_told_on_what_it_left(desk: Desk) -> None:
    desk.rules = RULES
    reading_since(desk)
    left = approved(desk, NEXT_SHA)
    see(desk.wait(10), deployed(sha=NEXT_SHA))
    back = {"of": "DR-2026-0000", "live_at": T0.isoformat(), "away_from": NEXT_SHA}
    asked(desk.wait(10), SHA, rollback=back)
    (said,) = see(desk.wait(1), deployed(external="deployment:2", at=at(21)))
    assert (said.explained, said.change) == (Explained.ROLLBACK, desk.id)
    assert desk.case.deployments[-1].basis == "rollback"
    assert [d.outcome for d in desk.case_of(left.id).deployments] == [Outcome.ROLLED_BACK]


def test_somebody_who_may_not_deploy_is_found_and_the_deploy_still_closes(desk: Desk) -> None:
    desk.rules = build.deploy_rules(build.deploy_rule(deployers=("pipeline",)))
    reading_since(desk)
    approved(desk)
    see(desk.wait(10), deployed(outcome=STARTED), deployed(outcome=FAILED))
    (case,) = findings(desk)
    assert case.sighting is not None
    assert (case.sighting.what, case.sighting.near) == (Found.NOT_A_DEPLOYER, "DR-2026-0001")
    assert [d.outcome for d in desk.case.deployments] == [FAILED]


def test_one_direct_push_is_one_finding_and_one_merge_another(house: Desk) -> None:
    merge = Pull(7, login="lead-gh", head=SHA, merged=True, base="main")
    said = see(
        house,
        committed("a" * 40),
        committed("b" * 40),
        committed("c" * 40, merge),
        committed("d" * 40, merge),
        committed("e" * 40, merge, reviews=(Opined(7, "rel-gh", Opinion.APPROVED, SHA),)),
    )
    assert [one.key for one in said] == ["FD-2026-0001"] * 2 + ["FD-2026-0002"] * 2 + [None]
    assert [one.sighting.what for one in findings(house) if one.sighting] == [
        Found.DIRECT_PUSH,
        Found.UNREVIEWED_MERGE,
    ]


def test_what_could_not_be_judged_is_judged_when_it_can_be(house: Desk) -> None:
    assert [one.explained for one in see(house, committed(pulls=None))] == [None]
    assert [one.explained for one in see(house, committed())] == [Explained.FOUND]
    assert len(findings(house)) == 1


def test_a_stranger_becomes_a_person_and_an_app_is_one_too(house: Desk) -> None:
    see(house, deployed(login="mallory"), deployed(external="2", sha=NEXT_SHA, login="", source="ci"))
    with house.database.read() as tx:
        assert tx.scalar(select(func.count()).select_from(table)) == 2
    assert len({case.requester for case in findings(house)}) == 2


def test_a_deployment_that_two_sources_tell_of_stands_once_on_its_change(desk: Desk) -> None:
    desk.rules = RULES
    reading_since(desk)
    approved(desk)
    desk.wait(10)
    see(desk, deployed(outcome=STARTED), deployed(source="ci", external="77", at=at(12)), deployed(outcome=OK))
    assert [(d.outcome, d.external) for d in desk.case.deployments] == [(OK, "github:deployment:1")]
    see(desk, deployed(source="ci2", external="77", at=at(13), outcome=STARTED))
    assert [d.outcome for d in desk.case.deployments] == [OK]
    see(desk, deployed(source="ci", external="78", at=at(60)))
    assert len(desk.case.deployments) == 2


def test_what_others_report_of_the_time_before_our_first_policy_is_no_finding(desk: Desk) -> None:
    desk.rules = RULES
    with desk.database.write() as tx:
        tx.execute(insert(policies), {"digest": "d" * 64, "source": "", "at": at(5), "by": None})
    said = see(desk.wait(10), deployed(source="import", at=at(1)), deployed(source="import", external="2", at=at(6)))
    assert [one.explained for one in said] == [Explained.BEFORE, Explained.FOUND]


@pytest.mark.parametrize(
    ("source", "after", "explained"),
    [
        pytest.param("ci", timedelta(hours=8, minutes=30), Explained.APPROVED, id="told a little late"),
        pytest.param("ci", timedelta(hours=10), Explained.FOUND, id="dated back by a token"),
        pytest.param("import", timedelta(hours=10), Explained.APPROVED, id="brought in at the server"),
        pytest.param("github", timedelta(hours=10), Explained.APPROVED, id="read late at GitHub"),
    ],
)
def test_no_token_dates_a_deployment_back_into_an_approval(
    desk: Desk, source: str, after: timedelta, explained: Explained
) -> None:
    desk.rules = RULES
    reading_since(desk)
    approved(desk)
    desk.now = T0 + after
    (said,) = see(desk, deployed(source=source))
    assert said.explained is explained
    seen = [one.sighting for one in findings(desk) if one.sighting]
    assert [(one.what, one.at) for one in seen] == ([(Found.OUTSIDE_VALIDITY, at(10))] if seen else [])


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        pytest.param([("ci", OK), ("github", FAILED)], FAILED, id="worked as a pipeline says, and failed at GitHub"),
        pytest.param([("ci", FAILED), ("github", OK)], OK, id="failed as a pipeline says, and worked at GitHub"),
        pytest.param([("github", FAILED), ("ci", OK)], FAILED, id="GitHub first"),
        pytest.param([("ci", STARTED), ("github", FAILED), ("ci", OK)], FAILED, id="told of first, and after GitHub"),
        pytest.param([("ci", OK), ("github", STARTED), ("github", FAILED)], FAILED, id="ended before it began"),
        pytest.param([("ci", OK), ("ci2", FAILED)], OK, id="of two pipelines the first"),
        pytest.param([("github", OK), ("ci", Outcome.ROLLED_BACK)], Outcome.ROLLED_BACK, id="taken back later"),
    ],
)
def test_how_it_ended_is_what_github_says(desk: Desk, told: list[tuple[str, Outcome]], ends: Outcome) -> None:
    desk.rules = RULES
    reading_since(desk)
    approved(desk)
    desk.wait(10)
    for source, outcome in told:
        see(desk, deployed(source=source, outcome=outcome))
    assert [d.outcome for d in desk.case.deployments] == [ends]


@pytest.mark.parametrize(("source", "said_by"), [("ci", "ci"), ("github", None)])
def test_who_deployed_is_the_claim_of_a_token(desk: Desk, source: str, said_by: str | None) -> None:
    desk.rules = RULES
    reading_since(desk)
    approved(desk)
    see(desk.wait(10), deployed(source=source))
    (line,) = [post["facts"] for post in desk.posts("thread:") if post["line"] == "reported"]
    assert (line.get("by"), line.get("said_by")) == ("ops", said_by)
