"""Sentences as values: a template of ours filled with people, times and typed text.

`say("{by} approved {at}.", by=Who(id), at=At(time))` is written out by `render` as rich text, as mrkdwn or as plain
words. What a person typed is always a `Typed` piece, so no place can mistake it for a mention, a link or a format.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

_PARTS = re.compile(r"(\*|\{[a-z_]+\})")


@dataclass(frozen=True, slots=True)
class Words:
    """Words and ids of ours."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed, at most `limit` units of it; `flat`: in one line; `hint` follows when it was cut."""

    text: str
    limit: int
    flat: bool = True
    bold: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """A person by id. `quiet`: the name, never a mention."""

    person: str
    quiet: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Team:
    """An approver group by the policy's name."""

    name: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A time. `form`: "at" (of something that happened), "when" (bare), "due" (always with its day), "clock"."""

    at: datetime
    form: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel by id, or by `#name`."""

    id: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An address made by us or read from Slack; never a typed one."""

    url: str
    text: str
    bold: bool = False


Piece = Words | Typed | Who | Team | Moment | Channel | Link
Sentence = tuple[Piece, ...]
Value = Piece | Sentence | str | int | None


def At(at: datetime) -> Moment:
    """When something happened: `at 03:06`, on another day `Tue 03:02`; shared `today at 03:06`."""
    return Moment(at, "at")


def When(at: datetime) -> Moment:
    """A time after a word of its own ("since", "until"): `03:06` or `Tue 03:02`."""
    return Moment(at, "when")


def Due(at: datetime) -> Moment:
    """A deadline, always with its day: `Tue 03:02`."""
    return Moment(at, "due")


def say(template: str, /, **values: Value) -> Sentence:
    """The sentence of a template. `{name}` is a value, `*…*` is bold; a value that is None leaves nothing."""
    bold = False
    made: list[Piece] = []
    for part in _PARTS.split(template):
        if part == "*":
            bold = not bold
        elif part.startswith("{") and part.endswith("}"):
            made.extend(replace(piece, bold=piece.bold or bold) for piece in pieces(values[part[1:-1]]))
        elif part:
            made.append(Words(part, bold))
    return tuple(made)


def pieces(value: Value) -> Sentence:
    """Any value as a sentence."""
    if value is None or value == "":
        return ()
    if isinstance(value, tuple):
        return value
    if isinstance(value, str | int):
        return (Words(str(value)),)
    return (value,)


def join(parts: Iterable[Value], between: str = " · ") -> Sentence:
    """The parts that say something, with `between` between them."""
    made: list[Piece] = []
    for part in (pieces(one) for one in parts):
        if part and made:
            made.append(Words(between))
        made.extend(part)
    return tuple(made)


def listing(parts: Iterable[Value], word: str = "and", limit: int = 2, others: str = "others") -> Sentence:
    """`A`, `A and B`, `A, B and 3 others`."""
    known = [made for made in (pieces(part) for part in parts) if made]
    if len(known) > limit:
        left = len(known) - limit
        word_left = others.removesuffix("s") if left == 1 else others
        known = [*known[:limit], pieces(f"{left} {word_left}")]
    if len(known) < 2:
        return known[0] if known else ()
    return (*join(known[:-1], ", "), Words(f" {word} "), *known[-1])


def people(ids: Iterable[str], word: str = "and", limit: int = 2) -> Sentence:
    """People in words; beyond `limit` counted."""
    return listing((Who(one) for one in ids), word, limit)


def has_typed(sentence: Sentence) -> bool:
    """Whether something a person typed stands in it."""
    return any(isinstance(piece, Typed) for piece in sentence)
