"""One recorded fact, and how its plain values are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded fact. `data` holds ids, numbers, ISO 8601 times and text digests, never free text."""

    subject: str
    seq: int
    at: datetime
    kind: str
    person: str | None = None
    operator: str | None = None
    data: Data = field(default_factory=dict)

    def by_name(self) -> "Event":
        """As who may not see addresses sees it."""
        return replace(self, operator=operator_by_name(self.operator))


def operator_by_name(operator: str | None) -> str | None:
    """The name that an operator gave, for whom may not see addresses: where one gave an address, where that was."""
    return "at the server" if "@" in (operator or "") else operator


def time(value: str) -> datetime:
    return datetime.fromisoformat(value)


def maybe_time(value: str | None) -> datetime | None:
    return time(value) if value else None


def who(event: Event) -> str:
    return event.person or ""
