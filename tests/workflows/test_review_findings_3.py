"""What somebody broke on purpose with SQL in hand: each is found now, or refused."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests import build
from tests.workflows.desk import Desk
from tests.workflows.records import NOW, declared, new_id, people
from workflows import check, db, erasing, guards, numbering, outbox, persons, undelivered, verify, verifying
from workflows.case import Done, Refused
from workflows.change import Field, Mistakes
from workflows.db import Database
from workflows.models import outbox as outbox_table

TABLES = {
    "outbox": "change",
    "refusals": "change",
    "approvals": "change",
    "parties": "change",
    "change_systems": "change",
    "duties": "change",
    "exceptions": "change",
    "involved": "change",
    "touched": "change",
    "listed": "change",
    "events": "subject",
    "changes": "id",
}


def promises(desk: Desk) -> list[str]:
    with desk.database.read() as tx:
        return [str(one) for one in check.promises(tx, real_now=desk.now)]


def take_away(database: Database, change: str, *, series: str) -> None:
    """What an owner of the tables can do: guards off, every row of a change gone, its number too, guards back."""
    with database.write() as tx:
        for statement in guards.removals(database.dialect):
            tx.exec_driver_sql(statement)
        its = f"SELECT hash FROM events WHERE subject = '{change}'"
        tx.exec_driver_sql(f"DELETE FROM unlisted WHERE hash IN ({its})")
        for table, column in TABLES.items():
            tx.exec_driver_sql(f"DELETE FROM {table} WHERE {column} = '{change}'")
        tx.exec_driver_sql(f"UPDATE counters SET last = last - 1 WHERE series = '{series}'")
        for statement in guards.statements(database.dialect):
            tx.exec_driver_sql(statement)


@pytest.mark.parametrize("drill", [False, True])
def test_a_change_that_was_taken_away_with_its_number_is_missed(desk: Desk, drill: bool) -> None:
    kept = desk.declare(drill=drill)
    gone = desk.declare(drill=drill)
    assert promises(desk) == []
    take_away(desk.database, gone.id, series=gone.key.split("-")[0])
    assert promises(desk) == [f"promise 12: {gone.key}: was given out, and no change has it"]
    assert desk.declare(drill=drill).key == gone.key
    assert promises(desk) == [f"promise 12: {gone.key}: was given out twice"]
    assert kept.key != gone.key


def test_a_change_that_nobody_numbered_is_found(desk: Desk) -> None:
    case = desk.declare()
    assert list(numbering.numbers_differ([], {case.key: case.id})) == [
        verify.Bad(case.key, None, "no event says that it was given out")
    ]


def test_a_change_that_has_the_key_of_another_is_found(desk: Desk) -> None:
    one, two = desk.declare(), desk.declare()
    steps = {"key": "has the number of another key", "number": "is not the change that it was given to"}
    for column, what in steps.items():
        with desk.database.write() as tx:
            of = {case.id: tx.exec_driver_sql(_ASK.format(column, case.id)).scalar_one() for case in (one, two)}
            for id_, value in ((one.id, "-1"), (two.id, of[one.id]), (one.id, of[two.id])):
                tx.exec_driver_sql(f"UPDATE changes SET {column} = '{value}' WHERE id = '{id_}'")
            found = [str(bad) for bad in verifying.database(tx).bad]
        assert found == [f"{key}: {what}" for key in (one.key, two.key)]


_ASK = "SELECT {} FROM changes WHERE id = '{}'"


def test_declaring_and_giving_up_a_message_at_the_same_moment_wait_for_each_other_in_one_order(
    database: Database,
) -> None:
    """Both write the system's chain and a row that is not of one change: on PostgreSQL that could be a deadlock."""
    place = "debts:cto:1"
    with database.write() as tx:
        people(tx, "dev", "ops", "cto")
        given: dict[str, Any] = {"change": None, "place": place, "template": "debts", "payload": {"person": "cto"}}
        outbox.render(tx, **given, version=0, now=NOW, new_id=new_id)
    row = _claimed(database)
    numbered, faults = threading.Event(), list[Exception]()

    def declare() -> None:
        try:
            with database.write() as tx:
                declared(tx)
                numbered.set()
                threading.Event().wait(0.5)  # the other one is at its first lock by now
                outbox.redraw(tx, place)
        except sa.exc.DBAPIError as fault:
            faults.append(fault)

    def give_up() -> None:
        try:
            with database.write() as tx:
                undelivered.give_up(tx, row, error="gone", escalations="#e", now=NOW, real=NOW, new_id=new_id)
        except sa.exc.DBAPIError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=declare), threading.Thread(target=give_up)]
    threads[0].start()
    assert numbered.wait(10)
    threads[1].start()
    for thread in threads:
        thread.join(20)
    assert faults == []
    with database.read() as tx:
        assert verifying.database(tx).ok


