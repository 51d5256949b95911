"""One change as one page: PDF/A-3 with its record attached, the same bytes for the same record.

Drawn by typst with its own fonts. A character that these lack would fail a PDF/A document, so it is written as
`[U+1F389]`; the attached JSON is exact.
"""

import json
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from workflows import sheet_fields
from workflows.attributes import TITLES, answers
from workflows.sheet_fields import at

Record = Mapping[str, Any]
_ONE_AT_A_TIME = threading.Lock()  # a question after a compilation is about what was compiled last
TEMPLATE = Path(__file__).with_name("sheet.typ")
ROOM = ((28, 420), (18, 300), (10, 200), (5, 120), (0, 60))
"""How many entries and characters a text may have, tried in turn until it is one page."""


def sheet(record: Record, *, product: str, checked: str = "", number: int | None = None) -> bytes:
    """The page. `product`: name and version; `checked`: what is known of its place in the signed list, for the foot.

    `number`: which page of a pack it is, if it is in one.
    """
    place = "" if number is None else f" · page {number} of the pack"
    exact = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    with _ONE_AT_A_TIME:
        for entries, length in ROOM:
            shown = {**_shown(record, product, checked, entries, length), "place": place}
            given = {"sheet": json.dumps(shown), "record": exact}
            made = _compiler().compile(sys_inputs=given, format="pdf", pdf_standards="a-3b", timestamp=_made(record))
            if json.loads(_compiler().query("<end>"))[0]["value"] == 1:
                break
    if not isinstance(made, bytes):
        raise TypeError("typst made no single document")
    return made


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(TEMPLATE, ignore_system_fonts=True)


def _made(record: Record) -> datetime:
    """A document says when it was made: the last event's time, so that the same record gives the same bytes."""
    last = record["events"][-1]["at"] if record["events"] else record["declared_at"]
    return datetime.fromisoformat(last).astimezone(UTC).replace(microsecond=0)  # a PDF knows whole seconds


def _shown(record: Record, product: str, checked: str, entries: int, length: int) -> dict[str, Any]:
    events = list(zip(record["events"], _said(record), strict=True))
    rest = max(0, len(events) - entries)
    first = entries - entries // 2
    kept = events if not rest else [*events[:first], *(events[-(entries // 2) :] if entries // 2 else [])]
    foot = f"{len(events)} entries, the last {events[-1][0]['hash'][:16]}" if events else "no entry"
    return {
        "key": record["key"],
        "title": drawable(_cut(record["title"] or _untitled(record), 110)),
        "sub": drawable(
            f"{record['kind']} · {record['type']} · {record['environment']} · risk {record['risk']} · asked by"
            f" {record['requester']} · carried out by {record['implementer']}"
        ),
        "sentence": drawable(sentence(record)),
        "exceptions": list(record["exceptions"]),
        "checks": [
            {"title": TITLES[one.attribute], "result": one.result.value, "because": drawable(_cut(one.because, 120))}
            for one in answers(record)
        ],
        "fields": [{"name": name, "text": drawable(_cut(text, length))} for name, text in sheet_fields.fields(record)],
        "timeline": [
            {"at": at(one["at"]), "who": drawable(_cut(one["person"] or "the program", 40)), "what": drawable(what)}
            for one, what in kept
        ],
        "more": rest,
        "foot": drawable(f"{foot}{f' · {checked}' if checked else ''}"),
        "product": product,
    }


def _untitled(record: Record) -> str:
    gone = next((one for one in record.get("erased", ()) if one["field"] == "title"), None)
    return sheet_fields.removed(gone) if gone else "(removed)"


def sentence(record: Record) -> str:
    """What became of it, in one sentence."""
    said = {
        "approved": "Approved before it went live" if record["approved_before_deploy"] else "Approved",
        "rejected": "Rejected",
        "ratified": "Went ahead without approval, and was agreed to afterwards",
        "objected": "Went ahead without approval, and was objected to afterwards",
        "none": "Not approved",
    }[record["decision"]]
    if record["kind"] == "finding":
        said = "Found: it went around the gate"
    elif (record.get("deploy") or {}).get("rollback_of"):
        said = f"A way back to what {record['deploy']['rollback_of']} had brought live, without approval by the policy"
    who = ", ".join(str(one["person"]) for one in record["approvals"])
    parts = [f"{said}{f' ({who})' if who and record['decision'] == 'approved' else ''}"]
    live = record["deployments"]
    seen = live[0]["at"] if live else (record.get("finding") or {}).get("at")
    parts.append(f"live {at(seen)}" if seen else "nothing was deployed")
    if record["reviewed_at"]:
        parts.append(f"reviewed {'on time' if record['on_time'] else 'late'}, {record['hours_to_review']:g} h")
    elif record["review"]:
        parts.append("review open")
    return "; ".join(parts) + "."


def drawable(text: str) -> str:
    """The text with every character that the fonts lack written as its number."""
    plain = unicodedata.normalize("NFC", text)
    return "".join(char if _has(char) else f"[U+{ord(char):04X}]" for char in plain)


@cache
def _has(char: str) -> bool:
    """Latin, its marks and signs, Greek and Cyrillic letters: what the bundled text font is known to have."""
    if char == "\n" or " " <= char <= "~":
        return True
    code = ord(char)
    return (0xA1 <= code <= 0x17F and code != 0xAD) or char in "–—‘’‚“”„…•€→×≤≥−·"


def _cut(text: str, length: int) -> str:
    short = " ".join(text.split())
    return short if len(short) <= length else f"{short[: length - 1].rstrip()}…"


def _said(record: Record) -> Iterator[str]:
    """What each event was; of a refused try what was tried and why not, of an erasure what kind of text it was."""
    refused, kinds = iter(record.get("refusals", ())), {one["at"]: one["kind"] for one in record.get("erased", ())}
    for event in record["events"]:
        said = sheet_fields.happened(str(event["kind"]))
        if event["kind"] == "refused" and (one := next(refused, None)):
            said = sheet_fields.refusal(one)
        elif event["kind"] == "erased" and event["at"] in kinds:
            said = f"removed a text: {kinds[event['at']]}"
        yield said
