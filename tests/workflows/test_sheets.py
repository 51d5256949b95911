"""One change on one page: whatever was typed, the same bytes each time, the record inside, nothing as markup."""

import json
import re
import zlib
from typing import Any

from tests.workflows.test_attributes import DEPLOY, EMERGENCY
from workflows import sheet_fields, sheets

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
    review = {name: text * 300 for name, text in FULL["review"].items() if isinstance(text, str)}
    review |= {"follow_ups": FULL["review"]["follow_ups"] * 40}
    erased = [GONE | {"field": f"approved.{n}", "at": f"2026-11-16T05:00:{n:02}Z"} for n in range(60)]
    full = FULL | {"review": review, "deployments": FULL["deployments"] * 50, "erased": erased}
    for one in (
        long,
        long | full,
        EMERGENCY | {k: v for k, v in long.items() if k not in EMERGENCY or k == "deployments"},
    ):
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


def test_the_page_of_a_finding_says_what_was_found() -> None:
    found: dict[str, Any] = {
        "at": "2026-11-16T04:00:00Z",
        "what": "no-basis",
        "repository": "acme/payments",
        "sha": "ab" * 20,
    }
    found |= {"by": None, "login": "ops-gh", "source": "github", "branch": None, "nearest_change": "DR-2026-0001"}
    one = record(
        kind="finding", decision="none", approvals=[], deployments=[], deploy={}, finding=found, review={"owner": "x"}
    )
    assert sheets.sentence(one) == "Found: it went around the gate; live 2026-11-16 04:00:00 Z; review open."
    said = dict(sheet_fields.fields(one))
    assert said["Found"] == (
        f"no basis: acme/payments@{'ab' * 20}, 2026-11-16 04:00:00 Z, by ops-gh, as github says;"
        " nearest change DR-2026-0001"
    )
    assert "Decision" not in said


def test_the_page_says_until_when_a_patch_was_due_and_access_was_given() -> None:
    patch = {"severity": "high", "advisory": "CVE-2026-1", "due": "2026-11-20T04:00:00Z", "patched_at": None}
    access = {"what": "psql", "holder": "dev@example.com", "until": "2026-11-16T05:00:00Z", "ended_at": None}
    said = dict(sheet_fields.fields(record(patch=patch, access=access)))
    assert said["Patch"] == "high CVE-2026-1, due 2026-11-20 04:00:00 Z"
    assert said["Access"] == "psql for dev@example.com, until 2026-11-16 05:00:00 Z"


FULL: dict[str, Any] = {
    "review": {
        "appropriate": "yes",
        "deployed": "v811 on all nodes",
        "root_cause": "the pool was too small",
        "tests": "by hand",
        "follow_ups": [{"what": "grow it", "owner": "dev@example.com", "due": "2026-12-01", "open": True}],
    },
    "reviewed_at": "2026-11-16T20:00:00Z",
    "reviewer": "lead@example.com",
    "on_time": True,
    "hours_to_review": 18.0,
    "deployments": [
        {"what": "v811", "at": "2026-11-16T04:00:00Z", "outcome": "ok", "basis": "approved", "by": "a@b.c"}
    ],
}
GONE = {"at": "2026-11-16T05:00:00Z", "by": "lead@example.com", "kind": "password"}


def test_the_page_says_what_was_deployed_found_out_and_left_to_do() -> None:
    said = dict(sheet_fields.fields(record(**FULL)))
    assert said["Deployed"] == "v811 2026-11-16 04:00:00 Z, by a@b.c (ok, approved)"
    assert said["Appropriate?"] == "yes"
    assert said["Root cause"] == "the pool was too small"
    assert said["Review: deployed"] == "v811 on all nodes"
    assert said["Follow-ups"] == "grow it (dev@example.com, open, due 2026-12-01)"


def test_an_erased_text_is_said_where_it_stood() -> None:
    erased = [GONE | {"field": name} for name in ("rollback", "reviewed.cause", "approved.note", "title")]
    one = record(**FULL, erased=erased, rollback=None, title=None)
    one["review"] = one["review"] | {"root_cause": None}
    said, words = dict(sheet_fields.fields(one)), "Removed 2026-11-16 05:00:00 Z by lead@example.com: password"
    assert (said["Way back"], said["Root cause"], said["Elsewhere"]) == (words, words, f"Approved: note: {words}")
    assert sheets._shown(one, "x", "", 28, 420)["title"] == words
    replaced = record(erased=erased[:1], rollback="v812")
    assert dict(sheet_fields.fields(replaced))["Way back"] == f"v812 · {words}"


def test_a_refused_try_says_what_and_why() -> None:
    events = [dict(record()["events"][0], kind=kind) for kind in ("refused", "read", "refused", "erased")]
    tries = [{"action": "approve", "reason": "requester"}, {"action": "mark_deployed", "reason": "not-approved"}]
    one = record(events=events, refusals=tries, erased=[GONE | {"field": "plan", "at": events[3]["at"]}])
    assert [line["what"] for line in sheets._shown(one, "x", "", 28, 420)["timeline"]] == [
        "tried to approve; refused: requester",
        "GitHub was read",
        "tried to mark deployed; refused: not approved",
        "removed a text: password",
    ]


def test_the_foot_has_the_number_in_a_pack_and_nothing_else_changes() -> None:
    one = record(**FULL)
    alone, first, second = (sheets.sheet(one, product="x", number=number) for number in (None, 1, 2))
    assert alone == sheets.sheet(one, product="x")
    assert len({alone, first, second}) == 3
