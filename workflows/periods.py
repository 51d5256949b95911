"""Whether a period is complete: which stretches each source was read for, and what went around the gate in them.

Auditors ask first: is this every change? The answer is "0 unexplained" or the list, and never "0 unexplained" for a
period in which a source was not read.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from workflows import coverage
from workflows.completeness import Gap, Period, Unexplained
from workflows.gate_models import reads, sightings
from workflows.models import changes
from workflows.reckoning import Explained
from workflows.ruleset import Rules

# What has just happened is read within a minute or two; a period that ends now is not incomplete for that.
SLACK = timedelta(minutes=5)


def sources(rules: Rules) -> tuple[str, ...]:
    """The sources that the policy's catalogue asks to be read: two of each repository."""
    return tuple(f"{what}:{name}" for name in coverage.catalogue(rules) for what in ("deployments", "commits"))


def unexplained(tx: Connection, since: datetime, until: datetime, rules: Rules) -> Period:
    """What is unexplained of what happened from `since` to before `until`, and where nobody looked."""
    wanted = sources(rules)
    found = _found(tx, since, until)
    open_ = tuple(one for one, reviewed in found if reviewed is None)
    gaps = tuple(gap for source in wanted for gap in _gaps(tx, source, since, until))
    ends = [read_until(tx, source) for source in wanted]
    as_of = min((at for at in ends if at), default=None) if all(ends) else None
    return Period(since, until, len(open_), open_, gaps, len(found) - len(open_), wanted, as_of)


def read(tx: Connection, source: str, since: datetime, until: datetime) -> None:
    """Keep that the source was read for all of this stretch; it joins those that it touches. Times aware UTC."""
    c = reads.c
    touching = (c.source == source) & (c.since <= until) & (c.until >= since)
    rows = tx.execute(select(c.since, c.until).where(touching).order_by(c.since)).all()
    first, last = min([since, *(r.since for r in rows)]), max([until, *(r.until for r in rows)])
    tx.execute(delete(reads).where(touching & (c.since != first)))
    kept = tx.execute(update(reads).where(c.source == source, c.since == first).values(until=last))
    if not kept.rowcount:
        tx.execute(insert(reads), {"source": source, "since": first, "until": last})


def first_read(tx: Connection, source: str) -> datetime | None:
    """When the source was looked at for the first time: what is older is no finding. None: never."""
    found: datetime | None = tx.scalar(select(func.min(reads.c.since)).where(reads.c.source == source))
    return found


def read_until(tx: Connection, source: str) -> datetime | None:
    """Until when the source was read last; None: never."""
    found: datetime | None = tx.scalar(select(func.max(reads.c.until)).where(reads.c.source == source))
    return found


def _gaps(tx: Connection, source: str, since: datetime, until: datetime) -> list[Gap]:
    c = reads.c
    near = select(c.since, c.until).where(c.source == source, c.since < until, c.until > since).order_by(c.since)
    gaps: list[Gap] = []
    at = since
    for row in tx.execute(near):
        if row.since > at:
            gaps.append(Gap(source, at, row.since))
        at = max(at, row.until)
    if at == since or until - at > SLACK:
        gaps.append(Gap(source, at, until))
    return gaps


def _found(tx: Connection, since: datetime, until: datetime) -> list[tuple[Unexplained, datetime | None]]:
    """Each finding once, and what could not be judged; with when its review was closed."""
    c = sightings.c
    query = (
        select(sightings, changes.c.key, changes.c.reviewed_at)
        .outerjoin(changes, changes.c.id == c.change)
        .where(c.at >= since, c.at < until, or_(c.explained == Explained.FOUND.value, c.explained.is_(None)))
        .order_by(c.at, c.id)
    )
    found: dict[str, tuple[Unexplained, datetime | None]] = {}
    for row in tx.execute(query):
        mine = row.change if row.explained else None
        key = row.key if row.explained else None
        one = Unexplained(key, mine, row.repository, row.sha, row.environment, row.branch, row.at, row.login)
        found.setdefault(mine or row.id, (one, row.reviewed_at if row.explained else None))
    return list(found.values())
