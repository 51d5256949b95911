"""The one door: nothing about a change is written except through here, together with its event.

An advance is: event → the case after it → canonical bytes, linked → the change's row, compared and set on its
version → row of `events` → what other tables show of it → the places that draw it. One transaction.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from workflows import chain, fold, outbox, projections, snapshot, written
from workflows.case import Case
from workflows.change import Action, Actor, Kind, Verdict
from workflows.event import Event
from workflows.log_models import unlisted
from workflows.models import chains, changes, counters, drafts, events, inbox, refusals, texts
from workflows.verify import SALT, SYSTEM, ZERO, commitment

NewId = Callable[[], str]
REPEAT = timedelta(seconds=60)
SERIES = {Kind.EMERGENCY: "EC", Kind.DEPLOY: "DR", Kind.FINDING: "FD"}
FIRST = {Kind.EMERGENCY: "declared", Kind.DEPLOY: "requested", Kind.FINDING: "found"}


# Built once: building a statement costs more than running it.
_STATE = select(changes.c.state).where(changes.c.id == bindparam("change"))
_LOCK = select(changes.c.version).where(changes.c.id == bindparam("change")).with_for_update()
_MOVE = update(changes).where(
    changes.c.id == bindparam("was_id"),
    changes.c.version == bindparam("was_version"),
    changes.c.head == bindparam("was_head"),
)
_DUE = update(changes).where(changes.c.id == bindparam("change"))
_TEXTS = select(texts.c.digest, texts.c.body).where(texts.c.digest.in_(bindparam("digests", expanding=True)))
_EVENT, _UNLISTED = insert(events), insert(unlisted)


class Stale(RuntimeError):
    """The change has moved since the case was read: take the lock first, then read, then decide."""


def declare(
    tx: Connection,
    *,
    kind: Kind,
    drill: bool,
    data: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    new_id: NewId,
) -> Case:
    """Record a new change under the next key of its kind and year (UTC), with its first event.

    The chain of the system says so too, so that no change can go without a trace. Whoever needs its row, does
    before the row of any other change and before rows of the outbox: in one order nobody waits for each other.
    """
    series = "DRILL" if drill else SERIES[kind]
    year = now.astimezone(UTC).year
    number = _number(tx, series, year)
    key = f"{series}-{year}-{number:04d}"
    told = {**data, "key": key, "kind": kind.value, "drill": drill}
    event = Event(new_id(), 1, now, FIRST[kind], actor.person or None, actor.operator, told)
    body, head = chain.link(event, ZERO)
    case = replace(fold.apply(None, event), head=head)
    place = {"id": case.id, "key": key, "kind": kind.value, "series": series, "year": year, "number": number}
    tx.execute(insert(changes), {**place, "drill": drill, **projections.columns(case, now)})
    _append(tx, event, ZERO, head, body)
    written.say(tx, event, case)
    projections.write(tx, None, case)
    note(tx, "numbered", {"key": key, "subject": case.id}, actor=None, now=now)
    return replace(case, bodies=_bodies(tx, snapshot.digests(body.decode())))


def lock(tx: Connection, change_id: str) -> bool:
    """Hold the change until the transaction ends, by a statement of its own; False: no such change."""
    return tx.execute(_LOCK, {"change": change_id}).first() is not None


def case(tx: Connection, change_id: str) -> Case | None:
    """The change as it is, with the texts that still exist and without standing; None: unknown."""
    return _read(tx, tx.scalar(_STATE, {"change": change_id}))


def case_by_key(tx: Connection, key: str) -> Case | None:
    """Like `case`, by the key that people use."""
    return _read(tx, tx.scalar(select(changes.c.state).where(changes.c.key == key)))


def advance(
    tx: Connection, case: Case, kind: str, data: Mapping[str, Any], *, actor: Actor | None, now: datetime
) -> Case:
    """Write one event and return the case after it, with the same standing and all bodies.

    `actor` None: the program itself. Raises Stale when the change has moved, ValueError for an unknown kind and
    for data that an event cannot hold.
    """
    person, operator = (actor.person or None, actor.operator) if actor else (None, None)
    event = Event(case.id, case.version + 1, now, kind, person, operator, data)
    body, head = chain.link(event, case.head)
    after = replace(fold.apply(case, event), head=head)
    was = {"was_id": case.id, "was_version": case.version, "was_head": case.head}
    moved = tx.execute(_MOVE, {**projections.columns(after, now), **was})
    if moved.rowcount != 1:
        raise Stale(f"{case.key} is no longer at version {case.version}")
    _append(tx, event, case.head, head, body)
    written.say(tx, event, after)
    projections.write(tx, case, after)
    outbox.bump(tx, case.id, after.version)
    new = snapshot.digests(body.decode()) - {case.head} - case.bodies.keys()
    return replace(after, bodies={**case.bodies, **_bodies(tx, new)}) if new else after


def lock_notes(tx: Connection, subject: str = SYSTEM) -> None:
    """Hold a chain that is no change's until the transaction ends; before anything that others may hold."""
    start = {"subject": subject, "version": 0, "head": ZERO}
    tx.execute(_insert(tx)(chains).values(start).on_conflict_do_nothing())
    tx.execute(select(chains.c.version).where(chains.c.subject == subject).with_for_update())


