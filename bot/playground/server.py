"""The HTTP server of the stand-in: Web API, response URLs, Socket Mode, and the page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from bot.playground import arguments, faults, page_api, responses, web_api
from bot.playground.faults import API_KINDS, Fault
from bot.playground.link import link
from bot.playground.openid import OpenId
from bot.playground.records import Json
from bot.playground.refusal import SlackError
from bot.playground.running import Cut
from bot.playground.state import State
from bot.playground.workspace import Workspace

PAGE = Path(__file__).parent / "page"

Endpoint = Callable[[Request], Awaitable[Response]]


def build_playground(workspace: Workspace) -> Starlette:
    """Return the server of `workspace`; run it with `bot.playground.running.serve`, which tells it its address."""
    state = workspace.state
    routes: list[BaseRoute] = [
        *OpenId(state).routes(),
        Route("/api/{method:path}", _api(state), methods=["GET", "POST"]),
        Route("/response/{token}", _response(state), methods=["POST"]),
        WebSocketRoute("/link/", link(state)),
        *page_api.routes(workspace),
        Mount("/", StaticFiles(directory=PAGE, html=True, check_dir=False)),
    ]
    app = Starlette(routes=routes)

    def on_address(url: str) -> None:
        state.base_url = url
        state.stopped = False

    app.state.on_address = on_address
    app.state.on_stop = state.stop
    return app


def _token(request: Request, args: Json) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return str(args["token"]) if args.get("token") else None


def _api(state: State) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        method = request.path_params["method"].strip("/")
        try:
            body = await request.body()
        except ClientDisconnect:  # killed while it asked: it will never know
            return Response(status_code=400)
        fault = faults.take(state.faults, API_KINDS, method)
        if fault is not None and fault.kind != "reset_after":
            refused = await _faulty(state, fault, method)
            if refused is not None:
                return refused
        try:
            args = arguments.read(request.headers.get("content-type", ""), request.url.query, body)
        except SlackError as refusal:
            return JSONResponse(refusal.body())
        answer = web_api.call(state, method, _token(request, args), args)
        if fault is not None and fault.kind == "reset_after":
            return Cut()
        known = answer.get("error") not in ("not_authed", "invalid_auth", "token_revoked")
        return JSONResponse(answer, headers={"X-OAuth-Scopes": ",".join(state.app().scopes)} if known else {})

    return endpoint


async def _faulty(state: State, fault: Fault, method: str) -> Response | None:
    """Do what a fault says before anything is done; None when the call goes on."""
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
        return None
    web_api.record(state, method, {}, fault.kind)
    if fault.kind == "reset_before":
        return Cut()
    if fault.kind == "rate_limited":
        limited = SlackError("ratelimited").body()
        return JSONResponse(limited, 429, {"Retry-After": str(fault.retry_after)})
    return PlainTextResponse("upstream connect error", 503)


def _response(state: State) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            if not isinstance(body, dict):
                raise ValueError
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        try:
            url = responses.take(state, request.path_params["token"])
        except SlackError as refusal:
            return JSONResponse(refusal.body(), 404)
        try:
            responses.respond(state, url, body)
        except SlackError as refusal:
            return JSONResponse(refusal.body(), 400)
        return PlainTextResponse("ok")

    return endpoint
