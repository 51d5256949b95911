"""Kill the worker between any two of its steps, again and again, and count what people see.

`python -m tests.crash_points` prints the counts for a run of 100 kills per step on SQLite; the tests run a smaller one
on both databases. A kill is an exception that nothing catches: no settling, no clean-up. `python -m tests.crash_points
sigkill 50` kills a real worker process, with all its threads, at random moments; its clock runs 20 times as fast, so
that a lease ends after three seconds.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.addressbook import Addressbook
from bot.delivery import Delivery
from bot.outcomes import Outcomes
from bot.places import Addresses
from bot.slack import Slack
from bot.worker import Worker
from tests.bot.sending import CARD, DRAW, TOKEN, Room, make_workspace, room
from tests.workflows.records import NOW, new_id
from workflows import db
from workflows.outbox import Row

STEPS = ("claimed", "marked", "sent")
THREAD = "thread:#incidents"


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Killer:
    """Ends the process at a step, for so many rows; `which` counts the rows that were killed."""

    step: str
    kills: int
    prefix: str = ""
    which: list[str] = field(default_factory=list)

    def __call__(self, step: str, row: Row) -> None:
        """The hook of `Delivery`."""
        if step == self.step and row.place.startswith(self.prefix) and len(self.which) < self.kills:
            self.which.append(row.key)
            raise Killed(step)


@dataclass(frozen=True)
class Count:
    """What people see of what was put: how often each text stands there."""

    lost: list[str]
    doubled: list[str]


def run_until_done(here: Room, new_worker: Callable[[], Worker], minutes: int = 240) -> None:
    """A worker that is started again whenever it is killed; it finds its leases run out."""
    for _ in range(minutes):
        with suppress(Killed):
            new_worker().drain()
        here.clock.pass_(seconds=61)
        if not here.open_rows():
            return
    raise AssertionError(f"not done after {minutes} minutes: {here.open_rows()}")


def put(here: Room, changes: int) -> list[str]:
    """Cards, lines under them, messages to people and to a channel; the texts that must stand there once."""
    wanted: list[str] = []
    for n in range(changes):
        case = here.declare()
        for place, name in ((THREAD, "line"), (THREAD, "second"), ("dm:cto", "told"), ("channel:CESC", "alert")):
            after = f"render:{case.id}:{CARD}" if place == THREAD else None
            here.notify(f"{name} {n}", place, change=case.id, after=after)
            wanted.append(f"{name} {n}.")
        wanted.append(f"{case.key} is declared at 1.")
    return wanted


def count(here: Room, wanted: list[str]) -> Count:
    """Look at everything that stands in Slack."""
    seen: Counter[str] = Counter()
    for channel in ("CINC", "CESC", here.ws.dm("UCTO")):
        seen.update(message.text for message in here.ws.messages(channel, "UCTO"))
    return Count([text for text in wanted if not seen[text]], [text for text in wanted if seen[text] > 1])


@dataclass(frozen=True)
class FastClock:
    """Time that goes by 20 times as fast since `start`, the same in every process."""

    start: float

    def now(self) -> datetime:
        """The time of people."""
        return NOW + timedelta(seconds=20 * (time.time() - self.start))

    def real(self) -> datetime:
        """The time of machines."""
        return self.now()


def child(database_url: str, slack_url: str, start: str) -> int:
    """A worker process that works until it is killed."""
    database, clock = db.connect(database_url), FastClock(float(start))
    slack = Slack(TOKEN, clock, api_url=f"{slack_url}/api/")
    outcomes = Outcomes(database, lambda: Addresses("#incidents", "#escalations"), clock, new_id)
    worker = Worker(
        database, Delivery(slack, Addressbook(slack, clock), outcomes, DRAW), clock, holder=str(os.getpid())
    )
    worker.start()
    print("ready", flush=True)  # noqa: T201
    time.sleep(600)
    return 0


def sigkill(kills: int) -> int:
    """Kill a worker process at random moments while it sends; 0 when nothing was lost or doubled."""
    chance, start = random.Random(kills), time.time()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'record.db'}"
        db.migrate(url)
        database = db.connect(url, role="cli")
        with room(database, lambda _: make_workspace(FastClock(start))) as here:
            wanted = put(here, kills * 3)
            argv = [sys.executable, "-m", "tests.crash_points", "child", url, here.url, str(start)]
            for n in range(kills + 60):
                with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
                    assert process.stdout is not None
                    process.stdout.readline()
                    time.sleep(chance.uniform(0, 0.3) if n < kills else 2)
                    process.kill()
                if n >= kills and not here.open_rows():
                    break
            found, marked = count(here, wanted), len(wanted)
        database.close()
    print(f"{kills} SIGKILLs, {marked} messages, {len(found.lost)} lost, {len(found.doubled)} doubled")  # noqa: T201
    return 1 if found.lost or found.doubled else 0


def main(kills: int) -> int:
    """Run every step on SQLite; 0 when nothing was lost or doubled."""
    bad = 0
    for step in STEPS:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'record.db'}"
            db.migrate(url)
            database = db.connect(url)
            with room(database) as here:
                wanted, killer = put(here, kills // 4), Killer(step, kills)
                run_until_done(here, lambda k=killer: here.worker(step=k), minutes=kills * 4)  # type: ignore[misc]
                found = count(here, wanted)
            database.close()
        print(f"{step}: {len(killer.which)} kills, {len(found.lost)} lost, {len(found.doubled)} doubled")  # noqa: T201
        bad += len(found.lost) + len(found.doubled)
    return 1 if bad else 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["child", database_url, slack_url, start]:
            sys.exit(child(database_url, slack_url, start))
        case ["sigkill", kills]:
            sys.exit(sigkill(int(kills)))
        case given:
            sys.exit(main(int(given[0]) if given else 100))
