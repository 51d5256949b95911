"""Kill `python -m bot run` at random moments under load, again and again, and count what that cost.

    python -m tests.programs.kills --kills 200 --seed 1 [--database postgresql://…]

Prints acked-but-lost, double decisions, lost and doubled messages; exits 1 when any of them is not 0. Everything
is on loopback; only the processes started here are ended, by their ids.
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import sqlalchemy as sa
import yaml

from bot.clock import SystemClock
from bot.playground.running import serve
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from workflows import check, db, verifying
from workflows.models import changes, events, identities, outbox, texts

ROOT = Path(__file__).resolve().parents[2]
ENGINEERS = ("U0DEV0", "U0DEV1")
APPROVERS = ("U0CTO", "U0LEAD")
CHANNEL = "C0INCIDENT"


@dataclass
class Acked:
    """What the stand-in was answered with success: titles declared, and (change key, person) of clicks."""

    titles: list[str] = field(default_factory=list)
    clicks: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> int:
    """Run the program; 0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="an empty PostgreSQL database; default: a SQLite file")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        return _program(Path(folder), chance, given.kills, given.database)


def _program(folder: Path, chance: random.Random, kills: int, database: str | None) -> int:
    clock = SystemClock()
    workspace = _workspace(clock)
    page = serve(build_playground(workspace), "127.0.0.1", 0)
    environment = _environment(folder, page.url, database)
    workspace.install(
        bot_token=environment["SLACK_BOT_TOKEN"],
        signing_secret=environment["SLACK_SIGNING_SECRET"],
        scopes=_scopes(),
        request_url=f"http://127.0.0.1:{environment['PORT']}/slack/events",
        manifest=_manifest(),
    )
    _people(workspace)
    db.migrate(environment["DATABASE_URL"])
    acked, stop = Acked(), threading.Event()
    load = [threading.Thread(target=_declare, args=(workspace, who, acked, stop), daemon=True) for who in ENGINEERS] + [
        threading.Thread(target=_approve, args=(workspace, who, acked, stop), daemon=True) for who in APPROVERS
    ]
    process = _start(environment)
    for one in load:
        one.start()
    began = time.monotonic()
    for n in range(kills):
        time.sleep(chance.uniform(0.02, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process = _start(environment)
        if (n + 1) % 20 == 0:
            print(f"{n + 1} kills, {len(acked.titles)} declared, {len(acked.clicks)} clicks", flush=True)
    stop.set()
    for one in load:
        one.join()
    _settle(environment["DATABASE_URL"])
    found = _count(environment["DATABASE_URL"], workspace, acked)
    process.send_signal(signal.SIGTERM)
    process.wait(15)
    page.close()
    workspace.close()
    print(json.dumps(found | {"kills": kills, "seconds": round(time.monotonic() - began)}))
    bad = ("acked_but_lost", "double_decisions", "lost_messages", "doubled_messages", "broken_promises", "bad_chains")
    return 1 if any(found[name] for name in bad) else 0


def _workspace(clock: SystemClock) -> Workspace:
    return Workspace(clock.now)


def _people(workspace: Workspace) -> None:
    named = {"U0CTO": "cto", "U0LEAD": "lead", "U0REL": "rel"} | {who: who.lower() for who in ENGINEERS}
    for slack, name in named.items():
        workspace.add_person(slack, name, name.title(), f"{name}@example.com", "Europe/Berlin")
    for channel, name in ((CHANNEL, "incidents"), ("C0DEPLOYS", "deploys"), ("C0ESCALATE", "escalations")):
        workspace.add_channel(channel, name, list(named))


def _manifest() -> dict[str, object]:
    made: dict[str, object] = yaml.safe_load((ROOT / "manifest.yml").read_text())
    return made


def _scopes() -> list[str]:
    scopes: list[str] = _manifest()["oauth_config"]["scopes"]["bot"]  # type: ignore[index]
    return scopes


def _environment(folder: Path, page: str, database: str | None) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SLACK_")},
        "SLACK_BOT_TOKEN": "xoxb-kills",
        "SLACK_SIGNING_SECRET": "kills",
        "SLACK_API_URL": f"{page}/api/",
        "POLICY_FILE": str(ROOT / "workflows/policy.toml"),
        "DATABASE_URL": database or f"sqlite:///{folder / 'kills.db'}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "LOG_LEVEL": "ERROR",
    }


def _start(environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start the bot and wait until it is alive."""
    process = subprocess.Popen([sys.executable, "-m", "bot", "run"], cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{environment['PORT']}/healthz"
    for _ in range(600):
        try:
            with urlopen(address, timeout=1):
                return process
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"the bot ended by itself: {process.returncode}") from None
            time.sleep(0.05)
    raise SystemExit("the bot did not start")


def _declare(workspace: Workspace, who: str, acked: Acked, stop: threading.Event) -> None:
    n = 0
    while not stop.is_set():
        n += 1
        title = f"{who} breaks {n}"
        workspace.command(who, CHANNEL, f"/emergency-change {title}")
        if workspace.modal(who) is None:
            time.sleep(0.05)
            continue
        # A form that opened late, for the words before, may lie on top: what is sent is what is counted.
        workspace.fill(who, {("broken", "v"): title, ("plan", "v"): f"mend {n} by restarting"})
        workspace.fill(who, {("systems", "v"): ["payments"]})
        said = workspace.submit(who)
        if said.ok and workspace.modal(who) is None:
            with acked.lock:
                acked.titles.append(title)
        elif workspace.modal(who) is not None:
            workspace.close_modal(who)
        time.sleep(0.5)


def _approve(workspace: Workspace, who: str, acked: Acked, stop: threading.Event) -> None:
    done: set[str] = set()
    while not stop.is_set():
        time.sleep(0.2)
        for message in workspace.messages(CHANNEL)[-60:]:
            text = message.text or ""
            if message.ts in done or not text.startswith("Approve?"):
                continue
            key = text.split()[1]
            said = workspace.click(who, message, "approve")
            if said.ok:
                done.add(message.ts)
                with acked.lock:
                    acked.clicks.append((key, who))


def _settle(url: str, seconds: float = 60.0) -> None:
    """Give the last process a minute to do and deliver what is due: 60 s after a start nothing may be left."""
    began = time.monotonic()
    left = len(_open(url))
    print(f"{left} open when the killing ended", flush=True)
    while time.monotonic() < began + seconds:
        left, overdue = len(_open(url)), _overdue(url)
        if not left and not overdue:
            print(f"all done and delivered {time.monotonic() - began:.0f} s later", flush=True)
            return
        time.sleep(0.5)
    print(f"{left} still open {seconds:.0f} s later, something due: {_overdue(url)}", flush=True)


def _overdue(url: str) -> bool:
    database = db.connect(url, role="cli")
    late = sa.select(changes.c.id).where(changes.c.next_due_at < SystemClock().now()).limit(1)
    try:
        with database.read() as tx:
            return tx.scalar(late) is not None
    finally:
        database.close()


def _open(url: str) -> list[str]:
    database = db.connect(url, role="cli")
    waiting = sa.select(outbox.c.place).where(outbox.c.state == "open", outbox.c.wanted > outbox.c.sent)
    try:
        with database.read() as tx:
            return list(tx.scalars(waiting))
    finally:
        database.close()


def _count(url: str, workspace: Workspace, acked: Acked) -> dict[str, int]:
    database = db.connect(url, role="cli")
    with database.read() as tx:
        titles = Counter(tx.scalars(sa.select(texts.c.body).join(changes, changes.c.title_digest == texts.c.digest)))
        by_key = {key: change for key, change in tx.execute(sa.select(changes.c.key, changes.c.id))}  # noqa: C416
        accounts = sa.select(identities.c.value, identities.c.person).where(identities.c.kind == "slack")
        slack = {value: person for value, person in tx.execute(accounts)}  # noqa: C416
        voices = sa.select(events.c.subject, events.c.person).where(events.c.kind.in_(("approved", "refused")))
        spoke = {(subject, person) for subject, person in tx.execute(voices)}
        finals = Counter(
            row.subject
            for row in tx.execute(sa.select(events.c.subject, events.c.body).where(events.c.kind == "approved"))
            if json.loads(row.body)["data"].get("final")
        )
        sent = _sent_messages(tx)
        waiting = len(_open(url))
        dead = len(list(tx.scalars(sa.select(outbox.c.id).where(outbox.c.state == "dead"))))
        broken = check.promises(tx, real_now=SystemClock().real())
    database.close()
    posted = _posted(workspace)
    report = verifying.database(url)
    for one in (*broken, *report.bad):
        print(one)
    lost_titles = [title for title in acked.titles if titles[title] != 1]
    lost_clicks = [(k, who) for k, who in acked.clicks if (by_key.get(k, ""), slack.get(who, "")) not in spoke]
    for lost in (*lost_titles, *lost_clicks):
        print("acked but lost:", lost, titles[lost] if isinstance(lost, str) else "")
    return {
        "declared": len(acked.titles),
        "clicks": len(acked.clicks),
        "acked_but_lost": len(lost_titles) + len(lost_clicks),
        "double_decisions": sum(1 for n in finals.values() if n > 1),
        "messages": len(sent),
        "late_messages": waiting,
        "lost_messages": waiting + dead + len(sent - set(posted)),
        "doubled_messages": sum(1 for n in posted.values() if n > 1),
        "broken_promises": len(broken),
        "bad_chains": len(report.bad),
    }


def _sent_messages(tx: sa.Connection) -> set[str]:
    """The outbox ids of everything that must stand in a channel or a direct message: no App Homes, no skipped rows."""
    query = sa.select(outbox.c.id).where(outbox.c.remote.is_not(None), ~outbox.c.place.like("private:%"))
    return set(tx.scalars(query.where(~outbox.c.place.like("home:%"))))


def _posted(workspace: Workspace) -> Counter[str]:
    """How often each outbox id was posted."""
    found: Counter[str] = Counter()
    with workspace.state.lock:
        for messages in workspace.state.messages.values():
            for message in messages:
                metadata = message.metadata or {}
                if not message.ephemeral_for and metadata.get("event_payload", {}).get("id"):
                    found[metadata["event_payload"]["id"]] += 1
    return found


if __name__ == "__main__":
    sys.exit(main())
