"""A delivering process for `peer_kills`: the real one, with faster time and shorter looks, that may end itself.

    python -m tests.programs.peer_worker START [STEP N]

Works until it is killed; with STEP it kills itself at the N-th time that a row for a peer comes to that step.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import logs, serving, settings
from bot.worker import Worker
from tests.workflows.records import NOW
from workflows import lanes
from workflows.lanes import Lane
from workflows.outbox import Row

FASTER = 20
GAP = timedelta(seconds=40)  # two seconds for us; search at the stand-in lags by less


@dataclass(frozen=True)
class FastClock:
    """Time that goes by 20 times as fast since `start`, the same in every process."""

    start: float

    def now(self) -> datetime:
        """The time of people."""
        return NOW + timedelta(seconds=FASTER * (time.time() - self.start))

    def real(self) -> datetime:
        """The time of machines."""
        return self.now()


@dataclass
class Killer:
    """Ends this process at a step."""

    step: str
    left: int

    def __call__(self, step: str, row: Row) -> None:
        """The hook of `Delivery`."""
        if step == self.step and lanes.of(row.place) is not Lane.SLACK:
            self.left -= 1
            if self.left < 1:
                os.kill(os.getpid(), signal.SIGKILL)


def main(start: str, step: str = "", nth: str = "1") -> None:
    """Deliver until killed."""
    given_settings = settings.load(dotenv=None)
    logs.to_stderr(given_settings)
    parts = serving.compose(given_settings, FastClock(float(start)))
    parts.settle_policy()
    given = parts.worker.delivery
    beyond = {**given.beyond, **replace(parts.jira.ticketing, gap=GAP).table()}
    delivery = replace(given, beyond=beyond, step=Killer(step, int(nth)))
    worker = Worker(parts.database, delivery, parts.clock, holder=str(os.getpid()))
    worker.start()
    print("ready", flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
