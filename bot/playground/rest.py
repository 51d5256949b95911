"""A stand-in's HTTP server: every request goes through the faults in force, is recorded, and is shown to onlookers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground.in_force import InForce
from bot.playground.running import Cut
from bot.playground.traffic import Exchange, Traffic

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Fault(Protocol):
    """What can be in force: kinds `delay`, `reset_before` and `reset_after` are done here, the rest by the stand-in."""

    @property
    def kind(self) -> str: ...
    @property
    def times(self) -> int | None: ...
    @property
    def seconds(self) -> float: ...
    def hits(self, method: str, path: str) -> bool: ...


class Peer(Protocol):
    """Whoever holds the state of a stand-in."""

    base_url: str

    @property
    def faults(self) -> InForce[Any]: ...
    @property
    def traffic(self) -> Traffic: ...


Handle = Callable[[Request, str, bytes], Response]
Refuse = Callable[[Any], Response]
"""What a fault that is none of the connection's answers; None: an outage."""


def build(peer: Peer, *, handle: Handle, refuse: Refuse, below: str = "") -> Starlette:
    """Return the server; run it with `bot.playground.running.serve`, which tells it its address.

    `below`: what stands before the paths that faults name.
    """

    async def endpoint(request: Request) -> Response:
        path = request.scope["raw_path"].decode("ascii", "replace").partition("?")[0]
        try:
            body = await request.body()
        except ClientDisconnect:  # killed while it asked: it will never know
            return Response(status_code=400)
        peer.traffic.asked(request.method, path)
        named = path.partition(below)[2] if below else path
        fault = peer.faults.use(lambda one: one.hits(request.method, named))
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            fault = None
        handled = fault is None or fault.kind == "reset_after"
        response = handle(request, path, body) if handled else _faulty(fault, refuse)
        if fault is not None and fault.kind == "reset_after":
            response = Cut()
        _keep(peer, request, path, body, response, handled)
        return response

    app = Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])

    def on_address(url: str) -> None:
        peer.base_url = url

    app.state.on_address = on_address
    return app


def _faulty(fault: Fault | None, refuse: Refuse) -> Response:
    """Answer as a fault says; nothing was done."""
    return Cut() if fault is not None and fault.kind == "reset_before" else refuse(fault)


def _keep(peer: Peer, request: Request, path: str, body: bytes, response: Response, handled: bool) -> None:
    """Record a request, and show it to whoever watches."""
    status = 0 if isinstance(response, Cut) else response.status_code
    query = tuple(request.query_params.multi_items())
    headers, answer = dict(request.headers), bytes(response.body)
    peer.traffic.answered(Exchange(request.method, path, query, headers, body, status, answer, handled))


def answer(status: int, body: Any, headers: dict[str, str] | None = None, *, charset: bool = True) -> Response:
    """An answer in JSON."""
    kind = "application/json; charset=utf-8" if charset else "application/json"
    return Response(json.dumps(body, ensure_ascii=False).encode(), status, headers, kind)
