"""What the program of the auditors finds in the events of a change, so that `check` finds no less. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from workflows import verify
from workflows.event import Event
from workflows.moments import moment_text

# A word of what it says → the promise that is broken.
PROMISES: Mapping[str, int] = {
    "no member": 3,
    "too old": 3,
    "party": 4,
    "second voice": 5,
    "changed or decided": 5,
    "something else": 5,
    "not bound": 5,
    "let through": 17,
    "is live as": 17,
    "no beginning": 1,
    "earlier": 12,
}


def found(told: Sequence[tuple[Event, str]]) -> Iterator[tuple[int, str]]:
    """Yield (promise, what is wrong); events that the program can't follow are one of them."""
    try:
        bad = verify.Change([_plain(event, head) for event, head in told]).bad
    except verify.BROKEN as fault:
        yield 1, f"its events cannot be followed by verify.py: {type(fault).__name__} {fault}"
        return
    for seq, what in bad:
        number = next((number for word, number in PROMISES.items() if word in what), 5)
        yield number, f"event {seq} {what}"


def _plain(event: Event, head: str) -> verify.Event:
    at = moment_text(event.at)
    return {
        "seq": event.seq,
        "at": at,
        "kind": event.kind,
        "person": event.person,
        "operator": event.operator,
        "data": event.data,
        "hash": head,
    }
