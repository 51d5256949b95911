"""The tables of a pack as CSV in which no cell can become a formula. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from workflows.evidence import line, safe
from workflows.pack_exceptions import UNGATED, Departure
from workflows.population import Row

COLUMNS = ("key", "kind", "subject", "declared_at", "status", "events", "head", "drill")


def population(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a header and a line for each change of the period, drills too."""
    yield line(COLUMNS)
    for row in rows:
        told = row.json() | {"drill": "yes" if row.drill else "no"}
        yield line(safe(told[name]) for name in COLUMNS)


def departures(some: Iterable[Departure], complete: Mapping[str, Any]) -> Iterator[str]:
    """Yield a header, a line for each exception, and one for each thing around the gate that no change stands for."""
    yield line(("group", "key", "kind", "code", "says"))
    for one in some:
        yield line(map(safe, (one.group, one.key, one.kind, one.code, one.says)))
    for found in complete["list"]:
        if found["key"] is None:
            where = found["branch"] or found["environment"] or "-"
            says = f"{found['repository']} {found['sha']} {where} {found['at']}: not judged yet"
            yield line(map(safe, (UNGATED, "", "", "unexplained", says)))
