"""Our records, deployments that a source showed, and commits on protected branches, for each day of a zone.

Of a long period each week, from Monday to Monday: nobody reads a thousand lines, and each week can be asked for.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, false, func, select

from workflows import register_spans
from workflows.gate_models import sightings
from workflows.quiet import zone_of
from workflows.reckoning import Explained
from workflows.register_models import listed

DAYS = 186
"""Half a year."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or from `day` to `last` a week. `matched`: of the deployments, those that a record of ours explains."""

    day: date
    last: date
    records: int
    deployments: int
    matched: int
    commits: int


def days(tx: Connection, since: datetime, until: datetime, zone: str) -> tuple[Day, ...]:
    """The days of [since, until) on which anything happened, newest first; its weeks, if it is longer than `DAYS`."""
    spans = _spans(since, until, zone)
    if not spans:
        return ()
    c, s = listed.c, sightings.c
    mine = select(func.count()).select_from(listed).where(c.drill == false())
    records = register_spans.counted(tx, spans, [mine], c.declared_at)
    shown = select(func.count()).select_from(sightings)
    unmatched = [s.explained.is_(None), s.explained == Explained.FOUND.value]
    each = [shown.where(s.kind == kind) for kind in ("deployment", "commit", "push")]
    each += [shown.where(s.kind == "deployment", one) for one in unmatched]
    found = []
    for (start, end), (own,), (deployments, commits, pushes, unknown, around) in zip(
        spans, records, register_spans.counted(tx, spans, each, s.at), strict=True
    ):
        day, last = (at.astimezone(zone_of(zone)).date() for at in (start, end - timedelta(microseconds=1)))
        found.append(Day(day, last, own, deployments, deployments - unknown - around, commits + pushes))
    return tuple(one for one in reversed(found) if one.records or one.deployments or one.commits)


def _spans(since: datetime, until: datetime, zone: str) -> list[tuple[datetime, datetime]]:
    """From midnight to midnight on the clock of the zone, the first and the last perhaps cut."""
    where, long = zone_of(zone), until - since > timedelta(days=DAYS, hours=1)  # an hour more where the clock went back
    found: list[tuple[datetime, datetime]] = []
    at = since
    while at < until:
        day = at.astimezone(where).date()
        next_ = day + timedelta(days=7 - day.weekday() if long else 1)
        end = min(datetime.combine(next_, time(), where).astimezone(UTC), until)
        found.append((at, end))
        at = end
    return found
