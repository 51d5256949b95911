"""The database and what lives in it: tables, guards, clock, worker, outbox."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import sqlalchemy as sa
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.checkups.finding import Finding, Patient, bad, note
from workflows import db, guards, leases, policies
from workflows.models import outbox

AREA = "database"
SILENT = timedelta(minutes=1)
OLD = timedelta(minutes=10)
SKEW = timedelta(seconds=5)


def record(patient: Patient) -> Iterator[Finding]:
    """The database: reachable, at this version, guarded, on time."""
    if patient.db is None:
        yield bad(AREA, "DATABASE_URL", "does not answer", "Start the database, or run `migrate` to make a new one.")
        return
    try:
        with patient.db.read() as tx:
            yield from _tables(tx)
            yield from _time(tx, patient)
    except sa.exc.SQLAlchemyError as fault:
        why = type(fault).__name__
        yield bad(AREA, "DATABASE_URL", f"does not answer ({why})", "Start the database, or run `migrate`.")


def _tables(tx: sa.Connection) -> Iterator[Finding]:
    at = MigrationContext.configure(tx).get_current_revision()
    config = Config()
    config.set_main_option("script_location", str(db.MIGRATIONS).replace("%", "%%"))
    head = ScriptDirectory.from_config(config).get_current_head()
    if at != head:
        yield bad(AREA, "migrations", f"at {at or 'nothing'}, this program wants {head}", "Run `migrate`.")
        return
    yield Finding(AREA, "migrations", f"at {at}, the newest")
    gone, foreign = guards.missing(tx), guards.foreign(tx)
    if gone:
        yield bad(AREA, "guards", f"missing or altered: {', '.join(gone)}", "Run `verify`, then `migrate`; ask who.")
    if foreign:
        yield bad(AREA, "guards", f"triggers that are not ours: {', '.join(foreign)}", "Remove them, run `verify`.")
    if not gone and not foreign:
        yield Finding(AREA, "guards", "all in place, unaltered")


def _time(tx: sa.Connection, patient: Patient) -> Iterator[Finding]:
    if tx.dialect.name != "postgresql":
        return
    off = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one() - patient.clock.real()
    seconds = abs(off.total_seconds())
    if seconds > SKEW.total_seconds():
        yield bad("clock", "the database's clock", f"{seconds:.0f} s from ours", "Keep both in time (NTP).")
    else:
        yield Finding("clock", "the database's clock", "with ours")


def running(patient: Patient) -> Iterator[Finding]:
    """What runs on it: the worker, the policy in force, what waits and what was given up."""
    if patient.db is None:
        return
    real = patient.clock.real()
    try:
        with patient.db.read() as tx:
            beat, force = leases.last_beat(tx, "worker-real"), policies.in_force(tx)
            waiting = tx.execute(_WAITING, {"real": real}).one()
            dead = tx.execute(_DEAD).all()
    except sa.exc.SQLAlchemyError:
        return  # said already
    if beat is None:
        yield bad("worker", "sign of life", "none was ever seen", "Start `run`, or `worker` beside `web`.")
    elif real - beat > SILENT:
        late = f"last seen {int((real - beat).total_seconds())} s ago"
        yield bad("worker", "sign of life", late, "Start `run`, or `worker` beside `web`; read its log.")
    else:
        yield Finding("worker", "sign of life", f"{int((real - beat).total_seconds())} s ago")
    if patient.rules is not None and force not in (None, patient.rules.digest):
        yield bad("policy", "in force", f"another one ({str(force)[:7]})", "Give every process the same policy file.")
    age = real - waiting.oldest if waiting.oldest else timedelta()
    if age > OLD:
        found = f"{waiting.n} wait, the oldest since {int(age.total_seconds() // 60)} min"
        yield bad("outbox", "what waits", found, "See `outbox list` for why, and the lines on its peer here.")
    else:
        yield Finding("outbox", "what waits", f"{waiting.n}")
    for row in dead:
        yield bad("outbox", "given up", f"{row.n} to {row.where}: {row.why}", "See `outbox list`; `outbox retry ID`.")
    if not dead:
        yield Finding("outbox", "given up", "nothing")


_DUE = (outbox.c.state == "open") & (outbox.c.wanted > outbox.c.sent)
_WAITING = sa.select(
    sa.func.count().label("n"),
    sa.func.min(outbox.c.created_at).filter(outbox.c.attempts > 0).label("oldest"),
).where(_DUE)
_DEAD = (
    sa.select(
        outbox.c.template.label("where"), sa.func.count().label("n"), sa.func.max(outbox.c.last_error).label("why")
    )
    .where(outbox.c.state == "dead")
    .group_by(outbox.c.template)
)


def skew(patient: Patient, there: str | None, whose: str) -> Iterator[Finding]:
    """Our clock against the Date of an answer; signatures are refused beyond a minute."""
    from_them = _http_date(there)
    if from_them is None:
        yield note("clock", whose, "told no time")
        return
    off = abs((patient.clock.real() - from_them).total_seconds())
    if off > SKEW.total_seconds() + 1:
        yield bad("clock", whose, f"{off:.0f} s from ours", "Keep this machine's clock in time (NTP).")
    else:
        yield Finding("clock", whose, "with ours")


def _http_date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
