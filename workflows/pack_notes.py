"""What the system chain tells of a period for a pack's page: meetings signed off, and how the history itself fared."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from workflows import checkpoints, digest, dossier, history, persons, system_chain
from workflows.models import events
from workflows.moments import moment_text

OF_HISTORY = (history.DIFFERS, history.ACCEPTED, checkpoints.ROTATED)
SAYS: Mapping[str, str] = {
    "restored": "the record holds fewer events than {place} saw: restored from a backup, or cut",
    "forked": "the record's first events are not those that {place} saw",
    "edited": "something in the record is not what its own hashes say",
}


@dataclass(frozen=True, slots=True)
class Notes:
    """`meetings`: {week, by, at}. `history`: {at, what, says, by}: differences, who accepted them, keys handed over."""

    meetings: tuple[Mapping[str, Any], ...]
    history: tuple[Mapping[str, Any], ...]


def read(tx: Connection, since: datetime, until: datetime) -> Notes:
    """What was noted in [since, until), oldest first."""
    told = list(_told(tx, since, until))
    people = persons.by_id(tx, {row.person for row, _ in told if row.person})

    def by(row: Any) -> str | None:
        return f"operator {row.operator}" if row.operator else dossier.who(row.person, people)

    meetings = [
        {"week": data["week"], "by": by(row), "at": moment_text(row.at)}
        for row, data in told
        if row.kind == digest.SEEN
    ]
    rest = [
        {"at": moment_text(row.at), "what": row.kind, "says": _says(row.kind, data), "by": by(row)}
        for row, data in told
        if row.kind != digest.SEEN
    ]
    return Notes(tuple(meetings), tuple(rest))


def _told(tx: Connection, since: datetime, until: datetime) -> Iterator[tuple[Any, dict[str, Any]]]:
    e = events.c
    mine = select(e.at, e.kind, e.person, e.operator, e.body)
    mine = mine.where(*system_chain.of_kind(digest.SEEN, *OF_HISTORY), e.at >= since, e.at < until)
    for row in tx.execute(mine.order_by(e.seq)):
        yield row, json.loads(row.body)["data"]


def _says(kind: str, data: Mapping[str, Any]) -> str:
    if kind == checkpoints.ROTATED:
        return f"the signing key {_key(data['old'])} handed over to {_key(data['new'])}, signed by both"
    said = SAYS.get(data["why"], str(data["why"])).format(place=data["place"])
    sizes = f"{data['length']} events here, {data['size']} there"
    return f"{'accepted as right by name: ' if kind == history.ACCEPTED else ''}{said} ({sizes})"


def _key(vkey: str) -> str:
    """Name and id of a verifier key."""
    return "+".join(str(vkey).split("+")[:2])
