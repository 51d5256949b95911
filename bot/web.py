"""The web: every Slack delivery through one endpoint, and whether we are alive and ready.

The raw body is read once, with a cap; nothing is parsed before the signature holds; Bolt runs in a bounded pool of
threads and answers after the commit.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from slack_bolt import App
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot import door, signatures, wire
from bot.clock import Clock

THREADS = 16
WAITING = 256  # deliveries beyond this are told to come again: an answer after 3 s is no answer

Check = Callable[[], str | None]
Lifespan = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(slots=True)
class _Endpoint:
    """`/slack/events`."""

    app: App
    secret: str
    clock: Clock
    pool: ThreadPoolExecutor
    under_way: int = 0

    async def __call__(self, request: Request) -> Response:
        raw = await body_of(request)
        if raw is None:
            return _error(413, "too large")
        if raw.startswith(b"ssl_check=1"):
            return PlainTextResponse("")  # Slack looks at our certificate; nothing is done
        if not signatures.from_slack(raw, request.headers, secret=self.secret, real=self.clock.real()):
            return _error(401, "not signed by Slack, or too late")
        try:
            body = wire.decode(raw, request.headers.get("content-type", ""))
        except wire.Malformed:
            return _error(400, "malformed")
        if self.under_way >= THREADS + WAITING:
            return _error(503, "busy")
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        key = signatures.delivery_key(body, signed=signatures.signed_bytes(raw, timestamp))
        self.under_way += 1
        try:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self.pool, lambda: door.take(self.app, body, key=key))
        finally:
            self.under_way -= 1
        return Response(answer.body, answer.status, answer.headers)


async def body_of(request: Request) -> bytes | None:
    """The raw body, or None as soon as it is known to be larger than `signatures.MAX_BYTES`."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or len(announced) > 9 or int(announced) > signatures.MAX_BYTES:
        return None
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > signatures.MAX_BYTES:
                return None
            parts.append(part)
    except ClientDisconnect:
        return b""
    return b"".join(parts)


def _error(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status)


def build_web(
    app: App,
    *,
    secret: str,
    clock: Clock,
    checks: Mapping[str, Check],
    lifespan: Lifespan | None = None,
    routes: Sequence[BaseRoute] = (),
    middleware: Sequence[Middleware] = (),
    threads: int = THREADS,
) -> Starlette:
    """The whole web application.

    `checks` (for /readyz) maps a name to a function that returns None, or in words what is wrong; they run in the
    pool. `lifespan` starts and stops what lives beside the web; `routes` and `middleware` are added.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="slack")
    endpoint = _Endpoint(app, secret, clock, pool)

    async def events(request: Request) -> Response:
        return await endpoint(request)

    async def alive(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        return await _readiness(pool, checks)

    own = [
        Route("/slack/events", events, methods=["POST"]),
        Route("/healthz", alive),
        Route("/readyz", ready),
    ]
    return Starlette(routes=[*own, *routes], middleware=middleware, lifespan=_life(pool, lifespan))


async def _readiness(pool: ThreadPoolExecutor, checks: Mapping[str, Check]) -> Response:
    """What each check says; 503 as soon as one says anything."""
    loop = asyncio.get_running_loop()
    found = {name: await loop.run_in_executor(pool, check) for name, check in checks.items()}
    told = {name: words or "ok" for name, words in found.items()}
    return JSONResponse(told, 503 if any(found.values()) else 200)


def _life(pool: ThreadPoolExecutor, inner: Lifespan | None) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """The lifespan of the web: what lives beside it, then its own threads."""

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        try:
            if inner is None:
                yield
            else:
                async with inner():
                    yield
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    return life
