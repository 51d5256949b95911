"""What goes out through PagerDuty's Events API: change events, and pages that resolve themselves.

Nobody can look there afterwards. So one thing is sent a try, and what a page is about to become is written down before
it is sent: after a crash it is sent again under the same key, which is the same page. A change event has no key: it
may be there twice after a crash, with the same id.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import structlog

from bot.blocks import pager_words
from bot.clock import Clock
from bot.delivery import Beyond, Overtaken, Sending
from bot.desk import Policy
from bot.outcomes import Attempt
from bot.paging import look, more
from bot.peer_sends import posted, put_off
from workflows import following, paging, settlements
from workflows.db import Database
from workflows.links import Rejected
from workflows.paging import Page

SEVERITY: Mapping[Page, str] = {Page.BREAK_GLASS: "critical", Page.UNDECIDED: "critical", Page.REVIEW: "error"}
OPEN, CLOSED, TRYING = "open", "closed", "trying"


class Link(Protocol):
    """What is asked of `workflows.links.pagerduty.PagerDuty` about pages."""

    @property
    def can_page(self) -> bool: ...
    def alert(
        self, *, key: str, summary: str, severity: str, source: str, link: str, at: datetime, details: Mapping[str, Any]
    ) -> None: ...
    def resolve(self, *, key: str) -> None: ...
    def change_event(
        self,
        *,
        summary: str,
        source: str,
        at: datetime,
        links: Iterable[tuple[str, str]] = (),
        details: Mapping[str, Any],
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """`link` makes the link to PagerDuty on first use; None: PagerDuty is not configured, nobody is paged."""

    db: Database
    policy: Policy
    clock: Clock
    link: Callable[[], Link | None]
    log: Any = field(default_factory=lambda: structlog.get_logger("paging"))
    _said: set[str] = field(default_factory=set)

    def table(self) -> Mapping[str, Beyond]:
        """Template → what brings it up to date."""
        return {following.EVENTS: self.change_events, following.ALERTS: self.alerts}

    def change_events(self, attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        """Tell of the next thing that went live and was not told yet."""
        shown, link, remote = look(self, attempt), self._link(), attempt.row.remote
        if link is None or shown is None:
            return remote
        case, told = shown.case, list((remote or {}).get("told", ()))
        missing = [one for one in paging.change_events(case) if one.id not in told]
        if not missing:
            return remote
        one = missing[0]
        url = "" if case.confidential else one.deployment.url or ""
        links = [(href, text) for href, text in ((shown.card, "The change"), (url, "The deployment")) if href]

        def tell() -> None:
            link.change_event(
                summary=pager_words.went_live(case, one, shown.scene),
                source=pager_words.source(case),
                at=one.at,
                links=links,
                details=pager_words.details(case) | {"id": one.id},
            )

        send(sending, tell)
        self.log.info("change event", change=case.key, id=one.id)
        if missing[1:]:
            more(attempt)
        return {"told": [*told, one.id]}

    def alerts(self, attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        """Open or resolve the next page that is not as the change is."""
        shown, link = look(self, attempt), self._link()
        if link is None or shown is None:
            return attempt.row.remote
        case, pages = shown.case, dict((attempt.row.remote or {}).get("pages", {}))
        wanted = {one.page: one for one in paging.alerts(case, self.clock.now())}
        other = [one for page, one in wanted.items() if pages.get(page, CLOSED) != _state(one.open)]
        if not other:
            return attempt.row.remote
        one = other[0]
        key = paging.alert_key(case, one.page)

        def page() -> None:
            link.alert(
                key=key,
                summary=pager_words.page(case, one, shown.scene),
                severity=SEVERITY[one.page],
                source=pager_words.source(case),
                link=shown.card or "",
                at=one.since,
                details=pager_words.details(case),
            )

        intend(self.db, attempt, {"pages": pages | {one.page.value: TRYING}})
        send(sending, page if one.open else lambda: link.resolve(key=key))
        self.log.info("paged" if one.open else "page resolved", change=case.key, page=one.page.value)
        if other[1:]:
            more(attempt)
        return {"pages": pages | {one.page.value: _state(one.open)}}

    def _link(self) -> Link | None:
        """The link where it can page; that it can't is said in the log once."""
        link = self.link()
        if link is not None and not link.can_page and "said" not in self._said:
            self._said.add("said")
            self.log.info("linked in part", lacks="PAGERDUTY_ROUTING_KEY")
        return link if link is not None and link.can_page else None


def send(sending: Sending, event: Callable[[], None]) -> None:
    """Send one event. Raises SendFailed; what PagerDuty refuses is tried again in ten minutes."""
    try:
        posted(sending, event)
    except Rejected as no:
        raise put_off(no) from None


def intend(db: Database, attempt: Attempt, remote: Mapping[str, Any]) -> None:
    """Write down what is about to be sent. Raises Overtaken: somebody else holds the row."""
    with db.write() as tx:
        if not settlements.intend(tx, attempt.row, remote):
            raise Overtaken


def _state(open_: bool) -> str:
    return OPEN if open_ else CLOSED
