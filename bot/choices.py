"""The open PagerDuty incidents that a form offers to pick from: asked for in a moment, or not offered at all.

What somebody types is always taken as well. Once PagerDuty kept a form waiting, forms have a plain field for a while.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection

from bot.blocks import incident_words
from bot.clock import Clock
from workflows import documents, peer_state
from workflows.lanes import Lane
from workflows.links import Rejected, Unavailable
from workflows.peer_state import Health
from workflows.peered import SeenIncident

YOUNG = timedelta(seconds=10)
PLAIN = timedelta(seconds=60)
"""How long a list serves again, and how long forms do without one after PagerDuty did not answer."""
AT_MOST = 1.8  # seconds that an answer waits for PagerDuty

Option = tuple[str, str]  # label, value


class Link(Protocol):
    """What is asked of `workflows.links.pagerduty.PagerDuty` here."""

    @property
    def can_read(self) -> bool: ...
    def open_incidents(self) -> tuple[SeenIncident, ...]: ...


@dataclass(slots=True)
class _Held:
    """The list of a moment ago, who is asking for the next one, and when that went wrong."""

    at: datetime | None = None
    seen: tuple[SeenIncident, ...] = ()
    asking: Future[tuple[SeenIncident, ...]] | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """`link`: None where PagerDuty is not set up. Times are of the wall."""

    link: Callable[[], Link | None]
    clock: Clock
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "incidents"))
    lock: threading.Lock = field(default_factory=threading.Lock)
    held: _Held = field(default_factory=_Held)
    log: Any = field(default_factory=lambda: structlog.get_logger("choices"))

    def offered(self, tx: Connection) -> bool:
        """Whether a form has a list to pick from now: PagerDuty can be read, and answered lately."""
        link, failed = self.link(), self.held.failed_at
        if link is None or not link.can_read:
            return False
        if failed is not None and timedelta() <= self.clock.real() - failed < PLAIN:
            return False
        known = peer_state.of_lanes(tx).get(Lane.PAGERDUTY)
        return known is None or known.health is Health.OK

    def options(self, query: str, *, deadline: float) -> list[Option]:
        """What fits what is typed, within `deadline` seconds: the incidents open now, and the typed words as they are.

        The value is the number. While PagerDuty does not answer only what was typed is offered.
        """
        found = [(incident_words.option(one), str(one.number)) for one in self._open(deadline) if _fits(one, query)]
        named = documents.incident_named(query) if any(char.isdigit() for char in query) else None
        taken = named is None or any(value == named for _, value in found)
        return found if taken else [*found[:99], (incident_words.typed(query), named or "")]

    def close(self) -> None:
        """Ask nothing more."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _open(self, deadline: float) -> Sequence[SeenIncident]:
        held = self.held
        with self.lock:
            now = self.clock.real()
            if held.at is not None and timedelta() <= now - held.at < YOUNG:
                return held.seen
            if held.asking is None or held.asking.done():
                held.asking = self.pool.submit(self._ask)
            asking = held.asking
        try:
            return asking.result(min(deadline, AT_MOST))
        except TimeoutError:
            return self._nothing("no answer in time")
        except (Unavailable, Rejected) as no:
            return self._nothing(no.why)

    def _ask(self) -> tuple[SeenIncident, ...]:
        link = self.link()
        seen = link.open_incidents() if link is not None and link.can_read else ()
        with self.lock:
            self.held.at, self.held.seen, self.held.failed_at = self.clock.real(), seen, None
        return seen

    def _nothing(self, why: str) -> tuple[SeenIncident, ...]:
        with self.lock:
            self.held.failed_at = self.clock.real()
        self.log.warning("no incidents to offer", why=why)
        return ()


def _fits(seen: SeenIncident, query: str) -> bool:
    asked = query.strip().removeprefix("#").casefold()
    texts = (seen.title, seen.service, seen.urgency, seen.id)
    return str(seen.number).startswith(asked) or any(asked in text.casefold() for text in texts)
