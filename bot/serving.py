"""One process put together: the record, the policy, Slack in and out, the ticks; how it starts and ends."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler
from slack_sdk import WebClient
from starlette.applications import Starlette

from bot import exclusive, keys, logs, ready
from bot.addressbook import Addressbook
from bot.app import build_app
from bot.clock import Clock, SystemClock
from bot.delivery import Delivery
from bot.desk import Desk
from bot.drawings import Drawings
from bot.outcomes import Outcomes
from bot.places import Addresses
from bot.policies import PolicyFile
from bot.settings import Settings
from bot.slack import Slack
from bot.socket_mode import SocketMode
from bot.standing import Readings
from bot.sweeping import Sweep
from bot.web import Check, build_web
from bot.worker import Worker
from workflows import db, drafts, inbox
from workflows.db import Database

SWEEP = timedelta(seconds=5)
REFRESH = timedelta(seconds=10)
POLICY = timedelta(seconds=5)
TIDY = timedelta(minutes=10)
GRACE = 5
LOG = structlog.get_logger("serving")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a process is made of; `start` and `stop` are called once each, by whoever runs it."""

    settings: Settings
    clock: Clock
    database: Database
    policy: PolicyFile
    slack: Slack
    readings: Readings
    desk: Desk
    worker: Worker
    sweeper: Sweep
    holder: str

    def start(self, *, works: bool) -> None:
        """Agree on the policy; `works`: deliver and tick in this process too."""
        self.settle_policy()
        if works:
            self.worker.start()

    def stop(self) -> None:
        """End what runs, within about five seconds; what was not settled is looked up by the next start."""
        self.worker.stop(GRACE)
        self.readings.close()
        self.policy.leave(self.database, self.holder)
        self.database.close()

    def settle_policy(self) -> None:
        """Take a changed policy file, and agree with other processes on the one in force."""
        found = self.policy.poll(self.clock.now())
        if found is not None:
            LOG.warning("policy", said=str(found))
        self.policy.settle(self.database, holder=self.holder, now=self.clock.now(), real=self.clock.real())

    def sweep(self) -> int:
        """Do what is due, and ask whom new readings have brought up; nothing under a policy not in force.

        Raises Unswept when a change could not be looked at, after everything else was done.
        """
        if not self.policy.writable:
            return 0
        return self.sweeper()

    def tidy(self) -> None:
        """Forget deliveries and drafts that nobody can ask for any more, and let erased texts leave SQLite's log."""
        with self.database.write() as tx:
            inbox.sweep(tx, self.clock.real())
            drafts.sweep(tx, self.clock.now())
        self.database.fold_log()

    def checks(self) -> dict[str, Check]:
        """What /readyz asks."""
        return {
            "database": ready.database(self.database),
            "policy": self.policy.why_not,
            "worker": ready.heartbeat(self.database, self.clock),
            "slack": lambda: f"Slack refuses us: {self.slack.lost.error}" if self.slack.lost else None,
        }


def compose(settings: Settings, clock: Clock) -> Parts:
    """Put a process together without starting anything; raises PolicyMissing, PolicyError, GuardsMissing."""
    policy = PolicyFile(Path(settings.policy_file), now=clock.now())
    database = db.connect(settings.database_url)
    db.refuse_without_guards(database)

    def rules() -> Any:
        return policy.rules

    def client() -> WebClient:
        quiet = logging.getLogger("bot.slack.client")
        token, url = settings.slack_bot_token, settings.slack_api_url
        return WebClient(token, base_url=url, timeout=2, retry_handlers=[], logger=quiet)

    slack = Slack(settings.slack_bot_token, clock, api_url=settings.slack_api_url)
    readings = Readings(database, clock, client, rules, keys.new_id)
    desk = Desk(
        db=database, policy=policy, clock=clock, readings=readings, slack=client, new_id=keys.new_id, salt=keys.salt
    )

    def addresses() -> Addresses:
        return Addresses(policy.rules.incidents, policy.rules.escalations)

    drawings = Drawings(rules, clock.now, lambda: str(policy.broken) if policy.broken else None)
    outcomes = Outcomes(database, addresses, clock, keys.new_id, keys.fraction)
    delivery = Delivery(slack, Addressbook(slack, clock), outcomes, drawings.table())
    holder = keys.new_id()
    parts: list[Parts] = []
    ticks: dict[str, tuple[timedelta, Callable[[], object]]] = {
        "sweep": (SWEEP, lambda: parts[0].sweep()),
        "refresh": (REFRESH, readings.refresh),
        "tidy": (TIDY, lambda: parts[0].tidy()),
    }
    worker = Worker(database, delivery, clock, holder=holder, ticks=ticks)
    parts.append(
        Parts(
            settings=settings,
            clock=clock,
            database=database,
            policy=policy,
            slack=slack,
            readings=readings,
            desk=desk,
            worker=worker,
            sweeper=Sweep(database, worker, rules, clock),
            holder=holder,
        )
    )
    return parts[0]


