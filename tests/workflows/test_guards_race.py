"""A party and that party's approval, written at the same moment by two transactions: never both, on PostgreSQL.

SQLite has one writer at a time. The guard that does not lock is planted here, and must fail.
"""

import threading

import psycopg
import pytest

from tests.workflows.records import NOW, declared, people
from workflows import db, guards

ROUNDS = 20
VOICE = (
    'INSERT INTO approvals (change, revision, phase, person, voice, "right", at, seq)'
    " VALUES (%s, 1, 'before', 'cto', 'approve', 'g', %s, 1)"
)
PARTY = "INSERT INTO parties (change, person, relation, at, seq) VALUES (%s, 'cto', 'author', %s, 1)"


@pytest.fixture
def rounds(postgres_url: str) -> list[str]:
    database = db.connect(postgres_url)
    with database.write() as tx:
        people(tx, "dev", "ops", "cto")
        ids = [declared(tx).id for _ in range(ROUNDS)]
    database.close()
    return ids


def overlap(url: str, change: str) -> bool:
    """The party is written but not committed when the approval comes; return whether the approval got through."""
    address = "postgresql" + url[url.index("://") :]
    got_through: list[bool] = []

    def approve() -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            try:
                connection.execute(VOICE, (change, NOW))
                got_through.append(True)
            except psycopg.IntegrityError as refused:
                got_through.append("a party cannot approve" not in str(refused))

    with psycopg.connect(address) as first:
        first.execute(PARTY, (change, NOW))
        thread = threading.Thread(target=approve)
        thread.start()
        thread.join(0.05)  # the naive guard is through by now; the real one waits for the row
        first.commit()
        thread.join(10)
    return got_through[0]


def test_never_both(postgres_url: str, rounds: list[str]) -> None:
    assert [overlap(postgres_url, change) for change in rounds] == [False] * ROUNDS


def test_a_guard_that_takes_no_lock_lets_it_through(postgres_url: str, rounds: list[str]) -> None:
    with psycopg.connect("postgresql" + postgres_url[postgres_url.index("://") :], autocommit=True) as owner:
        for statement in guards.statements("postgresql", ("approvals", "parties")):
            lock = "PERFORM 1 FROM changes WHERE id = NEW.change FOR UPDATE;"
            owner.execute(statement.replace(lock, "").encode())
    assert any(overlap(postgres_url, change) for change in rounds)
