"""Pages about messages that were given up, each until it was sent after all.

One row of the outbox for all of them, brought up to date with what is given up at this moment. Of what was for
PagerDuty itself nobody is paged: that would not arrive either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select

from bot.blocks import pager_words
from bot.clock import Clock
from bot.delivery import Beyond, Sending
from bot.desk import Policy
from bot.outcomes import Attempt
from bot.pages import OPEN, TRYING, Link, intend, send
from bot.paging import more
from workflows import following, outbox, paging, undelivered
from workflows.db import Database
from workflows.models import changes
from workflows.models import outbox as table
from workflows.peered import Peer

TEMPLATE = "dead_letter_alert"
PLACE = f"{following.place(Peer.PAGERDUTY, following.ALERTS)}:dead-letters"
AT_MOST = 20  # pages at a time


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message that was given up: `id` of its row, the key of its change, of what kind its place is, and when."""

    id: str
    key: str | None
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """`link` makes the link to PagerDuty on first use; None: PagerDuty is not configured, nobody is paged."""

    db: Database
    policy: Policy
    clock: Clock
    link: Callable[[], Link | None]
    new_id: Callable[[], str]
    log: Any = field(default_factory=lambda: structlog.get_logger("paging"))

    def table(self) -> Mapping[str, Beyond]:
        """Template → what brings it up to date."""
        return {TEMPLATE: self.dead_letters}

    def dead_letters(self, attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        """Open or resolve the next page about a message that was given up, or is no more."""
        remote, link = attempt.row.remote, self._link()
        with self.db.read() as tx:
            wanted = tx.scalar(select(table.c.wanted).where(table.c.id == attempt.row.id))
            attempt.version = wanted or attempt.row.wanted
        if link is None:
            return remote
        known, dead = dict((remote or {}).get("rows", {})), self._dead()
        over = [id for id in known if id not in dead]
        news = [one for id, one in dead.items() if known.get(id, {}).get("is") != OPEN]
        if not over and not news:
            return remote
        id = over[0] if over else news[0].id
        key = known[id]["key"] if id in known else _letter_key(news[0])
        intend(self.db, attempt, {"rows": known | {id: {"key": key, "is": TRYING}}})
        if over:
            send(sending, lambda: link.resolve(key=key))
            after = {name: one for name, one in known.items() if name != id}
        else:
            self._page(link, news[0], key, sending)
            after = known | {id: {"key": key, "is": OPEN}}
        if len(over) + len(news) > 1:
            more(attempt)
        return {"rows": after}

    def _page(self, link: Link, letter: _Letter, key: str, sending: Sending) -> None:
        def page() -> None:
            link.alert(
                key=key,
                summary=pager_words.undelivered(letter.key, letter.kind),
                severity="error",
                source="Countersign",
                link="",
                at=letter.at,
                details={"row": letter.id, "change": letter.key or ""},
            )

        send(sending, page)

    def look_for_dead_letters(self) -> None:
        """Want the pages about messages that were given up brought up to date, when they are not."""
        if self._link() is None or not self.policy.writable:
            return
        dead = self._dead()
        with self.db.read() as tx:
            row = outbox.find(tx, outbox.key_of(None, PLACE))
        paged = dict((row.remote or {}).get("rows", {})) if row else {}
        if set(dead) == {id for id, one in paged.items() if one["is"] == OPEN} == set(paged):
            return
        if row is not None and row.state == "open":
            return
        with self.db.write() as tx:
            outbox.render(
                tx,
                change=None,
                place=PLACE,
                template=TEMPLATE,
                payload={},
                version=0,
                now=self.clock.now(),
                new_id=self.new_id,
            )

    def _dead(self) -> dict[str, _Letter]:
        """What was given up and matters, the oldest first."""
        o = table.c
        query = (
            select(o.id, changes.c.key, o.place, o.created_at)
            .outerjoin(changes, changes.c.id == o.change)
            .where(o.state == "dead", o.place.not_like(f"{Peer.PAGERDUTY}:%"))
            .where(*(o.place.not_like(f"{quiet}:%") for quiet in undelivered.QUIET))
            .order_by(o.seq)
            .limit(AT_MOST)
        )
        with self.db.read() as tx:
            return {id: _Letter(id, key, place.partition(":")[0], at) for id, key, place, at in tx.execute(query)}

    def _link(self) -> Link | None:
        link = self.link()
        return link if link is not None and link.can_page else None


def _letter_key(letter: _Letter) -> str:
    return f"{paging.PRODUCT}:{letter.key or 'system'}:dead-letter:{letter.id}"
