"""What was read is noted on the system chain, seldom enough; what the table says beyond that is not believed."""

import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.build import T0, at
from tests.workflows.desk import Desk
from tests.workflows.test_periods import COMMITS, DEPLOYMENTS, RULES
from workflows import check_sources, periods, read_notes, verifying
from workflows.completeness import Period
from workflows.db import Database
from workflows.gate_models import reads
from workflows.stretches import Span

SOURCES = (DEPLOYMENTS, COMMITS)
DAYS = 4


def notes(database: Database) -> list[dict[str, Span]]:
    """What each event says, oldest first, of each source the last stretch."""
    with database.read() as tx:
        rows = tx.execute(sa.text("SELECT body FROM events WHERE kind = 'sources_read' ORDER BY seq")).all()
    return [{source: spans[-1] for source, spans in read_notes.said(bytes(row.body)).items()} for row in rows]


def watch(database: Database, until: timedelta, *, since: datetime = T0, every: float = 240) -> None:
    """Both sources are read every so many minutes, a minute apart."""
    now = since
    while now <= T0 + until:
        for source in SOURCES:
            with database.write() as tx:
                last = periods.read_until(tx, source)
                periods.read(tx, source, last or now, now)
            now += timedelta(minutes=1)
        now += timedelta(minutes=every - len(SOURCES))


def edit(database: Database, *statements: str, **values: object) -> None:
    with database.write() as tx:
        for statement in statements:
            tx.execute(sa.text(statement), values)


def period(database: Database, days: int = DAYS) -> Period:
    with database.read() as tx:
        return periods.unexplained(tx, T0 + timedelta(minutes=1), at(days=days), RULES)


def found(database: Database) -> list[str]:
    with database.read() as tx:
        return [f"{one.subject} {one.what}" for one in check_sources.reads_edited(tx)]


@pytest.fixture
def watched(sqlite_database: Database) -> Database:
    watch(sqlite_database, timedelta(days=DAYS))
    return sqlite_database


def test_a_source_is_noted_as_it_is_new_and_once_a_day(watched: Database) -> None:
    told = Counter(source for one in notes(watched) for source in one)
    assert told == dict.fromkeys(SOURCES, 1 + DAYS)
    assert (period(watched).clean, found(watched)) == (True, [])


def test_a_gap_is_noted_as_it_begins_and_as_it_is_closed(sqlite_database: Database) -> None:
    with sqlite_database.write() as tx:
        for since, until in ((0, 10), (10, 20), (40, 50), (50, 60), (15, 45)):
            periods.read(tx, DEPLOYMENTS, at(since), at(until))
    assert [one[DEPLOYMENTS] for one in notes(sqlite_database)] == [
        (at(0), at(10)), (at(40), at(50)), (at(0), at(60)),
    ]  # fmt: skip
    with sqlite_database.read() as tx:
        assert read_notes.told(tx, SOURCES) == {DEPLOYMENTS: ((at(0), at(60)),)}


@pytest.mark.parametrize(
    ("edits", "gap", "said"),
    [
        pytest.param(
            "UPDATE reads SET since = '2026-10-01T00:00:00.000000+00:00' WHERE source = :d",
            None,
            "is kept as read 2026-10-01T00:00:00Z",
            id="begun earlier",
        ),
        pytest.param(
            "UPDATE reads SET until = '2026-12-24T00:00:00.000000+00:00' WHERE source = :d",
            (at(days=DAYS + 1), at(days=7)),
            "and the events note 2026-11-16T02:00:00Z to 2026-11-20T02:00:00Z; ask who",
            id="read longer",
        ),
        pytest.param(
            "INSERT INTO reads VALUES (:d, '2026-11-22T00:00:00.000000+00:00', '2026-12-24T00:00:00.000000+00:00')",
            (at(days=DAYS), at(days=7)),
            "is kept as read 2026-11-22T00:00:00Z",
            id="one more stretch",
        ),
        pytest.param("DELETE FROM reads WHERE source = :d", (at(1), at(days=7)), "not kept so any more", id="gone"),
    ],
)
def test_what_the_table_says_beyond_the_notes_is_not_believed(
    watched: Database, edits: str, gap: Span | None, said: str
) -> None:
    edit(watched, edits, d=DEPLOYMENTS)
    of = [(one.since, one.until) for one in period(watched, 7).gaps if one.source == DEPLOYMENTS]
    assert of[-1:] == ([gap] if gap else [(at(days=DAYS), at(days=7))])
    assert [one for one in found(watched) if said in one and one.startswith(DEPLOYMENTS)]


def test_an_earlier_beginning_is_not_believed(watched: Database) -> None:
    edit(watched, "UPDATE reads SET since = '2026-10-01T00:00:00.000000+00:00'")
    with watched.read() as tx:
        before = periods.unexplained(tx, at(days=-1), at(days=DAYS), RULES)
        assert periods.first_read(tx, DEPLOYMENTS) == T0
    assert {(one.since, one.until) for one in before.gaps} == {(at(days=-1), T0), (at(days=-1), at(1))}


