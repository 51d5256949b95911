"""What was erased from a change, as its record says it: of which field, when, by whom, what kind. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from workflows.event import Event
from workflows.moments import moment_text

# The names of fields in events that the record has under another name.
NAMED: Mapping[str, str] = {"why": "justification"}


def of(told: Sequence[tuple[Event, str]], who: Callable[[str | None], str | None]) -> list[dict[str, Any]]:
    """One entry for each text that was erased, oldest first; `field`: as in the record, or event.name, as note.

    A text that stood in two places has an entry for each.
    """
    gone = {str(e.data["digest"]): e for e, _ in told if e.kind == "erased"}
    if not gone:
        return []
    places = dict.fromkeys((name, digest) for e, _ in told for name, digest in _places(e) if digest in gone)
    found = [(gone[digest], name) for name, digest in places]
    return [
        {
            "field": name,
            "at": moment_text(e.at),
            "by": f"operator {e.operator}" if e.operator else who(e.person),
            "kind": str(e.data["kind"]),
        }
        for e, name in sorted(found, key=lambda one: (one[0].seq, one[1]))
    ]


def _places(event: Event) -> Iterator[tuple[str, str]]:
    """Name and digest of each text that an event commits to."""
    if event.kind == "erased":
        return
    for name, value in event.data.items():
        if name == "texts":
            yield from ((NAMED.get(field, field), str(digest)) for field, digest in value.items())
        elif isinstance(value, str):
            yield f"{event.kind}.{name}", value
        else:
            yield from ((f"{event.kind}.{name}", one) for one in _inside(value))


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _inside(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _inside(one)
