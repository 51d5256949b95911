"""GET /metrics, for whoever has METRICS_TOKEN, or without one for this machine; and the count of what is delivered."""

import asyncio
import hmac
from dataclasses import dataclass
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import bearer
from bot.metrics import Metrics

# Whoever comes through a proxy is not on this machine, although the proxy may be.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def route(metrics: Metrics, token: str) -> Route:
    """The route; `token` "": only loopback clients may ask."""

    async def scrape(request: Request) -> Response:
        if not allowed(request, token):
            return PlainTextResponse("not for you\n", 403 if not token else 401)
        body, kind = await asyncio.to_thread(metrics.written, request.headers.get("accept", ""))
        return Response(body, media_type=None, headers={"content-type": kind})

    return Route("/metrics", scrape)


def allowed(request: Request, token: str) -> bool:
    """Whether this request may read the metrics."""
    if token:
        return hmac.compare_digest(bearer.text(request).encode(), token.encode())
    if any(name in request.headers for name in _FORWARDED) or request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Counting:
    """ASGI around the routes: each answer to a delivery is counted by its path and status."""

    app: ASGIApp
    metrics: Metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.metrics.hooked(scope["path"], message["status"])
            await send(message)

        await self.app(scope, receive, counted)