def application(parts: Parts, *, works: bool) -> Starlette:
    """The web application of these parts: starting it starts them, and stopping it ends them cleanly."""
    app = build_app(parts.desk)
    settings = parts.settings
    link = (
        SocketMode(app, app_token=settings.slack_app_token, api_url=settings.slack_api_url)
        if settings.slack_app_token
        else None
    )

    @asynccontextmanager
    async def life() -> Any:
        parts.start(works=works)
        with _policy_watch(parts):
            if link is not None:
                link.start()
            try:
                yield
            finally:
                if link is not None:
                    link.stop()
                parts.stop()

    return build_web(app, secret=settings.slack_signing_secret, clock=parts.clock, checks=parts.checks(), lifespan=life)


@contextmanager
def _policy_watch(parts: Parts) -> Iterator[None]:
    """Every process looks at its own file, so this tick takes no lease."""
    watch = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    watch.add_job(parts.settle_policy, "interval", seconds=POLICY.total_seconds())
    watch.start()
    try:
        yield
    finally:
        watch.shutdown(wait=False)


def run(settings: Settings) -> int:
    """Everything in one process; the only server on SQLite."""
    return _serve(settings, works=True, sqlite=True)


def web(settings: Settings) -> int:
    """The web process of an installation on PostgreSQL; a `worker` delivers."""
    return _serve(settings, works=False, sqlite=False)


def worker(settings: Settings) -> int:
    """The delivery process of an installation on PostgreSQL; it serves its health on HOST and PORT too."""
    return _serve(settings, works=True, sqlite=False)


def _serve(settings: Settings, *, works: bool, sqlite: bool) -> int:
    settings.need("SLACK_BOT_TOKEN")
    if not settings.slack_app_token:
        settings.need("SLACK_SIGNING_SECRET")
    target = db.parse(settings.database_url)
    on_sqlite = target.get_backend_name() == "sqlite"
    if on_sqlite and not sqlite:
        print("SQLite is served by one process: use `run`, or set DATABASE_URL to PostgreSQL.", file=sys.stderr)
        return 2
    logs.to_stderr(settings)
    clock = SystemClock()
    PolicyFile(Path(settings.policy_file), now=clock.now())  # before the database is touched
    if not on_sqlite:
        return _until_stopped(settings, clock, works=works)
    with exclusive.served(Path(str(target.database))) as alone:
        if not alone:
            print("Another process serves this SQLite file already. One at a time, or use PostgreSQL.", file=sys.stderr)
            return 2
        db.migrate(settings.database_url)
        return _until_stopped(settings, clock, works=works)


def _until_stopped(settings: Settings, clock: Clock, *, works: bool) -> int:
    parts = compose(settings, clock)
    server = uvicorn.Server(
        uvicorn.Config(
            application(parts, works=works),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE,
            server_header=False,
        )
    )
    LOG.info("serving", host=settings.host, port=settings.port, socket_mode=bool(settings.slack_app_token))
    server.run()
    return 0 if server.started else 1
