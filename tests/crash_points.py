"""Kill the worker between any two of its steps, again and again, and count what people see.

`python -m tests.crash_points` prints the counts for a run of 100 kills per step on SQLite; the tests run a smaller one
on both databases. A kill is an exception that nothing catches: no settling, no clean-up, as with SIGKILL.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.worker import Worker
from tests.bot.sending import CARD, Room, room
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
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 100))
