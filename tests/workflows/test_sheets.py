"""One change on one page: whatever was typed, the same bytes each time, the record inside, nothing as markup."""

import json
import re
import zlib
from typing import Any

from tests.workflows.test_attributes import DEPLOY, EMERGENCY
from workflows import sheets

ODD = "".join(chr(code) for code in (0x1F389, 0x65E5, 0x202E, 0x7, 0x301, 0xAD)) + "é ½ – “x” Ω"
MARKUP = '#set text(red) $x^2$ *bold* @ref #read("/etc/passwd") \\ \\u{41} // gone'


def record(**other: Any) -> dict[str, Any]:
    events = [
        {
            "seq": n,
            "at": f"2026-11-16T03:{n % 60:02d}:00Z",
            "kind": "read",
            "person": "dev@example.com",
            "hash": "f" * 64,
        }
        for n in range(1, 4)
    ]
    whole = DEPLOY | {
        "title": "checkout 500s",
        "status": "deployed",
        "requester": "dev@example.com",
        "implementer": "dev@example.com",
        "policy": {"version": 1, "hash": "ab" * 32},
        "deployments": [{"at": "2026-11-16T04:00:00Z"}],
        "events": events,
    }
    return whole | other


def attached(pdf: bytes) -> str:
    """What is attached, among the streams of the document."""
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            text = zlib.decompress(found[1]).decode()
        except (zlib.error, UnicodeDecodeError):
            continue
        if text.startswith("{"):
            return text
    raise AssertionError("nothing is attached")


def test_the_same_record_gives_the_same_bytes_and_holds_the_record() -> None:
    one = record(plan=MARKUP, title=ODD)
    made = sheets.sheet(one, product="Countersign 0")
    assert made == sheets.sheet(one, product="Countersign 0")
    assert json.loads(attached(made)) == one, "exact, whatever the fonts lack"
    assert b"pdfaid:part>3<" in made
    assert made != sheets.sheet(one | {"risk": "high"}, product="Countersign 0")


def test_it_is_one_page_however_much_was_typed_and_happened() -> None:
    many = [event | {"seq": n} for n in range(1, 400) for event in record()["events"][:1]]
    long = record(plan="word " * 2000, justification="x" * 3000, tests="a\nb\n" * 500, rollback="W" * 3000, events=many)
    for one in (long, EMERGENCY | {k: v for k, v in long.items() if k not in EMERGENCY or k == "deployments"}):
        assert re.findall(rb"/Count (\d+)", sheets.sheet(one, product="x")) in ([], [b"1"])
        shown = sheets._compiler().query("<end>")
        assert json.loads(shown)[0]["value"] == 1


def test_every_character_that_counts_as_drawable_can_be_drawn_and_others_are_written_as_numbers() -> None:
    every = "".join(chr(code) for code in range(0x20, 0x3000) if sheets.drawable(chr(code)) == chr(code))
    assert len(every) > 250
    for start in range(0, len(every), 100):  # one missing glyph would fail the whole document
        sheets.sheet(record(plan=every[start : start + 100]), product="x")
    assert sheets.drawable("a🎉\u202e日") == "a[U+1F389][U+202E][U+65E5]"
    assert sheets.drawable("e\u0301") == "é"


def test_a_sentence_says_what_became_of_it() -> None:
    assert sheets.sentence(record()) == "Approved before it went live (rel@example.com); live 2026-11-16 04:00:00 Z."
    late = EMERGENCY | {"decision": "ratified", "approved_before_deploy": False, "on_time": False, "deployments": []}
    assert sheets.sentence(late) == (
        "Went ahead without approval, and was agreed to afterwards; nothing was deployed; reviewed late, 18 h."
    )
