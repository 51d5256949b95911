"""The incidents of changes, read again each minute: webhooks get lost, and a subscription may never have been made."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.incident_reading import REVOKED, IncidentReader
from workflows import incident_news
from workflows.links import Rejected, Unavailable, passing

EVERY = timedelta(seconds=60)
LATELY = timedelta(days=7)  # for how long after its change was closed an incident is followed
MOST = 50
LONGEST = timedelta(seconds=20)  # a tick is leased for 30


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPolls:
    """`read_at`: when each incident was read last in this process."""

    reader: IncidentReader
    most: int = MOST
    read_at: dict[str, datetime] = field(default_factory=dict)
    log: Any = field(default_factory=lambda: structlog.get_logger("incidents"))

    def __call__(self) -> int:
        """Read the incidents that were not read for longest, at most `most`; how many changes learned something.

        The first that gets no answer ends it: the next time begins there. What is wrong with one ends nothing.
        """
        desk, new = self.reader.desk, 0
        if not self.reader.able or not desk.policy.writable:
            return 0
        began = desk.clock.real()
        for name in self._due():
            try:
                work = self.reader.look(name)
                new += self.reader.keep(work) if work is not None else 0
            except (Unavailable, Rejected) as no:
                self.log.warning("not polled", why=no.why)
                if _everybodys(no):
                    break
            self.read_at[name] = desk.clock.real()
            if desk.clock.real() - began > LONGEST:
                break
        return new

    def _due(self) -> list[str]:
        desk = self.reader.desk
        with desk.db.read() as tx:
            found = incident_news.followed(tx, desk.clock.now(), lately=LATELY)
        for gone in self.read_at.keys() - set(found):
            del self.read_at[gone]
        never = datetime.min.replace(tzinfo=desk.clock.real().tzinfo)
        return sorted(found, key=lambda name: (self.read_at.get(name, never), name))[: self.most]


def _everybodys(no: Unavailable | Rejected) -> bool:
    """Whether the next one would hear the same."""
    return passing(no.why) if isinstance(no, Unavailable) else no.status == REVOKED