def note(
    tx: Connection,
    kind: str,
    data: Mapping[str, Any],
    *,
    actor: Actor | None,
    now: datetime,
    subject: str = SYSTEM,
) -> str:
    """Write one event of a subject that is no change, and return its hash."""
    lock_notes(tx, subject)
    row = tx.execute(select(chains.c.version, chains.c.head).where(chains.c.subject == subject)).one()
    person, operator = (actor.person or None, actor.operator) if actor else (None, None)
    event = Event(subject, row.version + 1, now, kind, person, operator, data)
    body, head = chain.link(event, row.head)
    _append(tx, event, row.head, head, body)
    written.say(tx, event, None)
    at = update(chains).where(chains.c.subject == subject)
    tx.execute(at.values(version=event.seq, head=head))
    return head


def put_text(tx: Connection, body: str, *, salt: bytes) -> str:
    """Store a text that may have to be erased, and return the digest that stands for it everywhere else.

    What no database can hold (NUL, half a surrogate pair) is left out. ValueError: a salt of not 32 bytes.
    """
    if len(salt) != SALT:
        raise ValueError("a salt has 32 bytes: of any other, its end might be moved to the beginning of the text")
    kept = body.replace("\x00", "").encode(errors="ignore").decode()
    digest = commitment(salt, kept)
    tx.execute(insert(texts), {"digest": digest, "salt": salt, "body": kept, "erased_at": None})
    return digest


def erase(tx: Connection, case: Case, digest: str, *, kind: str, actor: Actor, now: datetime) -> Case:
    """Remove the text behind `digest` for good, and record that it was (`kind`: what it was, "password").

    Copies that are kept for a day go too: what deliveries were answered, and drafts of this change or sent already.
    Raises ValueError when this change has no such text left.
    """
    if digest not in case.bodies:
        raise ValueError(f"{case.key} has no such text")
    tx.execute(update(texts).where(texts.c.digest == digest).values(body=None, erased_at=now))
    tx.execute(update(inbox).where(inbox.c.answer.is_not(None)).values(answer=None))
    tx.execute(delete(drafts).where(or_(drafts.c.change == case.id, drafts.c.used_at.is_not(None))))
    after = advance(tx, case, "erased", {"digest": digest, "kind": kind}, actor=actor, now=now)
    return replace(after, bodies={d: b for d, b in after.bodies.items() if d != digest})


def refuse(tx: Connection, case: Case, *, action: Action, verdict: Verdict, actor: Actor, now: datetime) -> Case:
    """Keep a refused try: an event, or a count when the same try had its event within the last 60 s."""
    if verdict.reason is None:
        raise ValueError("a refusal has a reason")
    told = {"action": action.value, "reason": verdict.reason.value, "revision": case.revision}
    key = {"change": case.id, "person": actor.person, **told}
    same = [refusals.c[name] == value for name, value in key.items()]
    first = tx.scalar(select(refusals.c.first_at).where(*same))
    if first is None:
        tx.execute(insert(refusals), {**key, "n": 1, "first_at": now, "last_at": now})
    else:
        since = first if now - first < REPEAT else now
        tx.execute(update(refusals).where(*same).values(n=refusals.c.n + 1, first_at=since, last_at=now))
        if since != now:
            return case
    return advance(tx, case, "refused", told, actor=actor, now=now)


def set_next_due(tx: Connection, change_id: str, at: datetime | None) -> None:
    """Have the sweep look at this change at `at`; None: not again."""
    tx.execute(_DUE, {"change": change_id, "next_due_at": at})


def _number(tx: Connection, series: str, year: int) -> int:
    """The next number, held until the transaction ends: rolled back, it is given to the next."""
    row = _insert(tx)(counters).values(series=series, year=year, last=1)
    more = row.on_conflict_do_update(index_elements=["series", "year"], set_={"last": counters.c.last + 1})
    return int(tx.execute(more.returning(counters.c.last)).scalar_one())


def _append(tx: Connection, event: Event, prev: str, head: str, body: bytes) -> None:
    row = {"subject": event.subject, "seq": event.seq, "prev": prev, "hash": head, "at": event.at}
    row |= {"kind": event.kind, "person": event.person, "operator": event.operator, "body": body}
    tx.execute(_EVENT, row)
    tx.execute(_UNLISTED, {"hash": head})


def _read(tx: Connection, state: str | None) -> Case | None:
    if state is None:
        return None
    return replace(snapshot.load(state), bodies=_bodies(tx, snapshot.digests(state)))


def with_texts(tx: Connection, case: Case, digests: Collection[str]) -> Case:
    """The case with these texts too: what was said of it, but is no part of its state."""
    new = set(digests) - case.bodies.keys()
    return replace(case, bodies={**case.bodies, **_bodies(tx, new)}) if new else case


def _bodies(tx: Connection, digests: set[str]) -> dict[str, str]:
    if not digests:
        return {}
    rows = tx.execute(_TEXTS, {"digests": sorted(digests)})
    return {row.digest: row.body for row in rows if row.body is not None}


def _insert(tx: Connection) -> Any:
    return sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
