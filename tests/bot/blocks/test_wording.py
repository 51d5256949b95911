"""Words that only show when somebody uses the thing: nothing is said twice, and lists say what became of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.blocks import answers, card, forms, home, owing
from tests.bot.blocks.gallery_personal import row
from tests.bot.blocks.test_golden import blocks_of
from tests.bot.blocks.world import NOW, World
from workflows.change import Field, Status
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
