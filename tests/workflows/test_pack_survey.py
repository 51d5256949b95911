"""What is said of a whole period at once is what the whole record of each of its changes says."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests import build, packs
from tests.build import T0, at
from tests.databases import SqliteTemplates
from tests.workflows.desk import Desk
from tests.workflows.test_sightings import deployed, see
from workflows import erasing, pack_exceptions, pack_survey, population
from workflows.case import Done
from workflows.db import connect
from workflows.pack_exceptions import Departure
from workflows.pack_survey import Survey
from workflows.population import Row
from workflows.register_models import listed

END = at(days=20)


@pytest.fixture(scope="module")
def desk(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The small record, and deploys by the book and beside it."""
    database = connect(sqlite_templates.make(tmp_path_factory.mktemp("survey")))
    made = packs.fill(database)
    _approved(made, "1" * 40, staging=(), reviews=())
    _approved(made, "2" * 40, early=3)
    _approved(made, "3" * 40)
    with made.turn("lead", operator="Lea") as turn:
        assert isinstance(erasing.erase(turn, made.id, kind="password", field="tests"), Done)
    made.ask(title="never approved", reading=build.reading("4" * 40))
    see(made, deployed(sha="4" * 40, at=made.now, external="deployment:4"))
    made.ask(title="no word of GitHub", reading=None)
    made.ask(title="read again", reading=build.reading("5" * 40))
    made.wait(1).approve("rel")
    made.wait(1).run("5" * 40)
    made.wait(1).read(build.reading("5" * 40, reviews=()))
    see(made, deployed(sha="5" * 40, at=made.now, external="deployment:5"))
    yield made
    database.close()


def _approved(desk: Desk, sha: str, *, early: int = 0, **given: Any) -> None:
    desk.ask(reading=build.reading(sha, **given))
    desk.wait(4).approve("rel")
    desk.wait(1).run(sha)
    see(desk, deployed(sha=sha, at=desk.now - timedelta(minutes=early), external=f"deployment:{sha[0]}7"))


@pytest.fixture
def rows(desk: Desk) -> list[Row]:
    with desk.database.read() as tx:
        return list(population.rows(tx, T0, END))


def slow(desk: Desk, rows: list[Row]) -> list[Departure]:
    with desk.database.read() as tx:
        whole = [one.record for one in population.seen(tx, rows, now=END) if not one.row.drill]
    return [one for record in whole for one in pack_exceptions.of(record)]


def quick(desk: Desk, rows: list[Row]) -> tuple[Survey, list[Departure]]:
    survey = Survey()
    return survey, list(survey.told(survey.over(desk.database, rows, now=END)))


def test_the_quick_answer_is_the_slow_one(desk: Desk, rows: list[Row]) -> None:
    survey, found = quick(desk, rows)
    assert found == slow(desk, rows)
    codes = Counter(one.code for one in found if one.kind == "deploy")
    assert {"reviewed-pull-request", "staging-first", "documented"} <= codes.keys()
    assert survey.counted == Counter(one.group for one in found)
    assert [one["key"] for one in survey.drills] == ["DRILL-2026-0001"]
    assert len(survey.emergencies) == 3


def test_only_what_needs_it_makes_its_whole_record(desk: Desk, rows: list[Row]) -> None:
    with desk.database.read() as tx:
        made = {row.key: "title" in record for row, record in pack_survey.records(tx, rows, now=END)}
    assert {key for key, whole in made.items() if whole} == {key for key in made if not key.startswith("DR-")}


def test_what_went_on_since_is_seen_as_it_was(desk: Desk, rows: list[Row]) -> None:
    older = [replace(row, events=row.events - 1) if row.kind == "deploy" else row for row in rows]
    _, found = quick(desk, older)
    assert found == slow(desk, older)
    assert found != slow(desk, rows)


def test_a_page_holds_the_first_of_each_group_and_counts_all() -> None:
    survey, line = Survey(), Departure("DR-2026-0001", "deploy", "late", "review-late", "late")
    assert len(list(survey.told([line] * (pack_survey.SHOWN + 3)))) == pack_survey.SHOWN + 3
    assert (survey.counted["late"], len(survey.shown["late"])) == (pack_survey.SHOWN + 3, pack_survey.SHOWN)


@pytest.mark.parametrize(
    ("older", "late_at", "looked_at"),
    [(0, None, False), (1, None, True), (0, END - timedelta(minutes=1), True), (0, END, False)],
    ids=["clean", "clean by now only", "late", "not late yet"],
)
def test_what_the_table_calls_clean_is_not_looked_at_while_it_is_so(
    desk: Desk, rows: list[Row], older: int, late_at: datetime | None, looked_at: bool
) -> None:
    (row,) = (row for row in rows if row.key == "DR-2026-0005")
    mine = sa.update(listed).where(listed.c.change == row.subject)
    with desk.database.write() as tx:
        tx.execute(mine.values(excepted=False, late_at=late_at))
    _, found = quick(desk, [replace(row, events=row.events - older)])
    with desk.database.write() as tx:
        tx.execute(mine.values(excepted=True, late_at=None))
    assert bool(found) is looked_at
