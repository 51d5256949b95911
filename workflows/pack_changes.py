"""The files of one change in a pack: its record, its exact events and texts, their place in the log, its card."""

import json
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, select

from workflows import ci_logs, dossier, pack_log, pack_logs, pack_sound, persons, replay, sheets, snapshot
from workflows.case import Case
from workflows.event import Event
from workflows.models import events, texts
from workflows.moments import moment_text
from workflows.pack_log import Log
from workflows.pack_logs import Archive
from workflows.population import Row, Seen
from workflows.verify import SYSTEM

DECIDES = ("approved", "rejected", "ratified", "objected", "proceeding")
_SOME = 500


@dataclass(frozen=True, slots=True)
class Sight:
    """What there was to see when somebody decided: the case before the event, with the texts that still exist."""

    before: Case
    event: Event
    evidence: Mapping[str, Any]


Draw = Callable[[Connection, Sequence[Sight], Seen], str]
"""The page with the cards as they were seen, as HTML; it is not known here how a card looks."""


def read(tx: Connection, one: Seen, log: Log | None, draw: Draw, archives: Sequence[Archive] = ()) -> dict[str, bytes]:
    """The files of the change but its PDF and the `archives` of its logs, by their names below its folder."""
    row = one.row
    lines = pack_sound.passed(row.subject, row.key, stored(tx, row.subject, row.events), (row.events, row.head))
    kept, proof = _texts(tx, one), pack_log.proof(tx, [(e.seq, head) for e, head in one.told], log)
    pack_sound.texts(row.key, kept, _erased(tx, one))
    pack_sound.places(row.key, proof, log)
    return {
        "record.json": exact(one.record) + b"\n",
        "events.jsonl": b"".join(lines),
        "texts.jsonl": b"".join(exact(text) + b"\n" for text in kept),
        "proof.json": shown(proof),
        "facts.json": shown(pack_logs.told(_facts(tx, one), archives)),
        "card.html": draw(tx, _sights(one, kept), one).encode(),
    }


def sound(tx: Connection, row: Row) -> None:
    """Hold the events of a change against their hashes, before anything is read out of them. Raises Unpackable."""
    rows = stored(tx, row.subject, row.events)
    deque(pack_sound.passed(row.subject, row.key, rows, (row.events, row.head)), 0)


def page(one: Seen, product: str, log: Log | None, proved: bytes, number: int) -> bytes:
    """The change on one page of PDF, with its record attached; `number`: of the page in the pack."""
    covered = [entry["index"] is not None for entry in json.loads(proved)["events"]]
    told = "in no signed checkpoint yet"
    if log and covered and all(covered):
        told = f"all in the signed checkpoint of {log.size} entries"
    elif log and any(covered):
        told = f"{sum(covered)} of them in the signed checkpoint of {log.size} entries"
    return sheets.sheet(one.record, product=product, checked=told, number=number)


def exact(value: Any) -> bytes:
    """JSON in one line, names sorted: the bytes that the PDF has attached."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def shown(value: Any) -> bytes:
    """JSON to be read by people."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def stored(tx: Connection, subject: str, until: int, after: int = 0) -> Sequence[Any]:
    """The events `after` < seq ≤ `until` of a chain, in order: seq, prev, hash and body of each."""
    e = events.c
    mine = select(e.seq, e.prev, e.hash, e.body).where(e.subject == subject, e.seq > after, e.seq <= until)
    return tx.execute(mine.order_by(e.seq)).all()


def _texts(tx: Connection, one: Seen) -> list[dict[str, Any]]:
    """Every text that an event names; of an erased one no salt either, which would let a password be guessed."""
    erased = {e.data["digest"]: e for e, _ in one.told if e.kind == "erased"}
    wanted = sorted({digest for e, _ in one.told for digest in snapshot.digests(json.dumps(e.data))})
    found: list[dict[str, Any]] = []
    for start in range(0, len(wanted), _SOME):
        rows = tx.execute(
            select(texts).where(texts.c.digest.in_(wanted[start : start + _SOME])).order_by(texts.c.digest)
        )
        for row in rows:
            gone, by = row.body is None, erased.get(row.digest)
            found.append(
                {
                    "digest": row.digest,
                    "salt": None if gone else b64encode(bytes(row.salt)).decode(),
                    "body": row.body,
                    "erased_at": moment_text(row.erased_at) if row.erased_at else None,
                    "erased_by": (f"operator {by.operator}" if by.operator else by.person) if by else None,
                    "erased_kind": by.data["kind"] if by else None,
                }
            )
    return found


def _erased(tx: Connection, one: Seen) -> set[str]:
    """The digests of the texts that an event of the change or of the system says are erased."""
    said = select(events.c.body).where(events.c.subject == SYSTEM, events.c.kind == "erased")
    told = [e.data for e, _ in one.told if e.kind == "erased"]
    return {str(data["digest"]) for data in [*told, *(replay.read(body).data for body in tx.scalars(said))]}


def _sights(one: Seen, kept: Sequence[Mapping[str, Any]]) -> list[Sight]:
    return sights(one.told, {text["digest"]: text["body"] for text in kept if text["body"] is not None})


def sights(told: Iterable[tuple[Event, str]], bodies: Mapping[str, str]) -> list[Sight]:
    """What there was to see at each decision of a change with these events and texts."""
    return [
        Sight(replace(before, bodies=bodies), event, event.data.get("evidence") or {})
        for before, event, _ in replay.steps(told)
        if before is not None and event.kind in DECIDES
    ]


def _facts(tx: Connection, one: Seen) -> dict[str, Any]:
    """What each decision rested on, as its event keeps it, each reading, and each kept log; `people`: id → e-mail."""
    decided = [(e, e.data.get("evidence")) for e, _ in one.told if e.data.get("evidence")]
    ids = {e.person for e, _ in decided if e.person}
    ids |= {str(m) for _, proof in decided for m in ((proof or {}).get("roster") or {}).get("members", ())}
    people = persons.by_id(tx, ids)
    return {
        "key": one.row.key,
        "decisions": [
            {"seq": e.seq, "at": moment_text(e.at), "kind": e.kind, "person": e.person, "rested_on": proof}
            for e, proof in decided
        ],
        "readings": [
            {"seq": e.seq, "at": moment_text(e.at), "reading": e.data["reading"]}
            for e, _ in one.told
            if "reading" in e.data
        ],
        "logs": [
            {"seq": e.seq, "at": moment_text(e.at), "kind": e.kind, "run": dict(e.data)}
            for e, _ in one.told
            if e.kind in (ci_logs.KEPT, ci_logs.MISSING)
        ],
        "people": {person: dossier.who(person, people) for person in sorted(ids)},
    }
