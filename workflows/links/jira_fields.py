"""The fields of issues by their names: which id, and what shape of value."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from workflows.links import Rejected, Unavailable, jira_adf
from workflows.links.jira_wire import Wire

KEPT = 3600.0
AGAIN = 60.0
LONGEST = 255
_DOCUMENTS = frozenset({"description", "environment"})
Given = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `kind` and `items` as Jira's schema names them; `long`: it takes a document, no line of text."""

    id: str
    name: str
    kind: str
    items: str
    long: bool


class Fields:
    """All fields of this Jira, read when first needed and kept for an hour; safe to use from any thread."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = threading.Lock()
        self._read: tuple[float, tuple[Field, ...]] = (-KEPT, ())

    def named(self, name: str) -> tuple[Field, ...]:
        """The fields with this name, capitals aside; a name not known for a minute is looked for again."""
        found = _named(self._all(KEPT), name)
        return found or _named(self._all(AGAIN), name)

    def name_of(self, id: str) -> str:
        """What people call a field; its id when that cannot be found out."""
        try:
            return next((one.name for one in self._all(KEPT) if one.id == id), id)
        except (Unavailable, Rejected):
            return id

    def _all(self, oldest: float) -> tuple[Field, ...]:
        at, known = self._read
        if known and time.monotonic() - at < oldest:
            return known
        found = tuple(_field(one) for one in self._wire.get("field"))
        with self._lock:
            self._read = (time.monotonic(), found)
        return found


def _named(known: Sequence[Field], name: str) -> tuple[Field, ...]:
    exact = tuple(one for one in known if one.name == name)
    return exact or tuple(one for one in known if one.name.casefold() == name.casefold())


def _field(found: Mapping[str, Any]) -> Field:
    schema = found.get("schema") or {}
    long = found["id"] in _DOCUMENTS or str(schema.get("custom", "")).endswith(":textarea")
    return Field(found["id"], found["name"], schema.get("type", "string"), schema.get("items", ""), long)


def value(field: Field, given: Given, account: Callable[[str], str | None]) -> Any:
    """`given` as this field takes it; `account`: the Jira account of an e-mail.

    Raises Rejected("field: NAME") for what cannot be made one, such as a number of words.
    """
    texts = [given] if isinstance(given, str) else list(given)
    if field.long:
        return jira_adf.document("\n".join(texts))
    if field.kind == "array":
        return [_one(field, field.items, text, account) for text in texts]
    return _one(field, field.kind, ", ".join(texts), account)


def _one(field: Field, kind: str, text: str, account: Callable[[str], str | None]) -> Any:
    line = " ".join(text.split())
    if kind == "user":
        found = account(line)
        if found is None:
            raise Rejected(f"field: {field.name}")
        return {"accountId": found}
    if kind in ("option", "option-with-child"):
        return {"value": line}
    if kind in ("number", "date", "datetime"):
        try:
            return _EXACT[kind](line)
        except ValueError:
            raise Rejected(f"field: {field.name}") from None
    if kind in ("string", "any"):
        return line.replace(" ", "-") if field.kind == "array" else line[:LONGEST]
    return {"name": line}


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).strftime("%Y-%m-%dT%H:%M:%S.000%z")


_EXACT: Mapping[str, Callable[[str], Any]] = {
    "number": float,
    "date": lambda text: date.fromisoformat(text[:10]).isoformat(),
    "datetime": _moment,
}
