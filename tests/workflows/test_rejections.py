"""What was rejected stays in sight of whoever decides on the same commit again."""

from dataclasses import replace

import pytest

from bot.blocks import card, deploy_asking
from bot.blocks.notes import NOTHING
from tests import build
from tests.bot.blocks import deploys as drawn
from tests.bot.blocks.world import World
from tests.build import NEXT_SHA, SHA
from tests.workflows.desk import Desk
from workflows import deploys, learning, rejections


@pytest.fixture
def desk(sqlite_desk: Desk) -> Desk:
    """A desk where rel said no to the commit."""
    sqlite_desk.rules = build.deploy_rules()
    sqlite_desk.ask()
    sqlite_desk.wait(1).reject("rel")
    return sqlite_desk.wait(1)


def test_a_new_request_does_not_wash_a_rejection_off(desk: Desk) -> None:
    first = desk.case
    again = desk.ask()
    assert desk.case_of(again.id).rejected_before == ((first.key, "rel"),)
    assert desk.replayed(again.id) == desk.case_of(again.id)
    desk.sound()
    desk.rules = build.deploy_rules(build.deploy_rule(environments=("production", "staging")))
    elsewhere = desk.ask(environment="staging", reading=build.reading(environment="staging"))
    assert desk.case_of(elsewhere.id).rejected_before == ()


def test_it_comes_and_goes_with_the_commit(desk: Desk) -> None:
    first = desk.case
    other = desk.ask(reading=build.reading(NEXT_SHA))
    assert desk.case_of(other.id).rejected_before == ()
    desk.wait(1).do("dev", deploys.move, other.id, SHA)
    assert desk.case_of(other.id).rejected_before == ((first.key, "rel"),)
    desk.wait(1).do("dev", deploys.move, other.id, NEXT_SHA)
    assert desk.case_of(other.id).rejected_before == ()


def test_github_tells_later_which_commit_it_is(desk: Desk) -> None:
    first = desk.case
    late = desk.ask(sha="", reading=None)
    assert desk.case_of(late.id).rejected_before == ()
    desk.wait(1).do("", learning.learn, late.id, build.reading())
    assert desk.case_of(late.id).rejected_before == ((first.key, "rel"),)


def test_approved_after_all_it_is_no_rejection(desk: Desk) -> None:
    desk.do("dev", deploys.ask_again, desk.id)
    with desk.database.read() as tx:
        asked = rejections.of(tx, repository="Acme/Payments", environment="Production", sha=SHA)
    assert [one["key"] for one in asked] == [desk.case.key]
    desk.wait(1).approve("rel")
    with desk.database.read() as tx:
        assert rejections.of(tx, repository="acme/payments", environment="production", sha=SHA) == []


def test_approvers_see_it_on_the_card_and_in_the_question() -> None:
    world = World()
    case = replace(drawn.deploy(world), rejected_before=(("DR-2026-0001", "cto"),))
    scene = drawn.scene(world)
    told = "DR-2026-0001 for this commit was rejected by "
    shown = card.card(case, scene, notes=NOTHING)
    asked = deploy_asking.ask(
        case, scene, person="rel", round="first", notes=NOTHING, also_asked=(), superseded_at=None
    )
    assert told in str(shown)
    assert told in str(asked)
    assert told not in str(card.card(replace(case, rejected_before=()), scene, notes=NOTHING))
