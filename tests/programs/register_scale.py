"""The register at 100 000 changes and 1 000 000 events: pages, exports and verification, measured in process.

SQLite in a new folder, or PostgreSQL by `--url` (empty). With `--keep` a file or a URL that is filled once and measured
again each time. Exits 1 when a promise of the register does not hold.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from tests.programs.register_clocks import Cost, alone
from tests.programs.register_export import FORMS
from tests.programs.register_filling import fill
from tests.programs.register_walk import DRAWN, FIRST, LAST, scene, walk
from tests.workflows.test_checkpoints import SIGNER
from workflows import db, verifying
from workflows.models import changes

PAGE_MS, RATIO, MIB, VERIFY = 50.0, 2.0, 16.0, 5.0


def main() -> int:
    """Fill, measure, say."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--changes", type=int, default=100_000)
    given.add_argument("--events", type=int, default=1_000_000)
    given.add_argument("--url", default="", help="an empty database; default: SQLite in a new folder")
    given.add_argument("--keep", default="", help="a SQLite file or a URL: filled if it is empty, and kept")
    given.add_argument("--only", default="pages,exports,verify", help="what to measure of pages, exports, verify")
    asked = given.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="countersign-scale-") as folder:
        kept = asked.keep if "://" in asked.keep else f"sqlite:///{Path(asked.keep).absolute()}"
        url = kept if asked.keep else asked.url or f"sqlite:///{folder}/countersign.db"
        _filled(url, asked.changes, asked.events)
        bad = [one for what in asked.only.split(",") for one in MEASURES[what](url, folder)]
    for one in bad:
        print(f"NOT KEPT: {one}")
    return 1 if bad else 0


def _filled(url: str, many: int, wanted: int) -> None:
    db.migrate(url)
    database = db.connect(url)
    with database.read() as tx:
        there = tx.scalar(sa.select(sa.func.count()).select_from(changes)) or 0
    began = time.perf_counter()
    if not there:
        fill(database, many, wanted)
    alone(database)
    database.close()
    print(f"{there or many} changes, filled in {time.perf_counter() - began:.0f} s", flush=True)


def pages(url: str, folder: str) -> Iterator[str]:
    """Measure every page; yield what is not kept: of a page of the list, and how first and last one compare."""
    found: dict[str, Cost] = {}
    with scene(url, Path(folder)) as at:
        for name, cost in walk(at):
            print(f"{cost}  {name}", flush=True)
            found[name] = cost
    yield from slow(found)


def slow(found: Mapping[str, Cost]) -> Iterator[str]:
    """What of these is slower than promised. A sample hashes the key of every change: it is told, not promised."""
    for name, cost in found.items():
        if cost.cpu >= PAGE_MS and name not in DRAWN:
            yield f"a page takes {cost.cpu:.1f} ms: {name}"
    first, last = found[FIRST].cpu, found[LAST].cpu
    ratio = max(first, last) / min(first, last)
    print(f"first page {first:.1f} ms, last page {last:.1f} ms, ratio {ratio:.2f}")
    if ratio > RATIO:
        yield f"first and last page differ by {ratio:.2f}"


def exports(url: str, folder: str) -> Iterator[str]:
    """Take the whole population in each form, each in a process of its own; yield what takes too much memory."""
    for form in FORMS:
        words = [sys.executable, "-m", "tests.programs.register_export", url, form]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        size, took = (
            told["bytes"] / 2**20,
            f"{told['processor']:.0f} s of processor, {told['seconds']:.0f} s on the wall",
        )
        print(f"export {form}: {size:.0f} MiB in {took}, the first byte after {told['first']:.1f} s", flush=True)
        print(f"  {told['extra']:.1f} MiB more memory at its highest, {told['disk']:.0f} MiB of files for a while")
        if told["extra"] >= MIB:
            yield f"the export {form} takes {told['extra']:.1f} MiB"


def verify(url: str, folder: str) -> Iterator[str]:
    """Hold all of it against `verify`; yield what is wrong, or slow."""
    began, clock = time.perf_counter(), time.process_time()
    report = verifying.database(db.parse(url).render_as_string(hide_password=False), keys=[SIGNER.public])
    took, worked = time.perf_counter() - began, time.process_time() - clock
    each = worked / report.events * 1_000_000
    print(f"verify: {report.events} events in {worked:.1f} s of processor, {took:.1f} s on the wall: ", end="")
    print(f"{each:.1f} s a million, {len(report.bad)} wrong")
    if each > VERIFY:
        yield f"verify takes {each:.1f} s a million"
    yield from (f"wrong: {one}" for one in report.bad[:3])


MEASURES = {"pages": pages, "exports": exports, "verify": verify}


if __name__ == "__main__":
    sys.exit(main())
