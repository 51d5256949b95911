"""Whether events stand in the log in the order of their times: what was listed after a checkpoint happened after it.

Chains, leaves and signatures hold for an event that somebody with the key writes today and dates back; this does not.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from workflows import verify
from workflows.log_models import checkpoints, leaves
from workflows.models import events
from workflows.moments import moment_text
from workflows.replay import Broken

PAGE = 5000


def dated_back(tx: Connection) -> Iterator[Broken]:
    """Yield events that say that they are older than a checkpoint before them, and checkpoints of another time."""
    sealed = list[tuple[int, datetime]]()
    c, e, l = checkpoints.c, events.c, leaves.c  # noqa: E741 (leaves)
    for size, at, note in tx.execute(select(c.size, c.at, c.note).order_by(c.size)):
        try:
            said = verify.checkpoint(note).at
        except ValueError:
            continue  # verify says so
        if said not in (None, moment_text(at)):
            yield Broken(12, f"checkpoint {size}", "its time is not the one that was signed")
        sealed.append((size, datetime.fromisoformat(said) if said else at))
    if not sealed:
        return
    listed = select(l.number, e.subject, e.seq, e.at).join(events, e.hash == l.hash)
    listed = listed.where(l.number >= sealed[0][0]).order_by(l.number)
    latest, todo = sealed[0][1], sealed[::-1]
    for number, subject, seq, at in tx.execute(listed.execution_options(yield_per=PAGE)):
        while todo and todo[-1][0] <= number:
            latest = max(latest, todo.pop()[1])
        if latest - at > verify.SKEW:
            yield Broken(12, subject, f"event {seq} {verify.BACK}")