def _claimed(database: Database) -> outbox.Row:
    with database.write() as tx:
        tx.execute(sa.update(outbox_table).values(lease_until=NOW + timedelta(minutes=1)))
        found = outbox.find(tx, "render:-:debts:cto:1")
    assert found is not None
    return found


FOREIGN = {
    "sqlite": (
        "CREATE TRIGGER swallow BEFORE INSERT ON refusals BEGIN SELECT RAISE(IGNORE); END",
        "swallow on refusals",
    ),
    "postgresql": (
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER events_insert BEFORE INSERT ON refusals FOR EACH ROW EXECUTE FUNCTION swallow();"
        "CREATE RULE nothing AS ON INSERT TO texts DO INSTEAD NOTHING",
        "events_insert on refusals, rule nothing on texts",
    ),
}


def test_a_trigger_that_is_not_ours_stops_the_start(database: Database) -> None:
    sql, named = FOREIGN[database.dialect]
    db.refuse_without_guards(database)
    with database.write() as tx:
        for statement in [sql] if database.dialect == "sqlite" else sql.split(";C"):
            tx.exec_driver_sql(statement if statement.startswith("C") else f"C{statement}")
    with pytest.raises(db.GuardsMissing, match=named):
        db.refuse_without_guards(database)


def test_a_table_of_somebody_else_may_have_triggers_of_its_own(postgres_url: str) -> None:
    database = db.connect(postgres_url)
    with database.write() as tx:
        tx.exec_driver_sql("CREATE TABLE theirs (id int)")
        tx.exec_driver_sql("CREATE RULE nothing AS ON INSERT TO theirs DO INSTEAD NOTHING")
        tx.exec_driver_sql("CREATE VIEW seen AS SELECT * FROM events")
    db.refuse_without_guards(database)
    database.close()


def test_nothing_goes_from_a_change_under_a_legal_hold(desk: Desk) -> None:
    rules, kept = desk.rules, desk.declare()
    for hold in (kept.key, "*"):
        desk.rules = replace(rules, retention=replace(rules.retention, hold=(hold,)))
        assert erase(desk, field="broken") == Mistakes({"hold": "held"})
    desk.rules = replace(rules, retention=replace(rules.retention, hold=("EC-2020-0001",)))
    assert isinstance(erase(desk, field="broken"), Done)


def erase(desk: Desk, *, kind: str = "password", **what: str) -> Done | Refused | Mistakes:
    with desk.turn("", operator="Olga") as turn:
        return erasing.erase(turn, desk.id, kind=kind, **what)


def kept(desk: Desk) -> list[erasing.Kept]:
    case = desk.case
    with desk.turn("") as turn:
        return erasing.kept(turn, case)


def test_an_operator_erases_a_text_by_its_field_and_the_record_says_so(desk: Desk) -> None:
    desk.declare(broken="hunter2 leaked", plan="rotate it")
    before = desk.wanted("card:#incidents")
    assert isinstance(erase(desk, field="broken"), Done)
    assert desk.case.text(Field.TITLE) is None
    assert desk.case.text(Field.WHY) is None
    assert desk.case.text(Field.PLAN) == "rotate it"
    assert [(e.person, e.operator, e.data["kind"]) for e in desk.events() if e.kind == "erased"] == [
        (None, "Olga", "password")
    ] * 2
    assert desk.wanted("card:#incidents") > before
    assert desk.posts("thread:")[-1] == {
        "line": "erased",
        "facts": {"by": "", "operator": "Olga", "kind": "password"},
        "broadcast": False,
    }
    assert promises(desk) == []


def test_also_a_text_that_was_replaced_since(desk: Desk) -> None:
    desk.declare(plan="login with hunter2")
    desk.add(plan="login")
    [old] = [one for one in kept(desk) if one.body == "login with hunter2"]
    assert old.where == "event 1, declared"
    assert isinstance(erase(desk, digest=old.digest), Done)
    assert "hunter2" not in str(kept(desk))
    assert erase(desk, digest=old.digest) == Mistakes({"digest": "no-text"})
    assert promises(desk) == []


