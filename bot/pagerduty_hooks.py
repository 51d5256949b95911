"""POST /pagerduty/webhook: what PagerDuty signed is taken once, and says only which incident to look at.

PagerDuty waits five seconds, sends again what got no answer or a 5xx, and switches a subscription off that answers
4xx: so whatever is signed gets a 2xx, understood or not, unless it could not be taken now. The signature names no time:
a delivery's id, and the id of its event, which is signed, are remembered for ever (PagerDuty docs, "Webhooks").
"""

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import signatures, web, wire
from bot.incident_reading import IncidentReader, Work
from workflows import inbox
from workflows.change import Actor
from workflows.links import Rejected, Unavailable
from workflows.turn import Turn

THREADS = 4
WAITING = 128
PATIENCE = 4.0  # seconds
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_OF_INTEREST = "incident."


@dataclass(frozen=True, slots=True)
class Hint:
    """Where a delivery says to look: `keys` are what it is remembered by, `incident` and `number` name the incident."""

    keys: tuple[str, ...]
    event: str
    incident: str
    number: str

    @classmethod
    def read(cls, body: Mapping[str, Any], delivery: str) -> "Hint":
        """Read a V3 delivery; what is absent or odd is empty."""
        event = wire.at(body, "event")
        data = wire.at(event, "data")
        # Notes, responders and status updates name the incident that they are about.
        about = data if wire.text(data, "type") == "incident" else wire.at(data, "incident")
        incident, number = wire.text(about, "id"), wire.at(about, "number")
        return cls(
            keys=tuple(
                f"{kind}:{id}"
                for kind, id in (("pagerduty", delivery), ("pagerduty-event", wire.text(event, "id")))
                if _ID.fullmatch(id)
            ),
            event=wire.text(event, "event_type"),
            incident=incident if _ID.fullmatch(incident) else "",
            number=str(number) if isinstance(number, int) and not isinstance(number, bool) and number > 0 else "",
        )


@dataclass(frozen=True, slots=True)
class PagerDutyHooks:
    """The door for PagerDuty. `secrets`: one, or several while it is rotated, separated by commas or white space."""

    reader: IncidentReader
    secrets: str
    patience: float = PATIENCE
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "pagerduty"))
    under_way: set[Future[tuple[int, str]]] = field(default_factory=set)
    log: Any = field(default_factory=lambda: structlog.get_logger("webhooks"))

    def routes(self) -> list[Route]:
        """The route of PagerDuty's webhooks."""
        return [Route("/pagerduty/webhook", self._post, methods=["POST"])]

    def close(self) -> None:
        """Take nothing more."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    async def _post(self, request: Request) -> Response:
        raw = await web.body_of(request)
        if raw is None:
            return _said(413, "too large")
        if not signatures.from_pagerduty(raw, request.headers, secrets=self.secrets):
            return _said(401, "not signed by PagerDuty with our secret")
        try:
            body = wire.decode(raw, "application/json")
        except wire.Malformed:
            return _said(202, "not understood")
        hint = Hint.read(body, request.headers.get("x-webhook-id", ""))
        if not hint.event.startswith(_OF_INTEREST) or not hint.incident or not hint.keys:
            return _said(202, "of no interest")
        if len(self.under_way) >= THREADS + WAITING:
            return _said(503, "busy")
        working = self.pool.submit(self.take, hint)
        self.under_way.add(working)
        working.add_done_callback(self.under_way.discard)
        try:
            return _said(*await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(working)), self.patience))
        except TimeoutError:
            return _said(503, "still looking")  # it goes on; sent again, it is known by then

    def take(self, hint: Hint) -> tuple[int, str]:
        """Look where this delivery points, once, and return the HTTP status and a word for PagerDuty's own list."""
        desk = self.reader.desk
        try:
            with desk.db.read() as tx:
                if inbox.known(tx, hint.keys):
                    return 200, "known"
            if not desk.policy.writable:
                return 503, "this process decides nothing now"
            work = self.reader.look(hint.incident, also=[hint.number] if hint.number else [])
            if work is None:
                return 202, "no change names this incident"
            self._record(hint, work)
        except Unavailable as silent:
            self.log.warning("not taken", event_=hint.event, incident=hint.incident, why=silent.why)
            return 503, "PagerDuty could not be asked; the poller will look"
        except Rejected as no:
            self.log.warning("ignored", event_=hint.event, incident=hint.incident, why=no.why)
            return 202, "PagerDuty did not let us look; the poller will"
        except SQLAlchemyError as fault:
            self.log.error("not recorded", event_=hint.event, incident=hint.incident, fault=type(fault).__name__)
            return 503, "the record is not available"
        return 200, "taken"

    def _record(self, hint: Hint, work: Work) -> None:
        desk = self.reader.desk
        with desk.db.write() as tx:
            if inbox.once(tx, hint.keys, desk.clock.real(), keep=True) is not None:
                return
            work(Turn(tx, Actor(""), desk.policy.rules, desk.clock.now(), desk.new_id, desk.salt))


def _said(status: int, words: str) -> Response:
    return JSONResponse({"said": words}, status)
