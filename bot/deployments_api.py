"""POST /api/v1/deployments and /api/v1/findings: a pipeline says what it deployed, a drift job what it saw.

The same tokens as for the gate. The same id again is answered as before (200; the first time 201), so a pipeline may
repeat until it gets an answer; the id of another deployment is refused (409).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import bearer, reported_forms, web
from bot.bearer import Denied
from bot.desk import Desk
from bot.reported_forms import Unreadable
from workflows import sightings
from workflows.change import Actor
from workflows.reckoning import Explained, Seen
from workflows.sightings import Reported
from workflows.turn import Turn

HEADERS = {"cache-control": "no-store"}
MOST = 65_536
UNNAMED = "Name the repository as owner/name; only a token for all of them may leave it out."
Read = Callable[..., Seen]

WORDS: Mapping[Explained | None, str] = {
    Explained.APPROVED: "Recorded on {key}: it was approved.",
    Explained.EMERGENCY: "Recorded on {key}, an emergency that was open for this repository.",
    Explained.ROLLBACK: "Recorded on {key}, a rollback.",
    Explained.FOUND: "Nothing explains it, so {key} was opened; somebody answers for it.",
    Explained.NOT_OURS: "Taken. The policy names no such repository or environment, so nothing has to explain it.",
    Explained.BEFORE: "Taken. It is from before the first policy, so nothing has to explain it.",
    Explained.REVIEWED: "Taken.",
    None: "Taken. It will be looked at as soon as GitHub answers.",
}


@dataclass(frozen=True, slots=True)
class DeploymentsApi:
    """Takes reports."""

    desk: Desk

    def routes(self) -> list[Route]:
        """The two routes."""
        return [
            Route("/api/v1/deployments", self._deployments, methods=["POST"]),
            Route("/api/v1/findings", self._findings, methods=["POST"]),
        ]

    async def _deployments(self, request: Request) -> Response:
        return await self._post(request, reported_forms.deployment)

    async def _findings(self, request: Request) -> Response:
        return await self._post(request, reported_forms.finding)

    async def _post(self, request: Request, read: Read) -> Response:
        raw = await web.body_of(request)
        if raw is None or len(raw) > MOST:
            return JSONResponse(_error("This is too large."), 413, HEADERS)
        status, body = await run_in_threadpool(self.take, bearer.text(request), raw, read)
        return JSONResponse(body, status, HEADERS | ({"www-authenticate": "Bearer"} if status == 401 else {}))

    def take(self, given: str, raw: bytes, read: Read) -> tuple[int, dict[str, Any]]:
        """The HTTP status and the body for who reports this with that token."""
        desk = self.desk
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            return 400, _error("Send one JSON object.")
        try:
            about = reported_forms.repository_of(body)
            token = bearer.caller(desk.db, desk.clock, given, about)
            if isinstance(token, Denied):
                return token.status, _error(token.words if about or token.status == 401 else UNNAMED)
            if not desk.policy.writable:
                return 503, _error("This process records nothing now. Try again in a minute.")
            now: datetime = desk.clock.now()
            seen = read(body, source=token.name, rules=desk.policy.rules, now=now)
            with desk.db.write() as tx:
                turn = Turn(tx, Actor(""), desk.policy.rules, now, desk.new_id, desk.salt)
                said = sightings.report(turn, seen)
        except Unreadable as wrong:
            return 400, _error(str(wrong))
        except sightings.Taken as taken:
            return 409, _error(str(taken))
        except SQLAlchemyError:
            return 503, _error("The record is not available. Nothing was recorded; try again in a minute.")
        return 201 if said.fresh else 200, answer(said)


def answer(said: Reported) -> dict[str, Any]:
    """The answer as JSON: what explains it, the change or finding, whether it was new, and one sentence."""
    words = WORDS[said.explained].format(key=said.key)
    explained = said.explained.value if said.explained else "unknown"
    told = {"explained": explained, "change": said.key, "fresh": said.fresh, "words": words}
    return {name: value for name, value in told.items() if value is not None}


def _error(words: str) -> dict[str, Any]:
    return {"explained": "error", "words": words}
