"""A change as it was at some moment of its past. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from workflows import fold
from workflows.case import Case
from workflows.event import Event

SKEW = timedelta(minutes=1)  # clocks of two houses


def as_of(events: Iterable[Event], at: datetime) -> tuple[Case, ...]:
    """A change as it was at that moment, and within the skew of two clocks after it; empty: it was not there yet."""
    case: Case | None = None
    found: dict[int, Case] = {}
    for event in events:
        if event.at > at + SKEW:
            break
        if case is not None and event.at > at:
            found[case.version] = case
        case = fold.apply(case, event)
    return tuple(found.values()) + ((case,) if case else ())
