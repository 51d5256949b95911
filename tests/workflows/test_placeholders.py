"""What reads like a placeholder, and what does not, however short it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.placeholders import placeholder

TITLE = "checkout 500s"


NOTHING = (
    *("n/a", "N.A.", "na", "tbd", "TBD!", "t b d", "fix", "Fix.", "asdf", "xxx", "aaaaaaa", "...", "-", "???", "🤷"),
    *("none", "ｎ／ａ", "to-do", "To Do", " test ", "see above", "0000", "_", "\u200b"),
    *(TITLE, "Checkout: 500s!", "CHECKOUT500S"),
)
SOMETHING = (
    *("revert", "roll back to v811", "fix the pool size", "no tests were run", "v811", "ok", "unit", "ja", "回滚"),
    *("откат", "checkout 500s since 03:00", "none of the nodes answers", "42", "a1"),
)


@pytest.mark.parametrize("text", NOTHING)
def test_says_nothing(text: str) -> None:
    assert placeholder(text, others=(TITLE,))


@pytest.mark.parametrize("text", SOMETHING)
def test_says_something_however_short(text: str) -> None:
    assert not placeholder(text, others=(TITLE,))


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_nothing_typed_is_missing_and_no_placeholder(text: str) -> None:
    assert not placeholder(text, others=("",))


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_breaks_it_and_a_title_again_is_always_seen(text: str, title: str) -> None:
    assert placeholder(text, others=(title,)) in (True, False)
    assert placeholder(text, others=(text,)) is bool(text.strip())
