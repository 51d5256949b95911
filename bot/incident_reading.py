"""Looking at one incident at PagerDuty, and keeping what it says of the changes that name it.

Whoever gives the hint where to look, a webhook or the clock, is not believed in anything else.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog

from bot.desk import Desk
from workflows import incident_news, incidents, ledger
from workflows.change import Actor
from workflows.links import Rejected, Unavailable
from workflows.peered import Entry, SeenIncident
from workflows.turn import Turn

REVOKED, TOO_LONG = 401, "pages-missing"
HIDDEN = frozenset({403, 404})  # of one incident only


class Link(Protocol):
    """What is asked of `workflows.links.pagerduty.PagerDuty` here."""

    @property
    def can_read(self) -> bool: ...
    def incident(self, id_or_number: str) -> SeenIncident: ...
    def said(self, incident_id: str, since: datetime) -> tuple[Entry, ...]: ...


Work = Callable[[Turn], int]
"""What there is to keep, done in one transaction; how many changes learned something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReader:
    """`link`: None where PagerDuty is not set up."""

    desk: Desk
    link: Callable[[], Link | None]
    log: Any = field(default_factory=lambda: structlog.get_logger("incidents"))

    @property
    def able(self) -> bool:
        """Whether incidents can be read at all."""
        link = self.link()
        return link is not None and link.can_read

    def look(self, name: str, *, also: Iterable[str] = ()) -> Work | None:
        """Ask PagerDuty about the incident of this id or number, outside of any transaction; None: it is nobody's.

        `also`: other names under which a change may have it. Raises Unavailable; Rejected when our token is not known
        any more, or the question was not taken.
        """
        link, names = self.link(), {name, *also}
        if link is None or not link.can_read:
            return None
        with self.desk.db.read() as tx:
            found = incident_news.changes_with(tx, names)
            cases = [(one, case) for one in found if (case := ledger.case(tx, one)) is not None]
            since = min((incident_news.since(tx, one, case) for one, case in cases), default=None)
        if since is None:
            return None
        try:
            seen = link.incident(name)
        except Rejected as no:
            if no.status not in HIDDEN:
                raise
            self.log.warning("not readable", incident=name, why=no.why)
            return self._trouble(name, no.why)
        return self._news(names | {seen.id, str(seen.number)}, seen, self._entries(link, seen, since))

    def _entries(self, link: Link, seen: SeenIncident, since: datetime) -> tuple[Entry, ...]:
        """What was done with it; nothing where only its log is hidden from us, or is longer than can be read.

        Its status tells the most of it.
        """
        try:
            return link.said(seen.id, since)
        except Unavailable as silent:
            if silent.why != TOO_LONG:
                raise
            self.log.warning("log not readable", incident=seen.id, why=silent.why)
            return ()
        except Rejected as no:
            if no.status not in HIDDEN:
                raise
            self.log.warning("log not readable", incident=seen.id, why=no.why)
            return ()

    def _news(self, names: Iterable[str], seen: SeenIncident, entries: tuple[Entry, ...]) -> Work:
        def work(turn: Turn) -> int:
            new = 0
            for change in incident_news.changes_with(turn.tx, names):
                done = incident_news.news(turn, change, seen, entries)
                new += bool(getattr(done, "happened", ()))
            return new

        return work

    def _trouble(self, name: str, why: str) -> Work:
        """Only of those who have it by the very name that was asked for: a hint is not believed."""

        def work(turn: Turn) -> int:
            for change in incident_news.changes_with(turn.tx, [name]):
                incidents.trouble(turn, change, why)
            return 0

        return work

    def keep(self, work: Work) -> int:
        """Do it in a transaction of its own."""
        desk = self.desk
        with desk.db.write() as tx:
            return work(Turn(tx, Actor(""), desk.policy.rules, desk.clock.now(), desk.new_id, desk.salt))
