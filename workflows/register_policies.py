"""The policies ever in force, newest first, and in words what each changed."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from workflows import dossier, persons, system_chain
from workflows.event import operator_by_name
from workflows.models import events, policies

MOST = 40


@dataclass(frozen=True, slots=True)
class Version:
    """A policy in force from `since` to `until` (None: still); `before`: the one that it took the place of."""

    digest: str
    version: int
    since: datetime
    until: datetime | None
    by: str
    source: str
    before: "Version | None" = None


def versions(tx: Connection, *, full: bool) -> tuple[Version, ...]:
    """Every policy that was taken, newest first. `full`: people by e-mail, else by name."""
    sources = {row.digest: row.source for row in tx.execute(select(policies.c.digest, policies.c.source))}
    e = events.c
    taken = select(e.at, e.person, e.operator, e.body).where(*system_chain.of_kind("policy")).order_by(e.seq)
    rows = tx.execute(taken).all()
    people = persons.by_id(tx, sorted({row.person for row in rows if row.person}))
    if not full:
        people = {one: person.by_name() for one, person in people.items()}
    found: list[Version] = []
    for n, row in enumerate(rows):
        data = json.loads(bytes(row.body))["data"]
        operator = row.operator if full else operator_by_name(row.operator)
        by = f"operator {operator}" if operator else dossier.who(row.person, people) or "from the file"
        until = rows[n + 1].at if n + 1 < len(rows) else None
        digest, before = str(data.get("digest", "")), found[-1] if found else None
        earlier = replace(before, before=None) if before else None
        source = sources.get(digest, "")
        found.append(Version(digest, int(data.get("version", 0)), row.at, until, by, source, earlier))
    return tuple(reversed(found))


def changed(one: Version) -> list[str]:
    """What the policy changed, a setting a line; at most `MOST`."""
    if one.before is None:
        return ["the first policy"]
    old, new = (dict(_flat(_read(policy.source))) for policy in (one.before, one))
    said = [f"{name} added: {new[name]}" for name in new.keys() - old.keys()]
    said += [f"{name} removed: {old[name]}" for name in old.keys() - new.keys()]
    said += [f"{name}: {old[name]} → {new[name]}" for name in old.keys() & new.keys() if old[name] != new[name]]
    if not said:
        return ["only its wording or comments"]
    return [*sorted(said)[:MOST], *([f"and {len(said) - MOST} more"] if len(said) > MOST else [])]


def _read(source: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(source.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        return {}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for n, inner in enumerate(value, 1):
            yield from _flat(inner, f"{path} {n}")
    elif isinstance(value, list):
        yield path, ", ".join(map(str, value)) or "nothing"
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)
