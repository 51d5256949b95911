"""Rows that no key of a database refuses any more, because its file was edited: `check` names each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs.mutations_sound import Sound, sound
from workflows import check, check_tables

DAMAGE = {
    "a link of no change": ("INSERT INTO links (change, ref) VALUES ('x', 'y')", "links has a row of no change"),
    "a link of nothing": ("INSERT INTO links (remote) VALUES ('y')", "links has a row of no change"),
    "a hash that waits": (f"INSERT INTO unlisted VALUES ('{'0' * 64}')", "unlisted has a hash of no event"),
    "no hash that waits": ("INSERT INTO unlisted VALUES (NULL)", "unlisted has a hash of no event"),
    "a no that is a text": ("UPDATE exceptions SET drill = ''", "exceptions has a time"),
    "a yes that is a number": ("UPDATE listed SET excepted = 2 WHERE excepted", "listed has a time"),
    "a time that is cut": ("UPDATE exceptions SET declared_at = substr(declared_at, 1, 16)", "exceptions has a time"),
    "a blank for a T": ("UPDATE changes SET review_due = replace(review_due, 'T', ' ')", "changes has a time"),
    "a time in bytes": ("UPDATE policies SET at = CAST(at AS BLOB)", "policies has a time"),
    "when it was erased": (
        "UPDATE texts SET erased_at = '2026-11-16T00:00:00.000000+00:00' WHERE erased_at IS NOT NULL",
        "is not marked as erased when",
    ),
    "a mark that is gone": ("UPDATE texts SET erased_at = NULL", "is not marked as erased when"),
    "when it was signed": (
        "UPDATE checkpoints SET at = '2026-11-16T00:00:00.000000+00:00' WHERE size = (SELECT count(*) FROM leaves)",
        "is dated otherwise than its signed note",
    ),
    "a mark too many": ("UPDATE texts SET erased_at = '2026-11-16T00:00:00.000000+00:00'", "is not marked as erased"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sound]:
    made = sound(Path(tmp_path_factory.mktemp("tables")))
    yield made
    made.close()


@pytest.fixture
def edited(whole: Sound) -> Iterator[Sound]:
    whole.memory.execute("SAVEPOINT one")
    yield whole
    whole.memory.execute("ROLLBACK TO one")


@pytest.mark.parametrize("case", DAMAGE)
def test_a_row_that_no_record_has_is_named(edited: Sound, case: str) -> None:
    sql, words = DAMAGE[case]
    assert list(check_tables.rows_edited(edited.tx)) == []
    edited.memory.execute(sql)
    said = [f"{one.subject} {one.what}" for one in check_tables.rows_edited(edited.tx)]
    assert [one for one in said if words in one], said


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("UPDATE changes SET updated_at = declared_at", "column updated_at"),
        ("UPDATE parties SET seq = seq + 1", "table parties"),
        ("INSERT INTO involved SELECT * FROM involved LIMIT 1", "table involved"),
        ("INSERT INTO approvals SELECT * FROM approvals LIMIT 1", "table approvals"),
    ],
)
def test_rows_that_say_more_than_the_events_are_named(edited: Sound, sql: str, what: str) -> None:
    edited.memory.execute(sql)
    said = {one.what for one in check.promises(edited.tx, real_now=edited.now)}
    assert f"the {what} is not what its events say" in said
