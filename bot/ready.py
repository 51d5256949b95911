"""What must hold for us to be ready: each check returns None, or in words what is wrong."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from bot.clock import Clock
from workflows import guards
from workflows import history as kept
from workflows.db import Database
from workflows.models import beats

SILENT = timedelta(seconds=60)


def database(db: Database) -> Callable[[], str | None]:
    """The database answers and its guards are in place."""

    def check() -> str | None:
        try:
            with db.read() as tx:
                gone, foreign = guards.missing(tx), guards.foreign(tx)
        except sa.exc.SQLAlchemyError as fault:
            return f"the database does not answer ({type(fault).__name__})"
        if gone:
            return f"guards are missing or altered: {', '.join(gone)}"
        return f"triggers that are not ours: {', '.join(foreign)}" if foreign else None

    return check


def history(db: Database) -> Callable[[], str | None]:
    """The record is the one that its anchors saw."""

    def check() -> str | None:
        try:
            with db.read() as tx:
                differs = kept.fault(tx)
        except sa.exc.SQLAlchemyError as fault:
            return f"the database does not answer ({type(fault).__name__})"
        if differs is None:
            return None
        how = "as it was written" if differs.why == "edited" else f"the one that {differs.place} saw ({differs.why})"
        return f"the record is not {how}; run `verify`, then `history accept`"

    return check


def heartbeat(db: Database, clock: Clock, *, name: str = "worker-real") -> Callable[[], str | None]:
    """Somebody delivers and sweeps: the worker's last sign of life is young."""

    def check() -> str | None:
        try:
            with db.read() as tx:
                at = tx.execute(sa.select(sa.func.max(beats.c.at)).where(beats.c.name == name)).scalar()
        except sa.exc.SQLAlchemyError as fault:
            return f"the database does not answer ({type(fault).__name__})"
        if at is None:
            return "no worker has run yet"
        late = clock.real() - at
        return f"the worker was last seen {int(late.total_seconds())} s ago" if late > SILENT else None

    return check
