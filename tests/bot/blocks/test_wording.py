"""Words that only show when somebody uses the thing: nothing is said twice, and lists say what became of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks import answers, barriers, buttons, card, details, forms, home, owing, receipts
from tests.bot.blocks.gallery_personal import row
from tests.bot.blocks.test_golden import blocks_of
from tests.bot.blocks.world import NOTES, NOW, World, minutes
from workflows.case import Approval, Ask, Case, Decision
from workflows.change import Action, Actor, Field, Outcome, Reason, Role, Status, Type, Verdict
from workflows.rows import Debt, DebtKind, HomeLists, Recent, Told

WORLD = World()


def said(drawn: object) -> str:
    """Everything a drawing or a view shows, as one text."""
    return str(blocks_of(drawn))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("payments: cards declined", "payments: cards declined"),
        ("Payments : cards declined", "payments: cards declined"),
        ("payments:", "payments: payments:"),
        ("cards: declined", "payments: cards: declined"),
    ],
)
def test_a_title_that_begins_with_the_system_does_not_say_it_twice(title: str, shown: str) -> None:
    case = WORLD.case()
    text = card.card(replace(case, texts={**case.texts, Field.TITLE: WORLD.put(title)}), WORLD.scene()).text
    assert f" {shown} (high)" in text
    listed = answers.listing_of(Recent(days=30, rows=(row(WORLD, title=title),)), WORLD.scene())
    assert f" {shown}\\nwaiting" in said(listed)
    one = Debt(kind=DebtKind.ASKED, id="c", key="EC-1", revision=1, system="payments", title=title, due=NOW)
    assert f" {shown} · due" in str(owing.row(one, WORLD.scene()))


@pytest.mark.parametrize(
    ("became", "shown"),
    [
        ("", "deployed ·"),
        ("failed", "deployed, did not work ·"),
        ("rolled_back", "rolled back ·"),
        ("rejected", "deployed although rejected ·"),
    ],
)
def test_lists_say_what_became_of_a_deployment(became: str, shown: str) -> None:
    one = row(WORLD, status=Status.DEPLOYED, became=became)
    assert shown in said(answers.listing_of(Recent(days=30, rows=(one,)), WORLD.scene()))
    assert shown in said(home.home(HomeLists(mine=(one,)), WORLD.scene(), person="dev"))


def test_several_open_emergencies_are_a_line_each_with_the_advice_once() -> None:
    rows = [row(WORLD, id=f"c{n}", key=f"EC-2026-000{n}") for n in range(1, 6)]
    text = said(forms.declare({}, WORLD.scene(), open_on=rows))
    assert text.count("Continue only if this is something else.") == 1
    assert text.count("Already open") == 1
    assert "EC-2026-0003" in text
    assert "EC-2026-0004" not in text
    assert "and 2 more" in text


def test_a_wait_of_an_hour_is_an_hour_everywhere() -> None:
    facts = {"minutes": 60, "asked": [], "contacts": [], "due": NOW + timedelta(hours=23)}
    text = card.told(Told.NO_ANSWER, WORLD.case(), WORLD.scene(), facts).text
    assert "(1 h)" in text


@pytest.mark.parametrize("plan", ["Roll back to v811", "Roll back to v811.", "Roll back to v811!"])
def test_what_is_confirmed_ends_as_a_sentence(plan: str) -> None:
    case = WORLD.case()
    case = replace(case, texts={**case.texts, Field.PLAN: WORLD.put(plan)})
    stop = "!" if plan.endswith("!") else "."
    expected = f"Roll back to v811{stop} You can take it back"
    assert expected in str(buttons.for_case(case, WORLD.scene(), ("approve",)))
    assert expected in str(buttons.for_row(row(WORLD, plan=plan), WORLD.scene(), ("approve",)))


@pytest.mark.parametrize(
    ("reason", "action", "words"),
    [
        (Reason.GUEST, barriers.LOOK, "Guests of this workspace can't open changes. Nothing changed."),
        (Reason.GUEST, "", "Guests of this workspace can't declare changes. Nothing changed."),
        (
            Reason.OTHER_ORGANISATION,
            barriers.LOOK,
            "Your account belongs to another organisation, so you can't open changes here. Nothing changed.",
        ),
    ],
)
def test_whoever_may_not_look_is_told_so_and_is_offered_no_look(reason: Reason, action: str, words: str) -> None:
    no = Verdict(False, reason)
    assert receipts.refused(no, None, WORLD.scene(), Actor("rel"), action=action).text == words
    shown = receipts.refused(no, WORLD.case(), WORLD.scene(), Actor("rel"), action="approve")
    assert "'details'" not in said(shown)


WIDEN = Ask("widen", minutes(10), (), ("release-managers",))
STAND_IN = Ask("stand-in", minutes(10), ("rel",), ("release-managers",))


def test_once_others_were_asked_one_voice_of_any_group_is_needed() -> None:
    first = WORLD.case().asks[0]

    def asked(*more: Ask) -> str:
        case = WORLD.case(asks=(first, *more))
        return said(card.ask(case, WORLD.scene(), person="rel", round="widen", notes=NOTES))

    assert "Needs 1 of <!subteam" in asked()
    assert "release-managers" not in asked()
    assert "S0APPROVERS> or release-managers" in asked(WIDEN, STAND_IN)


def test_details_tell_a_group_and_its_people_as_one_round_and_who_can_approve_only_while_somebody_can() -> None:
    first = WORLD.case().asks[0]
    reading = details.Reading(deciders=(("cto", True, ""),), want=1)

    def shown(case: Any) -> str:
        return said(details.details(case, WORLD.scene(), actions=(), role=Role.READER, notes=NOTES, reading=reading))

    waiting = shown(WORLD.case(asks=(first, WIDEN, STAND_IN)))
    assert "also asked release-managers: <@U0REL>" in waiting
    assert "in their place" not in waiting
    assert "Who can approve" in waiting
    assert "<@U0CTO> can" in waiting
    assert "<@U0CTO> approved" in shown(
        WORLD.case(approvals=(Approval("cto", 1, minutes(3), "approve", "emergency-approvers"),))
    )
    assert "Who can approve" not in shown(WORLD.rejected())


@pytest.mark.parametrize(
    ("actions", "line"),
    [
        pytest.param((), "You can read this change.", id="no right"),
        pytest.param((Action.REJECT, Action.LATER), "You can reject it, but not approve it now.", id="to say no"),
        pytest.param((Action.LATER,), "You can do what the buttons below say.", id="another"),
    ],
)
def test_who_may_press_something_is_not_told_to_read_only(actions: tuple[Action, ...], line: str) -> None:
    shown = details.details(WORLD.case(), WORLD.scene(), actions=actions, role=Role.READER, notes=NOTES)
    assert line in said(shown)


def test_an_access_grant_ends_and_a_rejected_deployment_is_called_so() -> None:
    facts = {"by": "cto", "at": minutes(5).isoformat()}
    granted = WORLD.approved(type=Type.ACCESS)
    assert "Afterwards press Access ended." in said(card.told(Told.APPROVED, granted, WORLD.scene(), facts))
    against = WORLD.deployed(deployments=(WORLD.deployment(basis="rejected"),))
    assert "went live although rejected" in card.told(Told.RATIFY, against, WORLD.scene(), facts).text


def test_a_reminder_leads_with_the_change_it_was_sent_for() -> None:
    def debt(name: str, hours: int) -> Debt:
        due = NOW + timedelta(hours=hours)
        return Debt(kind=DebtKind.ASKED, id=name, key=name, revision=1, system="web", title="x", due=due)

    rows = [debt("EC-1", -3), debt("EC-2", 20)]
    drawn = owing.debts(rows, WORLD.scene(), kind=DebtKind.ASKED, lead="EC-2")
    assert drawn.text.startswith("EC-2 needs your review by")
    late = owing.debts(rows, WORLD.scene(), kind=DebtKind.ASKED, lead="EC-1")
    assert late.text.startswith("EC-1 web needs your review: it was due")


def test_what_was_open_beside_it_is_said_while_it_is_open() -> None:
    open_too = replace(NOTES, related=("EC-2026-0041",))
    scene = WORLD.scene()
    assert "Also open on" in said(card.card(WORLD.case(), scene, notes=open_too))
    assert "Also open on" not in said(card.card(WORLD.case(related=("EC-2026-0041",)), scene, notes=NOTES))


def told(what: Told, case: Case, **facts: Any) -> str:
    """What a private message shows by now, with its buttons."""
    given = {"by": "cto", "minutes": 10, "asked": [], "contacts": [], "due": minutes(1440).isoformat()}
    drawn = card.told(what, case, WORLD.scene(), {**given, "at": minutes(4).isoformat(), **facts})
    return f"{drawn.text} {'button' if 'button' in said(drawn) else 'settled'}"


ASKED = {"asked_at": minutes(5).isoformat()}
RATIFIED = WORLD.deployed(
    deployments=(WORLD.deployment(basis="proceeding"),), afterwards=Decision("ratified", minutes(12), "cto", 1)
)


@pytest.mark.parametrize(
    ("what", "open_still", "passed", "words"),
    [
        (Told.APPROVED, WORLD.approved(), WORLD.deployed(Outcome.FAILED), "since then deployed, did not work."),
        (Told.APPROVED, WORLD.approved(), WORLD.case(), "since then waiting for approval."),
        (Told.NO_ANSWER, WORLD.case(), WORLD.approved(), "no answer for 10 min; since then approved."),
        (Told.IS_LIVE, WORLD.approved(), WORLD.deployed(), "asked whether it is live; since then deployed."),
        (Told.IS_LIVE, WORLD.approved(), WORLD.approved(later_until=minutes(70)), "I ask again at 04:12."),
        (Told.IS_LIVE, WORLD.approved(), WORLD.approved(later_until=minutes(6)), "whether it is live; see below."),
        (Told.STILL_NEEDED, WORLD.case(), WORLD.approved(), "resolved before anybody decided; since then approved."),
        (Told.RATIFY, WORLD.deployed(), RATIFIED, "ratified afterwards by @cto at 03:14."),
    ],
)
def test_a_message_that_asks_shrinks_to_a_line_once_that_has_passed(
    what: Told, open_still: Case, passed: Case, words: str
) -> None:
    assert told(what, open_still, **ASKED).endswith(" button")
    assert told(what, passed, **ASKED).endswith(f"{words} settled")
