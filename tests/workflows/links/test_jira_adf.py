"""Plain text becomes a document that Jira takes, and every document becomes plain text."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.playground.jira.fields import is_document
from workflows.links.jira_adf import document, plain


def para(*inside: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": x} if isinstance(x, str) else x for x in inside]}


def link(url: str) -> dict[str, Any]:
    return {"type": "text", "text": url, "marks": [{"type": "link", "attrs": {"href": url}}]}


BREAK = {"type": "hardBreak"}


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("", [para()]),
        ("one", [para("one")]),
        ("one\ntwo", [para("one", BREAK, "two")]),
        ("one\n \n\ntwo", [para("one"), para("two")]),
        ("one\r\n\r\ntwo", [para("one"), para("two")]),
        ("see https://a.example/x?y=1.", [para("see ", link("https://a.example/x?y=1"), ".")]),
        ("(https://a.example)", [para("(", link("https://a.example"), ")")]),
        ("javascript:alert(1) http://a.example", [para("javascript:alert(1) http://a.example")]),
        ("*bold* [~ada] @ada {code}", [para("*bold* [~ada] @ada {code}")]),
        ("a\x00b\x1b\ud800c", [para("abc")]),
    ],
)
def test_text_becomes_paragraphs_and_links_and_nothing_else(text: str, paragraphs: list[Any]) -> None:
    assert document(text) == {"type": "doc", "version": 1, "content": paragraphs}


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\n\n\n\t https://.")), max_size=80))
@settings(max_examples=150, deadline=None)
def test_every_text_becomes_a_document_that_reads_the_same_again(text: str) -> None:
    made = document(text)
    assert is_document(made)
    assert document(plain(made)) == made


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            [{"type": "heading", "attrs": {"level": 1}, "content": [{"type": "text", "text": "Why"}]}, para("x")],
            "Why\n\nx",
        ),
        ([para({"type": "mention", "attrs": {"id": "1", "text": "@Ada"}}, " done")], "@Ada done"),
        ([para({"type": "inlineCard", "attrs": {"url": "https://a.example"}})], "https://a.example"),
        ([{"type": "bulletList", "content": [{"type": "listItem", "content": [para(x)]} for x in "ab"]}], "a\n\nb"),
        ([{"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": "1"}}]}, para("x")], "x"),
        ([{"type": "newThing", "content": [para("kept")]}], "kept"),
        ([{"type": "paragraph"}, None, "x", {"content": 7}], ""),
    ],
)
def test_what_people_wrote_reads_as_text(content: list[Any], text: str) -> None:
    assert plain({"type": "doc", "version": 1, "content": content}) == text


@pytest.mark.parametrize(("body", "text"), [(None, ""), ("old words", "old words"), (7, ""), ({}, "")])
def test_what_is_no_document_is_no_fault(body: Any, text: str) -> None:
    assert plain(body) == text
