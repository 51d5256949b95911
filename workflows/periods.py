"""Whether a period is complete: which stretches each source was read for, and what went around the gate in them.

Auditors ask first: is this every change? The answer is "0 unexplained" or the list, and never "0 unexplained" for a
period in which a source was not read.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from workflows import asked_for, coverage, ledger, read_notes
from workflows import stretches as spans
from workflows.completeness import Gap, Period, Stretch, Unexplained
from workflows.gate_models import reads, sightings
from workflows.models import changes
from workflows.reckoning import Explained
from workflows.ruleset import Rules
from workflows.stretches import Span

# What has just happened is read within a minute or two; a period that ends now is not incomplete for that.
SLACK = timedelta(minutes=5)
_PAGE = 400


def sources(rules: Rules) -> tuple[str, ...]:
    """The sources that the policy's catalogue asks to be read: two of each repository."""
    return coverage.sources(coverage.catalogue(rules))


def unexplained(tx: Connection, since: datetime, until: datetime, rules: Rules) -> Period:
    """What is unexplained of what happened from `since` to before `until`, and where nobody looked.

    To be read was what the policies in force asked for, each while it was in force; `rules` are those in force now.
    """
    # Between times of one zone Python reckons by the clock on the wall, also in the night in which it is put back.
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    asked = asked_for.stretches(tx, since, until, rules)
    wanted = tuple(dict.fromkeys(one.source for one in asked))
    there = kept(tx, wanted)
    noted = read_notes.told(tx, wanted, kept=there)
    read = {source: spans.counted(there.get(source, ()), noted.get(source, ())) for source in wanted}
    newest = max((some[-1][1] for some in read.values() if some), default=until)
    gaps = tuple(gap for one in asked for gap in _gaps(one, read[one.source], (since, until), newest))
    found = _found(tx, since, until)
    open_ = tuple(one for one, reviewed in found if reviewed is None)
    return Period(
        since,
        until,
        len(open_),
        open_,
        gaps,
        len(found) - len(open_),
        wanted,
        _as_of(asked, read, until),
        asked,
        tuple(
            Stretch(source, *span) for source in wanted for span in spans.within(noted.get(source, ()), since, until)
        ),
    )


def read(tx: Connection, source: str, since: datetime, until: datetime, *, now: datetime | None = None) -> None:
    """Keep that the source was read for all of this stretch; it joins those that it touches. Times UTC.

    If it adds more than hours do, the chain of the system says so, as of `now` (None: `until`).
    """
    ledger.lock_notes(tx)  # first, as everybody does; and nobody else keeps anything of this source meanwhile
    after = spans.joined([*_known(tx, (source,)).get(source, ()), (since, until)])
    noted = read_notes.told(tx, (source,), kept=(source,)).get(source, ())
    if spans.due(after, noted):
        others = {} if noted else _unnoted(tx)
        read_notes.note(tx, {**others, source: after}, now=now or until)
    _keep(tx, source, since, until)


def first_read(tx: Connection, source: str) -> datetime | None:
    """When the source was looked at for the first time: what is older is no finding. None: never."""
    there = kept(tx, (source,))
    some = read_notes.told(tx, (source,), kept=there).get(source) or there.get(source)
    return some[0][0] if some else None


def read_until(tx: Connection, source: str) -> datetime | None:
    """Until when the source was read last; None: never."""
    return ends(tx, (source,)).get(source)


def ends(tx: Connection, wanted: Collection[str]) -> dict[str, datetime]:
    """Until when each source was read last; without those that never were."""
    return {source: some[-1][1] for source, some in _known(tx, wanted).items() if some}


def _known(tx: Connection, wanted: Collection[str] | None = None) -> dict[str, tuple[Span, ...]]:
    """What counts as read, to go on from. What was read before anything was noted stands in the table alone."""
    there = kept(tx, wanted)
    noted = read_notes.told(tx, there, kept=there)
    if there and not noted and not read_notes.ever(tx):
        return there
    return {source: spans.counted(some, noted.get(source, ())) for source, some in there.items()}


def _unnoted(tx: Connection) -> dict[str, tuple[Span, ...]]:
    """All that was read before anything was noted; nothing once something was."""
    return {} if read_notes.ever(tx) else kept(tx)


def kept(tx: Connection, wanted: Collection[str] | None = None) -> dict[str, tuple[Span, ...]]:
    """Source → what the table says was read of it, in order; of `wanted`, or of all."""
    names = sorted(wanted) if wanted is not None else []
    query = select(reads).order_by(reads.c.source, reads.c.since)
    pages = [query.where(reads.c.source.in_(names[n : n + _PAGE])) for n in range(0, len(names), _PAGE)]
    found: dict[str, list[Span]] = {}
    for page in pages if wanted is not None else [query]:
        for row in tx.execute(page):
            found.setdefault(row.source, []).append((row.since, row.until))
    return {source: spans.joined(some) for source, some in found.items()}


def _keep(tx: Connection, source: str, since: datetime, until: datetime) -> None:
    c = reads.c
    touching = (c.source == source) & (c.since <= until) & (c.until >= since)
    rows = tx.execute(select(c.since, c.until).where(touching).order_by(c.since)).all()
    first, last = min([since, *(r.since for r in rows)]), max([until, *(r.until for r in rows)])
    tx.execute(delete(reads).where(touching & (c.since != first)))
    done = tx.execute(update(reads).where(c.source == source, c.since == first).values(until=last))
    if not done.rowcount:
        tx.execute(insert(reads), {"source": source, "since": first, "until": last})


def _gaps(one: Stretch, read: Sequence[Span], period: Span, newest: datetime) -> list[Gap]:
    """Where nobody looked while the source was asked for.

    Nobody looks in the very moment in which something happens: the last minutes are no gap where the period ends now,
    and neither are those in which a policy was just taken that names the source, or names it no more.
    """
    found = list(spans.gaps(read, one.since, one.until))
    if found and found[-1][1] == one.until and one.since < found[-1][0] >= one.until - SLACK:
        over = one.until < period[1] or newest <= one.until + SLACK
        found = found[:-1] if over else found
    if found and found[0][0] == one.since > period[0] and one.until > found[0][1] <= one.since + SLACK:
        found = found[1:]
    return [Gap(one.source, *gap) for gap in found]


def _as_of(asked: Sequence[Stretch], read: Mapping[str, Sequence[Span]], until: datetime) -> datetime | None:
    """Until when everything was read that is asked for; of what is no longer asked for, until it was."""
    ends: list[datetime] = []
    for source, last in {one.source: one.until for one in asked}.items():
        if not read[source]:
            return None
        end = read[source][-1][1]
        ends.append(until if last < until and end >= last - SLACK else end)
    return min(ends, default=None)


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
