"""Tokens of pipelines: shown once, kept as a hash, for their repositories only, ended at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.build import T0
from tests.workflows.records import new_id
from workflows import tokens
from workflows.db import Database
from workflows.gate_models import tokens as table
from workflows.models import events
from workflows.verify import SYSTEM

RANDOM = bytes(range(32))


def made(database: Database, name: str = "ci", *repositories: str, random: bytes = RANDOM) -> str:
    """Make a token and return its text."""
    with database.write() as tx:
        given = {"name": name, "repositories": repositories or ("acme/Payments",), "random": random}
        return tokens.make(tx, **given, by="Ola", now=T0, new_id=new_id)[1]  # type: ignore[arg-type]


def test_a_token_is_kept_as_a_hash_and_its_making_and_end_are_events(database: Database) -> None:
    text = made(database)
    with database.read() as tx:
        row = tx.execute(select(table)).one()
        found = tokens.find(tx, text)
    assert text not in str(row)
    assert RANDOM.hex() not in str(row)
    assert found is not None
    assert (found.name, found.repositories) == ("ci", ("acme/payments",))
    assert (found.allows("ACME/payments"), found.allows("acme/web")) == (True, False)
    with database.write() as tx:
        assert tokens.revoke(tx, "ci", by="Ola", now=T0) is not None
    with database.read() as tx:
        assert tokens.find(tx, text) is None
        kinds = list(tx.scalars(select(events.c.kind).where(events.c.subject == SYSTEM).order_by(events.c.seq)))
        bodies = b"".join(tx.scalars(select(events.c.body)))
    assert kinds == ["token_made", "token_revoked"]
    assert text.encode() not in bodies
    with database.write() as tx:
        assert tokens.revoke(tx, "ci", by="Ola", now=T0) is None


def test_its_use_is_kept_at_most_once_a_minute(database: Database) -> None:
    text = made(database)
    noted = []
    for seconds in (0, 59, 60):
        with database.write() as tx:
            token = tokens.find(tx, text)
            assert token is not None
            assert tokens.stale(token, T0 + timedelta(seconds=seconds)) is (seconds != 59)
            tokens.used(tx, token, T0 + timedelta(seconds=seconds))
            noted.append(tx.scalar(select(table.c.used_at)))
    assert noted == [T0, T0, T0 + timedelta(seconds=60)]


@pytest.mark.parametrize(
    ("name", "repositories"),
    [
        pytest.param("ci", ("acme/web",), id="a name in use"),
        pytest.param("", ("acme/web",), id="no name"),
        pytest.param("a b", ("acme/web",), id="a name with a space"),
        pytest.param("other", (), id="no repository"),
        pytest.param("other", ("acme",), id="no owner"),
        pytest.param("other", ("acme/web", "https://evil.example/x"), id="an address"),
    ],
)
def test_what_makes_no_token_says_why(database: Database, name: str, repositories: tuple[str, ...]) -> None:
    made(database)
    with database.write() as tx, pytest.raises(tokens.Unusable, match=r"\.$|all\.$"):
        tokens.make(tx, name=name, repositories=repositories, random=RANDOM[::-1], by="Ola", now=T0, new_id=new_id)
    with database.read() as tx:
        assert len(tokens.listed(tx)) == 1
