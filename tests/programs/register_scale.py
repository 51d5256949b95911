"""The register at 100 000 changes and 1 000 000 events: pages, counts, exports and verification, measured in process.

SQLite in a new folder, or an empty PostgreSQL by `--url`. Exits 1 when a promise of the register does not hold.
"""

import argparse
import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.register import pages_export
from tests.build import T0, rules
from tests.programs.register_filling import SYSTEMS, fill
from workflows import db, evidence, register, register_overview, register_records, verifying
from workflows.change import Kind
from workflows.db import Database
from workflows.models import changes
from workflows.register import Filter, Page

PAGE_MS, RATIO, MIB, VERIFY = 50.0, 2.0, 16.0, 5.0


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
        print(f"filled with {asked.changes} changes in {time.perf_counter() - began:.0f} s", flush=True)
        bad = measure(database)
        database.close()
    for one in bad:
        print(f"NOT KEPT: {one}")
    return 1 if bad else 0


def measure(database: Database) -> list[str]:
    """Measure, print, and return what is not kept."""
    with database.read() as tx:
        last = tx.scalar(sa.select(sa.func.max(changes.c.declared_at))) or T0
    whole = Filter(since=T0 - timedelta(days=1), until=last + timedelta(days=1), now=last)
    pages = {name: _page(database, only) for name, only in _filters(whole, last).items()}
    bad = [f"a page takes {ms:.1f} ms: {name}" for name, ms in pages.items() if ms >= PAGE_MS]
    for name, ms in sorted(pages.items(), key=lambda one: -one[1]):
        print(f"{ms:7.1f} ms  {name}")
    first, end = pages["first page"], _best(database, lambda: _last(database, whole))
    print(f"first page {first:.1f} ms, last page {end:.1f} ms, ratio {max(first, end) / min(first, end):.2f}")
    if max(first, end) > RATIO * min(first, end) or end >= PAGE_MS:
        bad.append("first and last page differ by more than twice, or the last one is slow")
    quarter = replace(whole, since=last - timedelta(days=90))
    for span, only in (("90 days", quarter), ("all", whole)):
        took = _best(database, lambda only=only: _overview(database, only), 3)  # type: ignore[misc]
        print(f"overview of {span}: {took:.1f} ms")
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
    return _best(database, lambda: _shown(database, only, None))


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


def _best(database: Database, act: Callable[[], object], times: int = 9) -> float:
    """Milliseconds of the quickest of some runs.

    Of SQLite, which works in this very process, what the processor did: what other programs take is not ours.
    """
    clock = time.process_time if database.dialect == "sqlite" else time.perf_counter
    act()
    took = []
    for _ in range(times):
        began = clock()
        act()
        took.append((clock() - began) * 1000)
    return min(took)


def _export(database: Database, only: Filter, form: str) -> float:
    """MiB of Python memory at the highest, over what there was before."""
    records = register_records.records(database, only, full=True)
    tracemalloc.start()
    if form == "xlsx":
        with tempfile.TemporaryFile() as out:
            pages_export.sheet(out, records)
    else:
        for one in records:
            json.dumps(one) if form == "jsonl" else evidence.cells(one)
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
