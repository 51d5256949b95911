"""What a pack is about: what was asked for, the population it is drawn from, and what was drawn."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
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
class Sample:
    """What was drawn. `strata`: kind → its keys; `practised`: drills; `counts`: kind → how many there are of it.

    `drills`: how many there are of these.
    """

    strata: Mapping[str, tuple[str, ...]]
    practised: tuple[str, ...]
    counts: Mapping[str, int]
    drills: int

    @property
    def samples(self) -> tuple[str, ...]:
        """The keys drawn that are no emergencies, sorted."""
        return tuple(sorted(key for kind, keys in self.strata.items() if kind != "emergency" for key in keys))

    @property
    def emergencies(self) -> tuple[str, ...]:
        """The emergencies drawn, sorted."""
        return tuple(sorted(self.strata.get("emergency", ())))

    @property
    def keys(self) -> tuple[str, ...]:
        """All that was drawn, drills too, sorted."""
        return tuple(sorted({*self.samples, *self.emergencies, *self.practised}))


@dataclass(frozen=True, slots=True)
class Draft:
    """A pack that was not made: the `rows` of what it would hold, sorted by key; `complete` as far as numbers tell.

    `walk`: the last walk through the whole record before the pack was asked for.
    """

    sample: Sample
    rows: tuple[Row, ...]
    complete: Mapping[str, Any]
    walk: Walk | None


@dataclass(frozen=True, slots=True)
class Book:
    """One look at the record. `rows`: the population; `versions`: of the policy, oldest first.

    `system`: number of the last event of the system chain; `sources`: digest → text of each policy. `walk`: as of a
    `Draft`. `retention`: as the policy has it now.
    """

    asked: Asked
    rows: tuple[Row, ...]
    sample: Sample
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
    def drawn(self) -> tuple[Row, ...]:
        """The rows of all changes in the pack, sorted by key."""
        wanted = set(self.sample.keys)
        return tuple(sorted((row for row in self.rows if row.key in wanted), key=lambda row: row.key))


def look(tx: Connection, asked: Asked, rules: Rules) -> Book:
    """Read what everything else of the pack goes by. Raises Unpackable."""
    rows = tuple(population.rows(tx, asked.since, asked.until))
    sample = drawn(asked, ((row.key, row.kind, row.drill) for row in rows))
    period = periods.unexplained(tx, asked.since, asked.until, rules)
    versions = _versions(tx, asked.since, asked.until)
    found = {one["digest"]: policies.source(tx, one["digest"]) for one in versions}
    return Book(
        asked,
        rows,
        sample,
        population.complete(period, population.numbering(tx)),
        tx.scalar(select(chains.c.version).where(chains.c.subject == SYSTEM)) or 0,
        pack_log.read(tx, asked.anchors),
        versions,
        {digest: text for digest, text in sorted(found.items()) if text is not None},
        tuple(checkpoints.rotations(tx)),
        pack_notes.read(tx, asked.since, asked.until),
        _walk(tx, asked),
        rules.retention,
    )


def draft(tx: Connection, asked: Asked, rules: Rules) -> Draft:
    """What the pack would be of, without most of what it takes to make it. Raises Unpackable.

    Each number is held against the event that gave it out only where their counts differ; a pack does it always.
    """
    sample = drawn(asked, population.names(tx, asked.since, asked.until))
    numbered = {"series": [], "strange": []} if population.gapless(tx) else population.numbering(tx)
    period = periods.unexplained(tx, asked.since, asked.until, rules)
    rows = tuple(population.named(tx, sample.keys))
    return Draft(sample, rows, population.complete(period, numbered), _walk(tx, asked))


def drawn(asked: Asked, names: Iterable[tuple[str, str, bool]]) -> Sample:
    """What is drawn from a population of these: key, kind, and whether it is a drill. Raises Unpackable."""
    there, drills = dict[str, list[str]](), list[str]()
    for key, kind, drill in names:
        (drills if drill else there.setdefault(kind, [])).append(key)
    strata = _asked_for(asked, there, drills) if asked.keys else _strata(asked, there)
    practised = tuple(sorted(key for key in drills if key in asked.keys))
    return Sample(strata, practised, {kind: len(keys) for kind, keys in sorted(there.items())}, len(drills))


def keys_of(rows: Sequence[Row], kinds: Sequence[str] = ()) -> dict[str, list[str]]:
    """Kind → the keys of the population, sorted; without drills."""
    some: dict[str, list[str]] = {}
    for row in rows:
        if not row.drill and (not kinds or row.kind in kinds):
            some.setdefault(row.kind, []).append(row.key)
    return {kind: sorted(keys) for kind, keys in sorted(some.items())}


def _asked_for(asked: Asked, there: Mapping[str, Sequence[str]], drills: Collection[str]) -> dict[str, tuple[str, ...]]:
    missing = sorted(set(asked.keys).difference(drills, *there.values()))
    if missing:
        raise Unpackable(f"There is no {missing[0]} in this period.")
    some = {kind: tuple(sorted(key for key in keys if key in asked.keys)) for kind, keys in sorted(there.items())}
    return {kind: keys for kind, keys in some.items() if keys}


def _strata(asked: Asked, there: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """`size` of what is no emergency, shared out by kind, and `size` of the emergencies."""
    if asked.size is None or asked.size < 1 or asked.seed is None or not SEED.fullmatch(asked.seed):
        raise Unpackable("A sample has a size of 1 or more, and a seed of up to 64 letters, digits and . _ -")
    some = {kind: keys for kind, keys in sorted(there.items()) if not asked.kinds or kind in asked.kinds}
    apart = {kind: keys for kind, keys in some.items() if kind == "emergency"}
    try:
        rest = {kind: keys for kind, keys in some.items() if kind not in apart}
        found = sampling.by_kind(rest, size=asked.size, seed=asked.seed)
        return found | sampling.by_kind(apart, size=asked.size, seed=asked.seed)
    except ValueError as fault:
        raise Unpackable(f"The sample is too small: {fault}.") from None


def _walk(tx: Connection, asked: Asked) -> Walk | None:
    known = walks.last(tx)
    return known if known and known.at <= asked.made_at else None


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
