"""What Jira says of the issues of changes, read again and again: status, key, whether they are still there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, select

from bot.desk import Desk
from bot.ticket_errand import Link
from workflows import ledger, question, tickets
from workflows.case import Case, Done, Refused
from workflows.change import Actor
from workflows.links import Rejected, Unavailable
from workflows.peer_models import links
from workflows.peered import Issue, SeenIssue
from workflows.turn import Turn

EVERY = timedelta(seconds=60)
MOST = 50
KINDS = ("issue", "follow-up", "remediation")


@dataclass(frozen=True, slots=True)
class Followed:
    """An issue that may still change: `kind` and `ref` as the table of links has them, `id` Jira's own."""

    change: str
    kind: str
    ref: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePolls:
    """`link` None: Jira is not configured. `read_at`: when each issue was read last in this process."""

    desk: Desk
    link: Callable[[], Link | None]
    most: int = MOST
    read_at: dict[str, datetime] = field(default_factory=dict)
    log: Any = field(default_factory=lambda: structlog.get_logger("jira"))

    def __call__(self) -> int:
        """Read the issues that were not read for longest, at most `most`; how many told something new.

        The first that gets no answer ends it: the next time begins there.
        """
        link = self.link()
        if link is None or not self.desk.policy.writable:
            return 0
        new = 0
        for one in self._due():
            try:
                new += self._look(link, one)
            except Unavailable as silent:
                self.log.warning("not polled", why=silent.why)
                break
            except Rejected as no:
                if no.status == 401:
                    self.log.warning("not polled", why=no.why)
                    break
                new += self._wrong(one, no.why)
            self.read_at[one.id] = self.desk.clock.real()
        return new

    def _due(self) -> list[Followed]:
        with self.desk.db.read() as tx:
            rows = tx.execute(select(links).where(links.c.open, links.c.kind.in_(KINDS))).all()
        found = [Followed(row.change, row.kind, row.ref, row.remote) for row in rows]
        for gone in self.read_at.keys() - {one.id for one in found}:
            del self.read_at[gone]
        never = datetime.min.replace(tzinfo=self.desk.clock.real().tzinfo)
        return sorted(found, key=lambda one: (self.read_at.get(one.id, never), one.change, one.ref))[: self.most]

    def _look(self, link: Link, one: Followed) -> bool:
        """Read one, and keep what is new. What was only named and never read is the delivery's to find."""
        known = self._known(one)
        if known is None or known.id != one.id:
            return False
        seen = link.issue(one.id)
        if seen.id != one.id or (not tickets.news(known, seen) and known.trouble not in tickets.MENDED_BY_READING):
            return False
        self._write(one, seen)
        return True

    def _known(self, one: Followed) -> Issue | None:
        with self.desk.db.read() as tx:
            case = ledger.case(tx, one.change)
        return _issue(case, one) if case is not None else None

    def _write(self, one: Followed, seen: SeenIssue) -> None:
        with self.desk.db.write() as tx:
            turn = self._turn(tx)
            if one.kind == "issue":
                tickets.read(turn, one.change, seen)
            elif one.kind == "remediation":
                tickets.remediation_read(turn, one.change, seen)
            else:
                tickets.follow_up_read(turn, one.change, one.ref, seen)

    def _wrong(self, one: Followed, why: str) -> bool:
        """It cannot be read: gone, or hidden from us."""
        self.log.warning("not readable", change=one.change, kind=one.kind, why=why)
        with self.desk.db.write() as tx:
            turn = self._turn(tx)
            if one.kind == "issue":
                found: Done | Refused = tickets.trouble(turn, one.change, why)
            else:
                found = tickets.child_trouble(turn, one.change, one.ref, why)
        return isinstance(found, Done) and bool(found.happened)

    def _turn(self, tx: Connection) -> Turn:
        desk = self.desk
        return Turn(tx, Actor(""), desk.policy.rules, desk.clock.now(), desk.new_id, desk.salt)


def _issue(case: Case, one: Followed) -> Issue | None:
    if one.kind == "issue":
        return case.issue
    if one.kind == "remediation":
        return case.remediation
    follow = question.follow_up(case, one.ref)
    return follow.issue if follow else None
