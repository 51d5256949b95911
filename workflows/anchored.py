"""When each anchor last held the newest checkpoint: kept as readings of what is outside, and judged here.

A file and a repository are read again at every round, so that the time is of the last look at them. What was posted to
Slack is not: there, the time is that of the last post, which is old enough only when a newer checkpoint waits.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from workflows import checkpoints, facts, history
from workflows.audit_rules import Audit
from workflows.log_models import checkpoints as table
from workflows.models import outbox

KIND, FILE, REPOSITORY, CHANNEL = "anchored", "file", "repository", "channel"
LATE = timedelta(hours=2)
POSTS = 48


@dataclass(frozen=True, slots=True)
class Anchored:
    """`kind` file, repository or channel; `name` for people. It held a checkpoint over `size` events `at`; None: never.

    `late`: for two hours, or two rounds, it was not seen to hold the newest. `why`: what the last try was told.
    """

    kind: str
    name: str
    at: datetime | None = None
    size: int = 0
    late: bool = False
    why: str = ""


def named(audit: Audit) -> Mapping[str, str]:
    """The kinds of the places that the policy names, and their names for people."""
    wanted = {
        FILE: audit.file and "the file",
        REPOSITORY: audit.repository,
        CHANNEL: audit.channel and f"Slack {audit.channel}",
    }
    return {kind: name for kind, name in wanted.items() if name}


def held(tx: Connection, kind: str, size: int, *, now: datetime) -> None:
    """Keep that a file or a repository holds the checkpoint over so many events now."""
    facts.put(tx, KIND, kind, {"size": size}, as_of=now, now=now)


def posted(tx: Connection, channel: str, size: int, *, now: datetime) -> None:
    """Keep which checkpoints are on their way to a channel, and which were; when one arrived is in the outbox."""
    before = facts.get(tx, KIND, CHANNEL)
    sizes = before.value["sizes"] if before and before.value and before.value["channel"] == channel else []
    if size not in sizes:
        facts.put(tx, KIND, CHANNEL, {"channel": channel, "sizes": [*sizes[1 - POSTS :], size]}, as_of=now, now=now)


def failed(tx: Connection, kind: str, why: str, *, now: datetime) -> None:
    """Keep why the place could not be read or written."""
    facts.failed(tx, KIND, kind, why, at=now)


def look(tx: Connection, audit: Audit, now: datetime) -> tuple[Anchored, ...]:
    """How it stands with each place that the policy names."""
    known, newest = facts.some(tx, KIND, (FILE, REPOSITORY)), checkpoints.newest(tx)
    first = tx.scalar(select(table.c.at).order_by(table.c.size).limit(1))
    found, most = [], max(LATE, 2 * audit.every)
    for kind, name in named(audit).items():
        fact = known.get(kind)
        at, size = _posted(tx, audit.channel) if kind == CHANNEL else (None, 0)
        if fact is not None and fact.value:
            at, size = fact.as_of, fact.value["size"]
        since = at or first
        rests = kind == CHANNEL and newest is not None and size >= newest.size
        late = since is not None and now - since > most and not rests
        found.append(Anchored(kind, name, at, size, late, (fact and fact.error) or ""))
    return tuple(found)


def _posted(tx: Connection, channel: str) -> tuple[datetime | None, int]:
    """When the last checkpoint that arrived in the channel did so, and its size."""
    fact = facts.get(tx, KIND, CHANNEL)
    if fact is None or not fact.value or fact.value["channel"] != channel:
        return None, 0
    o, keys = outbox.c, [history.anchor_key(channel, size) for size in fact.value["sizes"]]
    sent = select(o.done_at, o.payload).where(o.key.in_(keys), o.state == "sent").order_by(o.done_at.desc()).limit(1)
    row = tx.execute(sent).first()
    return (row.done_at, json.loads(row.payload)["size"]) if row else (None, 0)
