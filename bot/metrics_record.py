"""How the record is at the moment of a scrape: one short read, and no number that grows dearer with its age."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, StateSetMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from workflows import lanes, leases, peer_state, walks
from workflows.db import Database
from workflows.gate_models import runs, sightings
from workflows.lanes import Lane
from workflows.models import changes, facts, outbox
from workflows.moments import Moment
from workflows.peer_state import Health
from workflows.runs import State
from workflows.walks import Walk

BEAT = "worker-real"
READ = ("account", "email", "usergroup", "oncall", "github")  # kinds of facts that decisions rest on

# A place waits since the change last moved; when it was first put says nothing of it.
_SINCE = sa.case(
    (outbox.c.kind == "notice", outbox.c.created_at), else_=sa.func.coalesce(changes.c.updated_at, outbox.c.created_at)
)
_WAITING = (
    sa.select(
        outbox.c.place,
        sa.func.count().label("n"),
        sa.func.min(_SINCE).label("since"),
    )
    .outerjoin(changes, changes.c.id == outbox.c.change)
    .where(
        outbox.c.state == "open",
        outbox.c.wanted > outbox.c.sent,
        sa.or_(outbox.c.epoch > 0, outbox.c.next_at <= sa.bindparam("now", type_=Moment)),
    )
    .group_by(outbox.c.place)
)
_DEAD = sa.select(outbox.c.place, sa.func.count().label("n")).where(outbox.c.state == "dead").group_by(outbox.c.place)
_FACTS = (
    sa.select(facts.c.kind, sa.func.min(facts.c.as_of).label("oldest"))
    .where(facts.c.kind.in_(READ), facts.c.as_of.is_not(None))
    .group_by(facts.c.kind)
)
_RUNS = sa.select(runs.c.state, sa.func.count().label("n")).group_by(runs.c.state)
_SEEN = sa.select(sa.func.count()).select_from(sightings).where(sightings.c.explained.is_(None))
_LATE = (
    sa.select(sa.func.count())
    .select_from(changes)
    .where(
        changes.c.closed_at.is_(None),
        changes.c.drill.is_(False),
        changes.c.reviewed_at.is_(None),
        changes.c.review_due < sa.bindparam("now", type_=Moment),
    )
)
_GIVEN = (State.APPROVED, State.REJECTED)


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A collector of what the record holds; where the record does not answer only that is told."""

    db: Database
    clock: Clock

    def describe(self) -> list[Metric]:
        """Nothing is read when it is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All of it, read now."""
        try:
            with self.db.read() as tx:
                found = list(self._read(tx))
        except SQLAlchemyError:
            yield GaugeMetricFamily("countersign_record_up", _UP, 0)
            return
        yield GaugeMetricFamily("countersign_record_up", _UP, 1)
        yield from found

    def _read(self, tx: Connection) -> Iterator[Metric]:
        now, real = self.clock.now(), self.clock.real()
        yield from _outbox(tx, now)
        yield _dead(tx)
        yield _peers(tx)
        beat = leases.last_beat(tx, BEAT)
        age = [] if beat is None else [((), (real - beat).total_seconds())]
        yield _gauge("worker_heartbeat_age_seconds", "Since a worker was last alive; absent: never.", (), age)
        ages = [((row.kind,), (now - row.oldest).total_seconds()) for row in tx.execute(_FACTS)]
        yield _gauge("reading_age_seconds", "Of the oldest reading that decisions rest on.", ("kind",), ages)
        yield from _gate(tx)
        late = tx.scalar(_LATE, {"now": now})
        yield _gauge("reviews_overdue", "Reviews past their due time.", (), [((), late)])
        yield _gauge(
            "sightings_unexplained", "Deployments and commits not explained yet.", (), [((), tx.scalar(_SEEN))]
        )
        yield from _walked(walks.last(tx), now)


_UP = "Whether the record answers."
_Samples = Iterable[tuple[tuple[str, ...], float | None]]


def _gauge(name: str, words: str, labels: tuple[str, ...], samples: _Samples) -> Metric:
    family = GaugeMetricFamily(f"countersign_{name}", words, labels=labels)
    for values, value in samples:
        family.add_metric(values, value or 0)
    return family


def _outbox(tx: Connection, now: datetime) -> Iterator[Metric]:
    depth, since = Counter[Lane](), dict[Lane, datetime]()
    for row in tx.execute(_WAITING, {"now": now}):
        lane = lanes.of(row.place)
        depth[lane] += row.n
        since[lane] = min(since.get(lane, row.since), row.since)
    yield _gauge("outbox_depth", "What waits to be delivered.", ("lane",), [((lane,), depth[lane]) for lane in Lane])
    ages = [((lane,), max((now - since.get(lane, now)).total_seconds(), 0.0)) for lane in Lane]
    yield _gauge("outbox_oldest_age_seconds", "Of what waits longest.", ("lane",), ages)


def _dead(tx: Connection) -> Metric:
    dead = Counter[Lane]()
    for row in tx.execute(_DEAD):
        dead[lanes.of(row.place)] += row.n
    return _gauge("outbox_dead", "Dead letters.", ("lane",), [((lane,), dead[lane]) for lane in Lane])


def _peers(tx: Connection) -> Metric:
    family = StateSetMetricFamily("countersign_peer_state", "How a peer answers.", labels=("peer", "lane"))
    for lane, state in peer_state.of_lanes(tx).items():
        family.add_metric((lanes.KEPT[lane], lane), {health.value: state.health is health for health in Health})
    return family


def _walked(last: Walk | None, now: datetime) -> Iterator[Metric]:
    age = [((), (now - last.at).total_seconds())] if last else []
    yield _gauge("history_checked_age_seconds", "Since every event was last checked; absent: never.", (), age)
    wrong = [((), float(last.wrong))] if last else []
    yield _gauge("history_wrong", "How much that check found wrong.", (), wrong)


def _gate(tx: Connection) -> Iterator[Metric]:
    by_state = {row.state: row.n for row in tx.execute(_RUNS)}
    given = CounterMetricFamily("countersign_gate_verdicts", "Verdicts given to pipelines.", labels=("verdict",))
    for state in _GIVEN:
        given.add_metric((state,), by_state.get(state, 0))
    yield given
    waiting = by_state.get(State.WAITING, 0)
    yield _gauge("gate_runs_waiting", "Pipeline runs that wait for a verdict.", (), [((), waiting)])
