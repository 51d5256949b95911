"""What a piece of work costs: processor time of this process and of its PostgreSQL, and the time on the wall."""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from workflows.db import Database

TIMES = 7


@dataclass(frozen=True, slots=True)
class Cost:
    """Of some runs, in milliseconds: processor time of the quickest, which others disturbed least; and the medians."""

    cpu: float
    usual: float
    wall: float

    def __str__(self) -> str:
        return f"{self.cpu:7.1f} ms of processor (median {self.usual:.1f}; {self.wall:.1f} on the wall)"


def cost(database: Database, act: Callable[[], object], times: int = TIMES) -> Cost:
    """Some runs after one that is not counted.

    Of a PostgreSQL on this machine its work for us counts too; of one elsewhere nobody can tell, so the wall does.
    """
    act()
    spent, waited = [], []
    for _ in range(times):
        pids = _server(database)
        theirs, mine, began = _worked(pids), time.process_time(), time.perf_counter()
        act()
        waited.append((time.perf_counter() - began) * 1000)
        own, after = time.process_time() - mine, _worked(pids)
        if _server(database) != pids:
            continue  # somebody came or went, whose work is not known
        spent.append(waited[-1] if after is None or theirs is None else (own + after - theirs) * 1000)
    return Cost(min(spent, default=min(waited)), median(spent or waited), median(waited))


def _server(database: Database) -> tuple[int, ...]:
    """The processes of PostgreSQL that work for clients of this database."""
    if database.dialect == "sqlite":
        return ()
    mine = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    with database.read() as tx:
        return tuple(sorted(tx.scalars(sa.text(mine))))


def _worked(pids: tuple[int, ...]) -> float | None:
    """Seconds that these processes have worked so far; None: they are elsewhere."""
    files = [Path(f"/proc/{pid}/schedstat") for pid in pids]
    if not all(file.exists() for file in files):
        return None
    return sum(int(file.read_text().split()[0]) for file in files) / 1e9


def alone(database: Database) -> None:
    """Have PostgreSQL answer each question in one process, so that all its work is counted."""
    if database.dialect != "sqlite":
        with database.write() as tx:
            tx.exec_driver_sql(f"ALTER DATABASE {_name(tx)} SET max_parallel_workers_per_gather = 0")


def _name(tx: sa.Connection) -> str:
    return str(tx.scalar(sa.text("SELECT quote_ident(current_database())")))


def resident(what: str = "VmRSS") -> float:
    """MiB that this process holds; `VmHWM`: at the most since `forget`."""
    said = Path("/proc/self/status").read_text()
    found = re.search(rf"^{what}:\s+(\d+) kB", said, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def forget() -> None:
    """Have `VmHWM` begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


def open_files(folder: str) -> int:
    """Bytes on disk of the files in this folder, also of those without a name, that this process holds open."""
    found = 0
    for one in Path("/proc/self/fd").iterdir():
        try:
            if os.readlink(one).startswith(folder):
                found += one.stat().st_blocks * 512
        except OSError:
            continue
    return found
