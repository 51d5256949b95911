"""Every surface against its golden file, through Slack's own models, and within Slack's limits.

GOLDEN_UPDATE=1 writes the files anew; their `blocks` paste into Block Kit Builder.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SlackView

from bot.blocks.kit import Drawing
from tests.bot.blocks import (
    gallery,
    gallery_deploys,
    gallery_digest,
    gallery_findings,
    gallery_personal,
    gallery_types,
)
from tests.bot.blocks.each import each
from tests.bot.blocks.gallery import Shown
from tests.bot.blocks.limits import message_problems, texts, units, view_problems, walk
from tests.bot.blocks.world import World

GOLDEN = Path(__file__).parent / "golden"
MAKERS = (
    gallery.cards,
    gallery.asks,
    gallery.tells,
    gallery.debts,
    gallery_personal.modals,
    gallery_personal.detail_views,
    gallery_personal.homes,
    gallery_personal.answered,
    gallery_personal.lines,
    gallery_personal.refusals,
    gallery_findings.findings,
    gallery_findings.around,
    gallery_digest.digests,
    gallery_deploys.cards,
    gallery_deploys.asks,
    gallery_deploys.tells,
    gallery_deploys.refusals,
    gallery_deploys.modals,
    gallery_deploys.listed,
    gallery_deploys.lines,
    gallery_deploys.detail_views,
    gallery_types.types,
)


def everything(world: World) -> dict[str, Shown]:
    """All surfaces of a world by name."""
    made: dict[str, Shown] = {}
    for maker in MAKERS:
        made |= maker(world)
    return made


CALM = everything(World())
HOSTILE = everything(World(hostile=True))
CARDS = [name for name in CALM if name.startswith("card_")]
MESSAGES = [name for name, shown in CALM.items() if isinstance(shown, Drawing)]


def blocks_of(shown: Shown) -> list[Any]:
    """The blocks of a message or a view."""
    return list(shown.blocks if isinstance(shown, Drawing) else shown["blocks"])


def as_json(shown: Shown) -> str:
    """What the golden file holds."""
    plain = {"text": shown.text, "blocks": shown.blocks} if isinstance(shown, Drawing) else shown
    return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def update(name: str, text: str) -> None:
    """Write a golden file, when asked to."""
    if os.environ.get("GOLDEN_UPDATE") == "1":
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / name).write_text(text, encoding="utf-8")


@each(name=CALM)
def test_a_surface_is_drawn_as_its_golden_file_says(name: str) -> None:
    drawn = as_json(CALM[name])
    update(f"{name}.json", drawn)
    assert drawn == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_surface() -> None:
    known = {f"{name}.json" for name in CALM} | {"mistakes.json"}
    assert {path.name for path in GOLDEN.glob("*.json")} == known


def test_every_mistake_is_worded() -> None:
    drawn = json.dumps(gallery_personal.mistakes(World()), ensure_ascii=False, indent=1) + "\n"
    update("mistakes.json", drawn)
    assert drawn == (GOLDEN / "mistakes.json").read_text(encoding="utf-8")


@each(name=CALM, world=[CALM, HOSTILE])
def test_slacks_own_models_take_every_surface(name: str, world: dict[str, Shown]) -> None:
    shown = world[name]
    blocks = blocks_of(shown)
    parsed = Block.parse_all(blocks)
    assert len(parsed) == len(blocks)
    for block in parsed:
        block.validate_json()
    if not isinstance(shown, Drawing):
        SlackView(**shown).validate_json()


@each(name=CALM, world=[CALM, HOSTILE])
def test_every_surface_is_within_slacks_limits(name: str, world: dict[str, Shown]) -> None:
    shown = world[name]
    found = message_problems(shown.text, shown.blocks) if isinstance(shown, Drawing) else view_problems(shown)
    assert found == []


@each(name=CARDS, world=[CALM, HOSTILE])
def test_a_channel_card_is_small_enough_to_be_read(name: str, world: dict[str, Shown]) -> None:
    blocks = blocks_of(world[name])
    assert len(blocks) <= 10
    assert (
        sum(
            units(one)
            for one in texts(
                [{k: v for k, v in b.items() if k != "elements"} if b["type"] == "actions" else b for b in blocks]
            )
        )
        <= 2500
    )
    buttons = [one for one in walk(blocks) if one.get("type") == "button"]
    assert 1 <= len(buttons) <= 3
    assert buttons[-1]["action_id"] == "details"


@each(name=["card_reviewed", "card_withdrawn", "card_not_needed", "card_drill_reviewed"])
def test_a_closed_card_shrinks(name: str) -> None:
    assert len(blocks_of(CALM[name])) == 4


@each(name=MESSAGES)
def test_every_message_says_first_what_it_is_about(name: str) -> None:
    shown = CALM[name]
    assert isinstance(shown, Drawing)
    start = shown.text[:100]
    if name.startswith(("card_", "ask_", "told_", "debts_", "line_")) and name != "debts_nothing":
        assert re.search(r"(EC|DR|FD|DRILL)-2026-\d{2,4}", start)
    if name.startswith("card_") and "_confidential" not in name:
        assert "payments" in start
    if "drill" in name and name.startswith(("card_", "told_", "line_", "ask_question")):
        assert start.startswith("Practice. ")


@each(name=[n for n in CARDS if isinstance(CALM[n], Drawing)])
def test_a_deadline_stands_in_the_first_hundred_characters(name: str) -> None:
    for world in (CALM, HOSTILE):
        shown = world[name]
        assert isinstance(shown, Drawing)
        due = re.search(r"(?:Review due|due|by) (Tue|24 Nov) 03:02", shown.text)
        assert due is None or due.end() <= 100
