"""One way to write, one way to read: durable, all or nothing, never nested."""

import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tests.workflows.records import NOW
from workflows import db, verifying
from workflows.db import Database
from workflows.fifo import FifoLock
from workflows.models import beats, inbox


def beat(tx: sa.Connection, name: str = "worker") -> None:
    tx.execute(sa.insert(beats), {"name": name, "at": NOW})


def names(database: Database) -> list[str]:
    with database.read() as tx:
        return list(tx.scalars(sa.select(beats.c.name).order_by(beats.c.name)))


def test_what_was_written_is_there_after_reopening(database_url: str) -> None:
    database = db.connect(database_url)
    with database.write() as tx:
        beat(tx)
    database.close()
    again = db.connect(database_url)
    with again.read() as tx:
        assert tx.scalar(sa.select(beats.c.at)) == NOW
    again.close()


def test_an_error_leaves_nothing_behind(database: Database) -> None:
    def halfway() -> None:
        with database.write() as tx:
            beat(tx)
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        halfway()
    assert names(database) == []
    with database.write() as tx:
        beat(tx, "after")
    assert names(database) == ["after"]


def test_an_error_of_the_database_leaves_nothing_behind(database: Database) -> None:
    def twice() -> None:
        with database.write() as tx:
            beat(tx)
            beat(tx)

    with pytest.raises(sa.exc.IntegrityError):
        twice()
    assert names(database) == []
    with database.write() as tx:
        beat(tx)
    assert names(database) == ["worker"]


def test_write_inside_write_says_so(database: Database) -> None:
    with database.write(), pytest.raises(db.NestedTransaction, match="outer tx"), database.write():
        pass


def test_read_inside_write_says_so(database: Database) -> None:
    with database.write(), pytest.raises(db.NestedTransaction, match="outer tx"), database.read():
        pass


def test_reading_cannot_write(database: Database) -> None:
    with database.read() as tx, pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"):
        beat(tx)


def test_a_read_sees_one_moment(database: Database) -> None:
    with database.read() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(beats)) == 0

        def write() -> None:
            with database.write() as other:
                beat(other)

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        assert tx.scalar(sa.select(sa.func.count()).select_from(beats)) == 0
    assert names(database) == ["worker"]


def test_callbacks_run_after_the_commit_and_only_then(database: Database) -> None:
    seen: list[list[str]] = []
    database.on_commit(lambda: seen.append(names(database)))
    with database.write() as tx:
        beat(tx)
    with pytest.raises(RuntimeError), database.write():
        raise RuntimeError
    assert seen == [["worker"]]


def test_an_insert_says_whether_it_inserted(database: Database) -> None:
    make = (sqlite if database.dialect == "sqlite" else postgresql).insert
    row = {"key": "a", "at": NOW, "answer": None, "keep": False}
    with database.write() as tx:
        counts = [tx.execute(make(inbox).values(row).on_conflict_do_nothing()).rowcount for _ in range(2)]
    assert counts == [1, 0]


def test_many_writers_lose_nothing(database: Database) -> None:
    def work(mine: int) -> None:
        for n in range(20):
            with database.write() as tx:
                tx.execute(sa.insert(inbox), {"key": f"{mine}-{n}", "at": NOW, "answer": None, "keep": False})

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(inbox)) == 160


def test_a_transaction_that_sqlite_ended_by_itself_is_not_acked(sqlite_url: str) -> None:
    database = db.connect(sqlite_url)

    def full_disk() -> None:
        with database.write() as tx:
            beat(tx)
            tx.exec_driver_sql("ROLLBACK")  # what SQLite then does by itself

    with pytest.raises(db.TransactionLost):
        full_disk()
    with database.write() as tx:
        beat(tx, "after")
    assert names(database) == ["after"]
    database.close()


