"""Which policy is in force: every one ever taken is stored, and its taking is an event of the system chain."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from workflows import leases, ledger, system_chain
from workflows.change import Actor
from workflows.models import beats, events
from workflows.models import policies as table
from workflows.ruleset import Rules

ALIVE = timedelta(seconds=30)
"""A process whose sign of life under a policy is older than this is gone."""


def in_force(tx: Connection) -> str | None:
    """The digest of the policy taken last; None: none was ever taken."""
    taken = _last(tx)
    return str(taken["digest"]) if taken else None


def version(tx: Connection) -> int:
    """The version that the policy in force gives itself; 0: none was ever taken."""
    taken = _last(tx)
    return int(taken["version"]) if taken else 0


def in_force_since(tx: Connection) -> datetime | None:
    """When the policy in force was taken; None: none was ever taken."""
    taken = _last(tx)
    return taken["at"] if taken else None


def take(tx: Connection, rules: Rules, *, actor: Actor | None, now: datetime) -> bool:
    """Put a policy in force, from now on for every process; False: it is already."""
    if in_force(tx) == rules.digest:
        return False
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    by = (actor.person or actor.operator) if actor else None
    row = {"digest": rules.digest, "source": rules.source, "at": now, "by": by}
    tx.execute(insert(table).values(row).on_conflict_do_nothing())  # taken again: its first time stays
    told = {"digest": rules.digest, "version": rules.version}
    ledger.note(tx, "policy", told, actor=actor, now=now)
    return True


def source(tx: Connection, digest: str) -> str | None:
    """The text of a policy that was ever in force; None: no such policy."""
    return tx.scalar(select(table.c.source).where(table.c.digest == digest))


def sources(tx: Connection, digests: Collection[str | None]) -> dict[str, str]:
    """Digest → text of those of these policies that were ever in force."""
    wanted = sorted(one for one in digests if one is not None)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        some = select(table.c.digest, table.c.source).where(table.c.digest.in_(wanted[start : start + 500]))
        found |= {row.digest: row.source for row in tx.execute(some)}
    return found


def alive(tx: Connection, digest: str, holder: str, *, real: datetime) -> None:
    """Say that process `holder` works under this policy now, and forget processes that are long gone."""
    leases.beat(tx, _beat(digest, holder), real)
    tx.execute(delete(beats).where(beats.c.name.like("policy:%"), beats.c.at < real - timedelta(days=1)))


def gone(tx: Connection, holder: str) -> None:
    """Say that process `holder` ends, so that another policy need not wait for its silence."""
    tx.execute(delete(beats).where(beats.c.name.like(f"policy:%:{holder}")))


def others(tx: Connection, digest: str, holder: str, *, real: datetime) -> bool:
    """Whether another process works under this policy."""
    names = tx.scalars(select(beats.c.name).where(beats.c.name.like(f"policy:{digest}:%"), beats.c.at > real - ALIVE))
    return any(name != _beat(digest, holder) for name in names)


def _beat(digest: str, holder: str) -> str:
    return f"policy:{digest}:{holder}"


def _last(tx: Connection) -> dict[str, Any] | None:
    row = tx.execute(
        select(events.c.body, events.c.at).where(*system_chain.of_kind("policy")).order_by(events.c.seq.desc()).limit(1)
    ).first()
    return {**json.loads(row.body)["data"], "at": row.at} if row else None
