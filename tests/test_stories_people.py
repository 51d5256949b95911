"""Stories of people who may not: guests, strangers, bots, the deactivated; and of one human with two accounts."""

from typing import Any

from tests.world.person import Someone
from tests.world.story import World
from workflows.change import Status

pytest_plugins = ["tests.world.fixtures"]


def test_a_guest_is_refused_in_words(world: World) -> None:
    key = world.declare()
    world.guest.types("/emergency-change checkout 500s")
    assert not world.guest.sees_modal
    world.guest.told("Guests of this workspace can't declare changes.")
    world.guest.presses("Approve", on=world.card(key))
    world.guest.told("Guests of this workspace can't approve changes.", "Nothing changed.")
    world.guest.uses("declare_emergency")
    assert not world.guest.sees_modal
    assert "Guests can't use Countersign." in world.guest.home.words
    assert world.guest.home.labels == []
    assert world.case(key).status is Status.DECLARED
    assert [one.data["reason"] for one in world.events(key) if one.kind == "refused"] == ["guest"]


def test_a_stranger_of_another_organisation_is_refused_in_words(world: World) -> None:
    key = world.declare()
    stranger = _somebody(world, "U0STRANGER", "kim", is_stranger=True, team_id="T0ELSEWHERE")
    stranger.types("/emergency-change checkout 500s")
    assert not stranger.sees_modal
    stranger.told("Your account belongs to another organisation, so you can't declare changes here.")
    stranger.presses("Approve", on=world.card(key))
    stranger.told("Your account belongs to another organisation, so you can't approve here.", "Nothing changed.")
    assert world.case(key).status is Status.DECLARED


def test_a_bot_cannot_approve(world: World) -> None:
    key = world.declare()
    robot = _somebody(world, "U0ROBOT", "robot", is_bot=True)
    robot.presses("Approve", on=world.card(key))
    robot.told("This account can't approve changes. Nothing changed.")
    assert world.case(key).status is Status.DECLARED


def test_an_approver_who_was_deactivated_a_moment_ago_cannot_approve(world: World) -> None:
    key = world.declare()
    card = world.card(key)
    world.slack.change_person("U0CTO", deleted=True)
    pressed = world.slack.click("U0CTO", card.what, "approve")
    assert pressed.error == "account_inactive", "Slack itself refuses"
    world.parts.readings.fresh(["U0CTO"])
    world.slack.state.people["U0CTO"].deleted = False  # the click was on its way
    world.slack.click("U0CTO", card.what, "approve")
    assert world.case(key).status is Status.DECLARED, "by the reading that the event brought"
    world.settle()
    world.cto.told("This account can't approve changes. Nothing changed.")


def test_a_second_account_of_the_requester_cannot_approve(world: World) -> None:
    world.slack.add_person("U0LEADTWO", "lead2", "Lena Brandt", "lead@example.com", "Europe/Berlin")
    world.slack.state.find_channel("incidents").members.append("U0LEADTWO")
    key = world.declare(by=world.lead)
    other = Someone(world, "U0LEADTWO", "lead2")
    other.presses("Approve", on=world.card(key))
    assert "so" in other.private()[-1].words
    assert "can't approve" in other.private()[-1].words
    assert world.case(key).status is Status.DECLARED
    assert [one.person for one in world.events(key) if one.kind == "refused"] == [world.lead.person]


def test_somebody_who_joins_later_is_found_by_the_address_in_the_policy(world: World) -> None:
    world.slack.state.people["U0REL"].email = "somebody-else@example.com"
    world.slack.join("U0NEW", "newcto", "Nora New", "new@example.com", "Europe/Berlin")
    world.policy.write_text(world.policy.read_text().replace("cto@example.com", "new@example.com"))
    world.reload_policy()
    world.advance(minutes=1)
    world.slack.state.find_channel("incidents").members.append("U0NEW")
    key = world.declare()
    new = Someone(world, "U0NEW", "newcto")
    assert world.cto.dms == [], "the policy does not name them any more"
    world.cto.presses("Approve", on=world.card(key))
    world.cto.told(f"Approving {key} takes someone from emergency-approvers.")
    new.presses("Approve", on=new.dm("Can you approve this?"))
    assert world.case(key).status is Status.APPROVED


def _somebody(world: World, id: str, name: str, **flags: Any) -> Someone:
    world.slack.add_person(id, name, name.title(), f"{name}@elsewhere.example", "Europe/Berlin", **flags)
    world.slack.state.find_channel("incidents").members.append(id)
    return Someone(world, id, name)
