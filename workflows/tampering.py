"""What no chain of events covers, held against what the events say of it: texts, policies, accounts, due times.

Each function yields what `check` reports: rows that were edited or deleted beside the events.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select

from workflows import replay, snapshot
from workflows.event import Event
from workflows.models import approvals, beats, changes, events, identities, parties, persons, policies, texts
from workflows.replay import Broken
from workflows.verify import SYSTEM

_DIGEST = re.compile(r"[0-9a-f]{64}")
_TYPED = ("note", "reason", "what", "known", "why", "deployed", "cause", "tests", "text")
DAY = timedelta(days=1)


def textless(tx: Connection, told: Sequence[tuple[Event, str]]) -> Iterator[str]:
    """Every text that an event of the change commits to has its row, also one that a later event replaced."""
    wanted = {digest: f"event {event.seq}" for event, _ in reversed(told) for digest in commitments(event)}
    there: set[str] = set()
    names = sorted(wanted)
    for start in range(0, len(names), 500):
        there |= set(tx.scalars(select(texts.c.digest).where(texts.c.digest.in_(names[start : start + 500]))))
    yield from (f"no text is kept for {name}" for digest, name in sorted(wanted.items()) if digest not in there)


def commitments(event: Event) -> Iterator[str]:
    """The digests of what people typed that an event commits to."""
    given = [*(event.data.get("texts") or {}).values(), *(event.data.get(name) for name in _TYPED)]
    given += [follow.get("what") for follow in event.data.get("follow_ups") or ()]
    read = event.data.get("reading") or {}
    given += [one.get("title") for part in ("commits", "pulls") for one in read.get(part, ())]
    yield from (one for one in given if isinstance(one, str) and _DIGEST.fullmatch(one))


def accounts(tx: Connection, told: Sequence[tuple[Event, str]]) -> Iterator[str]:
    """The account that gave a voice is still that person's."""
    spoke = {}
    for event, _ in told:
        proof = (event.data.get("evidence") or {}).get("account") or {}
        if proof.get("slack") and event.person:
            spoke[str(proof["slack"])] = event.person
    owner = select(identities.c.value, identities.c.person).where(identities.c.kind == "slack")
    for slack, person in tx.execute(owner.where(identities.c.value.in_(sorted(spoke)))):
        if person != spoke[slack]:
            yield f"the account {slack} that gave a voice is another person's now"


@dataclass(frozen=True, slots=True)
class Proof:
    """Who a person was when they took part: the Slack account, and the commitment to the e-mail, if there were any."""

    person: str
    slack: str | None
    email: str | None


def proofs(told: Sequence[tuple[Event, str]]) -> Iterator[Proof]:
    """What the events of a change keep of who took part."""
    for event, _ in told:
        kept = [*(event.data.get("known_as") or ()), *((event.data.get("evidence") or {}).get("known_as") or ())]
        yield from (Proof(one["person"], one.get("slack"), one.get("email")) for one in kept)


def impostors(tx: Connection, kept: Sequence[Proof]) -> Iterator[Broken]:
    """Whoever took part still has the account and an e-mail that the record knows as theirs."""
    noted = select(events.c.body).where(events.c.subject == SYSTEM, events.c.kind == "address")
    moved = [replay.read(body).data for body in tx.scalars(noted)]
    everybody = {*kept, *(Proof(one["person"], None, one["email"]) for one in moved)}
    bodies = _bodies(tx, sorted({one.email for one in everybody if one.email}))
    known: dict[str, set[str | None]] = {}
    for one in everybody:
        if one.email and one.email not in bodies:
            yield Broken(12, f"person {one.person}", "no text is kept for the e-mail that they had")
        known.setdefault(one.person, set()).update({bodies.get(one.email)} if one.email else ())
    people = {one.person for one in kept}
    owners = {row.value: row.person for row in tx.execute(select(identities).where(identities.c.kind == "slack"))}
    for one in kept:
        if one.slack and owners.get(one.slack) != one.person:
            yield Broken(12, f"person {one.person}", f"took part as {one.slack}, which is not their account any more")
    for id, email in tx.execute(select(persons.c.id, persons.c.email)):
        # An address that was erased may have been any; one that is there has to be one of those on record.
        if id in people and None not in known[id] and email not in (known[id] or {None}):
            yield Broken(12, f"person {id}", "has an e-mail that the record does not know as theirs")


def _bodies(tx: Connection, digests: Sequence[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for start in range(0, len(digests), 500):
        some = texts.c.digest.in_(digests[start : start + 500])
        found |= {row.digest: row.body for row in tx.execute(select(texts.c.digest, texts.c.body).where(some))}
    return found


def policies_edited(tx: Connection) -> Iterator[Broken]:
    """A stored policy is the text that its digest names."""
    for digest, source in tx.execute(select(policies.c.digest, policies.c.source).order_by(policies.c.digest)):
        if hashlib.sha256(source.encode()).hexdigest() != digest:
            yield Broken(12, f"policy {digest[:7]}", "is not the text that was in force")


def forgotten(tx: Connection) -> Iterator[Broken]:
    """The worker will look again at whatever is still owed a review: at its deadline, and daily after that."""
    alive: datetime | None = tx.scalar(select(beats.c.at).where(beats.c.name == "worker"))
    if alive is None:
        return
    c = changes.c
    owed = (c.review_deadline.is_not(None), c.reviewed_at.is_(None), c.closed_at.is_(None))
    far = (c.next_due_at > c.review_deadline) & (c.next_due_at > alive + 2 * DAY)
    for key in tx.scalars(select(c.key).where(*owed, or_(c.next_due_at.is_(None), far)).order_by(c.key)):
        yield Broken(8, key, "a review is owed, and nobody will look at it when it is due")


def replaced_by_nothing(tx: Connection) -> Iterator[Broken]:
    """What a newer request took the place of names one that there is, for the same repository."""
    c = changes.c
    known = {row.key: row.repository for row in tx.execute(select(c.key, c.repository).where(c.kind == "deploy"))}
    for state in tx.scalars(select(c.state).where(c.status == "superseded").order_by(c.key)):
        case = snapshot.load(state)
        if known.get(case.superseded_by or "") != (case.repository or "").lower():
            yield Broken(5, case.key, f"was replaced by {case.superseded_by}, which is no request for that repository")


def voices_of_twins(tx: Connection) -> Iterator[Broken]:
    """Nobody whose voice counts (of the revision that is there) shares the verified e-mail of who made the change."""
    voice, maker = persons.alias("voice"), persons.alias("maker")
    shared = (
        select(changes.c.key, approvals.c.person)
        .join(approvals, approvals.c.change == changes.c.id)
        .join(parties, parties.c.change == changes.c.id)
        .join(voice, voice.c.id == approvals.c.person)
        .join(maker, maker.c.id == parties.c.person)
        .where(approvals.c.voice.in_(("approve", "ratify")), approvals.c.revision == changes.c.revision)
        .where(voice.c.email == maker.c.email, voice.c.id != maker.c.id)
    )
    for key, person in tx.execute(shared.distinct()):
        yield Broken(4, key, f"{person} approved and has the e-mail of a party")
