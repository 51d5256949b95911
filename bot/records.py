"""The verbs that look at the record and change no change in it: export, verify, check, and the outbox."""

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

import sqlalchemy as sa

from bot.clock import SystemClock
from bot.settings import Settings, SettingsError
from workflows import check as promises
from workflows import db, evidence, ledger, pack_views, settlements, verify, verifying
from workflows.change import Actor
from workflows.models import changes, outbox

NO = 1


def export(settings: Settings, *, form: str, since: str | None, until: str | None, name: str) -> int:
    """Print the changes declared in the period, oldest first, as JSON lines or as CSV that is safe to open.

    That `name` takes them away is an event first.
    """
    now, start, end = SystemClock().now(), _day("--since", since), _day("--until", until)
    span = {"since": start, "until": end, "now": now}
    told = {"since": start.isoformat() if start else None, "until": end.isoformat() if end else None}
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            asked = {"what": "export", "role": "operator", "form": form, **told}
            ledger.note(tx, "viewed", asked, actor=Actor("", None, name), now=now)
        lines = evidence.csv(database, **span) if form == "csv" else evidence.jsonl(database, **span)
        _print(lines)
    finally:
        database.close()
    return 0


def _print(lines: Iterable[str]) -> None:
    try:
        for line in lines:
            sys.stdout.write(line if line.endswith("\n") else f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _day(name: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(value), time(), UTC)
    except ValueError:
        raise SettingsError(f"{name} must be a date like 2026-11-30, not {value!r}.") from None


def verify_record(settings: Settings, *, keys: Sequence[str] = (), anchors: Sequence[str] = ()) -> int:
    """Check every chain and the log; name the first bad event of each bad subject.

    `keys`: verifier keys, or files that hold one; `anchors`: files of checkpoints that somebody kept.
    """
    report = verifying.database(settings.database_url, keys=_keys(keys), anchors=_anchors(anchors))
    for bad in report.bad:
        print(bad)
    subjects = "1 chain" if report.subjects == 1 else f"{report.subjects} chains"
    print(
        f"{subjects}, {report.events} events, {report.texts} texts: {'unbroken' if report.ok else 'NOT as recorded'}."
    )
    print(_logged(report))
    return 0 if report.ok else NO


def verify_pack(pack: str, *, keys: Sequence[str] = (), anchors: Sequence[str] = ()) -> int:
    """Check a pack (zip or folder) as the `verify.py` in it does, by the same code and with the same exit codes.

    What that finds nothing wrong with is then made again from the events, as far as a pack allows, and compared.
    """
    code = verify.main([*(f"--key={one}" for one in keys), *(f"--anchor={one}" for one in anchors), "--", pack])
    found = pack_views.differs(verify.unpacked(Path(pack))) if code != NO else []
    for bad in found:
        print(bad)
    if found:
        print("NOT as recorded: a record or a table says something else than the events.")
    return NO if found else code


def _logged(report: verifying.Report) -> str:
    if not report.size:
        return "No checkpoint: nothing is signed yet."
    covers = f"The newest checkpoint covers {report.size} events"
    if report.signers is None:
        return f"{covers}; give --key to check who signed it."
    return f"{covers}, signed by {', '.join(report.signers) or 'nobody you trust'}."


def _keys(given: Sequence[str]) -> list[verify.Key]:
    found = []
    for one in given:
        try:
            found.append(verify.key(_read(one) if Path(one).is_file() else one))
        except ValueError as fault:
            raise SettingsError(f"--key: {fault}.") from None
    return found


def _anchors(files: Sequence[str]) -> list[str]:
    found = [(one, verify.notes(_read(one))) for one in files]
    for name, notes in found:
        if not notes:
            raise SettingsError(f"--anchor: {name} holds no checkpoint.")
    return [note for _, notes in found for note in notes]


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{file} cannot be read ({type(fault).__name__}).") from None


def check(settings: Settings) -> int:
    """Check the promises that a database can show."""
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.read() as tx:
            broken = promises.promises(tx, real_now=SystemClock().real())
    finally:
        database.close()
    for one in broken:
        print(one)
    print("Every promise that a database can show holds." if not broken else f"{len(broken)} broken.")
    return NO if broken else 0


def outbox_list(settings: Settings) -> int:
    """Print what waits and what was given up, oldest first."""
    database = db.connect(settings.database_url, role="cli")
    query = (
        sa.select(outbox, changes.c.key.label("about"))
        .outerjoin(changes, changes.c.id == outbox.c.change)
        .where(sa.or_(outbox.c.state == "dead", sa.and_(outbox.c.state == "open", outbox.c.wanted > outbox.c.sent)))
        .order_by(outbox.c.seq)
        .limit(500)
    )
    try:
        with database.read() as tx:
            rows = tx.execute(query).all()
    finally:
        database.close()
    for row in rows:
        state = "given up" if row.state == "dead" else f"tried {row.attempts}x" if row.attempts else "waiting"
        told = f"{row.about or '-':15}  {row.template:10}  {row.place}  {row.last_error or ''}"
        print(f"{row.id}  {state:9}  {told}".rstrip())
    if not rows:
        print("Nothing waits and nothing was given up.")
    return 0


def outbox_retry(settings: Settings, row_id: str) -> int:
    """Send a message that was given up again, from its first address on."""
    database = db.connect(settings.database_url, role="cli")
    try:
        with database.write() as tx:
            done = settlements.revive(tx, row_id, real=SystemClock().real())
    finally:
        database.close()
    print("It will be tried again within a second." if done else f"No message {row_id} was given up.")
    return 0 if done else NO
