"""Fills a database with copies of a few real changes, quickly: each with ids, texts and a true chain of its own.

`verify` accepts it: the log lists every event, and its checkpoints are signed (`tests.workflows.test_checkpoints`).
"""

import base64
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from psycopg import sql

from tests.build import T0
from tests.programs import register_around as around
from tests.programs.register_around import Log, Rows
from tests.workflows import seats
from tests.workflows.desk import Desk
from workflows import chain, db, departures, fold, listing, projections
from workflows.case import Case
from workflows.change import Kind
from workflows.db import Database
from workflows.event import Event
from workflows.gate_models import sightings
from workflows.log_models import unlisted
from workflows.models import chains, change_systems, changes, counters, duties, events, parties, policies, texts
from workflows.register_models import exceptions, involved, listed, touched
from workflows.ruleset import Rules
from workflows.verify import SYSTEM, ZERO, commitment

BATCH = 1000
SYSTEMS = tuple(f"system-{n:02d}" for n in range(40))
TABLES: tuple[sa.Table, ...] = (
    *(changes, events, texts, change_systems, parties, duties),
    *(listed, exceptions, involved, touched, sightings, policies),
)


@dataclass(frozen=True)
class Template:
    """A change as it was: its first case and its events, without texts of its own."""

    told: tuple[Event, ...]


def templates(folder: Path) -> list[Template]:
    """Real histories: approved and reviewed, without approval, rejected, open, late."""
    url = f"sqlite:///{folder}/templates.db"
    db.migrate(url)
    desk = Desk(db.connect(url))
    made: list[str] = []
    for path in ("approved", "proceeded", "rejected", "open", "late"):
        desk.declare(broken=f"{path}\nand why")
        made.append(desk.id)
        desk.wait(4)
        if path == "proceeded":
            desk.proceed()
        elif path == "rejected":
            desk.reject()
        elif path != "open":
            desk.approve("cto")
        if path in ("approved", "proceeded", "late"):
            desk.wait(3).deploy()
            desk.wait(hours=30 if path == "late" else 5)
            desk.close("cto")
    found = [Template(desk.events(one)) for one in made]
    desk.database.close()
    return found


