"""The WebSocket to which the app connects in Socket Mode."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.records import Json
from bot.playground.state import State

LINGER = 5.0
"""Seconds a connection stays open after it was told to reconnect."""


def link(state: State) -> Callable[[WebSocket], Awaitable[None]]:
    """Return the endpoint: hello, envelopes out, acks in, until either side leaves."""

    async def endpoint(socket: WebSocket) -> None:
        if not state.sockets.admit(socket.query_params.get("ticket", "")):
            await socket.close(1008)
            return
        await socket.accept()
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Json] = asyncio.Queue()

        def send(message: Json) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(queue.put_nowait, message)

        sender = asyncio.create_task(_pump(state, socket, queue, send))
        send(_hello(state))
        state.sockets.add(send)
        try:
            await _listen(state, socket)
        finally:
            state.sockets.remove(send)
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sender

    return endpoint


def _hello(state: State) -> Json:
    debug = {"host": "playground", "build_number": 1, "approximate_connection_time": 3600}
    return {
        "type": "hello",
        "num_connections": state.sockets.connected() + 1,
        "debug_info": debug,
        "connection_info": {"app_id": state.app().app_id},
    }


async def _pump(state: State, socket: WebSocket, queue: asyncio.Queue[Json], send: Callable[[Json], None]) -> None:
    """Send what is queued; after a `disconnect` take no more envelopes, and close a little later."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await queue.get()
            await socket.send_text(json.dumps(message))
            if message["type"] == "disconnect":
                state.sockets.remove(send)
                await asyncio.sleep(LINGER)
                await socket.close(1000)


async def _listen(state: State, socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        async for text in socket.iter_text():
            try:
                message = json.loads(text)
            except ValueError:
                continue
            if isinstance(message, dict) and "envelope_id" in message:
                state.sockets.acknowledge(str(message["envelope_id"]), message.get("payload"))
