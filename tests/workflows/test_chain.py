"""The bytes of an event are RFC 8785, whatever it holds, and nothing else is taken."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from workflows import chain
from workflows.event import Event
from workflows.verify import ZERO

NAMES = st.text(st.characters(max_codepoint=127), max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-chain.SAFE, chain.SAFE) | st.text(max_size=20)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))


@given(VALUES)
def test_the_bytes_are_those_of_rfc_8785(value: object) -> None:
    assert chain.canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1.5, 2**53, -(2**53), {"ä": 1}, {1: 2}, b"x", "\ud800", {"a": [datetime.now]}])
def test_what_is_not_exact_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        chain.canonical(value)


def test_the_form_of_an_event() -> None:
    at = datetime(2026, 11, 22, 4, 2, tzinfo=timezone(timedelta(hours=1)))
    body, head = chain.link(Event("c1", 1, at, "linked", "p1", None, {"permalink": "x"}), ZERO)
    assert body == (
        b'{"at":"2026-11-22T03:02:00.000000+00:00","data":{"permalink":"x"},"kind":"linked","operator":null,'
        b'"person":"p1","prev":"' + b"0" * 64 + b'","seq":1,"subject":"c1","v":1}'
    )
    assert head == "508ca320a5717a224140a0a771e9edd505e264c3ace7f66915b23c5e86980bbb"


def test_a_naive_time_is_refused() -> None:
    naive = datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="naive"):
        chain.link(Event("c1", 1, naive, "linked"), ZERO)


@given(st.text(max_size=10), st.text(max_size=10))
def test_another_previous_hash_gives_another_hash(one: str, two: str) -> None:
    event = Event("c1", 2, datetime(2026, 11, 22, tzinfo=UTC), "linked")
    assert (chain.link(event, one)[1] == chain.link(event, two)[1]) == (one == two)
