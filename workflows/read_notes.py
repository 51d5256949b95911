"""Which stretches of a source were read is an event of the system chain, `sources_read`; not each minute of it.

An event names a source with all stretches that were read of it until then, so that the newest says everything. It is
written with a reading of that very source: of nothing else does the program know more than the table. A fact only says
which event is the newest: whatever it points to is an event, and what events say was so.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from workflows import facts, ledger, system_chain
from workflows.event import time
from workflows.models import chains, events
from workflows.moments import moment_text
from workflows.stretches import Span, joined
from workflows.verify import SYSTEM

KIND = "sources_read"
_TOLD = select(events.c.seq, events.c.body).where(*system_chain.of_kind(KIND))


def told(tx: Connection, sources: Collection[str], *, kept: Collection[str] = ()) -> dict[str, tuple[Span, ...]]:
    """Source → the stretches that the newest event about it names, in order; without those that none is known of.

    `kept`: those that a table says were read; only for these all events are looked through, should no fact point.
    """
    newest = {
        source: fact.value for source, fact in facts.some(tx, KIND, sources).items() if isinstance(fact.value, int)
    }
    seqs = sorted(set(newest.values()))
    bodies: dict[int, bytes] = {}
    for start in range(0, len(seqs), 500):
        rows = tx.execute(_TOLD.where(events.c.seq.in_(seqs[start : start + 500])))
        bodies |= {row.seq: row.body for row in rows}
    by_event = {seq: said(body) for seq, body in bodies.items()}
    found = {source: by_event[seq][source] for source, seq in newest.items() if source in by_event.get(seq, {})}
    astray = set(kept) - found.keys()
    return found | _looked_up(tx, astray) if astray else found


def everything(tx: Connection) -> dict[str, tuple[Span, ...]]:
    """Source → all that was ever noted as read of it, by all events."""
    found: dict[str, tuple[Span, ...]] = {}
    for _, body in tx.execute(_TOLD.order_by(events.c.seq).execution_options(yield_per=100)):
        for source, spans in said(body).items():
            found[source] = joined([*found.get(source, ()), *spans])
    return found


def ever(tx: Connection) -> bool:
    """Whether anything was ever noted; what was read before that stands in the table alone."""
    return tx.execute(_TOLD.limit(1)).first() is not None


def note(tx: Connection, read: Mapping[str, Sequence[Span]], *, now: datetime) -> None:
    """Write one event that says which stretches were read of each of these sources."""
    told = [
        {"source": source, "since": moment_text(since), "until": moment_text(until)}
        for source, spans in sorted(read.items())
        for since, until in spans
    ]
    ledger.note(tx, KIND, {"read": told}, actor=None, now=now)
    seq = tx.scalar(select(chains.c.version).where(chains.c.subject == SYSTEM))
    before = facts.some(tx, KIND, read)
    for source in sorted(read):
        was = before.get(source)
        facts.put(tx, KIND, source, seq, as_of=max(now, was.as_of) if was and was.as_of else now)


def said(body: bytes) -> dict[str, tuple[Span, ...]]:
    """Source → the stretches that the event of these bytes names, in order."""
    spans: dict[str, list[Span]] = {}
    for one in json.loads(body)["data"]["read"]:
        spans.setdefault(str(one["source"]), []).append((time(one["since"]), time(one["until"])))
    return {source: joined(some) for source, some in spans.items()}


def _looked_up(tx: Connection, sources: Collection[str]) -> dict[str, tuple[Span, ...]]:
    found: dict[str, tuple[Span, ...]] = {}
    with tx.execute(_TOLD.order_by(events.c.seq.desc()).execution_options(yield_per=100)) as rows:
        for row in rows:
            named = said(row.body)
            found |= {one: named[one] for one in sources if one in named and one not in found}
            if len(found) == len(sources):
                break
    return found
