"""How much the tests try: a sample by default; `STORIES=both` tries on both databases whatever is dealt to one of them
(`.ci/run` does), `TESTS=long` does that and tries a hundred times as many examples.

Dealt are stories, the bot, and what is decided at a desk: what stands above a record whose statements other tests try
on both databases; and what is long and marked so (`dealt`). On both is always what asks the database itself, and what
is about two at the same moment, another process or a crash (`both_databases`).
"""

import os
from collections.abc import Iterable, Sequence
from typing import TypeVar
from zlib import crc32

LONG = os.environ.get("TESTS") == "long"
BOTH = LONG or os.environ.get("STORIES") == "both"
KINDS = ("sqlite", "postgres")
T = TypeVar("T")


def dealt(name: str, *, both: bool = False) -> tuple[str, ...]:
    """The databases on which the test of this name runs: PostgreSQL takes twice as long, so it has one in six."""
    return KINDS if BOTH or both else (KINDS[crc32(name.encode()) % 6 == 0],)


def sampled(cases: Iterable[str]) -> list[str]:
    """Every second of many cases of one kind, by its name; all of them in CI."""
    return [case for case in cases if BOTH or crc32(case.encode()) % 2]


def spread(points: Sequence[T], apart: int = 3) -> list[T]:
    """The first and the last of many points of one way, and every third between; all of them in CI."""
    return list(points) if BOTH else [one for n, one in enumerate(points) if n % apart == 0 or n == len(points) - 1]
