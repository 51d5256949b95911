"""A `Case` as the text of `changes.state`, and back: all but what is read afresh (standing, read, bodies)."""

import re
from functools import cache

from pydantic import TypeAdapter

from workflows.case import Case

DIGEST = re.compile(r'"([0-9a-f]{64})"')


def dump(case: Case) -> str:
    """Return the JSON of `case` without standing, times of reading and bodies."""
    return _codec().dump_json(case, exclude={"standing", "read", "bodies"}).decode()


def load(state: str) -> Case:
    """Return the case of `dump`. Raises pydantic's ValidationError, a ValueError, for anything else."""
    return _codec().validate_json(state)


def digests(text: str) -> set[str]:
    """Return everything in a JSON text that may be the digest of a stored text."""
    return set(DIGEST.findall(text))


@cache
def _codec() -> TypeAdapter[Case]:
    return TypeAdapter(Case)
