"""Block Kit's documented limits, each with the words and the place Slack gives."""

from __future__ import annotations

from typing import Any

import pytest

from bot.playground.blocks import check_blocks, text_length, with_ids
from bot.playground.composition import Findings
from tests.playground.small_bot import button, field_block, plain

Json = dict[str, Any]


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**fields: Any) -> Json:
    return {"type": "section", **({"text": mrkdwn("x")} | fields)}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(count: int, **fields: Any) -> list[Json]:
    return [{"text": plain("x"), "value": str(place), **fields} for place in range(count)]


def pick(kind: str, **fields: Any) -> Json:
    return {"type": kind, "action_id": "a", **fields}


def asked(element: Json, **fields: Any) -> Json:
    return {"type": "input", "label": plain("?"), "element": element, **fields}


def rich(*elements: Json, kind: str = "rich_text_section", **fields: Any) -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements), **fields}]}


CONFIRM = {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}


def found(blocks: Any, surface: str = "modal") -> list[str]:
    """What is wrong with these blocks."""
    findings = Findings()
    check_blocks(findings, blocks, "/blocks", surface)
    return findings.messages


WRONG: list[tuple[str, Json, str]] = [
    ("block without type", {}, "unsupported type: None [json-pointer:/blocks/0/type]"),
    ("unknown block", {"type": "banner"}, "unsupported type: banner [json-pointer:/blocks/0/type]"),
    ("unknown field", {"type": "divider", "color": "red"}, "invalid additional property: color"),
    ("header too long", {"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters"),
    ("header in mrkdwn", {"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn"),
    ("section text too long", section(text=mrkdwn("x" * 3001)), "must be less than 3001 characters"),
    ("empty text", section(text=mrkdwn("")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ("mrkdwn with emoji flag", section(text={**mrkdwn("x"), "emoji": True}), "invalid additional property: emoji"),
    ("section of nothing", {"type": "section"}, "must define either `text` or `fields`"),
    ("eleven fields", section(fields=[mrkdwn("x")] * 11), "no more than 10 items allowed"),
    ("field too long", section(fields=[mrkdwn("x" * 2001)]), "must be less than 2001 characters"),
    ("datetime as accessory", section(accessory=pick("datetimepicker")), "unsupported type: datetimepicker"),
    ("eleven context elements", {"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10 items"),
    ("button in context", {"type": "context", "elements": [button("a")]}, "unsupported type: button"),
    ("no alt text", {"type": "context", "elements": [{"type": "image", "image_url": "https://x.test/i"}]}, "alt_text"),
    ("image block without alt text", {"type": "image", "image_url": "https://x.test/i"}, "alt_text"),
    ("26 buttons", actions(*[button(str(n)) for n in range(26)]), "no more than 25 items allowed"),
    ("no buttons", actions(), "no fewer than 1 items required"),
    ("same action id twice", actions(button("a"), button("a")), "already exists in this block"),
    ("button text too long", actions(button("a", "x" * 76)), "must be less than 76 characters"),
    ("button value too long", actions(button("a", value="x" * 2001)), "must be less than 2001 characters"),
    ("action id too long", actions(button("x" * 256)), "must be less than 256 characters"),
    ("button style", actions(button("a", style="big")), "must be one of: primary, danger"),
    ("button url too long", actions(button("a", url="https://" + "x" * 3000)), "must be less than 3001 characters"),
    ("label too long", actions(button("a", accessibility_label="x" * 76)), "accessibility_label"),
    ("confirm title", actions(button("a", confirm={**CONFIRM, "title": plain("x" * 101)})), "less than 101"),
    ("confirm text", actions(button("a", confirm={**CONFIRM, "text": plain("x" * 301)})), "less than 301"),
    ("confirm button", actions(button("a", confirm={**CONFIRM, "confirm": plain("x" * 31)})), "less than 31"),
    ("deny button", actions(button("a", confirm={**CONFIRM, "deny": plain("x" * 31)})), "less than 31"),
    ("no deny", actions(button("a", confirm={"title": plain("t"), "text": plain("x"), "confirm": plain("y")})), "deny"),
    ("overflow of six", actions(pick("overflow", options=options(6))), "no more than 5 items allowed"),
    ("menu of 101", asked(pick("static_select", options=options(101))), "no more than 100 items allowed"),
    ("menu of none", asked(pick("static_select", options=[])), "no fewer than 1 items required"),
    ("menu without options", asked(pick("static_select")), "must define either `options` or `option_groups`"),
    ("multi menu among buttons", actions(pick("multi_static_select", options=options(1))), "unsupported type"),
    ("option text", asked(pick("static_select", options=[{"text": plain("x" * 76), "value": "v"}])), "less than 76"),
    ("option value", asked(pick("static_select", options=[{"text": plain("x"), "value": "v" * 151}])), "less than 151"),
    ("option in mrkdwn", asked(pick("static_select", options=[{"text": mrkdwn("x"), "value": "v"}])), "unsupported"),
    ("option description", asked(pick("radio_buttons", options=options(1, description=plain("x" * 76)))), "76"),
    ("initial option", asked(pick("static_select", options=options(2), initial_option=options(3)[2])), "must match"),
    ("eleven radios", asked(pick("radio_buttons", options=options(11))), "no more than 10 items allowed"),
    ("eleven boxes", asked(pick("checkboxes", options=options(11))), "no more than 10 items allowed"),
    ("initial date", asked(pick("datepicker", initial_date="20.11.2026")), "YYYY-MM-DD"),
    ("initial moment", asked(pick("datetimepicker", initial_date_time=17)), "whole number"),
    ("placeholder", asked(pick("users_select", placeholder=plain("x" * 151))), "must be less than 151 characters"),
    ("long default", asked(pick("plain_text_input", initial_value="x" * 3001)), "must be less than 3001 characters"),
    ("text field among buttons", actions(pick("plain_text_input")), "unsupported type: plain_text_input"),
    ("input label", {**field_block("b"), "label": plain("x" * 2001)}, "must be less than 2001 characters"),
    ("input hint", {**field_block("b"), "hint": plain("x" * 2001)}, "must be less than 2001 characters"),
    ("button as input", asked(button("a")), "unsupported type: button"),
    ("block id too long", {"type": "divider", "block_id": "x" * 256}, "must be less than 256 characters"),
    ("rich text of nothing", {"type": "rich_text", "elements": []}, "no fewer than 1 items required"),
    ("empty rich text", rich({"type": "text", "text": ""}), "must be more than 0 characters"),
    ("rich text style", rich({"type": "text", "text": "x", "style": {"blink": True}}), "blink"),
    ("list of texts", rich({"type": "text", "text": "x"}, kind="rich_text_list", style="bullet"), "unsupported"),
    ("list without style", rich(kind="rich_text_list"), "missing required field: style"),
]


@pytest.mark.parametrize(("block", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_refused(block: Json, words: str) -> None:
    assert any(words in message for message in found([block])), found([block])


RIGHT: list[Json] = [
    {"type": "header", "text": {**plain("x" * 150), "emoji": True}},
    {"type": "divider"},
    section(text=mrkdwn("x" * 3000), accessory=button("a", style="danger", confirm={**CONFIRM, "style": "danger"})),
    {"type": "section", "fields": [mrkdwn("x" * 2000)] * 10},
    section(accessory=pick("overflow", options=options(5, url="https://x.test"))),
    {"type": "context", "elements": [mrkdwn("x")] * 10},
    actions(*[button(str(n), "x" * 75, value="v" * 2000, accessibility_label="l" * 75) for n in range(25)]),
    asked(pick("plain_text_input", multiline=True, max_length=3000, placeholder=plain("x"), focus_on_load=True)),
    asked(pick("static_select", options=options(100), initial_option=options(1)[0])),
    asked(pick("multi_static_select", options=options(2), initial_options=options(2), max_selected_items=2)),
    asked(pick("external_select", min_query_length=0)),
    asked(pick("multi_external_select", min_query_length=3)),
    asked(pick("users_select", initial_user="UDEV"), hint=plain("x"), optional=True),
    asked(pick("datepicker", initial_date="2026-11-20")),
    asked(pick("datetimepicker", initial_date_time=1_790_000_000), dispatch_action=True),
    asked(pick("radio_buttons", options=[{"text": mrkdwn("*x*"), "value": "v"}])),
    asked(pick("checkboxes", options=options(10))),
    asked(pick("static_select", option_groups=[{"label": plain("x"), "options": options(3)}])),
    rich({"type": "text", "text": "x", "style": {"bold": True}}, {"type": "user", "user_id": "UDEV"}),
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": "https://x.test"}]}],
            }
        ],
    },
]


@pytest.mark.parametrize("block", RIGHT, ids=[f"{place}-{one['type']}" for place, one in enumerate(RIGHT)])
@pytest.mark.parametrize("surface", ["message", "modal", "home"])
def test_allowed(block: Json, surface: str) -> None:
    assert found([block], surface) == []


def test_an_alert_stands_only_in_a_modal() -> None:
    alert = {"type": "alert", "text": plain("x"), "level": "warning"}
    assert found([alert], "modal") == []
    assert found([alert], "message") == ["unsupported type: alert [json-pointer:/blocks/0/type]"]
    assert found([alert], "home") != []


def test_blocks_together() -> None:
    twice = [{"type": "divider", "block_id": "d"}] * 2
    assert found(twice) == ["`block_id` 'd' already exists [json-pointer:/blocks/1/block_id]"]
    assert found([{"type": "divider"}] * 51, "message") == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert found([{"type": "divider"}] * 100, "modal") == []
    focus = [field_block(name, focus_on_load=True) for name in ("a", "b")]
    assert found(focus) == ["only one element may set `focus_on_load` [json-pointer:/blocks]"]


def test_ids_are_given_where_there_are_none() -> None:
    made = with_ids([{"type": "divider"}, actions({"type": "button", "text": plain("x")}), field_block("mine", "own")])
    assert all(block["block_id"] for block in made)
    assert made[1]["elements"][0]["action_id"]
    assert (made[2]["block_id"], made[2]["element"]["action_id"]) == ("mine", "own")


def test_the_text_of_blocks_is_counted_wherever_it_stands() -> None:
    blocks = [section(text=mrkdwn("ab"), accessory=button("a", "cd")), rich({"type": "text", "text": "efg"})]
    assert text_length(blocks) == 7
