"""The demo: the real bot and everything it speaks to, pretended, in one process, with a clock that can be moved.

Only here is the clock shifted; no setting selects it. Signatures, triggers and response addresses stay on real time.
Nothing is put into the record: whatever is there, somebody did in the browser.
"""

import json
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot import demo_github, demo_peers, demo_policy, demo_register, demo_slack, exclusive, keys, logs, serving
from bot.clock import ShiftedClock
from bot.parts import Parts
from bot.playground.jira_panel import JiraPanel
from bot.playground.outside import Keeper
from bot.playground.pagerduty_panel import PagerDutyPanel
from bot.playground.pipeline import Pipeline
from bot.playground.running import Handle, serve
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from bot.settings import Settings
from workflows import db
from workflows.models import changes

FIRST_STEP = "/emergency-change checkout 500s in payments"
DEPLOY_STEP = "/deploy-request acme/web@main production"
STEPS = {"10m": timedelta(minutes=10), "1h": timedelta(hours=1), "1d": timedelta(days=1)}


class AlreadyRunning(RuntimeError):
    """Another demo, or the bot itself, works in this folder."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo. `url` is the page's address."""

    url: str
    workspace: Workspace
    clock: ShiftedClock
    parts: Parts
    pipeline: Pipeline


@contextmanager
def running(folder: Path, *, port: int = 0) -> Iterator[Demo]:
    """Start the demo on loopback with its state in `folder`, and end it cleanly; `port` 0 takes a free one.

    Raises AlreadyRunning while another process has the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive.served(_database(folder)) as alone:
        if not alone:
            raise AlreadyRunning(str(folder))
        with _running(folder, port) as demo:
            yield demo


@contextmanager
def _running(folder: Path, port: int) -> Iterator[Demo]:
    clock = ShiftedClock(_offset(folder))
    demo_policy.write(folder / "policy.toml", {slack: f"{name}@example.com" for slack, name, *_ in demo_slack.PEOPLE})
    workspace = Workspace(clock.now, path=folder / "workspace.json")
    workspace.first_step, workspace.first_steps = FIRST_STEP, {"deploys": DEPLOY_STEP}
    page = serve(build_playground(workspace), "127.0.0.1", port)
    known = [(slack, name, whole) for slack, name, whole, _ in demo_slack.PEOPLE]
    try:
        with (
            demo_github.serving(folder, clock, port=port and port + 1) as github,
            demo_peers.serving(folder, clock, known, github.settings, port=port and port + 2) as peers,
            _pipeline(folder, workspace, github) as pipeline,
            _panels(folder, workspace, peers),
        ):
            settings = demo_register.prepared(_settings(folder, page, peers.settings), workspace)
            with _bot(settings, clock, workspace, github, peers) as parts:
                workspace.on_advance = lambda step: _advance(step, folder, clock, parts)
                yield Demo(page.url, workspace, clock, parts, pipeline)
    finally:
        page.close()
        workspace.close()


@contextmanager
def _pipeline(folder: Path, workspace: Workspace, github: demo_github.Served) -> Iterator[Pipeline]:
    """The page's panel of this GitHub; checks and jobs go on by themselves."""
    made = Pipeline(github.hub, demo_github.LOGINS, workspace.state.changed, folder / demo_github.KEPT)
    workspace.outside["pipeline"] = made
    made.start()
    try:
        yield made
    finally:
        made.close()


@contextmanager
def _panels(folder: Path, workspace: Workspace, peers: demo_peers.Served) -> Iterator[None]:
    """The page's panels of this PagerDuty and this Jira; both are kept in the folder."""
    told = workspace.state.changed
    workspace.outside["pagerduty"] = PagerDutyPanel(peers.pagerduty, peers.members, told)
    workspace.outside["jira"] = JiraPanel(peers.jira, peers.members, told)
    keeper = Keeper({folder / demo_peers.PAGERDUTY: peers.pagerduty, folder / demo_peers.JIRA: peers.jira}, told)
    try:
        yield
    finally:
        keeper.close()