def test_a_source_that_only_the_table_knows_was_not_read(watched: Database) -> None:
    other = "deployments:acme/other"
    edit(watched, "UPDATE reads SET source = :o WHERE source = :d", o=other, d=DEPLOYMENTS)
    with watched.write() as tx:
        assert periods.read_until(tx, other) is None
        periods.read(tx, other, at(days=5), at(days=5))
    with watched.read() as tx:
        assert read_notes.told(tx, (other,)) == {other: ((at(days=5), at(days=5)),)}
        assert periods.first_read(tx, DEPLOYMENTS) == T0  # what is older stays no finding, and nothing else
    assert {line.split()[0] for line in found(watched)} == {DEPLOYMENTS, other}


def test_a_gap_that_the_table_hides_is_read_all_the_same(watched: Database) -> None:
    """The reader was away for three days, and somebody wrote that it was not."""
    edit(watched, "UPDATE reads SET until = '2026-11-23T02:00:00.000000+00:00'")
    assert period(watched, 7).clean is False
    with watched.read() as tx:
        known = periods.ends(tx, SOURCES)
    assert known == {DEPLOYMENTS: at(days=DAYS + 1), COMMITS: at(1, days=DAYS + 1)}
    for source in SOURCES:
        with watched.write() as tx:
            periods.read(tx, source, known[source], at(days=7))
    assert [one.get(source) for one, source in zip(notes(watched)[-2:], SOURCES, strict=True)] == [
        (T0, at(days=7)), (at(1), at(days=7)),
    ]  # fmt: skip


def test_what_another_reads_says_nothing_of_a_source(watched: Database) -> None:
    """Whoever writes each day that a silent source was read, is believed for one day and no more."""
    edit(watched, "UPDATE reads SET until = '2026-12-24T00:00:00.000000+00:00' WHERE source = :c", c=COMMITS)
    for day in range(DAYS + 1, DAYS + 4):
        with watched.write() as tx:
            periods.read(tx, DEPLOYMENTS, at(days=day - 1), at(days=day))
    assert [(gap.source, gap.since) for gap in period(watched, DAYS + 3).gaps] == [(COMMITS, at(1, days=DAYS + 1))]


@pytest.mark.parametrize(
    ("edits", "since"),
    [
        pytest.param("DELETE FROM facts WHERE kind = 'sources_read'", at(days=DAYS), id="gone"),
        pytest.param("UPDATE facts SET value = '\"no\"' WHERE kind = 'sources_read'", at(days=DAYS), id="no number"),
        pytest.param("UPDATE facts SET value = '99999' WHERE kind = 'sources_read'", at(days=DAYS), id="no event"),
        pytest.param("UPDATE facts SET value = '1' WHERE kind = 'sources_read'", at(days=1), id="an older event"),
    ],
)
def test_the_fact_that_points_to_the_note_cannot_widen_it(watched: Database, edits: str, since: datetime) -> None:
    """The first event names the deployments alone, and is true of them: less is believed, and never more."""
    edit(watched, edits)
    assert [(gap.source, gap.since) for gap in period(watched, 7).gaps] == [
        (DEPLOYMENTS, since), (COMMITS, at(1, days=DAYS)),
    ]  # fmt: skip


def test_what_was_read_before_there_were_notes_is_noted_with_the_first(sqlite_database: Database) -> None:
    rows = [{"source": source, "since": T0, "until": at(days=2)} for source in (*SOURCES, "commits:acme/other")]
    with sqlite_database.write() as tx:
        tx.execute(sa.insert(reads), rows)
    assert period(sqlite_database, 2).clean is False
    with sqlite_database.write() as tx:
        assert periods.read_until(tx, COMMITS) == at(days=2)
        periods.read(tx, COMMITS, at(days=2), at(days=2, minutes=1))
    (told,) = notes(sqlite_database)
    assert told["commits:acme/other"] == (T0, at(days=2))
    assert (period(sqlite_database, 2).clean, found(sqlite_database)) == (True, [])


def test_two_who_read_the_same_at_once_note_it_once_and_lose_nothing(database: Database) -> None:
    """Every six hours two processes read the same source up to almost the same time, from the end that both saw."""
    for hour in range(0, 60, 6):
        with database.read() as tx:
            last = periods.read_until(tx, DEPLOYMENTS)
        together = threading.Barrier(2)

        def look(late: int, last: datetime | None = last, hour: int = hour, gate: threading.Barrier = together) -> None:
            gate.wait(10)
            with database.write() as tx:
                periods.read(tx, DEPLOYMENTS, last or at(), at(hours=hour, seconds=late))

        threads = [threading.Thread(target=look, args=(late,)) for late in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        with database.read() as tx:
            assert tx.execute(sa.select(reads.c.since, reads.c.until)).all() == [(T0, at(hours=hour, seconds=1))]
    assert len(notes(database)) == 3  # the first, and one for each day
    assert max(Counter(one[DEPLOYMENTS] for one in notes(database)).values()) == 1
    with database.read() as tx:
        assert verifying.database(tx).ok
        assert list(check_sources.reads_edited(tx)) == []


@pytest.mark.both_databases
def test_the_edited_table_is_told_on_both(desk: Desk) -> None:
    with desk.database.write() as tx:
        periods.read(tx, DEPLOYMENTS, T0, at(60))
        tx.execute(sa.text("DELETE FROM facts WHERE kind = 'sources_read'"))  # the event is found without
        tx.execute(sa.update(reads).values(until=at(days=3)))
    assert [line.split()[0] for line in found(desk.database)] == [DEPLOYMENTS]
    with desk.database.read() as tx:
        assert periods.ends(tx, SOURCES) == {DEPLOYMENTS: at(days=1, minutes=60)}
