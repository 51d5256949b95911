"""The promises that a database can show, checked on any database: what is broken, by number."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from workflows import (
    check_allowed,
    check_order,
    check_sources,
    check_tables,
    excepted,
    listing,
    projections,
    replay,
    snapshot,
    tampering,
    tampering_gate,
    verify,
    verifying,
)
from workflows.case import Case
from workflows.change import Kind
from workflows.event import Event
from workflows.fold import duties as owed
from workflows.models import (
    approvals,
    beats,
    change_systems,
    changes,
    duties,
    events,
    facts,
    inbox,
    outbox,
    parties,
)
from workflows.peer_models import links
from workflows.register_models import exceptions, involved, listed, touched
from workflows.replay import Broken

PAGE = 200
LATE = timedelta(seconds=60)
SECRET = re.compile(
    r"xox[a-z]-[\w-]{6,}|xapp-\d-[\w-]{6,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|hooks\.slack\.com/\w+/\w+|[Bb]earer [\w.~+/-]{16,}|AKIA[0-9A-Z]{16}"
)
RAW = re.compile(r"<(?:[!@#]|https?:)")
# Their loss is not told to anyone else: an App Home is drawn when it is opened, a line belongs to a card.
QUIET = ("home", "thread")


def promises(tx: Connection, *, real_now: datetime) -> list[Broken]:
    """Return every broken promise, in order of number; an empty list: all that can be seen here holds.

    Deadlines and deliveries count as missed only if the worker was alive a minute after they were due.
    """
    broken = [Broken(12, bad.subject, bad.what) for bad in _chains(tx)]
    lost = _told_of(tx, "system")
    proofs: list[tampering.Proof] = []
    for row, told in _changes(tx):
        proofs += tampering.proofs(told)
        broken += (Broken(number, row.key, what) for number, what in _change(tx, row, told))
        lost |= {str(e.data.get("row")) for e, _ in told if e.kind == "undelivered"}
    broken += _schedule(tx, real_now)
    for beside in (
        tampering.policies_edited,
        tampering.forgotten,
        tampering.replaced_by_nothing,
        tampering.voices_of_twins,
        tampering_gate.tokens_edited,
        tampering_gate.verdicts_edited,
        tampering_gate.sightings_edited,
        check_sources.reads_edited,
        check_tables.rows_edited,
        check_order.dated_back,
    ):
        broken += beside(tx)
    broken += tampering.impostors(tx, proofs)
    broken += _outbox(tx, lost)
    broken += _secrets(tx)
    return sorted(set(broken), key=lambda one: (one.promise, one.subject, one.what))


def _chains(tx: Connection) -> tuple[verify.Bad, ...]:
    return verifying.database(tx).bad


def _changes(tx: Connection) -> Iterator[tuple[Row[Any], list[tuple[Event, str]]]]:
    last = ""
    while rows := tx.execute(select(changes).where(changes.c.id > last).order_by(changes.c.id).limit(PAGE)).all():
        histories = replay.history(tx, [row.id for row in rows])
        yield from ((row, histories[row.id]) for row in rows)
        last = rows[-1].id


def _change(tx: Connection, row: Row[Any], told: list[tuple[Event, str]]) -> Iterator[tuple[int, str]]:
    case: Case | None = None
    joined: dict[tuple[str, str], int] = {}
    try:
        for before, event, after in replay.steps(told):
            if before is not None:
                yield from replay.wrong_on_the_way(before, event, after)
            if before is None or after.parties is not before.parties:
                for one in after.parties:
                    joined.setdefault((one.person, one.relation.value), event.seq)
            case = after
    except (ValueError, KeyError, TypeError) as fault:
        yield 1, f"its events cannot be replayed: {fault}"
        return
    if case is None:
        yield 1, "it has no event"
        return
    if snapshot.load(row.state) != case:
        yield 1, "the stored state is not what its events say"
    yield from ((1, what) for what in _derived(row, case, told[-1][0].at))
    yield from ((1, what) for what in _beside(tx, case, told, joined))
    yield from ((1, what) for what in tampering.textless(tx, told))
    yield from ((3, what) for what in tampering.accounts(tx, told))
    yield from check_allowed.found(told)
    yield from ((4, f"{person} approved and is a party") for person in replay.standing_voices_of_parties(case))
    yield from ((4, f"{person} owns the open review and is a party") for person in replay.owners_among_parties(case))
    if (row.series == "DRILL") != row.drill or row.drill != case.drill or not row.key.startswith(f"{row.series}-"):
        yield 17, "a drill and a change in earnest are not told apart"


def _derived(row: Row[Any], case: Case, now: datetime) -> Iterator[str]:
    values = projections.columns(case, now)
    for name, value in {**values, "key": case.key, "kind": case.kind.value}.items():
        if name != "state" and row._mapping[name] != value:
            yield f"the column {name} is not what its events say"


def _beside(
    tx: Connection, case: Case, told: list[tuple[Event, str]], joined: Mapping[tuple[str, str], int]
) -> Iterator[str]:
    """The tables beside the events show what the events say, no more and no less; `joined`: by which event a party."""
    voiced = {(e.person, e.seq) for e, _ in told if e.kind in replay.VOICES}
    codes = excepted.of(tx, [case], {case.id: told})[case.id]
    shown = listing.row(case, codes)
    place = (case.declared_at, case.drill, case.kind is Kind.EMERGENCY, shown["mark"])
    wanted: dict[Table, set[tuple[Any, ...]]] = {
        approvals: {(a.revision, a.phase, a.person, a.voice, a.right, a.at) for a in case.approvals},
        parties: {(p.person, kind := p.relation.value, p.at, joined[p.person, kind]) for p in case.parties},
        change_systems: {(system,) for system in case.systems},
        duties: {(d.kind, d.ref, d.person, d.due_at) for d in owed(case)},
        links: {(one.kind, one.ref, one.remote, one.open) for one in projections.links(case)},
        exceptions: {(code, case.declared_at, case.drill) for code in codes},
        listed: {tuple(shown.values())},
        involved: {(person, *place) for person in listing.people(case)},
        touched: {(system, *place) for system in case.systems},
    }
    columns = {
        approvals: ("revision", "phase", "person", "voice", "right", "at"),
        parties: ("person", "relation", "at", "seq"),
        change_systems: ("system",),
        duties: ("kind", "ref", "person", "due_at"),
        links: ("kind", "ref", "remote", "open"),
        exceptions: ("code", "declared_at", "drill"),
        listed: tuple(shown),
        involved: ("person", "declared_at", "drill", "emergency", "mark"),
        touched: ("system", "declared_at", "drill", "emergency", "mark"),
    }
    for table, rows in wanted.items():
        there = select(*(table.c[name] for name in columns[table])).where(table.c.change == case.id)
        kept = [tuple(row) for row in tx.execute(there)]
        if len(kept) != len(rows) or set(kept) != rows:
            yield f"the table {table.name} is not what its events say"
    voices = select(approvals.c.person, approvals.c.seq).where(approvals.c.change == case.id)
    if {tuple(row) for row in tx.execute(voices)} != voiced:
        yield "a voice names another event than its own"


def _told_of(tx: Connection, subject: str) -> set[str]:
    told = replay.history(tx, [subject])[subject]
    return {str(e.data.get("row")) for e, _ in told if e.kind == "undelivered"}


def _schedule(tx: Connection, real_now: datetime) -> Iterator[Broken]:
    """`worker` beats on the clock of deadlines, `worker-real` on the wall's."""
    seen: Mapping[str, datetime] = {row.name: row.at for row in tx.execute(select(beats))}
    if "worker" in seen:
        late = select(changes.c.key).where(changes.c.next_due_at < seen["worker"] - LATE)
        yield from (Broken(8, key, "something due is not done, and the worker is alive") for key in tx.scalars(late))
    if "worker-real" not in seen:
        return
    o, alive = outbox.c, min(seen["worker-real"], real_now) - LATE
    never = (o.state == "open") & (o.wanted > o.sent) & (o.attempts == 0) & (o.next_at < alive)
    held = o.first_try_at.is_not(None) | o.lease_until.is_not(None) | o.after.is_not(None)
    rows = tx.execute(select(o.id, o.change, o.place, o.seq, o.key).where(never, ~held)).all()
    open_rows = tx.execute(select(o.change, o.place, o.seq).where(o.state == "open", o.wanted > o.sent)).all()
    first: dict[tuple[str | None, str], int] = {}
    for change, place, seq in open_rows:
        first[change, place] = min(seq, first.get((change, place), seq))
    for row in rows:
        if first[row.change, row.place] == row.seq:
            yield Broken(9, row.key, "was never tried, and the worker is alive")


