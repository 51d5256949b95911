"""What was typed is kept for a day, for whoever typed it, on both databases."""

from datetime import UTC, datetime, timedelta

from workflows import drafts
from workflows.db import Database

NOW = datetime(2026, 11, 20, 3, 2, tzinfo=UTC)


def test_a_draft_is_offered_for_a_day(database: Database) -> None:
    with database.write() as tx:
        kept = drafts.keep(tx, person="p", form="declare", body={"broken": "ü", "systems": ["a"]}, now=NOW, id="1")
        assert drafts.latest(tx, person="p", form="declare", now=NOW + timedelta(hours=23)) == kept
        assert drafts.latest(tx, person="p", form="declare", now=NOW + timedelta(hours=24)) is None


def test_a_draft_is_nobody_elses(database: Database) -> None:
    with database.write() as tx:
        drafts.keep(tx, person="p", form="declare", body={}, now=NOW, id="1")
        assert drafts.get(tx, "1", person="q", now=NOW) is None
        assert drafts.latest(tx, person="q", form="declare", now=NOW) is None
        assert drafts.get(tx, "1", person="p", now=NOW) is not None


def test_a_newer_draft_of_the_same_form_takes_its_place(database: Database) -> None:
    with database.write() as tx:
        drafts.keep(tx, person="p", form="review", body={"n": 1}, now=NOW, id="1", change="c")
        drafts.keep(tx, person="p", form="review", body={"n": 2}, now=NOW, id="2", change="c")
        drafts.keep(tx, person="p", form="review", body={"n": 3}, now=NOW, id="3", change="d")
        found = drafts.latest(tx, person="p", form="review", now=NOW, change="c")
        assert found is not None
        assert found.body == {"n": 2}
        assert drafts.get(tx, "1", person="p", now=NOW) is None


def test_a_form_that_went_through_is_offered_no_more_and_its_text_is_gone(database: Database) -> None:
    with database.write() as tx:
        drafts.keep(tx, person="p", form="declare", body={"broken": "secret"}, now=NOW, id="1")
        drafts.used(tx, person="p", form="declare", now=NOW)
        assert drafts.latest(tx, person="p", form="declare", now=NOW) is None
        found = drafts.get(tx, "1", person="p", now=NOW)
        assert found is None or found.body == {}


def test_past_their_day_drafts_are_deleted(database: Database) -> None:
    with database.write() as tx:
        drafts.keep(tx, person="p", form="declare", body={}, now=NOW, id="1")
        assert drafts.sweep(tx, NOW + timedelta(hours=23)) == 0
        assert drafts.sweep(tx, NOW + timedelta(hours=24)) == 1
