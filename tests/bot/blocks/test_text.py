"""Typed text made harmless: what is hidden is shown, what is long is cut between graphemes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import text
from tests.bot.blocks.limits import units

FAMILY = "👩‍👩‍👧‍👦"
ASTRONAUT = "👩🏽‍🚀"
RAINBOW = "🏳️‍🌈"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("plain words", "plain words"),
        ("שלום", "שלום"),
        (f"{FAMILY} {RAINBOW} {ASTRONAUT}", f"{FAMILY} {RAINBOW} {ASTRONAUT}"),
        (f"{ASTRONAUT}\u200d", f"{ASTRONAUT}[U+200D]"),
        ("a\x00b", "a[U+0000]b"),
        ("invoice\u202egnp.exe", "invoice[U+202E]gnp.exe"),
        ("zero\u200bwidth", "zero[U+200B]width"),
        ("soft\u00adhyphen", "soft[U+00AD]hyphen"),
        ("a\u200db", "a[U+200D]b"),
        ("blank\u3164filler", "blank[U+3164]filler"),
        ("tag\U000e0041", "tag[U+E0041]"),
        ("lone\ud800", "lone[U+D800]"),
        ("one\r\ntwo\u2028three\tfour", "one\ntwo\nthree four"),
        ("\ufeffmark", "[U+FEFF]mark"),
    ],
    ids=lambda value: ascii(value),
)
def test_a_mark_that_hides_is_shown(typed: str, shown: str) -> None:
    assert text.shown(typed) == shown


@pytest.mark.parametrize(
    ("typed", "limit", "cut"),
    [
        ("twelve words", 12, "twelve words"),
        ("twelve words", 8, "twelve…"),
        (FAMILY * 3, 12, f"{FAMILY}…"),
        (FAMILY, 11, FAMILY),
        (FAMILY, 4, "👩‍…"),
        ("e\u0301" * 5, 4, "e\u0301…"),
        ("a" + "\u0301" * 500, 10, "a" + "\u0301" * 8 + "…"),
        ("ab" + "c" * 100, 1, "…"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_cut_falls_between_graphemes(typed: str, limit: int, cut: str) -> None:
    assert text.clip(typed, limit) == cut


@given(st.text(max_size=400), st.integers(1, 60))
def test_nothing_is_ever_longer_than_its_place(typed: str, limit: int) -> None:
    assert units(text.typed(typed, limit)) <= limit
    assert units(text.one_line(typed, limit)) <= limit
    assert "\n" not in text.one_line(typed, limit)


@given(st.text(max_size=200))
def test_what_is_shown_hides_nothing(typed: str) -> None:
    kinds = {unicodedata.category(char) for char in text.shown(typed) if char not in "\n\u200d"}
    assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Co"})


@given(st.text(alphabet="<>&*_~`|!@#ab ", max_size=60))
def test_a_tamed_word_cannot_open_anything(typed: str) -> None:
    tamed = text.tame(typed)
    assert not set(tamed) & set("<>*~`")
    assert " _" not in f" {tamed} "
    assert "_ " not in f" {tamed} "


def test_an_identifier_keeps_its_underscores() -> None:
    assert text.tame("payments_api") == "payments_api"


def test_the_first_line_is_the_one_that_says_something() -> None:
    assert text.first_line("\n\n  checkout 500s \nmore") == "checkout 500s"
    assert text.rest("checkout 500s\nmore\nand more") == "more\nand more"
