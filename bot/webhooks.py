"""POST /github/webhook: what GitHub signed is taken once, and each event does one thing.

The raw body is checked before anything is parsed. GitHub delivers a hook again only when somebody asks it to, so what
could not be taken is not remembered, and the pollers close the gap. Nothing in a payload is believed: it says where to
look.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import signatures, web, wire
from bot.desk import Desk
from workflows import inbox
from workflows.change import Actor
from workflows.links import Rejected, Unavailable
from workflows.turn import Turn

THREADS = 8
WAITING = 256
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_EVENT = re.compile(r"[a-z_]{1,64}")


@dataclass(frozen=True, slots=True)
class Hook:
    """One verified delivery: hints about where to look."""

    event: str
    delivery: str
    body: Mapping[str, Any]

    @property
    def action(self) -> str:
        """What happened, as the event names it; "" where it names nothing."""
        return wire.text(self.body, "action")

    @property
    def repository(self) -> str:
        """`owner/name`; "" when the delivery is about none."""
        return wire.text(self.body, "repository", "full_name")

    @property
    def installation(self) -> int | None:
        """The installation of the App that it is said to come from."""
        return whole(self.body, "installation", "id")


def whole(body: Mapping[str, Any], *path: str) -> int | None:
    """The whole number above 0 at this path; None when there is none."""
    found = wire.at(body, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 2**63 else None


Work = Callable[[Turn], object]
# What an event does: it may ask GitHub first (no transaction is open), then its work is done in the transaction that
# remembers the delivery; None: there is nothing to record. Raises Unavailable: not taken.
Take = Callable[[Hook], Work | None]


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The door for GitHub. `table`: event → what it does, each in its order; events that are not in it are let go."""

    desk: Desk
    secret: str
    table: Mapping[str, Sequence[Take]]
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "github"))
    under_way: set[int] = field(default_factory=set)
    log: Any = field(default_factory=lambda: structlog.get_logger("webhooks"))

    def routes(self) -> list[Route]:
        """The route of GitHub's webhooks."""
        return [Route("/github/webhook", self._post, methods=["POST"])]

    def close(self) -> None:
        """Take nothing more."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    async def _post(self, request: Request) -> Response:
        raw = await web.body_of(request)
        if raw is None:
            return _said(413, "too large")
        if not signatures.from_github(raw, request.headers, secret=self.secret):
            return _said(401, "not signed by GitHub with our secret")
        event, delivery = request.headers.get("x-github-event", ""), request.headers.get("x-github-delivery", "")
        if not _EVENT.fullmatch(event) or not _ID.fullmatch(delivery):
            return _said(400, "no event, or no delivery id")
        if event not in self.table:
            return _said(202, "of no interest")
        try:
            body = wire.decode(raw, request.headers.get("content-type", ""))
        except wire.Malformed:
            return _said(400, "malformed")
        if len(self.under_way) >= THREADS + WAITING:
            return _said(503, "busy")
        hook, ticket = Hook(event, delivery, body), id(raw)
        self.under_way.add(ticket)
        try:
            loop = asyncio.get_running_loop()
            return _said(*await loop.run_in_executor(self.pool, self.take, hook))
        finally:
            self.under_way.discard(ticket)

    def take(self, hook: Hook) -> tuple[int, str]:
        """Do what this delivery asks for, once, and return the HTTP status and a word for GitHub's own list."""
        key = f"github:{hook.delivery}"
        try:
            with self.desk.db.read() as tx:
                if inbox.known(tx, [key]):
                    return 200, "known"
            if not self.desk.policy.writable:
                return 503, "this process decides nothing now"
            works = [work for take in self.table[hook.event] if (work := take(hook)) is not None]
            self._record(key, works)
        except Unavailable as silent:
            self.log.warning("not taken", event_=hook.event, delivery=hook.delivery, why=silent.why)
            return 503, "GitHub could not be asked; the poller will look"
        except Rejected as no:
            self.log.warning("ignored", event_=hook.event, delivery=hook.delivery, why=no.why)
            return 202, "GitHub does not know what this is about"
        except SQLAlchemyError as fault:
            self.log.error("not recorded", event_=hook.event, delivery=hook.delivery, fault=type(fault).__name__)
            return 503, "the record is not available"
        return 200, "taken"

    def _record(self, key: str, works: Sequence[Work]) -> None:
        desk = self.desk
        with desk.db.write() as tx:
            if inbox.once(tx, [key], desk.clock.real(), keep=True) is not None:
                return
            turn = Turn(tx, Actor(""), desk.policy.rules, desk.clock.now(), desk.new_id, desk.salt)
            for work in works:
                work(turn)


def _said(status: int, words: str) -> Response:
    return JSONResponse({"said": words}, status)