@pytest.mark.parametrize(
    ("what", "mistake"),
    [
        ({"field": "rollback"}, {"field": "no-text"}),
        ({"field": "nonsense"}, {"field": "no-text"}),
        ({"digest": "0" * 64}, {"digest": "no-text"}),
        ({"field": "plan", "kind": "hunter2!"}, {"kind": "kind"}),
    ],
)
def test_what_is_not_there_is_not_erased(sqlite_desk: Desk, what: dict[str, str], mistake: dict[str, str]) -> None:
    sqlite_desk.declare()
    assert erase(sqlite_desk, **what) == Mistakes(mistake)
    assert sqlite_desk.kinds()[-1] != "erased"


def test_an_erased_text_leaves_the_file_and_its_log(sqlite_url: str) -> None:
    """The verb writes beside the server; the server's next tidying empties the log."""
    server, cli = db.connect(sqlite_url), db.connect(sqlite_url, role="cli")
    desk = Desk(server)
    desk.declare(broken="the password is\n" + "hunter2 " * 2000)  # pages of its own, which are freed
    beside = Desk(cli, people=())
    beside.id = desk.id
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with server.read() as tx:  # somebody reads an older state: not this time
        tx.exec_driver_sql("SELECT count(*) FROM texts").all()
        erase(beside, field="broken")
        assert not server.fold_log()
    cli.close()
    assert b"hunter2" in Path(f"{file}-wal").read_bytes()
    assert server.fold_log()
    assert b"hunter2" not in file.read_bytes()
    assert Path(f"{file}-wal").read_bytes() == b""
    desk.declare()  # it goes on as before
    server.close()


def decided(desk: Desk) -> None:
    """Declared, handed to another implementer, approved, and objected to afterwards."""
    desk.declare("dev")
    desk.add(implementer="ops")
    desk.approve("cto")
    desk.deploy("ops")
    desk.object_to("lead")
    assert promises(desk) == []


def edit(desk: Desk, sql: str) -> None:
    with desk.database.write() as tx:
        tx.exec_driver_sql(sql)


@pytest.mark.parametrize("person", ["dev", "ops", "cto", "lead"])
@pytest.mark.parametrize("value", ["'mallory@example.com'", "NULL", "'rel@example.com'"])
def test_whoever_took_part_cannot_become_somebody_else(desk: Desk, person: str, value: str) -> None:
    decided(desk)
    edit(desk, f"UPDATE persons SET email = {value} WHERE id = '{person}'")
    words = f"promise 12: person {person}: has an e-mail that the record does not know as theirs"
    assert words in promises(desk)


@pytest.mark.parametrize("person", ["dev", "ops", "cto", "lead"])
def test_nor_their_account_somebody_else_s(desk: Desk, person: str) -> None:
    decided(desk)
    slack = build.slack(person)
    edit(desk, f"UPDATE identities SET person = 'rel' WHERE value = '{slack}'")
    words = f"promise 12: person {person}: took part as {slack}, which is not their account any more"
    assert words in promises(desk)


def test_an_address_that_slack_changed_is_no_tampering(desk: Desk) -> None:
    decided(desk)
    given: dict[str, Any] = {"zone": None, "now": desk.now, "new_id": desk.new_id}
    with desk.database.write() as tx:
        persons.person_for(tx, slack="UCTO", email="carla.reyes@example.com", name="cto", **given)
    assert promises(desk) == []
    desk.declare("cto")
    edit(desk, "UPDATE persons SET email = 'mallory@example.com' WHERE id = 'cto'")
    assert len(promises(desk)) == 1


def test_an_address_that_came_late_is_on_record_too(desk: Desk) -> None:
    edit(desk, "UPDATE persons SET email = NULL WHERE id = 'dev'")
    edit(desk, "DELETE FROM identities WHERE value = 'dev@example.com'")
    desk.declare("dev")
    assert promises(desk) == []
    given: dict[str, Any] = {"zone": None, "now": desk.now, "new_id": desk.new_id}
    with desk.database.write() as tx:
        persons.person_for(tx, slack="UDEV", email="dev@example.com", name="dev", **given)
    assert promises(desk) == []
    edit(desk, "UPDATE persons SET email = 'mallory@example.com' WHERE id = 'dev'")
    assert len(promises(desk)) == 1


def test_the_address_itself_is_no_part_of_an_event(sqlite_desk: Desk) -> None:
    decided(sqlite_desk)
    assert "example.com" not in str(sqlite_desk.events())
