"""The exact bytes of an event and the hash that links it to the one before. Pure.

The bytes are canonical JSON (RFC 8785) of `{v, subject, seq, at, kind, person, operator, prev, data}`; for what
an event may hold, `json.dumps` with sorted keys gives the same bytes as `rfc8785`, six times as fast (a test
holds them equal).
"""

import json
from datetime import datetime
from typing import Any

from workflows.event import Event
from workflows.moments import moment_text
from workflows.verify import digest

SAFE = 2**53 - 1  # the largest integer that every JSON reader keeps exact


def link(event: Event, prev: str) -> tuple[bytes, str]:
    """Return the bytes of `event` after the hash `prev` (64 zeros for the first), and their hash in hex.

    Raises ValueError when `data` holds what an event cannot: floats, times, huge integers, non-ASCII names.
    """
    body = canonical(
        {
            "v": 1,
            "subject": event.subject,
            "seq": event.seq,
            "at": moment_text(event.at),
            "kind": event.kind,
            "person": event.person,
            "operator": event.operator,
            "prev": prev,
            "data": dict(event.data),
        }
    )
    return body, digest(body)


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of text, integers, booleans, None, lists and objects with ASCII names."""
    _refuse(value, "event")
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _refuse(value: Any, where: str) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not value.isascii():
            value.encode()  # a lone surrogate: UnicodeEncodeError is a ValueError
    elif isinstance(value, int):
        if not -SAFE <= value <= SAFE:
            raise ValueError(f"{where}: {value} is not exact in JSON")
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse(item, where)
    elif isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str) or not name.isascii():
                raise ValueError(f"{where}: the name {name!r} is not ASCII text")
            _refuse(item, name)
    else:
        what = "a time: pass its ISO 8601 text" if isinstance(value, datetime) else type(value).__name__
        raise ValueError(f"{where}: an event cannot hold {what}")
