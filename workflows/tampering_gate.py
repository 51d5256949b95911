"""What the gate keeps beside the events, held against what they say: tokens, verdicts on runs, what was seen.

Each function yields what `check` reports. What was seen and needed nobody (before our first look, not ours) is in no
event; which stretches were read is (see `check_sources`).
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from workflows import replay, snapshot
from workflows.case import Case
from workflows.change import Kind
from workflows.gate_models import runs, sightings, tokens
from workflows.models import changes, events
from workflows.reckoning import Explained
from workflows.replay import Broken
from workflows.verify import SYSTEM

_WRITTEN = tuple(one.value for one in (Explained.APPROVED, Explained.ROLLBACK, Explained.EMERGENCY))


def tokens_edited(tx: Connection) -> Iterator[Broken]:
    """A token is for what it was made for, and one that was revoked stays so."""
    told = select(events.c.kind, events.c.body).where(events.c.subject == SYSTEM)
    made: dict[str, Any] = {}
    revoked: set[str] = set()
    for kind, body in tx.execute(told.where(events.c.kind.in_(("token_made", "token_revoked")))):
        data = replay.read(body).data
        if kind == "token_made":
            made[str(data["token"])] = data
        else:
            revoked.add(str(data["token"]))
    for row in tx.execute(select(tokens).order_by(tokens.c.id)):
        was = made.get(row.id)
        if was is None:
            yield Broken(14, f"token {row.name}", "no event says that it was made")
            continue
        if (was["name"], was["repositories"]) != (row.name, json.loads(row.repositories)):
            yield Broken(14, f"token {row.name}", "is for something else than it was made for")
        if was.get("sha256", row.hash) != row.hash:
            yield Broken(14, f"token {row.name}", "is another than the one that was made")
        if (row.revoked_at is not None) != (row.id in revoked):
            yield Broken(14, f"token {row.name}", "lives or is revoked otherwise than its events say")


def verdicts_edited(tx: Connection) -> Iterator[Broken]:
    """A run that went on was let through by a change that says so."""
    let: set[tuple[str, str, str, str]] = set()
    for body in tx.scalars(select(events.c.body).where(events.c.kind == "let_through")):
        data = replay.read(body).data
        let.add((data["by"], data["repository"].lower(), data["environment"].lower(), data["sha"]))
    for row in tx.execute(select(runs).where(runs.c.state == "approved").order_by(runs.c.repository, runs.c.run)):
        if (f"run {row.run}", row.repository, row.environment.lower(), row.sha) not in let:
            yield Broken(6, f"run {row.run} of {row.repository}", "went on, and no change says that it was let through")


def sightings_edited(tx: Connection) -> Iterator[Broken]:
    """Whatever was found stays found, when it was; what explains a deployment has it."""
    seen: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in tx.execute(select(sightings).where(sightings.c.change.is_not(None))):
        seen[row.change].append(row)
    c = changes.c
    named = select(sightings.c.change).where(sightings.c.change.is_not(None))
    mine = select(c.id, c.key, c.kind, c.state).where(or_(c.kind == Kind.FINDING.value, c.id.in_(named)))
    for one in tx.execute(mine.order_by(c.id).execution_options(yield_per=200)):
        case = snapshot.load(one.state)
        if one.kind == Kind.FINDING.value:
            if not any(_shows(case, row) for row in seen[one.id]):
                yield Broken(1, one.key, "is found, and nothing that was seen shows it")
        else:
            yield from (Broken(1, one.key, what) for row in seen[one.id] for what in _wrong(case, row))


def _shows(case: Case, row: Row[Any]) -> bool:
    """Whether this is what the finding is of."""
    what = case.sighting
    if what is None or row.explained != Explained.FOUND:
        return False
    same = (row.source, row.repository, row.sha) == (what.source, what.repository.lower(), what.sha)
    return same and row.at == what.at


def _wrong(case: Case, row: Row[Any]) -> Iterator[str]:
    if row.explained == Explained.FOUND:
        yield f"is no finding, and {row.external} of {row.source} is found by it"
    elif row.explained in _WRITTEN and row.outcome and not any(d.sha == row.sha for d in case.deployments):
        yield f"explains {row.external} of {row.source}, and has no such deployment"
