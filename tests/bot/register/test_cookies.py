"""What is signed for a browser to bring back: it holds for its time, for us, and for nobody else's words."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.register.cookies import Cookies
from bot.register.places import ours
from bot.register.tries import Tries

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COOKIES = Cookies(b"s" * 32, True)


def test_signed_words_hold_until_their_time_is_over() -> None:
    text = COOKIES.sign({"state": "x"}, until=NOW + timedelta(minutes=10))
    assert COOKIES.signed(text, now=NOW + timedelta(minutes=9, seconds=59)) == {"state": "x"}
    assert COOKIES.signed(text, now=NOW + timedelta(minutes=10)) is None
    assert Cookies(b"t" * 32, True).signed(text, now=NOW) is None


def test_a_form_token_is_of_one_session_alone() -> None:
    assert COOKIES.right(COOKIES.form_token("a"), "a")
    assert not COOKIES.right(COOKIES.form_token("b"), "a")
    assert not COOKIES.right("", "a")


def test_no_more_than_ten_tries_a_minute_from_one_address_and_not_many_more_from_all() -> None:
    tries = Tries(each=2, all=3)
    assert [tries.allow(who, NOW) for who in ("a", "a", "a", "b", "c")] == [True, True, False, True, False]
    assert tries.allow("a", NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("place", "right"),
    [
        ("/register/", "/register/"),
        ("/register/EC-2026-0042", "/register/EC-2026-0042"),
        ("/register/changes?kind=deploy&since=2026-11-01", "/register/changes?kind=deploy&since=2026-11-01"),
        ("/register/signin?next=/register/signin", "/register/"),
        ("/register/signout", "/register/"),
        ("/slack/events", "/register/"),
        ("/register/a//b", "/register/"),
        ("/register/../x", "/register/"),
        ("/register/x#y", "/register/"),
        ("/register/é", "/register/"),
        ("/register/" + "a" * 300, "/register/"),
        ("", "/register/"),
    ],
)
def test_the_places_one_may_come_back_to(place: str, right: str) -> None:
    assert ours(place) == right
