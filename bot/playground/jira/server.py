"""The HTTP server of the stand-in Jira: REST v3 as Jira Cloud speaks it, with faults on demand."""

from __future__ import annotations

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from bot.playground import rest
from bot.playground.jira import routes
from bot.playground.jira.asking import Made
from bot.playground.jira.hub import Hub
from bot.playground.jira.records import Json
from bot.playground.jira.refusal import JiraError, missing
from bot.playground.rest_faults import Fault

FAILED = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
STRANGER = "Client must be authenticated to access this resource."


def build_jira(hub: Hub) -> Starlette:
    """Return the server of `hub`; run it with `bot.playground.running.serve`, which tells it its address."""

    return rest.build(
        hub.world,
        handle=lambda request, path, body: _handle(hub, request, path, body),
        refuse=_faulty,
        below="/rest/api/3",
    )


def _faulty(fault: Fault | None) -> Response:
    """Answer as a fault says; nothing was done."""
    if fault is None or fault.kind == "outage":
        return Response("<html><body>We're having trouble</body></html>", 503, media_type="text/html")
    if fault.kind == "rate_limited":
        headers = {"Retry-After": str(fault.retry_after), "X-RateLimit-Remaining": "0"}
        return Response("Rate limit exceeded.", 429, headers, "text/plain")
    if fault.kind == "revoked":
        return _stranger(gateway=False)
    if fault.kind == "forbidden":
        return _json(403, JiraError(403, "You do not have the permission to do this.").body(), {})
    return _json(404, missing().body(), {})


def _stranger(*, gateway: bool) -> Response:
    if gateway:
        return _json(401, {"code": 401, "message": "Unauthorized"}, {})
    return Response(STRANGER, 401, FAILED, "text/html")


def _json(status: int, body: Any, headers: dict[str, str]) -> Response:
    return rest.answer(status, body, headers, charset=False)


def _handle(hub: Hub, request: Request, path: str, body: bytes) -> Response:
    world, header = hub.world, request.headers.get("authorization", "")
    with world.lock:
        headers = {} if not header or routes.known(world, header, path) else FAILED
        try:
            query = tuple(request.query_params.multi_items())
            said = routes.answer(world, request.method, path, query, _parse(body), header)
        except JiraError as refusal:
            return _json(refusal.status, refusal.body(), headers)
        except routes.Stranger as stranger:
            return _stranger(gateway=stranger.gateway)
        if isinstance(said, Made):
            return Response(None, said.status, headers) if said.body is None else _json(said.status, said.body, headers)
        return _json(200, said, headers)


def _parse(body: bytes) -> Json:
    if not body:
        return {}
    try:
        read = json.loads(body)
    except ValueError:
        raise JiraError(400, "There was an error parsing JSON. Check that your request body is valid.") from None
    if not isinstance(read, dict):
        raise JiraError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return read
