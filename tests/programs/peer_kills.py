"""Kill the delivering process while it brings PagerDuty and Jira up to date, and count what people see there.

    python -m tests.programs.peer_kills --kills 40 --seed 1 [--seconds 600]

Half of the kills come at random moments, the other half after a named step of a delivery. Prints lost and doubled
issues, comments, notes, incidents and pages, which must be 0, and doubled change events and messages, of which each
kill may cost one; exits 1 otherwise. Everything is on loopback; only the processes started here are ended, by their
ids.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.blocks import pager_words
from bot.playground.jira.hub import Hub as Jira
from bot.playground.jira.server import build_jira
from bot.playground.pagerduty.hub import Hub as PagerDuty
from bot.playground.pagerduty.server import build_pagerduty
from bot.playground.running import serve
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from bot.policies import PolicyFile
from tests import build
from tests.programs.peer_worker import FastClock
from tests.workflows.desk import PEOPLE, Desk
from tests.world.servers import trusted
from workflows import db, ledger, paging, ticketing
from workflows.case import Case
from workflows.links import jira_adf
from workflows.models import changes, outbox

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("claimed", "marked", "sent")
PATIENCE = 900  # seconds until what is still open counts as lost
BACKLOG = 120  # rows that may wait before people pause: kills are to meet work, not a heap of it
LAG = 20  # seconds of the fast clock until a search finds what was made
TOKEN, ROUTING_KEY, SENDER, SERVICE = "pd-kills", "b" * 32, "countersign@example.com", "PPAYMENTS"
POLICY = """version = 1
[workspace]
zone = "Europe/Berlin"
[channels]
incidents = "CINC"
escalations = "CESC"
[groups.leads]
users = ["cto@example.com", "lead@example.com"]
contact = "+49 30 1234"
[systems.payments]
[emergency]
approvers = [{ group = "leads", count = 1 }]
[pagerduty]
service = "PPAYMENTS"
[jira]
issue_type = "Task"
"""


@dataclass
class World:
    """The stand-ins, the record and its time."""

    slack: Workspace
    pagerduty: PagerDuty
    jira: Jira
    url: str
    start: float
    environment: dict[str, str]
    policy: Path
    made: list[str] = field(default_factory=list)

    @property
    def clock(self) -> FastClock:
        """The time of every process."""
        return FastClock(self.start)


def main() -> int:
    """Run the program; 0 when nothing was lost, and nothing doubled that must not be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3600, help="stop killing after so long")
    given = parser.parse_args()
    with ExitStack() as stack:
        world = _world(stack)
        began, chance = time.monotonic(), random.Random(given.seed)
        kills = _kill(world, chance, given.kills, began + given.seconds)
        found = _count(world)
    print(json.dumps(found | {"kills": kills, "seconds": round(time.monotonic() - began)}))
    bad = any(value for name, value in found.items() if name.startswith(("lost", "doubled", "open")))
    return 1 if bad or found["repeated_change_events"] > kills or found["repeated_messages"] > kills else 0


def _world(stack: ExitStack) -> World:
    folder, start = Path(stack.enter_context(tempfile.TemporaryDirectory())), time.time()
    clock, certificate = FastClock(start), stack.enter_context(trusted())
    slack, pagerduty, jira = Workspace(clock.now), PagerDuty(clock.now), Jira(clock.now)
    _furnish(slack, pagerduty, jira)
    pages = [serve(build_playground(slack)), serve(build_pagerduty(pagerduty), certificate=certificate)]
    pages.append(serve(build_jira(jira)))
    for page in pages:
        stack.callback(page.close)
    stack.callback(slack.close)
    policy, url = folder / "policy.toml", f"sqlite:///{folder / 'kills.db'}"
    policy.write_text(POLICY, encoding="utf-8")
    db.migrate(url)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "GITHUB_"))},
        "SLACK_BOT_TOKEN": "xoxb-kills",
        "SLACK_SIGNING_SECRET": "kills",
        "SLACK_API_URL": f"{pages[0].url}/api/",
        "DATABASE_URL": url,
        "POLICY_FILE": str(policy),
        "PAGERDUTY_TOKEN": TOKEN,
        "PAGERDUTY_FROM": SENDER,
        "PAGERDUTY_ROUTING_KEY": ROUTING_KEY,
        "PAGERDUTY_API_URL": pages[1].url,
        "PAGERDUTY_EVENTS_URL": pages[1].url,
        "JIRA_URL": pages[2].url,
        "JIRA_EMAIL": SENDER,
        "JIRA_TOKEN": "jira-kills",
        "JIRA_PROJECT": "OPS",
        "LOG_LEVEL": "CRITICAL",
    }
    return World(slack, pagerduty, jira, url, start, environment, policy)


