"""The worker with its threads: prompt, fair, alone where it has to be, and gone when it is told to."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock, SystemClock
from bot.playground.faults import Fault
from bot.worker import TICK_LEASE, Downtime, Worker
from tests.bot.sending import Room, room
from tests.crash_points import Count, count, put
from workflows import leases
from workflows.db import Database, connect


@pytest.fixture
def here(database: Database) -> Iterator[Room]:
    with room(database) as made:
        yield made


@pytest.fixture
def started(here: Room) -> Iterator[Callable[[Worker], Worker]]:
    """Starts workers that are stopped at the end."""
    running: list[Worker] = []

    def start(worker: Worker) -> Worker:
        running.append(worker)
        worker.start()
        return worker

    yield start
    for worker in running:
        worker.stop()


def until(true: Callable[[], bool], seconds: float = 5) -> float:
    """Wait until something is true; how many seconds it took."""
    begun = time.monotonic()
    while not true():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.01)
    return time.monotonic() - begun


def test_a_card_moves_within_a_second_of_the_commit(here: Room, started: Callable[[Worker], Worker]) -> None:
    started(here.worker())
    case = here.declare()
    assert until(lambda: here.texts("CINC") == [f"{case.key} is declared at 1."]) < 1
    here.advance(case.id)
    assert until(lambda: here.texts("CINC") == [f"{case.key} is declared at 2."]) < 1


@pytest.mark.both_databases
def test_what_another_process_committed_is_found_by_looking(
    here: Room, database_url: str, started: Callable[[Worker], Worker]
) -> None:
    started(here.worker())
    time.sleep(0.2)
    other = connect(database_url, role="cli")
    replace(here, db=other).notify("silent", "dm:cto")
    other.close()
    until(lambda: here.texts(here.ws.dm("UCTO"), "UCTO") == ["silent."], 2)


def test_a_slow_channel_delays_no_other(here: Room, started: Callable[[Worker], Worker]) -> None:
    here.ws.faults.add(Fault("delay", "chat.postEphemeral", seconds=1.2))
    for n in range(6):
        here.notify(f"slow {n}", "private:CINC:cto", change=f"c{n}")
    worker = here.worker()
    started(worker)
    time.sleep(0.2)
    case = here.declare()
    assert until(lambda: f"{case.key} is declared at 1." in here.texts("CINC")) < 1


@pytest.mark.both_databases
def test_two_workers_at_once_send_everything_once(here: Room, started: Callable[[Worker], Worker]) -> None:
    wanted = put(here, 6)
    for holder in ("one", "two"):
        started(here.worker(holder=holder))
    until(lambda: not here.open_rows(), 20)
    assert count(here, wanted) == Count([], [])


def test_a_fault_of_a_tick_ends_neither_the_tick_nor_the_worker(here: Room) -> None:
    done: list[int] = []

    def sweep() -> None:
        done.append(1)
        if len(done) == 1:
            raise RuntimeError("once")

    worker = here.worker(ticks={"sweep": (timedelta(seconds=15), sweep)})
    assert not worker.tick("sweep")
    assert worker.tick("sweep")
    assert len(done) == 2


def test_a_tick_is_done_by_one_worker_at_a_time(here: Room) -> None:
    inside, let_go = threading.Event(), threading.Event()

    def slow() -> None:
        inside.set()
        let_go.wait(5)

    ticks = {"sweep": (timedelta(seconds=15), slow)}
    first, second = here.worker(ticks=ticks, holder="one"), here.worker(ticks=ticks, holder="two")
    running = threading.Thread(target=first.tick, args=("sweep",))
    running.start()
    inside.wait(5)
    assert not second.tick("sweep")
    let_go.set()
    running.join(5)
    assert second.tick("sweep")


def test_a_tick_whose_worker_died_is_taken_over(here: Room) -> None:
    with here.db.write() as tx:
        assert leases.take(tx, "tick:sweep", "dead", real=here.clock.real(), length=TICK_LEASE)
    worker = here.worker(ticks={"sweep": (timedelta(seconds=15), lambda: None)})
    assert not worker.tick("sweep")
    here.clock.ahead = timedelta(days=1)
    assert not worker.tick("sweep")
    here.clock.pass_(seconds=TICK_LEASE.seconds)
    assert worker.tick("sweep")


def test_ticks_run_by_themselves_from_the_start(here: Room, started: Callable[[Worker], Worker]) -> None:
    ticked = threading.Event()
    started(here.worker(ticks={"sweep": (timedelta(hours=1), ticked.set)}))
    assert ticked.wait(3)


def test_downtime_is_known_by_the_time_of_people(here: Room) -> None:
    first = here.worker()
    first.heartbeat()
    here.clock.pass_(seconds=20)
    first.heartbeat()
    assert first.downtime is None
    since = here.clock.now()
    here.clock.pass_(hours=3)
    second = here.worker()
    second.heartbeat()
    assert second.downtime == Downtime(since, since + timedelta(hours=3))


def test_moving_the_demos_clock_is_no_downtime(here: Room) -> None:
    worker = here.worker()
    worker.heartbeat()
    here.clock.ahead = timedelta(days=2)
    worker.heartbeat()
    assert worker.downtime is None


def test_a_stopped_worker_sends_no_more_and_is_gone_soon(here: Room) -> None:
    worker = here.worker()
    worker.start()
    begun = time.monotonic()
    worker.stop()
    assert time.monotonic() - begun < 2
    here.notify("late", "dm:cto")
    time.sleep(0.2)
    assert here.open_rows() == ["late"]
    assert not [t.name for t in threading.enumerate() if t.name.startswith(("dispatcher", "sender", "APScheduler"))]


def test_the_shifted_clock_only_goes_forward() -> None:
    clock = ShiftedClock(timedelta(hours=1))
    clock.advance(timedelta(hours=2))
    assert timedelta(hours=3) <= clock.now() - clock.real() + timedelta(seconds=1)
    assert abs(clock.real() - SystemClock().real()) < timedelta(seconds=5)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="forward"):
        ShiftedClock(timedelta(seconds=-1))
