"""The incident of a change at PagerDuty: read or opened, and told by notes what became of the change.

What must have been said is read from the change as it is now; what is missing is said, one note a try, in order. A
note that may have arrived is looked for by its mark before it is sent again, and so is an incident that was opened.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection, select

from bot.blocks import pager_words
from bot.blocks.kit import Scene
from bot.clock import Clock
from bot.delivery import Beyond, Sending
from bot.desk import Policy
from bot.outcomes import Attempt
from bot.peer_sends import asked, posted, put_off
from bot.scenes import everybody, scene
from bot.slack_errors import SendFailed
from workflows import facts, following, incidents, ledger, outbox, paging
from workflows.backoff import Trouble
from workflows.case import Case, Done
from workflows.change import Actor
from workflows.db import Database
from workflows.links import Rejected
from workflows.models import outbox as table
from workflows.peered import SeenIncident
from workflows.turn import Turn

CLOSED_FOR = timedelta(days=1)  # after that nothing is tried any more of what PagerDuty refuses
_HOME = re.compile(r"https://[a-z0-9.-]+/?")


class Link(Protocol):
    """What is asked of `workflows.links.pagerduty.PagerDuty` about incidents."""

    @property
    def can_read(self) -> bool: ...
    @property
    def can_write(self) -> bool: ...
    def incident(self, id_or_number: str) -> SeenIncident: ...
    def by_key(self, key: str) -> SeenIncident | None: ...
    def open(self, *, service: str, title: str, details: str, key: str, urgency: str = "high") -> SeenIncident: ...
    def notes(self, incident_id: str) -> tuple[str, ...]: ...
    def note(self, incident_id: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A change as it is at this moment, and what its words need. `card`: the address of its card, where it is known."""

    case: Case
    scene: Scene
    card: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """`link` makes the link to PagerDuty on first use; None: PagerDuty is not configured, nothing is told."""

    db: Database
    policy: Policy
    clock: Clock
    link: Callable[[], Link | None]
    new_id: Callable[[], str]
    salt: Callable[[], bytes]
    log: Any = field(default_factory=lambda: structlog.get_logger("paging"))
    _lacks: set[str] = field(default_factory=set)

    def table(self) -> Mapping[str, Beyond]:
        """Template → what brings it up to date."""
        return {following.INCIDENT: self.incident}

    def incident(self, attempt: Attempt, sending: Sending) -> Mapping[str, Any] | None:
        """Bring the incident one step further: read, opened, or told the next thing it has not heard of."""
        link = self.link()
        shown = look(self, attempt)
        if link is None or shown is None or not self._able(link.can_read, "PAGERDUTY_TOKEN"):
            return attempt.row.remote
        try:
            incident = self._incident(link, shown, attempt, sending)
        except Rejected as no:
            return self._refused(shown.case, no, attempt, trouble=True)
        if incident is None or not self._able(link.can_write, "PAGERDUTY_FROM"):
            return attempt.row.remote
        try:
            return self._tell(link, shown, incident, attempt, sending)
        except Rejected as no:
            return self._refused(shown.case, no, attempt, trouble=no.status == 404)

    def _incident(self, link: Link, shown: Shown, attempt: Attempt, sending: Sending) -> str | None:
        """The id of the incident; None: there is none, and none is to be opened. Raises SendFailed, Rejected."""
        case, known = shown.case, shown.case.incident_seen
        if known is not None and known.id and not known.trouble:
            return known.id
        name = known.id if known is not None and known.id else case.incident
        if name:
            seen = asked(lambda: link.incident(name))
            with self.db.write() as tx:
                done = incidents.learn(self._turn(tx), case.id, seen)
            return seen.id if isinstance(done, Done) and incidents.names(done.case, seen) else None
        service = self.policy.rules.pagerduty.service
        if not case.open_incident or service is None or case.closed_at or not link.can_write:
            return None
        return self._open(link, shown, service, attempt, sending).id

    def _open(self, link: Link, shown: Shown, service: str, attempt: Attempt, sending: Sending) -> SeenIncident:
        case = shown.case
        key = f"{paging.PRODUCT}:{case.key}"
        seen = asked(lambda: link.by_key(key)) if attempt.unsettled else None
        if seen is None:
            title, details = pager_words.incident(case, shown.scene, shown.card)
            seen = posted(sending, lambda: link.open(service=service, title=title, details=details, key=key))
            self.log.info("incident opened", change=case.key, incident=seen.id)
        with self.db.write() as tx:
            incidents.opened(self._turn(tx), case.id, seen)
        return seen

    def _tell(
        self, link: Link, shown: Shown, incident: str, attempt: Attempt, sending: Sending
    ) -> Mapping[str, Any] | None:
        """Say the first thing that it has not heard; what is still missing then keeps the row due."""
        case, remote = shown.case, attempt.row.remote or {}
        wanted = paging.notes(case)
        same = remote.get("incident") == incident
        said = {str(key) for key in remote.get("said", ())} if same else set[str]()
        if attempt.unsettled or not same:
            there = [text.rstrip() for text in asked(lambda: link.notes(incident))]
            said |= {one.key for one in wanted if any(text.endswith(pager_words.mark(case, one)) for text in there)}
            attempt.unsettled = False
        missing = [one for one in wanted if one.key not in said]
        if missing:
            words = pager_words.note(case, missing[0], shown.scene, shown.card)
            posted(sending, lambda: link.note(incident, words))
            said.add(missing[0].key)
            self.log.info("noted", change=case.key, note=missing[0].key)
        if missing[1:]:
            more(attempt)
        return {"incident": incident, "said": sorted(said)}

    def _refused(self, case: Case, no: Rejected, attempt: Attempt, *, trouble: bool) -> Mapping[str, Any] | None:
        """Try again later while the change is open. `trouble`: say on it that its incident can't be read, and why."""
        if trouble:
            with self.db.write() as tx:
                incidents.trouble(self._turn(tx), case.id, no.why if no.status in (403, 404) else "refused")
        self.log.warning("incident refused", change=case.key, why=no.why, status=no.status)
        if case.closed_at is not None and self.clock.now() - case.closed_at > CLOSED_FOR:
            return attempt.row.remote
        raise put_off(no)

    def _able(self, can: bool, variable: str) -> bool:
        """Whether it can be done; what it lacks is said in the log once."""
        if not can and variable not in self._lacks:
            self._lacks.add(variable)
            self.log.info("linked in part", lacks=variable)
        return can

    def _turn(self, tx: Connection) -> Turn:
        if not self.policy.writable:
            raise SendFailed(Trouble.RATE_LIMITED, "another process decides", timedelta(seconds=5))
        return Turn(tx, Actor(""), self.policy.rules, self.clock.now(), self.new_id, self.salt)