def _furnish(slack: Workspace, pagerduty: PagerDuty, jira: Jira) -> None:
    scopes = ["chat:write", "im:write", "users:read", "channels:read", "channels:history", "im:history"]
    slack.install(bot_token="xoxb-kills", signing_secret="kills", scopes=scopes)
    for name in PEOPLE:
        slack.add_person(build.slack(name), name, name.title(), build.email(name), "Europe/Berlin")
    for channel, name in (("CINC", "incidents"), ("CESC", "escalations")):
        slack.add_channel(channel, name, [build.slack(one) for one in PEOPLE])
    pagerduty.allow_token(TOKEN)
    pagerduty.add_user("PBOT", "Countersign", SENDER)
    pagerduty.add_service(SERVICE, "Payments", "PPOLICY")
    pagerduty.on_call(None, "PBOT", policy="PPOLICY")
    pagerduty.integrate(ROUTING_KEY, SERVICE)
    jira.add_user("Countersign", SENDER)
    jira.allow_token("jira-kills", SENDER)
    jira.add_project("OPS", "Operations")
    jira.lag(LAG)


def _kill(world: World, chance: random.Random, kills: int, until: float) -> int:
    """Let people work while the process that delivers is killed; then let it finish. How many kills it were."""
    stop = threading.Event()
    load = threading.Thread(target=_work, args=(world, random.Random(chance.random()), stop), daemon=True)
    load.start()
    done = 0
    while done < kills and time.monotonic() < until:
        step = [] if done % 2 else [chance.choice(STEPS), str(chance.randint(1, 6))]
        with _start(world, *step) as process:
            try:
                process.wait(20 if step else chance.uniform(0.05, 2.0))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        done += 1
        if done % 20 == 0:
            print(f"{done} kills, {len(world.made)} changes", flush=True)
    stop.set()
    load.join()
    with _start(world) as process:
        began = time.monotonic()
        while _open(world) and time.monotonic() < began + PATIENCE:
            time.sleep(0.5)
        print(f"{_open(world)} open {time.monotonic() - began:.0f} s after the last kill", flush=True)
        process.send_signal(signal.SIGKILL)
    return done


