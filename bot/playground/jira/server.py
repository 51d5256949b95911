"""The HTTP server of the stand-in Jira: REST v3 as Jira Cloud speaks it, with faults on demand."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground.github.exchange import Exchange
from bot.playground.github.traffic import Call
from bot.playground.jira import routes
from bot.playground.jira.asking import Made
from bot.playground.jira.faults import Fault
from bot.playground.jira.hub import Hub
from bot.playground.jira.records import Json
from bot.playground.jira.refusal import JiraError, missing
from bot.playground.running import Cut

METHODS = ["GET", "POST", "PUT", "DELETE"]
FAILED = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
STRANGER = "Client must be authenticated to access this resource."


def build_jira(hub: Hub) -> Starlette:
    """Return the server of `hub`; run it with `bot.playground.running.serve`, which tells it its address."""

    async def endpoint(request: Request) -> Response:
        path = request.scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        try:
            body = await request.body()
        except ClientDisconnect:  # killed while it asked: it will never know
            return Response(status_code=400)
        hub.asked(request.method, path)
        below = path.partition("/rest/api/3")[2]
        fault = hub.faults.use(lambda one: one.hits(request.method, below))
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            fault = None
        handled = fault is None or fault.kind == "reset_after"
        response = _handle(hub, request, path, body) if handled else _faulty(fault)
        if fault is not None and fault.kind == "reset_after":
            response = Cut()
        _keep(hub, request, path, body, response, handled)
        return response

    app = Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])

    def on_address(url: str) -> None:
        hub.base_url = url

    app.state.on_address = on_address
    return app


def _keep(hub: Hub, request: Request, path: str, body: bytes, response: Response, handled: bool) -> None:
    """Record a request, and show it to whoever watches."""
    status = 0 if isinstance(response, Cut) else response.status_code
    with hub.world.lock:
        hub.world.calls.append(Call(request.method, path, status, hub.world.clock().timestamp()))
    query = tuple(request.query_params.multi_items())
    hub.seen(Exchange(request.method, path, query, dict(request.headers), body, status, bytes(response.body), handled))


def _faulty(fault: Fault | None) -> Response:
    """Answer as a fault says; nothing was done."""
    if fault is None or fault.kind == "outage":
        return Response("<html><body>We're having trouble</body></html>", 503, media_type="text/html")
    if fault.kind == "reset_before":
        return Cut()
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
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, headers, "application/json")


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
