"""Running an ASGI app on loopback in a thread, with connections that can be cut on purpose."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.playground.certificates import Certificate

Transports = dict[tuple[str, int], asyncio.Transport]

KEY = "playground.transports"


class Cut(Response):
    """An answer that never comes: the connection is reset instead."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reset the connection of the request; served by other means than `serve`, send half an answer."""
        transports: Transports = scope["app"].state.transports if hasattr(scope["app"].state, "transports") else {}
        transport = transports.get(tuple(scope["client"]))
        if transport is None:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
            return
        plug = transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        await receive()


class Handle:
    """A running server."""

    def __init__(
        self, server: uvicorn.Server, thread: threading.Thread, listener: socket.socket, app: Any, *, tls: bool = False
    ) -> None:
        """Keep what is needed to stop it."""
        self._server, self._thread, self._listener, self._app = server, thread, listener, app
        host, port = listener.getsockname()[:2]
        self.port: int = port
        self.url = f"{'https' if tls else 'http'}://{host}:{port}"

    def close(self) -> None:
        """Stop serving: ends streams, waits for requests under way for at most five seconds, frees the port."""
        stop: Callable[[], None] | None = getattr(getattr(self._app, "state", None), "on_stop", None)
        if stop is not None:
            stop()
        self._server.should_exit = True
        self._thread.join(10)
        self._listener.close()


def _protocol(transports: Transports) -> type[HttpToolsProtocol]:
    class Protocol(HttpToolsProtocol):
        """uvicorn's own, which also remembers its transport so that a connection can be reset."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            peer = transport.get_extra_info("peername")
            self._peer = tuple(peer[:2]) if peer else ("", 0)
            transports[self._peer] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            transports.pop(self._peer, None)

    return Protocol


def serve(app: Any, host: str = "127.0.0.1", port: int = 0, certificate: Certificate | None = None) -> Handle:
    """Serve `app` from a thread of its own and return once it answers; port 0 takes a free one.

    With a `certificate` it is served by https only.

    The app is told its address by `app.state.on_address(url)` and that it stops by `app.state.on_stop()`, if it
    has them. OSError when the port is taken.
    """
    listener = socket.create_server((host, port), backlog=2048)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio forgets it here: 40 ms for each answer
    transports: Transports = {}
    if hasattr(app, "state"):
        app.state.transports = transports
    config = uvicorn.Config(
        app,
        http=_protocol(transports),
        loop="asyncio",
        log_config=None,
        access_log=False,
        lifespan="auto",
        timeout_graceful_shutdown=5,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="serve", daemon=True)
    handle = Handle(server, thread, listener, app, tls=certificate is not None)
    tell: Callable[[str], None] | None = getattr(getattr(app, "state", None), "on_address", None)
    if tell is not None:
        tell(handle.url)
    thread.start()
    _wait(server, thread)
    return handle


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        thread.join(0.005)
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
