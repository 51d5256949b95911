"""Which state a card shows when several hold, and which buttons it then offers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.blocks import card, home, states
from bot.blocks.states import State, state_of
from tests.bot.blocks.gallery import OVERDUE, not_needed, reviewed
from tests.bot.blocks.limits import walk
from tests.bot.blocks.test_golden import CALM, blocks_of
from tests.bot.blocks.world import DECLARED, NOTES, NOW, World, minutes
from workflows.case import Ask, Case
from workflows.change import Outcome, Status

WORLD = World()
FIRST = WORLD.case().asks[0]
NUDGE = Ask("nudge", minutes(5), ("cto",), ("emergency-approvers",))
WIDEN = Ask("widen", minutes(10), (), ("release-managers",))
FALLBACK = Ask("fallback", minutes(1), (), ("release-managers",), "security: 1 party, 0 away, of 1")
AFRESH = Ask("again", minutes(11), ("lead",), ("emergency-approvers",))

CASES = {
    "asked": (WORLD.case(), State.UNDECIDED),
    "asked again": (WORLD.case(asks=(FIRST, NUDGE)), State.AGAIN),
    "more people asked": (WORLD.case(asks=(FIRST, NUDGE, WIDEN)), State.WIDENED),
    "fallback asked": (WORLD.case(asks=(FIRST, FALLBACK)), State.FALLBACK),
    "asked afresh after a change": (WORLD.case(asks=(FIRST, NUDGE, WIDEN, AFRESH)), State.UNDECIDED),
    "nobody asked": (WORLD.case(asks=()), State.UNDECIDED),
    "approved": (WORLD.approved(), State.APPROVED),
    "proceeding": (WORLD.proceeding(), State.PROCEEDING),
    "rejected": (WORLD.rejected(), State.REJECTED),
    "deployed": (WORLD.deployed(), State.DEPLOYED),
    "failed": (WORLD.deployed(Outcome.FAILED), State.FAILED),
    "rolled back": (WORLD.deployed(Outcome.ROLLED_BACK), State.ROLLED_BACK),
    "failed although rejected": (
        WORLD.deployed(deployments=(WORLD.deployment(Outcome.FAILED, basis="rejected"),)),
        State.FAILED,
    ),
    "although rejected": (WORLD.deployed(deployments=(WORLD.deployment(basis="rejected"),)), State.AGAINST),
    "reviewed": (reviewed(WORLD), State.REVIEWED),
    "withdrawn": (WORLD.case(status=Status.WITHDRAWN), State.WITHDRAWN),
    "not needed": (not_needed(WORLD), State.NOT_NEEDED),
}


@pytest.mark.parametrize("name", CASES)
def test_a_case_shows_its_state(name: str) -> None:
    case, state = CASES[name]
    assert state_of(case, NOW) is state


@pytest.mark.parametrize("case", [WORLD.approved(), WORLD.proceeding(), WORLD.deployed(Outcome.FAILED)])
def test_overdue_comes_before_what_became_of_it(case: Case) -> None:
    due = DECLARED + timedelta(hours=24)
    assert state_of(case, due - timedelta(seconds=1)) is not State.OVERDUE
    assert state_of(case, due) is State.OVERDUE


def test_a_closed_change_is_never_overdue() -> None:
    assert state_of(reviewed(WORLD), OVERDUE) is State.REVIEWED
    assert state_of(not_needed(WORLD), OVERDUE) is State.NOT_NEEDED


def test_every_state_has_a_header_and_buttons() -> None:
    assert set(states.HEADS) == set(State)
    assert set(card.OFFERS) == set(State)
    assert all(1 <= len(offer) <= 3 for offer in card.OFFERS.values())


def test_a_button_carries_the_change_and_the_revision_the_person_saw() -> None:
    drawn = card.card(WORLD.case(revision=3), WORLD.scene(), notes=NOTES)
    buttons = [one for one in walk(drawn.blocks) if one.get("type") == "button"]
    assert {one["value"] for one in buttons} == {"chg1:3"}
    assert [one["action_id"] for one in buttons] == ["approve", "reject", "details"]
    assert [one["accessibility_label"] for one in buttons] == [
        "Approve EC-2026-0042",
        "Reject EC-2026-0042",
        "Details EC-2026-0042",
    ]


def test_approving_confirms_key_system_risk_and_what_will_be_done() -> None:
    drawn = card.card(WORLD.case(), WORLD.scene(), notes=NOTES)
    approve = next(one for one in walk(drawn.blocks) if one.get("action_id") == "approve")
    confirm = approve["confirm"]
    assert confirm["title"]["text"] == "Approve EC-2026-0042?"
    assert confirm["text"]["text"].startswith("payments · risk high · production. Roll payments back to v811")
    assert confirm["text"]["text"].endswith("You can take it back until it is live.")
    assert (confirm["confirm"]["text"], confirm["deny"]["text"]) == ("Approve", "Not yet")


@pytest.mark.parametrize("name", ["told_proceeding", "ask_question", "modal_declare", "answer_declared"])
def test_only_the_surface_with_a_decision_confirms(name: str) -> None:
    asks = [one["action_id"] for one in walk(blocks_of(CALM[name])) if "confirm" in one and "deny" not in one]
    assert asks == (["approve"] if name == "ask_question" else [])


@pytest.mark.parametrize("name", [name for name in CALM if name.startswith(("home_", "details_"))])
def test_a_page_of_one_person_stays_within_sixty_blocks(name: str) -> None:
    assert len(blocks_of(CALM[name])) <= 60


def test_a_full_home_shows_something_of_every_list() -> None:
    heads = [one["text"]["text"] for one in blocks_of(CALM["home_full"]) if one["type"] == "header"]
    assert heads == [
        "Countersign",
        "Waiting for me (17)",
        "Reviews and follow-ups I owe (10)",
        "Overdue (10)",
        "My open changes (10)",
        "Last closed",
    ]
    rows = [one["block_id"].partition(":")[0] for one in blocks_of(CALM["home_full"]) if ":" in one.get("block_id", "")]
    assert all(rows.count(name) >= 4 for name in ("waiting", "owed", "overdue", "mine", "closed"))


def test_every_status_of_an_open_change_has_a_next_step() -> None:
    assert set(home.NEXT) == {
        Status.DECLARED,
        Status.APPROVED,
        Status.PROCEEDING,
        Status.DEPLOYED,
        Status.REJECTED,
    }


def test_notices_of_a_group_that_wants_no_ping_stay_quiet() -> None:
    quiet = replace(FIRST, people=("lead",), groups=("security",))
    drawn = card.card(WORLD.case(asks=(quiet,)), WORLD.scene(), notes=NOTES, first_post=True)
    assert not [one for one in walk(drawn.blocks) if "<@" in str(one.get("text"))]
