"""Our records, deployments that a source showed, and commits on protected branches, counted for each day of a zone."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, false, select

from workflows.gate_models import sightings
from workflows.quiet import zone_of
from workflows.reckoning import Explained
from workflows.register_models import listed


@dataclass(frozen=True, slots=True)
class Day:
    """`matched`: of the deployments, those that a record of ours explains."""

    day: date
    records: int
    deployments: int
    matched: int
    commits: int


def days(tx: Connection, since: datetime, until: datetime, zone: str) -> tuple[Day, ...]:
    """The days of [since, until) on which anything happened, newest first."""
    where, c, s = zone_of(zone), listed.c, sightings.c
    mine = select(c.declared_at).where(c.drill == false(), c.declared_at >= since, c.declared_at < until)
    records = Counter(at.astimezone(where).date() for at in tx.scalars(mine))
    shown = select(s.kind, s.at, s.explained).where(s.at >= since, s.at < until)
    shown = shown.where(s.kind.in_(("deployment", "commit", "push")))
    deployments, matched, commits = Counter[date](), Counter[date](), Counter[date]()
    for kind, at, explained in tx.execute(shown):
        day = at.astimezone(where).date()
        if kind == "deployment":
            deployments[day] += 1
            matched[day] += explained not in (None, Explained.FOUND.value)
        else:
            commits[day] += 1
    all_ = sorted(records.keys() | deployments.keys() | commits.keys(), reverse=True)
    return tuple(Day(one, records[one], deployments[one], matched[one], commits[one]) for one in all_)
