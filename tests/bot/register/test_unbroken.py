"""The overview says that the history is unbroken only after a walk through it that an anchor was held against."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import keys
from tests.bot.register.doorway import Doorway, doorway
from tests.bot.register.test_pages import words
from tests.databases import SqliteTemplates
from workflows import history, walks
from workflows.models import facts
from workflows.walks import Walk

GOOD = Walk(datetime.min.replace(tzinfo=UTC), 412, 400, 0, (), ("the file",))
WRONG = replace(GOOD, wrong=2, bad=("EC-1 event 2: the bytes do not give the hash", "text 12: <b>"))
BREAK = "history unbroken"


@pytest.fixture(scope="module")
def doors(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doorway]:
    folder: Path = tmp_path_factory.mktemp("unbroken")
    with doorway(sqlite_templates.make(folder), folder) as opened:
        yield opened


@pytest.mark.parametrize(
    ("walk", "age", "says", "silent"),
    [
        (GOOD, 1, "history unbroken , 412 entries, and it goes on from what the file holds.", "not known"),
        (replace(GOOD, anchors=()), 1, "No anchor was read: it is not known", BREAK),
        (GOOD, 49, "more than two days ago: it is not known whether the history is unbroken.", BREAK + " ,"),
        (WRONG, 1, "found 2 things wrong, first: EC-1 event 2: the bytes do not give the hash text 12: <b>", BREAK),
        (WRONG, 99, "The record is not as it was written.", BREAK),
    ],
    ids=["checked", "without an anchor", "long ago", "wrong", "wrong long ago"],
)
def test_what_is_known_of_the_history(doors: Doorway, walk: Walk, age: int, says: str, silent: str) -> None:
    now = doors.clock.now()
    database = doors.parts.database
    browser = doors.browser()
    browser.sign_in("UDEV")
    with database.write() as tx:
        tx.execute(facts.delete().where(facts.c.kind.in_((walks.FACT, history.FACT))))
    assert "Not checked yet" in words(browser.get("/register/").text)
    with database.write() as tx:
        at = now - timedelta(hours=age)
        walks.keep(tx, replace(walk, at=at), escalations="#x", now=now, new_id=keys.new_id)
    said = words(browser.get("/register/").text)
    assert says in said
    assert silent not in said
    assert "Not checked yet" not in said


class Looked:
    """Anchors that only say whether they were looked at."""

    times = 0

    def start(self) -> None:
        self.times += 1


def test_a_process_that_only_answers_looks_at_the_anchors_too(doors: Doorway) -> None:
    anchors = Looked()
    replace(doors.parts, anchors=anchors).start(works=False)  # type: ignore[arg-type]
    assert anchors.times == 1
