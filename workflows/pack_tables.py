"""The tables of a pack as CSV in which no cell can become a formula."""

from collections.abc import Iterable, Iterator

from workflows.evidence import line, safe
from workflows.pack_exceptions import Departure
from workflows.population import Row

COLUMNS = ("key", "kind", "subject", "declared_at", "status", "events", "head", "drill")


def population(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a header and a line for each change of the period, drills too."""
    yield line(COLUMNS)
    for row in rows:
        told = row.json() | {"drill": "yes" if row.drill else "no"}
        yield line(safe(told[name]) for name in COLUMNS)


def departures(some: Iterable[Departure]) -> Iterator[str]:
    """Yield a header and a line for each exception."""
    yield line(("group", "key", "kind", "code", "says"))
    for one in some:
        yield line(map(safe, (one.group, one.key, one.kind, one.code, one.says)))
