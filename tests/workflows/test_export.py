"""The export record says what happened, in the documented keys; its CSV view is safe to open in a spreadsheet."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests import packs
from tests.build import NEXT_SHA, at
from tests.workflows.desk import Desk
from tests.workflows.records import NOW, declared, people, salt
from tests.workflows.test_periods import RULES
from tests.workflows.test_sightings import deployed, see
from workflows import dossier, dossier_erased, evidence, ledger
from workflows.case import Case
from workflows.change import Action, Actor, Field, Person, Reason, Verdict
from workflows.db import Database
from workflows.event import Event
from workflows.models import policies

DUE = NOW + timedelta(hours=24)


def text(tx: sa.Connection, body: str) -> str:
    return ledger.put_text(tx, body, salt=salt())


def approve(tx: sa.Connection, case: Case, person: str = "cto") -> Case:
    proof = {"account": {"slack": "U9", "as_of": NOW.isoformat()}}
    data = {"revision": case.revision, "right": "approvers", "final": True, "evidence": proof, "note": text(tx, "go")}
    return ledger.advance(tx, case, "approved", data, actor=Actor(person, "U9"), now=NOW)


def deploy(tx: sa.Connection, case: Case, basis: str = "approved", after: int = 10) -> Case:
    at = NOW + timedelta(minutes=after)
    data = {"what": text(tx, "v811"), "at": at.isoformat(), "outcome": "ok", "basis": basis}
    return ledger.advance(tx, case, "deployed", data, actor=Actor("ops"), now=at)


def owe(tx: sa.Connection, case: Case) -> Case:
    times = {"start": NOW, "due": DUE, "deadline": NOW + timedelta(hours=48)}
    data = {"owner": "cto", **{name: at.isoformat() for name, at in times.items()}}
    return ledger.advance(tx, case, "review_owed", data, actor=None, now=NOW)


def review(tx: sa.Connection, case: Case, judgement: str = "yes", hours: float = 6) -> Case:
    follow = {"id": "f1", "what": text(tx, "add a test"), "owner": "ops", "due": "2026-12-01"}
    data = {"judgement": judgement, "cause": text(tx, "a full disk"), "follow_ups": [follow]}
    return ledger.advance(tx, case, "reviewed", data, actor=Actor("cto"), now=NOW + timedelta(hours=hours))


@pytest.fixture
def tables(database: Database) -> Database:
    """People known by e-mail, by Slack id only, and by neither; a policy of version 3."""
    with database.write() as tx:
        people(tx, "dev", "ops", "cto", "lead")
        tx.exec_driver_sql("UPDATE persons SET email = 'cto@example.com' WHERE id = 'cto'")
        tx.exec_driver_sql("UPDATE persons SET email = 'dev@example.com' WHERE id = 'dev'")
        tx.execute(
            sa.text("INSERT INTO identities (kind, value, person, verified_at) VALUES ('slack', 'U2', 'ops', :at)"),
            {"at": NOW.isoformat(timespec="microseconds") if database.dialect == "sqlite" else NOW},
        )
        tx.execute(sa.insert(policies), {"digest": "a" * 64, "source": "version = 3", "at": NOW, "by": None})
    return database


def export(database: Database, **more: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in evidence.jsonl(database, **more)]


def test_a_change_by_the_book(tables: Database) -> None:
    with tables.write() as tx:
        no = Verdict(False, Reason.REQUESTER)
        case = declared(tx, data={"policy": "a" * 64, "incident": "4711"})
        case = ledger.refuse(tx, case, action=Action.APPROVE, verdict=no, actor=Actor("dev"), now=NOW)
        case = review(tx, deploy(tx, owe(tx, approve(tx, case))))
    (one,) = export(tables, now=NOW)
    at = "2026-11-22T03:02:00.000000+00:00"
    assert tuple(one) == evidence.COLUMNS
    assert one["key"] == "EC-2026-0001"
    assert (one["title"], one["justification"]) == ("checkout 500s", None)
    assert (one["requester"], one["implementer"]) == ("dev@example.com", "U2")
    assert one["parties"] == [
        {"person": "dev@example.com", "relation": "requester"},
        {"person": "U2", "relation": "implementer"},
    ]
    assert one["links"] == {"pagerduty": "4711", "jira": None, "github": None}
    assert one["approvals"] == [
        {
            "person": "cto@example.com",
            "slack": "U9",
            "at": at,
            "revision": 1,
            "right": "approvers",
            "note": "go",
        }
    ]
    assert one["refusals"] == [{"person": "dev@example.com", "at": at, "action": "approve", "reason": "requester"}]
    assert (one["decision"], one["decided_at"], one["approved_before_deploy"]) == ("approved", at, True)
    assert one["deployments"][0]["what"] == "v811"
    assert (one["reviewer"], one["hours_to_review"], one["on_time"]) == ("cto@example.com", 6.0, True)
    assert one["review"]["follow_ups"][0]["what"] == "add a test"
    assert one["deadlines"]["due"] == "2026-11-23T03:02:00.000000+00:00"
    assert one["policy"] == {"version": 3, "hash": "a" * 64}
    assert one["exceptions"] == []
    assert [e["kind"] for e in one["events"]] == [
        "declared",
        "refused",
        "approved",
        "review_owed",
        "deployed",
        "reviewed",
    ]
    assert one["events"][-1]["hash"] == case.head


def test_what_went_around_is_an_exception_and_never_an_approval(tables: Database) -> None:
    with tables.write() as tx:
        glass = ledger.advance(tx, declared(tx), "proceeding", {"revision": 1}, actor=Actor("dev"), now=NOW)
        glass = deploy(tx, glass, "proceeding")
        data = {"revision": 1, "right": "approvers", "final": True}
        ledger.advance(tx, glass, "ratified", data, actor=Actor("cto"), now=NOW)
        no = {"revision": 1, "reason": text(tx, "wait")}
        rejected = ledger.advance(tx, declared(tx), "rejected", no, actor=Actor("cto"), now=NOW)
        deploy(tx, rejected, "rejected")
        deploy(tx, declared(tx), "undeclared")
        review(tx, deploy(tx, owe(tx, approve(tx, declared(tx)))), "no", hours=25)
        deploy(tx, owe(tx, approve(tx, declared(tx))), after=-10)
    found = [
        (one["decision"], len(one["approvals"]), one["approved_before_deploy"], one["exceptions"], one["on_time"])
        for one in export(tables, now=DUE + timedelta(seconds=1))
    ]
    assert found == [
        ("ratified", 0, False, ["without-approval"], None),
        ("rejected", 0, False, ["deployed-although-rejected"], None),
        ("none", 0, False, ["deployed-before-decision"], None),
        ("approved", 1, True, ["review-late", "not-appropriate"], False),
        ("approved", 1, False, ["deployed-before-decision", "review-overdue"], False),
    ]


def test_a_voice_that_was_taken_back_or_voided_is_no_approval(tables: Database) -> None:
    with tables.write() as tx:
        case = approve(tx, declared(tx))
        ledger.advance(tx, case, "took_back", {"revision": 1}, actor=Actor("cto"), now=NOW)
        case = approve(tx, declared(tx))
        ledger.advance(tx, case, "detailed", {"voids": True, "systems": ["x"]}, actor=Actor("dev"), now=NOW)
    assert [(one["decision"], one["approvals"]) for one in export(tables)] == [("none", []), ("none", [])]


def test_erased_text_is_null_and_an_operator_is_named(tables: Database) -> None:
    with tables.write() as tx:
        case = declared(tx)
        ledger.erase(tx, case, case.texts[Field.TITLE], kind="password", actor=Actor("", operator="root"), now=NOW)
    (one,) = export(tables)
    assert (one["title"], one["events"][-1]["person"]) == (None, "operator root")


def test_drills_are_apart_and_the_period_is_half_open(tables: Database) -> None:
    with tables.write() as tx:
        declared(tx, drill=True)
        for hours in (0, 1, 2):
            declared(tx, at=NOW + timedelta(hours=hours))
    keys = [one["key"] for one in export(tables, since=NOW + timedelta(hours=1), until=NOW + timedelta(hours=2))]
    assert keys == ["EC-2026-0002"]
    assert [one["key"] for one in export(tables)] == ["EC-2026-0001", "EC-2026-0002", "EC-2026-0003"]


def test_every_page_is_exported_once(tables: Database) -> None:
    many = evidence.PAGE + 3
    with tables.write() as tx:
        for n in range(many):
            declared(tx, at=NOW + timedelta(seconds=n // 7))
    assert sorted(one["key"] for one in export(tables)) == [f"EC-2026-{n:04d}" for n in range(1, many + 1)]


def test_the_table_has_the_same_columns_and_no_formula(tables: Database) -> None:
    with tables.write() as tx:
        people(tx, "=cmd()")
        approve(tx, declared(tx, title='=HYPERLINK("http://x","a")'))
        deploy(tx, declared(tx, title='a "quoted", line\nand @more'))
        declared(tx, title="+1", data={"systems": ["-x", "y"]})
    rows = list(csv.DictReader(io.StringIO("".join(evidence.csv(tables)))))
    assert tuple(rows[0]) == evidence.COLUMNS
    titles = ['\'=HYPERLINK("http://x","a")', 'a "quoted", line\nand @more', "'+1"]
    assert [row["title"] for row in rows] == titles
    assert rows[2]["systems"] == "'-x; y"
    assert rows[0]["approvals"] == f"cto@example.com U9 {NOW.isoformat(timespec='microseconds')} 1 approvers go"
    assert rows[0]["events"].startswith("2 ")
    assert not any((cell or "").startswith(tuple("=+-@\t\r")) for row in rows for cell in row.values())


def test_an_empty_record_has_a_header(database: Database) -> None:
    assert list(evidence.csv(database)) == [",".join(f'"{name}"' for name in evidence.COLUMNS) + "\r\n"]
    assert export(database) == []


@given(st.text(max_size=5), st.sampled_from(["", "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"]))
def test_no_cell_begins_like_a_formula(body: str, start: str) -> None:
    cell = evidence.safe(start + body)
    assert not cell.startswith(evidence.FORMULA)
    assert cell.replace("'", "") == (start + body).replace("'", "")


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("typed", ["a;=1+1;b", "a\n=1+1", 'a"; ""=1+1', "a\t@x", "a;\t ＝1"])
def test_nor_where_cells_are_separated_otherwise(typed: str, separator: str) -> None:
    line = evidence.line([evidence.safe(one) for one in ("EC-2026-0001", typed)])
    cells = [cell for row in csv.reader(io.StringIO(line), delimiter=separator) for cell in row]
    assert not [cell for cell in cells if cell.strip(' \t"').startswith(evidence.FORMULA)]


@pytest.mark.parametrize(
    ("name", "told"), [("Dev", "Dev"), ("dev@example.com", "U1"), ("", "U1"), ("Dev <dev@example.com>", "U1")]
)
def test_somebody_told_by_name_is_not_told_by_an_address(name: str, told: str) -> None:
    person = Person("p1", name, "U1", "dev@example.com").by_name()
    assert dossier.who("p1", {"p1": person}) == told
    assert "@" not in person.name


def test_a_finding_says_what_was_seen_and_names_whom_only_github_knows(desk: Desk) -> None:
    desk.rules = RULES
    see(desk, deployed(sha=NEXT_SHA, login="elsewhere", at=at(5)))
    told = next(one for one in export(desk.database) if one["kind"] == "finding")
    seen = told["finding"]
    assert (seen["what"], seen["source"], seen["sha"]) == ("no-basis", "github", NEXT_SHA)
    assert (seen["login"], seen["by"], told["implementer"]) == ("elsewhere", "elsewhere", "elsewhere")
    assert told["deploy"] == {}


def test_what_was_erased_is_said_with_its_field(database: Database) -> None:
    desk = packs.fill(database)
    records = [json.loads(line) for line in evidence.jsonl(database, now=desk.now)]
    ((erased,),) = [one["erased"] for one in records if one["erased"]]
    assert erased["field"] == "rollback"
    assert (erased["by"], erased["kind"]) == ("operator Lea", "password")
    assert erased["at"].startswith("2026-11-16T05:")


def test_a_text_that_stood_in_two_places_is_erased_from_both() -> None:
    def event(seq: int, what: str, **data: Any) -> tuple[Event, str]:
        return Event("c1", seq, NOW, what, "dev", None, data), ""

    told = [
        event(1, "declared", texts={"why": "a" * 64, "plan": "b" * 64}),
        event(2, "reviewed", cause="a" * 64, follow_ups=[{"what": "c" * 64}]),
        event(3, "erased", digest="a" * 64, kind="password"),
        event(4, "erased", digest="c" * 64, kind="name"),
    ]
    said = [(one["field"], one["kind"], one["by"]) for one in dossier_erased.of(told, lambda person: person)]
    assert said == [
        ("justification", "password", "dev"),
        ("reviewed.cause", "password", "dev"),
        ("reviewed.follow_ups", "name", "dev"),
    ]
