"""The one door: event, case, columns and projections move together or not at all."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.workflows.records import NOW, approve, declared, new_id, people, salt
from workflows import ledger, outbox, snapshot, verify, verifying
from workflows.change import Action, Actor, Field, Reason, Status, Verdict
from workflows.db import Database
from workflows.models import approvals, chains, change_systems, changes, duties, events, parties, refusals, texts

DEV = Actor("dev", "U1")


@pytest.fixture(autouse=True)
def _people(database: Database) -> None:
    with database.write() as tx:
        people(tx, "dev", "ops", "cto", "lead")


def count(tx: sa.Connection, table: sa.Table) -> int:
    return tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_declaring_records_the_change_its_event_and_its_parties(database: Database) -> None:
    with database.write() as tx:
        case = declared(tx)
    with database.read() as tx:
        row = tx.execute(sa.select(changes)).one()
        event = tx.execute(sa.select(events).where(events.c.subject == case.id)).one()
        assert (row.key, row.version, row.head) == ("EC-2026-0001", 1, event.hash)
        assert (event.subject, event.seq, event.prev, event.kind) == (case.id, 1, verify.ZERO, "declared")
        assert verify.digest(event.body) == event.hash
        assert {tuple(r) for r in tx.execute(sa.select(parties.c.person, parties.c.relation))} == {
            ("dev", "requester"),
            ("ops", "implementer"),
        }
        assert tx.scalars(sa.select(change_systems.c.system)).all() == ["payments"]
        assert ledger.case(tx, case.id) == ledger.case_by_key(tx, "EC-2026-0001") == case
        assert case.text(Field.TITLE) == "checkout 500s"


def test_an_unknown_change_is_none(database: Database) -> None:
    with database.write() as tx:
        assert ledger.case(tx, "nobody") is ledger.case_by_key(tx, "EC-2026-9999") is None
        assert not ledger.lock(tx, "nobody")


def test_advancing_moves_everything_together(database: Database) -> None:
    with database.write() as tx:
        case = declared(tx)
        assert ledger.lock(tx, case.id)
        after = approve(tx, case)
        row = tx.execute(sa.select(changes)).one()
        voice = tx.execute(sa.select(approvals)).one()
        assert (row.status, row.version, row.head) == ("approved", 2, after.head)
        assert (row.decided_at, row.updated_at, after.status) == (NOW, NOW, Status.APPROVED)
        assert (voice.person, voice.voice, voice.phase, voice.seq) == ("cto", "approve", "before", 2)
        assert tx.scalars(sa.select(duties.c.kind)).all() == ["live"]
        assert ledger.case(tx, case.id) == after
        assert verifying.database(tx).ok


def test_advancing_redraws_every_place_of_the_change(database: Database) -> None:
    with database.write() as tx:
        case = declared(tx)
        outbox.render(
            tx, change=case.id, place="card:C1", template="card", payload={}, version=1, now=NOW, new_id=new_id
        )
        approve(tx, case)
        assert tx.scalar(sa.text("SELECT wanted FROM outbox")) == 2


def test_a_case_read_too_early_is_stale(database: Database) -> None:
    with database.write() as tx:
        case = declared(tx)
        approve(tx, case)
    with pytest.raises(ledger.Stale, match="EC-2026-0001"), database.write() as tx:
        approve(tx, case, "lead")
    with database.read() as tx:
        assert count(tx, events) == 3


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("invented", {}),
        ("noticed", {"key": "k", "share": 0.5}),
        ("noticed", {"key": "k", "at": NOW}),
        ("noticed", {"key": "k", "n": 2**53}),
        ("noticed", {"key": "k", "naïve": 1}),
        ("noticed", {"key": "\ud800"}),
    ],
)
def test_what_a_replay_could_not_read_is_not_written(database: Database, kind: str, data: dict[str, object]) -> None:
    with database.write() as tx:
        case = declared(tx)
        with pytest.raises(ValueError):
            ledger.advance(tx, case, kind, data, actor=DEV, now=NOW)
        assert count(tx, events) == 2
        assert ledger.case(tx, case.id) == case


def test_keys_are_counted_by_kind_and_year_and_drills_apart(database: Database) -> None:
    with database.write() as tx:
        keys = [
            declared(tx).key,
            declared(tx, drill=True).key,
            declared(tx).key,
            declared(tx, at=NOW.replace(year=2027)).key,
        ]
    assert keys == ["EC-2026-0001", "DRILL-2026-0001", "EC-2026-0002", "EC-2027-0001"]


def test_a_rolled_back_declaration_leaves_no_gap(database: Database) -> None:
    with database.write() as tx:
        declared(tx)

    def fail() -> None:
        with database.write() as tx:
            declared(tx)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.write() as tx:
        assert declared(tx).key == "EC-2026-0002"
        assert verifying.database(tx).ok


def test_bodies_follow_the_case(database: Database) -> None:
    with database.write() as tx:
        case = declared(tx)
        known = ledger.put_text(tx, "a full disk", salt=salt())
        data = {"what": "v811", "at": NOW.isoformat(), "outcome": "ok", "basis": "undeclared", "known": known}
        after = ledger.advance(tx, case, "deployed", data, actor=DEV, now=NOW)
        assert after.body(known) == "a full disk"
        assert after.text(Field.TITLE) == "checkout 500s"
        assert ledger.case(tx, case.id) == after


def test_no_text_is_in_the_events_or_the_stored_case(database: Database) -> None:
    with database.write() as tx:
        declared(tx, title="hunter2 is the password")
        bodies = tx.scalars(sa.select(events.c.body)).all()
        states = tx.scalars(sa.select(changes.c.state)).all()
        assert not any(b"hunter2" in body for body in bodies)
        assert not any("hunter2" in state for state in states)


def test_erasing_removes_the_text_and_keeps_the_record_whole(database: Database) -> None:
    with database.write() as tx:
        case = declared(tx, title="hunter2")
        digest = case.texts[Field.TITLE]
        after = ledger.erase(tx, case, digest, kind="password", actor=DEV, now=NOW)
        assert after.text(Field.TITLE) is None
        assert after.texts == case.texts
        assert ledger.case(tx, case.id) == after
        row = tx.execute(sa.select(texts)).one()
        assert (row.body, row.erased_at) == (None, NOW)
        assert verifying.database(tx).ok
        with pytest.raises(ValueError, match="no such text"):
            ledger.erase(tx, after, digest, kind="password", actor=DEV, now=NOW)


def test_the_text_of_another_change_cannot_be_erased_here(database: Database) -> None:
    with database.write() as tx:
        mine, other = declared(tx), declared(tx)
        with pytest.raises(ValueError, match="no such text"):
            ledger.erase(tx, mine, other.texts[Field.TITLE], kind="password", actor=DEV, now=NOW)


def test_the_same_words_have_different_digests(database: Database) -> None:
    with database.write() as tx:
        one, two = (ledger.put_text(tx, "n/a", salt=salt()) for _ in range(2))
        assert one != two
        with pytest.raises(ValueError, match="32 bytes"):
            ledger.put_text(tx, "n/a", salt=b"short")


def test_text_that_no_database_can_hold(database: Database) -> None:
    with database.write() as tx:
        case = declared(tx, title="a\x00b\ud800c 🎉 ‮right")
        assert case.text(Field.TITLE) == "abc 🎉 ‮right"
        assert verifying.database(tx).ok


def test_a_refused_try_is_an_event_and_its_repeats_are_counted(database: Database) -> None:
    verdict = Verdict(False, Reason.REQUESTER)

    def refuse(seconds: int) -> int:
        with database.write() as tx:
            case = ledger.case_by_key(tx, "EC-2026-0001")
            assert case
            now = NOW + timedelta(seconds=seconds)
            return ledger.refuse(tx, case, action=Action.APPROVE, verdict=verdict, actor=DEV, now=now).version

    with database.write() as tx:
        declared(tx)
    assert [refuse(s) for s in (0, 1, 30, 59, 60, 61, 119, 121)] == [2, 2, 2, 2, 3, 3, 3, 4]
    with database.read() as tx:
        row = tx.execute(sa.select(refusals)).one()
        assert (row.n, row.first_at) == (8, NOW + timedelta(seconds=121))
        assert verifying.database(tx).ok


def test_another_reason_is_another_event(database: Database) -> None:
    with database.write() as tx:
        case = declared(tx)
        for reason in (Reason.REQUESTER, Reason.STALE_REVISION):
            verdict = Verdict(False, reason)
            case = ledger.refuse(tx, case, action=Action.APPROVE, verdict=verdict, actor=DEV, now=NOW)
        assert case.version == 3


def test_the_system_has_a_chain_of_its_own(database: Database) -> None:
    with database.write() as tx:
        first = ledger.note(tx, "key", {"id": "k0"}, actor=None, now=NOW)
        second = ledger.note(tx, "key", {"id": "k1"}, actor=Actor("", operator="root"), now=NOW)
        rows = tx.execute(sa.select(events).order_by(events.c.seq)).all()
        assert [(r.subject, r.seq, r.prev, r.hash) for r in rows] == [
            ("system", 1, verify.ZERO, first),
            ("system", 2, first, second),
        ]
        assert tx.execute(sa.select(chains)).one() == ("system", 2, second)
        assert (rows[1].person, rows[1].operator) == (None, "root")
        assert verifying.database(tx).ok


def test_the_next_time_to_look_is_kept(database: Database) -> None:
    with database.write() as tx:
        case = declared(tx)
        for at in (NOW, None):
            ledger.set_next_due(tx, case.id, at)
            assert tx.scalar(sa.select(changes.c.next_due_at)) == at


def test_a_snapshot_survives_the_way_there_and_back(database: Database) -> None:
    with database.write() as tx:
        case = approve(tx, declared(tx))
        again = snapshot.load(snapshot.dump(case))
        assert again.approvals == case.approvals
        assert again.declared_at == case.declared_at
        assert snapshot.dump(again) == snapshot.dump(case)
