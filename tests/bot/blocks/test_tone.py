"""The words are ours to choose, so they can be held: nothing blames, nothing leaks, nothing claims too much."""

import re
from typing import Any, get_args

from bot.blocks import refusals, told_words, words
from bot.blocks.kit import Drawing
from tests.bot.blocks.each import each
from tests.bot.blocks.gallery import Shown
from tests.bot.blocks.gallery_personal import mistakes
from tests.bot.blocks.limits import walk
from tests.bot.blocks.test_golden import CALM, HOSTILE, blocks_of
from tests.bot.blocks.test_hostile import strings
from tests.bot.blocks.world import World
from workflows.change import Reason
from workflows.rows import Line, Told

IDS = ("action_id", "block_id", "value", "callback_id", "type", "private_metadata", "format", "user_id", "style")
# SCREENS R8 and R9.
NEVER = (
    r"failed to",
    r"forgot",
    r"violation",
    r"invalid",
    r"error \d",
    r"unauthori[sz]ed",
    r"\bbot\b",
    r"policy engine",
    r"\brevision\b",
    r"\bdigest\b",
    r"please note",
    r"stack ?trace",
    r"xox[bp]-",
    r"@example\.com",
    r"\bchg1\b",
    r"None\b",
    r"\bnull\b",
    r"\{|\}",
    r"  ",
    r" [.,;:]",
    r"\.\.",
    r"@someone|by someone\b(?! else)",
    r"\bTrue\b",
)


def shown_texts(name: str) -> list[str]:
    """Everything a reader of the surface sees or hears."""
    shown = CALM[name]
    blocks: list[Any] = blocks_of(shown)
    text = (
        [shown.text]
        if isinstance(shown, Drawing)
        else [shown[key]["text"] for key in ("title", "submit") if key in shown]
    )
    return [re.sub(r"<[^<>]*>", "@x", one) for one in [*strings_but_ids(blocks), *text]]


def strings_but_ids(blocks: list[Any]) -> list[str]:
    """The strings of blocks without ids."""
    return strings([{key: _plain(value) for key, value in one.items() if key not in IDS} for one in blocks])


def _plain(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _plain(value) for key, value in part.items() if key not in IDS}
    return [_plain(one) for one in part] if isinstance(part, list) else part


def paragraphs(name: str) -> list[str]:
    """The lines as they read: the elements of one section together."""
    made = []
    for one in walk(blocks_of(CALM[name])):
        if one.get("type") == "rich_text_section":
            made.append("".join(part.get("text") or part.get("fallback") or "@x" for part in one["elements"]))
        if one.get("type") in ("mrkdwn", "plain_text"):
            made.append(re.sub(r"<[^<>]*>", "@x", one["text"]))
    shown = CALM[name]
    return [*made, *([shown.text] if isinstance(shown, Drawing) else [])]


@each(name=CALM)
def test_no_forbidden_word(name: str) -> None:
    allowed = {"/change digest", "policy · digest", "policy, digest"}  # a word that people type
    allowed |= {"…@example.com"} if name.startswith("answer_whoami") else set()
    for text in [*shown_texts(name), *paragraphs(name)]:
        for one in allowed:
            text = text.replace(one, "x")
        found = [word for word in NEVER if re.search(word, text, re.IGNORECASE if word.islower() else 0)]
        assert (found, text) == ([], text)


UNAPPROVED = [
    name
    for name in CALM
    if re.search(r"drill|proceeding|ratif|unapproved|live_before|_server_|rolled_back$|told_no_answer", name)
    and not name.startswith(("refused_", "modal_", "home_", "card_rolled_back", "answer_"))
]


@each(name=UNAPPROVED)
def test_what_was_not_approved_is_never_called_so(name: str) -> None:
    drawn = "\n".join(shown_texts(name))
    assert not re.search(r"\bapproved\b", drawn, re.IGNORECASE), drawn


@each(name=[name for name in CALM if "drill" in name])
def test_a_drill_says_so_and_promises_nothing(name: str) -> None:
    drawn = " ".join(shown_texts(name)).lower()
    assert "drill" in drawn or "practice" in drawn
    assert "go ahead" not in drawn
    assert "pipeline open" not in drawn
    assert "production access" not in drawn


# What entitled readers see for themselves is not meant.
SECRET = [n for n in CALM if "confidential" in n and "question" not in n and n != "answer_change_entitled"]


@each(name=SECRET)
def test_a_confidential_change_shows_no_typed_word_in_a_channel(name: str) -> None:
    drawn = " ".join(shown_texts(name))
    for word in ("checkout", "v811", "queue", "Roll payments", "migration"):
        assert word not in drawn


def test_every_reason_line_message_and_mistake_has_words() -> None:
    assert set(refusals._WORDS) == set(Reason)
    assert set(words.LINES) == set(Line)
    assert set(told_words.MESSAGES) == set(Told)
    assert all(mistakes(World()).values())
    assert get_args(Drawing) == ()


@each(name=[name for name in CALM if name.startswith("line_")], world=[CALM, HOSTILE])
def test_a_line_of_the_thread_is_short_has_no_button_and_pings_nobody(name: str, world: dict[str, Shown]) -> None:
    blocks = blocks_of(world[name])
    assert len(blocks) == 1
    assert sum(len(part.get("text", "")) for part in blocks[0]["elements"][0]["elements"]) <= 200
    assert not [one for one in walk(blocks) if one.get("type") in ("button", "user", "usergroup")]


@each(name=[name for name in CALM if name.startswith("refused_")])
def test_a_refusal_ends_with_what_holds_now(name: str) -> None:
    shown = CALM[name]
    assert isinstance(shown, Drawing)
    ends = (r"Nothing changed\.", r"not counted\.", r"try again in a minute\.", r"is kept for 24 h\.", r"Hand over\.")
    assert re.search(rf"(?:{'|'.join((*ends, 'updates by itself[.]'))})$", shown.text), shown.text