def test_a_command_waits_for_the_server(sqlite_url: str) -> None:
    server, command = db.connect(sqlite_url), db.connect(sqlite_url, role="cli")
    inside, done = threading.Event(), threading.Event()

    def write() -> None:
        with command.write() as tx:
            beat(tx, "command")
        done.set()

    thread = threading.Thread(target=write)
    with server.write() as tx:
        thread.start()
        assert not done.wait(0.2)
        beat(tx, "server")
        inside.set()
    thread.join(5)
    assert names(server) == ["command", "server"]
    command.close()
    server.close()


@pytest.mark.parametrize(
    ("role", "checkpoint"), [("server", 1000), ("cli", 0)], ids=["server checkpoints", "command does not"]
)
def test_settings_of_the_writing_connection(sqlite_url: str, role: db.Role, checkpoint: int) -> None:
    database = db.connect(sqlite_url, role=role)
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "trusted_schema": 0,
        "wal_autocheckpoint": checkpoint,
        "secure_delete": 1,
    }
    with database.write() as tx:
        assert {name: tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted} == wanted
    with database.read() as tx, pytest.raises(sa.exc.OperationalError):
        tx.exec_driver_sql("CREATE TABLE x (y)")
    database.close()


def test_reading_needs_no_server(sqlite_url: str) -> None:
    database = db.connect(sqlite_url, role="cli")
    assert names(database) == []
    database.close()


def test_odd_paths(tmp_path: Path) -> None:
    path = tmp_path / "a b?%#ä.db"
    url = f"sqlite:///{path}".replace("%", "%25").replace("?", "%3F")
    db.migrate(url)
    database = db.connect(url)
    with database.write() as tx:
        beat(tx)
    assert names(database) == ["worker"]
    database.close()
    assert verifying.database(url).ok
    assert path.exists()


def test_a_wrong_path_is_an_error_and_not_an_empty_record(tmp_path: Path) -> None:
    database = db.connect(f"sqlite:///{tmp_path}/nothing.db")
    with pytest.raises(sa.exc.OperationalError, match="unable to open"), database.write():
        pass
    with pytest.raises(sa.exc.OperationalError, match="unable to open"), database.read():
        pass
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/mine.db"
    db.migrate(url)
    database = db.connect(url)
    with database.write() as tx:
        beat(tx)
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o600"}
    assert len(list(tmp_path.iterdir())) == 3
    database.close()


def test_a_lost_connection_is_replaced(postgres_url: str) -> None:
    database = db.connect(postgres_url)
    with pytest.raises(sa.exc.DBAPIError), database.write() as tx:
        tx.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    with database.write() as tx:
        beat(tx)
    assert names(database) == ["worker"]
    database.close()


@pytest.mark.parametrize("url", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"])
def test_addresses_of_postgresql(url: str) -> None:
    assert db.parse(url).drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://u:geheim@h/d", "sqlite://", "sqlite:///:memory:"])
def test_other_addresses_are_refused_without_their_password(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        db.connect(url)
    assert "geheim" not in str(refused.value)


def test_the_lock_is_fair() -> None:
    lock, order, waiting = FifoLock(), [], []

    def take(mine: int) -> None:
        with lock:
            order.append(mine)

    with lock:
        for n in range(20):
            thread = threading.Thread(target=take, args=(n,))
            thread.start()
            waiting.append(thread)
            while len(lock._queue) <= n:
                pass
    for thread in waiting:
        thread.join()
    assert order == list(range(20))


def test_the_driver_has_what_the_record_needs() -> None:
    assert sqlite3.sqlite_version_info >= (3, 37), "STRICT tables"
    assert sqlite3.threadsafety >= 1


def test_after_a_fault_in_the_middle_of_reading_the_next_reader_sees_what_is_there_now(database: Database) -> None:
    with database.write() as tx:
        for n in range(9):
            beat(tx, f"{n}")
    unread = []

    def fails() -> None:
        with database.read() as tx:
            unread.append(tx.execute(sa.select(beats)))
            assert unread[0].fetchone()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with database.write() as tx:
        beat(tx, "later")
    assert "later" in names(database)
