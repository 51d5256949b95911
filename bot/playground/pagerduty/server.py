"""The HTTP server of the stand-in PagerDuty, REST and Events v2 on one host, with faults on demand."""

from __future__ import annotations

import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from bot.playground import rest
from bot.playground.pagerduty import routes
from bot.playground.pagerduty.asking import Ask, Made
from bot.playground.pagerduty.hub import Hub
from bot.playground.pagerduty.records import Json
from bot.playground.pagerduty.refusal import PagerDutyError, forbidden, invalid, missing, unauthorized
from bot.playground.rest_faults import Fault

REFUSALS = {"revoked": unauthorized, "forbidden": forbidden, "missing": missing}


def build_pagerduty(hub: Hub) -> Starlette:
    """Return the server of `hub`; run it with `bot.playground.running.serve` and a certificate: clients insist."""

    return rest.build(hub.world, handle=lambda request, path, body: _handle(hub, request, path, body), refuse=_faulty)


def _faulty(fault: Fault | None) -> Response:
    """Answer as a fault says; nothing was done."""
    if fault is None or fault.kind == "outage":
        return Response("<html><body>Service Unavailable</body></html>", 503, media_type="text/html")
    if fault.kind == "rate_limited":
        wait = str(fault.retry_after)
        headers = {"Retry-After": wait, "ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": wait}
        return rest.answer(429, {"error": {"message": "Rate Limit Exceeded", "code": 2020}}, headers)
    return _refuse(REFUSALS[fault.kind]())


def _refuse(refusal: PagerDutyError) -> Response:
    return rest.answer(refusal.status, refusal.body())


def _handle(hub: Hub, request: Request, path: str, body: bytes) -> Response:
    world = hub.world
    with world.lock:
        try:
            sent = _parse(body)
            if path in routes.EVENTS and request.method == "POST":
                return rest.answer(202, routes.EVENTS[path](world, sent))
            known = routes.token(world, request.headers.get("authorization", ""))
            query = tuple(request.query_params.multi_items())
            ask = Ask({}, query, sent, known, request.headers.get("from", ""))
            said = routes.answer(world, request.method, path, ask)
        except PagerDutyError as refusal:
            return _refuse(refusal)
    return rest.answer(said.status, said.body) if isinstance(said, Made) else rest.answer(200, said)


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
