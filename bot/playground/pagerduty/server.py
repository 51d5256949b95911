"""The HTTP server of the stand-in PagerDuty, REST and Events v2 on one host, with faults on demand."""

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
from bot.playground.pagerduty import routes
from bot.playground.pagerduty.asking import Ask, Made
from bot.playground.pagerduty.faults import Fault
from bot.playground.pagerduty.hub import Hub
from bot.playground.pagerduty.records import Json
from bot.playground.pagerduty.refusal import PagerDutyError, forbidden, invalid, missing, unauthorized
from bot.playground.running import Cut

METHODS = ["GET", "POST", "PUT", "DELETE"]
REFUSALS = {"revoked": unauthorized, "forbidden": forbidden, "missing": missing}


def build_pagerduty(hub: Hub) -> Starlette:
    """Return the server of `hub`; run it with `bot.playground.running.serve` and a certificate: clients insist."""

    async def endpoint(request: Request) -> Response:
        path = request.scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        try:
            body = await request.body()
        except ClientDisconnect:  # killed while it asked: it will never know
            return Response(status_code=400)
        hub.asked(request.method, path)
        fault = hub.faults.use(lambda one: one.hits(request.method, path))
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
        hub.world.calls.append(Call(request.method, path, status, hub.world.real()))
    query = tuple(request.query_params.multi_items())
    headers = dict(request.headers)
    hub.seen(Exchange(request.method, path, query, headers, body, status, bytes(response.body), handled))


def _faulty(fault: Fault | None) -> Response:
    """Answer as a fault says; nothing was done."""
    if fault is None or fault.kind == "outage":
        return Response("<html><body>Service Unavailable</body></html>", 503, media_type="text/html")
    if fault.kind == "reset_before":
        return Cut()
    if fault.kind == "rate_limited":
        wait = str(fault.retry_after)
        headers = {"Retry-After": wait, "ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": wait}
        return _json(429, {"error": {"message": "Rate Limit Exceeded", "code": 2020}}, headers)
    return _refuse(REFUSALS[fault.kind]())


def _refuse(refusal: PagerDutyError) -> Response:
    return _json(refusal.status, refusal.body(), {})


def _json(status: int, body: Any, headers: dict[str, str]) -> Response:
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, headers, "application/json; charset=utf-8")


def _handle(hub: Hub, request: Request, path: str, body: bytes) -> Response:
    world = hub.world
    with world.lock:
        try:
            sent = _parse(body)
            if path in routes.EVENTS and request.method == "POST":
                return _json(202, routes.EVENTS[path](world, sent), {})
            known = routes.token(world, request.headers.get("authorization", ""))
            query = tuple(request.query_params.multi_items())
            ask = Ask({}, query, sent, known, request.headers.get("from", ""))
            said = routes.answer(world, request.method, path, ask)
        except PagerDutyError as refusal:
            return _refuse(refusal)
    return _json(said.status, said.body, {}) if isinstance(said, Made) else _json(200, said, {})


def _parse(body: bytes) -> Json:
    if not body:
        return {}
    try:
        read = json.loads(body)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise invalid("Body must be a JSON object")
    return read
