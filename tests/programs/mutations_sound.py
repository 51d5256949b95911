"""What the mutations begin with: a record with a change of every kind, its log, an auditor's anchors, and a pack."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from tests import packs
from tests.workflows.test_checkpoints import SIGNER
from workflows import check, db, leases, verify, verifying
from workflows.log_models import leaves
from workflows.models import events
from workflows.replay import Broken

Files = dict[str, bytes]
KEYS = [SIGNER.public]


@dataclass(frozen=True)
class Sound:
    """What passes: a pack, as a zip too, the anchor of its auditor (of `covered` events) and the next one, the leaves.

    Then the database: `memory` is it without keys and guards, which would refuse most mutations; `tx` reads the same.
    """

    pack: Files
    zipped: bytes
    anchor: str
    after: str
    covered: int
    leaves: tuple[str, ...]
    memory: sqlite3.Connection
    tx: sa.Connection
    now: datetime
    said: frozenset[Broken]

    def close(self) -> None:
        """Forget the database."""
        self.tx.close()
        self.tx.engine.dispose()


def sound(folder: Path) -> Sound:
    """A record with an anchor in the middle and one at the end; the worker was alive for half an hour after it."""
    url = f"sqlite:///{folder / 'record.db'}"
    db.migrate(url)
    database = db.connect(url, role="cli")
    try:
        desk = packs.fill(database)
        anchor = packs.seal(desk)
        desk.wait(1).declare("ops", broken="one more")
        desk.wait(1).approve("lead")
        desk.wait(1).deploy("ops")
        after = packs.seal(desk)
        pack = packs.files(desk, SIGNER)
        with database.write() as tx:
            last: datetime = tx.scalar(sa.select(events.c.at).order_by(events.c.at.desc()).limit(1))  # type: ignore[assignment]
            now = last + timedelta(minutes=30)
            leases.beat(tx, "worker", now)
            hashes = tuple(tx.scalars(sa.select(leaves.c.hash).order_by(leaves.c.number)))
    finally:
        database.close()
    memory, tx = _memory(folder / "record.db")
    said = frozenset(check.promises(tx, real_now=now))
    return Sound(pack, packs.zipped(pack), anchor, after, verify.checkpoint(anchor).size, hashes, memory, tx, now, said)


def _memory(file: Path) -> tuple[sqlite3.Connection, sa.Connection]:
    memory = sqlite3.connect(":memory:", isolation_level=None)
    memory.execute("ATTACH ? AS stored", (str(file),))
    for (table,) in memory.execute("SELECT name FROM stored.sqlite_master WHERE type = 'table'").fetchall():
        memory.execute(f"CREATE TABLE {table} AS SELECT * FROM stored.{table}")
    memory.execute("DETACH stored")
    engine = sa.create_engine("sqlite://", creator=lambda: memory, poolclass=sa.pool.StaticPool)
    return memory, engine.connect()  # never closed: that would end the transaction in which a mutation stands


def passes(pack: Files, anchor: str) -> bool:
    """Whether the auditor is told that all is as recorded."""
    found = verify.Pack(pack, KEYS, [anchor])
    return not found.bad and not found.open


def inside(file: Path) -> Files | None:
    """The files that come out of a zip; None: none do."""
    try:
        return verify.unpacked(file)
    except verify.BROKEN:
        return None


def stands(whole: Sound, anchors: Sequence[str]) -> bool:
    """The same of the database as it is now."""
    return verifying.database(whole.tx, keys=KEYS, anchors=anchors).ok


def holds(whole: Sound) -> bool:
    """Whether `check` says nothing of the database that it did not say before. A fault is an exit that is not 0."""
    try:
        return set(check.promises(whole.tx, real_now=whole.now)) <= whole.said
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, sa.exc.SQLAlchemyError):
        return False
