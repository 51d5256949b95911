"""The register at 100 000 changes and 1 000 000 events: pages, counts, exports and verification, measured.

Fills a database with copies of a few real changes, each with its own true chain, and measures in process. PostgreSQL:
`--url`. Exits 1 when a promise of the register does not hold.
"""

import argparse
import base64
import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.register import pages_export
from tests.build import T0, rules
from tests.workflows import seats
from tests.workflows.desk import Desk
from workflows import (
    chain,
    db,
    fold,
    listing,
    projections,
    register,
    register_overview,
    register_records,
    verifying,
)
from workflows.case import Case
from workflows.change import Kind
from workflows.db import Database
from workflows.event import Event
from workflows.models import chains, change_systems, changes, counters, duties, events, parties, texts
from workflows.register import Filter, Page
from workflows.register_models import exceptions, involved, listed
from workflows.verify import SYSTEM, ZERO, commitment

BATCH = 1000
SYSTEMS = tuple(f"system-{n:02d}" for n in range(40))
PAGE_MS, RATIO, MIB, VERIFY = 50.0, 2.0, 16.0, 5.0


@dataclass(frozen=True)
class Template:
    """A change as it was: its first case and its events, without texts of its own."""

    told: tuple[Event, ...]
    kind: Kind


def main() -> int:
    """Fill, measure, say."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--changes", type=int, default=100_000)
    given.add_argument("--events", type=int, default=1_000_000)
    given.add_argument("--url", default="", help="an empty database; default: SQLite in a new folder")
    asked = given.parse_args()
    with tempfile.TemporaryDirectory(prefix="countersign-scale-") as folder:
        url = asked.url or f"sqlite:///{folder}/countersign.db"
        db.migrate(url)
        database = db.connect(url)
        began = time.perf_counter()
        fill(database, asked.changes, asked.events)
        print(f"filled with {asked.changes} changes in {time.perf_counter() - began:.0f} s")
        bad = measure(database, Path(folder))
        database.close()
    for one in bad:
        print(f"NOT KEPT: {one}")
    return 1 if bad else 0


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
    found = [Template(desk.events(one), Kind.EMERGENCY) for one in made]
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
            rows: dict[sa.Table, list[dict[str, Any]]] = {}
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


def _copy(template: Template, n: int, length: int, rows: dict[sa.Table, list[dict[str, Any]]]) -> Case:
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


def _data(
    data: dict[str, Any], digests: dict[str, str], n: int, shift: timedelta, rows: dict[sa.Table, list[dict[str, Any]]]
) -> dict[str, Any]:
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


def _digest(old: str, digests: dict[str, str], n: int, rows: dict[sa.Table, list[dict[str, Any]]]) -> str:
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


def _event(rows: dict[sa.Table, list[dict[str, Any]]], event: Event, prev: str, head: str, body: bytes) -> None:
    row = {"subject": event.subject, "seq": event.seq, "prev": prev, "hash": head, "at": event.at}
    row |= {"kind": event.kind, "person": event.person, "operator": event.operator, "body": body}
    rows.setdefault(events, []).append(row)


def _project(case: Case, told: list[tuple[Event, str]], n: int, rows: dict[sa.Table, list[dict[str, Any]]]) -> None:
    codes = listing.codes(case, told)
    place = {"id": case.id, "key": case.key, "kind": case.kind.value, "series": case.key[:2], "year": 2026}
    place |= {"number": int(case.key[8:]), "drill": False, "next_due_at": None}
    rows.setdefault(changes, []).append({**place, **projections.columns(case, case.declared_at)})
    rows.setdefault(listed, []).append({"change": case.id, "excepted": bool(codes), **listing.of(case).row()})
    rows.setdefault(exceptions, []).extend({"change": case.id, "code": code} for code in codes)
    rows.setdefault(change_systems, []).extend(
        {"change": case.id, "system": one} for one in dict.fromkeys(case.systems)
    )
    for one in {(p.person, p.relation): p for p in case.parties}.values():
        row = {"change": case.id, "person": one.person, "relation": one.relation.value, "at": one.at, "seq": 1}
        rows.setdefault(parties, []).append(row)
    for person in listing.people(case):
        row = {"person": person, "declared_at": case.declared_at, "change": case.id}
        rows.setdefault(involved, []).append(row)
    for duty in fold.duties(case):
        row = {"change": case.id, "kind": duty.kind, "ref": duty.ref, "person": duty.person, "due_at": duty.due_at}
        rows.setdefault(duties, []).append(row)


def measure(database: Database, folder: Path) -> list[str]:
    """Measure, print, and return what is not kept."""
    with database.read() as tx:
        last = tx.scalar(sa.select(sa.func.max(changes.c.declared_at))) or T0
    whole = Filter(since=T0 - timedelta(days=1), until=last + timedelta(days=1), now=last)
    pages = {name: _page(database, only) for name, only in _filters(whole, last).items()}
    bad = [f"a page takes {ms:.1f} ms: {name}" for name, ms in pages.items() if ms >= PAGE_MS]
    for name, ms in sorted(pages.items(), key=lambda one: -one[1]):
        print(f"{ms:7.1f} ms  {name}")
    first, end = pages["first page"], _median(lambda: _last(database, whole))
    print(f"first page {first:.1f} ms, last page {end:.1f} ms, ratio {max(first, end) / min(first, end):.2f}")
    if max(first, end) > RATIO * min(first, end) or end >= PAGE_MS:
        bad.append("first and last page differ by more than twice, or the last one is slow")
    quarter = replace(whole, since=last - timedelta(days=90))
    print(
        f"overview of 90 days {_median(lambda: _overview(database, quarter)):.1f} ms, of all {_median(lambda: _overview(database, whole), 2):.1f} ms"
    )
    for form in ("jsonl", "csv", "xlsx"):
        extra = _export(database, quarter, form)
        print(f"export {form}, 90 days: {extra:.1f} MiB more memory at its highest")
        if extra >= MIB:
            bad.append(f"the export {form} takes {extra:.1f} MiB")
    return [*bad, *_verify(database)]


def _filters(whole: Filter, last: datetime) -> dict[str, Filter]:
    return {
        "first page": whole,
        "one system": replace(whole, system=SYSTEMS[7]),
        "emergencies": replace(whole, kind=Kind.EMERGENCY),
        "findings (none)": replace(whole, kind=Kind.FINDING),
        "one approver": replace(whole, person="cto3"),
        "one engineer": replace(whole, person="dev7"),
        "nobody's": replace(whole, person="nobody"),
        "rejected": replace(whole, verdict="rejected"),
        "ratified (none)": replace(whole, verdict="ratified"),
        "only exceptions": replace(whole, excepted=True),
        "exceptions of a system": replace(whole, excepted=True, system=SYSTEMS[7]),
        "90 days": replace(whole, since=last - timedelta(days=90)),
        "rejected emergencies of a system": replace(whole, kind=Kind.EMERGENCY, verdict="rejected", system=SYSTEMS[0]),
    }


def _page(database: Database, only: Filter) -> float:
    return _median(lambda: _shown(database, only, None))


def _shown(database: Database, only: Filter, before: register.Place | None) -> Page:
    """All that a page of the list asks of the database."""
    with database.read() as tx:
        page = register.page(tx, only, before=before)
        register_records.lines(tx, (*page.emergencies, *page.others), now=only.now, full=True)
        register.count(tx, only)
        register.count(tx, Filter(since=only.since, until=only.until, now=only.now))
        register.systems(tx)
    return page


def _last(database: Database, only: Filter) -> Page:
    return _shown(database, only, register.Place(False, only.since, ""))


def _overview(database: Database, only: Filter) -> object:
    with database.read() as tx:
        return register_overview.overview(tx, only, rules())


def _median(act: Callable[[], object], times: int = 7) -> float:
    act()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[len(took) // 2]


def _export(database: Database, only: Filter, form: str) -> float:
    """MiB of Python memory at the highest, over what there was before."""
    records = register_records.records(database, only, full=True)
    tracemalloc.start()
    if form == "xlsx":
        with tempfile.TemporaryFile() as out:
            pages_export.sheet(out, records)
    else:
        for one in records:
            json.dumps(one) if form == "jsonl" else pages_export.evidence.cells(one)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 2**20


def _verify(database: Database) -> list[str]:
    began = time.perf_counter()
    with database.read() as tx:
        report = verifying.database(tx)
    took = time.perf_counter() - began
    each = took / report.events * 1_000_000
    print(f"verify: {report.events} events in {took:.1f} s, {each:.1f} s a million, {len(report.bad)} wrong")
    slow = [f"verify takes {each:.1f} s a million"] if each > VERIFY else []
    return [*slow, *(f"wrong: {one}" for one in report.bad[:3])]


if __name__ == "__main__":
    sys.exit(main())
