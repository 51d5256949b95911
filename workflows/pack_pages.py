"""The pages of a pack, as HTML that opens from disk and needs nothing else: no script, no address."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from workflows.attributes import TITLES, Result, answers
from workflows.controls import CONTROLS
from workflows.pack_book import Book
from workflows.pack_exceptions import GROUPS, Departure
from workflows.pack_survey import Survey

TEMPLATES = Path(__file__).with_name("pack_templates")
# The last part of a file's name → what it is.
SAYS: Mapping[str, str] = {
    "README.txt": "how to read and check this pack",
    "record.json": "the original: the change as one JSON object",
    "events.jsonl": "every event, with the exact bytes that were hashed",
    "texts.jsonl": "what people typed, by the digest that stands for it in the events; an erased text is null",
    "proof.json": "where each event stands in the signed list",
    "facts.json": "what the decisions rested on: reviews, checks, rules, groups, each with when it was read",
    "card.html": "the card as it was seen at each decision",
    "latest.txt": "the newest signed checkpoint",
    "consistency.json": "that the list goes on from earlier checkpoints",
    "exceptions.csv": "every exception of the period",
    "keys.json": "the verifier key, and rotations; trust your own copy instead",
    "pack.json": "what the cover says, for programs",
    "population.csv": "every change of the period, drills marked",
    "population.jsonl": "the original of it, for programs",
    "sample.json": "what was drawn from what",
    "verify.py": "checks this pack; use your own copy",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it was seen before the event `seq`; `text`: the notification that came with it."""

    seq: int
    at: datetime
    kind: str
    by: str
    html: Markup
    text: str


@dataclass(slots=True)
class Told:
    """What the index says of the changes in the pack: by key their records and facts; the `names` of their files, and
    the archives of CI logs that are `unkept`; `branches` and `groups` as they were read in the whole period.
    """

    packed: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    unkept: list[Departure] = field(default_factory=list)
    branches: list[Mapping[str, Any]] = field(default_factory=list)
    groups: list[Mapping[str, Any]] = field(default_factory=list)


def cards(key: str, some: Sequence[Card]) -> str:
    """The page with the cards of one change."""
    return _page("card.html").render(key=key, cards=some)


def index(book: Book, told: Told, survey: Survey, pack: Mapping[str, Any], names: Sequence[str]) -> str:
    """The page to begin with; `names`: the files of the pack."""
    notes: list[str] = []
    return _page("index.html").render(
        pack=pack,
        told=told,
        survey=survey,
        doubts=list(_doubts(book.complete)),
        reading=_reading(book.complete),
        titles=list(TITLES.values()),
        matrix=_matrix(book, told, notes),
        notes=notes,
        groups=GROUPS,
        logs=list(_logs(told)),
        controls=CONTROLS,
        versions=book.versions,
        notes_of=book.notes,
        walk=book.walk,
        retention=_retention(book),
        branches=[{**one, **_rules(one["rules"])} for one in told.branches],
        groups_read=told.groups,
        files=_files(names),
        folders={
            key: [n[len(f"changes/{key}/") :] for n in names if n.startswith(f"changes/{key}/")] for key in told.packed
        },
    )


def _files(names: Sequence[str]) -> list[tuple[str, str]]:
    """Each file and what it is; those of changes once, as of any `KEY`."""
    each = {_of_any(n) for n in names}
    return [(name, _says(name)) for name in sorted(each) if name != "index.html"]


def _of_any(name: str) -> str:
    name = re.sub(r"/logs/[^/]+$", "/logs/RUN.zip", re.sub(r"[^/]+\.pdf$", "KEY.pdf", name))
    return re.sub(r"^changes/[^/]+/(.*)$", r"changes/KEY/\1", name)


