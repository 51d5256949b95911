"""What of a period did not go by the book, a line each, so that none of it is hidden in a pack. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.attributes import TITLES, Result, answers

LATE, UNREVIEWED, BREAK_GLASS = "late", "unreviewed", "break-glass"
UNGATED, PLACEHOLDER, MISSING, OTHER = "ungated", "placeholder", "missing evidence", "other"
GROUPS = (BREAK_GLASS, UNGATED, UNREVIEWED, LATE, PLACEHOLDER, MISSING, OTHER)

# Code of `exceptions` in the export record → its group and what it says.
CODES: Mapping[str, tuple[str, str]] = {
    "without-approval": (BREAK_GLASS, "went ahead without an approval"),
    "deployed-before-decision": (UNGATED, "was live before it was decided"),
    "deployed-although-rejected": (UNGATED, "was live although it was rejected"),
    "deployed-although-withdrawn": (UNGATED, "was live although it was withdrawn"),
    "deployed-outside-window": (UNGATED, "went live after the window of its approval"),
    "deployed-around-the-gate": (UNGATED, "went live around the gate"),
    "passed-in-freeze": (UNGATED, "passed the gate during a freeze"),
    "approver-named-implementer": (OTHER, "somebody asked to approve it was named as who carries it out"),
    "objected-afterwards": (BREAK_GLASS, "was objected to afterwards"),
    "review-late": (LATE, "its review was closed after the due time"),
    "review-overdue": (UNREVIEWED, "its review is owed and past its due time"),
    "not-appropriate": (OTHER, "its review says that it was not appropriate"),
    "placeholder-text": (PLACEHOLDER, "a field holds placeholder text"),
    "recorded-at-the-server": (OTHER, "was recorded at the server, on an operator's word"),
    "freeze-lifted": (OTHER, "a freeze was lifted for it"),
    "rolled-back-by-rule": (OTHER, "went back to what was live before, without approval by the policy"),
    "without-github": (MISSING, "was decided while GitHub could not be read"),
    "ci-logs-missing": (MISSING, "the logs of a workflow run of its commit were not to be had"),
    "patch-put-off": (LATE, "the patch was put off past its due day"),
    "patch-overdue": (LATE, "the patch is owed and past its due day"),
    "patch-late": (LATE, "the patch came after its due day"),
    "access-open-past-its-end": (LATE, "the access is open past its end"),
    "access-ended-late": (LATE, "the access ended after its end"),
    "remediation-open": (OTHER, "what its review wants put right is not done"),
}


@dataclass(frozen=True, slots=True)
class Departure:
    """One line: `code` of the record, or the attribute without evidence; `says` holds no free text of people."""

    key: str
    kind: str
    group: str
    code: str
    says: str


def of(record: Mapping[str, Any]) -> Iterator[Departure]:
    """Yield what of one change is an exception: its codes, and which of the seven it can't answer with yes."""
    key, kind = str(record["key"]), str(record["kind"])
    for code in record["exceptions"]:
        group, says = CODES.get(code, (OTHER, code.replace("-", " ")))
        yield Departure(key, kind, group, code, says)
    if kind == "finding":
        yield Departure(key, kind, UNGATED, "found-around-the-gate", "went live around the gate, and was found")
    for one in answers(record):
        if one.result is Result.EXCEPTION:
            yield Departure(key, kind, MISSING, one.attribute.value, f"{TITLES[one.attribute]}: {one.because}")


def unjudged(complete: Mapping[str, Any]) -> Iterator[Departure]:
    """Yield what went around the gate and is no finding yet; `complete`: as `pack.json` has it."""
    for found in complete["list"]:
        if found["key"] is None:
            where = found["branch"] or found["environment"] or "-"
            says = f"{found['repository']} {found['sha']} {where} {found['at']}: not judged yet"
            yield Departure("", "", UNGATED, "unexplained", says)
