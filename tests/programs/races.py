"""Two approvers press Approve at the same moment, 200 times on each database, through the front door.

    python -m tests.programs.races --pairs 200 --seed 1

Half of the changes need one voice, half two. Prints, per database: double decisions, voices lost, and errors shown to
somebody who did nothing wrong; exits 1 when any of them is not 0.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa
import yaml

from bot import logs, serving
from bot.clock import SystemClock
from bot.playground.records import Message
from bot.playground.running import serve
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from bot.settings import Settings
from tests.databases import start_postgres
from workflows import check, db, verifying
from workflows.models import changes, events

ROOT = Path(__file__).resolve().parents[2]
CHANNEL = "C0INCIDENT"
PEOPLE = {"U0DEV": "dev", "U0CTO": "cto", "U0LEAD": "lead", "U0REL": "rel"}


def main() -> int:
    """Run the program on both databases; 0 when nothing was doubled, lost or refused without a reason."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        logs.to_file(Path(folder))
        found = _race(f"sqlite:///{folder}/races.db", given.pairs, random.Random(given.seed))
        bad += _told("sqlite", found)
    server = start_postgres(db.migrate)
    try:
        _, url = server.make()
        bad += _told("postgresql", _race(url, given.pairs, random.Random(given.seed)))
    finally:
        server.stop()
    return 1 if bad else 0


def _told(name: str, found: dict[str, int]) -> int:
    print(json.dumps({"database": name, **found}), flush=True)
    return sum(found[kind] for kind in ("double_decisions", "lost_voices", "errors_shown", "broken_promises"))


def _race(url: str, pairs: int, chance: random.Random) -> dict[str, int]:
    clock = SystemClock()
    workspace = Workspace(clock.now)
    page = serve(build_playground(workspace), "127.0.0.1", 0)
    settings = Settings(
        slack_bot_token="xoxb-races",
        slack_signing_secret="races",
        slack_api_url=f"{page.url}/api/",
        database_url=url,
        policy_file=str(ROOT / "workflows/policy.toml"),
    )
    db.migrate(url)
    parts = serving.compose(settings, clock)
    bot = serve(serving.application(parts, works=True), "127.0.0.1", 0)
    _install(workspace, settings, f"{bot.url}/slack/events")
    parts.readings.refresh(100)
    began = time.monotonic()
    errors = 0
    waits: list[float] = []
    for n in range(pairs):
        card = _declared(workspace, n, two=n % 2 == 1)
        errors += _pair(workspace, card, chance, waits)
    seconds = time.monotonic() - began
    found = _counted(url) | {"pairs": pairs, "errors_shown": errors, "seconds": round(seconds)}
    bot.close()
    page.close()
    workspace.close()
    return found | {"slowest_click_ms": round(max(waits)), "median_click_ms": round(sorted(waits)[len(waits) // 2])}


def _install(workspace: Workspace, settings: Settings, address: str) -> None:
    made = yaml.safe_load((ROOT / "manifest.yml").read_text())
    workspace.install(
        bot_token=settings.slack_bot_token,
        signing_secret=settings.slack_signing_secret,
        scopes=made["oauth_config"]["scopes"]["bot"],
        request_url=address,
        manifest=made,
    )
    for slack, name in PEOPLE.items():
        workspace.add_person(slack, name, name.title(), f"{name}@example.com", "Europe/Berlin")
    for channel, name in ((CHANNEL, "incidents"), ("C0DEPLOYS", "deploys"), ("C0ESCALATE", "escalations")):
        workspace.add_channel(channel, name, list(PEOPLE))


def _declared(workspace: Workspace, n: int, *, two: bool) -> Message:
    """A new emergency (of type database: two voices), and its card."""
    workspace.command("U0DEV", CHANNEL, f"/emergency-change race {n} in payments")
    view = workspace.modal("U0DEV")
    if two and view is not None:
        workspace.click("U0DEV", view, "more_fields")
        workspace.fill("U0DEV", {("type", "v"): "database"})
    workspace.fill("U0DEV", {("plan", "v"): f"mend {n} by restarting"})
    said = workspace.submit("U0DEV")
    if not said.ok:
        raise SystemExit(f"could not declare: {said}")
    for _ in range(400):
        for message in reversed(workspace.messages(CHANNEL)):
            if f"race {n} in" in (message.text or "") and message.thread_ts is None and message.ephemeral_for is None:
                return message
        time.sleep(0.02)
    raise SystemExit(f"no card for race {n}")


def _pair(workspace: Workspace, card: Message, chance: random.Random, waits: list[float]) -> int:
    """Both at once; how many of the two were shown Slack's own error."""
    barrier = threading.Barrier(2)

    def press(who: str) -> bool:
        barrier.wait()
        said = workspace.click(who, card, "approve")
        waits.append(said.elapsed_ms)
        return said.ok

    both = ["U0CTO", "U0LEAD"]
    chance.shuffle(both)
    with ThreadPoolExecutor(2) as pool:
        return sum(1 for ok in pool.map(press, both) if not ok)


def _counted(url: str) -> dict[str, int]:
    database = db.connect(url, role="cli")
    finals: Counter[str] = Counter()
    voices: Counter[str] = Counter()
    with database.read() as tx:
        ids = list(tx.scalars(sa.select(changes.c.id)))
        told = sa.select(events.c.subject, events.c.kind, events.c.body)
        for row in tx.execute(told.where(events.c.kind.in_(("approved", "refused")))):
            data = json.loads(row.body)["data"]
            if row.kind == "approved":
                finals[row.subject] += bool(data.get("final"))
            if row.kind == "approved" or data.get("reason") == "already-decided":
                voices[row.subject] += 1
        broken = check.promises(tx, real_now=SystemClock().real())
    database.close()
    for one in broken:
        print(one)
    return {
        "double_decisions": sum(1 for change in ids if finals[change] != 1),
        "lost_voices": sum(1 for change in ids if voices[change] != 2),
        "broken_promises": len(broken) + len(verifying.database(url).bad),
    }


if __name__ == "__main__":
    sys.exit(main())
