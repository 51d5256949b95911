"""One process put together: the record, the policy, Slack in and out, the ticks; how it starts and ends."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.middleware import Middleware

from bot import exclusive, github_wiring, jira_wiring, keys, logs, metrics_web, pagerduty_wiring
from bot.addressbook import Addressbook
from bot.anchoring import Anchors
from bot.app import build_app
from bot.checkpointing import Checkpointer
from bot.choices import Incidents
from bot.clock import Clock, SystemClock
from bot.delivery import Delivery
from bot.desk import Desk
from bot.digesting import Digests
from bot.drawings import Drawings
from bot.github_readings import GitHubReadings
from bot.links import GitHubLink, JiraLink, PagerDutyLink
from bot.metrics import Metrics
from bot.outcomes import Outcomes
from bot.parts import GRACE, Parts
from bot.places import Addresses
from bot.policies import PolicyFile
from bot.register import routes as register
from bot.settings import Settings
from bot.slack import Slack
from bot.socket_mode import SocketMode
from bot.standing import Readings
from bot.sweeping import Sweep
from bot.walking_through import Walks
from bot.web import build_web
from bot.worker import Worker
from workflows import db

SWEEP = timedelta(seconds=5)
REFRESH = timedelta(seconds=10)
POLICY = timedelta(seconds=5)
TIDY = timedelta(minutes=10)
LOG = structlog.get_logger("serving")


def compose(settings: Settings, clock: Clock, opened: db.Database | None = None) -> Parts:
    """Put a process together without starting anything; raises PolicyMissing, PolicyError, GuardsMissing.

    `opened`: the database of the settings, where whoever composes has opened it; closed with the parts.
    """
    policy = PolicyFile(Path(settings.policy_file), now=clock.now(), linked=settings.linked)
    database = opened or db.connect(settings.database_url)
    db.refuse_without_guards(database)

    def rules() -> Any:
        return policy.rules

    def client() -> WebClient:
        quiet = logging.getLogger("bot.slack.client")
        token, url = settings.slack_bot_token, settings.slack_api_url
        return WebClient(token, base_url=url, timeout=2, retry_handlers=[], logger=quiet)

    slack = Slack(settings.slack_bot_token, clock, api_url=settings.slack_api_url)
    metrics = Metrics(database, clock)
    database.on_events(metrics.recorded)
    pager = PagerDutyLink(settings)
    readings = Readings(database, clock, client, rules, keys.new_id, pager.maybe)
    link = GitHubLink(settings)
    made = link if link.configured else None
    github = GitHubReadings(database, clock, made, rules, keys.new_id, keys.salt)
    incidents = Incidents(link=pager.maybe, clock=clock)
    desk = Desk(
        db=database,
        policy=policy,
        clock=clock,
        readings=readings,
        slack=client,
        new_id=keys.new_id,
        salt=keys.salt,
        github=github,
        meter=metrics,
        incidents=incidents,
        pages=settings.public_url.rstrip("/"),
    )
    there = github_wiring.compose(desk, github, link, secret=settings.github_webhook_secret)
    pagerduty = pagerduty_wiring.compose(desk, pager, incidents, secrets=settings.pagerduty_webhook_secret)
    jira = jira_wiring.compose(desk, JiraLink(settings), project=settings.jira_project, pages=settings.public_url)

    def addresses() -> Addresses:
        return Addresses(policy.rules.incidents, policy.rules.escalations, policy.rules.review)

    drawings = Drawings(rules, clock.now, lambda: str(policy.broken) if policy.broken else None, desk.pages)
    outcomes = Outcomes(database, addresses, clock, keys.new_id, keys.fraction, meter=metrics)
    beyond = {**there.gating.table(), **there.logs.table(), **pagerduty.table(), **jira.table()}
    delivery = Delivery(slack, Addressbook(slack, clock), outcomes, drawings.table(), beyond=beyond)
    holder = keys.new_id()
    key_file = settings.signing_key_file
    signing = Checkpointer(database, clock, rules, keys.new_id, holder, key_file, lambda: policy.writable)
    anchors = Anchors(signing, link.maybe)
    walks = Walks(anchors, settings.database_url)
    parts: list[Parts] = []
    ticks: dict[str, tuple[timedelta, Callable[[], object]]] = {
        "sweep": (SWEEP, lambda: parts[0].sweep()),
        "refresh": (REFRESH, readings.refresh),
        "tidy": (TIDY, lambda: parts[0].tidy()),
        **there.ticks(),
        **pagerduty.ticks(),
        **jira.ticks(),
        **anchors.ticks(),
        **walks.ticks(),
        **Digests(desk).ticks(),
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
            github=there,
            pagerduty=pagerduty,
            jira=jira,
            anchors=anchors,
            walks=walks,
            holder=holder,
            metrics=metrics,
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

    return build_web(
        app,
        secret=settings.slack_signing_secret,
        clock=parts.clock,
        checks=parts.checks(),
        lifespan=life,
        routes=[
            *parts.github.routes(),
            *parts.pagerduty.routes(),
            *register.routes(parts.desk, settings),
            metrics_web.route(parts.metrics, settings.metrics_token),
        ],
        middleware=[Middleware(metrics_web.Counting, metrics=parts.metrics)],
    )


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
    PolicyFile(Path(settings.policy_file), now=clock.now(), linked=settings.linked)  # before the database is touched
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
