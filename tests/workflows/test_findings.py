"""A finding, on both databases: what opens one, who answers for it, and that nothing but a review closes it."""

import pytest

from tests import build
from tests.build import REPOSITORY, SHA, T0, at
from tests.workflows.desk import GOOD, Desk
from tests.workflows.test_sightings import approved, asked, deployed, findings, reading_since, see
from workflows import check, ledger, reviews
from workflows import findings as found
from workflows.case import Case, Done, Refused
from workflows.change import Action, Found, Judgement, Kind, Outcome, Reason, Status
from workflows.reviews import FollowUpForm
from workflows.transitions import TRANSITIONS


@pytest.fixture
def house(desk: Desk) -> Desk:
    """The desk with deploy rules and logins, its sources read since T0."""
    desk.rules = build.deploy_rules()
    reading_since(desk)
    return desk


def the(desk: Desk) -> Case:
    (case,) = findings(desk)
    return case


def test_a_deploy_marked_live_that_nobody_decided_is_found_once(house: Desk) -> None:
    asked(house)
    house.wait(10)
    for outcome in (Outcome.FAILED, Outcome.OK):
        said = house.deploy("dev", why="the pipeline is down", outcome=outcome)
        assert isinstance(said, Done)
        assert "ungated" in said.happened
    case = the(house)
    assert case.sighting is not None
    assert (case.sighting.what, case.sighting.near, case.sighting.by) == (Found.NO_BASIS, "DR-2026-0001", "dev")
    assert house.status == "deployed"

    see(house, deployed(at=at(9)))  # GitHub tells of the same
    assert len(findings(house)) == 1
    with house.database.read() as tx:
        assert check.promises(tx, real_now=house.now) == []


def test_what_github_showed_first_is_not_found_again_when_it_is_marked(house: Desk) -> None:
    asked(house)
    house.wait(10)
    see(house, deployed(at=at(9)))
    house.deploy("dev", why="the pipeline is down")
    assert len(findings(house)) == 1


def test_nobody_who_had_a_hand_in_the_deploy_answers_for_it(house: Desk) -> None:
    asked(house, implementer="cto")
    house.wait(10)
    house.deploy("dev", why="the pipeline is down")
    case = the(house)
    assert {p.person for p in case.parties} == {"dev", "cto"}
    assert case.review is not None
    assert case.review.owner in ("lead", "rel")


def test_an_approved_deploy_marked_live_in_its_time_is_none_and_after_it_is_one(house: Desk) -> None:
    approved(house)
    house.wait(10)
    house.deploy("dev")
    assert findings(house) == []

    approved(house, "b" * 40)
    house.wait(hours=9)
    house.deploy("dev", why="it was late")
    case = the(house)
    assert case.sighting is not None
    assert case.sighting.what is Found.OUTSIDE_VALIDITY


def test_no_approval_ever_and_no_other_way_out() -> None:
    able = {action for kind, _, action in TRANSITIONS if kind is Kind.FINDING}
    assert able == {
        *(Action.WRITE_REVIEW, Action.HAND_OVER, Action.TAKE_OVER, Action.SNOOZE, Action.AMEND_REVIEW),
        *(Action.MARK_DONE, Action.HAND_FOLLOW_UP),
    }


def test_only_a_review_closes_it(house: Desk) -> None:
    house.wait(10)
    see(house, deployed())
    case = the(house)
    owner = case.review.owner if case.review else None
    assert owner
    house.id = case.id
    for who, act in (("cto", house.approve), ("ops", house.deploy), ("cto", house.ratify)):
        said = act(who)
        assert isinstance(said, Refused), act
    house.live(at(hours=60))
    assert house.status == "found"
    assert [post["kind"] for post in house.reminded(owner)][-1] == "daily" or house.reminded(owner)

    no = house.close("ops", missing={})
    assert isinstance(no, Refused)
    assert no.verdict.reason is Reason.REVIEW_BY_PARTY
    follow = FollowUpForm("take the admin right away", "dev", "2026-11-30")
    done = house.close(owner, missing={}, judgement=Judgement.NO, follow_ups=(follow,))
    assert isinstance(done, Done), done
    after = house.case
    assert (after.status, after.closed_at) == (Status.REVIEWED, house.now)
    assert after.deployments == ()
    assert after.review is not None
    assert after.body(after.review.cause) == GOOD.cause
    assert house.replayed() == after


def test_its_owner_can_hand_it_over(house: Desk) -> None:
    see(house.wait(10), deployed(login="stranger-gh"))
    case = the(house)
    house.id = case.id
    owner = case.review.owner if case.review else ""
    other = next(p for p in ("cto", "lead", "rel") if p != owner)
    assert isinstance(house.do(other, reviews.take_over, case.id), Done)
    assert house.case.review is not None
    assert house.case.review.owner == other


def test_the_same_thing_opened_twice_is_one_finding(house: Desk) -> None:
    given = {"source": "terraform", "external": "plan-9", "at": T0, "repository": REPOSITORY, "by": "dev"}
    keys = [house.do("dev", found.open, Found.DRIFT, **given).case.key for _ in range(3)]  # type: ignore[arg-type]
    assert keys == ["FD-2026-0001"] * 3
    assert len(findings(house)) == 1


def test_keys_have_no_gap_and_the_record_holds(house: Desk) -> None:
    house.wait(10)
    see(house, deployed(), deployed(external="2", sha="b" * 40), deployed(external="3", sha="c" * 40))
    assert house.known_keys() == ["FD-2026-0001", "FD-2026-0002", "FD-2026-0003"]
    assert [house.replayed(case.id) == case for case in findings(house)] == [True] * 3
    with house.database.read() as tx:
        assert check.promises(tx, real_now=house.now) == []
        stored = ledger.case_by_key(tx, "FD-2026-0001")
    assert stored is not None
    assert stored.sha == SHA
