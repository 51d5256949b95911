"""What Jira says of the issues of changes, read again and again: status, key, whether they are still there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, or_, select

from bot.desk import Desk
from bot.ticket_errand import Link
from workflows import ledger, question, tickets
from workflows.case import Case, Done, Refused
from workflows.change import Actor
from workflows.links import Rejected, Unavailable, passing
from workflows.models import changes
from workflows.peer_models import links
from workflows.peered import Issue, SeenIssue
from workflows.turn import Turn

EVERY = timedelta(seconds=60)
MOST = 50
RECENTLY = timedelta(days=7)
SELDOM = timedelta(minutes=15)
KINDS = ("issue", "follow-up", "remediation")


@dataclass(frozen=True, slots=True)
class Followed:
    """An issue that may still change: `kind` and `ref` as the table of links has them, `id` Jira's own.

    Without `open` it is done, or gone, and somebody may have opened it again.
    """

    change: str
    kind: str
    ref: str
    id: str
    open: bool


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

        The first that gets no answer ends it: the next time begins there. What is wrong with one ends nothing.
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
                if passing(silent.why):
                    break
            except Rejected as no:
                if no.status == 401:
                    self.log.warning("not polled", why=no.why)
                    break
                new += self._wrong(one, no.why)
            self.read_at[one.id] = self.desk.clock.real()
        return new

    def _due(self) -> list[Followed]:
        """What is open, and, more seldom, what is over on changes of which there was news within a week."""
        now, real = self.desk.clock.now(), self.desk.clock.real()
        lately = links.c.change.in_(select(changes.c.id).where(changes.c.updated_at > now - RECENTLY))
        query = select(links).where(links.c.kind.in_(KINDS), links.c.remote != "", or_(links.c.open, lately))
        with self.desk.db.read() as tx:
            rows = tx.execute(query).all()
        found = [Followed(row.change, row.kind, row.ref, row.remote, row.open) for row in rows]
        for gone in self.read_at.keys() - {one.id for one in found}:
            del self.read_at[gone]
        never = datetime.min.replace(tzinfo=real.tzinfo)
        read = {one: self.read_at.get(one.id, never) for one in found}
        due = [one for one in found if one.open or real - read[one] >= SELDOM]
        return sorted(due, key=lambda one: (read[one], one.change, one.ref))[: self.most]

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
