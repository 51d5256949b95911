"""Bytes become one checked body, or nothing; of a payload only ids and what was typed are read."""

import json
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt import BoltRequest

from bot import incoming, typed, wire
from bot.incoming import Click, Command, Reference
from bot.wire import Malformed, Shape

FORM = "application/x-www-form-urlencoded"

JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from(
    [
        "type",
        "user",
        "team",
        "enterprise",
        "channel",
        "view",
        "event",
        "actions",
        "authorizations",
        "response_urls",
        "user_id",
        "team_id",
        "command",
        "callback_id",
        "message",
        "item",
        "trigger_id",
    ]
)
KINDS = st.sampled_from(
    [
        "block_actions",
        "view_submission",
        "view_closed",
        "event_callback",
        "shortcut",
        "message_action",
        "block_suggestion",
        "url_verification",
        "nonsense",
    ]
)
PARTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("id", "type", "callback_id", "action_id", "state", "user", "team", "channel"), JSONS),
)


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=6))
def test_a_command_is_read_as_it_was_encoded(fields: dict[str, str]) -> None:
    fields = {"command": "/change"} | fields
    assert wire.decode(urlencode(fields).encode(), FORM) == fields


@given(st.dictionaries(st.text(), JSONS, max_size=4))
def test_a_payload_is_read_as_it_was_encoded(body: dict[str, Any]) -> None:
    raw = b"payload=" + quote_plus(json.dumps(body)).encode()
    try:
        assert wire.decode(raw, FORM) == body
    except Malformed:
        assert "\\ud" in json.dumps(body)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"payload=",
        b"payload=%7B",
        b"payload=5",
        b"payload=%5B%5D",
        b"payload=" + b"%5B" * 100_000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe",
        b"payload=\xff",
        b"&" * 5000,
        b"a=1&" * 200,
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\ud800"}',
        b"payload=%7B%22a%22%3A%22%5Cud800%22%7D",
        b"text=%ff",
    ],
    ids=lambda raw: repr(raw[:14]),
)
def test_what_slack_would_not_send_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        wire.shape(wire.decode(raw, FORM))


def test_the_word_payload_in_a_command_loses_nothing() -> None:
    raw = urlencode({"command": "/emergency-change", "text": "payload service down", "user_id": "U1"}).encode()
    body = wire.decode(raw, FORM)
    assert wire.shape(body) is Shape.COMMAND
    assert Command.read(body).words == "payload service down"


@given(st.one_of(st.dictionaries(NAMES, JSONS | PARTS, max_size=8), st.dictionaries(st.text(), JSONS)), KINDS)
def test_no_body_gets_an_exception_out_of_bolt_or_out_of_the_readers(body: dict[str, Any], kind: str) -> None:
    body = {**body, "type": kind}
    try:
        wire.shape(body)
    except Malformed:
        return
    BoltRequest(body=body, mode="socket_mode")
    wire.who(body)
    for read in (Command.read, Click.read, incoming.Shortcut.read, incoming.Question.read, incoming.Shown.read):
        read(body)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("abc:2", Reference("abc", 2)),
        ("abc:2:f1", Reference("abc", 2, "f1")),
        ("abc", Reference("abc", 0)),
        ("abc:x", Reference("abc", 0)),
        ("abc:٣", Reference("abc", 0)),
        ("abc:" + "9" * 5000, Reference("abc", 0)),
        ("", Reference()),
    ],
    ids=lambda value: str(value)[:12],
)
def test_an_odd_revision_is_one_that_nobody_saw(value: str, read: Reference) -> None:
    assert Reference.read(value) == read


def test_what_is_typed_is_read_by_field() -> None:
    state = {
        "broken": {"v": {"type": "plain_text_input", "value": "down\0"}},
        "systems": {"v": {"type": "multi_static_select", "selected_options": [{"value": "payments"}, {"x": 1}]}},
        "risk": {"v": {"type": "radio_buttons", "selected_option": {"value": "low"}}},
        "implementer": {"v": {"type": "users_select", "selected_user": "U2"}},
        "live_since": {"v": {"type": "datetimepicker", "selected_date_time": 1_763_607_720}},
        "tests": {"v": {"type": "plain_text_input", "value": None}},
        "odd": {"v": {"type": "static_select", "selected_option": 7}},
        "odder": 5,
    }
    assert incoming.values(state) == {
        "broken": "down\ufffd",
        "systems": ("payments",),
        "risk": "low",
        "implementer": "U2",
        "live_since": 1_763_607_720,
        "tests": None,
        "odd": None,
    }


def test_words_come_back_as_they_were_written() -> None:
    given_words = "a &amp; b &lt;c&gt; ask <@U1|dev> in <#C1|ops> see <https://x.example/a|x> and <@U2>"
    assert typed.as_typed(given_words) == "a & b <c> ask @dev in #ops see https://x.example/a and @U2"