def _outbox(tx: Connection, lost: set[str]) -> Iterator[Broken]:
    o = outbox.c
    keys = set(tx.scalars(select(o.key).where(o.key.startswith("undelivered:"))))
    for row in tx.execute(select(o.id, o.key, o.place, o.change).where(o.state == "dead")):
        prefix = row.place.partition(":")[0]
        if prefix == "home":
            continue
        if row.id not in lost:
            yield Broken(9, row.key, "was given up and no event says so")
        told = any(key.startswith(f"undelivered:{row.id}:") for key in keys)
        if prefix not in QUIET and not row.key.startswith("undelivered:") and not told:
            yield Broken(9, row.key, "was given up and nobody was told")
    before: dict[tuple[str | None, str], Any] = {}
    sent = select(o.id, o.key, o.change, o.place, o.seq, o.done_at).where(o.kind == "notice", o.state == "sent")
    for one in tx.execute(sent.order_by(o.seq)):
        if one.id in lost:
            continue  # a dead letter frees its place, and may be sent later by hand
        last = before.get((one.change, one.place))
        if last is not None and one.done_at < last.done_at:
            yield Broken(11, one.key, f"arrived before {last.key}")
        before[one.change, one.place] = one


def _secrets(tx: Connection) -> Iterator[Broken]:
    sources = {
        "state": select(changes.c.key, changes.c.state),
        "payload": select(outbox.c.key, outbox.c.payload),
        "error": select(outbox.c.key, outbox.c.last_error).where(outbox.c.last_error.is_not(None)),
        "answer": select(inbox.c.key, inbox.c.answer).where(inbox.c.answer.is_not(None)),
        "fact": select(facts.c.subject, facts.c.value).where(facts.c.value.is_not(None)),
    }
    for what, query in sources.items():
        for subject, text in tx.execute(query.execution_options(yield_per=PAGE)):
            yield from (Broken(n, subject, f"{why} in its {what}") for n, why in _unsafe(text, what))
    for row in tx.execute(select(events.c.subject, events.c.seq, events.c.body).execution_options(yield_per=PAGE)):
        unsafe = _unsafe(bytes(row.body).decode(errors="replace"), "event")
        yield from (Broken(n, row.subject, f"{why} in event {row.seq}") for n, why in unsafe)


def _unsafe(text: str, what: str) -> Iterator[tuple[int, str]]:
    if SECRET.search(text):
        yield 16, "something like a secret"
    if what in ("state", "payload", "event") and RAW.search(json.dumps(json.loads(text), ensure_ascii=False)):
        yield 15, "a mention or a disguised link"
