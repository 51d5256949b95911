"""Fills a database with copies of a few real changes, quickly: each with ids, texts and a true chain of its own."""

import base64
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.build import T0
from tests.workflows import seats
from tests.workflows.desk import Desk
from workflows import chain, db, fold, listing, projections
from workflows.case import Case
from workflows.db import Database
from workflows.event import Event
from workflows.models import chains, change_systems, changes, counters, duties, events, parties, texts
from workflows.register_models import exceptions, involved, listed
from workflows.verify import SYSTEM, ZERO, commitment

BATCH = 1000
SYSTEMS = tuple(f"system-{n:02d}" for n in range(40))
Rows = dict[sa.Table, list[dict[str, Any]]]


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
    system = Event(SYSTEM, 0, T0, "numbered", None, None, {})
    head = ZERO
    for start in range(0, many, BATCH):
        with database.write() as tx:
            rows: Rows = {}
            for n in range(start, min(start + BATCH, many)):
                case = _copy(some[n % len(some)] if n % 10 < 5 else some[0], n, wanted // many - 1, rows)
                system = replace(system, seq=n + 1, at=case.declared_at, data={"key": case.key, "subject": case.id})
                body, head_now = chain.link(system, head)
                _event(rows, system, head, head_now, body)
                head = head_now
            for table in (changes, events, texts, change_systems, parties, duties, listed, exceptions, involved):
                if rows.get(table):
                    tx.execute(sa.insert(table), rows[table])
    with database.write() as tx:
        tx.execute(sa.insert(chains), {"subject": SYSTEM, "version": many, "head": head})
        last = {"EC": (many - 1) // 14 + 1, "DR": many - ((many - 1) // 14 + 1)}
        tx.execute(sa.insert(counters), [{"series": one, "year": 2026, "last": n} for one, n in last.items()])
        tx.exec_driver_sql("ANALYZE")


def _copy(template: Template, n: int, length: int, rows: Rows) -> Case:
    """One change after a template, with ids, texts and times of its own, and as many events as are wanted."""
    subject, shift = f"c{n:09d}", timedelta(minutes=10 * n)
    kind = "emergency" if n % 14 == 0 else "deploy"
    number = n // 14 + 1 if kind == "emergency" else n - n // 14
    key = f"{'EC' if kind == 'emergency' else 'DR'}-2026-{number:04d}"
    digests: dict[str, str] = {}
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
        case, head = replace(fold.apply(case, mine), head=now), now
        told.append((mine, now))
    assert case is not None
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
    if old == "d" * 64:
        return old
    if old not in digests:
        salt, body = (
            base64.b16encode(f"{n:08d}{old[:8]}".encode())[:16],
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
    codes = listing.codes(case, told)
    place: dict[str, Any] = {
        "id": case.id,
        "key": case.key,
        "kind": case.kind.value,
        "series": case.key[:2],
        "year": 2026,
    }
    place |= {"number": int(case.key[8:]), "drill": False, "next_due_at": None}
    rows.setdefault(changes, []).append({**place, **projections.columns(case, case.declared_at)})
    rows.setdefault(listed, []).append({"change": case.id, "excepted": bool(codes), **listing.of(case).row()})
    rows.setdefault(exceptions, []).extend({"change": case.id, "code": code} for code in codes)
    rows.setdefault(change_systems, []).extend(
        {"change": case.id, "system": one} for one in dict.fromkeys(case.systems)
    )
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
        row = {"person": person, "declared_at": case.declared_at, "change": case.id}
        rows.setdefault(involved, []).append(row)
    for duty in fold.duties(case):
        row = {"change": case.id, "kind": duty.kind, "ref": duty.ref, "person": duty.person, "due_at": duty.due_at}
        rows.setdefault(duties, []).append(row)
