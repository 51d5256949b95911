"""What a pack is about: what was asked for, the population it is drawn from, and what was drawn."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from workflows import (
    checkpoints,
    dossier,
    pack_log,
    pack_notes,
    periods,
    persons,
    policies,
    population,
    sampling,
    system_chain,
    walks,
)
from workflows.audit_rules import Retention
from workflows.models import chains, events
from workflows.moments import moment_text
from workflows.pack_log import Log
from workflows.pack_notes import Notes
from workflows.population import Row
from workflows.ruleset import Rules
from workflows.verify import SYSTEM
from workflows.walks import Walk

KINDS = ("deploy", "emergency", "finding")
SEED = re.compile(r"[A-Za-z0-9._-]{1,64}")
BLIND = "console and kubectl changes outside these pipelines are not covered"


class Unpackable(Exception):
    """There is no such pack; the message says why, to whoever asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`keys`: exactly these changes; else `size` of each of `kinds` (none: all), drawn by `seed`; emergencies apart.

    The period is [since, until), `zone` that of its dates. `product`: name and version; `repeat`: the words that make
    the pack again; `vkeys`: verifier keys to name; `anchors`: sizes of checkpoints that the auditor holds.
    `logs`: with the archives of CI logs.
    """

    since: datetime
    until: datetime
    zone: str
    made_at: datetime
    made_by: str
    product: str
    repeat: str
    keys: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    size: int | None = None
    seed: str | None = None
    vkeys: tuple[str, ...] = ()
    anchors: tuple[int, ...] = ()
    logs: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """One look at the record. `strata`: kind → what was drawn of it; `versions`: of the policy, oldest first.

    `system`: number of the last event of the system chain; `sources`: digest → text of each policy. `walk`: the last
    walk through the whole record before the pack was made. `retention`: as the policy has it now.
    """

    asked: Asked
    rows: tuple[Row, ...]
    strata: Mapping[str, tuple[str, ...]]
    practised: tuple[str, ...]
    complete: Mapping[str, Any]
    system: int
    log: Log | None
    versions: tuple[Mapping[str, Any], ...]
    sources: Mapping[str, str]
    rotations: tuple[Mapping[str, Any], ...]
    notes: Notes
    walk: Walk | None
    retention: Retention

    @property
    def samples(self) -> tuple[str, ...]:
        """The keys drawn that are no emergencies, sorted."""
        return tuple(sorted(key for kind, keys in self.strata.items() if kind != "emergency" for key in keys))

    @property
    def emergencies(self) -> tuple[str, ...]:
        """The emergencies drawn, sorted."""
        return tuple(sorted(self.strata.get("emergency", ())))

    @property
    def drawn(self) -> tuple[Row, ...]:
        """The rows of all changes in the pack, sorted by key."""
        wanted = {*self.samples, *self.emergencies, *self.practised}
        return tuple(sorted((row for row in self.rows if row.key in wanted), key=lambda row: row.key))


def look(tx: Connection, asked: Asked, rules: Rules) -> Book:
    """Read what everything else of the pack goes by. Raises Unpackable."""
    rows = tuple(population.rows(tx, asked.since, asked.until))
    strata = _asked_for(asked, rows) if asked.keys else _drawn(asked, rows)
    period = periods.unexplained(tx, asked.since, asked.until, rules)
    versions = _versions(tx, asked.since, asked.until)
    found = {one["digest"]: policies.source(tx, one["digest"]) for one in versions}
    return Book(
        asked,
        rows,
        strata,
        tuple(sorted(row.key for row in rows if row.drill and row.key in asked.keys)),
        population.complete(period, population.numbering(tx)),
        tx.scalar(select(chains.c.version).where(chains.c.subject == SYSTEM)) or 0,
        pack_log.read(tx, asked.anchors),
        versions,
        {digest: text for digest, text in sorted(found.items()) if text is not None},
        tuple(checkpoints.rotations(tx)),
        pack_notes.read(tx, asked.since, asked.until),
        known if (known := walks.last(tx)) and known.at <= asked.made_at else None,
        rules.retention,
    )


def keys_of(rows: Sequence[Row], kinds: Sequence[str] = ()) -> dict[str, list[str]]:
    """Kind → the keys of the population, sorted; without drills."""
    some: dict[str, list[str]] = {}
    for row in rows:
        if not row.drill and (not kinds or row.kind in kinds):
            some.setdefault(row.kind, []).append(row.key)
    return {kind: sorted(keys) for kind, keys in sorted(some.items())}


def _asked_for(asked: Asked, rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    missing = sorted(set(asked.keys) - {row.key for row in rows})
    if missing:
        raise Unpackable(f"There is no {missing[0]} in this period.")
    there = keys_of(rows)
    some = {kind: tuple(key for key in keys if key in asked.keys) for kind, keys in there.items()}
    return {kind: keys for kind, keys in some.items() if keys}


def _drawn(asked: Asked, rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """`size` of what is no emergency, shared out by kind, and `size` of the emergencies."""
    if asked.size is None or asked.size < 1 or asked.seed is None or not SEED.fullmatch(asked.seed):
        raise Unpackable("A sample has a size of 1 or more, and a seed of up to 64 letters, digits and . _ -")
    there = keys_of(rows, asked.kinds)
    apart = {kind: keys for kind, keys in there.items() if kind == "emergency"}
    try:
        rest = {kind: keys for kind, keys in there.items() if kind not in apart}
        found = sampling.by_kind(rest, size=asked.size, seed=asked.seed)
        return found | sampling.by_kind(apart, size=asked.size, seed=asked.seed)
    except ValueError as fault:
        raise Unpackable(f"The sample is too small: {fault}.") from None


def _versions(tx: Connection, since: datetime, until: datetime) -> tuple[dict[str, Any], ...]:
    """The policy in force when the period began, and each that was taken in it."""
    e = events.c
    mine = select(e.at, e.person, e.operator, e.body).where(*system_chain.of_kind("policy"), e.at < until)
    found: list[dict[str, Any]] = []
    for row in tx.execute(mine.order_by(e.seq)):
        data = json.loads(row.body)["data"]
        by = f"operator {row.operator}" if row.operator else _name(tx, row.person)
        one = {"digest": data["digest"], "version": data["version"], "at": moment_text(row.at), "by": by}
        found = [one] if row.at <= since else [*found, one]
    return tuple(found)


def _name(tx: Connection, person: str | None) -> str | None:
    return dossier.who(person, persons.by_id(tx, [person] if person else []))