class Room(Protocol):
    """Where a change is looked at."""

    @property
    def db(self) -> Database: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def clock(self) -> Clock: ...


def look(room: Room, attempt: Attempt) -> Shown | None:
    """The change of this row as it is now: whatever is wanted later is not what is looked at here."""
    row, rules = attempt.row, room.policy.rules
    with room.db.read() as tx:
        attempt.version = tx.scalar(select(table.c.wanted).where(table.c.id == row.id)) or row.wanted
        case = ledger.case(tx, row.change) if row.change else None
        if case is None:
            return None
        attempt.key = case.key
        view = scene(tx, rules, now=room.clock.now(), people=everybody(case), shared=True)
        return Shown(case, view, card_address(tx, case))


def more(attempt: Attempt) -> None:
    """There is more to be said than this try said: the row stays due."""
    attempt.version -= 1


def card_address(tx: Connection, case: Case) -> str | None:
    """The address of the main card; None while it is not posted, or where nobody knows the workspace's."""
    row = outbox.find(tx, outbox.key_of(case.id, f"card:{case.posted}"))
    known = facts.some(tx, "workspace", ("self",)).get("self")
    home = str((known.value or {}).get("url", "")) if known else ""
    if row is None or not row.remote or "ts" not in row.remote or not _HOME.fullmatch(home):
        return None
    ts = str(row.remote["ts"]).replace(".", "")
    return f"{home.rstrip('/')}/archives/{row.remote['channel']}/p{ts}"