def _start(world: World, *step: str) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-m", "tests.programs.peer_worker", str(world.start), *step]
    process = subprocess.Popen(argv, cwd=ROOT, env=world.environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    if process.stdout.readline() != b"ready\n" and not step:
        raise SystemExit("the worker did not start")
    return process


def _work(world: World, chance: random.Random, stop: threading.Event) -> None:
    """People declare, decide, deploy and review, one change after the other."""
    linked = frozenset({"pagerduty", "jira"})
    rules = PolicyFile(world.policy, now=world.clock.now(), linked=linked).rules
    database = db.connect(world.url, role="cli")
    desk = Desk(database, rules=rules)
    while not stop.is_set():
        desk.now = world.clock.now()
        given: dict[str, Any] = {"open_incident": True}
        if chance.random() < 0.5:
            given = {"incident": world.pagerduty.incident("Checkout answers 500s", SERVICE)}
        world.made.append(desk.declare(**given).id)
        alone = chance.random() < 0.4
        acts: list[Callable[[], object]] = (
            [desk.proceed, desk.deploy, desk.ratify] if alone else [desk.approve, desk.deploy]
        )
        if chance.random() < 0.5:
            acts = acts[: chance.randint(1, 2)]  # and the rest another day
        else:
            acts.append(desk.close)
        for act in acts:
            time.sleep(chance.uniform(0, 0.8))
            desk.now = world.clock.now()
            act()
        stop.wait(chance.uniform(0, 1.5))
        while _open(world) > BACKLOG and not stop.wait(0.3):
            pass
    database.close()


def _open(world: World) -> int:
    database = db.connect(world.url, role="cli")
    due = sa.or_(outbox.c.epoch > 0, outbox.c.next_at <= world.clock.now())
    waiting = sa.select(sa.func.count()).where(outbox.c.state == "open", outbox.c.wanted > outbox.c.sent, due)
    try:
        with database.read() as tx:
            return int(tx.execute(waiting).scalar_one())
    finally:
        database.close()


def _count(world: World) -> dict[str, int]:
    """What is there against what the changes say must be there."""
    found: Counter[str] = Counter(open=_open(world), changes=len(world.made))
    database = db.connect(world.url, role="cli")
    with database.read() as tx:
        cases = [case for one in world.made if (case := ledger.case(tx, one)) is not None]
        found["open_dead"] = len(tx.execute(sa.select(outbox.c.id).where(outbox.c.state == "dead")).all())
        found["events"] = tx.scalar(sa.select(sa.func.sum(changes.c.version))) or 0
    database.close()
    for case in cases:
        _jira(world, case, found)
        _pagerduty(world, case, found)
    events = Counter(str(one.details.get("id")) for one in world.pagerduty.world.change_events)
    wanted = {one.id for case in cases for one in paging.change_events(case)}
    found["lost_change_events"] = len(wanted - events.keys())
    found["repeated_change_events"] = sum(n - 1 for n in events.values())
    ids: Counter[str] = Counter()
    for channel in world.slack.state.channels:
        for message in world.slack.messages(channel, build.slack("dev")):
            if message.metadata and not message.deleted:
                ids[str(message.metadata["event_payload"]["id"])] += 1
    found["repeated_messages"] = sum(n - 1 for n in ids.values())
    return dict(found)


def _tally(found: Counter[str], what: str, wanted: list[str], there: list[str]) -> None:
    """Each of what is wanted is there once."""
    seen = Counter(one for text in there for one in wanted if one in text)
    found[what] += len(wanted)
    found[f"lost_{what}"] += sum(1 for one in wanted if not seen[one])
    found[f"doubled_{what}"] += sum(seen[one] - 1 for one in wanted if seen[one] > 1)


def _jira(world: World, case: Case, found: Counter[str]) -> None:
    issues = [one for one in world.jira.state()["issues"] if ticketing.label(case) in one["fields"]["labels"]]
    _tally(found, "issues", [case.key], [case.key for _ in issues])
    texts = [jira_adf.plain(comment["body"]) for one in issues for comment in one["comments"]]
    _tally(found, "comments", [ticketing.marker(case, one.key) for one in ticketing.comments(case)], texts)


def _pagerduty(world: World, case: Case, found: Counter[str]) -> None:
    there = world.pagerduty.world
    # one that was over before anything could be delivered opens none, and has nothing to be told
    if case.open_incident and case.closed_at is None:
        key = f"{paging.PRODUCT}:{case.key}"
        _tally(found, "incidents", [key], [one.key for one in there.incidents.values() if one.key == key])
    texts = [note.content for one in there.incidents.values() for note in one.notes]
    told = paging.notes(case) if case.incident_seen is not None or case.closed_at is None else ()
    _tally(found, "notes", [pager_words.mark(case, one) for one in told], texts)
    for page in paging.alerts(case, world.clock.now()):
        key = paging.alert_key(case, page.page)
        sent = [one for one in there.alerts if one.key == key]
        _tally(found, "pages", [key] if page.open else [], [one.key for one in sent])
        found["lost_resolves"] += sum(1 for one in sent if not page.open and one.status != "resolved")


if __name__ == "__main__":
    sys.exit(main())