def fill(database: Database, many: int, wanted: int) -> None:
    """Put the changes in, a batch of rows at a time, and what the system's chain says of them."""
    with tempfile.TemporaryDirectory() as folder:
        some = templates(Path(folder))
    with database.write() as tx:
        names = ("dev", "ops", "cto", "lead", "rel", *(f"dev{n}" for n in range(97)), *(f"cto{n}" for n in range(5)))
        for person in names:
            seats.seat(tx, person)
    told, log, rules = _System(), Log(), around.versions()
    for start in range(0, many, BATCH):
        rows: Rows = {}
        for n in range(start, min(start + BATCH, many)):
            one = rules[n * len(rules) // many]
            if told.policy != one.digest:
                told.take(one, T0 + timedelta(minutes=10 * n), rows)
            template = some[n % len(some)] if n % 10 < 5 else some[0]
            case = _copy(template, n, wanted // many - 1, told.policy, rows)
            told.say("numbered", {"key": case.key, "subject": case.id}, case.declared_at, rows)
            around.seen(case, n, rows)
        with database.write() as tx:
            for table in TABLES:
                _put(tx, table, rows.get(table, []))
            for table, some_rows in log.seal(rows[events], end=start + BATCH >= many):
                _put(tx, table, some_rows)
    with database.write() as tx:
        tx.execute(sa.delete(unlisted))
        _put(tx, chains, [{"subject": SYSTEM, "version": told.last.seq, "head": told.head}])
        last = {"EC": (many - 1) // 14 + 1, "DR": many - ((many - 1) // 14 + 1)}
        _put(tx, counters, [{"series": one, "year": 2026, "last": n} for one, n in last.items()])
        for table, found in around.looked(log.last).items():
            _put(tx, table, found)
    _settle(database)


def _settle(database: Database) -> None:
    """As a database that has been in use for months is: its statistics known, its old rows swept."""
    if database.dialect == "sqlite":
        with database.write() as tx:
            tx.exec_driver_sql("ANALYZE")
        database.fold_log()
        return
    with database.write() as tx:
        tx.exec_driver_sql("SET LOCAL statement_timeout = 0")
        tx.exec_driver_sql("ANALYZE")


@dataclass
class _System:
    """The chain of the system as it grows."""

    last: Event = field(default_factory=lambda: Event(SYSTEM, 0, T0, "numbered", None, None, {}))
    head: str = ZERO
    policy: str = ""

    def say(self, kind: str, data: dict[str, Any], at: datetime, rows: Rows) -> None:
        """Another event."""
        self.last = replace(self.last, seq=self.last.seq + 1, kind=kind, at=at, data=data)
        body, now = chain.link(self.last, self.head)
        _event(rows, self.last, self.head, now, body)
        self.head = now

    def take(self, rules: Rules, at: datetime, rows: Rows) -> None:
        """This policy is in force."""
        self.policy = rules.digest
        rows.setdefault(policies, []).append(around.taken(rules, at))
        self.say("policy", {"digest": rules.digest, "version": rules.version}, at, rows)


def _put(tx: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert; on PostgreSQL by COPY, which takes a tenth of the time."""
    if not rows:
        return
    if tx.dialect.name == "sqlite":
        tx.execute(sa.insert(table), rows)
        return
    names = [column.name for column in table.columns]
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    driver: Any = tx.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])


def _copy(template: Template, n: int, length: int, policy: str, rows: Rows) -> Case:
    """One change after a template, with ids, texts and times of its own, and as many events as are wanted."""
    subject, shift = f"c{n:09d}", timedelta(minutes=10 * n)
    kind = "emergency" if n % 14 == 0 else "deploy"
    number = n // 14 + 1 if kind == "emergency" else n - n // 14
    key = f"{'EC' if kind == 'emergency' else 'DR'}-2026-{number:04d}"
    digests = {"d" * 64: policy}
    told: list[tuple[Event, str]] = []
    case, head = None, ZERO
    for event in _long(template.told, length):
        data = _data(json.loads(json.dumps(event.data)), digests, n, shift, rows)
        who = {"dev": f"dev{n % 97}", "cto": f"cto{n % 5}"}.get(event.person or "", event.person)
        if event.seq == 1:
            data |= {"key": key, "kind": kind, "systems": [SYSTEMS[n % 40], SYSTEMS[(n * 7) % 40]]}
        mine = replace(event, subject=subject, at=event.at + shift, person=who, data=data)
        body, now = chain.link(mine, head)
        _event(rows, mine, head, now, body)
        case, head = fold.apply(case, mine), now
        told.append((mine, now))
    assert case is not None
    case = replace(case, head=head)
    _project(case, told, n, rows)
    return case


def _long(told: tuple[Event, ...], length: int) -> Iterator[Event]:
    """The events, and refused tries after the first, until there are as many as wanted."""
    more = max(0, length - len(told))
    yield told[0]
    for n in range(more):
        data = {"action": "approve", "reason": "requester", "revision": 1}
        yield Event(told[0].subject, 2 + n, told[0].at, "refused", "dev", None, data)
    for event in told[1:]:
        yield replace(event, seq=event.seq + more)


def _data(data: dict[str, Any], digests: dict[str, str], n: int, shift: timedelta, rows: Rows) -> dict[str, Any]:
    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walk(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner) for inner in value]
        if isinstance(value, str) and len(value) == 64:
            return _digest(value, digests, n, rows)
        if isinstance(value, str) and len(value) == 32 and value.endswith("+00:00"):
            return (datetime.fromisoformat(value) + shift).isoformat(timespec="microseconds")
        return value

    found = walk(data)
    assert isinstance(found, dict)
    return found


def _digest(old: str, digests: dict[str, str], n: int, rows: Rows) -> str:
    if old not in digests:
        salt, body = (
            base64.b16encode(f"{n:08d}{old[:8]}".encode()),
            f"text {old[:6]} of change {n}, and what it says",
        )
        digests[old] = commitment(salt, body)
        row = {"digest": digests[old], "salt": salt, "body": body, "erased_at": None}
        rows.setdefault(texts, []).append(row)
    return digests[old]


def _event(rows: Rows, event: Event, prev: str, head: str, body: bytes) -> None:
    row: dict[str, Any] = {"subject": event.subject, "seq": event.seq, "prev": prev, "hash": head, "at": event.at}
    row |= {"kind": event.kind, "person": event.person, "operator": event.operator, "body": body}
    rows.setdefault(events, []).append(row)


def _project(case: Case, told: list[tuple[Event, str]], n: int, rows: Rows) -> None:
    codes = departures.lasting(case, told, departures.digests(case))
    emergency = case.kind is Kind.EMERGENCY
    place: dict[str, Any] = {
        "id": case.id,
        "key": case.key,
        "kind": case.kind.value,
        "series": case.key[:2],
        "year": 2026,
    }
    place |= {"number": int(case.key[8:]), "drill": False, "next_due_at": None}
    rows.setdefault(changes, []).append({**place, **projections.columns(case, case.declared_at)})
    shown = listing.row(case, codes)
    rows.setdefault(listed, []).append({"change": case.id, **shown})
    earnest: dict[str, Any] = {"change": case.id, "declared_at": case.declared_at, "drill": False}
    rows.setdefault(exceptions, []).extend({"code": code, **earnest} for code in codes)
    earnest |= {"emergency": emergency, "mark": shown["mark"]}
    for system in dict.fromkeys(case.systems):
        rows.setdefault(change_systems, []).append({"change": case.id, "system": system})
        rows.setdefault(touched, []).append({"system": system, **earnest})
    for one in {(p.person, p.relation): p for p in case.parties}.values():
        row: dict[str, Any] = {
            "change": case.id,
            "person": one.person,
            "relation": one.relation.value,
            "at": one.at,
            "seq": 1,
        }
        rows.setdefault(parties, []).append(row)
    for person in listing.people(case):
        rows.setdefault(involved, []).append({"person": person, **earnest})
    for duty in fold.duties(case):
        row = {"change": case.id, "kind": duty.kind, "ref": duty.ref, "person": duty.person, "due_at": duty.due_at}
        rows.setdefault(duties, []).append(row)