@contextmanager
def _bot(
    settings: Settings,
    clock: ShiftedClock,
    workspace: Workspace,
    github: demo_github.Served,
    peers: demo_peers.Served,
) -> Iterator[Parts]:
    """The real bot, told by Slack, by GitHub and by PagerDuty."""
    demo_slack.install(workspace, settings, None)
    demo_slack.people(workspace)
    db.migrate(settings.database_url)
    parts = serving.compose(settings, clock)
    bot = serve(serving.application(parts, works=True), "127.0.0.1", demo_register.port(settings))
    try:
        demo_slack.install(workspace, settings, f"{bot.url}/slack/events")
        parts.readings.refresh(100)
        parts.readings.fresh([slack for slack, *_ in demo_slack.PEOPLE])
        github.tell(f"{bot.url}/github/webhook")
        peers.tell(f"{bot.url}/pagerduty/webhook")
        yield parts
    finally:
        github.tell(None)
        peers.tell(None)
        bot.close()


def run(*, port: int, folder: str) -> int:
    """Run the demo until Ctrl-C; whatever was done stays in `folder` for the next start. 2: it runs there already."""
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    place = Path(folder)
    logs.to_file(place)
    try:
        _until_stopped(place, port, stop)
    except AlreadyRunning:
        print(f"  A demo runs in {place}/ already. End it, or start this one with --data and another folder.")
        return 2
    return 0


def _until_stopped(place: Path, port: int, stop: threading.Event) -> None:
    with _at_port(place, port) as demo:
        print(f"\n  Countersign demo: {demo.url}\n")
        print("  First step: you are dev, an engineer. In #incidents type")
        print(f"    {FIRST_STEP}")
        print("  then become cto and approve it. Move the clock to see the reminders.\n")
        print("  A deploy: under Pipeline press Run the pipeline; it waits. Become rel, approve it")
        print("  in #deploys, and it moves.\n")
        print("  An incident: it is open at PagerDuty. Pick it under More fields when you declare, and see")
        print("  it and a Jira issue follow, in the panels on the right.\n")
        print(f"  For auditors: {demo.parts.settings.public_url}/register (sign in with Slack, as dev or lead).\n")
        print(f"  State and log are in {place}/ (delete it to begin anew). Ctrl-C ends the demo.", flush=True)
        stop.wait()
        print("\n  Ending; what you did is kept.", flush=True)


@contextmanager
def _at_port(folder: Path, port: int) -> Iterator[Demo]:
    """The demo at this port, or at a free one when somebody else has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            print(f"  Port {port} is taken; using a free one.")
            port = 0
    with running(folder, port=port) as demo:
        yield demo


def _settings(folder: Path, page: Handle, peers: Settings) -> Settings:
    return replace(
        peers,
        slack_bot_token=f"xoxb-{keys.new_id()}",
        slack_signing_secret=keys.new_id(),
        slack_api_url=f"{page.url}/api/",
        database_url=f"sqlite:///{_database(folder)}",
        policy_file=str(folder / "policy.toml"),
    )


def _database(folder: Path) -> Path:
    return (folder / "countersign.db").resolve()


def _offset(folder: Path) -> timedelta:
    file = folder / "clock.json"
    return timedelta(seconds=json.loads(file.read_text())["offset"]) if file.exists() else timedelta()


def _advance(step: str, folder: Path, clock: ShiftedClock, parts: Parts) -> None:
    """Move the clock, read people and groups anew (every reading is old now), do what is due, and deliver."""
    clock.advance(STEPS[step] if step in STEPS else _to_next(clock, parts))
    (folder / "clock.json").write_text(json.dumps({"offset": clock.offset.total_seconds()}))
    parts.readings.refresh(200)
    parts.github.readings.refresh(200)
    parts.github.runs.poll()
    parts.github.reconciler()
    parts.pagerduty.polls()
    parts.jira.polls()
    parts.sweep()
    parts.worker.wake()


def _to_next(clock: ShiftedClock, parts: Parts) -> timedelta:
    """Until something is next due on any change; an hour when nothing is."""
    now = clock.now()
    with parts.database.read() as tx:
        at = tx.scalar(sa.select(sa.func.min(changes.c.next_due_at)).where(changes.c.next_due_at > now))
    return at - now + timedelta(seconds=1) if at else timedelta(hours=1)
