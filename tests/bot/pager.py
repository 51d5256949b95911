"""A PagerDuty of a few incidents, and a worker that keeps it in step; every step can be cut."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from bot.addressbook import Addressbook
from bot.dead_letters import DeadLetters
from bot.delivery import Delivery
from bot.outcomes import Outcomes
from bot.pages import Pages
from bot.paging import Paging
from bot.places import Addresses
from bot.slack import Slack
from bot.worker import Worker
from tests.bot.sending import HandClock
from tests.bot.waiting_github import Moment, Seam, nothing
from tests.workflows.desk import Desk
from workflows.links import Rejected
from workflows.models import outbox
from workflows.outbox import Row
from workflows.peered import SeenIncident

SEEN = SeenIncident(
    "Q1ABC", 4711, "Checkout is down", "Payments", "PSVC1", "high", "triggered", "https://acme.pagerduty.com/Q1ABC"
)
TEMPLATES = ("incident", "change_events", "alerts", "dead_letter_alert")


@dataclass
class PagerDuty:
    """Answers as PagerDuty does. `fails`: what the next requests raise, after they arrived when `arrives`."""

    moment: Moment = nothing
    can_read: bool = True
    can_write: bool = True
    can_page: bool = True
    incidents: dict[str, SeenIncident] = field(default_factory=lambda: {SEEN.id: SEEN})
    keys: dict[str, str] = field(default_factory=dict)
    written: list[tuple[str, str]] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    pages: Counter[str] = field(default_factory=Counter)
    summaries: dict[str, str] = field(default_factory=dict)
    changes: list[tuple[str, str]] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    arrives: bool = False

    def incident(self, id_or_number: str) -> SeenIncident:
        """By id or number."""
        self._asked()
        found = [one for one in self.incidents.values() if id_or_number in (one.id, str(one.number))]
        if not found:
            raise Rejected("gone", 404)
        return found[0]

    def by_key(self, key: str) -> SeenIncident | None:
        """The one under that key."""
        self._asked()
        return self.incidents[self.keys[key]] if key in self.keys else None

    def open(self, *, service: str, title: str, details: str, key: str, urgency: str = "high") -> SeenIncident:
        """Open one, under whatever key: as if the one before had been resolved in between."""

        def make() -> SeenIncident:
            number = 5000 + len(self.incidents)
            self.keys[key] = id = f"Q{number}"
            self.incidents[id] = replace(SEEN, id=id, number=number, title=title, service_id=service)
            return self.incidents[id]

        made: SeenIncident = self._told(make)
        return made

    def notes(self, incident_id: str) -> tuple[str, ...]:
        """What was written on it."""
        self._asked()
        return tuple(text for where, text in self.written if where == incident_id)

    def note(self, incident_id: str, text: str) -> None:
        """Write on it."""
        self._told(lambda: self.written.append((incident_id, text)))

    def alert(
        self, *, key: str, summary: str, severity: str, source: str, link: str, at: datetime, details: Mapping[str, Any]
    ) -> None:
        """Page."""

        def page() -> None:
            self.events.append(("trigger", key))
            self.pages[key] = 1
            self.summaries[key] = summary

        self._told(page)

    def resolve(self, *, key: str) -> None:
        """End a page."""

        def end() -> None:
            self.events.append(("resolve", key))
            self.pages[key] = 0

        self._told(end)

    def change_event(
        self,
        *,
        summary: str,
        source: str,
        at: datetime,
        links: Iterable[tuple[str, str]] = (),
        details: Mapping[str, Any],
    ) -> None:
        """Keep a change event."""
        self._told(lambda: self.changes.append((str(details["id"]), summary)))

    def open_pages(self) -> set[str]:
        """Under what keys somebody is paged now, without the product's name."""
        return {key.removeprefix("countersign:") for key, open_ in self.pages.items() if open_}

    def said(self, incident: str = SEEN.id) -> list[str]:
        """The marks of the notes on an incident, in order."""
        return [text.rpartition("[")[2].rstrip("]") for where, text in self.written if where == incident]

    def _asked(self) -> None:
        self.moment("asked")
        if self.fails and not self.arrives:
            raise self.fails.pop(0)

    def _told(self, act: Callable[[], Any]) -> Any:
        self._asked()
        done = act()
        if self.fails:
            raise self.fails.pop(0)
        self.moment("told")
        return done


@dataclass
class Pager:
    """A desk, a PagerDuty, and the worker between them, all in one thread."""

    desk: Desk
    there: PagerDuty = field(default_factory=PagerDuty)
    moment: Moment = nothing
    clock: HandClock = field(default_factory=HandClock)

    def _parts(self) -> tuple[Paging, Pages, DeadLetters]:
        self.clock.at = self.desk.now
        seam: Any = Seam(self.desk.database, lambda name: self.moment(name))
        policy: Any = SimpleNamespace(rules=self.desk.rules, writable=True)
        given: dict[str, Any] = {"db": seam, "policy": policy, "clock": self.clock, "link": lambda: self.there}
        new: dict[str, Any] = {"new_id": self.desk.new_id}
        return Paging(**given, **new, salt=self.desk.salt), Pages(**given), DeadLetters(**given, **new)

    def worker(self) -> Worker:
        """A worker that delivers to PagerDuty; to Slack nothing is due (`drain`)."""
        incidents, pages, letters = self._parts()
        seam: Any = Seam(self.desk.database, lambda name: self.moment(name))
        slack = Slack("xoxb-none", self.clock, api_url="http://127.0.0.1:9/api/")
        outcomes = Outcomes(seam, lambda: Addresses("#i", "#e"), self.clock, self.desk.new_id, rand=lambda: 0.0)
        beyond = {**incidents.table(), **pages.table(), **letters.table()}
        delivery = Delivery(slack, Addressbook(slack, self.clock), outcomes, {}, self.step, beyond)
        return Worker(seam, delivery, self.clock, holder="one")

    def step(self, name: str, row: Row) -> None:
        """The hook of `Delivery`."""
        self.moment(name)

    def letters(self) -> None:
        """What the tick about messages that were given up does."""
        self._parts()[2].look_for_dead_letters()

    def drain(self, times: int = 60) -> None:
        """Bring PagerDuty up to date; cards and messages are put aside."""
        aside = outbox.update().where(outbox.c.template.not_in(TEMPLATES), outbox.c.state == "open")
        worker = self.worker()
        for _ in range(times):
            with self.desk.database.write() as tx:
                tx.execute(aside.values(sent=outbox.c.wanted, state="sent", done_at=self.desk.now))
            if not worker.run_once():
                return
        raise AssertionError(f"still something due after {times} tries")

    def states(self) -> dict[str, str]:
        """Template → the state of its row, of the change that is meant."""
        mine = select(outbox.c.template, outbox.c.state).where(outbox.c.change == self.desk.id)
        with self.desk.database.read() as tx:
            return {template: state for template, state in tx.execute(mine) if template in TEMPLATES}