def _matrix(book: Book, told: Told, notes: list[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The lines of both parts; why something is not applicable is said once, in `notes`."""
    lines: dict[str, dict[str, Any]] = {}
    for number, (key, record) in enumerate(told.packed.items(), 1):
        cells = [{"result": one.result.value, "because": one.because} for one in answers(record)]
        for cell in cells:
            if cell["result"] == Result.NA.value:
                cell["note"] = _place(notes, cell["because"])
        lines[key] = {"key": key, "page": number, "cells": cells}
    parts = (("Sample", book.sample.samples), ("Emergencies, apart", book.sample.emergencies))
    return [(name, [lines[key] for key in keys]) for name, keys in parts]


def _place(notes: list[str], because: str) -> str:
    if because not in notes:
        notes.append(because)
    return str(notes.index(because) + 1)


def _doubts(complete: Mapping[str, Any]) -> Iterator[str]:
    if not complete["sources"]:
        yield "the policy names no repository to compare with"
    if complete["unexplained"]:
        yield f"{complete['unexplained']} unexplained"
    if complete["gaps"]:
        yield f"sources were not read for {_counted(len(complete['gaps']), 'stretch')} of time"
    missing = sum(len(one["missing"]) for one in complete["numbering"]["series"])
    if odd := missing + len(complete["numbering"]["strange"]):
        yield f"not as given out: {_counted(odd, 'number')}"


def _reading(complete: Mapping[str, Any]) -> dict[str, dict[str, list[Mapping[str, Any]]]]:
    """Of each source the stretches of the period in which it had to be read, and in which it was."""
    return {
        source: {name: [one for one in complete[name] if one["source"] == source] for name in ("asked", "read")}
        for source in sorted({one["source"] for name in ("asked", "read") for one in complete[name]})
    }


def _retention(book: Book) -> dict[str, str]:
    """How long what is kept, and what under a legal hold longer, in words."""
    kept = book.retention
    spans = {"emergencies": kept.emergency, "deploys": kept.deploy, "findings": kept.finding, "CI logs": kept.ci_logs}
    said = {name: _span(span.days) for name, span in spans.items()}
    held = "every change" if "*" in kept.hold else ", ".join(sorted(kept.hold)) or "none"
    return {**said, "under a legal hold": held}


def _span(days: int) -> str:
    years, rest = divmod(days, 365)
    return f"{_counted(years, 'year')} ({days} days)" if years and not rest else f"{days} days"


def _rules(branch: Mapping[str, Any]) -> dict[str, str]:
    """What a branch asked for, in words."""
    said = {name: _word(branch.get(name)) for name in ("protected", "approvals", "admins_too")}
    return said | {"checks": ", ".join(branch.get("checks", ())) or "none"}


def _logs(told: Told) -> Iterator[dict[str, Any]]:
    """Each run whose logs were looked for, and where its archive is."""
    for key, facts in told.facts.items():
        none = dict.fromkeys(
            ("sha256", "file", "missing", "kept_as", "why")
        )  # of a run without logs there is no archive
        for one in facts["logs"]:
            yield {**none, "key": key, "at": one["at"], **one["run"], **(one["archive"] or {})}


def _word(value: Any) -> str:
    return "unknown" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _says(name: str) -> str:
    part = name.rpartition("/")[2]
    if part.endswith(".pdf"):
        return "the change on one page, its record attached"
    if "/logs/" in name:
        return "the log archive of a workflow run, as it was kept; its SHA-256 is in the record"
    if name.startswith("system/"):
        return "numbers given out, policies taken, keys, and packs made: " + SAYS[part]
    return "a policy that was in force" if part.endswith(".toml") else SAYS[part]


def _when(at: str | datetime) -> str:
    """The time to the second; all times of a pack are UTC."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S Z")


def _stamp(at: str | datetime) -> Markup:
    """The time on one line, for a cell."""
    return Markup(f'<span class="time">{_when(at)}</span>')


def _day(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%-d %b %Y")


def _counted(n: int, name: str) -> str:
    """So many of something."""
    many = f"{name[:-1]}ies" if name.endswith("y") else f"{name}es" if name.endswith("h") else f"{name}s"
    return f"{n} {name if n == 1 else many}"


@cache
def _page(name: str) -> jinja2.Template:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    made.filters |= {"when": _when, "stamp": _stamp, "day": _day, "counted": _counted}
    return made.get_template(name)
