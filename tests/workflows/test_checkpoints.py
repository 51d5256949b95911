"""Every committed event gets one leaf, once, and what is signed can be checked; whatever is edited is found."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.workflows.records import NOW, declared, people
from workflows import checkpoints, db, guards, history, ledger, merkle, signing, verify, verifying
from workflows.change import Actor
from workflows.checkpoints import ForeignKey, LogBroken
from workflows.db import Database
from workflows.log_models import checkpoints as table
from workflows.log_models import leaves, unlisted
from workflows.models import events
from workflows.moments import moment_text
from workflows.signing import Signer

SIGNER = signing.generate(b"k" * 32, "record.example.com")[0]
OTHER = signing.generate(b"o" * 32, "record.example.com")[0]
LATER = NOW + timedelta(minutes=14)


def ids() -> Callable[[], str]:
    numbers = iter(range(1000))
    return lambda: f"id{next(numbers)}"


def noted(database: Database, n: int) -> None:
    with database.write() as tx:
        for _ in range(n):
            ledger.note(tx, "view", {"n": n}, actor=None, now=NOW)


def sealed(database: Database, signer: Signer = SIGNER, holder: str = "a", now: datetime = LATER) -> str | None:
    for _ in range(20):
        with database.write() as tx:
            if not checkpoints.list_some(tx, holder, real=NOW):
                break
    with database.write() as tx:
        return checkpoints.seal(tx, signer, holder, now=now, real=NOW)


def found(database: Database, *anchors: str) -> list[str]:
    with database.read() as tx:
        return [str(one) for one in verifying.database(tx, keys=[SIGNER.public], anchors=anchors).bad]


def test_it_is_due_after_a_hundred_events_or_fourteen_minutes(database: Database) -> None:
    def due(at: timedelta) -> bool:
        with database.read() as tx:
            return checkpoints.due(tx, LATER + at)

    assert not due(timedelta(days=1))
    noted(database, 1)
    assert due(timedelta())
    assert sealed(database)
    assert not due(timedelta(days=1))
    noted(database, 99)
    assert [due(timedelta(minutes=13)), due(timedelta(minutes=14))] == [False, True]
    noted(database, 1)
    assert due(timedelta())
    with database.write() as tx:
        checkpoints.list_some(tx, "a", real=NOW)
    assert due(timedelta()), "what is listed and not signed counts too"


def test_each_event_has_one_leaf_and_the_root_is_signed(database: Database) -> None:
    with database.write() as tx:
        people(tx, "dev", "ops")
        declared(tx)
    first = sealed(database)
    noted(database, 450)
    second = sealed(database)
    assert first is not None
    assert second is not None
    assert sealed(database) is None
    with database.read() as tx:
        hashes = tx.scalars(sa.select(leaves.c.hash).order_by(leaves.c.number)).all()
        assert sorted(hashes) == sorted(tx.scalars(sa.select(events.c.hash)))
        assert tx.scalar(sa.select(sa.func.count()).select_from(unlisted)) == 0
        report = verifying.database(tx, keys=[SIGNER.public], anchors=[first, second])
    tree = merkle.Tree()
    for one in hashes:
        tree.add(bytes.fromhex(one))
    said = (SIGNER.public.name, 452, tree.root(), (SIGNER.public,), moment_text(LATER), verify.digest(first.encode()))
    assert verify.checkpoint(second, [SIGNER.public]) == said
    assert (report.bad, report.size, report.signers) == ((), 452, (SIGNER.public.text,))


def test_an_event_whose_transaction_ends_late_is_not_passed_over(postgres_url: str) -> None:
    database, slow = db.connect(postgres_url), db.connect(postgres_url)
    try:
        with slow.write() as late:
            ledger.note(late, "view", {}, actor=None, now=NOW - timedelta(minutes=1), subject="late")
            noted(database, 2)
            assert sealed(database)
        assert sealed(database)
        assert found(database) == []
        with database.read() as tx:
            assert checkpoints.length(tx) == 3
    finally:
        slow.close()
        database.close()


def test_two_at_once_list_nothing_twice(database: Database) -> None:
    noted(database, 900)
    notes: list[str | None] = []
    both = [threading.Thread(target=lambda who=who: notes.append(sealed(database, holder=who))) for who in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join(20)
    sealed(database, holder="a")
    assert found(database) == []
    with database.read() as tx:
        assert checkpoints.length(tx) == 900


MUTATIONS = {
    "an event of the middle": "UPDATE events SET kind = 'x' WHERE subject = 'system' AND seq = 7",
    "an event that is gone with its leaf": "DELETE FROM leaves WHERE number = 6",
    "a leaf": "UPDATE leaves SET hash = '{zero}' WHERE number = 6",
    "a leaf in another place": "UPDATE leaves SET number = 99 WHERE number = 3",
    "the last leaf": "DELETE FROM leaves WHERE number = 19",
    "all leaves": "DELETE FROM leaves",
    "a root": "UPDATE checkpoints SET root = '{zero}' WHERE size = 10",
    "a size": "UPDATE checkpoints SET size = 11 WHERE size = 10",
    "a note": "UPDATE checkpoints SET note = replace(note, '10', '11') WHERE size = 10",
    "a signature": "UPDATE checkpoints SET note = replace(note, '— record.example.com ', '— record.example.com A')",
    "a note of another key": "UPDATE checkpoints SET note = '{foreign}' WHERE size = 20",
}


UNCHAINED = {
    "DELETE FROM checkpoints WHERE size = 2": "checkpoint 4: goes on from one that is gone",
    "DELETE FROM checkpoints WHERE size = 4": "checkpoint 2: is not the one from which the next one goes on",
    "UPDATE checkpoints SET note = replace(note, '-01-', '-02-') WHERE size = 2":
        "checkpoint 2: is not the one from which the next one goes on",
    "UPDATE checkpoints SET note = '{again}' WHERE size = 2":
        "checkpoint 2: is not the one from which the next one goes on",
}  # fmt: skip


@pytest.mark.parametrize("statement", UNCHAINED)
def test_each_checkpoint_names_the_one_before_it(database: Database, statement: str) -> None:
    for _ in range(3):
        noted(database, 2)
        assert sealed(database)
    with database.write() as tx:
        root = bytes.fromhex(tx.execute(sa.text("SELECT root FROM checkpoints WHERE size = 2")).scalar_one())
        again = SIGNER.checkpoint(2, root, moment_text(NOW - timedelta(days=9)))  # by the true key, of another time
        for removal in guards.removals(database.dialect):
            tx.exec_driver_sql(removal)
        tx.exec_driver_sql(statement.format(again=again).replace("-01-", f"-{LATER:%m}-"))
        report = verifying.database(tx, keys=[SIGNER.public])
    assert UNCHAINED[statement] in map(str, report.bad)


@pytest.mark.parametrize("case", MUTATIONS)
def test_what_is_edited_is_found(database: Database, case: str) -> None:
    for _ in range(2):
        noted(database, 10)
        assert sealed(database)
    with database.write() as tx:
        for statement in guards.removals(database.dialect):
            tx.exec_driver_sql(statement)
        row = checkpoints.newest(tx)
        assert row is not None
        foreign = OTHER.checkpoint(20, bytes.fromhex(row.root))
        if database.dialect == "postgresql":
            tx.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            tx.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        tx.exec_driver_sql(MUTATIONS[case].format(zero="0" * 64, foreign=foreign))
        report = verifying.database(tx, keys=[SIGNER.public])
        if database.dialect == "sqlite":  # its foreign keys would refuse the commit, and nothing puts them aside
            tx.exec_driver_sql("DELETE FROM leaves")
    assert not report.ok
    if case == "a leaf":  # as many as there are events, and not the same ones
        assert "leaf 6 is no event's" in {one.what for one in report.bad}


def test_whoever_comes_after_a_killed_process_need_not_wait(database: Database) -> None:
    noted(database, 1)
    assert sealed(database, holder="a")
    noted(database, 1)
    assert sealed(database, holder="b")


def test_an_event_that_was_never_listed_is_found(database: Database) -> None:
    noted(database, 3)
    with database.write() as tx:
        tx.execute(sa.delete(unlisted).where(unlisted.c.hash.in_(sa.select(events.c.hash).where(events.c.seq == 2))))
    assert sealed(database)
    assert found(database) == ["log: event 2 of system is older than the newest checkpoint, and not listed"]


def test_an_anchor_is_checked_without_believing_it(database: Database) -> None:
    noted(database, 5)
    note = sealed(database)
    assert note is not None
    noted(database, 5)
    assert sealed(database)
    assert found(database, note) == []
    forked = SIGNER.checkpoint(5, b"f" * 32)
    ahead = SIGNER.checkpoint(12, b"f" * 32)
    foreign = OTHER.note(note.partition("\n\n")[0] + "\n")
    assert [len(found(database, one)) for one in (forked, ahead, foreign, "x")] == [1, 1, 1, 1]


def test_another_key_needs_a_rotation_that_both_signed(database: Database) -> None:
    noted(database, 1)
    assert sealed(database)
    noted(database, 1)
    with pytest.raises(ForeignKey):
        sealed(database, OTHER)
    with database.write() as tx:
        ledger.note(tx, checkpoints.ROTATED, SIGNER.hands_over_to(OTHER), actor=None, now=NOW)
    assert sealed(database, OTHER)
    assert found(database) == []
    with database.read() as tx:
        assert not verifying.database(tx, keys=[signing.generate(b"x" * 32, "x")[0].public]).ok


def test_nothing_is_signed_on_top_of_a_log_that_was_edited(database: Database) -> None:
    noted(database, 4)
    assert sealed(database)
    noted(database, 1)
    with database.write() as tx:
        for statement in guards.removals(database.dialect):
            tx.exec_driver_sql(statement)
        tx.execute(sa.update(table).values(edge="00" * 32))
    with pytest.raises(LogBroken):
        sealed(database)


def test_a_restored_or_forked_record_is_noticed_until_somebody_says_it_is_right(database: Database) -> None:
    noted(database, 5)
    note = sealed(database)
    assert note is not None
    seen = verify.checkpoint(note, [SIGNER.public])
    ahead = seen._replace(size=9)
    forked = seen._replace(root=b"f" * 32)
    with database.read() as tx:
        assert history.compare(tx, "file", seen) is None
        restored, other = history.compare(tx, "file", ahead), history.compare(tx, "file", forked)
    assert restored is not None
    assert other is not None
    assert (restored.why, other.why) == ("restored", "forked")
    with database.write() as tx:
        told = {"escalations": "#escalations", "now": NOW, "new_id": ids()}
        assert history.noticed(tx, restored, **told)  # type: ignore[arg-type]
        assert not history.noticed(tx, restored, **told)  # type: ignore[arg-type]
        assert history.fault(tx) == restored
    with database.write() as tx:
        assert history.accept(tx, actor=Actor("", None, "Ops"), now=NOW) == restored
        assert history.fault(tx) is None
        assert history.compare(tx, "file", ahead) is None
        assert history.compare(tx, "file", forked) == other
        assert history.accept(tx, actor=Actor("", None, "Ops"), now=NOW) is None
