"""`make bench`: what a durable Approve costs beside a bare Bolt click, and what auditors at work do to it.

On SQLite, on the disk of the temporary folder (TMPDIR): WAL, synchronous=FULL, every click a transaction of its own
with its event, its outbox rows and its inbox row. Exit 1 when p99 at 50 clicks a second reaches 250 ms.
"""

import argparse
import logging
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from slack_bolt import App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from tests import build
from tests.build import T0
from tests.workflows.desk import Desk
from tests.workflows.records import declared
from workflows import db, deciding, evidence, inbox, verifying
from workflows.case import Done
from workflows.turn import Turn

RATE = 50  # clicks a second
LIMIT = 250.0  # milliseconds
HISTORY = 150  # whole changes in the record before it begins
BESIDE = 400  # clicks of each kind in the comparison


def seed(desk: Desk, clicks: int) -> Iterator[str]:
    """Put finished changes and `clicks` undecided ones into the record; yield the ids of the latter."""
    for _ in range(HISTORY):
        desk.declare()
        desk.approve()
        desk.deploy()
        desk.close()
    with desk.database.write() as tx:
        return iter([declared(tx, requester="dev", implementer="dev", at=T0).id for _ in range(clicks)])


def durable(desk: Desk, click: str) -> None:
    """What a real Approve does: the inbox row, the decision on stored readings, event, outbox rows, commit."""
    with desk.database.write() as tx:
        assert inbox.once(tx, [f"click:{click}"], T0) is None
        turn = Turn(tx, build.actor("cto"), desk.rules, T0 + timedelta(seconds=5), desk.new_id, desk.salt)
        done = deciding.approve(turn, click, 1)
        assert isinstance(done, Done), done
        inbox.answer(tx, [f"click:{click}"], None)


def click_app(act: Callable[[str], None]) -> Callable[[str], None]:
    """A Bolt app set up as the product's; pressing the button calls `act` with its value before the ack."""
    app = App(
        logger=logging.getLogger("bench"),
        process_before_response=True,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1"),
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        ignoring_self_events_enabled=False,
    )

    def approve(context: BoltContext, body: dict[str, Any]) -> BoltResponse:
        act(body["actions"][0]["value"])
        return BoltResponse(status=200)

    app.action("approve")(approve)

    def press(value: str) -> None:
        action = {"type": "button", "action_id": "approve", "block_id": "b", "value": value, "action_ts": "1"}
        body = {"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "UCTO"}, "actions": [action]}
        answer = app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert answer.status == 200

    return press


def timed(press: Callable[[str], None], value: str) -> float:
    """Milliseconds of one click."""
    began = time.perf_counter()
    press(value)
    return (time.perf_counter() - began) * 1000


def compare(desk: Desk, undecided: Iterator[str]) -> None:
    """Bare and durable clicks in turn, one caller."""
    bare, full = click_app(lambda value: None), click_app(lambda value: durable(desk, value))
    for press in (bare, full):
        press(next(undecided))
    took: dict[str, list[float]] = {"bare Bolt click": [], "durable Approve": []}
    busy = dict.fromkeys(took, 0.0)
    for _ in range(BESIDE):
        for name, press, value in (("bare Bolt click", bare, ""), ("durable Approve", full, next(undecided))):
            began = time.process_time()
            took[name].append(timed(press, value))
            busy[name] += (time.process_time() - began) * 1000
    for name, times in took.items():
        rate = 1000 / statistics.mean(times)
        print(f"{name:34} {say(times)}   {rate:5.0f} clicks/s, one caller; CPU {busy[name] / BESIDE:.2f} ms a click")
    one, other = took.values()
    print(f"durable / bare (p50)               {statistics.median(other) / statistics.median(one):.1f}x")


def say(times: list[float]) -> str:
    """`p50 1.2 ms  p99 3.4 ms`."""
    ordered = sorted(times)
    return f"p50 {ordered[len(ordered) // 2]:6.2f} ms  p99 {ordered[int(len(ordered) * 0.99)]:6.2f} ms"


def load(desk: Desk, undecided: Iterator[str], seconds: int) -> list[float]:
    """Press `RATE` times a second whatever happens; a click's time runs from when it was due."""
    press = click_app(lambda value: durable(desk, value))
    start = time.perf_counter() + 0.1

    def one(n: int, value: str) -> float:
        due = start + n / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        press(value)
        return (time.perf_counter() - due) * 1000

    with ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(one, n, next(undecided)) for n in range(seconds * RATE)]
        return [future.result() for future in waiting]


def audit(url: str) -> int:
    """One full export and one full verify; the number of events."""
    database = db.connect(url, role="cli")
    lines = sum(1 for _ in evidence.jsonl(database))
    database.close()
    report = verifying.database(url)
    assert report.ok, report.bad[:3]
    assert lines
    return report.events


@contextmanager
def auditing_here(url: str) -> Iterator[list[int]]:
    """Audit in a loop in a thread of this process: what it would do to clicks."""
    done, over = list[int](), threading.Event()

    def loop() -> None:
        while not over.is_set():
            done.append(audit(url))

    thread = threading.Thread(target=loop)
    thread.start()
    yield done
    over.set()
    thread.join()


@contextmanager
def auditing_beside(url: str) -> Iterator[list[int]]:
    """Audit in a loop in a process of its own, as the command line does."""
    done = list[int]()
    command = [sys.executable, "-m", "tests.bench", "--audit", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()  # the first one is through: imports are over
        yield done
        process.terminate()
        done += [int(line) for line in process.stdout]


@contextmanager
def nobody(url: str) -> Iterator[list[int]]:
    yield []


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="how long each load lasts (10)")
    parser.add_argument("--audit", metavar="URL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.audit:
        while True:
            print(audit(given.audit), flush=True)
    logging.getLogger("bench").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        db.migrate(url)
        desk = Desk(db.connect(url))
        try:
            return run(desk, url, given.seconds)
        finally:
            desk.database.close()


def run(desk: Desk, url: str, seconds: int) -> int:
    """Print every number; 1 when a limit is broken."""
    clicks = BESIDE + 2 + 3 * seconds * RATE
    print(f"SQLite {sqlite3.sqlite_version}; {HISTORY} finished changes and {clicks} undecided ones in the record")
    undecided = seed(desk, clicks)
    compare(desk, undecided)
    slow = False
    for name, auditors, judged in (
        ("nobody else", nobody, True),
        ("beside export + verify (process)", auditing_beside, True),
        ("beside export + verify (thread)", auditing_here, False),  # nothing in the product does this: to know
    ):
        with auditors(url) as done:
            times = load(desk, undecided, seconds)
        p99 = sorted(times)[int(len(times) * 0.99)]
        slow |= judged and p99 >= LIMIT
        audits = f"{len(done)} audits of up to {max(done)} events" if done else ""
        print(f"{RATE}/s, {name:28} {say(times)}   {audits}".rstrip())
    print(f"p99 {'over' if slow else 'under'} {LIMIT:.0f} ms")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
