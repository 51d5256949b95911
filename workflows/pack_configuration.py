"""How the control was configured over a period, by what was read for any change of it: branch rules, approver groups.

One pass over the events of every change, drawn or not; only those that name a branch's rules or a group's members come
out of the database, and what is the same as before is not read again.
"""

import json
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from workflows import dossier, persons
from workflows.db import Database
from workflows.models import changes, events
from workflows.moments import moment_text
from workflows.population import Row

PAGE = 400
_BRANCH, _ROSTER = b'"branch":{', b'"roster":{'
_NAMED = {_BRANCH: re.compile(rb'"branch":(\{[^{}]*\})'), _ROSTER: re.compile(rb'"roster":(\{[^{}]*\})')}
_AS_OF = re.compile(rb'"as_of":(null|"[^"]*"),?')


@dataclass(slots=True)
class Readings:
    """What was read when, a few bytes each; `values`: each different one, with its number."""

    values: dict[Any, int] = field(default_factory=dict)
    _times: "array[float]" = field(default_factory=lambda: array("d"))
    _which: "array[int]" = field(default_factory=lambda: array("L"))

    def add(self, value: Any, at: datetime) -> None:
        """This was read then."""
        self._times.append(at.timestamp())
        self._which.append(self.values.setdefault(value, len(self.values)))

    def stretches(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Each value for as long as every reading said so: {since, until, reads}; oldest first."""
        named, last = list(self.values), list[Any]()
        for at, which in sorted(zip(self._times, self._which, strict=True)):
            if last and last[0] == which:
                last[2:] = [at, last[3] + 1]
                continue
            if last:
                yield named[last[0]], _told(last)
            last = [which, at, at, 1]
        if last:
            yield named[last[0]], _told(last)


def _told(last: Sequence[Any]) -> dict[str, Any]:
    since, until = (moment_text(datetime.fromtimestamp(one, UTC)) for one in last[1:3])
    return {"since": since, "until": until, "reads": last[3]}


@dataclass(slots=True)
class Configuration:
    """What was read of each branch, by (repository, name), and of each group, by its name."""

    _branches: dict[tuple[str, str], Readings] = field(default_factory=dict)
    _groups: dict[str, Readings] = field(default_factory=dict)
    _seen: dict[bytes, Any] = field(default_factory=dict)

    def over(self, database: Database, rows: Sequence[Row]) -> "Configuration":
        """Hear what the events of these changes say, a page at a time."""
        for start in range(0, len(rows), PAGE):
            with database.read() as tx:
                self._page(tx, {row.subject: row.events for row in rows[start : start + PAGE]})
        return self

    def branches(self) -> Iterator[dict[str, Any]]:
        """The rules of each branch, a line for each stretch of time in which they were the same."""
        for (repository, name), read in sorted(self._branches.items()):
            for rules, when in read.stretches():
                yield {"repository": repository, "name": name, "rules": json.loads(rules), **when}

    def groups(self, tx: Connection) -> Iterator[dict[str, Any]]:
        """The members of each group, a line for each stretch of time in which they were the same."""
        ids = {one for read in self._groups.values() for members in read.values for one in members}
        people = persons.by_id(tx, ids)
        for group, read in sorted(self._groups.items()):
            for members, when in read.stretches():
                yield {"group": group, "members": sorted(dossier.who(one, people) or one for one in members), **when}

    def _page(self, tx: Connection, until: dict[str, int]) -> None:
        e, c = events.c, changes.c
        here = or_(*(_holds(tx, needle) for needle in (_BRANCH, _ROSTER)))
        mine = select(e.subject, e.seq, e.at, e.body, c.repository).join(changes, c.id == e.subject)
        for row in tx.execute(mine.where(e.subject.in_(until), here)):
            if row.seq <= until[row.subject]:
                self._hear(bytes(row.body), row.at, row.repository or "")

    def _hear(self, body: bytes, at: datetime, repository: str) -> None:
        for found in _NAMED[_ROSTER].findall(body):
            as_of = _AS_OF.search(found)
            same = _AS_OF.sub(b"", found)
            if same not in self._seen:
                told = json.loads(found)
                self._seen[same] = (told["group"], tuple(sorted(told["members"])))
            group, members = self._seen[same]
            read = datetime.fromisoformat(as_of[1].decode().strip('"')) if as_of and as_of[1] != b"null" else at
            self._groups.setdefault(group, Readings()).add(members, read)
        for found in _NAMED[_BRANCH].findall(body):
            if found not in self._seen:
                told = json.loads(found)
                self._seen[found] = (told["name"], json.dumps(told, sort_keys=True))
            name, rules = self._seen[found]
            self._branches.setdefault((repository, name), Readings()).add(rules, at)


def _holds(tx: Connection, needle: bytes) -> ColumnElement[bool]:
    """Whether the stored bytes of an event hold these; no text of people stands in an event."""
    if tx.dialect.name == "postgresql":
        return events.c.body.op("LIKE", is_comparison=True)(b"%" + needle + b"%")
    return func.instr(events.c.body, needle) > 0
