"""GET /api/v1/gate: may this commit go there? Only a yes is 200; what is not known is 503, never a yes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import bearer
from bot.bearer import Denied
from bot.blocks import gate_words
from bot.desk import Desk
from workflows import gate, gates
from workflows.change import Actor
from workflows.gate import Answer, Says
from workflows.turn import Turn

REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
LONGEST = 255
STATUS: Mapping[Says, int] = {Says.YES: 200, Says.WAIT: 409, Says.NO: 409, Says.UNKNOWN: 503}
HEADERS = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about; names as given, the commit in small letters."""

    repository: str
    sha: str
    environment: str


def read(query: Mapping[str, str]) -> Question | str:
    """The question of a request, or in words what is wrong with it."""
    asked = Question(
        query.get("repository", "").strip(), query.get("sha", "").strip().lower(), query.get("environment", "").strip()
    )
    if not REPOSITORY.fullmatch(asked.repository) or len(asked.repository) > LONGEST:
        return "repository must be owner/name."
    if not COMMIT.fullmatch(asked.sha):
        return "sha must be the whole commit SHA: 40 (or 64) hex digits, no branch and no short form."
    if not asked.environment.isprintable() or not 0 < len(asked.environment) <= LONGEST:
        return "environment must be named."
    return asked


@dataclass(frozen=True, slots=True)
class GateApi:
    """Answers pipelines. A look reads; only a new yes writes."""

    desk: Desk

    def routes(self) -> list[Route]:
        """The route of the gate."""
        return [Route("/api/v1/gate", self._get, methods=["GET"])]

    async def _get(self, request: Request) -> Response:
        asked = read(request.query_params)
        if isinstance(asked, str):
            return JSONResponse({"answer": "error", "words": asked}, 400, HEADERS)
        status, body = await run_in_threadpool(self.answer, bearer.text(request), asked)
        return JSONResponse(body, status, HEADERS | ({"www-authenticate": "Bearer"} if status == 401 else {}))

    def answer(self, given: str, asked: Question) -> tuple[int, dict[str, Any]]:
        """The HTTP status and the body for who asks with this token."""
        try:
            token = bearer.caller(self.desk.db, self.desk.clock, given, asked.repository)
            if isinstance(token, Denied):
                return token.status, {"answer": "error", "words": token.words}
            said = self._ask(asked, token.name)
        except SQLAlchemyError:
            return 503, {"answer": Says.UNKNOWN.value, "final": False, "words": gate_words.UNKNOWN}
        return STATUS[said.says], body(said, asked)

    def _ask(self, asked: Question, by: str) -> Answer:
        desk, what = self.desk, {"repository": asked.repository, "sha": asked.sha, "environment": asked.environment}
        with desk.db.read() as tx:
            said = gates.look(tx, **what, rules=desk.policy.rules, now=desk.clock.now())
        if said.says is not Says.YES:
            return said
        if not desk.policy.writable:  # a yes that cannot be recorded is none
            return Answer(Says.UNKNOWN, why=gate.Why.UNREAD)
        with desk.db.write() as tx:
            turn = Turn(tx, Actor(""), desk.policy.rules, desk.clock.now(), desk.new_id, desk.salt)
            return gates.ask(turn, **what, by=by)


def body(said: Answer, asked: Question) -> dict[str, Any]:
    """The answer as JSON: `answer`, its `basis` or `why`, `change` (a key), `until`, `final`, and one sentence."""
    told = {
        "answer": said.says.value,
        "basis": said.basis.value if said.basis else None,
        "why": said.why.value if said.why else None,
        "change": said.key,
        "until": said.until.isoformat() if said.until else None,
        "final": said.says is Says.NO and said.why in gates.FINAL,
        "repository": asked.repository,
        "sha": asked.sha,
        "environment": asked.environment,
        "words": gate_words.sentence(said, sha=asked.sha, environment=asked.environment),
    }
    return {name: value for name, value in told.items() if value is not None}
