"""Where archives of CI logs are kept: there, and ours to write."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.checkups.finding import Finding, Patient, bad, note
from workflows.ci_logs import KEPT
from workflows.models import events

AREA = "ci logs"
DAY = timedelta(days=1)
NEWEST, MOST = 200, 5000
BYTES = 1 << 30  # of archives are read


def ci_logs(patient: Patient) -> Iterator[Finding]:
    """The folder of [audit] `logs`; nothing to say where GitHub is not linked."""
    if patient.rules is None or not patient.github.configured:
        return
    folder = patient.rules.audit.logs
    if not folder:
        found = "no folder; only digests go into the record, and GitHub deletes logs after 90 days"
        yield note(AREA, "[audit] logs", found, "Name a folder that is backed up, to keep them a year.")
        return
    yield looked_at(folder)
    if patient.db is None or not Path(folder).is_dir():
        return
    try:
        with patient.db.read() as tx:
            wanted = kept(tx, patient.clock.now(), patient.rules.retention.ci_logs)
    except sa.exc.SQLAlchemyError:
        return  # said already
    yield from archives(Path(folder), wanted)


def kept(tx: sa.Connection, now: datetime, retention: timedelta) -> list[tuple[str, int]]:
    """Digest and size of the archives to look for: the newest ones within the retention, and all of the last day."""
    e = events.c
    mine = sa.select(e.at, e.body).where(e.kind == KEPT, e.at > now - retention).order_by(e.at.desc())
    found: dict[str, int] = {}
    for row in tx.execute(mine.limit(MOST)):
        if len(found) >= NEWEST and row.at <= now - DAY:
            break
        data = json.loads(row.body)["data"]
        found.setdefault(str(data["sha256"]), int(data["bytes"] or 0))
    return list(found.items())


def archives(folder: Path, wanted: Sequence[tuple[str, int]]) -> Iterator[Finding]:
    """Whether each is there, as long as the record says; the digest is made of as many as `BYTES` allow."""
    gone, other, summed, read = 0, 0, 0, 0
    for digest, size in wanted:
        file = folder / f"{digest}.zip"
        try:
            same = file.stat().st_size == size
            if same and read + size <= BYTES:
                with file.open("rb") as opened:
                    same = hashlib.file_digest(opened, "sha256").hexdigest() == digest
                summed, read = summed + 1, read + size
        except OSError:
            gone += 1
            continue
        other += not same
    said = f"of the newest {len(wanted)}"
    if gone or other:
        found = f"{said}, {gone} are not there, {other} are not what the record says"
        yield bad(AREA, "archives", found, "Put them back from a backup; a pack with `--logs` says which they are.")
    elif wanted:
        yield Finding(AREA, "archives", f"{said}, all are there; {summed} were read and have their digest")


def looked_at(folder: str) -> Finding:
    """The folder as it is; nothing is written into it."""
    if not Path(folder).is_dir():
        return bad(AREA, "[audit] logs", f"{folder} is no folder", "Make it, for the account that runs the worker.")
    if not os.access(folder, os.W_OK | os.X_OK):
        return bad(AREA, "[audit] logs", f"{folder} can't be written", "Give it to the account that runs the worker.")
    return Finding(AREA, "[audit] logs", f"{folder} can be written")
